"""Characters as read aloud in Mandarin: a table of cases, and properties of any text."""

from __future__ import annotations

import csv
import re
import string
import time
import unicodedata
from itertools import pairwise
from pathlib import Path

import cn2an
import pytest
from hypothesis import example, given, settings, strategies as st

from pipeline.asr.text.normalisation import count_by_word, count_characters, read_aloud
from pipeline.han import simplified

with (Path(__file__).parent / "read_aloud.tsv").open(encoding="utf-8") as file:
    CASES = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
SENTENCES = st.lists(st.sampled_from([case["text"] for case in CASES]) | st.text(HAN, max_size=8), max_size=4)
# Without signs that are read aloud, and without those inside numbers, dates and addresses: , . : / - ~ _
MARKS = st.sampled_from(
    ["，", "。", "！", "？", "；", "、", "…", "“", "”", "《", "》", "!", "?", ";", " ", "\n", "\u3000"]
)


def one_spelling(reading: str) -> str:
    """Speakers say 幺 or 一, 两 or 二; how syllables are divided in writing says nothing."""
    return reading.replace("幺", "一").replace("两", "二").replace("·", "").replace(" ", "").lower()


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_table(case: dict[str, str]) -> None:
    """Where speakers read a text in several ways, any of them is right."""
    assert count_characters(case["text"]) in map(int, case["characters"].split("|"))
    assert one_spelling(read_aloud(case["text"])) in map(one_spelling, case["reading"].split("|"))


def test_table_counts_what_it_reads() -> None:
    """The counts of the table against its readings, counted independently: Han, and runs of Latin letters."""
    for case in CASES:
        counts = [len(re.findall(r"[^\x00-\xff]|[A-Za-z]+", reading)) for reading in case["reading"].split("|")]
        assert list(dict.fromkeys(counts)) == [int(count) for count in case["characters"].split("|")], case["text"]


@given(st.from_regex(r"(?:1[3-9]|400[68]|800)[0-9]{6,9}", fullmatch=True), st.lists(st.integers(3, 10), max_size=4))
def test_a_number_known_by_its_beginning_is_read_digit_by_digit_however_it_is_grouped(
    digits: str, cuts: list[int]
) -> None:
    digits = (digits * 2)[: 11 if digits[0] == "1" else 10]
    edges = [0, *sorted({cut for cut in cuts if cut < len(digits)}), len(digits)]
    groups = [digits[start:end] for start, end in pairwise(edges)]
    for between in (" ", "-"):
        text = f"我的电话是{between.join(groups)}，对吗"
        assert count_characters(text) == 7 + len(digits)


@given(st.text(HAN))
def test_han_alone_counts_its_characters(text: str) -> None:
    assert count_characters(text) == len(text)
    assert read_aloud(text) == simplified(text)


@given(SENTENCES, st.lists(MARKS, min_size=1, max_size=3))
def test_marks_between_sentences_are_not_counted(sentences: list[str], marks: list[str]) -> None:
    """They separate sentences as a full stop does; any number of them, anywhere between, changes nothing."""
    parted = "。".join(sentences)
    assert count_characters(
        "".join(marks) + parted.replace("。", "。" + "".join(marks)) + marks[0]
    ) == count_characters(parted)


@given(st.text(max_size=20) | SENTENCES.map("".join), st.text(max_size=20) | SENTENCES.map("".join))
def test_a_full_stop_between_two_texts_adds_them(first: str, second: str) -> None:
    assert count_characters(f"{first}。{second}") == count_characters(first) + count_characters(second)


@given(st.text() | SENTENCES.map("".join))
@example("①㎏½℃")
def test_normal_forms_and_scripts_count_the_same(text: str) -> None:
    assert count_characters(unicodedata.normalize("NFKC", text)) == count_characters(text)
    assert count_characters(simplified(text)) == count_characters(text)


@given(st.integers(0, 10**12))
def test_a_grouped_number_counts_as_cn2an_reads_it(number: int) -> None:
    read = str(cn2an.an2cn(number))
    expected = len(read) - read.startswith("一十")  # 12 is 十二
    if number not in (110, 119, 315, 618, 985, 996):  # these are names: police, universities
        assert count_characters(f"{number:,}") == expected
    assert count_characters(f"{number:,}元") == expected + 1


@given(st.from_regex(r"0[0-9]{1,40}", fullmatch=True))
def test_digits_that_begin_with_nought_are_read_one_by_one(digits: str) -> None:
    assert count_characters(digits) == len(digits)


@given(st.text() | st.text("0123456789.,:/-~%+$¥@AaXx 年月元号码验证", max_size=30))
@example("٣٤")  # digits of another script
@example("9" * 40)
@example("0元")
@example("-")
def test_any_text_is_read_and_never_below_nought(text: str) -> None:
    assert 0 <= count_characters(text) <= 6 * len(unicodedata.normalize("NFKC", text))
    assert not set(read_aloud(text)) & set(string.digits + string.punctuation)


@given(st.lists(st.text(max_size=4) | st.sampled_from([*"0123456789", "元", "年", "验证码", "2026", " hello", "."])))
def test_words_share_what_the_whole_counts(words: list[str]) -> None:
    normal = [simplified(unicodedata.normalize("NFKC", word)) for word in words]
    counts = count_by_word(words)
    assert len(counts) == len(words)
    assert sum(counts) == pytest.approx(sum(count_by_word(["".join(normal)])))


def test_a_number_in_pieces_is_read_as_one() -> None:
    """As Whisper's tokens divide it."""
    assert sum(count_by_word(["1", "50", "元"])) == pytest.approx(5)  # 一百五十元, not 一五十元
    assert sum(count_by_word(["20", "26", "年"])) == pytest.approx(5)
    assert count_by_word(["您", "好", "，"]) == [1, 1, 0]


@settings(deadline=None)
@given(
    st.sampled_from(
        [
            *("1", "1,", "1.", "1-", "a.", "a@", "1:", "验证码", "电话 ", "A1-", "¥1", "-", "1/", "+86 ", "aeio"),
            *("1 ", "12 ", "100 ", "*", "1*", "01-", "400 ", "工号1、", "号", "5号1 ", "沪A", "1 -"),
        ]
    )
)
def test_time_is_linear(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    count_characters(piece)  # loads the converter before the timing
    began = time.process_time()
    count_characters(text)
    assert time.process_time() - began < 0.5
