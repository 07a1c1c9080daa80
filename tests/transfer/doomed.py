"""A process that is killed at a moment of its work: counted in calls of functions, so that it is the same each time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

from pipeline.store.database import Database
from pipeline.store.moving import move
from pipeline.store.opening import StoreSettings, open_database
from pipeline.store.sql import SqlStore
from pipeline.transfer.backup import back_up
from pipeline.transfer.importing import Here, import_calls
from pipeline.transfer.restoring import restore
from tests.waiting import LIMIT_S

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.transfer.doomed"])
Work = Literal["backup", "restore", "move", "import"]


@dataclass(frozen=True)
class Place:
    """A data folder, and the address of its database; "": a file in it."""

    folder: Path
    address: str = ""

    def open(self) -> Database:
        return open_database(StoreSettings(self.address), self.folder)


@dataclass(frozen=True)
class Doomed:
    """Something made of `source`, a zip or a backup or a whole place, in `target`."""

    work: Work
    source: Path | Place
    target: Path | Place

    def do(self) -> None:
        match self.work, self.source, self.target:
            case "backup", Place() as source, Path() as target:
                with closing(source.open()) as database:
                    back_up(database, source.folder, target)
            case "restore", Path() as source, Place(address="") as target:
                restore(source, target.folder)
            case "restore", Path() as source, Place() as target:
                with closing(target.open()) as database:
                    restore(source, target.folder, database)
            case "move", Place() as source, Place() as target:
                with closing(source.open()) as here, closing(target.open()) as there:
                    move(here, there)
            case "import", Path() as source, Place() as target:
                with closing(SqlStore(target.open())) as store:
                    import_calls(source, Here(store, target.folder, store.database.together))

    def moments(self) -> int:
        """So many calls of functions it makes; by a process that is not killed."""
        told = CONTEXT.Queue()
        process = CONTEXT.Process(target=_count, args=(self, told), daemon=True)
        process.start()
        count: int = told.get(timeout=LIMIT_S)
        process.join(LIMIT_S)
        assert process.exitcode == 0
        return count

    def killed(self, moment: int) -> None:
        process = CONTEXT.Process(target=_die, args=(self, moment), daemon=True)
        process.start()
        process.join(LIMIT_S)
        assert process.exitcode == -signal.SIGKILL


def _count(doomed: Doomed, told: multiprocessing.Queue[int]) -> None:
    seen = [0]

    def count(frame: FrameType, event: str, argument: object) -> None:
        seen[0] += event in ("call", "c_call")

    _profiled(doomed, count)
    told.put(seen[0])


def _die(doomed: Doomed, moment: int) -> None:
    left = [moment]

    def die(frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            left[0] -= 1
            if left[0] <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    _profiled(doomed, die)


def _profiled(doomed: Doomed, look: Callable[[FrameType, str, object], None]) -> None:
    sys.setprofile(look)
    try:
        doomed.do()
    finally:
        sys.setprofile(None)
