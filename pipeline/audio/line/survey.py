"""What is on a line beside the sound: a DC offset, rumble below the voice, mains hum.

All three are there also while nobody speaks, and stay. So each is looked for in the least spectrum of the last seconds:
by frequency, the least power in any window of a second (minimum statistics, Martin 2001, IEEE Trans. Speech Audio
Process. 9(5)). Speech, music and signal tones have pauses or move, and are not in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.measures.loudness import to_dbfs
from pipeline.events.channels import LineNoiseKind
from pipeline.ports import SLICE_SAMPLES, Pcm
from pipeline.quantities import Count, Dbfs, Decibels

Floats = NDArray[np.float32]

WINDOW = 50  # slices of a window: one second, so that a bin of its spectrum is 1 Hz wide
_STEP = 16  # samples averaged to one: 1 kHz
_FFT = WINDOW * SLICE_SAMPLES // _STEP
_FULL_SCALE = 32768.0
_HANN = np.hanning(_FFT).astype(np.float32)
_SCALE = np.float32(2 / (_FFT * np.sum(_HANN**2) * (_STEP * _FULL_SCALE) ** 2))  # the bins' sum is the mean square
_PIECE = 5 * SLICE_SAMPLES
_MAINS_HZ = (50, 60)
_HARMONICS_HZ = 400  # hum above this is too faint to matter
_LOW_HARMONICS = 4  # one of these is in every hum; 350 and 450 Hz are those of a dialling tone
_OFF = 0.004  # share by which the mains' frequency may differ
_BAND_HZ = 10
_RUMBLE_HZ = range(15, 65, _BAND_HZ)  # lower ends of the bands in which rumble is looked for: no voice is there
_BESIDE_HZ = slice(160, 300)  # what it is compared with
_ABOVE_HZ = _BESIDE_HZ.stop
_EDGES_HZ = (62.0, 90.0, 120.0, 150.0)  # of the filter, which passes from 14 % above: a low voice, most, high ones


@dataclass(frozen=True, slots=True)
class LineSettings:
    """When a DC offset, rumble or hum is taken off a line. What is fainter than these changes no measure."""

    offset_dbfs: Dbfs = -66.0  # a greater DC offset is removed,
    offset_rise_db: Decibels = 6.0  # if it is this far above all else in the quietest 100 ms of the last second
    rumble_dbfs: Dbfs = -60.0  # louder noise below 65 Hz is rumble, if it is louder than that above 300 Hz
    rumble_rise_db: Decibels = 10.0  # and this far above that beside it; removed as far up as it takes
    rumble_left_dbfs: Dbfs = -50.0  # until no more than this is left below 300 Hz, or than there is above
    hum_dbfs: Dbfs = -66.0  # louder mains hum is removed
    hum_rise_db: Decibels = 13.0  # its lines are this far above the noise beside them,
    hum_windows: Count = 4  # in so many windows of a second,
    remembered_windows: Count = 8  # of at most so many; each begins half a second after the one before, later two
    digital_dbfs: Dbfs = -84.0  # a fainter window is digital silence and tells nothing


@dataclass(frozen=True, slots=True)
class LineNoise:
    """What was found. `dbfs`: the level of each kind that was.

    `offset`: mean sample, at the scale of int16. `edge_hz`: nothing below it is voice. `hum_hz`: lines of the hum.
    """

    dbfs: Mapping[LineNoiseKind, float]
    offset: float
    edge_hz: float
    hum_hz: tuple[float, ...]


class LineSurvey:
    """The survey of one channel: `due` with every slice, and where it says so, `found` with those of the last second.

    An offset is found in the first slice, rumble after a second, hum after two and a half.
    """

    def __init__(self, settings: LineSettings) -> None:
        self._settings = settings
        self._slices = 0
        self._rows: deque[Floats] = deque(maxlen=settings.remembered_windows)

    def due(self) -> bool:
        """Counts a slice. True after the first ones, then every half second, later every two seconds."""
        self._slices += 1
        often = self._slices <= WINDOW * (self._settings.remembered_windows + 1) // 2
        return self._slices in (1, 5) or self._slices % (WINDOW // 2 if often else 2 * WINDOW) == 0

    def found(self, recent: Pcm) -> LineNoise:
        """Takes the last second, int16 of shape (16000,), or what there is yet."""
        offset, offset_dbfs = self._offset(recent)
        if len(recent) == WINDOW * SLICE_SAMPLES:
            self._add(recent)
        rumble_dbfs = hum_dbfs = None
        edge_hz, hum_hz = _EDGES_HZ[0], tuple[float, ...]()
        if self._rows:
            least = np.minimum.reduce(list(self._rows))
            rumble_dbfs, edge_hz = self._rumble(least)
            hum_dbfs, hum_hz = self._hum(least)
        levels: list[tuple[LineNoiseKind, float | None]] = [
            ("offset", offset_dbfs), ("rumble", rumble_dbfs), ("hum", hum_dbfs),
        ]  # fmt: skip
        return LineNoise({kind: dbfs for kind, dbfs in levels if dbfs is not None}, offset, edge_hz, hum_hz)

    def _offset(self, recent: Pcm) -> tuple[float, float | None]:
        """Mean sample of the quietest piece, and its level in dBFS where it stands out there: a voice has one too."""
        s = self._settings
        pieces = recent[-(len(recent) // _PIECE or 1) * _PIECE :].reshape(-1, min(_PIECE, len(recent)))
        spreads = pieces.std(axis=1)
        quietest = int(spreads.argmin())
        offset = float(pieces[quietest].mean())
        dbfs = to_dbfs((offset / _FULL_SCALE) ** 2)
        is_found = dbfs > max(s.offset_dbfs, to_dbfs((float(spreads[quietest]) / _FULL_SCALE) ** 2) + s.offset_rise_db)
        return offset, round(dbfs, 1) if is_found else None

    def _add(self, recent: Pcm) -> None:
        samples = recent.reshape(-1, _STEP).sum(axis=1, dtype=np.float32)
        spectrum = np.fft.rfft((samples - samples.mean()) * _HANN)
        row = np.asarray(_SCALE * (spectrum.real**2 + spectrum.imag**2), np.float32)
        if to_dbfs(float(row.sum())) > self._settings.digital_dbfs:
            self._rows.append(row)

    def _rumble(self, least: Floats) -> tuple[float | None, float]:
        """Its level, None for none, and the frequency below which everything is to be removed."""
        s = self._settings
        bands = np.median(least[_RUMBLE_HZ.start : _RUMBLE_HZ.stop].reshape(-1, _BAND_HZ), axis=1)
        limit = float(least[_BESIDE_HZ].mean()) * 10 ** (s.rumble_rise_db / 10)
        power = _BAND_HZ * float(bands[bands > limit].sum())
        above = float(least[_ABOVE_HZ:].sum())
        if power < max(10 ** (s.rumble_dbfs / 10), above):
            return None, _EDGES_HZ[0]
        most = max(10 ** (s.rumble_left_dbfs / 10), above)
        edges_hz = _EDGES_HZ if len(self._rows) >= s.hum_windows else _EDGES_HZ[:1]  # at first it may be a low voice
        left = (hz for hz in edges_hz if float(least[int(hz) : _ABOVE_HZ].sum()) <= most)
        return round(to_dbfs(power), 1), next(left, edges_hz[-1])

    def _hum(self, least: Floats) -> tuple[float | None, tuple[float, ...]]:
        """Its level, None for none, and its frequencies, those of one mains."""
        s = self._settings
        if len(self._rows) < s.hum_windows:
            return None, ()
        quietest = min(self._rows, key=lambda row: float(row.sum()))
        grids = [list(self._lines(least, quietest, mains_hz)) for mains_hz in _MAINS_HZ]
        lines = max(grids, key=lambda grid: sum(power for _, _, power in grid))
        power = sum(power for _, _, power in lines)
        if not lines or lines[0][0] > _LOW_HARMONICS or to_dbfs(power) < s.hum_dbfs:
            return None, ()
        # All are multiples of one frequency, which the higher ones tell more exactly.
        mains_hz = sum(k * hz for k, hz, _ in lines) / sum(k * k for k, _, _ in lines)
        return round(to_dbfs(power), 1), tuple(round(k * mains_hz, 2) for k, _, _ in lines)

    def _lines(self, least: Floats, quietest: Floats, mains_hz: int) -> Iterator[tuple[int, float, float]]:
        """Number, frequency in Hz and power of each harmonic that is there."""
        rise = 10 ** (self._settings.hum_rise_db / 10)
        for k in range(1, _HARMONICS_HZ // mains_hz + 1):
            off = 1 + round(_OFF * k * mains_hz)
            at = k * mains_hz - off + int(np.argmax(least[k * mains_hz - off : k * mains_hz + off + 1]))
            beside = float(least[at - 12 : at - 3].mean() + least[at + 4 : at + 13].mean()) / 2
            if least[at] > rise * beside:
                left, peak, right = np.log(quietest[at - 1 : at + 2] + 1e-20).tolist()
                bend = min(left - 2 * peak + right, -1e-9)
                yield k, at + max(-0.5, min(0.5, 0.5 * (left - right) / bend)), float(least[at - 1 : at + 2].sum())
