"""What an agent practises is the item by which most is lost: as a plain count over random calls says, too."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from pipeline.events.score import Verdict
from pipeline.people.permissions import Role
from pipeline.reviews.entries import Entry, VerdictGiven
from pipeline.reviews.practice import FEWEST_CALLS, WEEK_S, OwnCard, advise
from tests.reviews.cards import CONFIRM, ITEMS, MET, MISSED, card_of, item

NOW = 100 * WEEK_S
LOST = {Verdict.MET: 0.0, Verdict.PARTLY: 0.5, Verdict.MISSED: 1.0}


def calls_of(count: int, *verdicts: Verdict, weeks_ago: float = 0.5) -> list[OwnCard]:
    """Each with the item `wait`, by turns with these verdicts."""
    return [
        OwnCard(
            f"c{at}", NOW - weeks_ago * WEEK_S - at, card_of([item("wait", "流程", verdicts[at % len(verdicts)], 5)])
        )
        for at in range(count)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_one_a_plain_count_finds(seed: int) -> None:
    chance = random.Random(seed)
    calls = []
    for at in range(60):
        found = [replace(one, verdict=chance.choice([MET, MISSED, one.verdict])) for one in ITEMS]
        said = chance.choice([None, *LOST])
        entries = [Entry(1, 1.0, "xu", Role.QA, VerdictGiven("wait-told", said, "因为"))] if said else []  # type: ignore[arg-type]
        calls.append(OwnCard(f"c{at}", NOW - chance.random() * 6 * WEEK_S, card_of(found), entries))
    judged: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    done: Counter[tuple[str, int]] = Counter()
    for call in calls:
        week = int((NOW - call.started_at) / WEEK_S)
        for one in call.card.items:
            act = call.entries[0].act if call.entries and one.rule == "wait-told" else one
            verdict = act.verdict  # type: ignore[union-attr]
            if week < 4 and verdict in LOST:
                judged[one.rule] += 1
                lost[one.rule] += LOST[verdict]  # type: ignore[assignment]
                done[one.rule, 3 - week] += verdict is MET
    weight = {one.rule: one.weight for one in ITEMS}
    worth = {rule: weight[rule] * lost[rule] / judged[rule] for rule in judged}
    advice = advise(calls, NOW)
    assert advice.judged == sum(NOW - call.started_at < 4 * WEEK_S for call in calls)
    assert advice.practice is not None
    assert worth[advice.practice.rule] == pytest.approx(max(worth.values()))
    assert [week.done for week in advice.practice.weeks] == [done[advice.practice.rule, week] for week in range(4)]


def test_of_few_calls_nothing_is_advised() -> None:
    assert advise(calls_of(FEWEST_CALLS - 1, MISSED), NOW).practice is None
    assert advise(calls_of(FEWEST_CALLS, MISSED), NOW).practice is not None
    assert advise(calls_of(FEWEST_CALLS, Verdict.TO_CONFIRM), NOW).judged == 0


def test_who_does_all_of_it_has_nothing_to_practise_and_one_slip_is_none() -> None:
    assert advise(calls_of(40, MET), NOW).practice is None
    assert advise([*calls_of(40, MET), replace(calls_of(1, MISSED)[0], call_id="slip")], NOW).practice is None


def test_calls_of_longer_ago_or_to_come_count_for_nothing() -> None:
    assert advise(calls_of(40, MISSED, weeks_ago=4.1), NOW).judged == 0
    assert advise(calls_of(40, MISSED, weeks_ago=-1), NOW).judged == 0


def test_the_example_is_the_newest_call_in_which_it_was_done() -> None:
    practice = advise(calls_of(30, MISSED, MET), NOW).practice
    assert practice is not None
    assert practice.example is not None
    assert (practice.example.call_id, practice.example.span.start_ms, practice.faulty) == ("c1", 148_000, "c0")


@pytest.mark.parametrize("heard", [MISSED, CONFIRM])
@pytest.mark.parametrize("is_ban", [True, False])
def test_no_example_is_where_a_fault_was_heard_whatever_people_found(heard: Verdict, is_ban: bool) -> None:
    entry = Entry(1, 1.0, "xu", Role.QA, VerdictGiven("wait", Verdict.MET, "不是禁语"))
    calls = []
    for at, call in enumerate(calls_of(30, MISSED)):
        card = card_of([item("wait", "流程", heard if at % 2 else MISSED, 5, is_ban=is_ban)])
        calls.append(replace(call, card=card, entries=[entry] if at % 2 else []))
    practice = advise(calls, NOW).practice
    assert practice is not None
    assert (practice.example, sum(week.done for week in practice.weeks)) == (None, 15)


def test_a_ban_that_was_kept_has_no_example_nor_what_people_changed() -> None:
    bans = [
        replace(call, card=card_of([item("wait", "流程", MET if at % 2 else MISSED, 5, is_ban=True)]))
        for at, call in enumerate(calls_of(30, MISSED))
    ]
    practice = advise(bans, NOW).practice
    assert practice is not None
    assert practice.example is None
    entry = Entry(1, 1.0, "xu", Role.QA, VerdictGiven("wait", Verdict.MISSED, "没说"))
    changed = [replace(call, entries=[entry]) for call in calls_of(30, MET)]
    practice = advise(changed, NOW).practice
    assert practice is not None
    assert practice.example is None


def test_what_people_found_comes_before_what_the_machine_found() -> None:
    entry = Entry(1, 1.0, "xu", Role.QA, VerdictGiven("wait", Verdict.MET, "说了"))
    assert advise([replace(call, entries=[entry]) for call in calls_of(30, MISSED)], NOW).practice is None
