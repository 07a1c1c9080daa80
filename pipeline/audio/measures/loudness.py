"""Running estimates of the noise floor and the speech level, slice by slice, in dBFS."""

from __future__ import annotations

import math

from pipeline.ports import SLICE_MS


def to_dbfs(mean_square: float) -> float:
    """Level of a mean square of samples in -1..1; digital silence is -120."""
    return 10.0 * math.log10(mean_square + 1e-12)


class NoiseFloor:
    """Noise floor in dBFS: falls at once, rises 1 dB/s during speech and 30 dB/s otherwise."""

    LOWEST_DBFS = -80.0  # lower levels (digital silence) count as this
    RISE_DB = 1.0 * SLICE_MS / 1000
    FREE_RISE_DB = 30.0 * SLICE_MS / 1000

    def __init__(self) -> None:
        self.dbfs = 0.0

    def feed(self, dbfs: float, speaking: bool) -> float:
        """Takes the level of the next slice of 20 ms; the floor after it."""
        rise = self.RISE_DB if speaking else self.FREE_RISE_DB
        self.dbfs = max(self.LOWEST_DBFS, min(dbfs, self.dbfs + rise))
        return self.dbfs


class Loudness:
    """Speech level in dBFS, of all slices that webrtcvad calls speech: rises within a syllable, falls 2 dB/s."""

    FALL_DB = 2.0 * SLICE_MS / 1000

    def __init__(self) -> None:
        self.dbfs = -math.inf  # no speech yet

    def feed(self, dbfs: float) -> None:
        """Takes the level of the next slice of 20 ms with speech."""
        if self.dbfs == -math.inf:
            self.dbfs = dbfs
        elif dbfs > self.dbfs:
            self.dbfs += 0.5 * (dbfs - self.dbfs)
        else:
            self.dbfs = max(dbfs, self.dbfs - self.FALL_DB)
