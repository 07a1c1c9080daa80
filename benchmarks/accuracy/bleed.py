"""Bleed between the channels: what is taken for the agent's voice, with and without the meter, and what is noted wrongly.

Scenes are two-sided calls of a minute from read Mandarin (or espeak-ng's where there is no corpus), whose two sides
never share a speaker. The far end leaks into the microphone through a room: exponentially decaying noise (Polack 1988)
whose first tap is the direct sound. Truth: what the same call gives without any leak. The peer is our own detector
without the meter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.signal import fftconvolve

from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.sound import at_dbfs, looped, pcm, telephone, white
from pipeline.audio.bleed import BleedSettings, Crosstalk
from pipeline.audio.floor import Floor, FloorSettings
from pipeline.audio.turns import TurnSettings, TurnTracker
from pipeline.audio.vad import VadSettings, VoiceDetector, shared_silero
from pipeline.events import BleedNoted, Channel, Event, Heard, OverlapNoted, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice

GAINS_DB = (-15, -20, -25, -30)
LAGS_MS = (0, 5, 30, 120)
SPEECH_DBFS = -26.0
SIDES = (Channel.AGENT, Channel.CUSTOMER)
NEVER = BleedSettings(stands_out=float("inf"))


@dataclass(frozen=True)
class Scene:
    """Both sides as they were spoken, without a leak."""

    agent: Samples
    customer: Samples
    placed: np.ndarray  # slices in which the agent's recordings lie, breath and all


@dataclass(frozen=True)
class Heard2:
    """What came of a scene: voiced slices of each side, and the events."""

    voiced: dict[Channel, np.ndarray]
    events: list[Event]

    def noted(self, channel: Channel) -> BleedNoted | None:
        return next((e for e in self.events if isinstance(e, BleedNoted) and e.channel is channel), None)

    @property
    def interruptions(self) -> int:
        return sum(isinstance(e, OverlapNoted) and e.interrupter is Channel.AGENT for e in self.events)


def voices(corpus: Corpus | None, fitting: bool = False) -> tuple[list[Samples], list[Samples]]:
    """Utterances for the agent and for the customer: no speaker is on both sides, nor in fitting and testing."""
    if corpus is None:
        from tests.sound import speech

        texts = ("您好，请问有什么可以帮您？", "我想查一下昨天买的那个订单，怎么还没有到？", "请稍等，我帮您查一下。")
        both = [[speech(text, variant) / 32768.0 for text in texts] for variant in ("f2", "m3")]
    else:
        clips = [c for c in corpus.read_mandarin(2.0) if c.is_for_fitting is fitting]
        speakers = sorted({c.speaker for c in clips})
        both = [[_trimmed(c) for c in clips if speakers.index(c.speaker) % 2 == side] for side in (0, 1)]
    agent, customer = ([at_dbfs(x, SPEECH_DBFS) for x in side] for side in both)
    return agent, customer


def _trimmed(clip: Clip) -> Samples:
    loud = np.flatnonzero(np.abs(clip.samples) > 0.05 * np.abs(clip.samples).max())
    return clip.samples[loud[0] : loud[-1]]


def conversation(agent: list[Samples], customer: list[Samples], seed: int, seconds: int = 60) -> Scene:
    """Turn by turn with pauses; every fifth agent turn begins before the customer has ended."""
    random = np.random.default_rng(seed)
    out = {side: np.zeros(seconds * SAMPLE_RATE_HZ) for side in SIDES}
    placed = np.zeros(seconds * 1000 // SLICE_MS, bool)
    at, turn = SAMPLE_RATE_HZ, 0
    while True:
        side = SIDES[turn % 2]
        spoken = (agent, customer)[turn % 2][random.integers(len((agent, customer)[turn % 2]))]
        if turn % 10 == 8:
            at = max(0, at - int(1.5 * SAMPLE_RATE_HZ))
        if at + len(spoken) > seconds * SAMPLE_RATE_HZ:
            return Scene(out[Channel.AGENT], out[Channel.CUSTOMER], placed)
        out[side][at : at + len(spoken)] += spoken
        if side is Channel.AGENT:
            placed[at // SLICE_SAMPLES : -(-(at + len(spoken)) // SLICE_SAMPLES)] = True
        at += len(spoken) + int(random.uniform(0.4, 1.2) * SAMPLE_RATE_HZ)
        turn += 1


def room(decay_ms: float, seed: int) -> Samples:
    """Of unit power; 60 dB of decay in `decay_ms`, half of the power in the direct sound."""
    random = np.random.default_rng(seed)
    length = int(decay_ms * SAMPLE_RATE_HZ / 1000)
    tail = random.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    tail[0] = np.sqrt(np.sum(tail[1:] ** 2))
    return np.asarray(tail / np.sqrt(np.sum(tail**2)))


def leaked(source: Samples, gain_db: float, lag_ms: int, response: Samples) -> Samples:
    lag = lag_ms * SAMPLE_RATE_HZ // 1000
    heard = fftconvolve(source, response)[: len(source)] * 10 ** (gain_db / 20)
    return np.concatenate([np.zeros(lag), heard])[: len(source)]


def listened(agent: Samples, customer: Samples, settings: BleedSettings) -> Heard2:
    """Voice, turns, floor and bleed of a call, as `pipeline.call` puts them together."""
    both = {side: pcm(x) for side, x in zip(SIDES, (agent, customer), strict=True)}
    crosstalk, floor = Crosstalk(SIDES, settings), Floor(SIDES, FloorSettings())
    detectors = {side: VoiceDetector(VadSettings(), shared_silero()) for side in SIDES}
    trackers = {side: TurnTracker(side, TurnSettings()) for side in SIDES}
    count = len(agent) // SLICE_SAMPLES
    events: list[Event] = []
    for number in range(count):
        start = number * SLICE_MS
        piece = Slice(start, {side: _cut(x, number) for side, x in both.items()}, dict.fromkeys(SIDES, Heard.YES))
        told: list[Event] = list(crosstalk.feed(piece))
        for side in SIDES:
            for verdict in detectors[side].feed(start, piece.pcm[side], False, crosstalk.beneath_dbfs[side]):
                told += trackers[side].feed(verdict.start_ms, verdict.voiced, piece.end_ms)
        events += told + floor.feed(piece.end_ms, told, False, (), False)
    for side in SIDES:
        events += trackers[side].finish(count * SLICE_MS)
    voiced = {side: np.zeros(count, bool) for side in SIDES}
    for event in events:
        if isinstance(event, TurnEnded):
            voiced[event.channel][event.start_ms // SLICE_MS : event.end_ms // SLICE_MS] = True
    return Heard2(voiced, events)


def _cut(x: Pcm, number: int) -> Pcm:
    return x[number * SLICE_SAMPLES : (number + 1) * SLICE_SAMPLES]


@dataclass
class Sums:
    """Over scenes; slices unless said otherwise."""

    customer: int = 0
    false: int = 0
    late_false: int = 0  # after it was noted
    agent: int = 0
    missed: int = 0
    interruptions: int = 0
    late_interruptions: int = 0
    scenes: int = 0

    def add(self, scene: Scene, found: Heard2, truth: Heard2) -> None:
        agent, customer = truth.voiced[Channel.AGENT], truth.voiced[Channel.CUSTOMER]
        wrong = found.voiced[Channel.AGENT] & ~agent & ~scene.placed & customer
        noted = found.noted(Channel.AGENT)
        after = noted.at_ms if noted else 10**9
        self.scenes += 1
        self.customer += int(customer.sum())
        self.false += int(wrong.sum())
        self.late_false += int(wrong[after // SLICE_MS :].sum())
        self.agent += int(agent.sum())
        self.missed += int((agent & ~found.voiced[Channel.AGENT]).sum())
        for event in found.events:
            if isinstance(event, OverlapNoted) and event.interrupter is Channel.AGENT:
                is_false = not scene.placed[event.start_ms // SLICE_MS : event.end_ms // SLICE_MS].any()
                self.interruptions += is_false
                self.late_interruptions += is_false and event.at_ms >= after


@dataclass(frozen=True)
class Condition:
    gain_db: int
    lag_ms: int
    far: str


def scene_sound(scene: Scene, condition: Condition, seed: int) -> tuple[Samples, Samples, Samples]:
    """Microphone with the leak, microphone without, and the far end as it was recorded."""
    far = scene.customer + white(len(scene.customer) / SAMPLE_RATE_HZ, -68, seed)
    if condition.far == "telephone":
        far = telephone(far)[: len(scene.customer)]
    decay_ms = float(np.random.default_rng(seed).uniform(50, 150))
    leak = leaked(far, condition.gain_db, condition.lag_ms, room(decay_ms, seed))
    clean = scene.agent + white(len(scene.agent) / SAMPLE_RATE_HZ, -62, seed + 1)
    return clean + leak, clean, far
