"""Rejects background voices on the agent's channel: a much fainter voice is a colleague at the next desk, or a radio.

The level of each syllable is compared with that of the agent's loud syllables. Sentences differ by several dB, so some
syllables of a voice 15 dB fainter on average come within 10 dB. Soft sounds next to loud ones are the agent's own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Annotated

from pipeline.ports import SLICE_MS
from pipeline.quantities import Decibels, ShortMs, WindowMs, within


@dataclass(frozen=True, slots=True)
class OwnVoiceSettings:
    """When a voice on the agent's channel counts as the agent's own."""

    fainter_db: Decibels = 8.0  # syllables this far below the agent's own are a background voice
    known_after_ms: WindowMs = 3_000  # voice needed to learn the agent's level; before that every voice counts
    beside_ms: ShortMs = 300  # soft voice this close to the agent's loud voice is the agent's
    smoothing_ms: Annotated[int, within(20, 1_000)] = 80  # time constant of levels: one loud slice is no syllable
    forget_db_per_s: Decibels = 0.3  # decay of the learned level, so that a softer agent is accepted again


class OwnVoice:
    """Filter for the voiced slices of one channel, fed in order."""

    RISE, FALL = 0.1, 0.004  # smoothing factors; the level settles at about the loudest tenth of the speech

    def __init__(self, settings: OwnVoiceSettings) -> None:
        self._settings = settings
        self._smooth_dbfs = -100.0
        self._last_ms = -10_000
        self._own_dbfs = -100.0  # loudness of the agent's syllables
        self._known_ms = 0  # voice that the level was learned from
        self._own_end_ms = -10_000  # end of the last loud slice
        self._soft: deque[int] = deque(maxlen=settings.beside_ms // SLICE_MS)  # starts of soft slices since then

    def feed(self, start_ms: int, dbfs: float) -> list[int]:
        """Takes a voiced slice; returns the starts of all slices accepted now, earlier soft ones included."""
        s = self._settings
        if start_ms - self._last_ms > s.smoothing_ms:  # a new piece of speech
            self._smooth_dbfs = dbfs
        self._last_ms = start_ms
        self._smooth_dbfs += (dbfs - self._smooth_dbfs) * SLICE_MS / s.smoothing_ms
        level = min(dbfs, self._smooth_dbfs)
        if self._known_ms < s.known_after_ms or level > self._own_dbfs - s.fainter_db:
            self._learn(level)
            before = [at for at in self._soft if start_ms - at <= s.beside_ms]
            self._soft.clear()
            self._own_end_ms = start_ms + SLICE_MS
            return [*before, start_ms]
        if start_ms - self._own_end_ms < s.beside_ms:
            return [start_ms]
        self._soft.append(start_ms)
        self._own_dbfs -= s.forget_db_per_s * SLICE_MS / 1000
        return []

    def _learn(self, level: float) -> None:
        if not self._known_ms:
            self._own_dbfs = level
        self._known_ms += SLICE_MS
        self._own_dbfs += (self.RISE if level > self._own_dbfs else self.FALL) * (level - self._own_dbfs)
