"""Batches of 1, 2, 4 and 8 utterances: how much time they save, and whether the text changes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench
from benchmarks.asr.cost import TOKENS_PER_S, random_engine
from pipeline.asr.engine.weights import EngineSettings
from pipeline.asr.engine.whisper import WhisperEngine
from pipeline.ports import SAMPLE_RATE_HZ, Pcm

SIZES = (1, 2, 4, 8)


def measure(bench: Bench) -> Iterator[Figure]:
    window_s = 4
    whole = [u.pcm for u in bench.utterances if u.seconds >= window_s]
    cut = [pcm[: window_s * SAMPLE_RATE_HZ] for pcm in whole[:32]]
    yield from _paid(bench.engine, cut, f"{bench.model}, windows of 4 s", rounds=5)
    yield from _same(bench.engine, cut, f"{bench.model}, {len(cut)} utterances of 4 s")
    for folder in sorted(bench.sizes.iterdir()) if bench.sizes else ():
        engine = random_engine(folder, EngineSettings())
        engine.model.model.tokens = TOKENS_PER_S * window_s
        yield from _paid(engine, cut[:8], f"{folder.name}, random weights, windows of 10 s", rounds=1)


def _paid(engine: WhisperEngine, pcms: Sequence[Pcm], on: str, rounds: int) -> Iterator[Figure]:
    engine.recognise(pcms[:1])
    spent: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(rounds):
        for size in SIZES:
            began = time.process_time()
            for first in range(0, 8, size):
                engine.recognise(pcms[first : first + size])
            spent[size].append((time.process_time() - began) * 1000 / 8)
    ms = {size: statistics.median(times) for size, times in spent.items()}
    for size in SIZES[1:]:
        yield Figure(
            "batch", f"cost of an utterance, {size} together, of alone", on, round(ms[size] / ms[1], 3), "x",
            peers={"alone, ms": round(ms[1], 1), "together, ms": round(ms[size], 1)},
            note=f"the first of {size} waits {ms[size] * size:.0f} ms instead of {ms[1]:.0f}",
        )  # fmt: skip


def _same(engine: WhisperEngine, pcms: Sequence[Pcm], on: str) -> Iterator[Figure]:
    alone = [engine.recognise([pcm])[0] for pcm in pcms]
    together = [found for first in range(0, len(pcms), 4) for found in engine.recognise(pcms[first : first + 4])]
    texts = sum([w.text for w in a.words] == [w.text for w in b.words] for a, b in zip(alone, together, strict=True))
    yield Figure("batch", "same text in a batch of 4 as alone", on, round(100 * texts / len(pcms), 1), "%", 99.0, True)
    wholly = sum(a == b for a, b in zip(alone, together, strict=True))
    yield Figure("batch", "the same to the last bit", on, round(100 * wholly / len(pcms), 1))
