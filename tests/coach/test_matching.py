"""Phrases by pattern and by sound, their place in time, and all examples of the shipped rules."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipeline.coach.conditions.phrase_said import PhraseSaid
from pipeline.coach.matching import Match, Phrases, SpokenText
from pipeline.coach.rulebook.examples import run_examples
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel
from pipeline.events.words import Word


def test_shipped_examples_hold(handbook: Rulebook) -> None:
    assert run_examples(handbook) == []
    assert all(rule.examples.hits for rule in handbook.rules if isinstance(rule.when, PhraseSaid))


def test_no_ban_fires_on_another_rules_examples(handbook: Rulebook) -> None:
    bans = [rule for rule in handbook.rules if isinstance(rule.when, PhraseSaid)]
    for ban in bans:
        listen = ban.when.listen()  # type: ignore[union-attr]
        for other in handbook.rules:
            if other is not ban:
                texts = (*other.examples.hits, *other.examples.misses)
                assert [t for t in texts if listen.find(SpokenText(t))] == [], ban.id


def test_hints_of_bans_are_not_banned(handbook: Rulebook) -> None:
    bans = [rule.when.listen() for rule in handbook.rules if isinstance(rule.when, PhraseSaid)]
    for rule in handbook.rules:
        assert not any(ban.find(SpokenText(rule.say)) for ban in bans), rule.say


def test_homophones_match_by_sound() -> None:
    listen = Phrases(r"是(我们|公司|我们公司)的?规定", ["这是我们公司的规定"])
    assert listen.find(SpokenText("对不起，这是我们公司的归定。")) == Match(3, 12, by_sound=True)


def test_sound_keeps_the_exceptions_of_the_pattern() -> None:
    listen = Phrases(r"我不知道(?!您)", ["我不知道"])
    assert listen.find(SpokenText("我不知道"))
    assert listen.find(SpokenText("我不只到")) == Match(0, 4, by_sound=True)
    assert listen.find(SpokenText("我不知道您方便吗")) is None
    assert listen.find(SpokenText("我不只道您方便吗")) is None


def test_short_phrases_never_match_by_sound() -> None:
    assert Phrases(phrases=["你应该"]).find(SpokenText("你硬盖")) is None


def test_a_match_has_the_time_of_its_words() -> None:
    words = [Word("好的，", 0, 400, 1), Word("我", 500, 600, 1), Word("不", 600, 700, 1), Word("知道。", 700, 1_000, 1)]
    spoken = SpokenText("好的，我不知道。", words, 0, 1_000)
    match = Phrases("我不知道").find(spoken)
    assert match
    span = spoken.span(Channel.AGENT, match)
    assert (span.start_ms, span.end_ms, span.quote) == (500, 1_000, "我不知道")


def test_without_word_times_the_share_of_the_text_serves() -> None:
    span = SpokenText("好的我不知道", (), 1_000, 2_200).span(Channel.AGENT, Match(2, 6))
    assert (span.start_ms, span.end_ms) == (1_400, 2_200)


@pytest.mark.parametrize("text", ["", "。。。", "OK，3 点 A-B", "😀我不知道"])
def test_odd_texts(text: str) -> None:
    assert (Phrases("我不知道", ["我不知道"]).find(SpokenText(text)) is not None) == ("我不知道" in text)


@given(st.text(max_size=60))
def test_any_text_has_as_many_syllables_as_characters(text: str) -> None:
    spoken = SpokenText(text)
    assert spoken.sound.count(" ") == len(spoken.chars) + 1 or not spoken.chars
