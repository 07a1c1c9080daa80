"""How often people agree with each rule: by that its worth is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.reviews.entries import Entry
from pipeline.reviews.review import FAULTS, Review, fold


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
            _count(of, item, review)
    for rule, count in of_no_use.items():
        found.setdefault(rule, RuleAgreement(rule)).of_no_use = count
    counted = [one for one in found.values() if one.judged or one.of_no_use]
    return sorted(counted, key=lambda one: (one.agreed + one.confirmed - one.judged - one.of_no_use, one.rule))


def _count(of: RuleAgreement, item: ScoreItem, review: Review) -> None:
    one = review.items.get(item.rule)
    said = one.judged if one is not None and one.judged is not None else None
    if said is None:
        if review.finished is None or item.verdict in (Verdict.NOT_APPLICABLE, Verdict.TO_CONFIRM):
            return
        said = item.verdict
    heard = item.verdict
    if heard is Verdict.TO_CONFIRM:
        if said in FAULTS:
            of.confirmed += 1
        else:
            of.dismissed += 1
    elif said is heard:
        of.agreed += 1
    elif heard is Verdict.MISSED and said not in FAULTS:
        of.false_faults += 1
    elif heard is not Verdict.MISSED and said in FAULTS:
        of.missed_faults += 1
    else:
        of.otherwise += 1
