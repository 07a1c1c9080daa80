"""Corrects names and terms of a glossary that the recogniser wrote with homophones.

Homophones are Whisper's most frequent error in Mandarin (林晓雯 becomes 林小问). Names of three or more characters
match by pinyin with tones, or without tones at low confidence; names of two match only at low confidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pypinyin import Style, pinyin

from pipeline.events.words import Word
from pipeline.han import simplified

_UNSURE = 0.8  # confidence below which pinyin without tones is enough
_DOUBTFUL = 0.6  # confidence below which a name of two characters may match
_FEWEST, _MOST = 2, 12  # least and greatest length of a name in characters


@dataclass(frozen=True, slots=True)
class _Name:
    written: str
    sounds: tuple[frozenset[str], ...]  # readings of each character, pinyin with tone numbers


class Glossary:
    """The names of one call: of the company, its people and products. An empty glossary changes nothing."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names` of 2 to 12 Han characters are used, others are ignored."""
        written = {n for n in (simplified(name).strip() for name in names) if _FEWEST <= len(n) <= _MOST and _is_han(n)}
        longest_first = sorted(written, key=lambda name: (-len(name), name))
        self._names = [_Name(name, tuple(map(_sounds, name))) for name in longest_first]
        self._written = written

    def correct(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """The words with names written as the glossary has them; times, confidence and lengths stay."""
        if not self._names:
            return tuple(words)
        chars = [(char, index) for index, word in enumerate(words) for char in word.text]
        text = "".join(char for char, _ in chars)
        sure = [words[index].confidence for _, index in chars]
        corrected = list(text)
        at = 0
        while at < len(text):
            name = next((n for n in self._names if self._is_meant(n, text, at, sure)), None)
            if name is not None:
                corrected[at : at + len(name.written)] = name.written
            at += len(name.written) if name is not None else 1
        return _rewritten(words, corrected)

    def _is_meant(self, name: _Name, text: str, at: int, sure: Sequence[float]) -> bool:
        run = text[at : at + len(name.written)]
        if len(run) < len(name.written) or not _is_han(run):
            return False
        if run in self._written:  # it is another name of the glossary already
            return run == name.written
        confidence = sum(sure[at : at + len(run)]) / len(run)
        if len(run) == _FEWEST and confidence >= _DOUBTFUL:
            return False
        sounds = [_sounds(char) for char in run]
        if all(a & b for a, b in zip(sounds, name.sounds, strict=True)):
            return True
        toneless = all(_toneless(a) & _toneless(b) for a, b in zip(sounds, name.sounds, strict=True))
        return toneless and len(run) > _FEWEST and confidence < _UNSURE


def prompt_of(names: Iterable[str], longest: int = 120) -> tuple[str, ...]:
    """The first names that fit into `longest` characters of a Whisper prompt, each once, as they are given."""
    listed: list[str] = []
    left = longest
    for name in dict.fromkeys(simplified(n).strip() for n in names):
        if name and len(name) + 1 <= left:
            listed.append(name)
            left -= len(name) + 1
    return tuple(listed)


def _rewritten(words: Sequence[Word], chars: Sequence[str]) -> tuple[Word, ...]:
    rewritten, at = [], 0
    for word in words:
        text = "".join(chars[at : at + len(word.text)])
        rewritten.append(word if text == word.text else replace(word, text=text))
        at += len(word.text)
    return tuple(rewritten)


def _is_han(text: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in text)


@cache
def _sounds(char: str) -> frozenset[str]:
    """All pinyin readings of a character, with the number of the tone."""
    return frozenset(pinyin(char, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)[0])


@cache
def _toneless(sounds: frozenset[str]) -> frozenset[str]:
    return frozenset(sound.rstrip("12345") for sound in sounds)
