"""Recognised words: captions of open turns, final words, and text rejected as not spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.channels import Channel

# Why a text of the recogniser is rejected as not spoken (asr/session/guards.py).
SuppressedBecause = Literal["no_speech", "repetition", "phantom_line", "too_fast"]


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word (for Mandarin usually one to three Han characters); `confidence` is 0 to 1."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class WordsGuessed:
    """The caption of a turn that has not ended: display only, never stored, has no seq.

    `start_ms`: of the turn. Successive guesses agree on the first `agreed` characters of `text`; later guesses of this
    turn never change those.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    text: str
    agreed: int = 0


@dataclass(frozen=True, slots=True)
class WordsHeard:
    """The final words of one turn, or of one piece of a very long turn. `lag_ms`: from `end_ms` to `at_ms`.

    `text` is as recognised, in simplified Han; `shown` the same after inverse text normalisation, with punctuation.
    `otherwise`: other texts that the recogniser held for nearly as likely, in simplified Han, the likeliest first.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    lag_ms: int
    shown: str = ""
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordsSuppressed:
    """Text of the recogniser that is rejected as not spoken: kept for inspection, ignored by all rules."""

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    reason: SuppressedBecause
