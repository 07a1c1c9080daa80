"""Lists of calls: filtered, in order, page by page, and found by what was said, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.events.words import Word, WordsHeard
from pipeline.people.person import Within
from pipeline.reviews.keeping import Outline
from pipeline.reviews.review import Stage
from pipeline.store import facets, overview
from pipeline.store.overview import Wanted
from pipeline.store.reviews import SqlReviews
from pipeline.store.sql import SqlStore
from pipeline.store.terms import query
from tests.writing import add


def words(start_ms: int, text: str, channel: Channel = Channel.AGENT) -> WordsHeard:
    return WordsHeard(
        start_ms + 900, channel, start_ms, start_ms + 800, text, (Word(text, start_ms, start_ms + 800, 0.9),), 100
    )


def card(total: float | None, missed: tuple[str, ...] = (), fatal: int = 0) -> CallScored:
    items = tuple(ScoreItem(rule, rule, "语言", Verdict.MISSED, 5, 0.0, fatal=False) for rule in missed)
    return CallScored(10_000, total, fatal, (), items, assessed=30, offered=60)


def call(call_id: str, minute: int, facts: CallFacts, *events: Event) -> list[Event]:
    started_at = f"2026-11-27T10:{minute:02}:00+08:00"
    return [CallStarted(0, call_id, started_at, tuple(Channel), facts, "handbook", "1", "", "none"), *events]


@pytest.fixture
def store(opened: SqlStore) -> SqlStore:
    add(opened, "a", call("a", 0, CallFacts(agent_id="1", team="x", peer="13812345678"),
        words(1_000, "您好，请问有什么可以帮您？"), words(4_000, "我想退款，怎么还没到账", Channel.CUSTOMER),
        CallEnded(60_000, "finished"), card(83.5, ("ban-a", "ban-b"), fatal=1)))  # fmt: skip
    add(opened, "b", call("b", 1, CallFacts("outbound", agent_id="2", team="x"),
        words(2_000, "您的发票已经开好了，VIP客户免费寄送。"), CallEnded(120_000, "finished"), card(95.0)))  # fmt: skip
    add(
        opened,
        "c",
        call("c", 2, CallFacts(agent_id="3", team="y"), words(900, "退还款项"), CallEnded(9_000, "interrupted")),
    )
    add(opened, "d", call("d", 3, CallFacts(agent_id="1", team="x"), words(900, "我想退款")))  # it runs
    return opened


def found(store: SqlStore, **wanted: object) -> str:
    return "".join(row.call_id for row in store.find(Wanted(**wanted)))  # type: ignore[arg-type]


def test_what_waits_to_be_confirmed_is_found_by_its_rule(store: SqlStore) -> None:
    items = (replace(card(90.0, ("ban-z",)).items[0], verdict=Verdict.TO_CONFIRM),)
    add(store, "z", call("z", 5, CallFacts(), CallEnded(9_000, "finished"), replace(card(90.0), items=items)))
    assert found(store, missed=("ban-z",)) == "z"


def test_what_is_fatal_is_as_people_have_found_it(store: SqlStore) -> None:
    kept = SqlReviews(store.database)
    assert found(store, is_fatal=True) == "a"
    kept.outline("a", Outline(Stage.DONE, 90.0, "xu", None, 0, fatal=0))
    kept.outline("b", Outline(Stage.DONE, 59.0, "xu", None, 0, fatal=1))
    assert found(store, is_fatal=True) == "b"
    with store.database.reading() as connection:
        assert facets.count(connection, Wanted()).fatal == 1


def test_a_row_tells_what_the_records_tell(store: SqlStore) -> None:
    row = store.find(Wanted(agents=("1",), is_fatal=True))[0]
    assert row == overview.Row(
        row.number, "a", "1", "x", 1_795_744_800.0, "inbound", "…5678", "finished", 60_000, 83.5, 1, 0, "", 0.5
    )
    running = store.find(Wanted())[0]
    assert (running.call_id, running.ending, running.score) == ("d", None, None)


def test_each_filter(store: SqlStore) -> None:
    assert found(store) == "dcba"
    assert found(store, teams=("x",)) == "dba"
    assert found(store, within=Within(teams=("y",))) == "c"
    assert found(store, within=Within()) == ""
    assert found(store, since=1_795_744_860.0, until=1_795_744_920.0) == "b"
    assert found(store, score_below=90.0) == "a"
    assert found(store, score_from=83.5) == "ba"
    assert found(store, assessed_below=0.6) == "ba"
    assert found(store, longer_ms=60_000) == "ba"
    assert found(store, shorter_ms=60_000) == "c"
    assert found(store, direction="outbound") == "b"
    assert found(store, missed=("ban-a", "ban-b")) == "a"
    assert found(store, missed=("ban-a", "ban-c")) == ""


@pytest.mark.parametrize(
    ("asked", "calls"),
    [
        ("退款", "a"), ("tuikuan", "a"), ("tui kuan", "ca"), ("发票 vip", "b"), ("退款 到账", "a"), ("款到", ""),
        ("请问您好", ""), ("退", "ca"), ("到賬", "a"), ("%", ""), ("vi_", ""), ("_", ""), ('"', ""),
        ("fapiao VIP", "b"),
    ],
)  # fmt: skip
def test_calls_that_have_ended_are_found_by_what_was_said(store: SqlStore, asked: str, calls: str) -> None:
    assert found(store, words=asked) == calls


def test_words_that_come_after_the_end_are_found_too_and_once(store: SqlStore) -> None:
    add(store, "c", [words(3_000, "麻烦退款")])
    assert found(store, words="退款") == "ca"
    assert found(store, words="退还") == "c"
    add(store, "d", [CallEnded(5_000, "finished")])
    assert found(store, words="退款") == "dca"


@pytest.mark.parametrize("order", ["newest", "lowest", "longest"])
def test_pages_follow_each_other_while_calls_come_in(store: SqlStore, order: overview.Order) -> None:
    whole = [row.call_id for row in store.find(Wanted(), order)]
    first = store.find(Wanted(), order, limit=1)
    add(store, "e", call("e", 9, CallFacts(), CallEnded(999_000, "finished"), card(1.0)))
    seen = list(first)
    while page := store.find(Wanted(), order, limit=1, after=seen[-1]):
        seen += page
    assert [row.call_id for row in seen] == whole


def test_facts_that_are_corrected_change_the_row(store: SqlStore) -> None:
    add(store, "d", [FactsNoted(20, CallFacts("outbound", peer="904001"))])
    row = store.find(Wanted(direction="outbound"))[0]
    assert (row.call_id, row.peer) == ("d", "…4001")


def test_all_of_it_can_be_made_anew(store: SqlStore) -> None:
    before = store.find(Wanted())
    with store.database.writing() as connection:
        for row in before:
            overview.make_anew(connection, row.call_id)
    assert store.find(Wanted()) == before
    assert found(store, words="退款") == "a"


def test_pinyin_is_read_whatever_it_is() -> None:
    assert query("xian").sounds == (" xian ",)
    assert query("a" * 100).sounds
    assert query("zhzhzh").texts == ("zhzhzh",)
