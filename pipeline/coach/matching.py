"""Finds wordings in recognised speech: as written, then by sound (homophones are the commonest slip of recognisers).

Texts and wordings are compared in one form (pipeline.han), whatever script they are written in. A text is searched
clause by clause, so that nothing is found across the border of two; inside a clause punctuation and spaces are dropped.
A match is a range of bare characters, and words give it back its time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from pipeline.coach.patterns import Pattern, TooSlow, by_sound
from pipeline.coach.sounds import sound_of, vocabulary_of
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.words import Word
from pipeline.han import one_form

LEAST_SYLLABLES = 4
"""Shorter phrases sound like too many innocent ones to be matched by ear."""

BESIDE = 10
"""So many characters of the same clause beside a match may spare it."""

MOST_CORRECTIONS = 200
"""Ways of putting slips right that are tried at one place."""

_NOT_SPOKEN = re.compile(r"[\W_]+")
_BORDER = re.compile(r"[，。？！；：…—\n]|(?<!\d)[,.?!;:]|[,.?!;:](?!\d)")


def bare(text: str) -> str:
    """`text` without punctuation and spaces, Latin letters in lower case."""
    return _NOT_SPOKEN.sub("", text).lower()


def comparable(text: str) -> str:
    """`text` as texts are compared: bare, and in one form."""
    return one_form(bare(text))


@dataclass(frozen=True, slots=True)
class Match:
    """Range of bare characters; `by_sound` when it was not found as it is written."""

    start: int
    end: int
    by_sound: bool = False


class Clause:
    """What stands between two borders: `text` begins at the bare character `start` of its utterance."""

    def __init__(self, start: int, chars: str) -> None:
        self.start = start
        self.text = one_form(chars)

    @cached_property
    def sound(self) -> str:
        return sound_of(self.text)

    def match(self, start: int, end: int, by_sound: bool = False) -> Match:
        """A match of the utterance, for a range of this clause."""
        return Match(self.start + start, self.start + end, by_sound)


class SpokenText:
    """One utterance made ready for matching; its sound is worked out when first asked for.

    `otherwise`: texts that it may have been instead.
    """

    def __init__(
        self,
        text: str,
        words: Sequence[Word] = (),
        start_ms: int = 0,
        end_ms: int = 0,
        otherwise: Sequence[str] = (),
    ) -> None:
        parts = [part for piece in _BORDER.split(text) if (part := bare(piece))]
        self.chars = "".join(parts)
        starts = [sum(map(len, parts[:number])) for number in range(len(parts))]
        self.clauses = tuple(map(Clause, starts, parts))
        self.whole_text = Clause(0, self.chars)
        self.otherwise = tuple(map(SpokenText, otherwise))
        self.too_slow: list[str] = []  # patterns of wordings that were given up in it
        self._start_ms = start_ms
        self._end_ms = end_ms
        timed = [(char, word) for word in words for char in bare(word.text)]
        # Words whose letters are not the text's (a settled text was edited) cannot place a match.
        self._word_at = [word for _, word in timed] if "".join(c for c, _ in timed) == self.chars else []

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


@dataclass(frozen=True, slots=True)
class Phrase:
    """A saying. Written with a border inside (你的事，你自己做决定) it is looked for across borders."""

    text: str
    sound: str
    crosses: bool

    def places(self, spoken: SpokenText) -> Sequence[Clause]:
        return (spoken.whole_text,) if self.crosses else spoken.clauses


@lru_cache(maxsize=8192)
def _phrase(written: str) -> Phrase:
    """Made once, not for each call."""
    text = comparable(written)
    return Phrase(text, sound_of(text), len([part for part in _BORDER.split(written) if bare(part)]) > 1)


class Phrases:
    """What to listen for: a pattern and phrases that may also match by sound, unless something beside them spares it.

    `others` are wordings of which any may be found instead. A pattern that takes too long is off from then on, and
    the text that it was searched in says so: make one for each call.
    """

    def __init__(
        self,
        pattern: str | None = None,
        phrases: Sequence[str] = (),
        least_syllables: int = LEAST_SYLLABLES,
        unless: tuple[str | None, str | None] = (None, None),
        others: Sequence[Phrases] = (),
    ) -> None:
        self._written = [p for p in (pattern, *unless) if p]
        self._pattern, self._before, self._after = (Pattern(p) if p else None for p in (pattern, *unless))
        self._sound = by_sound(pattern) if pattern else None
        self._vocabulary = vocabulary_of(pattern or "")
        self._phrases = [phrase for phrase in map(_phrase, phrases) if phrase.text]
        self._least_syllables = least_syllables
        self._others = tuple(others)
        self._is_off = False

    def find(self, spoken: SpokenText, after: int = 0) -> Match | None:
        """The first match from the bare character `after` on, those as written before those by sound."""
        try:
            own = () if self._is_off else (match for match in self._matches(spoken) if match.start >= after)
            if (match := next(iter(own), None)) is not None:
                return match
        except TooSlow:
            self._is_off = True
            spoken.too_slow += self._written
        found = (other.find(spoken, after) for other in self._others)
        return next((match for match in found if match is not None), None)

    def is_spared_in(self, spoken: SpokenText) -> bool:
        """Whether it stands there as written, and everywhere beside something that spares it."""
        if self.find(spoken) is not None or self._is_off:
            return False
        try:
            return any(
                (self._pattern and self._pattern.find_all(clause.text))
                or (not self._pattern and any(phrase.text in clause.text for phrase in self._phrases))
                for clause in spoken.clauses
            )
        except TooSlow:  # told by the next search
            return False

    def _matches(self, spoken: SpokenText) -> Iterator[Match]:
        if self._pattern:
            for clause in spoken.clauses:
                for start, end in self._hits(clause.text):
                    yield clause.match(start, end)
        else:
            for phrase in self._phrases:
                yield from self._as_written(phrase, phrase.places(spoken))
        for phrase in self._phrases:
            if len(phrase.text) >= self._least_syllables:
                yield from self._by_sound(phrase, phrase.places(spoken))
        if self._pattern and self._sound:
            for clause in spoken.clauses:
                for start, end in self._sound.find_all(clause.sound):
                    yield from self._put_right(self._pattern, clause, start, end)

    def _hits(self, text: str) -> list[tuple[int, int]]:
        """Where the pattern is found in a clause and nothing spares it."""
        assert self._pattern is not None
        return [(start, end) for start, end in self._pattern.find_all(text) if not self._is_spared(text, start, end)]

    def _as_written(self, phrase: Phrase, clauses: Sequence[Clause]) -> Iterator[Match]:
        for clause in clauses:
            for start in _places(clause.text, phrase.text):
                end = start + len(phrase.text)
                if not self._is_spared(clause.text, start, end):
                    yield clause.match(start, end)

    def _by_sound(self, phrase: Phrase, clauses: Sequence[Clause]) -> Iterator[Match]:
        """With the phrase written right, exceptions must hold and the pattern, where there is one, must hit there."""
        for clause in clauses:
            for start in _places(clause.sound, phrase.sound):
                end = start + len(phrase.text)
                corrected = clause.text[:start] + phrase.text + clause.text[end:]
                if self._pattern:
                    agrees = any(first < end and start < last for first, last in self._hits(corrected))
                else:
                    agrees = not self._is_spared(corrected, start, end)
                if agrees:
                    yield clause.match(start, end, by_sound=True)

    def _put_right(self, pattern: Pattern, clause: Clause, start: int, end: int) -> Iterator[Match]:
        """With a few slips put right, the pattern must hit where it hits by sound."""
        for text, last in islice(self._vocabulary.corrections(clause.text, start, end), MOST_CORRECTIONS):
            right_end = pattern.end_at(text, start)
            if right_end is not None and right_end > last and not self._is_spared(text, start, right_end):
                yield clause.match(start, right_end, by_sound=True)
                return

    def _is_spared(self, text: str, start: int, end: int) -> bool:
        before, after = text[max(0, start - BESIDE) : start], text[end : end + BESIDE]
        return bool((self._before and self._before.find_all(before)) or (self._after and self._after.find_all(after)))


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
