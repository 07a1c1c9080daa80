"""Bleed: crosstalk of the other side's voice into this channel, by a leaky headset, sidetone or the hybrid's echo.

Bleed is the same waveform, later and fainter. So while the other side speaks, half-second windows of both channels are
cross-correlated (generalised cross-correlation with phase transform, Knapp & Carter 1976, IEEE Trans. ASSP 24(4)). A
lag that stands out in several windows is bleed; double talk never produces one. From then on the level of the bleed in
a slice is that of the other side at the lag, plus the gain, with a decay for the reverberation of the room.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.measures.loudness import to_dbfs
from pipeline.events.channels import BleedNoted, Channel, Heard
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.quantities import Count, Dbfs, Decibels, Factor, Gain, Share, in_order, within

Row = NDArray[np.float32]

_RATE_HZ = 4_000  # sample rate of the correlation: most of a voice's power lies below 2 kHz
_STEP = SAMPLE_RATE_HZ // _RATE_HZ
_PER_SLICE = SLICE_SAMPLES // _STEP
_FFT = 4_096
_BAND = slice(300 * _FFT // _RATE_HZ, 1_800 * _FFT // _RATE_HZ)
_EARLY = 2  # slices by which bleed may precede its source, because the latencies of the two devices differ
_WINDOW = 25  # slices of a window: 500 ms
_LATEST = 20  # slices of the longest lag: 400 ms, the echo of a mobile network
_SILENCE: Pcm = np.zeros(SLICE_SAMPLES, np.int16)
_FULL_POWER = SLICE_SAMPLES * 32768.0**2  # energy of a slice at full scale
_FLOOR_RISE_DB = 0.5  # rise of the noise floor per window
_STEADY_DB = 0.1  # standard deviation of a level below which it is constant (a tone) and correlates with nothing
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class BleedSettings:
    """When bleed is detected in a channel, and up to which level it does not count as speech then."""

    active_dbfs: Dbfs = -50.0  # windows in which the other side is fainter than this are not used,
    active_rise_db: Decibels = 12.0  # nor those in which it is less far above its own noise floor
    rise_db: Decibels = 4.0  # bleed less far above this channel's noise floor is ignored
    stands_out: Factor = 8.0  # least correlation at the lag, in standard deviations over all lags
    window_stands_out: Factor = 4.0  # the same in each single window that counts
    windows: Count = 3  # this many windows of 500 ms must agree on the lag,
    remembered_windows: Count = 10  # of the last this many
    level_correlation: Share = 0.5  # least correlation of the two levels: a noise in both channels has a lag too,
    loud_correlation: Share = 0.4  # but its level does not follow the voice; the same without the pauses
    eager_windows: Count = 24  # so many windows are all correlated at first, later one in `rare_every`
    rare_every: Count = 4
    most_gain_db: Gain = 10.0  # a channel that is louder than this is the source, not the bleed
    plain_gain_db: Gain = -6.0  # louder bleed, or bleed before its source, counts only if this side was heard alone:
    alone_windows: Count = 3  # in so many windows its level was above what the bleed makes of the other side's
    alone_db: Decibels = 8.0  # by this much; otherwise the channels are copies of one signal and nothing is left out
    mirror_ms: Annotated[int, within(0, 20)] = 2  # opposite lags that differ by no more are one coupling seen twice
    least_margin_db: Decibels = 4.0  # margin above the bleed's median level up to which a slice may be bleed,
    most_margin_db: Decibels = 12.0  # within these limits; measured as this percentile of the slices with bleed:
    margin_percentile: Annotated[float, within(0, 100)] = 97.0  # percentage of bleed slices below the margin
    decay_db_per_slice: Decibels = 3.0  # reverberation of the room: 60 dB in 400 ms

    def __post_init__(self) -> None:
        in_order(self, "windows", "remembered_windows")
        in_order(self, "plain_gain_db", "most_gain_db")
        in_order(self, "least_margin_db", "most_margin_db")


@dataclass(frozen=True, slots=True)
class Leak:
    """Detected bleed. `gain_db`: level here minus level of the source. A copy is not left out of the speech."""

    lag_ms: int
    gain_db: float
    margin_db: float
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class _Window:
    """One window: correlation by lag, and mean squares of its slices; those of the other side begin _LATEST earlier."""

    correlation: Row  # shape (lags,), in standard deviations; the longest lag, 400 ms, comes first
    own: Row  # shape (_WINDOW,)
    other: Row  # shape (_LATEST + _WINDOW + _EARLY,)


class BleedMeter:
    """One direction: bleed of `other` into `own`. `leak` is None until it is detected."""

    def __init__(self, settings: BleedSettings) -> None:
        self._settings = settings
        self.leak: Leak | None = None
        count = _LATEST + _WINDOW + _EARLY
        self._own: deque[Pcm] = deque([_SILENCE] * count, maxlen=count)
        self._other: deque[Pcm] = deque([_SILENCE] * count, maxlen=count)
        self._powers = np.full(count, np.inf, np.float32)  # mean squares of the slices above
        self._other_powers = np.full(count, np.inf, np.float32)
        self._until_next = _WINDOW
        self._active = 0  # number of windows in which the other side spoke
        self._unseen = 0  # windows correlated since bleed was last found
        # The windows in which this side was furthest above the loudest slice around them of the other side, dB.
        self._apart_db = [-math.inf] * settings.alone_windows
        self._windows: deque[_Window] = deque(maxlen=settings.remembered_windows)
        self._floor = self._other_floor = math.inf  # noise floors, dBFS
        self._arriving = 0.0  # mean square of the other side's last slice, delayed by the lag
        self._smeared = 0.0  # the same with the decay of the room

    def feed(self, own: Pcm, other: Pcm) -> float:
        """Takes int16 of shape (320,) of each; level in dBFS up to which this slice of `own` may be bleed, or -inf."""
        self._own.append(own)
        self._other.append(other)
        self._until_next -= 1
        if self._until_next == 0:
            self._until_next = _WINDOW
            self._learn()
        if self.leak is None or self.leak.is_copy:
            return -math.inf
        return self._bleed_dbfs(self.leak)

    def _bleed_dbfs(self, leak: Leak) -> float:
        late, part = divmod(max(0, leak.lag_ms), SLICE_MS)  # with a negative lag the source comes too late
        before, self._arriving = self._arriving, _mean_square(self._other[-1 - late])
        aligned = self._arriving + (before - self._arriving) * part / SLICE_MS
        self._smeared = max(aligned, self._smeared * 10 ** (-self._settings.decay_db_per_slice / 10))
        bleed_dbfs = to_dbfs(self._smeared) + leak.gain_db + leak.margin_db
        return bleed_dbfs if bleed_dbfs > self._floor else -math.inf

    # --- detection -------------------------------------------------------------------------------------

    def _learn(self) -> None:
        s = self._settings
        for known, recent in ((self._powers, self._own), (self._other_powers, self._other)):
            known[:-_WINDOW] = known[_WINDOW:]
            known[-_WINDOW:] = _mean_squares(list(recent)[-_WINDOW:])
        powers, other_powers = self._powers[_LATEST:-_EARLY], self._other_powers
        if other_powers[0] == math.inf:
            return  # the call has just begun
        self._floor = min(to_dbfs(powers.min()), self._floor + _FLOOR_RISE_DB)
        self._other_floor = min(to_dbfs(other_powers.min()), self._other_floor + _FLOOR_RISE_DB)
        here, there = to_dbfs(powers.mean()), to_dbfs(other_powers[_LATEST:-_EARLY].mean())
        if here > max(s.active_dbfs, self._floor + s.active_rise_db):
            self._apart_db = sorted([*self._apart_db, here - to_dbfs(other_powers[_LATEST - _EARLY :].max())])[1:]
        if there < max(s.active_dbfs, self._other_floor + s.active_rise_db, here - s.most_gain_db):
            return
        if self.leak is None and here < self._floor + s.rise_db:
            return  # muted, or bleed too faint to matter
        self._active += 1
        if (self._active > s.eager_windows or self.leak is not None) and self._active % s.rare_every:
            return
        own = list(self._own)[_LATEST:-_EARLY]
        correlation = _correlation(np.concatenate(own), np.concatenate(self._other))
        if correlation is None:
            return
        self._windows.append(_Window(correlation, powers.copy(), other_powers.copy()))
        found = self._found()
        self._unseen = 0 if found else self._unseen + 1
        if found or self._unseen > s.remembered_windows:
            self.leak = found  # None when it is no longer found: the headset was changed

    def _found(self) -> Leak | None:
        s = self._settings
        rows = np.concatenate([w.correlation for w in self._windows]).reshape(len(self._windows), -1)
        total = rows.sum(axis=0)
        at = int(np.argmax(np.abs(total)))
        if abs(total[at]) < s.stands_out * float(np.std(total)):
            return None
        near = np.abs(rows[:, max(0, at - 1) : at + 2]).max(axis=1)
        agreeing = [w for w, height in zip(self._windows, near, strict=True) if height >= s.window_stands_out]
        if len(agreeing) < s.windows:
            return None
        lag_ms = round((_LATEST * _PER_SLICE - at) * 1000 / _RATE_HZ)
        leak = self._leak(agreeing, lag_ms)
        if leak is None or leak.gain_db > s.most_gain_db:
            return None
        # What is both louder and earlier is the source of the other side's bleed.
        is_early, is_loud = lag_ms < 0, leak.gain_db >= s.plain_gain_db
        is_alone = self._apart_db[0] > leak.gain_db + s.alone_db
        if not (is_early or is_loud) or (is_alone and not (is_early and is_loud)):
            return leak
        is_copy = is_loud and self._active >= s.eager_windows
        return replace(leak, is_copy=True) if is_copy else None

    def _leak(self, windows: list[_Window], lag_ms: int) -> Leak | None:
        """Gain and margin at the lag; None where the levels of the two sides do not correlate."""
        s = self._settings
        own = _dbfs(np.concatenate([w.own for w in windows]))
        other = _dbfs(np.concatenate([_at_lag(w.other, lag_ms) for w in windows]))
        loud = other > max(float(np.percentile(other, 90)) - 20, self._other_floor + s.active_rise_db)
        if loud.sum() < 2 * _WINDOW or np.median(own[loud]) < self._floor + s.rise_db:
            return None
        # With pauses and without: a noise in both channels may come and go with the pauses.
        if _correlated(own, other) < s.level_correlation or _correlated(own[loud], other[loud]) < s.loud_correlation:
            return None
        gain_db = float(np.median((own - other)[loud]))
        decay = 10 ** (-s.decay_db_per_slice / 10)
        smeared = _dbfs(np.concatenate([_smeared(_at_lag(w.other, max(0, lag_ms)), decay) for w in windows]))
        highest = float(np.percentile((own - smeared)[loud], s.margin_percentile))
        margin_db = min(max(highest - gain_db, s.least_margin_db), s.most_margin_db)
        return Leak(lag_ms, round(gain_db, 1), round(margin_db, 1))


class Crosstalk:
    """Bleed in both directions of a call with agent and customer; for any other call it detects nothing.

    `level_dbfs`: per channel, the level up to which the last slice is bleed; -inf for none.
    """

    def __init__(self, channels: tuple[Channel, ...], settings: BleedSettings) -> None:
        sides = (Channel.AGENT, Channel.CUSTOMER)
        pairs = (sides, sides[::-1]) if set(sides) <= set(channels) else ()
        self._settings = settings
        self._meters = [(own, other, BleedMeter(settings)) for own, other in pairs]
        self._told: set[Channel] = set()
        self._no_bleed = dict.fromkeys(channels, -math.inf)
        self.level_dbfs: Mapping[Channel, float] = self._no_bleed

    def feed(self, piece: Slice) -> list[BleedNoted]:
        """Takes a slice and updates `level_dbfs`; an event when bleed is detected for the first time."""
        if not self._meters or Heard.LOST in piece.heard.values():
            self.level_dbfs = self._no_bleed
            return []
        pcm = piece.pcm
        level_dbfs = {own: meter.feed(pcm[own], pcm[other]) for own, other, meter in self._meters}
        leaks = {own: meter.leak for own, _, meter in self._meters if meter.leak is not None}
        if len(leaks) == len(self._meters) and (source := self._source(leaks)) is not None:
            del leaks[source]
            level_dbfs[source] = -math.inf
        self.level_dbfs = level_dbfs
        return self._noted(piece.end_ms, leaks) if len(leaks) > len(self._told) else []

    def _source(self, leaks: Mapping[Channel, Leak]) -> Channel | None:
        """Of one coupling that both directions have found: the side that is no copy, as it comes first.

        None where the two are different couplings, or both sides copies of one signal.
        """
        (first, one), (second, other) = leaks.items()
        if abs(one.lag_ms + other.lag_ms) > self._settings.mirror_ms or (one.is_copy and other.is_copy):
            return None
        if one.is_copy != other.is_copy:
            return first if one.is_copy else second
        if abs(one.lag_ms) <= self._settings.mirror_ms:
            return first if one.gain_db > other.gain_db else second
        return first if one.lag_ms < other.lag_ms else second

    def _noted(self, at_ms: int, leaks: Mapping[Channel, Leak]) -> list[BleedNoted]:
        """Copies are reported only if both directions are: a copy found in one direction only is the source."""
        are_copies = len(leaks) == len(self._meters) and all(leak.is_copy for leak in leaks.values())
        new = [own for own, leak in leaks.items() if own not in self._told and (are_copies or not leak.is_copy)]
        self._told.update(new)
        return [BleedNoted(at_ms, own, leaks[own].lag_ms, leaks[own].gain_db, leaks[own].is_copy) for own in new]


def _correlation(own: Pcm, other: Pcm) -> Row | None:
    """By lag, from `_LATEST` slices down to `-_EARLY`, in standard deviations; None for digital silence."""
    x, y = np.fft.rfft(_decimated(other), _FFT), np.fft.rfft(_decimated(own), _FFT)
    cross = np.zeros(_FFT // 2 + 1, np.complex64)
    product = x[_BAND] * np.conj(y[_BAND])
    cross[_BAND] = product / (np.abs(product) + _TINY)
    lags = np.fft.irfft(cross, _FFT)[: (_LATEST + _EARLY) * _PER_SLICE + 1]
    spread = float(np.std(lags))
    return (lags / spread).astype(np.float32) if spread > 0 else None


def _decimated(pcm: Pcm) -> Row:
    """A mean of four samples suffices as low-pass: aliased components are as coherent as the others."""
    x = pcm.astype(np.float32)
    return x[0::_STEP] + x[1::_STEP] + x[2::_STEP] + x[3::_STEP]


def _mean_squares(slices: list[Pcm]) -> Row:
    """From every fourth sample: aliasing does not change the power."""
    x = np.concatenate(slices).reshape(-1, SLICE_SAMPLES)[:, ::_STEP].astype(np.float32)
    return np.asarray(np.einsum("ij,ij->i", x, x) * np.float32(_STEP / _FULL_POWER))


def _mean_square(pcm: Pcm) -> float:
    x = pcm.astype(np.float32)
    return float(np.dot(x, x)) / _FULL_POWER


def _dbfs(powers: Row) -> Row:
    return np.asarray(10 * np.log10(powers + _TINY), np.float32)


def _at_lag(other: Row, lag_ms: int) -> Row:
    """The other side's mean squares delayed by the lag, interpolated between slices."""
    late, part = divmod(lag_ms, SLICE_MS)
    begin = _LATEST - late
    earlier = other[max(0, begin - 1) :][:_WINDOW]
    return np.asarray(other[begin:][:_WINDOW] * (1 - part / SLICE_MS) + earlier * (part / SLICE_MS), np.float32)


def _correlated(own: Row, other: Row) -> float:
    return float(np.corrcoef(own, other)[0, 1]) if min(np.std(own), np.std(other)) > _STEADY_DB else 0.0


def _smeared(powers: Row, decay: float) -> Row:
    """Mean squares with the exponential decay of the room, over 8 slices."""
    out = powers.copy()
    for back in range(1, 8):
        out[back:] = np.maximum(out[back:], powers[:-back] * decay**back)
    return out
