"""What is muted: the words that say something private, with margins."""

from __future__ import annotations

import numpy as np

from pipeline.events.channels import Channel
from pipeline.events.record import Record
from pipeline.events.words import Word, WordsHeard
from pipeline.masking.private import Kind
from pipeline.masking.sound import SpanMs, mute, of_call, spans_ms


def line(text: str, start_ms: int, each_ms: int = 200) -> list[Word]:
    """A word for each character."""
    return [Word(char, start_ms + at * each_ms, start_ms + (at + 1) * each_ms, 0.9) for at, char in enumerate(text)]


def test_words_are_muted_from_first_to_last_with_margins() -> None:
    words = line("我的手机幺三八零零幺三八零零零谢谢", 1_000)
    assert spans_ms([words]) == (SpanMs(1_800 - 300, 4_000 + 300),)
    assert spans_ms([words], margin_ms=0) == (SpanMs(1_800, 4_000),)
    assert spans_ms([words], frozenset({Kind.ADDRESS})) == ()


def test_a_number_told_in_three_turns_is_one_span_with_its_pauses() -> None:
    turns = [
        line("好的", 0),
        line("一三八", 10_000),
        line("零零幺三", 14_000),
        line("八零零零", 19_000),
        line("好", 30_000),
    ]
    assert spans_ms(turns) == (SpanMs(9_700, 20_100),)


def test_spans_that_touch_are_one_and_none_begins_before_the_call() -> None:
    words = [*line("三栋五零二", 100, 100), *line("，", 600, 0), *line("13812345678", 1_000, 100)]
    assert spans_ms([words]) == (SpanMs(0, 2_400),)


def test_a_word_that_holds_more_is_muted_whole() -> None:
    words = [
        Word("电话", 0, 500, 0.9),
        Word("幺三八零零幺三", 500, 2_000, 0.9),
        Word("八零零零谢谢", 2_000, 3_000, 0.9),
    ]
    assert spans_ms([words]) == (SpanMs(200, 3_300),)


def test_an_utterance_of_which_another_reading_tells_more_is_muted_whole() -> None:
    def spans(text: str, other: str) -> tuple[SpanMs, ...]:
        words = tuple(line(text, 1_000))
        heard = WordsHeard(9_000, Channel.CUSTOMER, 1_000, words[-1].end_ms, text, words, 0, text, otherwise=(other,))
        return of_call([Record("c", 1, heard)])

    assert spans("我的电话药散吧灵灵", "我的电话13800138000") == (SpanMs(700, 2_800 + 300),)
    assert spans("我的手机幺三八零零幺三八零零零", "我的手机13800138000") == (SpanMs(1_800 - 300, 4_000 + 300),)
    assert spans("订单四零四二，谢谢", "订单是四零四二谢谢") == ()


def test_nothing_said_is_nothing_muted() -> None:
    assert spans_ms([]) == spans_ms([[]]) == spans_ms([line("你好", 0)]) == ()


def test_only_the_spans_are_silent_and_the_sound_is_a_copy() -> None:
    pcm = np.full((16_000, 2), 7, np.int16)
    muted = mute(pcm, [SpanMs(100, 200), SpanMs(900, 5_000)])
    silent = np.flatnonzero((muted == 0).all(axis=1))
    assert np.array_equal(silent, np.r_[1_600:3_200, 14_400:16_000])
    assert (pcm == 7).all()
    assert (mute(pcm[:, 0], [SpanMs(0, 1_000)], rate_hz=8_000)[:8_000] == 0).all()
