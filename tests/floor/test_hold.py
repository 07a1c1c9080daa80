"""A wait past its promise, by what desks tell and when they tell it: no seat says so of an agent who is back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.digest import Digest
from pipeline.digesting import digest_of, fold
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import SilenceKind, SilenceStarted, TurnEnded, TurnStarted, WaitEnded, WaitRequested
from pipeline.floor.cases import Cases, Seen
from pipeline.floor.causes import causes
from pipeline.people.team_settings import TeamSettings

AGENT = Channel.AGENT
OVER = 60_000
AWAY = (
    WaitRequested(30_500, AGENT, 29_000, 30_000, "请稍等半分钟", 30_000, 30_000),
    SilenceStarted(31_000, 30_000, SilenceKind.ANNOUNCED, 30_000),
)
BACK_BEFORE = (
    TurnStarted(OVER + 50, AGENT, OVER - 150),
    TurnEnded(OVER + 700, AGENT, OVER - 150, OVER + 400),
    WaitEnded(OVER + 1_000, AGENT, 30_000, OVER - 150),
)
BACK_AT_ONCE = (
    TurnStarted(OVER + 200, AGENT, OVER + 50),
    TurnEnded(OVER + 800, AGENT, OVER + 50, OVER + 500),
    WaitEnded(OVER + 1_100, AGENT, 30_000, OVER + 50),
)
LATE = (
    TurnStarted(OVER + 5_200, AGENT, OVER + 5_000),
    TurnEnded(OVER + 5_900, AGENT, OVER + 5_000, OVER + 5_600),
    WaitEnded(OVER + 6_200, AGENT, 30_000, OVER + 5_000),
)


def seen_by_a_lead(events: Sequence[Event], every_ms: int = 250) -> list[tuple[int, bool]]:
    """At each tick of the floor that shows a case: where the call is, and whether its cause is shown to last."""
    cases, told, shown = Cases(0), digest_of(AWAY), []
    for now_ms in range(OVER - 2_000, OVER + 12_000, 50):
        if now_ms % every_ms == 0:  # the desk tells what it knows
            told = digest_now(events, now_ms)
        if now_ms % 250 == 100:  # the floor looks
            found = causes(told, now_ms, TeamSettings())
            cases.look([Seen("c", "1", "a", [(one, one.since_ms) for one in found])], now_ms, lambda user_id: 0)
            shown += [(now_ms, case.calm_at is None) for case in cases.open.values()]
    return shown


def digest_now(events: Sequence[Event], now_ms: int) -> Digest:
    digest = digest_of(AWAY)
    for event in events:
        if event.at_ms <= now_ms:
            digest = fold(digest, event)
    return digest


@pytest.mark.parametrize("events", [BACK_BEFORE, BACK_AT_ONCE])
def test_who_is_back_as_the_time_is_up_is_no_case(events: Sequence[Event]) -> None:
    assert seen_by_a_lead(events) == []


def test_who_stays_away_is_one_and_it_is_over_with_the_first_turn() -> None:
    shown = seen_by_a_lead(LATE)
    assert OVER + 1_500 <= shown[0][0] <= OVER + 2_000
    lasting = [lasts for _, lasts in shown]
    assert lasting == sorted(lasting, reverse=True), "it was over, and came back"
    assert sum(lasting) < len(lasting)


def test_it_is_told_to_last_since_the_promise() -> None:
    cases = Cases(0)
    for now_ms in (OVER + 100, OVER + 1_800):
        found = causes(digest_of(AWAY), now_ms, TeamSettings())
        cases.look([Seen("c", "1", "a", [(one, one.since_ms) for one in found])], now_ms, lambda user_id: 0)
    assert [case.kept.since_at for case in cases.open.values()] == [OVER]
