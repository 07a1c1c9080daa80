"""The scorecard as people judge it: the same items, with a person's verdict where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline import points
from pipeline.events.score import CallScored, ScoreGroup, ScoreItem, Verdict


@dataclass(frozen=True, slots=True)
class JudgedCard:
    """`total` of 100, null where too little is assessed, or where the card is of a version that tells too little.

    `assessed` and `offered`: weights, as of CallScored.
    """

    total: float | None
    fatal: int
    to_confirm: int
    assessed: int
    offered: int
    groups: tuple[ScoreGroup, ...]
    items: tuple[ScoreItem, ...]


def judged(card: CallScored, verdicts: Mapping[str, Verdict]) -> JudgedCard:
    """`verdicts`: of people, by rule; rules that the card does not have count for nothing."""
    items = tuple(_item(item, verdicts.get(item.rule)) for item in card.items)
    groups = points.grouped(items, {group.name: group.full for group in card.groups})
    assessed, offered, fatal = points.assessed(items), points.offered(items), points.fatal(items)
    is_enough = card.fatal_cap is not None and points.is_enough(
        assessed, offered, least_share=card.least_share, least_weight=card.least_weight
    )
    cap = card.fatal_cap if fatal and card.fatal_cap is not None else 100.0
    return JudgedCard(
        points.total(groups, cap) if is_enough else None,
        fatal,
        sum(item.verdict is Verdict.TO_CONFIRM for item in items),
        assessed,
        offered,
        groups,
        items,
    )


def _item(item: ScoreItem, verdict: Verdict | None) -> ScoreItem:
    """Not applicable, said by a person: there was no occasion."""
    if verdict is None or verdict is item.verdict:
        return item
    earned = points.earned(verdict, item.weight, is_ban=item.is_ban)
    return replace(item, verdict=verdict, points=earned, is_offered=verdict is not Verdict.NOT_APPLICABLE)


def differs(item: ScoreItem, verdict: Verdict) -> bool:
    """Whether a person finds something else than was heard: the fault that waits for somebody to confirm it is one."""
    heard = Verdict.MISSED if item.verdict is Verdict.TO_CONFIRM else item.verdict
    return verdict is not heard
