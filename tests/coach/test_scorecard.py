"""The scorecard: points, groups, fatal items, what does not count, and what a score rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.coach.conditions.evaluator import RuleNotes
from pipeline.coach.coverage import Coverage
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.scorecard import score
from pipeline.events.channels import Channel, ChannelBack, ChannelLost, GapEnded, GapStarted
from pipeline.events.faults import OverloadNoted
from pipeline.events.hints import HintCleared, HintDismissed, Span
from pipeline.events.measures import PaceMeasured, PitchMeasured
from pipeline.events.score import CallScored, Verdict
from pipeline.events.turns import OverlapNoted, SilenceKind
from tests.coach.story import AGENT, CUSTOMER, Call, Story, item

_SPAN = Span(Channel.AGENT, 0, 100)
_HEARD = Coverage(60_000, agent_ms=30_000, spoken_ms=40_000, worded_ms=40_000)


def _scored(book: Rulebook, notes: dict[str, RuleNotes], heard: Coverage = _HEARD) -> CallScored:
    return score(heard.duration_ms, book, notes, heard)


def _groups(scored: CallScored) -> dict[str, tuple[float, int]]:
    return {group.name: (group.points, group.weight) for group in scored.groups if group.weight}


# --- points and groups -----------------------------------------------------------------------------------------


def test_points_over_the_weight_of_the_groups_that_counted(handbook: Rulebook) -> None:
    notes = {
        "midcall-dead-air": RuleNotes(1, broken=[_SPAN]),  # 10 of the 20 of its group
        "no-interrupt": RuleNotes(1),
        "self-identify": RuleNotes(1, kept=[_SPAN]),
    }
    scored = _scored(handbook, notes)
    assert _groups(scored) == {"开场": (10.0, 10), "倾听": (10.0, 20)}
    assert (scored.at_ms, scored.total, scored.fatal) == (60_000, 66.7, 0)
    assert (scored.assessed, scored.offered, scored.unscored_reason) == (26, 26, "")
    assert scored.assessed_by_words == 6
    assert item(scored, "midcall-dead-air").evidence == (_SPAN,)
    assert item(scored, "self-identify").evidence == (_SPAN,)


def test_clean_language_is_no_gift_of_its_rules_weight(handbook: Rulebook) -> None:
    """Fourteen bans weigh 56; not having said any is the 20 points of one group among those that counted."""
    bans = {rule.id: RuleNotes(1) for rule in handbook.rules if rule.kind.is_ban}
    poor = {"midcall-dead-air": RuleNotes(1, broken=[_SPAN]), "self-identify": RuleNotes(1, broken=[_SPAN])}
    scored = _scored(handbook, {**bans, **poor})
    assert _groups(scored) == {"开场": (0.0, 10), "倾听": (0.0, 20), "语言": (20.0, 20)}
    assert scored.total == 40.0
    assert {(i.verdict, i.points) for i in scored.items if i.rule in bans} == {(Verdict.MET, None)}


def test_what_was_said_takes_its_weight_from_its_group(handbook: Rulebook) -> None:
    notes = {rule.id: RuleNotes(1) for rule in handbook.rules if rule.kind.is_ban}
    notes["ban-i-dont-know"].broken.append(_SPAN)  # 3
    notes["ban-company-policy"].broken += [_SPAN, _SPAN]  # 5
    scored = _scored(handbook, notes)
    assert _groups(scored) == {"语言": (12.0, 20)}
    assert [item(scored, rule).points for rule in ("ban-i-dont-know", "ban-company-policy")] == [-3.0, -5.0]
    for each in notes.values():
        each.broken.append(_SPAN)
    assert _groups(_scored(handbook, notes)) == {"语言": (0.0, 20)}


def test_clean_language_needs_something_said(handbook: Rulebook) -> None:
    notes = {rule.id: RuleNotes(1) for rule in handbook.rules if rule.kind.is_ban}
    little = replace(_HEARD, agent_ms=19_000)
    scored = _scored(handbook, notes, little)
    assert (scored.assessed, scored.offered, scored.unscored_reason) == (0, 0, "nothing")
    notes["ban-i-dont-know"].broken.append(_SPAN)  # said is said, however short the call
    scored = _scored(handbook, notes, little)
    assert (scored.assessed, scored.offered, _groups(scored)) == (3, 3, {"语言": (17.0, 20)})


def test_a_rulebook_without_weights_of_groups_goes_by_its_rules(handbook: Rulebook) -> None:
    book = handbook.model_copy(update={"score": handbook.score.model_copy(update={"groups": {}})})
    notes = {"midcall-dead-air": RuleNotes(1, broken=[_SPAN]), "no-interrupt": RuleNotes(1)}
    scored = _scored(book, {**notes, "self-identify": RuleNotes(1)})
    assert (_groups(scored), scored.total) == ({"开场": (6.0, 6), "倾听": (10.0, 20)}, 61.5)


# --- fatal items -----------------------------------------------------------------------------------------------


def test_fatal_words_wait_for_a_person_and_cap_nothing(handbook: Rulebook) -> None:
    notes = {rule.id: RuleNotes(1, kept=[_SPAN]) for rule in handbook.rules}
    assert _scored(handbook, notes).total == 100.0
    notes["ban-none-of-my-business"].broken.append(_SPAN)
    scored = _scored(handbook, notes)
    assert (scored.total, scored.fatal, scored.to_confirm, scored.confirmed_total) == (100.0, 0, 1, 59.0)
    told = item(scored, "ban-none-of-my-business")
    assert (told.verdict, told.points, told.evidence) == (Verdict.TO_CONFIRM, None, (_SPAN,))
    assert (scored.offered or 0) - (scored.assessed or 0) == told.weight
    alone = _scored(handbook, {"ban-none-of-my-business": RuleNotes(1, broken=[_SPAN])})
    assert (alone.total, alone.unscored_reason, alone.assessed, alone.offered) == (None, "too_little", 0, 5)


def test_a_fatal_fault_that_needs_no_ears_caps_the_total(handbook: Rulebook) -> None:
    rules = [r.model_copy(update={"fatal": True}) if r.id == "midcall-dead-air" else r for r in handbook.rules]
    book = handbook.model_copy(update={"rules": tuple(rules)})
    notes = {rule.id: RuleNotes(1) for rule in book.rules}
    notes["midcall-dead-air"].broken.append(_SPAN)
    scored = _scored(book, notes)
    assert (scored.total, scored.fatal, scored.to_confirm, scored.confirmed_total) == (59.0, 1, 0, None)


# --- what it rests on ------------------------------------------------------------------------------------------


def test_nothing_applicable_has_no_total(handbook: Rulebook) -> None:
    scored = _scored(handbook, {})
    assert (scored.total, scored.unscored_reason) == (None, "nothing")
    assert {i.verdict for i in scored.items} == {Verdict.NOT_APPLICABLE}
    assert {i.points for i in scored.items} == {None}


@pytest.mark.parametrize(
    ("duration_ms", "without", "reason"),
    [(60_000, 0, ""), (29_980, 0, "too_short"), (30_000, 0, ""), (60_000, 2, ""), (60_000, 3, "too_little")],
)
def test_below_a_minimum_there_is_no_total(handbook: Rulebook, duration_ms: int, without: int, reason: str) -> None:
    """Of 10 + 10 + 8 + 6 + 6 points offered, those of the first rules could not be judged."""
    rules = ("midcall-dead-air", "speech-rate-150", "no-interrupt", "self-identify", "pitch-variation")
    notes = {rule: RuleNotes(1, kept=[_SPAN], neutral=int(n < without)) for n, rule in enumerate(rules)}
    scored = _scored(handbook, notes, replace(_HEARD, duration_ms=duration_ms))
    assert (scored.unscored_reason, scored.total) == (reason, None if reason else 100.0)
    assert (scored.assessed, scored.offered) == ((40, 40), (30, 40), (22, 40), (12, 40))[without]


def test_what_was_not_done_alone_is_no_call_done_well(handbook: Rulebook) -> None:
    idle = {rule: RuleNotes(1) for rule in ("midcall-dead-air", "no-interrupt")}
    scored = _scored(handbook, idle)
    assert (scored.assessed, scored.offered, scored.total, scored.unscored_reason) == (20, 20, None, "too_little")
    assert _scored(handbook, {**idle, "self-identify": RuleNotes(1, kept=[_SPAN])}).total == 100.0
    assert _scored(handbook, {**idle, "self-identify": RuleNotes(1, broken=[_SPAN])}).total == 66.7


def test_two_rules_of_a_short_call_are_no_score_of_a_person(handbook: Rulebook) -> None:
    """Both were missed: 0.0, though nothing else of the call was judged."""
    notes = {rule: RuleNotes(1, broken=[_SPAN]) for rule in ("midcall-dead-air", "self-identify")}
    scored = _scored(handbook, notes)
    assert (scored.assessed, scored.offered, scored.total, scored.unscored_reason) == (16, 16, None, "too_little")
    notes["hold-return-apology"] = RuleNotes(1, broken=[_SPAN])
    assert _scored(handbook, notes).total == 0.0


def test_an_agent_who_never_spoke_is_not_scored(handbook: Rulebook) -> None:
    """A file of zeros or of noise is no call done badly."""
    notes = {"self-identify": RuleNotes(1, broken=[_SPAN])}
    for heard in (replace(_HEARD, agent_ms=0), replace(_HEARD, agent_ms=0, spoken_ms=0, knows_agent=False)):
        scored = _scored(handbook, notes, heard)
        assert (scored.total, scored.unscored_reason) == (None, "too_little")


def _call(story: Story, with_words: bool) -> None:
    """A call in which something of everything happens; its words are recognised, or are not."""

    def says(channel: Channel, ms: int, text: str) -> None:
        begin = story.now
        story.speaks(channel, ms, text if with_words else "")
        if channel is AGENT and ms >= 5_000:
            pace = PaceMeasured(
                story.now, AGENT, begin, begin + ms, 170, 200, 50, ms, ms, "words" if with_words else "acoustic"
            )
            story.feed(pace, PitchMeasured(story.now, AGENT, begin, begin + ms, 180, 2.5, 9, ms, 3.0, 60_000))

    story.until(500)
    says(AGENT, 3_000, "您好，华安服务中心，请问有什么可以帮您")
    says(CUSTOMER, 3_000, "你好，我想查一下我的订单")
    says(AGENT, 12_000, "好的，您把订单号告诉我，我看一下现在到哪里了")
    says(CUSTOMER, 2_000, "是五六七八")
    says(AGENT, 10_000, "我帮您查一下，您稍等，这个我不知道")


@pytest.mark.parametrize("fault", ["none", "silence", "interruption"])
def test_without_words_every_verdict_is_the_same_or_none(handbook: Rulebook, fault: str) -> None:
    scores = []
    for with_words in (True, False):
        story = Story(handbook)
        _call(story, with_words)
        if fault == "silence":
            story.silent(7_000, SilenceKind.BOTH, 5_000, since=story.now - 320)
        if fault == "interruption":
            story.feed(OverlapNoted(story.now, story.now - 1_500, story.now - 600, AGENT))
        scores.append(story.until(60_000).finish())
    heard, mute = scores
    verdicts = [(a.rule, a.verdict, b.verdict) for a, b in zip(heard.items, mute.items, strict=True)]
    assert [one for one in verdicts if one[2] not in (one[1], Verdict.NOT_APPLICABLE)] == []
    judged = {rule for rule, _, verdict in verdicts if verdict is not Verdict.NOT_APPLICABLE}
    wanted = {"none": set(), "silence": {"midcall-dead-air"}, "interruption": {"no-interrupt"}}[fault]
    assert judged == {"midcall-dead-air", "no-interrupt", "pitch-variation"} - wanted
    assert (mute.total, mute.unscored_reason) == (None, "too_little")
    silenced = item(mute, "ban-i-dont-know")
    assert (silenced.note, silenced.note_en) == ("没有文字，无法判断", "no words, cannot be judged")
    assert heard.total is not None


def test_where_nobody_knows_who_speaks_a_calm_silence_is_no_full_score(handbook: Rulebook) -> None:
    story = Story(handbook, channels=(Channel.MIXED,)).until(500)
    for _ in range(5):
        story.speaks(Channel.MIXED, 6_000, "好的我帮您查一下")
    scored = story.finish()
    assert item(scored, "midcall-dead-air").verdict is Verdict.MET
    assert (scored.assessed, scored.total, scored.unscored_reason) == (10, None, "too_little")
    assert item(scored, "ban-i-dont-know").note == "单声道，分不清谁是坐席"


def test_sound_that_was_lost_is_a_share_and_nothing_in_it_is_met(handbook: Rulebook) -> None:
    story = Story(handbook)
    _call(story, with_words=True)
    lost_ms = story.now
    story.until(lost_ms + 1_000).feed(ChannelLost(story.now, CUSTOMER, lost_ms))
    story.feed(OverlapNoted(story.now, lost_ms + 100, story.now, AGENT))
    story.until(lost_ms + 9_000).feed(ChannelBack(story.now, CUSTOMER, lost_ms, story.now))
    scored = story.until(lost_ms + 30_000).finish()
    assert scored.lost_share == round(9_000 / story.now, 3)
    for rule in ("no-interrupt", "midcall-dead-air", "pitch-variation"):
        told = item(scored, rule)
        assert (told.verdict, told.note) == (Verdict.NOT_APPLICABLE, "声音缺失，无法判断")
    assert item(scored, "ban-i-dont-know").verdict is Verdict.MISSED  # that was heard
    assert scored.unscored_reason == "too_little"


def test_a_little_lost_costs_only_what_happened_in_it(handbook: Rulebook) -> None:
    story = Story(handbook)
    _call(story, with_words=True)
    lost_ms = story.now
    story.until(lost_ms + 1_000).feed(ChannelLost(story.now, CUSTOMER, lost_ms))
    story.feed(OverlapNoted(story.now, lost_ms + 100, story.now, AGENT))
    story.feed(ChannelBack(story.now, CUSTOMER, lost_ms, story.now))
    scored = story.until(60_000).finish()
    assert scored.lost_share == 0.017
    assert item(scored, "no-interrupt").verdict is Verdict.NOT_APPLICABLE
    assert item(scored, "pitch-variation").verdict is Verdict.MET
    assert scored.total is not None


def test_lost_spans_are_counted_once_and_up_to_the_end(handbook: Rulebook) -> None:
    story = Story(handbook)
    story.until(11_000).feed(ChannelLost(story.now, CUSTOMER, 10_000), ChannelLost(story.now, AGENT, 10_000))
    story.until(15_000).feed(ChannelBack(story.now, AGENT, 10_000, 15_000))
    story.until(20_000).feed(ChannelBack(story.now, CUSTOMER, 10_000, 20_000))
    story.until(30_000).feed(OverloadNoted(story.now, 2, 500, 30_000))
    story.until(35_000).feed(OverloadNoted(story.now, 3, 900, 30_000))
    story.until(40_000).feed(OverloadNoted(story.now, 2, 10, 30_000))
    story.until(45_000).feed(ChannelLost(story.now, AGENT, 44_000))
    assert story.until(50_000).finish().lost_share == round((10_000 + 5_000 + 6_000) / 50_000, 3)


# --- what does not count ---------------------------------------------------------------------------------------


def test_a_hint_of_no_use_is_neutral(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").feed(HintDismissed(talk.now, 1, useful=False))
    told = item(talk.finish(), "ban-i-dont-know")
    assert (told.verdict, told.points) == (Verdict.NOT_APPLICABLE, None)


def test_a_hint_merely_dismissed_counts(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").feed(HintDismissed(talk.now, 1))
    assert item(talk.finish(), "ban-i-dont-know").verdict is Verdict.MISSED


def test_the_end_clears_the_hint_before_the_score(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道")
    talk.finish()
    assert isinstance(talk.said[-2], HintCleared)
    assert talk.cleared == [(1, "call_ended")]


def test_short_stalls_of_the_sound_are_told_together(handbook: Rulebook) -> None:
    story = Story(handbook)
    for second in range(1, 11):
        story.until(second * 1_000).feed(GapStarted(story.now, AGENT, story.now - 20))
        story.until(second * 1_000 + 480).feed(GapEnded(story.now, AGENT, second * 1_000 - 20, story.now - 20))
    assert story.until(20_000).finish().lost_share == pytest.approx(0.24, abs=0.01)


@pytest.mark.parametrize(("text", "verdict"), [("", Verdict.NOT_APPLICABLE), ("查到了，您的订单明天到。", Verdict.MET)])
def test_a_wait_that_nobody_came_back_from_is_none_kept(handbook: Rulebook, text: str, verdict: Verdict) -> None:
    call = Call(handbook).until(500)
    call.speaks(AGENT, 3_000, "您好，请问有什么可以帮您").speaks(CUSTOMER, 3_000, "查一下我的订单")
    call.speaks(AGENT, 2_000, "好的，请稍等").until(call.now + 12_000)
    if text:
        call.speaks(AGENT, 3_000, text)
    assert item(call.until(call.now + 3_000).finish(), "hold-just-a-moment-30s").verdict is verdict
