"""A whole two-channel recording with words: against the recogniser's own time on the same turns, and `transcribe`.

The recording is the bundled demo call. Wall-clock of everything callcoach does with it, its worker process included;
the peer decodes each channel whole, once, with word times. With the demo model the channel analysis costs more than the
recogniser; with any real model it is the reverse. Their weights are random, so cost only: the engine writes 5 tokens a
second of speech, and runs in the calling process.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import MARGIN_MS, Bench, padded
from benchmarks.asr.cost import expect, random_engine
from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.asr.engine.weights import EngineSettings
from pipeline.asr.engine.whisper import WhisperEngine
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.events.call import CallFacts
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.folders import bundled
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, Pcm, Recognised, Transcriber, Utterance
from pipeline.settings import CallSettings

ROUNDS = 3
REAL = ("tiny", "base", "small")


def measure(bench: Bench) -> Iterator[Figure]:
    call = FileSource(bundled("demo", "call.opus"), facts=CallFacts())
    source = Decoded(call.channels, list(call))
    transcriber: Any = load_transcriber(bench.model)
    s = _spent(source, transcriber, lambda pcm: bench.engine.recognise([pcm], bench.settings.beam), ROUNDS)
    transcriber.close()
    yield _figure(f"{bench.model}, ", source, s)
    sides = [np.concatenate([piece.pcm[channel] for piece in source.slices]) for channel in source.channels]
    transcribe_s = _took(lambda: [padded(bench.engine, pcm) for pcm in sides])  # once: it takes minutes
    yield Figure(
        "file", "whole file, of transcribe() on both channels", f"{bench.model}, {_said(source)}",
        round(s.whole_s / transcribe_s, 2), "x", 1.0, peers={"transcribe, s": round(transcribe_s, 2)},
    )  # fmt: skip
    for size in REAL if bench.sizes else ():
        here = Here(random_engine(bench.sizes / size, EngineSettings()))
        yield _figure(f"{size}, random weights, ", source, _spent(source, here, here.hear, 1))


@dataclass(frozen=True)
class Spent:
    """Wall-clock of the whole file, and of the recogniser alone on its turns."""

    whole_s: float
    turns_s: float
    turns: int


class Here:
    """A recogniser with random weights that runs in the calling thread."""

    engine, notice, trust, fault, has_room = "random weights", "", None, "", False

    def __init__(self, engine: WhisperEngine) -> None:
        self._engine = engine

    def hear(self, pcm: Pcm) -> Recognised:
        expect(self._engine.model.model, len(pcm) / SAMPLE_RATE_HZ)
        return self._engine.recognise([pcm], self._engine.settings.beam)[0]

    def ask(self, utterance: Utterance) -> Ready:
        return Ready(self.hear(utterance.pcm))


@dataclass(frozen=True)
class Ready:
    found: Recognised

    def ready(self) -> bool:
        return True

    def result(self) -> Recognised:
        return self.found


def _spent(source: Decoded, transcriber: Transcriber, hear: Callable[[Pcm], object], rounds: int) -> Spent:
    sides = {channel: np.concatenate([s.pcm[channel] for s in source.slices]) for channel in source.channels}
    turns: list[Pcm] = []
    whole_s: list[float] = []
    turns_s: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        events = _heard(source, transcriber)
        whole_s.append(time.perf_counter() - began)
        turns = turns or [_cut(sides[e.channel], e) for e in events if isinstance(e, TurnEnded)]
        turns_s.append(_took(lambda pcms=turns: [hear(pcm) for pcm in pcms]))
    return Spent(statistics.median(whole_s), statistics.median(turns_s), len(turns))


def _figure(on: str, source: Decoded, s: Spent) -> Figure:
    return Figure(
        "file", "whole file, of the recogniser's time on its turns", f"{on}{_said(source)}, {s.turns} turns",
        round(s.whole_s / s.turns_s, 2), "x", 1.15,
        peers={"file, s": round(s.whole_s, 2), "turns, s": round(s.turns_s, 2)},
    )  # fmt: skip


def _said(source: Decoded) -> str:
    return f"{len(source.slices) * SLICE_MS / 60_000:.1f} min of stereo"


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _heard(source: Decoded, transcriber: Transcriber) -> list[Event]:
    told = listen(source, transcriber, RULEBOOK, CallSettings(), call_id="bench", started_at="")
    return [event for events in told for event in events]


def _cut(side: Pcm, turn: TurnEnded) -> Pcm:
    begin, end = max(0, turn.start_ms - MARGIN_MS), turn.end_ms + MARGIN_MS
    return side[begin * SAMPLE_RATE_HZ // 1000 : end * SAMPLE_RATE_HZ // 1000]
