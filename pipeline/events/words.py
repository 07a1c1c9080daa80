"""What was said: guesses, settled words, and text that is not believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.channels import Channel

# Why the recogniser's text is not believed (asr/guards.py).
SuppressedBecause = Literal["no_speech", "repetition", "phantom_line", "too_fast"]


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word (for Mandarin usually one to three Han characters)."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class WordsGuessed:
    """A caption not yet settled: display only, never stored, has no seq.

    Two successive guesses agree on its first `agreed` characters; later guesses of this turn never change those.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    text: str
    agreed: int = 0


@dataclass(frozen=True, slots=True)
class WordsHeard:
    """The settled words of one turn. `lag_ms`: from the end of the turn to `at_ms`.

    `text` is as recognised; `shown` the same for reading, with punctuation and digits.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    lag_ms: int
    shown: str = ""


@dataclass(frozen=True, slots=True)
class WordsSuppressed:
    """What the recogniser wrote and nobody is believed to have said: kept for inspection, seen by no rule."""

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    reason: SuppressedBecause
