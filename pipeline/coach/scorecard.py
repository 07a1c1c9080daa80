"""The scorecard after the call: what the coach noted, weighed by the same rulebook (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.coach.rulebook import Rule, Rulebook
from pipeline.events.hints import Span
from pipeline.events.score import CallScored, ScoreGroup, ScoreItem, Verdict

FATAL_CAP = 59.0
"""A missed fatal item: the call cannot pass, whatever else was well done."""


@dataclass(slots=True)
class RuleNotes:
    """What was heard about one rule. `chances`: occasions to keep or break it; none means not applicable."""

    chances: int = 0
    kept: list[Span] = field(default_factory=list)
    broken: list[Span] = field(default_factory=list)
    neutral: int = 0  # broken, but the agent said the hint was of no use

    def retract(self, evidence: tuple[Span, ...]) -> None:
        """It was nothing after all."""
        self.broken = [span for span in self.broken if span not in evidence]

    def neutralise(self, evidence: tuple[Span, ...]) -> None:
        """这条没用: counts neither for nor against (SCREENS)."""
        self.neutral += sum(span in self.broken for span in evidence)
        self.retract(evidence)


def score(at_ms: int, rulebook: Rulebook, notes: Mapping[str, RuleNotes]) -> CallScored:
    """Total of 100: points over the weight of the applicable items."""
    items = tuple(_item(rule, notes.get(rule.id, RuleNotes())) for rule in rulebook.rules if rule.is_scored)
    groups = tuple(_group(name, items) for name in dict.fromkeys(item.group for item in items))
    weight = sum(group.weight for group in groups)
    fatal = sum(item.fatal and item.verdict is Verdict.MISSED for item in items)
    total = round(100 * sum(group.points for group in groups) / weight, 1) if weight else None
    if total is not None and fatal:
        total = min(total, FATAL_CAP)
    return CallScored(at_ms, total, fatal, groups, items)


def _item(rule: Rule, notes: RuleNotes) -> ScoreItem:
    verdict, note = _verdict(notes)
    points = {Verdict.MET: float(rule.weight), Verdict.MISSED: 0.0}.get(verdict)
    evidence = tuple(notes.broken if verdict is Verdict.MISSED else notes.kept)
    return ScoreItem(rule.id, rule.title, rule.group, verdict, rule.weight, points, rule.fatal, evidence, note)


def _verdict(notes: RuleNotes) -> tuple[Verdict, str]:
    if notes.broken:
        return Verdict.MISSED, f"{len(notes.broken)} 次"
    if notes.neutral:
        return Verdict.NOT_APPLICABLE, "坐席标记提示没用"
    if not notes.chances:
        return Verdict.NOT_APPLICABLE, ""
    return Verdict.MET, ""


def _group(name: str, items: tuple[ScoreItem, ...]) -> ScoreGroup:
    counted = [item for item in items if item.group == name and item.points is not None]
    return ScoreGroup(name, sum((item.points or 0.0 for item in counted), 0.0), sum(item.weight for item in counted))
