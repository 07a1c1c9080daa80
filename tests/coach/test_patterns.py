"""No pattern of a rulebook can hold up a call: a search ends in time, and slow ones are found beforehand."""

from __future__ import annotations

import time
import warnings

import pytest
import regex

from pipeline.coach.conditions.phrase_said import PhraseSaid
from pipeline.coach.matching import Phrases, SpokenText
from pipeline.coach.patterns import LIMIT_S, Pattern, TooSlow, by_sound, check, slow_text
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.rulebook.slowness import slow_patterns
from pipeline.coach.sounds import sound_of
from pipeline.events.faults import StageFailed
from pipeline.events.hints import HintRaised
from pipeline.events.score import Verdict
from tests.coach.story import AGENT, Story, item

HOSTILE = "(我|我){20}们"
"""Tries a million ways for every place of a run of 我."""


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(" * 1_990, "a regular expression"),
        ("a" * 2_001, "at most 2000 characters"),
        ("[[a]", "Possible nested set"),
        ("x[a--b]", "Possible set operation at position 1"),
        ("[a&&b]", "Possible set operation"),
        ("我不(知道", "missing \\)"),
        ("a**", "multiple repeat"),
        ("(?R)?不", "does not call itself"),
        ("(不(?1)?){0,20}z", "does not call itself"),
        ("(?P<no>不(?&no)?)好", "does not call itself"),
    ],
)
def test_what_is_no_pattern(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check(pattern)


@pytest.mark.parametrize("pattern", [r"\[[a]", "[^[a]", "[--a]", r"[a\-\-b]", "[]a]", "a--b", "[一-九]点"])
def test_sets_that_are_clear(pattern: str) -> None:
    check(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(.{0,40}){0,20}x",
        "((我|你|他){0,9}){0,9}不",
        "(a|aa){0,60}b",
        "(我|我我){0,40}(我|我我){0,40}(我|我我){0,40}x",
        "([我们您好]{1,9}[的了]?){0,25}x",
        HOSTILE,
        "(我们?)+(.{0,8})*负责哦",
        "(a+)+b",
        "(a|a){20}b",
        "(.{0,8}a){0,8}b",
        "(x+x+)+y",
        "我.*我.*我.*我.*好",
    ],
)
def test_slow_patterns_are_found(pattern: str) -> None:
    text = slow_text(pattern)
    assert text
    assert slow_text("我们(公司)?不负责") is None


def test_a_search_that_takes_too_long_is_given_up() -> None:
    text = slow_text(HOSTILE)
    assert text
    began = time.process_time()
    with pytest.raises(TooSlow):
        Pattern(HOSTILE).find_all(text)
    assert time.process_time() - began < 20 * LIMIT_S


def test_a_search_without_end_in_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Greedy:
        def finditer(self, text: str, timeout: float) -> list[object]:
            raise MemoryError

    monkeypatch.setattr("pipeline.coach.patterns._compiled", lambda written: Greedy())
    with pytest.raises(TooSlow):
        Pattern("我们").find_all("我们")


def test_a_slow_pattern_is_off_from_then_on() -> None:
    text = slow_text(HOSTILE)
    assert text
    listen = Phrases(HOSTILE, others=[Phrases("好的")])
    spoken = SpokenText(f"{text}，好的")
    assert listen.find(spoken)  # the other wording goes on
    assert spoken.too_slow == [HOSTILE]
    later = SpokenText("我" * 20 + "们")
    assert listen.find(later) is None
    assert later.too_slow == []


def test_no_shipped_pattern_is_slow(handbook: Rulebook) -> None:
    assert slow_patterns(handbook) == []


def test_by_sound_a_pattern_is_the_same_pattern() -> None:
    pattern = by_sound("(我|你)们?不[清青]楚(?!了)")
    assert pattern
    assert pattern.find_all(sound_of("我门不轻楚")) == [(0, 5)]
    assert by_sound("[一-九]点") is None  # a range of characters is none of sounds


def test_exceptions_hold_for_the_text_put_right() -> None:
    """先 sounds like 享, so an exception searched by sound would spare 你应改先看."""
    should = Phrases("你们?应该(?!享受|(?<!不)能)看?先?")
    assert should.find(SpokenText("你应改先看说明书")) is not None
    assert should.find(SpokenText("你应改享受优惠")) is None
    assert should.find(SpokenText("你应改能看到")) is None


def test_other_threads_keep_their_warnings() -> None:
    """Filters of warnings are the process's: while a rulebook is read, none of them may change."""
    before = list(warnings.filters)
    seen: list[bool] = []
    with pytest.MonkeyPatch.context() as patch:
        compiled = regex.compile
        patch.setattr(
            regex, "compile", lambda *given: seen.append(list(warnings.filters) == before) or compiled(*given)
        )
        check("没人读过的(词|句){0,3}")
    assert seen
    assert all(seen)


def test_a_call_says_whose_pattern_is_off(handbook: Rulebook) -> None:
    rule = handbook.rule("ban-i-dont-know")
    slow = rule.model_copy(update={"when": PhraseSaid(kind="phrase_said", pattern=HOSTILE)})
    story = Story(handbook.model_copy(update={"rules": (slow, handbook.rule("ban-bu-qingchu"))}))
    story.speaks(AGENT, 2_000, "我" * 60 + "，这个我不清楚").speaks(AGENT, 2_000, "我" * 60)
    faults = [event for event in story.said if isinstance(event, StageFailed)]
    assert [(fault.stage, fault.cause) for fault in faults] == [("rule", "slow")]
    assert faults[0].reason.startswith(f"{rule.title}: ")
    assert [hint.rule for hint in story.said if isinstance(hint, HintRaised)] == ["ban-bu-qingchu"]
    told = item(story.until(60_000).finish(), rule.id)
    assert (told.verdict, told.note) == (Verdict.NOT_APPLICABLE, "句式太慢，本次通话停用")
