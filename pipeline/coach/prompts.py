"""Prompts that telephone systems play, known by their words. Others are known by their sound, or are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pipeline.coach.matching import Match, Phrases, SpokenText, bare
from pipeline.coach.wording import Checked, Texts, Wording
from pipeline.events.channels import Channel
from pipeline.events.prompts import PromptPlayed
from pipeline.events.words import WordsHeard
from pipeline.quantities import Count, Share

LEAST_SYLLABLES = 3
"""Of a piece that may be found by its sound."""


class PromptWords(Checked):
    """`pieces` are said by machines only; `additions` by people too, and count beside a piece.

    One piece alone must have `long_syllables` and make up `alone_share` of the utterance, several together
    `together_share` of it: a customer who says 请稍等 says other things as well. Who says something of `people` beside
    them quotes a machine (你们人工服务繁忙啊), and is none.
    """

    pieces: Annotated[Texts, Field(min_length=1)]
    additions: Texts = ()
    people: Wording = Wording()
    long_syllables: Count = 6
    alone_share: Share = 0.6
    together_share: Share = 0.4


class PromptWordings:
    """Knows prompts by their words."""

    def __init__(self, words: PromptWords | None) -> None:
        self._words = words
        self._pieces = [_by_ear(piece) for piece in words.pieces] if words else []
        self._additions = [_by_ear(piece) for piece in words.additions] if words else []
        self._people = (words.people if words else Wording()).listen()

    def played(self, at_ms: int, words: WordsHeard) -> PromptPlayed | None:
        """The prompt that `words` are, told at `at_ms`; None when a person said them."""
        name = self.known(words.text) if words.channel is Channel.CUSTOMER else ""
        if not name:
            return None
        return PromptPlayed(at_ms, words.channel, words.start_ms, words.end_ms, name, "words")

    def known(self, text: str) -> str:
        """The longest piece of a prompt in `text`, "" when it is none."""
        if self._words is None:
            return ""
        spoken = SpokenText(bare(text))
        pieces = [match for piece in self._pieces for match in _found(piece, spoken)]
        if not pieces:
            return ""
        every = [*pieces, *(match for piece in self._additions for match in _found(piece, spoken))]
        longest = max(pieces, key=lambda match: match.end - match.start)
        length = longest.end - longest.start
        said = {at for match in every for at in range(match.start, match.end)}
        beside = "".join("，" if at in said else char for at, char in enumerate(spoken.chars))
        if self._people.find(SpokenText(beside)):
            return ""
        share = len(said) / len(spoken.chars)
        together = _apart(every) >= 2 and share >= self._words.together_share
        alone = length >= self._words.long_syllables and length / len(spoken.chars) >= self._words.alone_share
        return spoken.chars[longest.start : longest.end] if together or alone else ""


def _by_ear(piece: str) -> Phrases:
    """Also found by sound, and where it is short: what else is said decides as well whether it is a prompt."""
    return Phrases(phrases=(piece,), least_syllables=LEAST_SYLLABLES)


def _found(piece: Phrases, spoken: SpokenText) -> Iterator[Match]:
    """Wherever it is said, from first to last."""
    match = piece.find(spoken)
    while match is not None:
        yield match
        match = piece.find(spoken, match.end)


def _apart(matches: list[Match]) -> int:
    """How many of them lie beside one another."""
    count = end = 0
    for match in sorted(matches, key=lambda match: match.end):
        if match.start >= end:
            count, end = count + 1, match.end
    return count
