"""The prompts that telephone systems play: known by their words here, by their sound or by being told elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from pipeline.coach.matching import Match, Phrases, SpokenText, bare
from pipeline.coach.wording import Checked, Texts
from pipeline.events.channels import Channel
from pipeline.events.prompts import AnnouncementHeard
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard
from pipeline.quantities import Count, Share

ONSET_MS = 200
"""A turn may be found to begin this long before its prompt."""


class PromptWords(Checked):
    """`pieces` are said by machines only; `additions` by people too, and count beside a piece.

    One piece alone must have `long_syllables` and make up `alone_share` of the utterance, several together
    `together_share` of it: a customer who says 请稍等 says other things as well.
    """

    pieces: Annotated[Texts, Field(min_length=1)]
    additions: Texts = ()
    long_syllables: Count = 6
    alone_share: Share = 0.6
    together_share: Share = 0.4


class PromptsHeard:
    """All prompts heard so far, and those that are known by their words."""

    def __init__(self, words: PromptWords | None) -> None:
        self._words = words
        self._pieces = [Phrases(phrases=(piece,)) for piece in words.pieces] if words else []
        self._additions = [Phrases(phrases=(piece,)) for piece in words.additions] if words else []
        self._heard: list[AnnouncementHeard] = []

    def feed(self, at_ms: int, events: Sequence[Event]) -> list[AnnouncementHeard]:
        """Those that the words among `events` are; ones already known by their sound are not told again."""
        found: list[AnnouncementHeard] = []
        for event in events:
            if isinstance(event, AnnouncementHeard):
                self._heard = with_newest(self._heard, event)
            elif (
                isinstance(event, WordsHeard)
                and event.channel is Channel.CUSTOMER
                and not self.cover(event.channel, event.start_ms)
                and (name := self.known(event.text))
            ):
                found.append(AnnouncementHeard(at_ms, event.channel, event.start_ms, event.end_ms, name, "words"))
        self._heard += found
        return found

    def cover(self, channel: Channel, start_ms: int) -> bool:
        """Whether a turn that begins at `start_ms`, in ms of audio since the call's start, is a prompt."""
        return any(covers(one, channel, start_ms) for one in self._heard)

    def known(self, text: str) -> str:
        """The longest piece of a prompt in `text`, "" when it is none."""
        if self._words is None:
            return ""
        spoken = SpokenText(bare(text))
        pieces = [match for piece in self._pieces if (match := piece.find(spoken))]
        if not pieces:
            return ""
        every = [*pieces, *(match for piece in self._additions if (match := piece.find(spoken)))]
        longest = max(pieces, key=lambda match: match.end - match.start)
        length = longest.end - longest.start
        share = len({at for match in every for at in range(match.start, match.end)}) / len(spoken.chars)
        together = _apart(every) >= 2 and share >= self._words.together_share
        alone = length >= self._words.long_syllables and length / len(spoken.chars) >= self._words.alone_share
        return spoken.chars[longest.start : longest.end] if together or alone else ""


def with_newest(heard: Sequence[AnnouncementHeard], newest: AnnouncementHeard) -> list[AnnouncementHeard]:
    """`newest` beside those heard before; told again, a prompt has its new end."""
    others = (
        one for one in heard if (one.by, one.channel, one.start_ms) != (newest.by, newest.channel, newest.start_ms)
    )
    return [*others, newest]


def covers(prompt: AnnouncementHeard, channel: Channel, start_ms: int) -> bool:
    return prompt.channel is channel and prompt.start_ms - ONSET_MS <= start_ms < prompt.end_ms


def _apart(matches: list[Match]) -> int:
    """How many of them lie beside one another."""
    count = end = 0
    for match in sorted(matches, key=lambda match: match.end):
        if match.start >= end:
            count, end = count + 1, match.end
    return count
