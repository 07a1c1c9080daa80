"""What calls are told of the help that their agents asked for: received, taken, closed. Told until it has arrived.

Each is by what is so now, and compared with what was told last: so it does not matter what was missed, or which process
told it. That help was closed is told as long as the call wants it since before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import CallOver, DeskAway, MailboxFull
from pipeline.events.help import HelpClosed, HelpReceived, HelpTaken
from pipeline.events.record import FloorNote
from pipeline.ports import Mailbox
from pipeline.store.cases import KeptCase

log = logging.getLogger(__name__)

AGAIN_S = 2.0


@dataclass
class _Told:
    call_id: str
    note: FloorNote
    has_arrived: bool = False
    is_under_way: bool = False
    next_s: float = 0.0


@dataclass
class Telling:
    """On the event loop. `mailbox` of a call that runs."""

    mailbox: Callable[[str], Mailbox | None]
    clock: Callable[[], float]
    _told: dict[str, _Told] = field(default_factory=dict)  # by case

    def want(self, notes: Mapping[str, tuple[str, FloorNote]]) -> None:
        """By case: the call, and what it is to know of it."""
        for case_id, (call_id, note) in notes.items():
            before = self._told.get(case_id)
            if before is None or before.note != note:
                self._told[case_id] = _Told(call_id, note)
        for case_id in self._told.keys() - notes.keys():
            del self._told[case_id]

    def due(self) -> Iterable[Callable[[], Coroutine[Any, Any, None]]]:
        """What is to be said now, each in a task of its own: a desk may take its time."""
        for told in self._told.values():
            if not told.has_arrived and not told.is_under_way and self.clock() >= told.next_s:
                told.is_under_way = True
                yield self._task(told)

    def _task(self, told: _Told) -> Callable[[], Coroutine[Any, Any, None]]:
        async def tell() -> None:
            mailbox = self.mailbox(told.call_id)
            try:
                if mailbox is not None:
                    await mailbox.tell_floor(told.note)
                    told.has_arrived = True
            except CallOver:
                told.has_arrived = True
            except (DeskAway, MailboxFull) as error:
                log.info("call %s could not be told of its help: %s", told.call_id, error)
            finally:
                told.is_under_way, told.next_s = False, self.clock() + AGAIN_S

        return tell


def note_of(case: KeptCase, lead: str, leads: tuple[str, ...], goal_s: int) -> FloorNote:
    """What the call of a case of help is to know now. `lead`: the name of who has it, or has closed it."""
    if case.closed_at is not None:
        return HelpClosed(0, "closed", lead, case.closed_by)
    if case.taken_by is not None:
        return HelpTaken(0, lead, case.taken_by)
    return HelpReceived(0, leads, goal_s, case.escalated_at is not None)
