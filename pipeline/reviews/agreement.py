"""How often people agree with each rule: by that its worth is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.reviews.entries import Entry
from pipeline.reviews.review import FAULTS, Review, fold

Outcome = Literal["agreed", "false_faults", "missed_faults", "otherwise", "confirmed", "dismissed"]
"""A field of RuleAgreement."""

DISPUTED: tuple[Outcome, ...] = ("false_faults", "missed_faults", "otherwise", "dismissed")


@dataclass(slots=True)
class RuleAgreement:
    """Of one rule, so many items that people have judged: in a finished review those that were left too.

    `agreed`: they found what the machine found. `false_faults`: they found no fault where the machine did,
    `missed_faults` the other way round, `otherwise`: what is left (half met, or not applicable). `confirmed` and
    `dismissed`: of what waited for a person to confirm it. `of_no_use`: hints that agents marked so.
    """

    rule: str
    title: str = ""
    title_en: str = ""
    agreed: int = 0
    false_faults: int = 0
    missed_faults: int = 0
    otherwise: int = 0
    confirmed: int = 0
    dismissed: int = 0
    of_no_use: int = 0

    @property
    def judged(self) -> int:
        return self.agreed + self.false_faults + self.missed_faults + self.otherwise + self.confirmed + self.dismissed

    @property
    def share(self) -> float | None:
        """In which people found what the machine found; null where nobody has judged."""
        return (self.agreed + self.confirmed) / self.judged if self.judged else None


def agreement(
    calls: Iterable[tuple[CallScored, Sequence[Entry]]], of_no_use: Mapping[str, int], now: float
) -> list[RuleAgreement]:
    """`calls`: with the automatic card and what people have said. By rule id, those with most disagreement first."""
    found: dict[str, RuleAgreement] = {}
    for card, entries in calls:
        review = fold(entries, card, now)
        for item in card.items:
            of = found.setdefault(item.rule, RuleAgreement(item.rule))
            of.title, of.title_en = item.title, item.title_en
            if (told := outcome(item, review)) is not None:
                setattr(of, told, getattr(of, told) + 1)
    for rule, count in of_no_use.items():
        found.setdefault(rule, RuleAgreement(rule)).of_no_use = count
    counted = [one for one in found.values() if one.judged or one.of_no_use]
    return sorted(counted, key=lambda one: (one.agreed + one.confirmed - one.judged - one.of_no_use, one.rule))


def outcome(item: ScoreItem, review: Review) -> Outcome | None:
    """What people made of an item; None where nobody has judged it."""
    one = review.items.get(item.rule)
    heard, said = item.verdict, one.judged if one is not None else None
    if said is None:
        if review.finished is None or heard in (Verdict.NOT_APPLICABLE, Verdict.TO_CONFIRM):
            return None
        return "agreed"
    if heard is Verdict.TO_CONFIRM:
        return "confirmed" if said in FAULTS else "dismissed"
    if said is heard:
        return "agreed"
    if heard is Verdict.MISSED and said not in FAULTS:
        return "false_faults"
    if heard is not Verdict.MISSED and said in FAULTS:
        return "missed_faults"
    return "otherwise"


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item of a call in which people found something else than the machine; `reason` as they gave it last.

    `at_ms`: where its first evidence is, null without any.
    """

    call_id: str
    outcome: Outcome
    heard: Verdict
    said: Verdict
    reason: str
    at_ms: int | None


def disputes(rule: str, calls: Iterable[tuple[str, CallScored, Sequence[Entry]]], now: float) -> list[Dispute]:
    """In the order of the calls."""
    found = []
    for call_id, card, entries in calls:
        review = fold(entries, card, now)
        for item in card.items:
            told = outcome(item, review) if item.rule == rule else None
            if told is not None and told in DISPUTED:
                found.append(_dispute(call_id, item, told, review))
    return found


def _dispute(call_id: str, item: ScoreItem, told: Outcome, review: Review) -> Dispute:
    one = review.items[item.rule]
    assert one.judged is not None  # or it would not be disputed
    given = one.decision or one.verdict
    reason = getattr(given.act, "reason", "") if given is not None else ""
    at_ms = min((span.start_ms for span in item.evidence), default=None)
    return Dispute(call_id, told, item.verdict, one.judged, reason, at_ms)
