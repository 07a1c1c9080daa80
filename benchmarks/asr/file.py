"""A whole two-channel recording with words: against the recogniser's own time on the same turns, and `transcribe`.

The recording is the bundled demo call four times over, 12 minutes. Wall-clock and CPU of everything callcoach does with
it, its worker process included; the peer decodes each channel whole, once, with word times.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import MARGIN_MS, Bench, padded
from benchmarks.speed import ROOT, RULEBOOK, Decoded
from pipeline.asr.transcribers import load_transcriber
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.events import CallFacts, Event, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, Pcm, Slice
from pipeline.settings import CallSettings

TIMES, ROUNDS = 4, 3


def measure(bench: Bench) -> Iterator[Figure]:
    call = FileSource(next((ROOT / "demo").glob("call.*")), facts=CallFacts())
    once = list(call)
    slices = [
        Slice(len(once) * SLICE_MS * n + piece.start_ms, piece.pcm, piece.heard) for n in range(TIMES) for piece in once
    ]
    source = Decoded(call.channels, slices)
    sides = {channel: np.concatenate([s.pcm[channel] for s in slices]) for channel in call.channels}
    transcriber: Any = load_transcriber(bench.model, fetch=False)
    turns: list[tuple[Any, Pcm]] = []
    spent: dict[str, list[float]] = {"whole": [], "turns": [], "transcribe": []}
    for _ in range(ROUNDS):
        began, before = time.perf_counter(), transcriber.figures()
        events = _heard(source, transcriber)
        spent["whole"].append(time.perf_counter() - began)
        after = transcriber.figures()
        worker_s = after.final_decode_s + after.guess_decode_s - before.final_decode_s - before.guess_decode_s
        turns = turns or [(e, _cut(sides[e.channel], e)) for e in events if isinstance(e, TurnEnded)]
        began = time.perf_counter()
        for _turn, pcm in turns:
            bench.engine.recognise([pcm])
        spent["turns"].append(time.perf_counter() - began)
        began = time.perf_counter()
        for pcm in sides.values():
            padded(bench.engine, pcm)
        spent["transcribe"].append(time.perf_counter() - began)
    s = {name: statistics.median(times) for name, times in spent.items()}
    on = f"{bench.model}, {len(slices) * SLICE_MS / 60_000:.1f} min of stereo, {len(turns)} turns"
    yield Figure(
        "file", "whole file, of the recogniser's time on its turns", on, round(s["whole"] / s["turns"], 2), "x", 1.15,
        peers={"file, s": round(s["whole"], 2), "turns, s": round(s["turns"], 2), "worker, s": round(worker_s, 2)},
    )  # fmt: skip
    yield Figure(
        "file", "whole file, of transcribe() on both channels", on, round(s["whole"] / s["transcribe"], 2), "x", 1.0,
        peers={"transcribe, s": round(s["transcribe"], 2)},
    )  # fmt: skip


def _heard(source: Decoded, transcriber: Any) -> list[Event]:
    told = listen(source, transcriber, RULEBOOK, CallSettings(), call_id="bench", started_at="")
    return [event for events in told for event in events]


def _cut(side: Pcm, turn: TurnEnded) -> Pcm:
    begin, end = max(0, turn.start_ms - MARGIN_MS), turn.end_ms + MARGIN_MS
    return side[begin * SAMPLE_RATE_HZ // 1000 : end * SAMPLE_RATE_HZ // 1000]
