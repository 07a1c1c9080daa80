"""Voice against other sounds, and onsets and ends against the truth of synthetic speech."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.audio.prompts import Prompts
from pipeline.audio.voice.silero import shared_silero
from pipeline.audio.voice.turns import TurnSettings, TurnTracker
from pipeline.audio.voice.vad import VadSettings, VoiceDetector
from pipeline.channel import ChannelAnalysis, Models
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Pcm
from pipeline.settings import CallSettings
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
def test_other_sounds_are_no_turn(sound: str) -> None:
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


def test_music_is_no_voice_and_does_not_make_a_turn_longer() -> None:
    from benchmarks.accuracy import sound

    spoken = speech("好的，我帮您查一下。")
    held = sound.pcm(sound.chords(5, -26))
    found = turns(np.concatenate([silence(1_000), spoken, silence(200), held, silence(1_000)]))
    assert len(found) == 1
    assert abs(found[0][1] - (1_000 + ms(spoken))) <= 40


@pytest.mark.parametrize("dbfs", [-8, -20, -35, -44])
def test_a_voice_is_found_at_any_level(dbfs: int) -> None:
    """Down to -45 dBFS any voice on the customer's channel counts; near full scale Silero alone misses it."""
    spoken = speech("我想查一下上个月的账单。", "m3").astype(float)
    scaled = spoken / np.sqrt((spoken**2).mean()) * 32768 * 10 ** (dbfs / 20)
    pcm = np.clip(np.concatenate([silence(1_000), scaled, silence(1_000)]), -32768, 32767).astype(np.int16)
    found = turns(pcm)
    assert abs(found[0][0] - 1_000) <= 100
    assert abs(found[-1][1] - (1_000 + ms(spoken))) <= 100


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 400))
def test_a_shift_by_whole_slices_shifts_the_turns_and_nothing_else(slices: int) -> None:
    """Neither the shifting of the buffer nor the borders of windows depend on the time of the call."""
    spoken = np.concatenate([speech("我帮您查一下。"), silence(700), speech("好的，谢谢。", "m3"), silence(1_000)])
    found = turns(np.concatenate([silence(1_000 + slices * 20), spoken]))
    assert [(start - slices * 20, end - slices * 20) for start, end in found] == turns(
        np.concatenate([silence(1_000), spoken])
    )


def test_a_channel_takes_less_than_a_megabyte() -> None:
    pcm = np.concatenate([silence(1_000), speech("您好，请问有什么可以帮您？"), silence(2_000)] * 10)
    models = Models(shared_silero(), Prompts({}))
    tracemalloc.start()
    ear = ChannelAnalysis(Channel.AGENT, RecogniserSession(NoTranscriber(), "c"), models, CallSettings())
    for begin in range(0, len(pcm) - SLICE_SAMPLES + 1, SLICE_SAMPLES):
        ear.feed(begin * 1000 // SAMPLE_RATE_HZ + 20, pcm[begin : begin + SLICE_SAMPLES], False)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 1_000_000


@pytest.mark.parametrize("text", ["好的", "我帮您查一下", "谢谢您的等待"])
def test_in_digital_silence_borders_are_exact_wherever_the_slices_fall(text: str) -> None:
    spoken = speech(text, "f2", speed=220)
    # A voice that fades out has no exact end: here it is taken at -40 dBFS.
    spoken = spoken[: np.flatnonzero(np.abs(spoken.astype(int)) > 328)[-1] + 1]
    for offset in range(0, SLICE_SAMPLES, 53):
        found = turns(np.concatenate([silence(500), np.zeros(offset, np.int16), spoken, silence(1_000)]))
        start_ms, end_ms = 500 + offset / 16, 500 + (offset + len(spoken)) / 16
        assert start_ms - 20 <= found[0][0] <= start_ms + 1  # one or two samples of an onset are too faint
        assert end_ms <= found[-1][1] + 1 <= end_ms + 21


@pytest.mark.parametrize("hole_ms", [20, 200, 900, 3_000])
def test_a_voice_is_heard_on_after_slices_that_were_lost(hole_ms: int) -> None:
    """Lost slices must not shift the decisions after them, and are never voice themselves."""
    spoken = np.concatenate([speech("我帮您查一下上个月的账单，请问还有什么可以帮您？")] * 2)
    pcm = np.concatenate([silence(1_000), spoken, silence(1_000)])
    hole = range(2_500, 2_500 + hole_ms, 20)
    detector = VoiceDetector(VadSettings(), shared_silero())
    voiced: dict[int, bool] = {}
    for begin in range(0, len(pcm) - SLICE_SAMPLES + 1, SLICE_SAMPLES):
        now = begin * 1000 // SAMPLE_RATE_HZ
        if now not in hole:
            voiced |= {v.start_ms: v.voiced for v in detector.feed(now, pcm[begin : begin + SLICE_SAMPLES])}
    after = [yes for at, yes in voiced.items() if hole.stop + 300 < at < 1_000 + ms(spoken) - 300]
    assert sum(after) > 0.8 * len(after)
    assert not any(voiced.get(at) for at in hole)
