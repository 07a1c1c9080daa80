"""Bleed: the other side's voice in this channel, by a leaky headset, sidetone or the hybrid's echo.

What leaks is the same wave, later and fainter. So while the other side speaks, half-second windows of both channels
are compared at every lag (generalised cross-correlation with phase transform, Knapp & Carter 1976, IEEE Trans. ASSP
24(4)); one lag that stands out in several windows is bleed, and two people who talk at once never show one. From then
on the level of the bleed in a slice is that of the other side at the lag plus the gain; a decay stands for the room.
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

_RATE_HZ = 4_000  # of the comparison: most of a voice's power lies below 2 kHz
_STEP = SAMPLE_RATE_HZ // _RATE_HZ
_PER_SLICE = SLICE_SAMPLES // _STEP
_FFT = 4_096
_BAND = slice(300 * _FFT // _RATE_HZ, 1_800 * _FFT // _RATE_HZ)
_EARLY = 2  # slices by which bleed may come before its source: the two devices' latencies differ
_WINDOW = 25  # slices compared at once
_LATEST = 20  # slices: 400 ms, a mobile network's echo
_SILENCE: Pcm = np.zeros(SLICE_SAMPLES, np.int16)
_FULL_POWER = SLICE_SAMPLES * 32768.0**2  # of a slice
_FLOOR_RISE_DB = 0.5  # per window
_STEADY_DB = 0.1  # a tone has a level, but nothing moves with it
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class BleedSettings:
    """When the other side is known to be heard in a channel, and what is then left out of its speech."""

    active_dbfs: Dbfs = -50.0  # windows in which the other side is fainter than this teach nothing,
    active_rise_db: Decibels = 12.0  # nor those in which it lies no further above its own noise
    rise_db: Decibels = 4.0  # bleed that lies no further above this channel's noise matters to nobody
    stands_out: Factor = 8.0  # the lag's correlation, in standard deviations over all lags
    window_stands_out: Factor = 4.0  # the same within each window that counts
    windows: Count = 3  # so many windows of half a second have to agree
    remembered_windows: Count = 10  # of the last so many
    level_correlation: Share = 0.5  # a noise in both channels has a lag too, but does not rise and fall with the voice,
    loud_correlation: Share = 0.4  # nor within it; a leak that favours some sounds does so less than others
    eager_windows: Count = 24  # compared one by one at first; then, or once bleed is known, one in `rare_every`
    rare_every: Count = 4
    most_gain_db: Gain = 10.0  # a channel that is louder still is the source, not the bleed
    plain_gain_db: Gain = -6.0  # louder bleed, or such as comes before its source, needs a proof that this side has
    alone_windows: Count = 3  # a voice of its own: so many windows in which it was louder than the other side
    alone_db: Decibels = 12.0  # by so much; without, the two channels are one recording and nothing is left out
    least_margin_db: Decibels = 4.0  # what is left out lies above the bleed's usual level by what it varies with the
    most_margin_db: Decibels = 12.0  # sounds of speech, within these limits
    margin_percentile: Annotated[float, within(0, 100)] = 97.0  # of the slices learned from lie below it
    decay_db_per_slice: Decibels = 3.0  # of the room: 60 dB in 400 ms

    def __post_init__(self) -> None:
        in_order(self, "windows", "remembered_windows")
        in_order(self, "plain_gain_db", "most_gain_db")
        in_order(self, "least_margin_db", "most_margin_db")


@dataclass(frozen=True, slots=True)
class Leak:
    """What is known: `gain_db` from the other channel's level to this one's. A copy is not left out of the speech."""

    lag_ms: int
    gain_db: float
    margin_db: float
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class _Window:
    """One comparison: correlation by lag, and the slices' mean squares; the other side's begin _LATEST earlier."""

    correlation: Row  # shape (lags,), in standard deviations; the last lag, 400 ms, comes first
    own: Row  # shape (_WINDOW,)
    other: Row  # shape (_LATEST + _WINDOW + _EARLY,)


class BleedMeter:
    """One direction: what of `other` is heard in `own`. Feed both channels' slices together."""

    def __init__(self, settings: BleedSettings) -> None:
        self._settings = settings
        self.leak: Leak | None = None
        count = _LATEST + _WINDOW + _EARLY
        self._own: deque[Pcm] = deque([_SILENCE] * count, maxlen=count)
        self._other: deque[Pcm] = deque([_SILENCE] * count, maxlen=count)
        self._powers = np.full(count, np.inf, np.float32)  # mean squares of the slices above
        self._other_powers = np.full(count, np.inf, np.float32)
        self._until_next = _WINDOW
        self._active = 0  # windows in which the other side spoke
        self._unseen = 0  # windows compared since the leak was last found
        self._alone = 0  # windows in which this side did, and could not be heard there
        self._windows: deque[_Window] = deque(maxlen=settings.remembered_windows)
        self._floor = self._other_floor = math.inf  # dBFS: the faintest slice of late
        self._arriving = 0.0  # mean square of the other side's last slice at the lag
        self._smeared = 0.0  # mean square of the other side at the lag, with the room's decay

    def feed(self, own: Pcm, other: Pcm) -> float:
        """320 samples of each; level in dBFS up to which this slice of `own` may be bleed, -inf where none is heard."""
        self._own.append(own)
        self._other.append(other)
        self._until_next -= 1
        if self._until_next == 0:
            self._until_next = _WINDOW
            self._learn()
        if self.leak is None or self.leak.is_copy:
            return -math.inf
        return self._beneath_dbfs(self.leak)

    def _beneath_dbfs(self, leak: Leak) -> float:
        late, part = divmod(max(0, leak.lag_ms), SLICE_MS)  # what comes before its source is not known in time
        before, self._arriving = self._arriving, _mean_square(self._other[-1 - late])
        aligned = self._arriving + (before - self._arriving) * part / SLICE_MS
        self._smeared = max(aligned, self._smeared * 10 ** (-self._settings.decay_db_per_slice / 10))
        beneath_dbfs = to_dbfs(self._smeared) + leak.gain_db + leak.margin_db
        return beneath_dbfs if beneath_dbfs > self._floor else -math.inf

    # --- learning -------------------------------------------------------------------------------------

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
        self._alone += here > max(s.active_dbfs, self._floor + s.active_rise_db, there + s.alone_db)
        if there < max(s.active_dbfs, self._other_floor + s.active_rise_db, here - s.most_gain_db):
            return
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
            self.leak = found  # or none any more: another headset

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
        if self._alone >= s.alone_windows or (lag_ms >= 0 and leak.gain_db < s.plain_gain_db):
            return leak
        is_copy = leak.gain_db >= s.plain_gain_db and self._active >= s.eager_windows
        return replace(leak, is_copy=True) if is_copy else None

    def _leak(self, windows: list[_Window], lag_ms: int) -> Leak | None:
        """Level of this side against the other's at the lag; None where the two do not move together."""
        s = self._settings
        own = _dbfs(np.concatenate([w.own for w in windows]))
        other = _dbfs(np.concatenate([_at_lag(w.other, lag_ms) for w in windows]))
        loud = other > max(float(np.percentile(other, 90)) - 20, self._other_floor + s.active_rise_db)
        if loud.sum() < 2 * _WINDOW or np.median(own[loud]) < self._floor + s.rise_db:
            return None
        # With the pauses, and without: there a noise in both channels may come and go.
        if _correlated(own, other) < s.level_correlation or _correlated(own[loud], other[loud]) < s.loud_correlation:
            return None
        gain_db = float(np.median((own - other)[loud]))
        decay = 10 ** (-s.decay_db_per_slice / 10)
        smeared = _dbfs(np.concatenate([_smeared(_at_lag(w.other, max(0, lag_ms)), decay) for w in windows]))
        highest = float(np.percentile((own - smeared)[loud], s.margin_percentile))
        margin_db = min(max(highest - gain_db, s.least_margin_db), s.most_margin_db)
        return Leak(lag_ms, round(gain_db, 1), round(margin_db, 1))


class Crosstalk:
    """Both directions of a call with two sides; for any other call nothing is ever known."""

    def __init__(self, channels: tuple[Channel, ...], settings: BleedSettings) -> None:
        sides = (Channel.AGENT, Channel.CUSTOMER)
        pairs = (sides, sides[::-1]) if set(sides) <= set(channels) else ()
        self._meters = [(own, other, BleedMeter(settings)) for own, other in pairs]
        self._told: set[Channel] = set()
        self._knows_nothing = dict.fromkeys(channels, -math.inf)
        self.beneath_dbfs: Mapping[Channel, float] = self._knows_nothing

    def feed(self, piece: Slice) -> list[BleedNoted]:
        """`beneath_dbfs` is then what is known of this slice."""
        if not self._meters or Heard.LOST in piece.heard.values():
            self.beneath_dbfs = self._knows_nothing
            return []
        pcm = piece.pcm
        self.beneath_dbfs = {own: meter.feed(pcm[own], pcm[other]) for own, other, meter in self._meters}
        leaks = {own: meter.leak for own, _, meter in self._meters if meter.leak is not None}
        return self._news(piece.end_ms, leaks) if len(leaks) > len(self._told) else []

    def _news(self, at_ms: int, leaks: Mapping[Channel, Leak]) -> list[BleedNoted]:
        """Two channels are copies of each other or none is: a copy seen from one side alone is its source."""
        are_copies = len(leaks) == len(self._meters) and all(leak.is_copy for leak in leaks.values())
        new = [own for own, leak in leaks.items() if own not in self._told and (are_copies or not leak.is_copy)]
        self._told.update(new)
        return [BleedNoted(at_ms, own, leaks[own].lag_ms, leaks[own].gain_db, leaks[own].is_copy) for own in new]


def _correlation(own: Pcm, other: Pcm) -> Row | None:
    """By lag from `_LATEST` slices down to `-_EARLY`, in standard deviations; None for digital silence."""
    x, y = np.fft.rfft(_decimated(other), _FFT), np.fft.rfft(_decimated(own), _FFT)
    cross = np.zeros(_FFT // 2 + 1, np.complex64)
    product = x[_BAND] * np.conj(y[_BAND])
    cross[_BAND] = product / (np.abs(product) + _TINY)
    lags = np.fft.irfft(cross, _FFT)[: (_LATEST + _EARLY) * _PER_SLICE + 1]
    spread = float(np.std(lags))
    return (lags / spread).astype(np.float32) if spread > 0 else None


def _decimated(pcm: Pcm) -> Row:
    """A mean of four is filter enough: what folds over is as coherent as the rest, or as little."""
    x = pcm.astype(np.float32)
    return x[0::_STEP] + x[1::_STEP] + x[2::_STEP] + x[3::_STEP]


def _mean_squares(slices: list[Pcm]) -> Row:
    """Of every fourth sample: folded spectra have the same power."""
    x = np.concatenate(slices).reshape(-1, SLICE_SAMPLES)[:, ::_STEP].astype(np.float32)
    return np.asarray(np.einsum("ij,ij->i", x, x) * np.float32(_STEP / _FULL_POWER))


def _mean_square(pcm: Pcm) -> float:
    x = pcm.astype(np.float32)
    return float(np.dot(x, x)) / _FULL_POWER


def _dbfs(powers: Row) -> Row:
    return np.asarray(10 * np.log10(powers + _TINY), np.float32)


def _at_lag(other: Row, lag_ms: int) -> Row:
    """The other side's mean squares as they arrive in the window's slices."""
    late, part = divmod(lag_ms, SLICE_MS)
    begin = _LATEST - late
    earlier = other[max(0, begin - 1) :][:_WINDOW]
    return np.asarray(other[begin:][:_WINDOW] * (1 - part / SLICE_MS) + earlier * (part / SLICE_MS), np.float32)


def _correlated(own: Row, other: Row) -> float:
    return float(np.corrcoef(own, other)[0, 1]) if min(np.std(own), np.std(other)) > _STEADY_DB else 0.0


def _smeared(powers: Row, decay: float) -> Row:
    out = powers.copy()
    for back in range(1, 8):
        out[back:] = np.maximum(out[back:], powers[:-back] * decay**back)
    return out
