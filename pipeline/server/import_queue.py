"""Recordings that people drop on a page: each becomes a call in a process of its own, one after another.

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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict

from pipeline.errors import CallcoachError
from pipeline.events.call import CallFacts
from pipeline.private import private_folder
from pipeline.quantities import within

MB = 1_000_000
_LOOK_S = 0.2
_LONGEST_MESSAGE = 64 * 1024
_MOST_DONE = 2_000  # jobs of which is still told what became of them

State = Literal["waiting", "decoding", "scoring", "done", "refused"]
Reason = Literal["unreadable", "cut_off", "memory", "time", "died", "store", "taken", "deleted", "failed"]
REASONS: tuple[Reason, ...] = Reason.__args__  # type: ignore[attr-defined]
Megabytes = Annotated[int, within(1, 10_000_000)]


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What recordings that are dropped on the page may cost."""

    file_mb: Megabytes = 500
    waiting_mb: Megabytes = 5_000  # of all that wait
    free_mb: Megabytes = 2_000  # of the disk stay free
    memory_mb: Megabytes = 6_000  # address space of the process that reads one
    longest_s: Annotated[int, within(1, 86_400)] = 3_600  # processor time for one; twice as long by the clock


@dataclass(frozen=True, slots=True)
class Upload:
    """What the process is told. `id`: of the call that it is to become."""

    id: str
    path: Path
    name: str
    facts: CallFacts
    started_at: str
    agent_channel: Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One recording. `share` of it is scored. `call_id`: once it is done; `is_known`: it was a call before.

    `reason`: why it was refused, `detail` the same in a sentence.
    """

    id: str
    name: str
    bytes: int
    state: State = "waiting"
    share: float = 0.0
    call_id: str | None = None
    is_known: bool = False
    reason: Reason | None = None
    detail: str = ""

    __pydantic_config__ = ConfigDict(json_schema_serialization_defaults_required=True)  # every answer has every field


class ImportRefused(CallcoachError):
    """There is no room for it. `is_for_good`: nor will there be."""

    def __init__(self, why: str, *, is_for_good: bool) -> None:
        super().__init__(why)
        self.is_for_good = is_for_good


Work = Callable[[Upload, Connection], None]
"""Runs in the process: sends `{"share": 0.5}` at times, at last `{"call_id", "is_known"}` or `{"reason", "detail"}`."""


@dataclass(slots=True)
class _Entry:
    owner: str  # id of the person
    upload: Upload
    job: ImportJob
    is_wanted: bool = True


class ImportQueue:
    """From any thread. Jobs are of this process: what a stop cuts off is to be dropped again, and is stored once."""

    def __init__(self, folder: Path, work: Work, settings: ImportSettings) -> None:
        self.folder = folder
        self.settings = settings
        self._work = work
        self._changed = threading.Condition()
        self._entries: dict[str, _Entry] = {}
        self._coming = 0  # bytes that are being received
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

    def receive(self, size: int) -> None:
        """So many bytes are to come, of which `received` tells in the end. Raises ImportRefused."""
        limits = self.settings
        if size > limits.file_mb * MB:
            raise ImportRefused(f"a recording may have {limits.file_mb} MB", is_for_good=True)
        private_folder(self.folder)
        with self._changed:
            waiting = sum(entry.job.bytes for entry in self._entries.values() if entry.job.state == "waiting")
            if self._coming + waiting + size > limits.waiting_mb * MB:
                raise ImportRefused(f"{limits.waiting_mb} MB wait already", is_for_good=False)
            if shutil.disk_usage(self.folder).free - self._coming - size < limits.free_mb * MB:
                raise ImportRefused(f"the disk has less than {limits.free_mb} MB left", is_for_good=False)
            self._coming += size

    def received(self, size: int) -> None:
        with self._changed:
            self._coming -= size

    def add(self, owner: str, upload: Upload, shown: str, size: int) -> ImportJob:
        job = ImportJob(upload.id, shown, size)
        with self._changed:
            self._entries[upload.id] = _Entry(owner, upload, job)
            done = [key for key, entry in self._entries.items() if entry.job.state in ("done", "refused")]
            for key in done[: max(0, len(done) - _MOST_DONE)]:
                del self._entries[key]
            self._changed.notify_all()
        return job

    def jobs(self, owner: str) -> list[ImportJob]:
        """The oldest first."""
        with self._changed:
            return [entry.job for entry in self._entries.values() if entry.owner == owner]

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

    # --- its thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            outcome = self._done(entry)
            self._tell(entry, **outcome)
            with suppress(OSError):
                entry.upload.path.unlink(missing_ok=True)

    def _next(self) -> _Entry | None:
        with self._changed:
            while not self._is_closed:
                for entry in self._entries.values():
                    if entry.job.state == "waiting":
                        return entry
                self._changed.wait()
        return None

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
                case {"call_id": str() as call_id, "is_known": bool() as is_known}:
                    return {"state": "done", "share": 1.0, "call_id": call_id, "is_known": is_known}
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
