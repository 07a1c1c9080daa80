"""What is drawn of a recording: right to the sample, made once, and gone with the recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.recording.peaks import peaks_of
from pipeline.audio.recording.recorder import discard, ids_of
from pipeline.errors import AudioError
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.session.recordings import FolderRecordings
from tests.live.talk import Talk, record


def recorded(folder: Path, pcm: Pcm, call_id: str = "c1") -> Path:
    path = folder / f"{call_id}.flac"
    soundfile.write(path, pcm, SAMPLE_RATE_HZ)
    return path


@pytest.fixture
def noise() -> Pcm:
    """70.01 s of two channels: more than is read at once, and no whole number of points."""
    return np.random.default_rng(1).integers(-32_768, 32_768, (1_120_160, 2), np.int16)


def test_each_point_is_the_lowest_and_highest_sample_of_20_ms(tmp_path: Path, noise: Pcm) -> None:
    recorded(tmp_path, noise)
    for found in (peaks_of(tmp_path, "c1"), peaks_of(tmp_path, "c1")):  # made, and read
        assert found is not None
        assert (found.per_ms, found.start_ms, found.duration_ms, found.low.shape) == (20, 0, 70_010, (3_501, 2))
        for point in (0, 1, 2_999, 3_000, 3_500):
            part = noise[point * 320 : (point + 1) * 320]
            assert found.low[point].tolist() == (part.min(axis=0) >> 8).tolist()
            assert found.high[point].tolist() == (part.max(axis=0) >> 8).tolist()


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "points", "shape"),
    [
        (0, None, 5_000, (20, 0, 3_501)), (0, None, 2_000, (40, 0, 1_751)), (0, None, 1, (70_020, 0, 1)),
        (1_000, 3_000, 100, (20, 1_000, 100)), (1_010, 3_000, 49, (60, 1_000, 34)),
        (69_990, 99_000, 10, (20, 69_980, 2)),
        (90_000, None, 10, (20, 70_020, 0)), (3_000, 1_000, 10, (20, 3_000, 0)),
    ],
)  # fmt: skip
def test_a_part_of_it_has_as_many_points_as_are_wanted_at_most(
    tmp_path: Path, noise: Pcm, from_ms: int, to_ms: int | None, points: int, shape: tuple[int, int, int]
) -> None:
    recorded(tmp_path, noise)
    whole = peaks_of(tmp_path, "c1")
    assert whole is not None
    part = whole.within(from_ms, to_ms, points)
    assert (part.per_ms, part.start_ms, len(part.low)) == shape
    if len(part.low):
        begin = part.start_ms // 20
        end = len(whole.low) if to_ms is None else -(-to_ms // 20)
        assert part.low.min() == whole.low[begin:end].min()
        assert part.high.max() == whole.high[begin:end].max()


def test_they_are_made_when_a_call_is_finished_and_go_with_its_recording(tmp_path: Path) -> None:
    record(Talk(2_000), tmp_path)
    recordings = FolderRecordings(tmp_path)
    recordings.finish("c1", consents=True)
    recordings.wait()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c1.flac", "c1.peaks"]
    assert recordings.remove("c1")
    assert list(tmp_path.iterdir()) == []
    assert recordings.peaks("c1") is None


def test_peaks_that_are_left_alone_are_found_and_deleted(tmp_path: Path) -> None:
    (tmp_path / "c1.peaks").write_bytes(b"")
    assert ids_of(tmp_path) == ["c1"]
    assert discard(tmp_path, "c1")
    assert ids_of(tmp_path) == []


def test_peaks_of_a_recording_that_is_deleted_meanwhile_are_not_left(
    tmp_path: Path, noise: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.audio.recording import peaks

    write = peaks._write

    def written(kept: Path, made: object) -> None:
        discard(tmp_path, "c1")
        write(kept, made)  # type: ignore[arg-type]

    recorded(tmp_path, noise)
    monkeypatch.setattr(peaks, "_write", written)
    assert peaks_of(tmp_path, "c1") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"CCPEAKS1", b"x" * 9_000])
def test_damaged_peaks_are_made_anew(tmp_path: Path, noise: Pcm, damage: bytes) -> None:
    recorded(tmp_path, noise)
    whole = peaks_of(tmp_path, "c1")
    (tmp_path / "c1.peaks").write_bytes(damage)
    again = peaks_of(tmp_path, "c1")
    assert whole is not None
    assert again is not None
    assert np.array_equal(whole.low, again.low)


def test_a_recording_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "c1.flac").write_bytes(b"fLaC")
    with pytest.raises(AudioError, match="c1.flac: cannot be read"):
        peaks_of(tmp_path, "c1")
