"""The scorecard after the call: what the coach noted, weighed by the same rulebook, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.coach.conditions.evaluator import RuleNotes
from pipeline.coach.coverage import Coverage
from pipeline.coach.rulebook.schema import Rule, Rulebook, Scoring
from pipeline.coach.wording import fill
from pipeline.events.score import CallScored, ScoreGroup, ScoreItem, UnscoredReason, Verdict


@dataclass(frozen=True, slots=True)
class _Judged:
    """The verdict on one rule. `is_offered`: the call had an occasion for it, or may have had one unheard."""

    rule: Rule
    verdict: Verdict
    note: tuple[str, str] = ("", "")  # and in English
    is_offered: bool = True

    @property
    def points(self) -> float | None:
        """What it earned; a ban that was not said earns nothing, one that was said takes its weight from its group."""
        if self.rule.kind.is_ban:
            return -float(self.rule.weight) if self.verdict is Verdict.MISSED else None
        return {Verdict.MET: float(self.rule.weight), Verdict.MISSED: 0.0}.get(self.verdict)

    @property
    def is_assessed(self) -> bool:
        return self.verdict in (Verdict.MET, Verdict.MISSED)


def score(at_ms: int, rulebook: Rulebook, notes: Mapping[str, RuleNotes], coverage: Coverage) -> CallScored:
    """Total of 100: points over the weight of the groups that counted; None where too little could be assessed.

    `notes` by rule id; a rule that is not in it had no occasion.
    """
    scoring, none = rulebook.score, RuleNotes()
    judged = [_judge(rule, notes.get(rule.id, none), scoring, coverage) for rule in rulebook.rules if rule.is_scored]
    confirmed = [replace(one, verdict=Verdict.MISSED) if one.verdict is Verdict.TO_CONFIRM else one for one in judged]
    groups = _groups(judged, rulebook)
    fatal = sum(one.rule.fatal and one.verdict is Verdict.MISSED for one in judged)
    assessed = sum(one.rule.weight for one in judged if one.is_assessed)
    offered = sum(one.rule.weight for one in judged if one.is_offered)
    is_shown = coverage.heard_agent and any(_is_shown(one, notes.get(one.rule.id, none)) for one in judged)
    reason = _unscored(at_ms, assessed, offered, scoring) or ("" if is_shown else "too_little")
    return CallScored(
        at_ms=at_ms,
        total=None if reason else _total(groups, scoring.fatal_cap if fatal else 100.0),
        fatal=fatal,
        groups=groups,
        items=tuple(_item(one, notes.get(one.rule.id, none)) for one in judged),
        assessed=assessed,
        offered=offered,
        to_confirm=sum(one.verdict is Verdict.TO_CONFIRM for one in judged),
        unscored_reason=reason,
        lost_share=coverage.lost_share,
        confirmed_total=_total(_groups(confirmed, rulebook), scoring.fatal_cap)
        if confirmed != judged and not reason
        else None,
        assessed_by_words=sum(one.rule.weight for one in judged if one.is_assessed and one.rule.kind.words == "needed"),
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
    rule, is_fault = judged.rule, judged.verdict in (Verdict.MISSED, Verdict.TO_CONFIRM)
    return ScoreItem(
        rule.id, rule.title, rule.group, judged.verdict, rule.weight, judged.points, rule.fatal,
        tuple(notes.broken if is_fault else notes.kept), judged.note[0], rule.en.title if rule.en else "",
        notes.withheld, judged.note[1],
    )  # fmt: skip


def _groups(judged: Sequence[_Judged], rulebook: Rulebook) -> tuple[ScoreGroup, ...]:
    """In the rulebook's order, or that of its rules."""
    names = dict.fromkeys(one.rule.group for one in judged)
    if rulebook.groups:
        names = dict.fromkeys(name for name in rulebook.groups if name in names)
    return tuple(_group(name, [one for one in judged if one.rule.group == name], rulebook.score) for name in names)


def _group(name: str, judged: Sequence[_Judged], scoring: Scoring) -> ScoreGroup:
    """The group's weight by what its rules earned; where it has only bans, all of it. Then what bans take from it."""
    assessed = [one for one in judged if one.is_assessed]
    if not assessed:
        return ScoreGroup(name, 0.0, 0)
    weight = scoring.groups.get(name) or sum(one.rule.weight for one in assessed)
    earning = [one for one in assessed if not one.rule.kind.is_ban]
    of = sum(one.rule.weight for one in earning)
    share = sum(one.points or 0.0 for one in earning) / of if of else 1.0
    taken = sum(one.points or 0.0 for one in assessed if one.rule.kind.is_ban)
    return ScoreGroup(name, round(max(0.0, weight * share + taken), 1), weight)


def _is_shown(judged: _Judged, notes: RuleNotes) -> bool:
    """Whether the verdict rests on something that was done: faults that nobody made are no call done well."""
    return judged.verdict is Verdict.MISSED or (judged.verdict is Verdict.MET and bool(notes.kept))


def _unscored(at_ms: int, assessed: int, offered: int, scoring: Scoring) -> UnscoredReason:
    if not offered:
        return "nothing"
    if at_ms < scoring.least_ms:
        return "too_short"
    return "too_little" if not assessed or assessed < scoring.least_share * offered else ""


def _total(groups: Sequence[ScoreGroup], cap: float) -> float | None:
    """`cap`: with a fatal fault the call cannot pass, whatever else was well done."""
    weight = sum(group.weight for group in groups)
    return min(cap, round(100 * sum(group.points for group in groups) / weight, 1)) if weight else None
