"""A call at a desk is heard at the centre, only while somebody listens, and its agent sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.errors import CallOver
from pipeline.events.help import ListenEnded, ListenStarted
from pipeline.events.hints import HintShown
from pipeline.ports import SoundPiece
from tests.desk.places import DeskHere, ServedCentre, places
from tests.heard_sound import Sounding, said
from tests.waiting import wait_until


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServedCentre, DeskHere]]:
    with places(tmp_path_factory.mktemp("sound")) as (centre, (desk,)):
        yield centre, desk


def test_heard_told_cut_and_over(here: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = here
    desk.ahead_s = 300.0
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    desk.proxy.mend()
    wait_until(lambda: desk.link.is_open)
    session = desk.call()
    session.tap.wall = desk.wall
    sounding, call_id = Sounding(session), session.call_id
    wait_until(lambda: centre.here.running.tap(call_id) is not None)
    sounding.take(5)
    first: list[SoundPiece | None] = []
    second: list[SoundPiece | None] = []
    leave_first = listen(centre, call_id, "王敏", first)
    leave_second = listen(centre, call_id, "刘洋", second)
    wait_until(lambda: len(session.tap._listeners) == 2)

    began = desk.link.sent["sound"]
    sounding.take(10)
    wait_until(lambda: bool(first and second))
    for heard in (first, second):
        assert heard[0] is not None
        assert np.array_equal(heard[0].pcm, said(100, 10))
        assert heard[0].start_ms == 100
        assert abs(heard[0].taken_s - time.time()) < 60  # by the centre's clock, of which the desk's is 300 s ahead
    assert desk.link.sent["sound"] - began < 10 * 320 * 2 * 2 * 1.5  # once, however many listen

    desk.proxy.cut()
    wait_until(lambda: not session.tap.is_listened_to)  # nobody hears it: the agent's page says so
    sounding.take(10)
    desk.proxy.mend()
    wait_until(lambda: desk.link.is_open)
    wait_until(lambda: desk.is_same_there(call_id))
    session.outbox.feed([HintShown(session.outbox.at_ms + 20, 1)])
    wait_until(lambda: len(session.tap._listeners) == 2)
    leave_first()
    wait_until(lambda: len(session.tap._listeners) == 1)
    count = len(second)
    sounding.take(10)
    wait_until(lambda: len(second) > count)
    leave_second()
    wait_until(lambda: not session.tap.is_listened_to)
    sounding.take(1)
    told = [type(record.event) for record in desk.store.read(call_id)]
    assert (told.count(ListenStarted), told.count(ListenEnded)) == (4, 4)

    listen(centre, call_id, "王敏", first)
    wait_until(lambda: session.tap.is_listened_to)
    desk.finish(session)
    wait_until(lambda: first[-1] is None)
    wait_until(lambda: centre.here.running.tap(call_id) is None)


def listen(centre: ServedCentre, call_id: str, by: str, heard: list[SoundPiece | None]):  # type: ignore[no-untyped-def]
    tap = centre.here.running.tap(call_id)
    assert tap is not None
    return tap.listen(by, f"id of {by}", heard.append)


def test_a_call_that_has_ended_is_not_heard(here: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = here
    session = desk.call()
    wait_until(lambda: centre.here.running.tap(session.call_id) is not None)
    desk.finish(session)
    with pytest.raises(CallOver):
        session.tap.listen("王敏", "u", lambda piece: None)
