"""Does a backup slow the calls beside it: how long an append takes with one and without, in turns, in one run.

`python -m benchmarks.store.backup [ADDRESS] [--calls N]`: on a file, or on a prepared, empty PostgreSQL database.
Twenty calls append five times a second each, as slices do: a refusal is counted, not waited for.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from benchmarks.store.lists import fill
from pipeline.errors import StoreError
from pipeline.events.channels import Channel
from pipeline.events.measures import LevelMeasured
from pipeline.store.dialects import count_on
from pipeline.store.opening import StoreSettings, open_database
from pipeline.store.schema import calls
from pipeline.store.sql import SqlStore

TALKING, APPENDS_S, RECORDS = 20, 5, 3
ROUNDS, QUIET_S = 3, 10.0
COMMAND = [sys.executable, "-c", "from pipeline.cli.app import main; main()", "store", "backup"]


@dataclass
class Took:
    """Of one way: milliseconds of each append, and how many were refused."""

    ms: list[float] = field(default_factory=list)
    refused: int = 0

    def __str__(self) -> str:
        ranked = sorted(self.ms)
        share = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
        parts = [f"{name} {ranked[int(len(ranked) * part)]:6.1f}" for name, part in share.items()]
        return f"{len(ranked):6} appends: {', '.join(parts)}, worst {ranked[-1]:6.1f} ms; {self.refused} refused"


class Talking:
    """Twenty calls that append in turn; what was refused is sent with the next."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._owners = {f"live-{number}": store.own(f"live-{number}", patient=True) for number in range(TALKING)}
        self._next = dict.fromkeys(self._owners, 1)

    def go_on(self, until: Callable[[], bool], took: Took) -> None:
        turns, due_s = cycle(self._owners.items()), time.perf_counter()
        while not until():
            call_id, owner = next(turns)
            events = [LevelMeasured(at * 20, Channel.AGENT, 0, at * 20, -23.4, 31.5, 0.0) for at in range(RECORDS)]
            began = time.perf_counter()
            try:
                self._store.append(call_id, owner, self._next[call_id], events)
                self._next[call_id] += RECORDS
            except StoreError:
                took.refused += 1
            took.ms.append((time.perf_counter() - began) * 1000)
            due_s += 1 / (TALKING * APPENDS_S)
            time.sleep(max(0.0, due_s - time.perf_counter()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?", default="")
    parser.add_argument("--calls", type=int, default=20_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="callcoach-backup-"))
    try:
        store = SqlStore(open_database(StoreSettings(asked.address), folder / "data"))
        fill(store, asked.calls)
        with store.database.writing() as connection:
            count_on(connection, calls.c.number)
        environment = {**os.environ, "CALLCOACH_DATA": str(folder / "data"), "CALLCOACH_STORE__ADDRESS": asked.address}
        talking, alone, beside, took_s = Talking(store), Took(), Took(), list[float]()
        for number in range(ROUNDS):
            ends_s = time.perf_counter() + QUIET_S
            talking.go_on(lambda ends_s=ends_s: time.perf_counter() > ends_s, alone)  # type: ignore[misc]
            began = time.perf_counter()
            backup = subprocess.Popen([*COMMAND, folder / f"backup {number}"], env=environment, stdout=subprocess.PIPE)
            talking.go_on(lambda backup=backup: backup.poll() is not None, beside)  # type: ignore[misc]
            took_s.append(time.perf_counter() - began)
            assert backup.returncode == 0
        size = sum(file.stat().st_size for file in (folder / "backup 0").rglob("*") if file.is_file())
        print(f"{store.database.name}, {asked.calls:,} calls, a backup of {size / 1e6:,.0f} MB in {min(took_s):.1f} s")
        print(f"alone   {alone}\nbeside  {beside}")
        store.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
