"""Phantom text: what Whisper writes where nobody spoke (stand-in until the guards are merged)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.events import SuppressedBecause, Word
from pipeline.ports import Recognised, Suppressed


@dataclass(frozen=True, slots=True)
class GuardSettings:
    no_speech_probability: float = 0.6  # phantom text: above this and
    log_probability: float = -1.0  # below this the utterance stays empty
    compression_ratio: float = 2.4  # a text that repeats itself


@dataclass(frozen=True, slots=True)
class Evidence:
    duration_ms: int
    no_speech_probability: float
    log_probability: float


def believe(words: Sequence[Word], evidence: Evidence, settings: GuardSettings) -> Recognised:
    text = "".join(w.text for w in words)
    reason: SuppressedBecause | None = None
    data = text.encode()
    if not words:
        return Recognised()
    if (
        evidence.no_speech_probability > settings.no_speech_probability
        and evidence.log_probability < settings.log_probability
    ):
        reason = "no_speech"
    elif len(data) / len(zlib.compress(data)) > settings.compression_ratio:
        reason = "repetition"
    if reason is None:
        return Recognised(tuple(words))
    return Recognised((), (Suppressed(text, words[0].start_ms, words[-1].end_ms, reason),))
