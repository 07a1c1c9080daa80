"""What the QA list shows of calls: glances, counts by each filter, marks and views, on each database."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import Citation, HintRaised, Severity
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.events.turns import SilenceEnded, SilenceKind, TurnEnded
from pipeline.reviews.keeping import Outline
from pipeline.reviews.review import Stage
from pipeline.store import facets, glances, overview
from pipeline.store.deletion import Deletion
from pipeline.store.glances import Problem
from pipeline.store.overview import Wanted
from pipeline.store.reviews import SqlReviews
from pipeline.store.sql import SqlStore
from pipeline.store.views import SavedView, Views
from tests.reviews.cards import SPAN
from tests.writing import add

RULES = ("pace", "name", "wait")


def item(rule: str, verdict: Verdict, weight: int, *, fatal: bool = False) -> ScoreItem:
    return ScoreItem(rule, f"{rule} 标题", "语言", verdict, weight, 0.0, fatal, (SPAN,), title_en=f"{rule} title")


def call(
    store: SqlStore, call_id: str, minute: int, facts: CallFacts, total: float | None, items: tuple[ScoreItem, ...]
) -> None:
    begun = f"2026-11-22T{9 + minute // 60:02}:{minute % 60:02}:00+08:00"
    fatal = sum(one.fatal and one.verdict is Verdict.MISSED for one in items)
    add(store, call_id, [
        CallStarted(0, call_id, begun, tuple(Channel), facts, "handbook", "1", "", "none"),
        TurnEnded(20_000, Channel.AGENT, 0, 20_000), TurnEnded(20_500, Channel.AGENT, 20_100, 20_400),
        TurnEnded(60_000, Channel.CUSTOMER, 50_000, 60_000),
        SilenceEnded(50_000, 20_400, 50_000, SilenceKind.BOTH), SilenceEnded(64_000, 60_000, 64_000, SilenceKind.BOTH),
        HintRaised(30_000, 1, "wait", Severity.WARNING, "静默", "回应", "", "", Citation("001", "五秒"), 0, 30_000),
        CallEnded(100_000, "finished"), CallScored(100_000, total, fatal, (), items, assessed=30, offered=60),
    ])  # fmt: skip


def test_a_glance_tells_who_spoke_when_the_hints_and_what_to_look_at_first(opened: SqlStore) -> None:
    faults = (
        item("pace", Verdict.MISSED, 8),
        item("ban", Verdict.TO_CONFIRM, 3, fatal=True),
        item("name", Verdict.MET, 5),
    )
    call(opened, "a", 0, CallFacts(agent_id="1", team="x"), 52.0, faults)
    call(opened, "b", 1, CallFacts(agent_id="1", team="x"), 95.0, (item("name", Verdict.MET, 5),))
    with opened.database.reading() as connection:
        rows = {row.call_id: row.number for row in overview.find(connection, Wanted(), "latest")}
        seen = glances.read(connection, list(rows.values()))
        titles = glances.titles(connection)
    glance = seen[rows["a"]]
    assert glance.turns == {"agent": [0, 204], "customer": [500, 600]}  # two turns beside each other are drawn as one
    assert (glance.silences, glance.hints) == ([204, 500], [(300, "warning")])
    problem = Problem("ban", True, Verdict.TO_CONFIRM, "agent", SPAN.start_ms, SPAN.end_ms)
    assert (glance.problem, glance.others, glance.good) == (problem, ["pace"], None)
    assert (seen[rows["b"]].problem, seen[rows["b"]].good) == (None, "name")
    assert titles["pace"] == ("pace 标题", "pace title")


@pytest.fixture
def many(opened: SqlStore) -> SqlStore:
    """Some 60 calls of all kinds, as a seed has them."""
    chance = random.Random(17)
    kept = SqlReviews(opened.database)
    for number in range(60):
        facts = CallFacts(
            chance.choice(("inbound", "outbound")), agent_id=chance.choice("123"), team=chance.choice("xy")
        )
        missed = tuple(item(rule, Verdict.MISSED, 5, fatal=rule == "wait") for rule in RULES if chance.random() < 0.3)
        total = chance.choice((None, 0.0, 9.9, 10.0, 59.0, 73.5, 99.9, 100.0))
        call(opened, f"c{number:02}", chance.randrange(300), facts, total, missed)
        stage = chance.choice((Stage.NONE, Stage.REVIEWING, Stage.TO_ANSWER, Stage.TO_CHECK, Stage.DONE))
        until = kept.now() + chance.choice((-100, 1_000)) if stage is Stage.TO_ANSWER else None
        kept.outline(f"c{number:02}", Outline(stage, None, None, until, 0))
    return opened


FILTERS = [
    Wanted(), Wanted(teams=("x",)), Wanted(agents=("1", "2"), direction="inbound"), Wanted(missed=("pace",)),
    Wanted(score_from=50, score_below=90), Wanted(stages=("done", "")), Wanted(is_fatal=True, teams=("y",)),
]  # fmt: skip


@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("order", ["latest", "newest", "lowest", "longest"])
def test_pages_together_are_the_list(many: SqlStore, wanted: Wanted, order: overview.Order) -> None:
    whole = many.find(wanted, order, 1_000)
    paged: list[overview.Row] = []
    while page := many.find(wanted, order, 7, paged[-1] if paged else None):
        paged += page
    assert paged == whole
    assert len({row.call_id for row in paged}) == len(paged)


@pytest.mark.parametrize("wanted", FILTERS)
def test_counts_are_those_of_lists_with_each_value(many: SqlStore, wanted: Wanted) -> None:
    from dataclasses import replace

    def listed(**changed: object) -> list[overview.Row]:
        return many.find(replace(wanted, **changed), "latest", 1_000)  # type: ignore[arg-type]

    with many.database.reading() as connection:
        found = facets.count(connection, wanted)
    assert found.total == len(listed())
    assert found.fatal == sum(bool(row.fatal) for row in listed())
    scores = [row.score for row in listed() if row.score is not None]
    assert found.mean == (round(sum(scores) / len(scores), 1) if scores else None)
    assert found.teams == Counter(row.team for row in listed(teams=()))
    assert found.agents == Counter(row.agent_id for row in listed(agents=()))
    assert found.directions == Counter(row.direction for row in listed(direction=None))
    assert found.rules == {rule: len(listed(missed=(rule,))) for rule in RULES if listed(missed=(rule,))}
    for stage, number in found.stages.items():
        assert number == len(listed(stages=(stage,)))
    assert sum(found.stages.values()) == len(listed(stages=()))
    free = listed(score_from=None, score_below=None)
    bands = Counter(min(9, int(row.score // 10)) for row in free if row.score is not None)
    assert found.scores == [bands.get(band, 0) for band in range(10)]
    assert found.unscored == sum(row.score is None for row in free)


def test_marks_and_views_are_ones_own_and_go_with_the_call(opened: SqlStore) -> None:
    views = Views(opened.database)
    for call_id in ("a", "b"):
        call(opened, call_id, 0, CallFacts(), 50.0, ())
    views.mark("xu", "a", is_marked=True)
    views.mark("xu", "b", is_marked=True)
    views.mark("xu", "b", is_marked=False)
    views.mark("he", "gone", is_marked=True)
    numbers = {row.call_id: row.number for row in opened.find(Wanted())}
    assert views.marked("xu", list(numbers.values())) == {numbers["a"]}
    assert [row.call_id for row in opened.find(Wanted(marked_by="xu"))] == ["a"]
    assert views.marked("he", list(numbers.values())) == set()
    for query in ("fatal=true", "fatal=true&team=a"):
        views.put("xu", SavedView("致命", query))
    views.put("xu", SavedView("今天", "since=1"))
    assert views.of("xu") == [SavedView("今天", "since=1"), SavedView("致命", "fatal=true&team=a")]
    views.remove("xu", "今天")
    assert [view.name for view in views.of("xu")] == ["致命"]
    Deletion(opened.database).delete("a")
    assert views.marked("xu", list(numbers.values())) == set()
