"""Voice against sounds that are none, and borders against the truth of made speech."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.audio.silero import shared_silero
from pipeline.audio.turns import TurnSettings, TurnTracker
from pipeline.audio.vad import VadSettings, VoiceDetector
from pipeline.events import Channel, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Pcm
from tests.sound import ms, silence, speech


def turns(pcm: Pcm) -> list[tuple[int, int]]:
    detector = VoiceDetector(VadSettings(), shared_silero())
    tracker = TurnTracker(Channel.AGENT, TurnSettings())
    events = []
    for begin in range(0, len(pcm) - SLICE_SAMPLES + 1, SLICE_SAMPLES):
        now = begin * 1000 // SAMPLE_RATE_HZ
        for verdict in detector.feed(now, pcm[begin : begin + SLICE_SAMPLES]):
            events += tracker.feed(verdict.start_ms, verdict.voiced, now + 20)
    events += tracker.finish(len(pcm) * 1000 // SAMPLE_RATE_HZ)
    return [(e.start_ms, e.end_ms) for e in events if isinstance(e, TurnEnded)]


def with_noise(pcm: Pcm, dbfs: float, seed: int = 0) -> Pcm:
    noise = np.random.default_rng(seed).standard_normal(len(pcm)) * 32768 * 10 ** (dbfs / 20)
    return np.clip(pcm + noise, -32768, 32767).astype(np.int16)


def chord(seconds: float) -> Pcm:
    t = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (sum(np.sin(2 * np.pi * hz * t) for hz in (440.0, 554.4, 659.3)) * 1500).astype(np.int16)


def clicks(seconds: float) -> Pcm:
    """A keyboard: short bursts of noise five times a second."""
    rng = np.random.default_rng(2)
    pcm = np.zeros(int(seconds * SAMPLE_RATE_HZ))
    for begin in range(0, len(pcm) - 400, SAMPLE_RATE_HZ // 5):
        pcm[begin : begin + 400] = rng.standard_normal(400) * np.hanning(400) * 6000
    return pcm.astype(np.int16)


@pytest.mark.parametrize("sound", ["silence", "white", "chord", "keyboard"])
def test_what_is_no_voice_is_no_turn(sound: str) -> None:
    pcm = {
        "silence": silence(8_000),
        "white": with_noise(silence(8_000), -45),
        "chord": chord(8),
        "keyboard": clicks(8),
    }[sound]
    assert turns(pcm) == []


@pytest.mark.parametrize("noise_dbfs", [None, -60.0, -50.0])
@pytest.mark.parametrize("voice", ["f2", "m3"])
def test_borders_lie_where_the_speech_begins_and_ends(voice: str, noise_dbfs: float | None) -> None:
    spoken = speech("您好，请问有什么可以帮您？", voice)
    pcm = np.concatenate([silence(2_000), spoken, silence(2_000)])
    found = turns(pcm if noise_dbfs is None else with_noise(pcm, noise_dbfs))
    limit_ms = 20 if noise_dbfs is None else 200
    assert abs(found[0][0] - 2_000) <= limit_ms
    assert abs(found[-1][1] - (2_000 + ms(spoken))) <= limit_ms


def test_the_same_sound_gives_the_same_turns_whenever_it_comes() -> None:
    spoken = np.concatenate([speech("我帮您查一下。"), silence(700), speech("好的，谢谢。", "m3")])
    early = turns(np.concatenate([silence(1_000), spoken, silence(1_000)]))
    late = turns(np.concatenate([silence(8_300), spoken, silence(1_000)]))
    assert [(start + 7_300, end + 7_300) for start, end in early] == late != []


def test_a_faint_voice_is_heard() -> None:
    spoken = speech("我家的水管漏水了。", "m3").astype(float)
    faint = spoken / np.sqrt((spoken**2).mean()) * 32768 * 10 ** (-42 / 20)
    assert turns(with_noise(np.concatenate([silence(1_000), faint, silence(1_000)]), -70))
