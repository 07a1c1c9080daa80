"""What the centre tells this desk on behalf of others, done here, and answered once it is done."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast, get_args

from pipeline.codec import event_from_json
from pipeline.desk.link import Link
from pipeline.desk_protocol.fields import NotDoneBecause
from pipeline.desk_protocol.messages import Announcement, Begin, Done, End, Facts, NotDone, Noted
from pipeline.errors import CallBusy, CallcoachError, CallOver, FactsError, MailboxFull, NobodyHere
from pipeline.events.record import FloorNote
from pipeline.ports import Mailbox
from pipeline.session.consent import Consents
from pipeline.session.desk import CallControl
from pipeline.session.sessions import Sessions

log = logging.getLogger(__name__)

Asked = Begin | End | Facts | Announcement | Noted
_FLOOR_NOTES = get_args(FloorNote)
_BECAUSE: Mapping[type[CallcoachError], NotDoneBecause] = {
    CallBusy: "busy", CallOver: "over", FactsError: "facts", MailboxFull: "full", NobodyHere: "nobody",
}  # fmt: skip


class ToldByCentre:
    """Done one after another in a thread of its own, so that the link never waits."""

    def __init__(self, link: Link, control: CallControl, sessions: Sessions, consents: Consents) -> None:
        self._link = link
        self._control = control
        self._sessions = sessions
        self._consents = consents
        self._one = ThreadPoolExecutor(1, "told by the centre")
        does: dict[type[Asked], Callable[[Any], str | None]] = {
            Begin: self._begin, End: self._end, Facts: self._facts, Announcement: self._announce, Noted: self._noted,
        }  # fmt: skip
        for kind, do in does.items():
            link.on(kind, partial(self._take, do))

    def close(self) -> None:
        self._one.shutdown(wait=False, cancel_futures=True)

    def _take(self, do: Callable[[Any], str | None], said: Asked, body: bytes) -> None:
        self._one.submit(self._answer, said, do)

    def _answer(self, said: Asked, do: Callable[[Any], str | None]) -> None:
        try:
            self._link.say(Done(said.id, do(said)))
        except CallcoachError as error:
            because: NotDoneBecause = _BECAUSE.get(type(error), "fault")
            detail = error.call_id if isinstance(error, CallBusy) else str(error)
            self._link.say(NotDone(said.id, because, detail[:500]))
        except Exception as error:  # the centre waits for an answer, whatever happened here
            log.exception("what the centre told was not done")
            self._link.say(NotDone(said.id, "fault", repr(error)[:500]))

    def _begin(self, said: Begin) -> str:
        return self._control.start(said.facts, actor=said.actor)

    def _end(self, said: End) -> None:
        if not self._control.end(said.call_id, actor=said.actor):
            raise CallOver(f"call {said.call_id} does not run at this desk")

    def _facts(self, said: Facts) -> None:
        mailbox = self._sessions.mailbox(said.call_id)
        try:
            self._of(mailbox).put_facts(said.changes, actor=said.actor)
        except CallOver:
            if dict(said.changes) != {"recording_consent": False}:
                raise
            self._consents.withdraw(said.call_id, actor=said.actor)

    def _announce(self, said: Announcement) -> None:
        self._of(self._sessions.mailbox(said.call_id)).put_prompt(said.told, actor=said.told.actor)

    def _noted(self, said: Noted) -> None:
        note = event_from_json(json.dumps(dict(said.note)))
        if not isinstance(note, _FLOOR_NOTES):
            raise FactsError(f"{type(note).__name__} is nothing that a team lead tells")
        self._of(self._sessions.mailbox(said.call_id)).put_floor(cast(FloorNote, note))

    def _of(self, mailbox: Mailbox | None) -> Mailbox:
        if mailbox is None:
            raise CallOver("the call has ended")
        return mailbox
