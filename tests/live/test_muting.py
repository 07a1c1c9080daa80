"""Recordings without what is private in them: silent where they should be, as long as before, gone with them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.recording import muting
from pipeline.audio.recording.encoding import Encoding
from pipeline.audio.recording.muting import is_muted, mute_for_good, muted_copy
from pipeline.audio.recording.recorder import MUTED, discard, ids_of, recover
from pipeline.errors import AudioError
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.session.recordings import FolderRecordings
from tests.live.talk import SETTINGS, kept

SECONDS = 25  # more than two blocks
SPANS = [(0, 700), (9_500, 10_600), (24_000, 30_000)]


def recording(folder: Path, name: str = "a.flac") -> Path:
    noise = np.random.default_rng(1).integers(-9_000, 9_000, (SECONDS * SAMPLE_RATE_HZ, 2), dtype=np.int16)
    path = folder / name
    kind = {"format": "OGG", "subtype": "OPUS"} if name.endswith(".opus") else {}
    soundfile.write(path, noise, SAMPLE_RATE_HZ, **kind)
    return path


def read(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    found, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == SAMPLE_RATE_HZ
    return found  # type: ignore[no-any-return]


def wanted(sound: np.ndarray[tuple[int, int], np.dtype[np.int16]]) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    silent = sound.copy()
    for from_ms, to_ms in SPANS:
        silent[from_ms * 16 : to_ms * 16] = 0
    return silent


def test_a_copy_is_silent_in_the_spans_and_nowhere_else(tmp_path: Path) -> None:
    whole = recording(tmp_path)
    before = read(whole)
    copy = muted_copy(whole, SPANS)
    assert np.array_equal(read(copy), wanted(before))
    assert np.array_equal(read(whole), before)
    assert copy.stat().st_mode & 0o077 == copy.parent.stat().st_mode & 0o077 == 0
    assert (is_muted(copy, SPANS), is_muted(whole, SPANS)) == (True, False)


def test_a_copy_is_made_once_and_anew_for_other_spans(tmp_path: Path) -> None:
    whole = recording(tmp_path)
    copy = muted_copy(whole, SPANS)
    made = copy.stat().st_mtime_ns
    assert muted_copy(whole, SPANS) == copy
    assert copy.stat().st_mtime_ns == made
    other = muted_copy(whole, SPANS[:1])
    assert other != copy
    assert [path.name for path in (tmp_path / MUTED).iterdir()] == [other.name]
    os.utime(whole, (1, 1))
    assert muted_copy(whole, SPANS[:1]) != other


def test_without_spans_it_is_the_recording(tmp_path: Path) -> None:
    whole = recording(tmp_path)
    assert muted_copy(whole, []) == whole
    assert not (tmp_path / MUTED).exists()


def test_copies_go_with_their_recording_and_are_none_themselves(tmp_path: Path) -> None:
    copies = [muted_copy(recording(tmp_path, name), SPANS) for name in ("a.flac", "ab.flac")]
    assert ids_of(tmp_path) == ["a", "ab"]
    assert discard(tmp_path, "a")
    assert [copy.exists() for copy in copies] == [False, True]


@pytest.mark.parametrize("name", ["a.flac", "a.opus"])
def test_muted_for_good_is_muted_in_its_place_and_once(tmp_path: Path, name: str) -> None:
    whole = recording(tmp_path, name)
    muted_copy(whole, SPANS[:1])
    mute_for_good(whole, SPANS)
    assert is_muted(whole, SPANS)
    assert len(read(whole)) == SECONDS * SAMPLE_RATE_HZ
    assert not is_muted(whole, [(2_000, 3_000)])
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name]
    made = whole.stat().st_mtime_ns
    mute_for_good(whole, SPANS)
    assert whole.stat().st_mtime_ns == made


def test_what_cannot_be_read_stays_as_it_is(tmp_path: Path) -> None:
    (broken := tmp_path / "a.flac").write_bytes(b"fLaC")
    for ask in (muted_copy, mute_for_good):
        with pytest.raises(AudioError, match=r"a\.flac"):
            ask(broken, SPANS)
    assert broken.read_bytes() == b"fLaC"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.flac"]


def test_a_disk_that_is_full_leaves_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recording(tmp_path)
    before = whole.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.audio.recording.encoding.os.fsync", full)
    with pytest.raises(AudioError, match="No space"):
        mute_for_good(whole, SPANS)
    assert whole.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.flac"]


def test_of_a_recording_that_is_not_finished_nothing_can_be_muted_yet(tmp_path: Path) -> None:
    recordings = FolderRecordings(tmp_path)
    assert recordings.muted("a", SPANS) is None
    assert not recordings.mute("a", SPANS)
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert recordings.muted("a", SPANS) is None
    with pytest.raises(AudioError, match="not finished"):
        recordings.mute("a", SPANS)


def once_encoded(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """`then` comes when the muted file is whole and not yet in its place."""

    class Meanwhile(Encoding):
        def close(self) -> None:
            super().close()
            then()

    monkeypatch.setattr(muting, "Encoding", Meanwhile)


def by_another_process(folder: Path) -> None:
    """Which knows nothing of the file that is not whole yet."""
    (folder / "a.flac").unlink()


@pytest.mark.parametrize("delete", [lambda folder: discard(folder, "a"), by_another_process])
def test_a_recording_that_is_deleted_while_it_is_muted_stays_so(
    delete: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording(tmp_path)
    once_encoded(monkeypatch, lambda: delete(tmp_path))
    assert not FolderRecordings(tmp_path).mute("a", SPANS)
    assert list(tmp_path.iterdir()) == []


def test_another_file_in_its_place_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recording(tmp_path)
    shutil.copyfile(whole, other := tmp_path / "other")
    once_encoded(monkeypatch, lambda: other.replace(whole))
    with pytest.raises(AudioError, match="another one now"):
        mute_for_good(whole, SPANS)
    assert [path.name for path in tmp_path.iterdir()] == ["a.flac"]
    assert not is_muted(whole, SPANS)


def test_what_a_kill_leaves_of_muting_is_known_and_goes(tmp_path: Path) -> None:
    def leave() -> None:
        (tmp_path / MUTED).mkdir(exist_ok=True)
        for name in ("a.muting", f"{MUTED}/b.0123.muting", f"{MUTED}/c.0123.flac"):
            (tmp_path / name).write_bytes(b"half of it")

    leave()
    assert ids_of(tmp_path) == ["a", "b", "c"]
    assert recover(tmp_path, SETTINGS, kept) == []
    assert ids_of(tmp_path) == ["c"]
    assert not FolderRecordings(tmp_path).mute("c", SPANS)  # of a copy alone there is nothing to be muted
    leave()
    assert [discard(tmp_path, call_id) for call_id in ("a", "b", "c")] == [True, True, True]
    assert ids_of(tmp_path) == []
