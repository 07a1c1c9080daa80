"""Files whose two channels are not two speakers: one signal twice, or a channel without voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.sources.file import FileSource, PairSource
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.folders import bundled
from tests.recordings import write

FACTS = CallFacts()
BOTH = (Channel.AGENT, Channel.CUSTOMER)
RATE_HZ = 16_000
LONG_S = 60  # has more than 30 s of voice


@pytest.fixture(scope="module")
def demo() -> np.ndarray:
    samples, _ = soundfile.read(bundled("demo", "call.opus"), frames=LONG_S * RATE_HZ, always_2d=True)
    return samples


def noise(length: int, dbfs: float, seed: int = 0) -> np.ndarray:
    return 10 ** (dbfs / 20) * np.random.default_rng(seed).standard_normal(length)


def source(path: Path, left: np.ndarray, right: np.ndarray, **options: str) -> FileSource:
    soundfile.write(path, np.stack([left, right], axis=1).clip(-1, 0.9999), RATE_HZ, subtype="PCM_16")
    return FileSource(path, facts=FACTS, **options)  # type: ignore[arg-type]


def codes(found: FileSource | PairSource) -> list[str]:
    return [notice.code for notice in found.notices]


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.316, 0.0), (-0.8, 0.0), (0.9, 0.05)])
def test_one_signal_twice_is_a_mix(tmp_path: Path, demo: np.ndarray, gain: float, offset: float) -> None:
    mix = demo.sum(axis=1) * 0.7
    found = source(tmp_path / "a.wav", mix, gain * mix + offset)
    assert (found.channels, codes(found)) == ((Channel.MIXED,), ["one_signal"])
    first = next(iter(found))
    assert np.allclose(first.pcm[Channel.MIXED], mix[:320] * 32768, atol=1.5)  # the louder channel


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.opus"])
def test_one_signal_twice_is_known_through_a_codec(tmp_path: Path, demo: np.ndarray, name: str) -> None:
    mix = demo[: 20 * RATE_HZ].sum(axis=1) * 0.7
    found = FileSource(write(tmp_path / name, np.stack([mix, mix], axis=1)), facts=FACTS)
    assert (found.channels, codes(found)) == ((Channel.MIXED,), ["one_signal"])


@pytest.mark.parametrize("leak_db", [-1, -3, -9])
def test_sides_that_leak_into_each_other_stay_two(tmp_path: Path, demo: np.ndarray, leak_db: float) -> None:
    leak = 10 ** (leak_db / 20)
    agent, customer = demo.T * 0.5
    found = source(tmp_path / "a.wav", agent + leak * customer, customer + leak * agent)
    assert (found.channels, codes(found)) == (BOTH, [])


def test_an_announcement_on_both_sides_makes_no_mix(tmp_path: Path, demo: np.ndarray) -> None:
    mix, talk = demo[: 30 * RATE_HZ].sum(axis=1) * 0.7, demo[30 * RATE_HZ :] * 0.05
    found = source(tmp_path / "a.wav", np.append(mix, talk[:, 0]), np.append(mix, talk[:, 1]))
    assert (found.channels, codes(found)) == (BOTH, [])


@pytest.mark.parametrize(("side", "agent_channel", "floor_dbfs"), [("left", "right", -200), ("right", "left", -50)])
def test_both_voices_on_one_side_are_a_mix(
    tmp_path: Path, demo: np.ndarray, side: str, agent_channel: str, floor_dbfs: float
) -> None:
    mix = demo.sum(axis=1) * 0.7
    empty = noise(len(mix), floor_dbfs)
    sides = (mix, empty) if side == "left" else (empty, mix)
    found = source(tmp_path / "a.wav", *sides, agent_channel=agent_channel)
    assert (found.channels, codes(found)) == ((Channel.MIXED,), [f"only_{side}"])
    assert max(int(np.abs(piece.pcm[Channel.MIXED]).max()) for piece in found) > 10_000


@pytest.mark.parametrize("agent_channel", ["left", "right"])
def test_a_silent_call_keeps_its_roles(tmp_path: Path, demo: np.ndarray, agent_channel: str) -> None:
    """The most important case: the customer says nothing while the agent reads the openings."""
    agent = demo[: 18 * RATE_HZ, 0]
    sides = (agent, 0 * agent) if agent_channel == "left" else (0 * agent, agent)
    found = source(tmp_path / "a.wav", *sides, agent_channel=agent_channel)
    assert (found.channels, codes(found)) == (BOTH, [f"only_{agent_channel}"])
    assert "the right side has none" in found.notices[0].detail or agent_channel == "right"


def test_sides_without_any_voice_are_left_alone(tmp_path: Path, demo: np.ndarray) -> None:
    length = 5 * RATE_HZ
    for left, right in ((np.zeros(length), np.zeros(length)), (noise(length, -40), noise(length, -40, 1))):
        found = source(tmp_path / "a.wav", left, right)
        assert (found.channels, codes(found)) == (BOTH, [])
    t = np.arange(len(demo)) / RATE_HZ
    music = 0.1 * sum(np.sin(2 * np.pi * hz * t) * (np.sin(np.pi * t) > 0) for hz in (262, 330, 392))
    found = source(tmp_path / "a.wav", demo[:, 0], music)  # a channel with any sound is kept
    assert (found.channels, codes(found)) == (BOTH, [])


def test_a_faint_customer_counts_as_a_voice(tmp_path: Path, demo: np.ndarray) -> None:
    found = source(tmp_path / "a.wav", demo[:, 0], demo[:, 1] * 0.03 + noise(len(demo), -75))
    assert (found.channels, codes(found)) == (BOTH, [])


def test_pairs_of_files_are_checked_likewise(tmp_path: Path, demo: np.ndarray) -> None:
    agent, customer = tmp_path / "a.wav", tmp_path / "c.wav"
    soundfile.write(agent, demo.sum(axis=1) * 0.7, RATE_HZ)
    soundfile.write(customer, demo.sum(axis=1) * 0.35, RATE_HZ)
    found = PairSource(agent, customer, facts=FACTS)
    assert (found.channels, codes(found)) == ((Channel.MIXED,), ["one_signal"])
    soundfile.write(customer, np.zeros(RATE_HZ), RATE_HZ)
    found = PairSource(agent, customer, facts=FACTS)
    assert (found.channels, codes(found)) == ((Channel.MIXED,), ["only_agent"])
    soundfile.write(agent, demo[:, 0], RATE_HZ)
    soundfile.write(customer, demo[:, 1], RATE_HZ)
    found = PairSource(agent, customer, facts=FACTS)
    assert (found.channels, codes(found)) == (BOTH, [])
