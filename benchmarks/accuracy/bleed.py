"""Bleed between the channels: bleed taken for the agent's voice, with and without the meter; false detections.

Scenes are two-sided calls of a minute from read Mandarin (or espeak-ng's where there is no corpus), whose two sides
never share a speaker. The far end leaks into the microphone through a room: exponentially decaying noise (Polack 1988)
whose first tap is the direct sound. Truth: the result for the same call without a leak. The peer is our own detector
without the meter.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import webrtcvad
from scipy.signal import fftconvolve

from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.sound import at_dbfs, looped, pcm, telephone, white
from pipeline.audio.bleed import BleedSettings, Crosstalk
from pipeline.audio.turn_taking import TurnTaking, TurnTakingSettings
from pipeline.audio.voice.silero import shared_silero
from pipeline.audio.voice.turns import TurnSettings, TurnTracker
from pipeline.audio.voice.vad import VadSettings, VoiceDetector
from pipeline.events.channels import BleedNoted, Channel, Heard
from pipeline.events.record import Event
from pipeline.events.turns import OverlapNoted, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice

GAINS_DB = (-15, -20, -25, -30)
LAGS_MS = (0, 5, 30, 120)
SPEECH_DBFS = -26.0
SIDES = (Channel.AGENT, Channel.CUSTOMER)
TEXTS = (
    "您好，请问有什么可以帮您？", "我想查一下昨天买的那个订单，怎么还没有到？", "请稍等，我帮您查一下。",
    "它说已经到了上海，可是三天没有动过。", "您的包裹今天下午派送，请保持电话畅通。",
)  # fmt: skip
NEVER = BleedSettings(stands_out=float("inf"))


@dataclass(frozen=True)
class Scene:
    """Both sides without a leak."""

    agent: Samples
    customer: Samples
    placed: np.ndarray  # slices of the agent's utterances, breath included


@dataclass(frozen=True)
class Outcome:
    """The result for a scene: voiced slices of each side, and the events."""

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
        from models.demo.synth import speak

        both = [[speak(text, variant=name).pcm.astype(np.float64) for text in TEXTS] for name in ("f2", "m3")]
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


def listened(agent: Samples, customer: Samples, settings: BleedSettings) -> Outcome:
    """Voice, turns, turn-taking and bleed of a call, as `pipeline.call` puts them together."""
    both = {side: pcm(x) for side, x in zip(SIDES, (agent, customer), strict=True)}
    crosstalk, floor = Crosstalk(SIDES, settings), TurnTaking(SIDES, TurnTakingSettings())
    detectors = {side: VoiceDetector(VadSettings(), shared_silero()) for side in SIDES}
    trackers = {side: TurnTracker(side, TurnSettings()) for side in SIDES}
    count = len(agent) // SLICE_SAMPLES
    events: list[Event] = []
    for number in range(count):
        start = number * SLICE_MS
        piece = Slice(start, {side: _cut(x, number) for side, x in both.items()}, dict.fromkeys(SIDES, Heard.YES))
        told: list[Event] = list(crosstalk.feed(piece))
        for side in SIDES:
            for verdict in detectors[side].feed(start, piece.pcm[side], False, crosstalk.level_dbfs[side]):
                told += trackers[side].feed(verdict.start_ms, verdict.voiced, piece.end_ms)
        events += told + floor.feed(piece.end_ms, told)
    for side in SIDES:
        events += trackers[side].finish(count * SLICE_MS)
    voiced = {side: np.zeros(count, bool) for side in SIDES}
    for event in events:
        if isinstance(event, TurnEnded):
            voiced[event.channel][event.start_ms // SLICE_MS : event.end_ms // SLICE_MS] = True
    return Outcome(voiced, events)


def _cut(x: Pcm, number: int) -> Pcm:
    return x[number * SLICE_SAMPLES : (number + 1) * SLICE_SAMPLES]


@dataclass
class Sums:
    """Over scenes; slices unless said otherwise."""

    customer: int = 0
    false: int = 0
    late_false: int = 0  # after bleed was noted
    agent: int = 0
    missed: int = 0
    interruptions: int = 0
    late_interruptions: int = 0
    scenes: int = 0

    def add(self, scene: Scene, found: Outcome, truth: Outcome) -> None:
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
    gain_db: float
    lag_ms: int
    far: str


def recorded(scene: Scene, condition: Condition, seed: int) -> tuple[Samples, Samples, Samples]:
    """Microphone with the leak, microphone without, and the far end."""
    far = scene.customer + white(len(scene.customer) / SAMPLE_RATE_HZ, -68, seed)
    if condition.far == "telephone":
        far = telephone(far)[: len(scene.customer)]
    decay_ms = float(np.random.default_rng(seed).uniform(50, 150))
    leak = leaked(far, condition.gain_db, condition.lag_ms, room(decay_ms, seed))
    clean = scene.agent + white(len(scene.agent) / SAMPLE_RATE_HZ, -62, seed + 1)
    return clean + leak, clean, far


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    agent, customer = voices(corpus)
    for gain_db in GAINS_DB:
        yield from _leaking(agent, customer, gain_db)
    yield _wrongly_noted(agent, customer, corpus)
    yield from _gaps(agent, customer)
    yield _cost(agent, customer)
    if corpus is not None:
        yield from _real_calls(corpus)


def _leaking(agent: list[Samples], customer: list[Samples], gain_db: float) -> Iterator[Figure]:
    ours, without = Sums(), Sums()
    until_noted: list[int] = []
    for number, (lag_ms, far) in enumerate(product(LAGS_MS, ("clean", "telephone"))):
        scene = conversation(agent, customer, number)
        microphone, clean, line = recorded(scene, Condition(gain_db, lag_ms, far), number)
        truth = listened(clean, line, NEVER)
        found = listened(microphone, line, BleedSettings())
        ours.add(scene, found, truth)
        without.add(scene, listened(microphone, line, NEVER), truth)
        if (noted := found.noted(Channel.AGENT)) is not None:
            until_noted.append(SLICE_MS * int(truth.voiced[Channel.CUSTOMER][: noted.at_ms // SLICE_MS].sum()))
    on = f"far end at {gain_db} dB in the microphone"
    for measure, sums_of, target in (
        ("customer's speech taken for the agent's", lambda x: (x.false, x.customer), 10.0),
        ("the same after it was noted", lambda x: (x.late_false, x.customer), 1.0),
        ("agent's speech missed", lambda x: (x.missed, x.agent), None),
    ):
        peer = _percent(*sums_of(without))
        limit = peer + 1.0 if target is None else target
        yield Figure("bleed", measure, on, _percent(*sums_of(ours)), "%", limit, peers={"without the meter": peer})
    peers = {"without the meter": float(without.interruptions)}
    scenes = f"{on}, {ours.scenes} scenes"
    yield Figure("bleed", "interruptions that were none", scenes, ours.interruptions, "", 0, peers=peers)
    yield Figure("bleed", "noted", scenes, len(until_noted), "", ours.scenes, at_least=True)
    if until_noted:
        longest = max(until_noted) / 1000
        yield Figure("bleed", "far end's speech until noted, longest", scenes, longest, "s", 10)


def _percent(part: int, whole: int) -> float:
    return 100 * part / max(1, whole)


def _wrongly_noted(agent: list[Samples], customer: list[Samples], corpus: Corpus | None) -> Figure:
    """Calls without any leak, a minute each: by turns, all at once, with one noise in both, and on the telephone."""
    noted = scenes = 0
    office = corpus.clip("noise/office_ambience_8k.wav") if corpus else None
    for seed in range(4):
        scene = conversation(agent, customer, 100 + seed)
        length = len(scene.agent)
        all_at_once = [_joined(side, length, seed) for side in (agent, customer)]
        noises = [white(60, -50, seed), white(60, -40, seed)]
        if office is not None:
            noises += [at_dbfs(looped(office.samples, length), level) for level in (-55.0, -40.0)]
        pairs = [(scene.agent, scene.customer), tuple(all_at_once)]
        pairs += [(telephone(a)[:length], telephone(b)[:length]) for a, b in pairs]
        pairs += [(scene.agent + noise, scene.customer + noise) for noise in noises]
        for own, other in pairs:
            events = _crosstalk(own + white(60, -65, seed), other + white(60, -65, seed + 50))
            noted += bool(events)
            scenes += 1
    return Figure("bleed", "noted where there is none", f"{scenes} calls of a minute", noted, "", 0)


def _joined(spoken: list[Samples], length: int, seed: int) -> Samples:
    order = np.random.default_rng(seed).permutation(len(spoken))
    return np.resize(np.concatenate([spoken[i] for i in order]), length)


def _crosstalk(agent: Samples, customer: Samples) -> list[BleedNoted]:
    both = {side: pcm(x) for side, x in zip(SIDES, (agent, customer), strict=True)}
    crosstalk = Crosstalk(SIDES, BleedSettings())
    heard = dict.fromkeys(SIDES, Heard.YES)
    events: list[BleedNoted] = []
    for number in range(len(agent) // SLICE_SAMPLES):
        piece = Slice(number * SLICE_MS, {side: _cut(x, number) for side, x in both.items()}, heard)
        events += crosstalk.feed(piece)
    return events


def _gaps(agent: list[Samples], customer: list[Samples]) -> Iterator[Figure]:
    """Twenty gaps in the agent's speech in which the customer speaks and leaks at -25 dB: 5 s without a turn."""
    for gap_s, wanted in ((6, 20), (4, 0)):
        full = {}
        for settings in (BleedSettings(), NEVER):
            microphone, far, gaps = _with_gaps(agent, customer, gap_s)
            voiced = listened(microphone, far, settings).voiced[Channel.AGENT]
            full[settings] = sum(_longest_quiet_ms(voiced[begin:end]) >= 5_000 for begin, end in gaps)
        peers = {"without the meter": float(full[NEVER])}
        on = f"20 gaps of {gap_s} s in the agent's speech, far end at -25 dB in them"
        yield Figure(
            "bleed", "5 s without an agent's turn", on, full[BleedSettings()], "", wanted, wanted > 0, peers
        )  # fmt: skip


def _with_gaps(
    agent: list[Samples], customer: list[Samples], gap_s: int
) -> tuple[Samples, Samples, list[tuple[int, int]]]:
    """Microphone, far end, and the gaps in slices with a second around them."""
    own, other = [], []
    gaps = []
    for number in range(21):
        spoken = agent[number % len(agent)]
        begin = sum(len(x) for x in own) + len(spoken)
        gaps.append(((begin - 16_000) // SLICE_SAMPLES, (begin + (gap_s + 1) * 16_000) // SLICE_SAMPLES))
        own += [spoken, np.zeros(gap_s * SAMPLE_RATE_HZ)]
        other += [np.zeros(len(spoken)), _joined(customer, gap_s * SAMPLE_RATE_HZ, number)]
    far = np.concatenate(other)
    microphone = np.concatenate(own) + leaked(far, -25, 30, room(100, 1))
    return microphone + white(len(far) / SAMPLE_RATE_HZ, -62)[: len(far)], far, gaps[:20]


def _longest_quiet_ms(voiced: np.ndarray) -> int:
    longest = run = 0
    for is_voiced in voiced:
        run = 0 if is_voiced else run + SLICE_MS
        longest = max(longest, run)
    return longest


def _cost(agent: list[Samples], customer: list[Samples]) -> Figure:
    """Both directions against webrtcvad on both channels, alternating, median of five; a call with bleed."""
    microphone, _, far = recorded(conversation(agent, customer, 7), Condition(-20, 30, "clean"), 7)
    both = {side: pcm(x) for side, x in zip(SIDES, (microphone, far), strict=True)}
    pieces = [
        Slice(at * SLICE_MS, {side: _cut(x, at) for side, x in both.items()}, dict.fromkeys(SIDES, Heard.YES))
        for at in range(len(far) // SLICE_SAMPLES)
    ]
    ratios = []
    for _ in range(5):
        crosstalk, gates = Crosstalk(SIDES, BleedSettings()), {side: webrtcvad.Vad(2) for side in SIDES}
        began = time.process_time()
        for piece in pieces:
            crosstalk.feed(piece)
        ours = time.process_time() - began
        began = time.process_time()
        for piece in pieces:
            for side in SIDES:
                gates[side].is_speech(piece.pcm[side].tobytes(), SAMPLE_RATE_HZ)
        ratios.append(ours / (time.process_time() - began))
    return Figure("bleed", "cost, both directions", "a call with bleed", float(np.median(ratios)), "× webrtcvad", 2.0)


def _real_calls(corpus: Corpus) -> Iterator[Figure]:
    """Calls without bleed: by correlation of two-second windows no lag of theirs occurs twice."""
    folder = "calls/aws_lca_split/Auto_Repairs_49_UTC"
    sides = [corpus.clip(f"{folder}_{name}.wav") for name in ("agent", "caller")]
    calls = [corpus.clip(f"calls/{name}.wav") for name in ("genesys_audiohook_stereo_ulaw", "stereo_diarization")]
    pairs = {clip.path.stem: clip.channels for clip in calls if clip is not None}
    if all(sides):
        pairs["Auto_Repairs_49_UTC"] = [clip.samples for clip in sides if clip is not None]
    for name, (agent, customer) in pairs.items():
        length = min(len(agent), len(customer))
        noted = _crosstalk(agent[:length], customer[:length])
        yield Figure("bleed", "noted in a real call without bleed", name, len(noted), "", 0)
