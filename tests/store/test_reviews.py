"""What people have said of calls is kept on each database: in order, only added to, gone with the call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Delete, delete, select, update

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import Citation, HintDismissed, HintRaised, Severity
from pipeline.people.permissions import Role
from pipeline.people.person import Within
from pipeline.reviews.entries import Commented, Entry, ItemAppealed, VerdictGiven
from pipeline.reviews.keeping import Outline, OwnTab
from pipeline.reviews.review import Stage
from pipeline.store import facets
from pipeline.store.deletion import Deletion
from pipeline.store.overview import Wanted
from pipeline.store.reviews import SqlReviews
from pipeline.store.schema import reviews
from pipeline.store.sql import SqlStore
from tests.reviews.cards import MET, MISSED, SPAN
from tests.writing import add

VERDICT = VerdictGiven("name", MISSED, "没说\u3000全名")


def call(store: SqlStore, call_id: str, agent_id: str = "1027", team: str = "a", *, day: int = 22) -> None:
    facts = CallFacts(agent_id=agent_id, team=team)
    started = CallStarted(
        0, call_id, f"2026-11-{day}T09:00:00+08:00", (Channel.AGENT,), facts, "handbook", "1", "abc", "none"
    )
    hint = HintRaised(10, 1, "pace", Severity.TIP, "语速", "慢一点", "快", "", Citation("001", "每分钟150字"), 0, 10)
    add(store, call_id, [started, hint, HintDismissed(20, 1, False, "u1"), CallEnded(30, "finished")])


def test_entries_have_the_numbers_of_their_call(opened: SqlStore) -> None:
    kept = SqlReviews(opened.database)
    call(opened, "a")
    call(opened, "b")
    first = kept.add("a", "xu", Role.QA, VERDICT)
    kept.add("b", "xu", Role.QA, VERDICT)
    second = kept.add("a", "lin", Role.AGENT, Commented("明白", SPAN))
    assert kept.entries("a") == [first, second]
    assert first == Entry(1, first.at, "xu", Role.QA, VERDICT)
    assert (second.number, second.at >= first.at, abs(kept.now() - second.at) < 60) == (2, True, True)
    with pytest.raises(StoreError, match="there is no call c"):
        kept.add("c", "xu", Role.QA, VERDICT)


def test_two_at_once_get_two_numbers(opened: SqlStore) -> None:
    kept = SqlReviews(opened.database)
    call(opened, "a")
    threads = [
        threading.Thread(target=lambda who=who: [kept.add("a", who, Role.QA, VERDICT) for _ in range(10)])
        for who in ("xu", "he")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [entry.number for entry in kept.entries("a")] == list(range(1, 21))


@pytest.mark.parametrize("change", [update(reviews).values(actor="he"), delete(reviews)], ids=["change", "delete"])
def test_nobody_changes_what_was_said(opened: SqlStore, change: object) -> None:
    """But on SQLite the file is its owner's: there a row can be deleted."""
    kept = SqlReviews(opened.database)
    call(opened, "a")
    kept.add("a", "xu", Role.QA, VERDICT)
    if isinstance(change, Delete) and not opened.database.is_shared:
        pytest.skip("there is no such rule on SQLite")
    with pytest.raises(StoreError), opened.database.writing() as connection:
        connection.execute(change)  # type: ignore[call-overload]
    assert len(kept.entries("a")) == 1


def test_it_goes_with_its_call(opened: SqlStore) -> None:
    kept = SqlReviews(opened.database)
    for call_id in ("a", "b"):
        call(opened, call_id)
        kept.add(call_id, "xu", Role.QA, VERDICT)
    Deletion(opened.database).delete("a")
    assert (kept.entries("a"), len(kept.entries("b"))) == ([], 1)


def test_quotes_go_with_the_words_of_the_call_and_what_people_wrote_stays(opened: SqlStore) -> None:
    kept = SqlReviews(opened.database)
    said = [
        ("lin", Role.AGENT, ItemAppealed("name", MET, "在 02:28 说了", (SPAN, SPAN))),
        ("xu", Role.QA, Commented("先道歉", SPAN)),
        ("xu", Role.QA, Commented("都好")),
        ("xu", Role.QA, VERDICT),
    ]
    for call_id in ("a", "b"):
        call(opened, call_id)
        for actor, role, act in said:
            kept.add(call_id, actor, role, act)
    before = kept.entries("a")
    Deletion(opened.database).erase_words("a")
    with opened.database.reading() as connection:
        assert SPAN.quote not in "".join(
            connection.execute(select(reviews.c.act).where(reviews.c.call_id == "a")).scalars()
        )
    silent = replace(SPAN, quote="")
    appeal, comment = replace(said[0][2], evidence=(silent, silent)), replace(said[1][2], span=silent)
    assert kept.entries("a") == [replace(before[0], act=appeal), replace(before[1], act=comment), *before[2:]]
    assert [entry.act for entry in kept.entries("b")] == [act for _, _, act in said]
    Deletion(opened.database).erase_words("a")  # again: the same


def test_inboxes_hold_what_is_due_first_of_whom_they_are(opened: SqlStore) -> None:
    kept = SqlReviews(opened.database)
    now = kept.now()
    for call_id, agent, team, stage, until, unseen in (
        ("late", "1", "a", Stage.TO_CHECK, now - 10, 0),
        ("soon", "1", "a", Stage.TO_ANSWER, now + 100, 2),
        ("later", "1", "a", Stage.TO_CHECK, now + 900, 0),
        ("other", "2", "b", Stage.TO_ANSWER, now + 50, 1),
        ("done", "1", "a", Stage.DONE, None, 0),
    ):
        call(opened, call_id, agent, team)
        kept.outline(call_id, Outline(stage, 70.5, "xu", until, unseen))
    own, stages = Within("1"), (Stage.TO_ANSWER, Stage.TO_CHECK)
    assert [one.call_id for one in kept.waiting(stages, own)] == ["late", "soon", "later"]
    assert [one.call_id for one in kept.waiting(stages, own, only_open=True)] == ["soon", "later"]
    assert [one.call_id for one in kept.waiting(stages, None)] == ["late", "other", "soon", "later"]
    assert [one.call_id for one in kept.waiting(stages, Within(teams=("b",)))] == ["other"]
    assert [(one.call_id, one.unseen, one.agent_id) for one in kept.unseen(own)] == [("soon", 2, "1")]
    assert kept.unseen(Within()) == []


def test_an_appeal_that_nobody_has_checked_in_time_is_to_be_decided(opened: SqlStore) -> None:
    kept = SqlReviews(opened.database)
    now = kept.now()
    for call_id, check_until in (("due", now - 10), ("fresh", now + 100)):
        call(opened, call_id)
        kept.outline(call_id, Outline(Stage.TO_CHECK, 70.5, "xu", None, 0, check_until))
    (due,) = kept.waiting((Stage.TO_DECIDE,), None)
    assert (due.call_id, due.stage) == ("due", Stage.TO_DECIDE)
    assert [one.call_id for one in kept.waiting((Stage.TO_CHECK,), None)] == ["fresh"]
    for stage, call_id in (("to_decide", "due"), ("to_check", "fresh")):
        (row,) = opened.find(Wanted(stages=(stage,)))
        assert (row.call_id, row.stage) == (call_id, stage)
    with opened.database.reading() as connection:
        assert facets.count(connection, Wanted()).stages == {"to_decide": 1, "to_check": 1}


def test_what_was_judged_and_marked_is_found_by_when_the_call_began(reopened: Callable[[], SqlStore]) -> None:
    store = reopened()
    kept = SqlReviews(store.database)
    for call_id, day in (("a", 20), ("b", 22), ("c", 22)):
        call(store, call_id, day=day)
    for call_id in ("a", "b"):
        kept.outline(call_id, Outline(Stage.DONE, None, "xu", None, 0))
    since = 1_795_190_400.0  # 2026-11-21 in China
    assert kept.reviewed(None, None, None) == ["a", "b"]
    assert kept.reviewed(None, since, None) == ["b"]
    assert kept.of_no_use(None, None, None) == {"pace": 3}
    assert kept.of_no_use(None, since, None) == {"pace": 2}
    assert kept.of_no_use(Within(teams=("b",)), None, None) == {}


def test_an_agents_own_calls_are_found_by_tab_newest_first(opened: SqlStore) -> None:
    kept = SqlReviews(opened.database)
    for call_id, agent_id, day in (("old", "1027", 10), ("a", "1027", 22), ("b", "1027", 23), ("other", "1031", 23)):
        call(opened, call_id, agent_id, day=day)
    kept.add("old", "wang", Role.LEAD, Commented("开场很稳"))
    kept.add("a", "lin", Role.AGENT, Commented("我看过了"))  # one's own is no comment to be read
    kept.outline("b", Outline(Stage.TO_ANSWER, 70.0, "xu", kept.now() + 60, 0))
    kept.outline("a", Outline(Stage.TO_ANSWER, 70.0, "xu", kept.now() - 60, 0))  # its time is over
    since = datetime.fromisoformat("2026-11-20T00:00:00+08:00").timestamp()

    def found(tab: OwnTab, **more: Any) -> list[str]:
        return [row.call_id for row in kept.own("1027", tab, since, 10, **more)]

    assert (found("week"), found("commented"), found("to_answer"), found("appealed")) == (
        ["b", "a"],
        ["old"],
        ["b"],
        [],
    )
    assert kept.own_counts("1027", since) == {"week": 2, "commented": 1, "to_answer": 1, "appealed": 0}
    newest = kept.own("1027", "week", since, 1)[0]
    assert (newest.call_id, newest.stage) == ("b", Stage.TO_ANSWER)
    assert found("week", after=newest.number) == ["a"]
    assert (found("week", call_id="old"), found("week", call_id="other")) == (["old"], [])
    assert kept.own_scored("1027", since, 10) == []
