"""The life of a case: opened once, taken by one, freed, called for more, closed, and the same after a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.floor.cases import AWAY_MS, CALM_MS, GRACE_MS, CaseRefused, Cases, Seen
from pipeline.floor.causes import Found
from pipeline.floor.messages import Cause
from pipeline.store.cases import KeptCase, SqlCases
from pipeline.store.sql import SqlStore
from tests.writing import add

BEGUN = 1_000_000
BEGAN = "2026-11-03T09:12:04+08:00"


@dataclass
class Floor:
    """Whose clock the test moves; `kept`: what the store has."""

    now: int = BEGUN
    gone_ms: float = 0.0
    since: int = BEGUN  # of the causes that it looks at
    cases: Cases = field(default_factory=lambda: Cases(BEGUN))
    kept: dict[str, KeptCase] = field(default_factory=dict)

    def look(self, *causes: Cause, call: bool = True, lost: bool = False, after_s: float = 0, detail: str = "") -> None:
        self.now += round(after_s * 1000)
        found = [(Found(cause, 0, detail), self.since) for cause in causes]
        seen = [Seen("c", "1042", "a", found, "水还在漏", lost)] if call else []
        self.cases.look(seen, self.now, lambda user_id, team: self.gone_ms)
        self.kept |= self.cases.changed
        self.cases.changed.clear()

    def restart(self) -> None:
        self.cases = Cases(self.now)
        self.cases.know(list(self.kept.values()))

    @property
    def case(self) -> KeptCase:
        [case] = self.cases.open.values()
        return case.kept

    def closed(self) -> list[str | None]:
        return [case.closed_because for case in self.kept.values()]


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_cause_that_lasts_is_one_case(floor: Floor) -> None:
    for _ in range(3):
        floor.look("dead_air", after_s=1)
    assert (floor.case.cause, floor.case.rank, floor.case.since_at) == ("dead_air", "warning", BEGUN)
    assert len(floor.kept) == 1
    [case] = floor.cases.open.values()
    assert case.line == "水还在漏"


def test_it_ends_when_it_was_calm_for_ten_seconds(floor: Floor) -> None:
    floor.look("dead_air")
    floor.look()
    floor.look(after_s=CALM_MS / 1000 - 0.1)
    assert floor.case.closed_at is None
    floor.look("dead_air")  # again within that time: the same case
    floor.look()
    calm_at = floor.now
    floor.look(after_s=CALM_MS / 1000)
    assert (floor.cases.open, floor.closed()) == ({}, ["calm"])
    assert [case.closed_at for case in floor.kept.values()] == [calm_at]  # it lasted until then


def test_what_a_lead_has_stays_until_it_is_closed_or_its_call_is_over(floor: Floor) -> None:
    floor.look("silent_call")
    floor.cases.take(floor.case.id, "lead", floor.now)
    floor.look()
    floor.look(after_s=60)
    assert floor.case.taken_by == "lead"
    floor.look(call=False)
    assert floor.closed() == ["ended"]


def test_the_agent_who_withdraws_the_call_for_help_ends_it_at_once(floor: Floor) -> None:
    floor.look("help")
    floor.cases.take(floor.case.id, "lead", floor.now)
    floor.look()
    assert floor.closed() == ["withdrawn"]


def test_of_two_leads_one_has_it(floor: Floor) -> None:
    floor.look("help")
    taken = floor.cases.take(floor.case.id, "lead", floor.now)
    assert floor.cases.take(floor.case.id, "lead", floor.now + 5) == taken
    with pytest.raises(CaseRefused, match="another lead"):
        floor.cases.take(floor.case.id, "other", floor.now)
    with pytest.raises(CaseRefused, match="another lead"):
        floor.cases.close(floor.case.id, "other", "好了", floor.now)
    with pytest.raises(CaseRefused, match="no such case"):
        floor.cases.take("x", "lead", floor.now)


def test_a_lead_whose_page_is_gone_for_thirty_seconds_has_it_no_more(floor: Floor) -> None:
    floor.look("help")
    floor.cases.take(floor.case.id, "lead", floor.now)
    floor.gone_ms = AWAY_MS - 1
    floor.look("help")
    assert floor.case.taken_by == "lead"
    floor.gone_ms = AWAY_MS
    floor.look("help")
    freed = floor.case
    assert (freed.taken_by, freed.first_taken_at is None, freed.since_at) == (None, False, BEGUN)


def test_whoever_takes_one_has_what_else_there_is_and_what_comes_but_no_call_for_help(floor: Floor) -> None:
    floor.look("dead_air", "blind")
    dead_air, blind = (case.kept for case in floor.cases.open.values())
    floor.cases.take(dead_air.id, "lead", floor.now)
    floor.look("dead_air", "blind", "complaint", "help", after_s=1)
    has = {case.kept.cause: case.kept.taken_by for case in floor.cases.open.values()}
    assert has == {"dead_air": "lead", "blind": "lead", "complaint": "lead", "help": None}
    with pytest.raises(CaseRefused):
        floor.cases.take(blind.id, "other", floor.now)
    help_ = next(case.kept for case in floor.cases.open.values() if case.kept.cause == "help")
    floor.cases.take(help_.id, "other", floor.now)
    assert {case.kept.taken_by for case in floor.cases.open.values() if case.kept.cause != "help"} == {"lead"}
    floor.cases.close(blind.id, "lead", "好了", floor.now)  # one alone
    assert sorted(case.kept.cause for case in floor.cases.open.values()) == ["complaint", "dead_air", "help"]


def test_nobody_who_takes_it_is_told_to_more(floor: Floor) -> None:
    floor.look("help", after_s=59)
    assert floor.case.escalated_at is None
    floor.look("help", after_s=1)
    assert floor.case.escalated_at == floor.now
    assert floor.cases.take(floor.case.id, "lead", floor.now).escalated_at is None


def test_what_a_lead_has_closed_stays_closed_while_its_cause_lasts(floor: Floor) -> None:
    floor.look("fatal")
    floor.cases.close(floor.case.id, "lead", "听过了", floor.now)
    for _ in range(3):
        floor.look("fatal", after_s=20)
    assert (floor.cases.open, floor.closed()) == ({}, ["closed"])
    floor.look()
    floor.look("fatal")
    assert len(floor.kept) == 2


def test_what_must_last_to_count_has_lasted() -> None:
    cases = Cases(BEGUN)

    def look(now_ms: int, *found: Found) -> int:
        cases.look([Seen("c", "1", "a", [(one, now_ms) for one in found])], now_ms, lambda user_id: 0)
        return len(cases.open)

    deaf = Found("blind", 0, "asr", 10_000)
    assert [look(BEGUN, deaf), look(BEGUN + 9_999, deaf), look(BEGUN + 9_999)] == [0, 0, 0]
    assert [look(BEGUN + 20_000, deaf), look(BEGUN + 30_000, deaf)] == [0, 1]
    [case] = cases.open.values()
    assert case.kept.since_at == BEGUN + 20_000


def test_a_case_survives_a_restart_of_the_centre(floor: Floor) -> None:
    floor.look("help")
    floor.cases.take(floor.case.id, "lead", floor.now)
    before = floor.case
    floor.look("help")
    floor.restart()
    floor.look(call=False, after_s=GRACE_MS / 1000 - 1)  # its desk is not here yet
    assert floor.case == before
    floor.look("help")
    assert (floor.case, len(floor.kept)) == (before, 1)


def test_no_case_is_left_of_a_call_that_ended_while_the_centre_was_away(floor: Floor) -> None:
    floor.look("help")
    floor.restart()
    floor.look(call=False)
    floor.look(call=False, after_s=GRACE_MS / 1000)
    floor.look(call=False, after_s=CALM_MS / 1000)
    assert floor.closed() == ["ended"]


def test_what_was_closed_before_a_restart_is_not_opened_by_it(floor: Floor) -> None:
    floor.look("fatal")
    floor.cases.close(floor.case.id, "lead", "", floor.now)
    floor.look("fatal")
    floor.restart()
    floor.look(call=False)
    floor.look("fatal")
    assert floor.cases.open == {}


@pytest.mark.parametrize("is_restarted", [False, True])
def test_what_was_closed_lasts_until_its_call_knows_or_help_is_asked_for_anew(floor: Floor, is_restarted: bool) -> None:
    floor.look("help")
    closed = floor.cases.close(floor.case.id, "lead", "好了", floor.now)
    floor.look("help", after_s=1)
    if is_restarted:  # before it could be told
        floor.restart()
        floor.look("help", after_s=1)
    assert floor.cases.lasting == [closed]
    floor.since = floor.now
    floor.look("help", after_s=1)
    assert floor.cases.lasting == []


def test_a_centre_whose_clock_was_set_back_counts_from_its_start(floor: Floor) -> None:
    """Else nobody was called for more, and the median of the day was below zero."""
    floor.look("help")
    floor.cases.close(floor.case.id, "lead", "", floor.now)
    floor.look("fatal")
    floor.now -= 3_600_000
    floor.restart()
    assert (floor.case.cause, floor.case.since_at) == ("fatal", floor.now)
    floor.since = floor.now + 1_000  # asked for anew
    floor.look("help", "fatal", after_s=60)
    assert {one.kept.cause for one in floor.cases.open.values()} == {"help", "fatal"}
    assert all(one.kept.escalated_at for one in floor.cases.open.values() if one.kept.cause == "fatal")


def test_while_its_desk_is_lost_help_is_not_taken_for_withdrawn(floor: Floor) -> None:
    floor.look("help", "lost", lost=True)
    floor.look("lost", lost=True)
    assert {case.kept.cause for case in floor.cases.open.values()} == {"help", "lost"}


def test_another_reason_is_the_same_case(floor: Floor) -> None:
    floor.look("help", detail="")
    floor.look("help", detail="superior")
    assert (floor.case.detail, len(floor.kept)) == ("superior", 1)


def test_it_is_kept(reopened: Callable[[], SqlStore]) -> None:
    """On each database."""
    case = KeptCase("x", "1042", "a", "c", "help", "critical", BEGUN, "superior")
    SqlCases(reopened().database).put([case, KeptCase("y", "2", "b", None, "lost", "blind", 5, closed_at=9)])
    cases = SqlCases(reopened().database)
    assert cases.recent(BEGUN + 1) == [case]
    assert [one.id for one in cases.between(0, BEGUN + 1, None)] == ["y", "x"]
    assert cases.between(0, BEGUN + 1, ("a",)) == [case]
    assert cases.between(0, BEGUN, ("a",)) == []


def test_those_of_calls_that_ended_meanwhile_are_over(reopened: Callable[[], SqlStore]) -> None:
    store = reopened()
    for call_id, end in (("over", [CallEnded(20, "interrupted")]), ("runs", [])):
        add(
            store,
            call_id,
            [CallStarted(0, call_id, BEGAN, (Channel.AGENT,), CallFacts(), "handbook", "1", "x", "none"), *end],
        )
    cases = SqlCases(store.database)
    cases.put([KeptCase(one, "1042", "a", one, "help", "critical", BEGUN) for one in ("over", "runs")])
    cases.put([KeptCase("closed", "1042", "a", "over", "help", "critical", BEGUN, closed_at=9, closed_because="calm")])
    cases.end_left(BEGUN + 5)
    ended = {one.id: (one.closed_at, one.closed_because) for one in cases.recent(0)}
    assert ended == {"over": (BEGUN + 5, "ended"), "runs": (None, None), "closed": (9, "calm")}


@pytest.mark.parametrize("is_restarted", [False, True])
def test_help_that_is_asked_for_anew_is_another_case_though_nobody_saw_that_it_was_over(
    floor: Floor, is_restarted: bool
) -> None:
    floor.look("help", "blind")
    for case in list(floor.cases.open.values()):
        floor.cases.close(case.kept.id, "lead", "好了", floor.now)
    floor.look("help", "blind", after_s=1)
    assert floor.cases.open == {}
    if is_restarted:
        floor.restart()
    floor.since = floor.now
    floor.look("help", "blind", after_s=1)
    assert (floor.case.cause, floor.case.since_at) == ("help", floor.since)
