"""Thread or process: how much decoding delays the slices of calls in the same process, and in one of its own.

Eight calls are played in real time, each through `listen()` without words, while utterance after utterance is decoded
beside them: by an engine in a thread of the same process, or by a worker process. A slice's lateness is the wall-clock
from the end of its sound to the end of its step.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench
from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.asr.engine.weights import locate
from pipeline.asr.engine.worker import Worker
from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.paced import Paced
from pipeline.call import listen
from pipeline.events.call import CallFacts
from pipeline.events.words import COACHED
from pipeline.folders import bundled
from pipeline.ports import SLICE_MS, Pcm
from pipeline.settings import CallSettings

CALLS, SECONDS = 8, 20


def measure(bench: Bench) -> Iterator[Figure]:
    pcms = [u.pcm for u in bench.utterances[:40]]
    worker = Worker(locate(bench.model), bench.settings)
    here: Callable[[Pcm], Any] = lambda pcm: bench.engine.recognise([pcm])  # noqa: E731
    there: Callable[[Pcm], Any] = lambda pcm: worker.recognise([pcm], 30, 1, COACHED, False)  # noqa: E731
    alone, sent = [], []
    for pcm in [pcms[0], *pcms]:
        alone.append(_wall_ms(here, pcm))
        sent.append(_wall_ms(there, pcm))
    more = statistics.median(b - a for a, b in zip(alone[1:], sent[1:], strict=True))
    yield Figure("worker", "more for an utterance by a process", f"{bench.model}, 40 utterances", round(more, 2), "ms",
                 peers={"in a thread, ms": round(statistics.median(alone[1:]), 1)})  # fmt: skip
    late = {"process": _lateness(there, pcms), "thread": _lateness(here, pcms), "none": _lateness(None, pcms)}
    worker.end()
    for share in (50, 99):
        figures = {name: round(float(np.percentile(found, share)), 2) for name, found in late.items()}
        ours = figures.pop("process")
        yield Figure("worker", f"lateness of a slice, p{share}", f"{CALLS} calls while words are decoded", ours, "ms",
                     peers={"decoding in a thread": figures["thread"], "no decoding": figures["none"]})  # fmt: skip


def _wall_ms(hear: Callable[[Pcm], Any], pcm: Pcm) -> float:
    began = time.perf_counter()
    hear(pcm)
    return (time.perf_counter() - began) * 1000


def _lateness(hear: Callable[[Pcm], Any] | None, pcms: Sequence[Pcm]) -> list[float]:
    call = FileSource(bundled("demo", "call.opus"), facts=CallFacts())
    slices = list(call)[: SECONDS * 1000 // SLICE_MS]
    late: list[float] = []
    over = threading.Event()

    def decode() -> None:
        number = 0
        while hear is not None and not over.is_set():
            hear(pcms[number % len(pcms)])
            number += 1

    def play() -> None:
        source = Paced(Decoded(call.channels, slices))
        began = time.monotonic()
        told = listen(source, NoTranscriber(), RULEBOOK, CallSettings(), call_id="bench", started_at="")
        late.extend(
            (time.monotonic() - began) * 1000 - n * SLICE_MS for n, _ in enumerate(told) if 0 < n <= len(slices)
        )

    threads = [threading.Thread(target=play) for _ in range(CALLS)]
    decoding = threading.Thread(target=decode)
    for thread in (decoding, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    decoding.join()
    return late
