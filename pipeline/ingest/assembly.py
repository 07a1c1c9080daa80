"""The centre put together from its parts, and run beside the server."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.messages import Welcome
from pipeline.events.consent import TELLING
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.desks import Centre, Part
from pipeline.ingest.digests_in import DigestsIn
from pipeline.ingest.given import GivenToDesks
from pipeline.ingest.load_desks import or_of_load
from pipeline.ingest.machine_desks import DesksOfCentre
from pipeline.ingest.recordings_in import RecordingsIn
from pipeline.ingest.records_in import CallAtDesk, RecordsIn, Writer
from pipeline.ingest.sign_ins import SignIns
from pipeline.ingest.sound_in import SoundIn, TapAtDesk
from pipeline.ingest.still_here import StillHereIn
from pipeline.ingest.told import MailboxAtDesk, Telling
from pipeline.ingest.words_for import WordsFor
from pipeline.people.desks import Desks
from pipeline.people.team_settings import SettingsOfTeams
from pipeline.ports import Bus, Transcriber
from pipeline.session import desk as session
from pipeline.session.consent import Consents
from pipeline.session.outbox import Outbox
from pipeline.session.sessions import Sessions
from pipeline.store.bringing import Bringing
from pipeline.store.ownership import facts_told
from pipeline.store.retention import DAY_S

log = logging.getLogger(__name__)

AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class CentreOptions:
    """What a centre works with. `rulebook`: the file as desks get it; `company`: what they show as its name.

    `transcriber`: the recogniser, which it may have to load first.
    """

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
    team_settings: SettingsOfTeams


class RunningCentre:
    """`running` beside the server; `centre` takes the desks' lines."""

    def __init__(self, options: CentreOptions) -> None:
        self._options = options
        self._writer = Writer(options.bringing, options.bus)
        refusal = or_of_load(options.shifts.refusal)
        records = RecordsIn(self._writer, refusal, self._seen, self._gone, self._known, self._differs)
        self.digests = DigestsIn(records.call_at)
        self.sounds = SoundIn(records.call_at)
        self.telling = Telling()
        self.words = WordsFor(options.transcriber)
        recordings = RecordingsIn(
            options.recordings, self._may_keep, self._placed, self._discard, options.bringing.duration_ms
        )
        still_here = StillHereIn(
            options.bringing, self._may_keep, self._lacks_sound, self._end,
            lambda line, call_id: self._seen(CallAtDesk(call_id, line, has_ended=True)),
        )  # fmt: skip
        given = GivenToDesks(options.rulebook, options.desks, options.team_settings)
        parts: list[Part] = [
            records, self.digests, self.sounds, recordings, self.words, self.telling, options.shifts, given, still_here
        ]  # fmt: skip
        self.centre = Centre(options.desks, options.bringing.hear, self._welcome, parts)
        self._given = given
        self._loading = anyio.CapacityLimiter(1)  # many desks wait for it, in one thread
        options.shifts.signed_in = given.tell
        options.shifts.line_of = self.centre.line_of

    def desks(self, pages: session.Desks) -> DesksOfCentre:
        """Where calls of agents begin: at their machines, else at these pages."""
        options = self._options
        return DesksOfCentre(self.centre, self.telling, options.desks, options.sessions, pages)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._writer.start()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_for_ever, self.centre.keep_hearing)
                tasks.start_soon(_for_ever, partial(self._given.keep_telling, self.centre.lines))
                tasks.start_soon(_for_ever, self._options.shifts.look_after)
                try:
                    yield
                finally:
                    self.centre.close()
                    tasks.cancel_scope.cancel()
        finally:
            await anyio.to_thread.run_sync(self._writer.close)

    async def _welcome(self, line: DeskLine) -> Welcome:
        company = await anyio.to_thread.run_sync(self._options.company)
        await anyio.to_thread.run_sync(self._options.transcriber, limiter=self._loading)
        return Welcome(
            line.version, line.desk.id, line.desk.name, company, round(time.time() * 1000), self.words.engine()
        )

    def _seen(self, call: CallAtDesk) -> None:
        self.digests.seen(call)
        self.sounds.seen(call)
        self._options.sessions.meet(
            call.call_id, None if call.has_ended else MailboxAtDesk(call, self.telling, TapAtDesk(call, self.sounds))
        )

    def _gone(self, call: CallAtDesk) -> None:
        mailbox = self._options.sessions.mailbox(call.call_id)
        if isinstance(mailbox, MailboxAtDesk) and mailbox.call.line is call.line:  # and no newer one has come
            self._options.sessions.meet(call.call_id, None)

    def _known(self, call: CallAtDesk) -> CallAtDesk:
        bringing = self._options.bringing
        if not bringing.is_of(call.call_id, call.line.desk.id):
            return call
        told = [facts_told(record) for record in self._options.consents.archive.pick([call.call_id], TELLING)]
        facts = next((facts for facts in reversed(told) if facts is not None), None)
        return replace(call, facts=facts, has_ended=bringing.duration_ms(call.call_id) is not None)

    def _may_keep(self, line: DeskLine, call_id: str) -> RefusedBecause | None:
        bringing, archive = self._options.bringing, self._options.consents.archive
        if bringing.is_deleted(call_id):
            return "deleted"
        if not self._options.consents.holds(call_id):  # whoever has the call by now: the desk is to delete it
            return "held"
        whose = archive.whose(call_id)
        if whose is not None and self._options.team_settings.current(whose.team).settings.consent == "never":
            return "held"
        return None if bringing.is_of(call_id, line.desk.id) else "identity"

    def _differs(self, call_id: str, is_over_there: bool) -> RefusedBecause:
        """A call of a desk is ended here where the desk has ended it, and has less of it than it had said: its power
        failed."""
        consents = self._options.consents
        if self._options.bringing.duration_ms(call_id) is not None:
            return "held" if consents.is_withdrawn_behind_end(call_id) else "over"
        if not is_over_there:
            return "conflict"
        self._end(call_id)
        return "over"

    def _end(self, call_id: str) -> None:
        """By what is kept of it; the aftercare scores it."""
        archive, options = self._options.consents.archive, self._options

        def make() -> Outbox:
            has_ended = options.bringing.duration_ms(call_id) is not None  # asked for twice, by two lines of the desk
            return Outbox(call_id, archive, options.bus, after=archive.last(call_id), has_ended=has_ended)

        options.sessions.take_up(call_id, make).end()

    def _lacks_sound(self, call_id: str, ended_s: float) -> bool:
        consents = self._options.consents
        if consents.recordings is None or consents.recordings.find(call_id) is not None:
            return False
        whose = consents.archive.whose(call_id)
        team = self._options.team_settings.current(whose.team if whose is not None else None)
        return ended_s < team.settings.retention_audio_days * DAY_S

    def _discard(self, call_id: str) -> None:
        if self._options.consents.recordings is not None:
            self._options.consents.recordings.discard(call_id)

    def _placed(self, call_id: str) -> None:
        if self._options.consents.recordings is not None:
            self._options.consents.recordings.peaks(call_id)


async def _for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """What goes wrong once must not end it, unseen, while the pages answer on."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a task of the centre broke off")
        await anyio.sleep(AGAIN_S)
