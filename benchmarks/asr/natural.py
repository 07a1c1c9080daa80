"""Sentences by natural voices (models/voices.py) as turns of a call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soxr

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Samples
from models.voices import RATE_HZ, VOICES, Speaker
from pipeline.ports import SAMPLE_RATE_HZ

NAMES = tuple(VOICES)
LEVEL_DBFS = -24.0
QUIET_DB = -40.0  # below a sentence's peak: not spoken yet, or no more


class Voices:
    """The voices of a folder, fetched into it where they are not there."""

    def __init__(self, folder: Path) -> None:
        self._speaker = Speaker(folder)

    def say(self, voice: str, text: str, speed: float = 1.0) -> Samples:
        """`text` at 16 kHz and the level of a call, without silence around it."""
        said = self._speaker.say(voice, text, speed).astype(np.float64)
        loud = np.flatnonzero(np.abs(said) > np.abs(said).max() * 10 ** (QUIET_DB / 20))
        return sound.at_dbfs(soxr.resample(said[loud[0] : loud[-1] + 1], RATE_HZ, SAMPLE_RATE_HZ), LEVEL_DBFS)


def in_noise(samples: Samples, bed: Samples, snr_db: float) -> Samples:
    return samples + sound.at_dbfs(sound.looped(bed, len(samples), 8_000), sound.dbfs(samples) - snr_db)
