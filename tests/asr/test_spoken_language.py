"""Which language a channel speaks: numbers in, a decision out. The probabilities are of the kind that Whisper tells."""

from __future__ import annotations

import pytest

from pipeline.asr.session.spoken_language import SpokenLanguage

Heard = tuple[float, dict[str, float]]  # seconds, and how probable each language is

MANDARIN = {"zh": 0.98, "en": 0.01}
ENGLISH = {"en": 0.97, "cy": 0.01, "zh": 0.002}
MANDARIN_IN_NOISE = {"ja": 0.48, "nn": 0.26, "en": 0.09, "zh": 0.006}  # a crowd, 2.8 s of it
LAUGHTER = {"zh": 0.38, "en": 0.26, "ja": 0.17}
OK = {"en": 0.92, "zh": 0.03}


def told(*utterances: Heard) -> list[tuple[int, str, int]]:
    """Number of the utterance that decided, the language, and from which utterance on it was spoken."""
    channel, found = SpokenLanguage(), []
    starts: list[int] = []
    for number, (seconds, languages) in enumerate(utterances):
        starts.append(10_000 * number)
        since_ms = channel.feed(starts[-1], starts[-1] + round(seconds * 1000), languages)
        if since_ms is not None:
            found.append((number, channel.now, starts.index(since_ms)))
    return found


@pytest.mark.parametrize(
    "utterances",
    [
        [(5.0, MANDARIN)] * 3,
        [(2.8, MANDARIN_IN_NOISE)] * 20,
        [(1.0, OK), (0.8, OK), (3.0, MANDARIN), (1.0, OK), (0.9, OK)],
        [(0.5, ENGLISH)] * 50,
        [(8.0, {})] * 5,
        [(4.0, {"yue": 0.45, "zh": 0.5})] * 5,
    ],
    ids=["Mandarin", "noise", "OK", "words of half a second", "a model that cannot tell", "an accent"],
)
def test_the_coached_language_is_taken_to_be_spoken(utterances: list[Heard]) -> None:
    assert told(*utterances) == []


def test_one_long_sentence_is_enough() -> None:
    assert told((3.0, ENGLISH)) == [(0, "en", 0)]


def test_short_ones_add_up_and_count_from_the_first() -> None:
    assert told((0.6, MANDARIN), (1.2, ENGLISH), (1.3, LAUGHTER), (1.4, ENGLISH), (1.5, ENGLISH)) == [(4, "en", 1)]


@pytest.mark.parametrize("language", ["yue", "ja", "de"])
def test_any_language_is_told_as_what_it_is(language: str) -> None:
    assert told((3.0, {language: 0.9, "zh": 0.05})) == [(0, language, 0)]


def test_a_sentence_of_mandarin_is_the_way_back() -> None:
    assert told((6.0, ENGLISH), (6.0, ENGLISH), (1.4, MANDARIN)) == [(0, "en", 0), (2, "zh", 2)]


def test_a_second_language_is_told_too() -> None:
    assert told((6.0, ENGLISH), (3.0, {"ja": 0.99})) == [(0, "en", 0), (1, "ja", 1)]


def test_noise_in_another_language_is_no_way_back() -> None:
    assert told((6.0, ENGLISH), *[(2.0, MANDARIN_IN_NOISE)] * 10, *[(1.3, LAUGHTER)] * 10) == [(0, "en", 0)]
