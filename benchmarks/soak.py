"""Eight hours of calls, faster than real time, two at once: growth of memory, handles and threads.

    python -m benchmarks.soak [--hours 8] [--call-minutes 60] [--json FILE]

The bundled call again and again, joined to calls of an hour, each through a whole `listen()`, both on one `Scheduler`.
One caller waits for its words as a recording does; the other behaves as a live one, with captions, and goes on as soon
as few turns wait. Every minute of audio the resident memory of the process and of its worker, their handles and their
threads are read from /proc. Warm-up: the first hour. Linux.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.scheduler import Scheduler, SchedulerSettings
from pipeline.asr.engine.weights import DEMO_MODEL, settings_for
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.events.call import CallFacts, SourceNotice
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.words import WordsGuessed, WordsHeard
from pipeline.folders import bundled
from pipeline.ports import SLICE_MS, Slice
from pipeline.settings import CallSettings

EVERY_MS = 60_000
GROWTH = 5.0  # per cent that resident memory may grow after the warm-up


@dataclass(frozen=True)
class Reading:
    """Of the process and its worker together at `audio_s` seconds of audio, all calls added up."""

    audio_s: float
    process_mb: float
    worker_mb: float
    handles: int
    threads: int


@dataclass
class Looped:
    """The call repeated up to a given length; a live one (`can_wait` false) is delayed while turns wait for words."""

    call: Decoded
    skipped: int
    slices: int
    scheduler: Scheduler
    can_wait: bool
    facts: CallFacts = field(default_factory=CallFacts)
    notices: tuple[SourceNotice, ...] = ()

    @property
    def channels(self) -> tuple[Channel, ...]:
        return self.call.channels

    def __iter__(self) -> Iterator[Slice]:
        played = self.call.slices
        for number in range(self.slices):
            if not self.can_wait and number % 25 == 0:
                time.sleep(0.01)  # otherwise a turn is over before a caption can be recognised
                while self.scheduler.figures().waiting_finals > 2:
                    time.sleep(0.005)
            piece = played[(self.skipped + number) % len(played)]
            yield Slice(number * SLICE_MS, piece.pcm, piece.heard)


class Soak:
    def __init__(self, call: Decoded, scheduler: Scheduler, call_minutes: float) -> None:
        self.readings: list[Reading] = []
        self.counts: Counter[str] = Counter()
        self._call = call
        self._scheduler = scheduler
        self._call_slices = round(call_minutes * 60_000 / SLICE_MS)
        self._audio_ms = 0
        self._has_ended = False
        self._lock = threading.Lock()

    def run(self, caller: int, slices: int) -> None:
        """Calls one after another until so many slices are heard."""
        for number, begin in enumerate(range(0, slices, self._call_slices)):
            length = min(self._call_slices, slices - begin)
            source = Looped(self._call, 7_919 * (number + 1), length, self._scheduler, can_wait=caller == 0)
            call_id = f"{caller}-{number}"
            told = listen(source, self._scheduler, RULEBOOK, CallSettings(), call_id=call_id, started_at="")
            for number_of_slice, events in enumerate(told):
                self.counts.update(type(event).__name__ for event in events)
                if number_of_slice % (EVERY_MS // SLICE_MS) == 1 and not self._has_ended:
                    self._read()
        self._has_ended = True  # with one caller left the load is no longer the same

    def _read(self) -> None:
        with self._lock:
            self._audio_ms += EVERY_MS
            pids = ["self", *map(str, self._scheduler.pids)]
            memory = [_rss_mb(pid) for pid in pids]
            handles = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
            threads = sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids)
            self.readings.append(Reading(self._audio_ms / 1000, memory[0], sum(memory[1:]), handles, threads))


def _rss_mb(pid: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def _median(readings: list[Reading], name: str) -> float:
    return statistics.median(float(getattr(r, name)) for r in readings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0, help="of audio, both callers together")
    parser.add_argument("--call-minutes", type=float, default=60.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    source = FileSource(bundled("demo", "call.opus"), facts=CallFacts())
    always_captions = SchedulerSettings(busy_share=2.0)  # faster than real time a worker is always busy
    scheduler = Scheduler(DEMO_MODEL, "demo", settings_for("demo"), always_captions)
    soak = Soak(Decoded(source.channels, list(source)), scheduler, options.call_minutes)
    slices = round(options.hours * 3_600_000 / SLICE_MS / 2)
    began = time.monotonic()
    callers = [threading.Thread(target=soak.run, args=(caller, slices)) for caller in range(2)]
    for thread in callers:
        thread.start()
    for thread in callers:
        thread.join()
    took_s = time.monotonic() - began
    figures = scheduler.figures()
    scheduler.close()
    hour = [r for r in soak.readings if r.audio_s >= min(3_600, options.hours * 900)]
    tenth = max(1, len(hour) // 10)
    table = Table(title=f"{options.hours:g} h of audio in {took_s / 60:.1f} min")
    for column in ("", "after warm-up", "at the end", "growth, %"):
        table.add_column(column)
    growths = {}
    for name in ("process_mb", "worker_mb", "handles", "threads"):
        first, last = _median(hour[:tenth], name), _median(hour[-tenth:], name)
        growths[name] = 100 * (last / first - 1)
        table.add_row(name, f"{first:.1f}", f"{last:.1f}", f"{growths[name]:+.1f}")
    Console().print(table)
    told = {kind.__name__: soak.counts[kind.__name__] for kind in (WordsHeard, WordsGuessed, StageFailed)}
    print(told, figures)
    if options.json:
        rows = [asdict(r) for r in soak.readings]
        options.json.write_text(json.dumps({"growth_percent": growths, "told": told, "readings": rows}, indent=1))
    is_steady = max(growths["process_mb"], growths["worker_mb"]) < GROWTH
    return 0 if is_steady and growths["handles"] == growths["threads"] == 0 and not told["StageFailed"] else 1


if __name__ == "__main__":
    sys.exit(main())
