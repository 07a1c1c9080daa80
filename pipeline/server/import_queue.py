"""Recordings that people drop on a page: each becomes a call in a process of its own, one after another, in turns.

Whatever a file does to its reader costs that file alone: the process has limits, a deadline, and the lowest priority,
so that calls in progress are not slowed. What it says comes back as JSON, and is believed in nothing but that.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.private import private_folder
from pipeline.server.import_jobs import (
    MB,
    REASONS,
    Dropped,
    Figures,
    ImportJob,
    ImportRefused,
    ImportSettings,
    Upload,
    Work,
)
from pipeline.server.import_turns import Turns

_LOOK_S = 0.2
_LOOK_AGAIN_S = 60.0  # whether those whose recordings wait still may
_LONGEST_MESSAGE = 64 * 1024
_FIGURES: TypeAdapter[Figures | None] = TypeAdapter(Figures | None)
_MOST_DONE = 2_000  # jobs of which is still told what became of them


@dataclass(slots=True)
class _Entry:
    owner: str  # id of the person
    upload: Upload
    job: ImportJob
    still_may: Callable[[], bool]
    is_wanted: bool = True


class ImportQueue:
    """From any thread. Jobs are of this process: what a stop cuts off is to be dropped again, and is stored once."""

    def __init__(self, folder: Path, work: Work, settings: ImportSettings) -> None:
        self.folder = folder
        self.settings = settings
        self._work = work
        self._changed = threading.Condition()
        self._entries: dict[str, _Entry] = {}
        self._turns = Turns()
        self._paused: set[str] = set()  # persons
        self._coming: Counter[str] = Counter()  # bytes that are being received, by person
        self._coming_files: Counter[str] = Counter()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._thread = threading.Thread(target=self._run, name="imports", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self, owner: str, size: int) -> None:
        """So many bytes are to come, of which `received` tells in the end. Raises ImportRefused."""
        limits = self.settings
        if size > limits.file_mb * MB:
            raise ImportRefused(f"a recording may have {limits.file_mb} MB", is_for_good=True)
        private_folder(self.folder)
        with self._changed:
            waiting = [entry for entry in self._entries.values() if entry.job.state == "waiting"]
            theirs = [entry.job.bytes for entry in waiting if entry.owner == owner]
            files, bytes_ = len(theirs) + self._coming_files[owner], sum(theirs) + self._coming[owner]
            if files >= limits.person_files:
                why = f"{files} of your recordings come and wait already: the next can come once one is done"
                raise ImportRefused(why, is_for_good=False)
            if files and bytes_ + size > limits.person_mb * MB:
                why = f"{limits.person_mb} MB of yours may come and wait: the next can come once one is done"
                raise ImportRefused(why, is_for_good=False)
            coming = self._coming.total()
            in_turn = sum(entry.job.bytes for entry in waiting if entry.owner not in self._paused)
            if coming + in_turn + size > limits.waiting_mb * MB:
                raise ImportRefused(f"{limits.waiting_mb} MB of everybody's wait already", is_for_good=False)
            if shutil.disk_usage(self.folder).free - coming - size < limits.free_mb * MB:
                raise ImportRefused(f"the disk has less than {limits.free_mb} MB left", is_for_good=False)
            self._coming[owner] += size
            self._coming_files[owner] += 1

    def received(self, owner: str, size: int) -> None:
        with self._changed:
            self._coming[owner] -= size
            self._coming_files[owner] -= 1

    def add(self, owner: str, upload: Upload, job: ImportJob, still_may: Callable[[], bool]) -> ImportJob:
        """`still_may`: whether the owner may still import it; asked before its turn."""
        with self._changed:
            self._entries[upload.id] = _Entry(owner, upload, job, still_may)
            done = [key for key, entry in self._entries.items() if entry.job.state in ("done", "refused")]
            for key in done[: max(0, len(done) - _MOST_DONE)]:
                del self._entries[key]
            self._changed.notify_all()
        return job

    def dropped(self, owner: str) -> Dropped:
        with self._changed:
            at_work = [entry for entry in self._entries.values() if entry.job.state in ("decoding", "scoring")]
            order = self._turns.in_turn(self._waiting())
            ahead = {job_id: place for place, job_id in enumerate(order, len(at_work))}
            jobs = tuple(
                replace(entry.job, ahead=ahead.get(key)) for key, entry in self._entries.items() if entry.owner == owner
            )
            others = sum(self._entries[key].owner != owner for key in ahead)
            others += sum(entry.owner != owner for entry in at_work)
            return Dropped(jobs, owner in self._paused, others)

    def running(self, owner: str) -> int:
        """How many wait or are at work."""
        with self._changed:
            mine = (entry.job.state for entry in self._entries.values() if entry.owner == owner)
            return sum(state not in ("done", "refused") for state in mine)

    def pause(self, owner: str, *, is_wanted: bool) -> None:
        """None of this person's is begun meanwhile; what is at work goes on."""
        with self._changed:
            (self._paused.add if is_wanted else self._paused.discard)(owner)
            self._changed.notify_all()

    def remove(self, owner: str, job_id: str) -> bool:
        """Also from under its process. A call that it has become stays."""
        with self._changed:
            entry = self._entries.get(job_id)
            if entry is None or entry.owner != owner:
                return False
            entry.is_wanted = False
            del self._entries[job_id]
        entry.upload.path.unlink(missing_ok=True)
        return True

    def clear(self, owner: str) -> int:
        """As `remove`, of all that are not done; how many these were."""
        with self._changed:
            left = [
                key
                for key, entry in self._entries.items()
                if entry.owner == owner and entry.job.state not in ("done", "refused")
            ]
            self._paused.discard(owner)
        return sum(self.remove(owner, key) for key in left)

    def _waiting(self) -> dict[str, list[str]]:
        """By person, without those who have paused. Under the lock."""
        waiting: dict[str, list[str]] = {}
        for key, entry in self._entries.items():
            if entry.job.state == "waiting" and entry.owner not in self._paused:
                waiting.setdefault(entry.owner, []).append(key)
        return waiting

    # --- its thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            outcome = self._done(entry)
            self._tell(entry, **outcome)
            with suppress(OSError):
                entry.upload.path.unlink(missing_ok=True)

    def _next(self) -> _Entry | None:
        while True:
            self._call_off()
            with self._changed:
                if self._is_closed:
                    return None
                if (key := next(self._turns.in_turn(self._waiting()), None)) is not None:
                    entry = self._entries[key]
                    self._turns.had(entry.owner)
                    return entry
                self._changed.wait(_LOOK_AGAIN_S)

    def _call_off(self) -> None:
        """What waits of whoever may not import it any more: an account that was removed takes back nothing itself."""
        with self._changed:
            waiting = [entry for entry in self._entries.values() if entry.job.state == "waiting"]
        asked: dict[tuple[str, str | None], bool] = {}
        for entry in waiting:
            whose = entry.owner, entry.upload.facts.team
            if whose not in asked:
                asked[whose] = entry.still_may()
            if not asked[whose]:
                self._tell(entry, **_refused("barred", "who dropped it may not import it any more"))
                with suppress(OSError):
                    entry.upload.path.unlink(missing_ok=True)

    def _tell(self, entry: _Entry, **changes: Any) -> None:
        with self._changed:
            entry.job = replace(entry.job, **changes)

    def _done(self, entry: _Entry) -> dict[str, Any]:
        """What became of it."""
        self._tell(entry, state="decoding")
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=self._work, args=(entry.upload, sender), name="import")  # starts a recogniser
        process.start()
        sender.close()
        until_s = time.monotonic() + 2 * self.settings.longest_s
        try:
            return self._heard(entry, receiver, until_s) or _ended(process)
        finally:
            process.kill()
            process.join()
            receiver.close()

    def _heard(self, entry: _Entry, receiver: Connection, until_s: float) -> dict[str, Any] | None:
        """None: it died without a word."""
        while True:
            if self._is_closed or not entry.is_wanted:
                return _refused("failed", "stopped")
            if time.monotonic() > until_s:
                return _refused("time", f"not done after {2 * self.settings.longest_s} s")
            try:
                if not receiver.poll(_LOOK_S):
                    continue
                told = json.loads(receiver.recv_bytes(_LONGEST_MESSAGE))
            except (EOFError, OSError, ValueError):
                return None
            match told:
                case {"share": int() | float() as share}:
                    self._tell(entry, state="scoring", share=min(max(float(share), 0.0), 1.0))
                case {"call_id": str() as call_id, "is_known": bool() as is_known, "figures": told_figures}:
                    try:
                        figures = _FIGURES.validate_python(told_figures)
                    except ValidationError:
                        return None
                    outcome = {"call_id": call_id, "is_known": is_known, "figures": figures}
                    return {"state": "done", "share": 1.0, **outcome}
                case {"reason": str() as reason, "detail": str() as detail} if reason in REASONS:
                    return _refused(reason, detail)
                case _:
                    return None


def _refused(reason: str, detail: str) -> dict[str, Any]:
    return {"state": "refused", "reason": reason, "detail": detail}


def _ended(process: multiprocessing.process.BaseProcess) -> dict[str, Any]:
    process.join()
    if process.exitcode is not None and -process.exitcode == getattr(signal, "SIGXCPU", None):
        return _refused("time", "it takes too much processor time")
    return _refused("died", f"the process that read it ended with {process.exitcode}")
