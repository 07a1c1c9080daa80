"""Names are corrected to the glossary, and nothing else becomes a name."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipeline.asr.text.glossary import Glossary, prompt_of
from pipeline.events.words import Word

NAMES = ("林晓雯", "锦和物业", "張麗", "安心装修套餐")


def heard(text: str, confidence: float = 0.95) -> list[Word]:
    return [Word(c, i * 200, i * 200 + 200, confidence) for i, c in enumerate(text)]


def corrected(text: str, confidence: float = 0.95) -> str:
    return "".join(w.text for w in Glossary(NAMES).correct(heard(text, confidence)))


@pytest.mark.parametrize(
    ("text", "confidence", "wanted"),
    [
        ("我是锦禾物业的林小雯", 0.95, "我是锦和物业的林晓雯"),  # the same sounds and tones
        ("我是林小问。", 0.95, "我是林小问。"),  # another tone at high confidence
        ("我是林小问。", 0.7, "我是林晓雯。"),
        ("章丽在吗", 0.95, "章丽在吗"),  # two characters match only at low confidence
        ("章丽在吗", 0.5, "张丽在吗"),
        ("林小，雯您好", 0.5, "林小，雯您好"),  # never across punctuation
        ("安新装修套餐", 0.95, "安心装修套餐"),
    ],
)
def test_names_are_known_by_their_sound(text: str, confidence: float, wanted: str) -> None:
    assert corrected(text, confidence) == wanted


def test_a_name_never_becomes_another_name() -> None:
    glossary = Glossary(("林晓雯", "林小雯"))
    for name in ("林晓雯", "林小雯"):
        assert "".join(w.text for w in glossary.correct(heard(name, 0.3))) == name


def test_words_of_several_characters_keep_their_borders_and_times() -> None:
    words = [Word("我是", 0, 300, 0.9), Word("锦禾", 300, 700, 0.9), Word("物业", 700, 900, 0.9)]
    assert Glossary(NAMES).correct(words) == (words[0], Word("锦和", 300, 700, 0.9), words[2])


@given(st.text(alphabet="林晓小雯问锦和禾物业张章丽，。a1", max_size=20), st.floats(0, 1))
def test_length_and_punctuation_never_change_and_correction_is_idempotent(text: str, confidence: float) -> None:
    once = corrected(text, confidence)
    assert [c.isalnum() for c in once] == [c.isalnum() for c in text]
    assert corrected(once, confidence) == once


def test_an_empty_glossary_changes_nothing() -> None:
    words = heard("林小问")
    assert Glossary(()).correct(words) == tuple(words)


def test_a_prompt_takes_the_first_names_that_fit() -> None:
    assert prompt_of(("锦和物业", "林晓雯", "锦和物业", "", "安心装修套餐"), longest=12) == ("锦和物业", "林晓雯")
