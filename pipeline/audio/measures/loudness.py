"""How loud it is, slice by slice: what lies under the speech, and the speech itself. Levels in dBFS."""

from __future__ import annotations

import math

from pipeline.ports import SLICE_MS


def to_dbfs(mean_square: float) -> float:
    """`mean_square` of samples in -1..1; digital silence is -120."""
    return 10.0 * math.log10(mean_square + 1e-12)


class NoiseFloor:
    """Level of what lies under the speech, dBFS: falls at once, rises slowly under speech and fast without."""

    LOWEST_DBFS = -80.0  # digital silence and what nobody can hear
    RISE_DB = 1.0 * SLICE_MS / 1000
    FREE_RISE_DB = 30.0 * SLICE_MS / 1000

    def __init__(self) -> None:
        self.dbfs = 0.0

    def feed(self, dbfs: float, speaking: bool) -> float:
        rise = self.RISE_DB if speaking else self.FREE_RISE_DB
        self.dbfs = max(self.LOWEST_DBFS, min(dbfs, self.dbfs + rise))
        return self.dbfs


class Loudness:
    """Level of the speech, or of whatever opens the gate: rises within a syllable, falls slowly."""

    FALL_DB = 2.0 * SLICE_MS / 1000

    def __init__(self) -> None:
        self.dbfs = -math.inf  # nothing yet

    def feed(self, dbfs: float) -> None:
        if self.dbfs == -math.inf:
            self.dbfs = dbfs
        elif dbfs > self.dbfs:
            self.dbfs += 0.5 * (dbfs - self.dbfs)
        else:
            self.dbfs = max(dbfs, self.dbfs - self.FALL_DB)
