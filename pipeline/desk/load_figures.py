"""What a load test has measured: how late things were, what gave way first, and what the centre took of the machine."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LATE_RECORDS_MS = 1_000.0
LATE_WORDS_MS = 3_000.0


@dataclass
class Figures:
    """Milliseconds. `first`: when, in seconds since all desks were there, something first gave way."""

    kept_ms: list[float] = field(default_factory=list)  # record said -> kept
    shown_ms: list[float] = field(default_factory=list)  # record said -> on a page that watches its call
    floor_ms: list[float] = field(default_factory=list)  # digest said -> it, or a newer one, on a wall with all calls
    words_ms: list[float] = field(default_factory=list)
    behind_ms: list[float] = field(default_factory=list)  # this program itself, of its own time table
    counted: Counter[str] = field(default_factory=Counter)
    first: dict[str, float] = field(default_factory=dict)
    began_s: float | None = None  # monotonic; None: not all are there

    @property
    def is_on(self) -> bool:
        return self.began_s is not None

    def gave(self, what: str) -> None:
        if self.began_s is not None:
            self.first.setdefault(what, round(time.monotonic() - self.began_s, 1))

    def kept(self, late_ms: Sequence[float]) -> None:
        if self.is_on and late_ms:
            self.kept_ms += late_ms
            if max(late_ms) > LATE_RECORDS_MS:
                self.gave("records kept later than 1 s")

    def heard(self, late_ms: float) -> None:
        if self.is_on:
            self.words_ms.append(late_ms)
            if late_ms > LATE_WORDS_MS:
                self.gave("words later than 3 s")

    def as_json(self) -> dict[str, Any]:
        late = {
            "record_kept": self.kept_ms,
            "record_shown": self.shown_ms,
            "floor": self.floor_ms,
            "words": self.words_ms,
        }
        return {
            **{f"{name}_ms": spread(one) for name, one in late.items()},
            "this_program_behind_ms": spread(self.behind_ms),
            "counted": dict(self.counted),
            "gave_way_first_s": dict(sorted(self.first.items(), key=lambda one: one[1])),
        }


def spread(figures: Sequence[float]) -> dict[str, float] | None:
    """None: nothing was measured."""
    if not figures:
        return None
    ordered = sorted(figures)
    at = {"p50": 0.5, "p99": 0.99}
    picked = {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) for name, share in at.items()}
    return {**picked, "max": round(ordered[-1], 1), "count": len(ordered)}


class ProcessFigures:
    """CPU and memory of a process of this machine with its children (Linux: /proc); of another one nothing is known."""

    def __init__(self, pid: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pid = pid
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        self._since_s, self._used_s = self._clock(), self._cpu_s()

    def as_json(self, calls: int) -> dict[str, float]:
        share = (self._cpu_s() - self._used_s) / max(self._clock() - self._since_s, 1e-9) * 100
        mb = sum(_resident(pid) for pid in self._tree()) / 2**20
        return {
            "cpu_percent": round(share, 1),
            "cpu_percent_a_call": round(share / calls, 3),
            "memory_mb": round(mb, 1),
        }

    def _cpu_s(self) -> float:
        ticks = [sum(map(int, fields[11:13])) for pid in self._tree() if (fields := _stat(pid))]
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def _tree(self) -> list[int]:
        known = {int(path.name): _stat(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
        parents = {pid: int(fields[1]) for pid, fields in known.items() if fields}
        tree = [self._pid]
        for pid in tree:
            tree += [child for child, parent in parents.items() if parent == pid]
        return tree


def _stat(pid: int) -> list[str]:
    """From the state on; nothing for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _resident(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0
