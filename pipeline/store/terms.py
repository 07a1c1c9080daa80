"""What a text is found by: its Han alone and in pairs, how these sound, and its words in Latin letters or digits.

A pair (bigram) of Han is what Chinese is searched by without cutting it into words, which always cuts some wrongly:
Nie et al., On the use of words and n-grams for Chinese information retrieval, 2000. Sounds are pinyin without tones.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT

from pipeline.han import one_form

LONGEST_QUERY = 100  # characters
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_IS_HAN = re.compile(f"[{_HAN}]")
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_LATIN = re.compile(r"[a-z]+")
_SOUND = "."  # begins every term that is a sound, so that `he` is not taken for 和


@dataclass(frozen=True, slots=True)
class Indexed:
    """A text as it is kept for searching.

    `text`: in one form of Han, for what was asked in Han; `sound`: its syllables and words, each between two spaces,
    for what was asked in pinyin. Both line by line, as the text. `terms`: what it is found by.
    """

    text: str
    sound: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: what has all `terms`, and each of `texts` in its text, each of `sounds` in its sound."""

    terms: frozenset[str]
    texts: tuple[str, ...]
    sounds: tuple[str, ...]

    def is_in(self, line: str) -> bool:
        """Whether one line alone has all of it."""
        if not self.terms:
            return False
        if self.texts:
            text = one_form(line).lower()
            if not all(one in text for one in self.texts):
                return False
        return not self.sounds or all(one in indexed(line).sound for one in self.sounds)


def indexed(text: str) -> Indexed:
    """`text`: lines, each of them something that was said at once. No pair reaches from one into the next."""
    lines = [one_form(line).lower() for line in text.splitlines()]
    sounds: list[str] = []
    terms: set[str] = set()
    for line in lines:
        spoken: list[str] = []
        for run in _RUN.findall(line):
            if not _IS_HAN.match(run):
                terms.add(run)
                spoken.append(run)
                continue
            syllables = lazy_pinyin(run)
            spoken += syllables
            terms |= _pairs(run) | _sounds(syllables)
        sounds.append(f" {' '.join(spoken)} ")
    return Indexed("\n".join(lines), "\n".join(sounds), frozenset(terms))


def query(asked: str) -> Query:
    """`asked`: one or more words, all of which are to be found: Han, pinyin without tones (tuikuan), letters, digits.

    Nothing to be found by: no terms.
    """
    terms: set[str] = set()
    texts: list[str] = []
    sounds: list[str] = []
    for run in _RUN.findall(one_form(asked[:LONGEST_QUERY]).lower()):
        if _IS_HAN.match(run):
            texts.append(run)
            terms |= {run} if len(run) == 1 else set(map("".join, pairwise(run)))
        elif _LATIN.fullmatch(run) and (syllables := _syllables(run)):
            sounds.append(f" {' '.join(syllables)} ")
            terms |= _sounds(syllables) if len(syllables) == 1 else _pairs_of_sounds(syllables)
        else:
            texts.append(run)
            terms.add(run)
    return Query(frozenset(terms), tuple(texts), tuple(sounds))


def _pairs(run: str) -> set[str]:
    return {*run, *map("".join, pairwise(run))}


def _sounds(syllables: list[str]) -> set[str]:
    return {_SOUND + one for one in syllables} | _pairs_of_sounds(syllables)


def _pairs_of_sounds(syllables: list[str]) -> set[str]:
    return {f"{_SOUND}{a}{_SOUND}{b}" for a, b in pairwise(syllables)}


def _syllables(letters: str) -> list[str] | None:
    """Letters read as syllables, from the end, each as long as can be (xian is one). None: they are not."""
    read: list[list[str] | None] = [None] * len(letters) + [[]]
    longest = max(map(len, _known_syllables()))
    for start in range(len(letters) - 1, -1, -1):
        for end in range(min(start + longest, len(letters)), start, -1):
            if (rest := read[end]) is not None and letters[start:end] in _known_syllables():
                read[start] = [letters[start:end], *rest]
                break
    return read[0]


@cache
def _known_syllables() -> frozenset[str]:
    """All that `lazy_pinyin` gives."""
    marked = {one for readings in PINYIN_DICT.values() for one in readings.split(",")}
    plain = (unicodedata.normalize("NFD", one).replace("u\u0308", "v") for one in marked)
    syllables = {"".join(letter for letter in one if letter.isascii()) for one in plain}
    return frozenset(one for one in syllables if _LATIN.fullmatch(one))
