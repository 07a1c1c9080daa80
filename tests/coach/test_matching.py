"""Phrases by pattern and by sound, their place in time, and all examples of the shipped rules."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipeline.coach.conditions.phrase_said import PhraseSaid
from pipeline.coach.matching import Match, Phrases, SpokenText
from pipeline.coach.rulebook.examples import is_heard, run_examples
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel
from pipeline.events.words import Word
from pipeline.han import one_form


def test_shipped_examples_hold(handbook: Rulebook) -> None:
    assert run_examples(handbook) == []
    assert all(rule.examples.hits for rule in handbook.rules if isinstance(rule.when, PhraseSaid))


def test_no_ban_fires_on_another_rules_examples(handbook: Rulebook) -> None:
    bans = [rule for rule in handbook.rules if isinstance(rule.when, PhraseSaid)]
    for ban in bans:
        for other in handbook.rules:
            if other is not ban:
                texts = (*other.examples.hits, *other.examples.misses)
                assert [t for t in texts if is_heard(ban, t)] == [], ban.id


def test_hints_of_bans_are_not_banned(handbook: Rulebook) -> None:
    bans = [rule.when.listen() for rule in handbook.rules if isinstance(rule.when, PhraseSaid)]
    for rule in handbook.rules:
        assert not any(ban.find(SpokenText(rule.say)) for ban in bans), rule.say


def test_homophones_match_by_sound() -> None:
    listen = Phrases(r"是(我们|公司|我们公司)的?规定", ["这是我们公司的规定"])
    assert listen.find(SpokenText("对不起，这是我们公司的归定。")) == Match(3, 12, by_sound=True)


def test_a_range_of_characters_stays_what_it_is() -> None:
    """龥 is 吁 in simplified Han, and a range up to it would be nearly empty."""
    assert Phrases("[一-龥]辦").find(SpokenText("看著办")) == Match(1, 3)


def test_sound_keeps_the_exceptions_of_the_pattern() -> None:
    listen = Phrases(r"我不知道(?!您)", ["我不知道"])
    assert listen.find(SpokenText("我不知道"))
    assert listen.find(SpokenText("我不只到")) == Match(0, 4, by_sound=True)
    assert listen.find(SpokenText("我不知道您方便吗")) is None
    assert listen.find(SpokenText("我不只道您方便吗")) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我真的不知道", True),
        ("问我，不知道的都查得到", False),  # two clauses
        ("价格是3.5元我不知道", True),  # a point between digits is no border
    ],
)
def test_nothing_is_found_across_a_border(text: str, found: bool) -> None:
    assert bool(Phrases("我.{0,2}不知道").find(SpokenText(text))) == found


def test_the_ends_of_a_pattern_are_those_of_a_clause() -> None:
    listen = Phrases("^不清楚$")
    assert listen.find(SpokenText("嗯，不清楚。您问别人")) == Match(1, 4)
    assert listen.find(SpokenText("哪里不清楚，您问我")) is None


def test_a_phrase_with_a_border_inside_is_found_across_one() -> None:
    listen = Phrases(phrases=["你的事，你自己做决定"])
    assert listen.find(SpokenText("这是你的事，你自己做决定")) == Match(2, 11)
    assert listen.find(SpokenText("这是你的是你自己做决定")) == Match(2, 11, by_sound=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("您弄错了", True),
        ("如果您弄错了", False),
        ("如果这样，您弄错了", True),  # said in another clause
        ("如果一二三四五六七八九您弄错了", True),  # too far before it
        ("您弄错了也没关系", False),
        ("您弄错了，没关系", True),
        ("如果您弄错了，那您弄错了", True),  # the second is not spared
    ],
)
def test_what_stands_beside_a_match_may_spare_it(text: str, found: bool) -> None:
    listen = Phrases("您弄错了", unless=("如果", "没关系"))
    assert bool(listen.find(SpokenText(text))) == found


def test_one_form_for_what_means_the_same() -> None:
    assert Phrases("您弄错").find(SpokenText("妳弄错了"))
    assert Phrases(phrases=["你弄错了吧"]).find(SpokenText("您弄错了吧")) == Match(0, 5)


@pytest.mark.parametrize("text", ["这四我们公司的规定", "这是我蒙公司的规顶", "这是我们公斯的规订"])
def test_what_accents_confuse_sounds_the_same(text: str) -> None:
    assert Phrases(phrases=["这是我们公司的规定"]).find(SpokenText(text)) == Match(0, 9, by_sound=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("不对先生迎记错日期了", True), ("引弄错了屋业费是按季度交的", True),
        ("欢迎您来电", False), ("请按照指引操作，有不清楚的再打给我", False),
    ],
)  # fmt: skip
def test_the_customer_is_addressed_also_where_the_recogniser_lost_the_first_sound(text: str, found: bool) -> None:
    you_are_wrong = Phrases("[您你].{0,2}(弄|记)错")
    assert (you_are_wrong.find(SpokenText(text)) is not None) == found


def test_the_search_can_begin_later() -> None:
    assert Phrases("好").find(SpokenText("好，好"), after=1) == Match(1, 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我们公司概不付责", Match(0, 8, by_sound=True)),
        ("我门公司盖不负责", Match(0, 8, by_sound=True)),  # two slips in eight characters
        ("沃门公司盖不付则", None),  # four
        ("我们负责到底", None),
    ],
)
def test_a_pattern_is_heard_by_sound_with_few_slips(text: str, found: Match | None) -> None:
    assert Phrases("我们(公司)?[可概]?不负责").find(SpokenText(text)) == found


def test_exceptions_hold_for_what_was_put_right() -> None:
    listen = Phrases("我们不负责", unless=(None, "的同事"))
    assert listen.find(SpokenText("我们部负责安装")) == Match(0, 5, by_sound=True)
    assert listen.find(SpokenText("我们部负责的同事")) is None


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
def test_any_text_has_as_many_sounds_as_characters(text: str) -> None:
    spoken = SpokenText(text)
    assert "".join(clause.text for clause in spoken.clauses) == one_form(spoken.chars)
    assert all(len(clause.sound) == len(clause.text) for clause in spoken.clauses)
