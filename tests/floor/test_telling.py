"""What a call is told of the help that its agent asked for, and that it reaches it, however long its desk was away."""

from __future__ import annotations

from dataclasses import replace

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from pipeline.events.help import HelpClosed, HelpReceived, HelpTaken
from pipeline.events.record import FloorNote
from pipeline.floor.telling import AGAIN_S, Telling, note_of
from pipeline.store.cases import KeptCase
from tests.waiting import LIMIT_S

CASE = KeptCase("case", "1042", "a", "call", "help", "critical", 0)


class Box:
    def __init__(self) -> None:
        self.told: list[FloorNote] = []

    async def tell_floor(self, note: FloorNote) -> None:
        self.told.append(note)


@pytest.mark.parametrize("is_asked_anew", [True, False])
def test_that_help_was_closed_is_told_once_the_desk_is_back_unless_it_was_asked_for_anew(is_asked_anew: bool) -> None:
    now_s, box, is_here = 0.0, Box(), False
    telling = Telling(lambda call_id: box if is_here else None, lambda: now_s)  # type: ignore[arg-type,return-value]
    closed, anew = ("call", HelpClosed(0, "closed", "王敏", "lead")), ("call", HelpReceived(0, ("王敏",)))

    async def happens() -> None:
        nonlocal now_s, is_here
        for is_here in (False, False, True, True):
            now_s += AGAIN_S
            telling.want({"other": anew} if is_here and is_asked_anew else {"case": closed})
            for tell in telling.due():
                await tell()

    anyio.run(happens)
    assert box.told == [anew[1] if is_asked_anew else closed[1]]


def test_desks_that_answer_nothing_hold_up_nothing_else() -> None:
    """Of the threads that requests are answered in there are forty."""

    class Silent:
        async def tell_floor(self, note: FloorNote) -> None:
            await anyio.sleep_forever()

    telling = Telling(lambda call_id: Silent(), lambda: 0.0)  # type: ignore[arg-type,return-value]
    telling.want({f"case {number}": (f"call {number}", HelpTaken(0, "王敏", "lead")) for number in range(60)})

    async def happens() -> None:
        async with anyio.create_task_group() as tasks:
            for tell in telling.due():
                tasks.start_soon(tell)
            await anyio.lowlevel.checkpoint()  # until each waits
            with anyio.move_on_after(LIMIT_S / 2) as waited:
                await anyio.to_thread.run_sync(lambda: None)
            assert not waited.cancelled_caught
            tasks.cancel_scope.cancel()

    anyio.run(happens)


def test_it_is_told_the_teams_goal_and_that_nobody_has_kept_it() -> None:
    assert note_of(CASE, "", ("王敏", "刘洋"), 90) == HelpReceived(0, ("王敏", "刘洋"), 90, is_escalated=False)
    late = replace(CASE, escalated_at=91_000)
    assert note_of(late, "", ("刘洋",), 90) == HelpReceived(0, ("刘洋",), 90, is_escalated=True)
    assert note_of(replace(late, taken_by="u"), "王敏", ("刘洋",), 90) == HelpTaken(0, "王敏", "u")
    closed = replace(late, taken_by="u", closed_at=95_000, closed_by="other")
    assert note_of(closed, "刘洋", (), 90) == HelpClosed(0, "closed", "刘洋", "other")
