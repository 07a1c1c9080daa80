"""The centre put together from its parts, and run beside the server."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import anyio
import anyio.to_thread

from pipeline.desk_protocol.messages import RefusedBecause, Rulebook, Welcome
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.ingest.desks import Centre, Part
from pipeline.ingest.recordings_in import RecordingsIn
from pipeline.ingest.records_in import CallAtDesk, RecordsIn, Writer
from pipeline.ingest.sign_ins import SignIns
from pipeline.ingest.told import MailboxAtDesk, Telling
from pipeline.ingest.words_for import WordsFor
from pipeline.people.desks import Desks
from pipeline.ports import Bus, Transcriber
from pipeline.session.consent import Consents
from pipeline.session.sessions import Sessions
from pipeline.store.bringing import Bringing


@dataclass(frozen=True, slots=True)
class CentreOptions:
    """What a centre works with. `rulebook`: the file as desks get it; `company`: what they show as its name."""

    desks: Desks
    bringing: Bringing
    bus: Bus
    sessions: Sessions
    consents: Consents
    recordings: Path  # the folder
    transcriber: Callable[[], Transcriber]
    rulebook: Callable[[], bytes]
    company: Callable[[], str]
    shifts: SignIns


class RunningCentre:
    """`running` beside the server; `centre` takes the desks' lines."""

    takes: Mapping[type[Any], Takes] = MappingProxyType({})

    def __init__(self, options: CentreOptions) -> None:
        self._options = options
        self._writer = Writer(options.bringing, options.bus)
        records = RecordsIn(self._writer, options.shifts.refusal, self._seen, self._gone)
        self.telling = Telling()
        self.words = WordsFor(options.transcriber)
        recordings = RecordingsIn(options.recordings, self._may_keep, self._placed)
        parts: list[Part] = [records, recordings, self.words, self.telling, options.shifts, self]
        self.centre = Centre(options.desks, options.bringing.hear, self._welcome, parts)
        options.shifts.line_of = self.centre.line_of

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._writer.start()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.centre.keep_hearing)
                tasks.start_soon(self._options.shifts.look_after)
                try:
                    yield
                finally:
                    self.centre.close()
                    tasks.cancel_scope.cancel()
        finally:
            await anyio.to_thread.run_sync(self._writer.close)

    async def _welcome(self, line: DeskLine) -> Welcome:
        company = await anyio.to_thread.run_sync(self._options.company)
        return Welcome(
            line.version, line.desk.id, line.desk.name, company, round(time.time() * 1000), self.words.engine()
        )

    async def opened(self, line: DeskLine) -> None:
        """As a Part: desks have the rulebook of their centre."""
        rulebook = await anyio.to_thread.run_sync(self._options.rulebook)
        digest = hashlib.sha256(rulebook).hexdigest()
        if line.hello is not None and line.hello.rulebook != digest:
            line.say(Rulebook(digest), rulebook)

    def left(self, line: DeskLine) -> None:
        pass

    def _seen(self, call: CallAtDesk) -> None:
        self._options.sessions.meet(call.call_id, None if call.has_ended else MailboxAtDesk(call, self.telling))

    def _gone(self, call: CallAtDesk) -> None:
        mailbox = self._options.sessions.mailbox(call.call_id)
        if isinstance(mailbox, MailboxAtDesk) and mailbox.call.line is call.line:  # and no newer one has come
            self._options.sessions.meet(call.call_id, None)

    def _may_keep(self, line: DeskLine, call_id: str) -> RefusedBecause | None:
        if not self._options.bringing.is_of(call_id, line.desk.id):
            return "identity"
        return None if self._options.consents.holds(call_id) else "held"

    def _placed(self, call_id: str) -> None:
        if self._options.consents.recordings is not None:
            self._options.consents.recordings.peaks(call_id)
