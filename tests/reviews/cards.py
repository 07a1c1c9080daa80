"""A scorecard to be judged: a rule met, one missed, a fatal ban to be confirmed, one without an occasion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline import points
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.score import CallScored, ScoreItem, Verdict

SPAN = Span(Channel.AGENT, 148_000, 151_000, "这个我也不清楚")
FULL = {"开场": 15, "语言": 25, "流程": 20}
MET, MISSED, CONFIRM, NONE = Verdict.MET, Verdict.MISSED, Verdict.TO_CONFIRM, Verdict.NOT_APPLICABLE


def item(
    rule: str, group: str, verdict: Verdict, weight: int, *, is_ban: bool = False, fatal: bool = False
) -> ScoreItem:
    earned = points.earned(verdict, weight, is_ban=is_ban)
    return ScoreItem(
        rule, rule, group, verdict, weight, earned, fatal, (SPAN,), is_ban=is_ban, is_offered=verdict is not NONE
    )


ITEMS = (
    item("greeting", "开场", MET, 8),
    item("name", "开场", MISSED, 7),
    item("not-clear", "语言", CONFIRM, 25, is_ban=True, fatal=True),
    item("rude", "语言", MET, 10, is_ban=True),
    item("wait-told", "流程", MISSED, 10),
    item("silent-call", "流程", NONE, 10),
)


def card_of(items: Sequence[ScoreItem] = ITEMS) -> CallScored:
    groups = points.grouped(items, FULL)
    cap = 59.0 if points.fatal(items) else 100.0
    return CallScored(
        at_ms=378_000, total=points.total(groups, cap), fatal=points.fatal(items), groups=groups, items=tuple(items),
        assessed=points.assessed(items), offered=points.offered(items),
        to_confirm=sum(one.verdict is CONFIRM for one in items), fatal_cap=59.0, least_share=0.5,
    )  # fmt: skip


CARD = card_of()
OLD = replace(CARD, fatal_cap=None)  # of a version that tells too little to reckon anew
