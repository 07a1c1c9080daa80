"""What a call is told of the help that its agent asked for, and that it reaches it, however long its desk was away."""

from __future__ import annotations

from dataclasses import replace

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from pipeline.events.help import HelpClosed, HelpReceived, HelpTaken
from pipeline.events.record import FloorNote
from pipeline.floor.telling import AGAIN_S, GIVEN_UP_S, Telling, note_of
from pipeline.store.cases import KeptCase
from tests.waiting import LIMIT_S

CASE = KeptCase("case", "1042", "a", "call", "help", "critical", 0)


class Box:
    def __init__(self) -> None:
        self.told: list[FloorNote] = []

    async def tell_floor(self, note: FloorNote) -> None:
        self.told.append(note)


@pytest.mark.parametrize("is_running", [True, False])
def test_that_help_was_closed_is_told_once_the_desk_is_back_if_its_call_still_runs(is_running: bool) -> None:
    now_s, box, is_here = 0.0, Box(), True
    telling = Telling(lambda call_id: box if is_here else None, lambda: now_s)  # type: ignore[arg-type,return-value]
    running = {"call"} if is_running else set()

    async def happens() -> None:
        nonlocal now_s, is_here
        telling.want({"case": ("call", HelpTaken(0, "王敏", "lead"))}, running)
        await told()
        is_here = False
        telling.close(CASE, "王敏")
        while now_s < GIVEN_UP_S + 2 * AGAIN_S:
            now_s += AGAIN_S
            telling.want({}, running)
            await told()
        is_here = True
        for _ in range(3):
            now_s += AGAIN_S
            telling.want({}, running)
            await told()

    async def told() -> None:
        for tell in telling.due():
            await tell()

    anyio.run(happens)
    assert [type(note) for note in box.told] == [HelpTaken, HelpClosed][: 1 + is_running]


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
