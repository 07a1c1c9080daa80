"""What desks bring to their centre: many calls in one transaction, each kept or refused by itself."""

from __future__ import annotations

import pytest

from pipeline.errors import Conflict, NotOwner
from pipeline.events.call import CallEnded, CallFacts, CallStarted, ClockTicked, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.words import WordsHeard
from pipeline.people.person import Whose
from pipeline.store.bringing import Bringing, Brought
from pipeline.store.database import Database
from pipeline.store.overview import Wanted
from pipeline.store.sql import SqlStore


@pytest.fixture
def database(opened: SqlStore) -> Database:
    return opened.database


def begun(at: str = "2026-11-03T09:12:04+08:00", agent: str = "1042") -> CallStarted:
    facts = CallFacts(agent_id=agent)
    return CallStarted(0, "a", at, (Channel.AGENT,), facts, "handbook", "1", "x", "none")


def test_each_call_is_kept_or_refused_by_itself(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    first = Brought("a", "d1", None, 1, [begun()])
    assert bringing.bring([first, Brought("b", "d2", None, 2, [ClockTicked(0)])])[0] == 1
    again = bringing.bring([
        Brought("a", "d1", 1, 2, [ClockTicked(20)]),
        Brought("a", "d1", 1, 9, [ClockTicked(40)]),  # leaves a gap
        Brought("b", "d2", None, 1, [begun()]),
    ])  # fmt: skip
    assert again[0] == 1
    assert isinstance(again[1], Conflict)
    assert again[2] == 1
    assert [record.seq for record in store.read("a")] == [1, 2]
    assert [record.seq for record in store.read("b")] == [1]


def test_what_is_brought_twice_is_kept_once_and_an_earlier_owner_is_refused(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    assert bringing.bring([Brought("a", "d1", None, 1, [begun(), ClockTicked(20)])]) == [1]
    assert bringing.bring([Brought("a", "d1", None, 1, [begun(), ClockTicked(20), ClockTicked(40)])]) == [2]
    (refused,) = bringing.bring([Brought("a", "d1", 1, 4, [ClockTicked(60)])])
    assert isinstance(refused, NotOwner)
    assert [record.seq for record in store.read("a")] == [1, 2, 3]


def test_no_server_ends_or_scores_a_call_of_a_desk(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    bringing.bring([Brought("a", "d1", None, 1, [begun()])])
    store.append("own", store.own("own"), 1, [begun()])
    assert store.unfinished() == ["own"]
    bringing.bring([Brought("a", "d1", 1, 2, [CallEnded(20, "finished")])])
    assert store.unscored() == []


def test_a_call_of_a_desk_is_unheard_until_something_is_heard_of_it(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    bringing.bring([Brought("a", "d1", None, 1, [begun()])])
    bringing.hear(["d1"])
    assert store.unheard(["a"]) == set()
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE servers SET renewed_at = renewed_at - 21")
    assert store.unheard(["a"]) == {"a"}
    bringing.hear(["d1", "d2"])
    assert store.unheard(["a"]) == set()


def test_calls_of_a_load_test_that_was_killed_are_left_after_a_minute(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    bringing.bring([Brought("a", "load-1", None, 1, [begun()]), Brought("b", "d2", None, 1, [begun()])])
    bringing.hear(["load-1", "d2"])
    assert store.left() == []
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE servers SET renewed_at = renewed_at - 61")
    assert store.left() == ["a"]


@pytest.mark.parametrize(
    ("told", "ahead_s", "listed"),
    [
        ("2026-11-20T09:05:00+00:00", 300.0, 1_795_165_200.0),  # five minutes ahead
        ("2026-11-20T08:55:00+00:00", -300.0, 1_795_165_200.0),
        ("2026-11-20T09:00:00+00:00", 0.0, 1_795_165_200.0),  # told by our clock
    ],
)
def test_lists_have_the_time_of_ours(database: Database, told: str, ahead_s: float, listed: float) -> None:
    Bringing(database).bring([Brought("a", "d1", None, 1, [begun(told)], ahead_s)])
    (row,) = SqlStore(database).find(Wanted())
    assert row.started_at == pytest.approx(listed, abs=0.01)


def test_a_dead_clock_gives_the_time_of_receipt(database: Database) -> None:
    Bringing(database).bring([Brought("a", "d1", None, 1, [begun("1970-01-01T00:00:09+00:00")])])
    (row,) = SqlStore(database).find(Wanted())
    assert row.started_at is not None
    assert row.started_at > 1_795_000_000


def test_a_desk_writes_into_no_call_but_its_own(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    store.append("own", store.own("own"), 1, [begun()])
    assert bringing.bring([Brought("a", "d1", None, 1, [begun()])]) == [1]
    refused = bringing.bring([
        Brought("a", "d2", None, 2, [FactsNoted(20, CallFacts(agent_id="7"))]),
        Brought("a", "d2", None, 900, [ClockTicked(20)]),
        Brought("own", "d2", None, 2, [ClockTicked(20)]),
    ])  # fmt: skip
    assert [type(one) for one in refused] == [NotOwner, NotOwner, NotOwner]
    assert (bringing.last_seq("a", "d2"), bringing.last_seq("a", "d1")) == (0, 1)
    assert store.whose("a") == Whose("1042")
    assert bringing.bring([Brought("a", "d1", 1, 2, [ClockTicked(20)])]) == [1]  # nothing was taken from it


def test_what_no_database_can_keep_costs_nobody_else_anything(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    kept, poison = bringing.bring([
        Brought("a", "d1", None, 1, [begun()]),
        Brought("b", "d2", None, 1, [begun(), CallEnded(2**63, "finished")]),
    ])  # fmt: skip
    assert kept == 1
    assert isinstance(poison, Conflict)
    assert [record.seq for record in store.read("a")] == [1]
    assert store.read("b") == []


def test_of_a_round_of_many_calls_only_the_bad_ones_are_not_kept(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    names = [f"call-{number}" for number in range(20)]
    begin = [Brought(name, "d1", None, 1, [begun()]) for name in names]
    assert bringing.bring(begin) == [1] * 20
    halved = WordsHeard(20, Channel.AGENT, 0, 20, "\ud800", (), 20)  # which no database has
    bad = {
        3: Brought(names[3], "d1", 1, 7, [ClockTicked(20)]),  # leaves a gap
        8: Brought(names[8], "d1", 2, 2, [ClockTicked(20)]),  # of an owner that nobody is
        9: Brought(names[9], "d1", 1, 2, [halved]),
        14: Brought(names[14], "d1", 1, 1, [begun(agent="another")]),  # record 1 is another one already
    }
    good = [Brought(name, "d1", 1, 2, [ClockTicked(20), ClockTicked(40)]) for name in names]
    found = bringing.bring([bad.get(number, one) for number, one in enumerate(good)])
    assert {number: type(one) for number, one in enumerate(found) if one != 1} == {
        3: Conflict, 8: NotOwner, 9: Conflict, 14: Conflict,
    }  # fmt: skip
    assert [len(store.read(name)) for name in names] == [1 if number in bad else 3 for number in range(20)]
    mended = [Brought(names[number], "d1", 1, 2, [ClockTicked(20)]) for number in bad]
    assert bringing.bring(mended) == [1] * 4  # nothing was taken from them


def test_of_one_call_twice_in_a_round_and_of_one_that_has_ended(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    bringing.bring([Brought(name, "d1", None, 1, [begun()]) for name in ("a", "b", "c")])
    bringing.bring([Brought("c", "d1", 1, 2, [CallEnded(20, "finished")])])
    words = WordsHeard(20, Channel.AGENT, 0, 20, "退款已经办理", (), 20, heard_later=True)
    found = bringing.bring([
        Brought("a", "d1", 1, 2, [ClockTicked(20)]),
        Brought("a", "d1", 1, 3, [ClockTicked(40)]),
        Brought("b", "d1", 1, 2, [ClockTicked(20)]),
        Brought("c", "d1", 1, 3, [words]),
    ])  # fmt: skip
    assert found == [1, 1, 1, 1]
    assert [[record.seq for record in store.read(name)] for name in ("a", "b", "c")] == [[1, 2, 3], [1, 2], [1, 2, 3]]
    assert [row.call_id for row in store.find(Wanted(words="退款"))] == ["c"]


def test_a_call_that_somebody_notes_something_of_stays_its_desks(database: Database) -> None:
    bringing, store = Bringing(database), SqlStore(database)
    bringing.bring([Brought("a", "d1", None, 1, [begun(), CallEnded(20, "finished")])])
    store.append("a", store.own("a"), 3, [FactsNoted(20, CallFacts(agent_id="1042", recording_consent=False))])
    assert bringing.is_of("a", "d1")
    assert store.unscored() == []
