"""What the strip of a day counts: hints followed and in time, silent calls, scores, by hours and teams."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from pipeline.events.call import CallEnded, CallFacts
from pipeline.events.hints import HintCleared, HintShown, SilentCallStep
from pipeline.floor.day import day_of
from pipeline.store.cases import KeptCase
from pipeline.store.floor_day import Counted, FloorDays
from pipeline.store.hint_figures import HintFigures, figures_of
from pipeline.store.sql import SqlStore
from tests.server.conftest import hint, started
from tests.writing import add

AT = 1_795_309_200.0  # 2026-11-22T09:00+08:00, when the calls of the tests begin


def test_what_became_of_hints() -> None:
    told = [
        {"kind": "HintRaised", "hint": 1, "at_ms": 1_000},
        {"kind": "HintShown", "hint": 1, "at_ms": 1_020},
        {"kind": "HintShown", "hint": 1, "at_ms": 1_100, "paint_ms": 60.0},
        {"kind": "HintShown", "hint": 1, "at_ms": 1_200, "paint_ms": 160.0},  # another page
        {"kind": "HintCleared", "hint": 1, "at_ms": 11_000, "reason": "done"},
        {"kind": "HintRaised", "hint": 2, "at_ms": 20_000},
        {"kind": "HintShown", "hint": 2, "at_ms": 20_100, "paint_ms": 151.0},
        {"kind": "HintCleared", "hint": 2, "at_ms": 30_001, "reason": "cause_gone"},  # too late
        {"kind": "HintRaised", "hint": 3, "at_ms": 40_000},
        {"kind": "HintCleared", "hint": 3, "at_ms": 41_000, "reason": "replaced"},
        {"kind": "SilentCallStep", "step": 3, "at_ms": 50_000},
        {"kind": "SilentCallStep", "step": 0, "at_ms": 60_000},
        {"kind": "HintCleared", "hint": 9, "at_ms": 61_000, "reason": "done"},
    ]
    assert figures_of(told) == HintFigures(3, 2, 1, 2, 1, 151.0)
    assert figures_of([]) == HintFigures()


def test_a_call_counts_once_it_has_ended(reopened: Callable[[], SqlStore]) -> None:
    """On each database."""
    store = reopened()
    begun = started("a")
    assert CallFacts(agent_id="1042", agent_name="小林") == begun.facts
    add(store, "a", [
        begun, hint(20, 1), HintShown(30, 1, 90.0), HintCleared(40, 1, "done"),
        SilentCallStep(50, 3, "say", "", "", None, 0),
    ])  # fmt: skip
    days = FloorDays(store.database)
    assert days.counted(AT, AT + 3_600, None) == [Counted(0, 1, 0, 0.0, 0, 0, 0, 0, 0)]
    add(store, "a", [CallEnded(60, "finished")])
    assert days.counted(AT - 3_600, AT + 3_600, None) == [Counted(1, 1, 0, 0.0, 1, 1, 1, 1, 1)]
    assert days.counted(AT, AT + 3_600, ("b",)) == days.counted(AT + 1, AT + 3_600, None) == []
    assert days.mean_score(AT, AT + 3_600, None) is None


def test_a_mean_says_of_how_many_calls_it_is() -> None:
    class Told:
        def counted(self, since: float, until: float, teams: object) -> list[Counted]:
            return [Counted(9, 3, 2, 171.2, 0, 0, 0, 0, 0), Counted(10, 1, 0, 0.0, 0, 0, 0, 0, 0)]

        def deleted(self, since: float, until: float, teams: object) -> int:
            return 1

        def mean_score(self, since: float, until: float, teams: object) -> None:
            return None

        def between(self, since_at: int, until_at: int, teams: object) -> list[KeptCase]:
            return []

    told = day_of(Told(), Told(), None, date(2026, 11, 28))  # type: ignore[arg-type]
    assert [(hour.score, hour.scored) for hour in (*told.hours, told.total)] == [(85.6, 2), (None, 0), (85.6, 2)]
    assert told.deleted == 1
