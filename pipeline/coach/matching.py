"""Finds phrases in recognised speech: exactly by pattern, then by sound (homophones are Whisper's commonest slip).

Texts arrive simplified (the asr room does that); here punctuation and spaces are dropped, so a match is a range of
bare characters, and words give it back its time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pypinyin import lazy_pinyin

from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.words import Word

LEAST_SYLLABLES = 4
"""Shorter phrases sound like too many innocent ones to be matched by ear."""

_NOT_SPOKEN = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """`text` without punctuation and spaces, Latin letters in lower case."""
    return _NOT_SPOKEN.sub("", text).lower()


def syllables(chars: str) -> list[str]:
    """Toneless pinyin, one entry for each character; letters and digits stand for themselves."""
    return lazy_pinyin(chars, errors=list)  # type: ignore[arg-type]  # its hint forgets lists


@lru_cache(maxsize=4096)
def _key(chars: str) -> str:
    return f" {' '.join(syllables(chars))} "


@dataclass(frozen=True, slots=True)
class Match:
    """Range of bare characters; `by_sound` when only the pinyin agrees."""

    start: int
    end: int
    by_sound: bool = False


class SpokenText:
    """One utterance made ready for matching; its pinyin is worked out when first asked for."""

    def __init__(self, text: str, words: Sequence[Word] = (), start_ms: int = 0, end_ms: int = 0) -> None:
        self.chars = bare(text)
        self._start_ms = start_ms
        self._end_ms = end_ms
        timed = [(char, word) for word in words for char in bare(word.text)]
        # Words whose letters are not the text's (a settled text was edited) cannot place a match.
        self._word_at = [word for _, word in timed] if "".join(c for c, _ in timed) == self.chars else []

    @cached_property
    def sound(self) -> str:
        return _key(self.chars)

    def span(self, channel: Channel, match: Match) -> Span:
        """Evidence for a match: the time of its words, or its share of the utterance when words have no times."""
        quote = self.chars[match.start : match.end]
        if self._word_at:
            first, last = self._word_at[match.start], self._word_at[match.end - 1]
            return Span(channel, first.start_ms, last.end_ms, quote)
        per_char = (self._end_ms - self._start_ms) / max(1, len(self.chars))
        start, end = (self._start_ms + round(per_char * i) for i in (match.start, match.end))
        return Span(channel, start, end, quote)

    def whole(self, channel: Channel) -> Span:
        return Span(channel, self._start_ms, self._end_ms, self.chars)


class Phrases:
    """What to listen for: a pattern on bare text and phrases that may also match by sound."""

    def __init__(
        self, pattern: str | None = None, phrases: Sequence[str] = (), least_syllables: int = LEAST_SYLLABLES
    ) -> None:
        self._least_syllables = least_syllables
        self._pattern = re.compile(pattern) if pattern else None
        self._phrases = tuple(filter(None, map(bare, phrases)))

    def find(self, spoken: SpokenText) -> Match | None:
        if self._pattern and (hit := self._pattern.search(spoken.chars)) and hit.end() > hit.start():
            return Match(hit.start(), hit.end())
        if not self._pattern:
            for phrase in self._phrases:
                if (at := spoken.chars.find(phrase)) >= 0:
                    return Match(at, at + len(phrase))
        return self._find_by_sound(spoken)

    def _find_by_sound(self, spoken: SpokenText) -> Match | None:
        for phrase in self._phrases:
            if len(phrase) < self._least_syllables or len(phrase) > len(spoken.chars):
                continue
            found = spoken.sound.find(_key(phrase))
            if found < 0:
                continue
            start = spoken.sound.count(" ", 0, found)
            match = Match(start, start + len(phrase), by_sound=True)
            if self._pattern is None or self._agrees(spoken.chars, phrase, match):
                return match
        return None

    def _agrees(self, chars: str, phrase: str, match: Match) -> bool:
        """With the phrase written right, does the pattern hit there? So its exceptions hold by sound too."""
        assert self._pattern is not None
        corrected = chars[: match.start] + phrase + chars[match.end :]
        return any(
            hit.start() < match.end and match.start < hit.end() and hit.end() > hit.start()
            for hit in self._pattern.finditer(corrected)
        )
