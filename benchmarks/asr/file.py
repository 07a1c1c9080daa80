"""A whole two-channel recording with words: against the recogniser's own time on the same turns, and `transcribe`.

The recording is the bundled demo call. Wall-clock of everything callcoach does with it, its
worker process included; the peer decodes each channel whole, once, with word times. With the demo model the ears cost
more than the recogniser; at the size of `base` (random weights, cost only) it is the other way round, as with any real
model.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import MARGIN_MS, Bench, padded
from benchmarks.speed import ROOT, RULEBOOK, Decoded
from pipeline.asr.transcribers import load_transcriber
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.events import CallFacts, Event, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, Pcm
from pipeline.settings import CallSettings

ROUNDS = 3
REAL = "base"  # of the real sizes: even there random weights, which write to the end, take a second a turn


def measure(bench: Bench) -> Iterator[Figure]:
    yield from _measured(bench, f"{bench.model}, ", with_peer=True)
    if bench.sizes and (bench.sizes / REAL).is_dir():
        random = Bench(str(bench.sizes / REAL), None, None, 0)
        yield from _measured(random, f"{REAL}, random weights, ", with_peer=False)


def _measured(bench: Bench, on: str, *, with_peer: bool) -> Iterator[Figure]:
    call = FileSource(next((ROOT / "demo").glob("call.*")), facts=CallFacts())
    slices = list(call)
    source = Decoded(call.channels, slices)
    sides = {channel: np.concatenate([s.pcm[channel] for s in slices]) for channel in call.channels}
    transcriber: Any = load_transcriber(bench.model, fetch=False)
    turns: list[Pcm] = []
    spent: dict[str, list[float]] = {"whole": [], "turns": [], "transcribe": []}
    for _ in range(ROUNDS if with_peer else 1):
        began = time.perf_counter()
        events = _heard(source, transcriber)
        spent["whole"].append(time.perf_counter() - began)
        turns = turns or [_cut(sides[e.channel], e) for e in events if isinstance(e, TurnEnded)]
        spent["turns"].append(_took(lambda pcms=turns: [bench.engine.recognise([pcm]) for pcm in pcms]))
    transcriber.close()
    if with_peer:  # once: it takes minutes
        spent["transcribe"].append(_took(lambda: [padded(bench.engine, pcm) for pcm in sides.values()]))
    s = {name: statistics.median(took) for name, took in spent.items() if took}
    on += f"{len(slices) * SLICE_MS / 60_000:.1f} min of stereo, {len(turns)} turns"
    yield Figure(
        "file", "whole file, of the recogniser's time on its turns", on, round(s["whole"] / s["turns"], 2), "x", 1.15,
        peers={"file, s": round(s["whole"], 2), "turns, s": round(s["turns"], 2)},
    )  # fmt: skip
    if with_peer:
        yield Figure(
            "file", "whole file, of transcribe() on both channels", on, round(s["whole"] / s["transcribe"], 2), "x",
            1.0, peers={"transcribe, s": round(s["transcribe"], 2)},
        )  # fmt: skip


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _heard(source: Decoded, transcriber: Any) -> list[Event]:
    told = listen(source, transcriber, RULEBOOK, CallSettings(), call_id="bench", started_at="")
    return [event for events in told for event in events]


def _cut(side: Pcm, turn: TurnEnded) -> Pcm:
    begin, end = max(0, turn.start_ms - MARGIN_MS), turn.end_ms + MARGIN_MS
    return side[begin * SAMPLE_RATE_HZ // 1000 : end * SAMPLE_RATE_HZ // 1000]
