"""Recognised words: captions of open turns, final words, and text rejected as not spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.channels import Channel

COACHED = "zh"
"""The language that is coached: words of another one mean nothing to rules and to pace. As an ISO 639 code."""

# Why a text of the recogniser is rejected as not spoken (asr/session/guards.py).
SuppressedBecause = Literal["no_speech", "repetition", "phantom_line", "too_fast", "other_language"]


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
    `language` is the one they are written in, as an ISO 639 code; whether it was spoken says LanguageHeard.
    `otherwise`: other texts that the recogniser held for nearly as likely, in simplified Han, the likeliest first.
    `is_erased`: its words were there, and were deleted as they had been kept long enough.
    `heard_later`: recognised from the recording once the call had ended, as there was no recogniser in it: such words
    stand behind CallEnded, and nobody was told anything of them while the call ran.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    lag_ms: int
    shown: str = ""
    language: str = COACHED
    otherwise: tuple[str, ...] = ()
    is_erased: bool = False
    heard_later: bool = False


@dataclass(frozen=True, slots=True)
class LanguageHeard:
    """A channel speaks another language than before, beginning at `start_ms`: `language`, as an ISO 639 code.

    Until it is told for the first time, every channel speaks the coached one. Words of the channel that begin at
    `start_ms` or later are right only where they are written in `language`. `is_written`: whether those that are
    asked for from now on will be.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    language: str
    is_written: bool

    @property
    def is_coached(self) -> bool:
        return self.language == COACHED


@dataclass(frozen=True, slots=True)
class WordsSuppressed:
    """Text of the recogniser that is rejected as not spoken: kept for inspection, ignored by all rules."""

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    reason: SuppressedBecause
