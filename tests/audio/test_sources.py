"""Audio files: every format gives the same call, every broken file one clear error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.resample import Resampler, saturate
from pipeline.audio.sources.file import FileSource, PairSource
from pipeline.audio.sources.paced import Paced
from pipeline.errors import AudioError
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.hints import HintShown
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Source
from tests.sound import speech, stereo

FACTS = CallFacts()


def samples(source: Source, channel: Channel) -> np.ndarray:
    return np.concatenate([s.pcm[channel] for s in source]).astype(float)


@pytest.fixture
def call() -> np.ndarray:
    return stereo([(200, speech("您好，请问有什么可以帮您？"))], [(3000, speech("我家漏水了。", "m3"))], 6000)


@pytest.mark.parametrize(
    ("name", "subtype", "rate"),
    [
        ("a.wav", "PCM_16", 16_000), ("b.wav", "PCM_24", 48_000), ("c.wav", "FLOAT", 44_100), ("d.wav", "ULAW", 8_000),
        ("e.wav", "ALAW", 8_000), ("f.flac", "PCM_16", 22_050), ("g.ogg", "VORBIS", 16_000), ("h.opus", "OPUS", 48_000),
        ("i.mp3", "MPEG_LAYER_III", 44_100),
    ],
)  # fmt: skip
def test_every_format_gives_the_same_call(tmp_path: Path, call: np.ndarray, name: str, subtype: str, rate: int) -> None:
    import soxr

    path = tmp_path / name
    soundfile.write(path, soxr.resample(call.astype(np.float32) / 32768, SAMPLE_RATE_HZ, rate), rate, subtype=subtype,
                    format="OGG" if name.endswith("opus") else None)  # fmt: skip
    source = FileSource(path, facts=FACTS)
    assert source.channels == (Channel.AGENT, Channel.CUSTOMER)
    for channel, column in ((Channel.AGENT, 0), (Channel.CUSTOMER, 1)):
        heard, truth = samples(source, channel), call[:, column].astype(float)
        length = min(len(heard), len(truth))
        assert abs(len(heard) - len(truth)) <= 4 * SLICE_SAMPLES
        power = [np.convolve(x[:length] ** 2, np.ones(800), "valid")[::160] for x in (heard, truth)]
        assert np.corrcoef(*power)[0, 1] > 0.9


def test_slices_have_320_samples_and_no_gap(tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    soundfile.write(path, np.zeros(16_000 + 7), 16_000)
    slices = list(FileSource(path, facts=FACTS))
    assert [s.start_ms for s in slices] == list(range(0, 1020, 20))
    assert all(s.pcm[Channel.MIXED].shape == (SLICE_SAMPLES,) for s in slices)


def test_two_mono_files_are_one_call(tmp_path: Path, call: np.ndarray) -> None:
    agent, customer = tmp_path / "a.wav", tmp_path / "c.wav"
    soundfile.write(agent, call[:, 0], SAMPLE_RATE_HZ)
    soundfile.write(customer, call[: 4 * SAMPLE_RATE_HZ, 1], SAMPLE_RATE_HZ)
    source = PairSource(agent, customer, facts=FACTS)
    assert np.array_equal(samples(source, Channel.AGENT), call[:, 0])
    assert np.array_equal(samples(source, Channel.CUSTOMER)[: 4 * SAMPLE_RATE_HZ], call[: 4 * SAMPLE_RATE_HZ, 1])


def broken(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    good = tmp_path / "good.wav"
    soundfile.write(good, np.zeros(16_000), 16_000)
    files = {
        "empty": (b"", "empty"),
        "text": (b"this is no recording at all, just words", "not readable as audio"),
        "truncated": (good.read_bytes()[:9_000], "truncated"),
        "short": (good.read_bytes()[:6], "too short"),
    }
    cases = {}
    for name, (content, message) in files.items():
        (tmp_path / f"{name}.wav").write_bytes(content)
        cases[name] = (tmp_path / f"{name}.wav", message)
    soundfile.write(tmp_path / "three.wav", np.zeros((16_000, 3)), 16_000)
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 16_000)
    soundfile.write(tmp_path / "blip.wav", np.zeros(100), 16_000)
    return cases | {
        "three": (tmp_path / "three.wav", "3 channels; wanted 1 or 2"),
        "none": (tmp_path / "none.wav", "0 samples"),
        "blip": (tmp_path / "blip.wav", "only 100 samples"),
        "missing": (tmp_path / "nowhere.wav", "no such file"),
    }


@pytest.mark.parametrize("name", ["empty", "text", "truncated", "short", "three", "none", "blip", "missing"])
def test_a_broken_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    path, message = broken(tmp_path)[name]
    with pytest.raises(AudioError, match=message) as caught:
        FileSource(path, facts=FACTS)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_overshoot_saturates() -> None:
    assert saturate(np.array([1.45, -1.45, 0.5, np.nan], np.float32)).tolist() == [32767, -32768, 16384, 0]


def test_resampling_is_the_same_however_it_is_cut() -> None:
    block = np.random.default_rng(0).uniform(-0.5, 0.5, (9_000, 1)).astype(np.float32)
    whole = Resampler(8_000, 1).feed(block, last=True)
    cut, pieces = Resampler(8_000, 1), []
    for begin in range(0, 9_000, 333):
        pieces.append(cut.feed(block[begin : begin + 333], last=begin + 333 >= 9_000))
    assert np.array_equal(np.concatenate(pieces), whole)


def test_paced_slices_come_when_they_have_been_spoken(tmp_path: Path) -> None:
    path = tmp_path / "second.wav"
    soundfile.write(path, np.zeros(16_000), 16_000)
    now, notes = [100.0], [(HintShown(0, 1),)]

    def wait(seconds: float) -> None:
        now[0] += seconds

    paced = Paced(FileSource(path, facts=FACTS), lambda: notes.pop() if notes else (), clock=lambda: now[0], sleep=wait)
    arrivals = [(now[0] - 100.0, s) for s in paced]
    assert all(abs(at - s.end_ms / 1000) < 1e-6 for at, s in arrivals)
    assert arrivals[0][1].notes == (HintShown(0, 1),)
    assert arrivals[1][1].notes == ()
