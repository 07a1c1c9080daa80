"""Captions of an open turn: the agreed text stays, nothing is repeated or lost."""

from __future__ import annotations

from hypothesis import given, strategies as st

from pipeline.asr.session.agreement import Agreement, Guess

HEARD = st.lists(st.text(alphabet="您好请问帮ab1，。？ ", max_size=12), max_size=8)


def after(*guesses: str) -> Guess:
    agreement = Agreement()
    return [agreement.feed(text) for text in guesses][-1]


@given(HEARD)
def test_agreed_text_is_only_ever_extended(guesses: list[str]) -> None:
    agreement, settled = Agreement(), ""
    for text in guesses:
        guess = agreement.feed(text)
        assert guess.text.startswith(settled)
        assert guess.agreed >= len(settled)
        settled = guess.text[: guess.agreed]


@given(st.text(alphabet="您好请问帮ab1，。？ ", min_size=1))
def test_the_same_guess_twice_is_agreed_without_its_last_punctuation(text: str) -> None:
    spoken = text.rstrip("，。？ ")
    assert after(text, text) == Guess(spoken, len(spoken))


@given(HEARD, st.text(alphabet="您好请问帮", min_size=1, max_size=20))
def test_a_guess_that_goes_on_from_what_is_agreed_is_shown_whole(earlier: list[str], more: str) -> None:
    agreement, guess = Agreement(), Guess("", 0)
    for text in earlier:
        guess = agreement.feed(text)
    agreed = guess.text[: guess.agreed]
    assert agreement.feed(agreed + more).text == agreed + more


def test_a_first_guess_is_only_a_guess() -> None:
    assert after("您好") == Guess("您好", 0)


def test_two_guesses_agree_as_far_as_they_are_the_same() -> None:
    assert after("您好，请", "您好，请问有") == Guess("您好，请问有", 4)
    assert after("您好，请文", "您好，请问有") == Guess("您好，请问有", 4)


def test_a_comma_that_becomes_a_full_stop_does_not_block_agreement() -> None:
    assert after("您好。", "您好，请问", "您好，请问有") == Guess("您好，请问有", 5)


def test_an_error_in_the_agreed_text_repeats_and_loses_nothing() -> None:
    agreed = ("林晓雯您好", "林晓雯您好")
    assert after(*agreed, "林小问您好请问") == Guess("林晓雯您好请问", 5)
    assert after(*agreed, "林晓您好请问") == Guess("林晓雯您好请问", 5)
    assert after(*agreed, "林林晓雯您好请问") == Guess("林晓雯您好请问", 5)


def test_an_empty_guess_changes_nothing() -> None:
    assert after("您好，请", "您好，请问", "") == Guess("您好，请问", 5)
