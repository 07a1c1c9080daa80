"""Are the two sides of a recording two sides? One signal twice, or a side without a voice, is no agent and customer.

A cheap look at every sample while the recording is read through: how much the sides have in common, and how loud each
is. Only where that leaves a doubt are the sides heard again by the voice detector.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.silero import shared_silero
from pipeline.audio.vad import VadSettings, VoiceDetector
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm

ONE_SIGNAL = 0.999  # squared coherence, over the whole recording
_FRAME_SLICES = 10  # it must hold in pieces of 200 ms, too:
_FRAME_AGREES = 0.97
_FRAMES_AGREE = 0.98  # in so many of those that sound
_SOUNDS = 320 * _FRAME_SLICES * 30.0**2  # energy of the steps in such a piece: about -61 dBFS
_CROSSTALK_DB = 20.0  # a copy so much fainter is what leaks into a dead line, not the same signal
_RISE_DB, _QUIETEST_DBFS = 15.0, -62.0  # what may be a voice stands so far above the noise, and above this
_VOICE_MS = 300  # less is no voice: as a customer's word that ends the silent-call procedure

Verdict = Literal["two", "one_signal", "only_first", "only_second"]


@dataclass(frozen=True, slots=True)
class Found:
    """What the sides are; `louder` is the column with more energy, `voice_ms` what was heard on the one side."""

    verdict: Verdict
    louder: int = 0
    gain_db: float = 0.0
    voice_ms: int = 0


class Sides:
    """`look` at every block of int16 of shape (n, 2), then ask `found`."""

    def __init__(self) -> None:
        self._rest: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self._last: NDArray[np.float32] = np.zeros((1, 2), np.float32)
        self._products = np.zeros(3)  # xx, yy, xy of the steps from sample to sample: no offset, little hum
        self._sounding = self._agreeing = 0
        self._levels = np.zeros((2, 121), np.int64)  # slices by level, -120 to 0 dBFS

    def look(self, block: Pcm) -> None:
        if block.shape[1] != 2:
            return
        samples = np.concatenate([self._rest, block.astype(np.float32)])
        whole = len(samples) // (SLICE_SAMPLES * _FRAME_SLICES) * SLICE_SAMPLES * _FRAME_SLICES
        self._rest = samples[whole:]
        if whole:
            self._add(samples[:whole])

    def found(self, again: Iterable[Pcm]) -> Found:
        """`again`: the same blocks once more, taken only in doubt."""
        xx, yy, xy = self._products
        louder = int(yy > xx)
        gain_db = 10 * math.log10(max(xx, yy) / min(xx, yy)) if min(xx, yy) > 0 else math.inf
        is_one = xy * xy > ONE_SIGNAL * xx * yy > 0 and self._agreeing >= _FRAMES_AGREE * self._sounding > 0
        if is_one and gain_db < _CROSSTALK_DB:
            return Found("one_signal", louder, gain_db)
        if all(self._lively_ms(side) >= _VOICE_MS for side in (0, 1)) and not is_one:
            return Found("two", louder)
        voice_ms = _voice_ms(again)
        if is_one:
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
        sounds = np.maximum(xx, yy) > _SOUNDS
        self._sounding += int(np.count_nonzero(sounds))
        self._agreeing += int(np.count_nonzero(sounds & (xy * xy > _FRAME_AGREES * xx * yy) & (xx * yy > 0)))
        slices = samples.reshape(-1, SLICE_SAMPLES, 2)
        power = slices.var(axis=1) / 32768.0**2
        levels = np.rint(10 * np.log10(power + 1e-12)).astype(int).clip(-120, 0) + 120
        for side in (0, 1):
            self._levels[side] += np.bincount(levels[:, side], minlength=121)

    def _lively_ms(self, side: int) -> int:
        """How long this side stands clear of its own noise."""
        counts = self._levels[side]
        quiet = int(np.searchsorted(np.cumsum(counts), counts.sum() * 0.1))
        return int(counts[max(quiet + round(_RISE_DB), 120 + round(_QUIETEST_DBFS)) :].sum()) * SLICE_MS


def _voice_ms(blocks: Iterable[Pcm]) -> list[int]:
    detectors = [VoiceDetector(VadSettings(), shared_silero()) for _ in (0, 1)]
    voiced: list[dict[int, bool]] = [{}, {}]
    totals, at_ms = [0, 0], 0
    rest = np.zeros((0, 2), np.int16)
    for block in blocks:
        rest = np.concatenate([rest, block])
        while len(rest) >= SLICE_SAMPLES:
            for side, detector in enumerate(detectors):
                for verdict in detector.feed(at_ms, np.ascontiguousarray(rest[:SLICE_SAMPLES, side])):
                    voiced[side][verdict.start_ms] = verdict.voiced
            at_ms, rest = at_ms + SLICE_MS, rest[SLICE_SAMPLES:]
        for side in (0, 1):  # what is older than a second is not judged again
            for start_ms in [ms for ms in voiced[side] if ms < at_ms - 1_000]:
                totals[side] += SLICE_MS * voiced[side].pop(start_ms)
    return [total + SLICE_MS * sum(left.values()) for total, left in zip(totals, voiced, strict=True)]
