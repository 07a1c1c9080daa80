"""One device's audio on the host's clock: resampled to 16 kHz and corrected for clock drift, gaps and surplus.

Two devices have two clocks; a difference of 200 ppm amounts to 5.8 s after eight hours. Both are therefore aligned to
the host's monotonic clock, each by a control loop (after F. Adriaensen, "Controlling adaptive resampling", LAC 2012).
A block may arrive late but never early, so the earliest arrivals of a few seconds show the offset of its clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import soxr
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ, Pcm

Position: TypeAlias = int
"""Samples at 16 kHz since the zero of the host's monotonic clock."""

_KEPT = 4 * SAMPLE_RATE_HZ  # samples kept: how far back audio can be read
_PER_MS = SAMPLE_RATE_HZ // 1000
_MOST = 0.002  # largest correction of the rate
_SETTLE_S = 0.2  # after opening, blocks of this long are collected before they are placed
_WINDOW_S = 3.0  # the earliest arrival within this time is used
_PROPORTIONAL = 1 / 30 / SAMPLE_RATE_HZ  # an offset is corrected with a time constant of 30 s
_INTEGRAL = _PROPORTIONAL / 120  # per second; critically damped
_PAUSE_S = 0.3  # after a longer time without a block, audio may have been lost
_JUMP = 20 * _PER_MS  # a larger offset is no drift: audio is missing or duplicated
_LATE_S = 15.0  # latency is the worst of the last 15 to 30 s


def position_of(seconds: float) -> Position:
    return int(seconds * SAMPLE_RATE_HZ)


def seconds_of(position: Position) -> float:
    return position / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class _Block:
    arrival: float  # in samples of the host's clock
    samples: NDArray[np.int16]


class Timeline:
    """Takes blocks as they arrive; gives spans by their position on the host's clock. Not thread-safe."""

    def __init__(self) -> None:
        self.inserted = 0  # samples of silence in place of audio that never arrived
        self.dropped = 0  # samples that were duplicate, surplus or too late
        self.rate_error = 0.0  # relative: how much faster than the host's clock the device runs
        self.begins: Position = 0  # of the first block since it was opened; 0 before that is placed
        self._tape = _Tape()
        self._taken: Position = 0
        self._end: Position | None = None
        self._settling: list[_Block] = []
        self._stream: soxr.ResampleStream | None = None
        self._arrived = 0.0  # arrival of the last block
        self._earliest = -math.inf
        self._new_window(0.0, _WINDOW_S)

    def open(self, rate_hz: int) -> None:
        """The device was opened, for the first time or again, at this sample rate."""
        self._nominal = rate_hz / SAMPLE_RATE_HZ
        self._stream = soxr.ResampleStream(self._nominal * (1 + 2 * _MOST), 1.0, 1, dtype="float32", vr=True)
        self._stream.set_io_ratio(self._nominal * (1 + self.rate_error), 1.0, 0)
        self._settling = []
        self._end = None
        self.begins = 0
        self._lag = 0
        self._last: NDArray[np.int16] | None = None
        self._worst = [0.0, 0.0]
        self._worst_from = 0.0

    @property
    def end(self) -> Position:
        """Position up to which all audio has arrived; 0 before the first block is placed."""
        return self._end or 0

    @property
    def late_ms(self) -> float:
        """Worst latency from sound to arrival, ms."""
        return max(self._worst) / _PER_MS if self._stream is not None else 0.0

    def feed(self, arrival_s: float, samples: NDArray[np.int16], overflowed: bool = False) -> None:
        """Takes int16 of shape (n,) at the device's rate, arrived at `arrival_s` on the host's monotonic clock.

        `overflowed`: audio before it was lost.
        """
        if self._is_duplicate(samples):
            self.dropped += round(len(samples) / self._nominal)
            return
        self._last = samples
        block = _Block(arrival_s * SAMPLE_RATE_HZ, samples)
        if self._end is not None:
            self._place(block)
            self._steer(block, overflowed)
            return
        self._settling.append(block)
        if block.arrival - self._settling[0].arrival >= _SETTLE_S * SAMPLE_RATE_HZ:
            self._settle()

    def skip(self, samples: int) -> None:
        """So many samples, at the device's rate, are known to be missing before the next block."""
        if self._end is None:
            self._settling = []  # nothing is placed yet: it begins behind the gap
        else:
            self._move(round(samples / self._nominal))

    def take(self, start: Position, count: int) -> tuple[Pcm, int]:
        """Int16 of shape (count,) from position `start`, 0 where there is none, and the number of samples present."""
        self._taken = max(self._taken, start + count)
        return self._tape.read(start, count)

    def level_dbfs(self) -> float | None:
        """RMS of the last second, None for digital silence."""
        pcm, _ = self._tape.read(self.end - SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
        power = float(np.mean(np.square(pcm, dtype=np.float64))) / 32768.0**2
        return 10 * math.log10(power) if power > 0 else None

    def _is_duplicate(self, samples: NDArray[np.int16]) -> bool:
        """Whether the driver has delivered the same block twice."""
        last = self._last
        if last is None or len(samples) != len(last) or samples[0] != last[0]:
            return False
        return bool(samples.any()) and bool((samples == last).all())

    # --- placing -----------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Places the first blocks, assuming that the one that arrived earliest after its end had no delay."""
        ends = np.cumsum([len(block.samples) for block in self._settling]) / self._nominal
        anchor = min(block.arrival - end for block, end in zip(self._settling, ends, strict=True))
        self._end = self.begins = round(anchor)
        blocks, self._settling = self._settling, []
        for block in blocks:
            self._place(block)
        self._lag = round(anchor + ends[-1]) - self._end
        for block, end in zip(blocks, ends, strict=True):
            self._note_lateness(block, anchor + end - block.arrival)
        self._new_window(blocks[-1].arrival, _WINDOW_S)

    def _place(self, block: _Block) -> None:
        assert self._stream is not None
        assert self._end is not None
        floats = self._stream.resample_chunk(block.samples.astype(np.float32).reshape(-1, 1))[:, 0]
        pcm = np.clip(np.rint(floats), -32768, 32767).astype(np.int16)  # saturated: see resample.py
        start, self._end = self._end, self._end + len(pcm)
        late = min(len(pcm), max(0, self._taken - start))
        self.dropped += late
        self._tape.write(start + late, pcm[late:])

    # --- the control loop ----------------------------------------------------------------------------------

    def _steer(self, block: _Block, overflowed: bool) -> None:
        ahead = self.end + self._lag - block.arrival  # samples; negative: the block was late
        self._note_lateness(block, ahead)
        pause_s = (block.arrival - self._arrived) / SAMPLE_RATE_HZ
        in_burst = pause_s < 0.01
        self._arrived = block.arrival
        if overflowed or pause_s > _PAUSE_S:  # a short window shows at once whether audio is late or lost
            self._new_window(block.arrival, _PAUSE_S)
        if block.arrival >= self._window_end and not in_burst:
            self._judge(block.arrival)
        self._earliest = max(self._earliest, ahead)
        if ahead > _JUMP:
            self._move(-round(ahead))
            self._new_window(block.arrival, _WINDOW_S)

    def _judge(self, now: float) -> None:
        """At the end of a window: corrects the offset shown by its earliest arrival."""
        ahead, seconds = self._earliest, (now - self._window_start) / SAMPLE_RATE_HZ
        self._new_window(now, _WINDOW_S)
        if ahead < -_JUMP:
            self._move(-round(ahead))
            self._worst = [0.0, 0.0]  # the audio was lost, not late
            return
        assert self._stream is not None
        self.rate_error = _within(self.rate_error + _INTEGRAL * ahead * min(seconds, 2 * _WINDOW_S))
        ratio = self._nominal * (1 + _within(self.rate_error + _PROPORTIONAL * ahead))
        self._stream.set_io_ratio(ratio, 1.0, round(0.02 * SAMPLE_RATE_HZ * self._nominal))

    def _move(self, samples: int) -> None:
        """Places the next block `samples` later (a gap) or, if negative, earlier (overwriting surplus audio)."""
        assert self._end is not None
        self._end += samples
        self.inserted += max(0, samples)
        self.dropped += max(0, -samples)

    def _new_window(self, now: float, seconds: float) -> None:
        self._window_start, self._window_end = now, now + seconds * SAMPLE_RATE_HZ
        self._earliest = -math.inf

    def _note_lateness(self, block: _Block, ahead: float) -> None:
        """Latency of the first sample of a block, which has waited for the whole block."""
        if block.arrival - self._worst_from > _LATE_S * SAMPLE_RATE_HZ:
            self._worst = [0.0, self._worst[0]]
            self._worst_from = block.arrival
        self._worst[0] = max(self._worst[0], len(block.samples) / self._nominal + self._lag - ahead)


class _Tape:
    """Buffer of the last seconds of samples by position, with gaps."""

    def __init__(self) -> None:
        self._pcm: Pcm = np.zeros(3 * _KEPT, np.int16)
        self._there = np.zeros(3 * _KEPT, np.bool_)
        self._start: Position = 0

    def write(self, at: Position, pcm: Pcm) -> None:
        begin = at - self._start
        if not 0 <= begin <= 3 * _KEPT - len(pcm):
            self._shift(at)
            begin = at - self._start
        self._pcm[begin : begin + len(pcm)] = pcm
        self._there[begin : begin + len(pcm)] = True

    def read(self, at: Position, count: int) -> tuple[Pcm, int]:
        begin = at - self._start
        if not 0 <= begin <= 3 * _KEPT - count:
            return np.zeros(count, np.int16), 0
        there = int(np.count_nonzero(self._there[begin : begin + count]))
        return self._pcm[begin : begin + count].copy(), there

    def _shift(self, at: Position) -> None:
        """Moves the content so that `at` follows the part that is kept; a far jump clears it."""
        shift = at - _KEPT - self._start
        for kept in (self._pcm, self._there):
            rest = kept[shift:].copy() if 0 < shift < len(kept) else kept[:0].copy()
            kept[: len(rest)] = rest
            kept[len(rest) :] = 0
        self._start += shift


def _within(share: float) -> float:
    """Limits a correction of the rate."""
    return max(-_MOST, min(_MOST, share))
