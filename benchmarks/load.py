"""Many calls on one recogniser: what is late, what is dropped, and how soon it recovers.

    python -m benchmarks.load [--calls 5] [--minutes 10] [--json FILE]
    python -m benchmarks.load --quick                          two minutes, figures not to be quoted
    python -m benchmarks.load --overload 90 110 130            too many calls, with and without leaving things out
    python -m benchmarks.load --carry 1 2 3 4 --model base     live calls this machine carries with real weights

The bundled call is played in real time by several callers at once, each through a whole `listen()` of its own, all on
one `Scheduler` with the demo model. The machine is made short of recogniser time by stopping the worker's process for
most of every 50 ms (SIGSTOP, SIGCONT), so that `--calls` calls fill four fifths of it: that is its capacity; then three
times as many call. Phases:

    normal          the worker has all its time
    capacity        finals and guesses of the calls fill the worker as said
    3 x capacity    three times as many calls on that worker
    after           the added calls have ended: how soon words are in time again
    3 x finals      as above, on a worker that the finals of `--calls` calls fill: here dropping guesses cannot help

A slice's lateness is the wall-clock between the end of its sound and the end of its `listen()` step. The peer beside
it is the same sleep and loop without a call, in the same threads: what the machine's own timers cost.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.scheduler import Scheduler
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.asr.engine.weights import DEMO_MODEL, locate, settings_for
from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.paced import Paced
from pipeline.audio.sources.wrapped import Wrapped
from pipeline.call import listen
from pipeline.events.call import CallFacts
from pipeline.events.faults import OverloadNoted, StageFailed
from pipeline.events.turns import SilenceReached, TurnEnded, TurnStarted
from pipeline.events.words import WordsGuessed, WordsHeard
from pipeline.folders import bundled
from pipeline.overload import OverloadSettings
from pipeline.ports import SLICE_MS, Slice, Source, Transcriber
from pipeline.settings import CallSettings

PERIOD_S = 0.05
FILL = 0.8  # share of a worker's time: by queueing theory a fully loaded worker is never in time


@dataclass
class Seen:
    """What happened in one phase; lateness in ms."""

    slices: list[float] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)
    finals: list[tuple[float, float]] = field(default_factory=list)  # when heard, after the end of the turn
    first_guesses: list[float] = field(default_factory=list)  # after the start of the turn
    turns: int = 0
    faults: int = 0
    level: int = 0


class Callers:
    """The bundled call again and again, from several callers at once, until told to stop."""

    def __init__(self, slices: Decoded, scheduler: Transcriber, settings: CallSettings | None = None) -> None:
        self.seen = Seen()
        self._settings = settings or CallSettings()
        self._slices = slices
        self._scheduler = scheduler
        self._threads: list[tuple[threading.Thread, threading.Event]] = []

    def add(self, calls: int) -> None:
        for _ in range(calls):
            ended = threading.Event()
            number = len(self._threads)
            thread = threading.Thread(target=self._call, args=(number, ended), daemon=True)
            self._threads.append((thread, ended))
            thread.start()

    def keep(self, calls: int) -> None:
        leaving = self._threads[calls:]
        del self._threads[calls:]
        for _, ended in leaving:
            ended.set()

    def _call(self, number: int, ended: threading.Event) -> None:
        ended.wait(number * 0.731 % 10)  # calls do not start at the same moment
        skipped = number * 1_300 % (len(self._slices.slices) // 2)
        while not ended.is_set():
            self._one(f"call-{number}", Decoded(self._slices.channels, self._slices.slices[skipped:]), ended)
            skipped = 0

    def _one(self, call_id: str, source: Decoded, ended: threading.Event) -> None:
        first_ms = source.slices[0].start_ms
        moved = [type(s)(s.start_ms - first_ms, s.pcm, s.heard) for s in source.slices]
        paced = Paced(Until(Decoded(source.channels, moved), ended))
        began_s, guessed = time.monotonic(), set()
        told = listen(paced, self._scheduler, RULEBOOK, self._settings, call_id=call_id, started_at="")
        for number, events in enumerate(told):
            now_ms = (time.monotonic() - began_s) * 1000
            seen = self.seen
            if number and not ended.is_set():
                seen.slices.append(now_ms - number * SLICE_MS)
            for event in events:
                match event:
                    case SilenceReached():
                        seen.silences.append(now_ms - event.at_ms)
                    case WordsHeard() if not ended.is_set():
                        seen.finals.append((time.monotonic(), now_ms - event.end_ms))
                    case WordsGuessed() if (event.channel, event.start_ms) not in guessed:
                        guessed.add((event.channel, event.start_ms))
                        seen.first_guesses.append(now_ms - event.start_ms)
                    case TurnStarted():
                        pass
                    case TurnEnded():
                        seen.turns += 1
                    case OverloadNoted(level=level):
                        seen.level = max(seen.level, level)
                    case StageFailed():
                        seen.faults += 1


class Until(Wrapped):
    """A source that ends when the event is set."""

    def __init__(self, source: Source, ended: threading.Event) -> None:
        super().__init__(source)
        self._ended = ended

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._source:
            if self._ended.is_set():
                return
            yield piece


class Brake:
    """Stops a worker's process for a share of its time."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.share = 1.0
        self._scheduler = scheduler
        self._off = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while not self._off.is_set():
            if self.share >= 1:
                self._off.wait(0.2)
                continue
            for pid in self._scheduler.pids:
                os.kill(pid, signal.SIGSTOP)
            self._off.wait(PERIOD_S * (1 - self.share))
            for pid in self._scheduler.pids:
                os.kill(pid, signal.SIGCONT)
            self._off.wait(PERIOD_S * self.share)

    def close(self) -> None:
        self._off.set()


def timers(calls: int, seconds: float) -> list[float]:
    """Lateness of bare 20 ms ticks in as many threads."""
    late: list[float] = []

    def tick() -> None:
        began = time.monotonic()
        for number in range(1, int(seconds * 1000 / SLICE_MS)):
            ahead = began + number * SLICE_MS / 1000 - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            late.append((time.monotonic() - began) * 1000 - number * SLICE_MS)

    threads = [threading.Thread(target=tick) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return late


def percentile(values: list[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 1) if values else None


def phase(name: str, callers: Callers, scheduler: Scheduler, calls: int, seconds: float) -> dict[str, Any]:
    callers.seen, before, began = Seen(), scheduler.figures(), time.monotonic()
    time.sleep(seconds)
    seen, after = callers.seen, scheduler.figures()
    lags = [late for _, late in seen.finals]
    in_time = [at - began for at, late in seen.finals if late > 1_000]
    return {
        "phase": name, "calls": calls, "seconds": round(seconds),
        "slice p50": percentile(seen.slices, 50), "slice p99": percentile(seen.slices, 99),
        "silence p99": percentile(seen.silences, 99), "silences": len(seen.silences),
        "final p50": percentile(lags, 50), "final p95": percentile(lags, 95), "final worst": percentile(lags, 100),
        "finals": len(seen.finals), "turns": seen.turns, "waiting": after.waiting_finals,
        "overdue": after.overdue - before.overdue, "failed": after.failed - before.failed,
        "first guess p95": percentile(seen.first_guesses, 95), "guesses": after.guesses - before.guesses,
        "dropped": after.dropped_guesses - before.dropped_guesses, "faults": seen.faults,
        "last late final after s": round(max(in_time), 1) if in_time else 0.0,
    }  # fmt: skip


def measure(calls: int, minutes: float) -> list[dict[str, Any]]:
    source = FileSource(bundled("demo", "call.opus"), facts=CallFacts())
    scheduler = Scheduler(DEMO_MODEL, "demo", settings_for("demo"))
    brake, callers, rows = Brake(scheduler), Callers(Decoded(source.channels, list(source)), scheduler), []
    callers.add(calls)
    time.sleep(12)
    before = scheduler.figures()
    rows.append(phase("normal", callers, scheduler, calls, min(90, minutes * 30)))
    after = scheduler.figures()
    finals = (after.final_decode_s - before.final_decode_s) / rows[0]["seconds"] / FILL
    everything = finals + (after.guess_decode_s - before.guess_decode_s) / rows[0]["seconds"] / FILL
    brake.share = everything
    rows.append(phase("capacity", callers, scheduler, calls, min(90, minutes * 30)))
    callers.add(2 * calls)
    time.sleep(10)
    rows.append(phase("3 x capacity", callers, scheduler, 3 * calls, minutes * 60))
    callers.keep(calls)
    rows.append(phase("after", callers, scheduler, calls, 60))
    brake.share = finals
    callers.add(2 * calls)
    rows.append(phase("3 x finals", callers, scheduler, 3 * calls, min(180, minutes * 60)))
    callers.keep(calls)
    rows.append(phase("after that", callers, scheduler, calls, 60))
    brake.share = 1.0
    rows.append(phase("drained", callers, scheduler, calls, 30))
    callers.keep(0)
    bare = timers(3 * calls, 20)
    rows.append({"phase": "bare timers", "calls": 3 * calls, "seconds": 20, "slice p50": percentile(bare, 50),
                 "slice p99": percentile(bare, 99)})  # fmt: skip
    brake.close()
    scheduler.close()
    rows.append({"phase": f"worker's share: capacity {everything:.3f}, finals {finals:.3f}"})
    return rows


def carry(counts: list[int], seconds: float, model: str, recording: Path) -> list[dict[str, Any]]:
    """So many calls at once on one recogniser that has the machine as it is, each count for so long."""
    source = FileSource(recording, facts=CallFacts())
    decoded, rows = Decoded(source.channels, list(source)), []
    for calls in counts:
        scheduler = Scheduler(locate(model), model, settings_for(model))
        callers = Callers(decoded, scheduler)
        callers.add(calls)
        time.sleep(12)
        began = scheduler.figures()
        row = phase("live", callers, scheduler, calls, seconds)
        ended = scheduler.figures()
        spent_s = ended.final_decode_s - began.final_decode_s + ended.guess_decode_s - began.guess_decode_s
        rows.append(row | {"worker busy %": round(100 * spent_s / seconds)})
        callers.keep(0)
        scheduler.close()
    return rows


def overload(counts: list[int], seconds: float) -> list[dict[str, Any]]:
    """Calls without words in one process: how late silences are reported, and what was left out."""
    source = FileSource(bundled("demo", "call.opus"), facts=CallFacts())
    decoded, rows, never = Decoded(source.channels, list(source)), [], 10**9
    without = OverloadSettings(captions_ms=never, words_ms=never + 1, pitch_ms=never + 2)
    for calls in counts:
        for name, settings in (("keeps on", without), ("sheds", OverloadSettings())):
            callers = Callers(decoded, NoTranscriber(), CallSettings(overload=settings))
            callers.add(calls)
            time.sleep(12)
            callers.seen, cpu_s = Seen(), time.process_time()
            time.sleep(seconds)
            seen, cpu_s = callers.seen, time.process_time() - cpu_s
            callers.keep(0)
            time.sleep(1)
            rows.append({
                "phase": name, "calls": calls, "seconds": round(seconds), "slice p50": percentile(seen.slices, 50),
                "slice p99": percentile(seen.slices, 99), "silence p50": percentile(seen.silences, 50),
                "silence p99": percentile(seen.silences, 99), "silences": len(seen.silences),
                "slices a second": round(len(seen.slices) / seconds),
                "CPU us a slice": round(1e6 * cpu_s / max(1, len(seen.slices))), "highest level": seen.level,
            })  # fmt: skip
    return rows


def show(rows: list[dict[str, Any]]) -> None:
    table = Table("", *(row["phase"] for row in rows), title="lateness in ms")
    for name in rows[0]:
        if name != "phase":
            table.add_row(name, *(str(row.get(name, "")) for row in rows))
    Console(width=160).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--overload", type=int, nargs="+")
    parser.add_argument("--carry", type=int, nargs="+")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--recording", type=Path, default=bundled("demo", "call.opus"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.carry:
        rows = carry(options.carry, 60 if options.quick else 180, options.model, options.recording)
        show(rows)
    elif options.overload:
        rows = overload(options.overload, 20 if options.quick else 48)
        show(rows)
    else:
        rows = measure(options.calls, 1 if options.quick else options.minutes)
        show(rows[:-1])
        Console().print(rows[-1]["phase"])
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
