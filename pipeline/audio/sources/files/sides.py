"""Checks that the two channels of a file are two speakers, not one signal twice and not one channel without voice.

While the file is read for the first time, coherence and levels of the channels are measured. Only where these leave it
open, the voice detector is run over both channels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.line.cleaning import CleanLine
from pipeline.audio.line.survey import LineSettings
from pipeline.audio.voice.silero import shared_silero
from pipeline.audio.voice.vad import VadSettings, VoiceDetector
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm

# One signal twice: squared coherence above this, and a constant level difference. Both are required, because channels
# with strong bleed are coherent as well, but which one is louder changes with the speaker. Measured on the demo call:
# one signal twice 0.96 to 1.0 and 0.0 to 0.3 dB, also after MP3, AAC, Opus and u-law; two sides with a bleed of -1 dB
# 0.992, but 0.9 dB; with -3 dB 0.91 and 3.1 dB.
_IN_COMMON, _SPREAD_DB = 0.95, 0.3
_NEAR_DB, _NEAR_SHARE = 1.0, 0.98  # almost no frame far off: else an announcement on both sides, then quiet talk
_FRAME_SLICES = 10  # slices of a frame of 200 ms
_SOUNDS = SLICE_SAMPLES * _FRAME_SLICES * 30.0**2  # least energy of the differences in a frame: about -61 dBFS
_COPY_IN_COMMON, _CROSSTALK_DB = 0.999, 12.0  # such an exact copy, this much fainter, is bleed: the channel is empty
_GAINS_DB, _PER_DB = 40, 10  # histogram of level differences: range and bins per dB
_RISE_DB, _QUIETEST_DBFS = 15.0, -62.0  # a possible voice is this far above the noise, and above this level
_VOICE_MS = 300  # less is no voice, as in the silent-call procedure

Verdict = Literal["two", "one_signal", "only_first", "only_second"]


@dataclass(frozen=True, slots=True)
class Found:
    """The result. `louder`: column with more energy; `voice_ms`: voice on the only side that has one."""

    verdict: Verdict
    louder: int = 0
    gain_db: float = 0.0
    voice_ms: int = 0


class Sides:
    """Call `look` with every block, then `found`."""

    def __init__(self) -> None:
        self._rest: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._last: NDArray[np.float32] = np.zeros((1, 2), np.float32)
        self._products = np.zeros(3)  # xx, yy, xy of the differences of successive samples: removes DC and most hum
        self._gains = np.zeros((2, 2 * _GAINS_DB * _PER_DB + 1))  # histogram of level differences: frames, energy
        self._levels = np.zeros((2, 121), np.int64)  # histogram of slice levels, -120 to 0 dBFS

    def look(self, block: Pcm) -> None:
        """Takes int16 of shape (n, 2) at 16 kHz; blocks of another number of columns are ignored."""
        if block.shape[1] != 2:
            return
        samples = np.concatenate([self._rest, block.astype(np.float32)])
        whole = len(samples) // (SLICE_SAMPLES * _FRAME_SLICES) * SLICE_SAMPLES * _FRAME_SLICES
        self._rest = samples[whole:]
        if whole:
            self._add(samples[:whole])

    def found(self, again: Iterable[Pcm]) -> Found:
        """The verdict. `again`: the same blocks once more, read only if the voice detector is needed."""
        xx, yy, xy = self._products
        louder = int(yy > xx)
        in_common = xy * xy / (xx * yy) if min(xx, yy) > 0 else 0.0
        gain_db = 10 * math.log10(max(xx, yy) / min(xx, yy)) if min(xx, yy) > 0 else math.inf
        is_one = in_common > _IN_COMMON and self._has_constant_gain()
        if is_one and gain_db < _CROSSTALK_DB:
            return Found("one_signal", louder, gain_db)
        is_copy = is_one and in_common > _COPY_IN_COMMON
        if not is_copy and all(self._active_ms(side) >= _VOICE_MS for side in (0, 1)):
            return Found("two", louder)
        voice_ms = _voice_ms(again)
        if is_copy:
            voice_ms[1 - louder] = 0
        empty = [ms < _VOICE_MS for ms in voice_ms]
        if empty[0] == empty[1]:
            return Found("two", louder)
        heard = int(empty[0])
        return Found("only_second" if heard else "only_first", heard, voice_ms=voice_ms[heard])

    def _add(self, samples: NDArray[np.float32]) -> None:
        steps = np.diff(samples, axis=0, prepend=self._last)
        self._last = samples[-1:]
        x, y = steps.reshape(-1, SLICE_SAMPLES * _FRAME_SLICES, 2).transpose(2, 0, 1)
        xx, yy, xy = (np.einsum("ij,ij->i", a, b).astype(np.float64) for a, b in ((x, x), (y, y), (x, y)))
        self._products += [xx.sum(), yy.sum(), xy.sum()]
        energy = xx + yy
        apart_db = 10 * np.log10((xx + 1.0) / (yy + 1.0))
        bins = np.rint((apart_db.clip(-_GAINS_DB, _GAINS_DB) + _GAINS_DB) * _PER_DB).astype(int)
        sounds = np.maximum(xx, yy) > _SOUNDS
        for row, weights in enumerate((np.ones_like(energy), energy)):
            self._gains[row] += np.bincount(bins[sounds], weights[sounds], minlength=self._gains.shape[1])
        slices = samples.reshape(-1, SLICE_SAMPLES, 2)
        power = slices.var(axis=1) / 32768.0**2
        levels = np.rint(10 * np.log10(power + 1e-12)).astype(int).clip(-120, 0) + 120
        for side in (0, 1):
            self._levels[side] += np.bincount(levels[:, side], minlength=121)

    def _has_constant_gain(self) -> bool:
        counts, energies = self._gains
        if not counts.any():
            return False
        apart_db = np.arange(len(counts)) / _PER_DB
        mean = float(np.average(apart_db, weights=energies))
        spread = math.sqrt(float(np.average(np.square(apart_db - mean), weights=energies)))
        near = counts[np.abs(apart_db - mean) <= _NEAR_DB].sum() / counts.sum()
        return spread < _SPREAD_DB and bool(near >= _NEAR_SHARE)

    def _active_ms(self, side: int) -> int:
        """How long this side is clearly above its own noise floor (10th percentile of its levels)."""
        counts = self._levels[side]
        quiet = int(np.searchsorted(np.cumsum(counts), counts.sum() * 0.1))
        return int(counts[max(quiet + round(_RISE_DB), 120 + round(_QUIETEST_DBFS)) :].sum()) * SLICE_MS


def _voice_ms(blocks: Iterable[Pcm]) -> list[int]:
    detectors = [VoiceDetector(VadSettings(), shared_silero()) for _ in (0, 1)]
    lines = [CleanLine(LineSettings()) for _ in (0, 1)]
    voiced: list[dict[int, bool]] = [{}, {}]
    totals, at_ms = [0, 0], 0
    rest = np.zeros((0, 2), np.int16)
    for block in blocks:
        rest = np.concatenate([rest, block])
        while len(rest) >= SLICE_SAMPLES:
            for side, detector in enumerate(detectors):
                clean = lines[side].feed(np.ascontiguousarray(rest[:SLICE_SAMPLES, side]))
                for verdict in detector.feed(at_ms, clean):
                    voiced[side][verdict.start_ms] = verdict.voiced
            at_ms, rest = at_ms + SLICE_MS, rest[SLICE_SAMPLES:]
        for side in (0, 1):  # decisions older than a second are final
            for start_ms in [ms for ms in voiced[side] if ms < at_ms - 1_000]:
                totals[side] += SLICE_MS * voiced[side].pop(start_ms)
    return [total + SLICE_MS * sum(left.values()) for total, left in zip(totals, voiced, strict=True)]
