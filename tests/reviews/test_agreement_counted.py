"""The table of rules against a count by another hand: over the raw entries, without the fold."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import example, given, strategies as st

from pipeline.events.score import CallScored, Verdict
from pipeline.people.permissions import Role
from pipeline.reviews.agreement import DISPUTED, agreement, disputes
from pipeline.reviews.entries import (
    Act,
    AppealChecked,
    AppealDecided,
    Commented,
    CommentsSeen,
    Entry,
    ItemAccepted,
    ItemAppealed,
    ItemReopened,
    ReviewFinished,
    Undone,
    VerdictGiven,
)
from tests.reviews.cards import CARD, ITEMS

RULES = [item.rule for item in ITEMS]
NOW = 2_000_000.0
MACHINE = list(Verdict)
PEOPLE = [Verdict.MET, Verdict.PARTLY, Verdict.MISSED, Verdict.NOT_APPLICABLE]
COLUMNS = {  # (what the machine found, what people found): by hand, from the table in docs/reviews.md
    **{("met", said): column for said, column in (
        ("met", "agreed"), ("partly", "missed_faults"), ("missed", "missed_faults"), ("not_applicable", "otherwise"))},
    **{("partly", said): column for said, column in (
        ("met", "otherwise"), ("partly", "agreed"), ("missed", "missed_faults"), ("not_applicable", "otherwise"))},
    **{("missed", said): column for said, column in (
        ("met", "false_faults"), ("partly", "otherwise"), ("missed", "agreed"), ("not_applicable", "false_faults"))},
    **{("not_applicable", said): column for said, column in (
        ("met", "otherwise"), ("partly", "missed_faults"), ("missed", "missed_faults"), ("not_applicable", "agreed"))},
    **{("to_confirm", said): column for said, column in (
        ("met", "dismissed"), ("partly", "confirmed"), ("missed", "confirmed"), ("not_applicable", "dismissed"))},
}  # fmt: skip

_rule = st.sampled_from(RULES)
_acts = st.one_of(
    st.builds(VerdictGiven, _rule, st.sampled_from(PEOPLE), st.just("听过")),
    st.builds(VerdictGiven, _rule, st.sampled_from(PEOPLE), st.just("听过")),
    st.just(ReviewFinished(NOW + 1)),
    st.builds(ItemAccepted, _rule),
    st.builds(ItemAppealed, _rule, st.sampled_from([Verdict.MET, Verdict.PARTLY]), st.just("我说了")),
    st.builds(AppealChecked, _rule, st.booleans(), st.just("看过")),
    st.builds(AppealDecided, _rule, st.sampled_from(PEOPLE), st.just("定了")),
    st.builds(ItemReopened, _rule, st.just("再看"), st.just(NOW + 1)),
    st.builds(Commented, st.just("好")),
    st.builds(CommentsSeen, st.integers(0, 12)),
    st.builds(Undone, st.integers(1, 12)),
)


@st.composite
def _calls(draw: st.DrawFn) -> list[tuple[CallScored, list[Entry]]]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        heard = [draw(st.sampled_from(MACHINE)) for _ in RULES]
        card = replace(CARD, items=tuple(replace(i, verdict=v) for i, v in zip(ITEMS, heard, strict=True)))
        acts: list[Act] = draw(st.lists(_acts, max_size=12))
        found.append((card, [Entry(n, 1_000.0 + n, "xu", Role.QA, act) for n, act in enumerate(acts, 1)]))
    return found


def _counted(calls: list[tuple[CallScored, list[Entry]]]) -> Counter[tuple[str, str]]:
    count: Counter[tuple[str, str]] = Counter()
    for card, entries in calls:
        taken_back = {entry.act.entry for entry in entries if isinstance(entry.act, Undone)}
        acts = [entry.act for entry in entries if entry.number not in taken_back]
        is_finished = any(isinstance(act, ReviewFinished) for act in acts)
        for item in card.items:
            of = [act for act in acts if getattr(act, "rule", "") == item.rule]
            since = max((n for n, act in enumerate(of) if isinstance(act, ItemReopened)), default=-1)
            said = [act.verdict for act in of[since + 1 :] if isinstance(act, AppealDecided)] or [
                act.verdict for act in of if isinstance(act, VerdictGiven)
            ]
            if said:
                count[item.rule, COLUMNS[item.verdict, said[-1]]] += 1
            elif is_finished and item.verdict not in ("not_applicable", "to_confirm"):
                count[item.rule, "agreed"] += 1
    return count


@given(_calls())
@example([(CARD, [Entry(1, 1.0, "xu", Role.QA, VerdictGiven("greeting", Verdict.MISSED, "没"))])])
def test_it_is_what_a_plain_count_finds(calls: list[tuple[CallScored, list[Entry]]]) -> None:
    columns = sorted(set(COLUMNS.values()))
    wanted = _counted(calls)
    table = agreement(calls, {}, NOW)
    assert {(row.rule, name): n for row in table for name in columns if (n := getattr(row, name))} == dict(wanted)
    by_rule: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for (rule, column), n in wanted.items():
        by_rule[rule] += n
        right[rule] += n if column in ("agreed", "confirmed") else 0
    assert {row.rule: row.judged for row in table} == dict(by_rule)
    assert {row.rule: row.share for row in table} == {rule: right[rule] / n for rule, n in by_rule.items()}
    wrong = [by_rule[row.rule] - right[row.rule] for row in table]
    assert wrong == sorted(wrong, reverse=True)
    named = [(str(number), *call) for number, call in enumerate(calls)]
    for rule in RULES:
        listed = Counter(one.outcome for one in disputes(rule, named, NOW))
        assert listed == Counter({name: wanted[rule, name] for name in DISPUTED if wanted[rule, name]})
