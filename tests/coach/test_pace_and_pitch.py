"""When pace and pitch speak, and when they are silent."""

from __future__ import annotations

import pytest

from pipeline.events.hints import HintDone, HintRaised
from pipeline.events.measures import PaceMeasured, PitchMeasured
from pipeline.events.score import Verdict
from pipeline.events.turns import TurnEnded, TurnStarted
from tests.coach.story import AGENT, Story, item, words


def _pace(
    story: Story, rate: float, articulation: float, seconds: float, basis: str = "words", spoken_ms: int = 20_000
) -> Story:
    begin = story.now
    story.feed(TurnStarted(begin, AGENT, begin))
    for _ in range(int(seconds * 2)):
        story.until(story.now + 500)
        start = max(0, story.now - spoken_ms)
        story.feed(
            PaceMeasured(story.now, AGENT, start, story.now, rate, articulation, 80.0, spoken_ms, spoken_ms, basis)  # type: ignore[arg-type]
        )
    heard = [words(story.now, AGENT, begin, story.now, "这样")] if basis == "words" else []
    story.feed(TurnEnded(story.now, AGENT, begin, story.now), *heard)
    return story


def test_in_a_rush_and_back_in_the_band(talk: Story) -> None:
    _pace(talk, 250, 300, 2)
    assert talk.hints == []
    _pace(talk, 260.5, 345, 2)
    (hint,) = talk.all(HintRaised)
    # The figure of the meter, not the articulation that nobody sees; and where it was found, not the whole window.
    assert (hint.say, hint.why) == ("放慢语速", "近 8 秒 261 字/分，目标 120–180")
    assert [(span.start_ms, span.quote) for span in hint.evidence] == [(8_000, "261 字/分")]
    _pace(talk, 175, 182, 10)
    assert talk.all(HintDone) == []
    _pace(talk, 172, 182, 1)
    (done,) = talk.all(HintDone)
    assert (done.note, done.note_en) == ("261 → 172 字/分", "261 → 172 chars/min")
    assert talk.cleared == [(1, "done")]
    assert item(talk.finish(), "speech-rate-150").verdict is Verdict.MISSED


def test_words_that_come_in_the_next_turn_point_at_theirs(talk: Story) -> None:
    talk.feed(TurnStarted(6_000, AGENT, 6_000))
    talk.until(15_300).feed(TurnEnded(talk.now, AGENT, 6_000, 15_000), TurnStarted(talk.now, AGENT, 15_200))
    talk.until(15_600).feed(PaceMeasured(talk.now, AGENT, 6_000, 15_000, 300, 345, 45, 9_000, 8_000, "words"))
    (hint,) = talk.all(HintRaised)
    assert [(span.start_ms, span.end_ms) for span in hint.evidence] == [(6_000, 15_000)]


@pytest.mark.parametrize(
    ("rate", "articulation"),
    [(300, 329), (250, 320), (181, 200)],  # a little less haste; no rush, but far from the band; all but there
)
def test_a_little_slower_is_not_done(talk: Story, rate: float, articulation: float) -> None:
    _pace(talk, 310, 345, 2)
    _pace(talk, rate, articulation, 60)
    assert talk.all(HintDone) == []
    assert talk.cleared == [(1, "expired")]


def test_a_relapse_begins_the_ten_seconds_anew(talk: Story) -> None:
    _pace(talk, 260, 345, 2)
    _pace(_pace(_pace(talk, 175, 200, 9), 260, 300, 1), 175, 200, 9)
    assert talk.all(HintDone) == []
    _pace(talk, 175, 200, 2)
    assert len(talk.all(HintDone)) == 1


def test_back_at_the_own_usual_pace_is_done_too(talk: Story) -> None:
    _words_at(talk, 290, baseline=230)
    assert talk.hints == ["speech-rate-150"]
    _words_at(talk, 260, baseline=230, until_ms=42_000)
    assert [done.note for done in talk.all(HintDone)] == ["290 → 260 字/分"]


def test_fast_words_with_pauses_in_the_band_are_no_haste(talk: Story) -> None:
    _pace(talk, 175, 360, 30)
    assert talk.hints == []


def test_acoustic_estimates_have_more_room(talk: Story) -> None:
    _pace(talk, 260, 370, 3, basis="acoustic")
    assert talk.hints == []
    _pace(talk, 260, 390, 1, basis="acoustic")
    assert talk.hints == ["speech-rate-150"]


def test_estimates_do_not_undo_what_words_have_shown(talk: Story) -> None:
    _pace(talk, 260, 345, 1)
    _pace(talk, 200, 340, 4, basis="acoustic")
    assert talk.all(HintDone) == []
    assert talk.cleared == []


def test_words_may_refute_an_estimate(talk: Story) -> None:
    _pace(talk, 260, 390, 1, basis="acoustic")
    _pace(talk, 170, 260, 20)
    assert talk.cleared == [(1, "cause_gone")]
    assert talk.all(HintDone) == []
    assert item(talk.finish(), "speech-rate-150").verdict is Verdict.MET


def test_an_estimate_raises_a_hint_and_scores_nothing(talk: Story) -> None:
    _pace(talk, 260, 390, 30, basis="acoustic")
    (hint, *_) = talk.all(HintRaised)
    assert hint.why == "近 6 秒 约 260 字/分，目标 120–180"
    assert hint.why_en == "Last 6 s: about 260 characters a minute, band 120–180"
    assert item(talk.finish(), "speech-rate-150").verdict is Verdict.NOT_APPLICABLE


def test_little_speech_says_nothing(talk: Story) -> None:
    _pace(talk, 400, 500, 3, spoken_ms=2_500)
    assert talk.hints == []
    assert item(talk.finish(), "speech-rate-150").verdict is Verdict.NOT_APPLICABLE


def test_outside_the_band_needs_a_baseline_and_twenty_seconds(talk: Story) -> None:
    _pace(talk, 230, 260, 90)  # quick, but the agent's own pace
    assert talk.hints == []
    _pace(talk, 170, 200, 1)
    _pace(talk, 280, 310, 19)
    assert talk.hints == []
    _pace(talk, 280, 310, 2)
    assert talk.hints == ["speech-rate-150"]


def test_slow_speech_has_its_own_words(talk: Story) -> None:
    _pace(talk, 160, 200, 90)
    _pace(talk, 100, 150, 22)
    assert [hint.say for hint in talk.all(HintRaised)] == ["语速偏慢，可以快一点"]


def test_pace_cools_down_two_minutes(talk: Story) -> None:
    _pace(talk, 260, 345, 119)
    assert len(talk.hints) == 1
    _pace(talk, 260, 345, 3)
    assert len(talk.hints) == 2


def _pitch(story: Story, sd: float, count: int, baseline: float | None = 3.0, voiced_ms: int = 6_000) -> Story:
    begin = story.now
    story.feed(TurnStarted(begin, AGENT, begin))
    for _ in range(count):
        story.until(story.now + 500)
        start = max(0, story.now - 20_000)
        story.feed(PitchMeasured(story.now, AGENT, start, story.now, 180, sd, 5, voiced_ms, baseline, 60_000))
    story.feed(TurnEnded(story.now, AGENT, begin, story.now))
    return story


def test_monotone_against_the_own_baseline(talk: Story) -> None:
    _pitch(talk, 2.0, 4)
    _pitch(talk, 1.7, 1)
    assert talk.hints == []
    _pitch(talk, 1.7, 1)
    (hint,) = talk.all(HintRaised)
    assert hint.say == "关键词说重一点"
    assert [(span.start_ms, span.end_ms) for span in hint.evidence] == [(8_500, 9_000)]  # its turn, not the window
    _pitch(talk, 2.5, 20)
    assert talk.all(HintDone) == []
    _pitch(talk, 2.5, 1)
    assert [done.note for done in talk.all(HintDone)] == ["1.7 → 2.5 半音"]


def test_a_little_livelier_is_not_done(talk: Story) -> None:
    _pitch(talk, 1.7, 2)
    _pitch(talk, 1.9, 40)  # over the limit that raised it, and flat still
    assert talk.all(HintDone) == []


def test_without_a_baseline_only_the_floor_counts(talk: Story) -> None:
    _pitch(talk, 1.5, 4, baseline=None)
    assert talk.hints == []
    _pitch(talk, 1.1, 2, baseline=None)
    assert talk.hints == ["pitch-variation"]


def test_little_voice_is_never_monotone(talk: Story) -> None:
    _pitch(talk, 0.5, 6, voiced_ms=3_900)
    assert talk.hints == []


def _words_at(story: Story, rate: float, baseline: float | None, until_ms: int = 30_000) -> Story:
    """Speech at a rate outside the band, from the call's first second on."""
    story.feed(TurnStarted(0, AGENT, 0))
    while story.now < until_ms:
        story.until(story.now + 500)
        start = max(0, story.now - 20_000)
        pace = PaceMeasured(
            story.now, AGENT, start, story.now, rate, 260, 80.0, 20_000, 20_000, "words", baseline, 600_000
        )
        story.feed(pace)
    return story


def test_pace_far_from_what_was_usual_in_earlier_calls(talk: Story) -> None:
    _words_at(talk, 236, baseline=200)
    assert talk.hints == ["speech-rate-150"]


def test_a_fast_talker_at_the_usual_pace_hears_nothing(talk: Story) -> None:
    _words_at(talk, 236, baseline=230)
    assert talk.hints == []


def test_the_same_pace_in_a_first_call_is_its_own_measure(talk: Story) -> None:
    _words_at(talk, 236, baseline=None)
    assert talk.hints == []
