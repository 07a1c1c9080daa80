"""The scorecard after the call: what the coach noted, weighed by the same rulebook, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline import points
from pipeline.coach.conditions.evaluator import RuleNotes
from pipeline.coach.coverage import Coverage
from pipeline.coach.rulebook.schema import Rule, Rulebook, Scoring
from pipeline.coach.wording import fill
from pipeline.events.score import CallScored, ScoreItem, UnscoredReason, Verdict


@dataclass(frozen=True, slots=True)
class _Judged:
    """The verdict on one rule. `is_offered`: the call had an occasion for it, or may have had one unheard."""

    rule: Rule
    verdict: Verdict
    note: tuple[str, str] = ("", "")  # and in English
    is_offered: bool = True


def score(at_ms: int, rulebook: Rulebook, notes: Mapping[str, RuleNotes], coverage: Coverage) -> CallScored:
    """Total of 100: points over the weight of the groups that counted; None where too little could be assessed.

    `notes` by rule id; a rule that is not in it had no occasion.
    """
    scoring, none = rulebook.score, RuleNotes()
    judged = [_judge(rule, notes.get(rule.id, none), scoring, coverage) for rule in rulebook.rules if rule.is_scored]
    items = tuple(_item(one, notes.get(one.rule.id, none)) for one in judged)
    groups, fatal, assessed = points.grouped(items, _full(rulebook)), points.fatal(items), points.assessed(items)
    offered = points.offered(items)
    is_shown = coverage.heard_agent and any(_is_shown(item, notes.get(item.rule, none)) for item in items)
    reason = _unscored(at_ms, assessed, offered, scoring) or ("" if is_shown else "too_little")
    confirmed = tuple(map(_confirmed, items))
    by_words = {rule.id for rule in rulebook.rules if rule.kind.words == "needed"}
    return CallScored(
        at_ms=at_ms,
        total=None if reason else points.total(groups, scoring.fatal_cap if fatal else 100.0),
        fatal=fatal,
        groups=groups,
        items=items,
        assessed=assessed,
        offered=offered,
        to_confirm=sum(item.verdict is Verdict.TO_CONFIRM for item in items),
        unscored_reason=reason,
        lost_share=coverage.lost_share,
        confirmed_total=points.total(points.grouped(confirmed, _full(rulebook)), scoring.fatal_cap)
        if confirmed != items and not reason
        else None,
        assessed_by_words=points.assessed(item for item in items if item.rule in by_words),
        fatal_cap=scoring.fatal_cap,
        least_share=scoring.least_share,
        least_weight=scoring.least_weight,
    )


def _judge(rule: Rule, notes: RuleNotes, scoring: Scoring, coverage: Coverage) -> _Judged:
    if notes.is_off:
        return _Judged(rule, Verdict.NOT_APPLICABLE, (scoring.too_slow, scoring.too_slow_en))
    words, is_ban = rule.kind.words, rule.kind.is_ban
    is_foreign = coverage.foreign_share > 1 - scoring.least_worded
    is_mute = words != "unused" and (is_foreign or coverage.worded_share < scoring.least_worded)
    faults = [span for span in notes.broken if not coverage.is_lost(span)]
    sound_lost = (scoring.sound_lost, scoring.sound_lost_en)
    without_words = (scoring.without_words, scoring.without_words_en)
    if is_foreign:
        without_words = (scoring.other_language, scoring.other_language_en)
    if faults and (is_ban or not is_mute):
        count = str(len(faults))
        missed = fill(scoring.missed, count=count), fill(scoring.missed_en, count=count)
        # A recogniser may have misheard what nobody may say: a person listens first.
        return _Judged(rule, Verdict.TO_CONFIRM if rule.fatal and words == "needed" else Verdict.MISSED, missed)
    if notes.broken:
        return _Judged(rule, Verdict.NOT_APPLICABLE, without_words if faults else sound_lost)
    if not coverage.knows_agent and not notes.chances:
        return _Judged(rule, Verdict.NOT_APPLICABLE, (scoring.without_roles, scoring.without_roles_en))
    if notes.neutral:
        return _Judged(rule, Verdict.NOT_APPLICABLE, (scoring.of_no_use, scoring.of_no_use_en))
    if is_mute and words == "needed" and not notes.kept and coverage.agent_ms >= _occasion_ms(rule, scoring):
        return _Judged(rule, Verdict.NOT_APPLICABLE, without_words)
    if not notes.chances or (is_ban and coverage.agent_ms < _occasion_ms(rule, scoring)):
        return _Judged(rule, Verdict.NOT_APPLICABLE, is_offered=False)
    if coverage.lost_share > scoring.most_lost:
        return _Judged(rule, Verdict.NOT_APPLICABLE, sound_lost)
    return _Judged(rule, Verdict.MET)


def _occasion_ms(rule: Rule, scoring: Scoring) -> int:
    """So much must the agent have spoken for the rule to have had an occasion, whatever was said."""
    return scoring.clean_after_ms if rule.kind.is_ban else 1


def _item(judged: _Judged, notes: RuleNotes) -> ScoreItem:
    rule, verdict, is_ban = judged.rule, judged.verdict, judged.rule.kind.is_ban
    is_fault = verdict in (Verdict.MISSED, Verdict.TO_CONFIRM)
    return ScoreItem(
        rule.id, rule.title, rule.group, verdict, rule.weight, points.earned(verdict, rule.weight, is_ban=is_ban),
        rule.fatal, tuple(notes.broken if is_fault else notes.kept), judged.note[0], rule.en.title if rule.en else "",
        notes.withheld, judged.note[1], is_ban, judged.is_offered, rule.cite.citation,
    )  # fmt: skip


def _confirmed(item: ScoreItem) -> ScoreItem:
    """As it is should a person confirm what was heard."""
    if item.verdict is not Verdict.TO_CONFIRM:
        return item
    missed = Verdict.MISSED
    return replace(item, verdict=missed, points=points.earned(missed, item.weight, is_ban=item.is_ban))


def _full(rulebook: Rulebook) -> dict[str, int]:
    """Of each group with a rule that is scored, in the rulebook's order, or that of its rules."""
    names = dict.fromkeys(rule.group for rule in rulebook.rules if rule.is_scored)
    if rulebook.groups:
        names = dict.fromkeys(name for name in rulebook.groups if name in names)
    return {name: rulebook.score.groups.get(name, 0) for name in names}


def _is_shown(item: ScoreItem, notes: RuleNotes) -> bool:
    """Whether the verdict rests on something that was done: faults that nobody made are no call done well."""
    return item.verdict is Verdict.MISSED or (item.verdict is Verdict.MET and bool(notes.kept))


def _unscored(at_ms: int, assessed: int, offered: int, scoring: Scoring) -> UnscoredReason:
    if not offered:
        return "nothing"
    if at_ms < scoring.least_ms:
        return "too_short"
    is_enough = points.is_enough(assessed, offered, least_share=scoring.least_share, least_weight=scoring.least_weight)
    return "" if is_enough else "too_little"
