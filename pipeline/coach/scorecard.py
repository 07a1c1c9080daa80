"""The scorecard after the call: what the coach noted, weighed by the same rulebook."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.coach.conditions.evaluator import RuleNotes
from pipeline.coach.rulebook.schema import Rule, Rulebook, Scoring
from pipeline.coach.wording import fill
from pipeline.events.score import CallScored, ScoreGroup, ScoreItem, Verdict


def score(at_ms: int, rulebook: Rulebook, notes: Mapping[str, RuleNotes]) -> CallScored:
    """Total of 100: points over the weight of the applicable items, None when there is none.

    `notes` by rule id; a rule that is not in it is not applicable.
    """
    scoring = rulebook.score
    items = tuple(_item(rule, notes.get(rule.id, RuleNotes()), scoring) for rule in rulebook.rules if rule.is_scored)
    names = dict.fromkeys(item.group for item in items)
    if rulebook.groups:
        names = dict.fromkeys(name for name in rulebook.groups if name in names)
    groups = tuple(_group(name, items) for name in names)
    weight = sum(group.weight for group in groups)
    fatal = sum(item.fatal and item.verdict is Verdict.MISSED for item in items)
    total = round(100 * sum(group.points for group in groups) / weight, 1) if weight else None
    if total is not None and fatal:
        # The call cannot pass, whatever else was well done.
        total = min(total, scoring.fatal_cap)
    return CallScored(at_ms, total, fatal, groups, items)


def _item(rule: Rule, notes: RuleNotes, scoring: Scoring) -> ScoreItem:
    verdict, note = _verdict(notes, scoring)
    points = {Verdict.MET: float(rule.weight), Verdict.MISSED: 0.0}.get(verdict)
    evidence = tuple(notes.broken if verdict is Verdict.MISSED else notes.kept)
    return ScoreItem(
        rule.id, rule.title, rule.group, verdict, rule.weight, points, rule.fatal, evidence, note, notes.withheld
    )


def _verdict(notes: RuleNotes, scoring: Scoring) -> tuple[Verdict, str]:
    if notes.broken:
        return Verdict.MISSED, fill(scoring.missed, count=str(len(notes.broken)))
    if notes.neutral:
        return Verdict.NOT_APPLICABLE, scoring.of_no_use
    if not notes.chances:
        return Verdict.NOT_APPLICABLE, ""
    return Verdict.MET, ""


def _group(name: str, items: tuple[ScoreItem, ...]) -> ScoreGroup:
    counted = [item for item in items if item.group == name and item.points is not None]
    return ScoreGroup(name, sum((item.points or 0.0 for item in counted), 0.0), sum(item.weight for item in counted))
