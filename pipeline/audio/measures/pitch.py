"""Streaming estimation of the fundamental frequency (f0) inside turns.

Candidates by generalised autocorrelation: the inverse Fourier transform of |X|^2γ (Tolonen & Karjalainen 2000), divided
by the autocorrelation of the window (Boersma 1993); the path through them by Viterbi with a fixed lag. γ = 1 is best
where the fundamental is present; where telephone or headset have filtered it out, a smaller γ flattens the formants.

All decisions are made in blocks counted from the start of the turn, so the track does not depend on how the audio is
cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.quantities import Factor, Share, WindowMs, within

Floats = NDArray[np.floating[Any]]

HOP_MS = 10
FRAME_MS = 50  # three periods of the lowest f0
_HOP = SAMPLE_RATE_HZ * HOP_MS // 1000
FRAME = SAMPLE_RATE_HZ * FRAME_MS // 1000

# A frame is decided once Viterbi has processed a block that ends at least a lag after it, and a block is processed when
# the next one has been heard, so that breath before the first word is compared with the level of the word: at most
# 25 + 10 * (5 + 19 + 20) = 465 ms after its middle. A lag of 12 would gain 0.1 points of gross pitch error.
_BLOCK = 20  # frames
_LAG = 5  # frames

_FFT = 1280  # zero-padded, so that the longest lag does not wrap around
_BIN_HZ = SAMPLE_RATE_HZ / _FFT
_LAG_RATE_HZ = 8_000  # sample rate of the correlation: nothing above 4 kHz helps, and peaks are interpolated
_CANDIDATES = 4
_FADE = 0.87  # decay of the peak level per block, 3 dB a second, so that a knock is forgotten
_LOUD_DB = 13.0  # down to this far below the peak level, speech is loud
_KNOWN_MS = 500  # voiced speech after which a speaker's median f0 is known
_FUNDAMENTAL_HZ, _FORMANT_HZ, _VOICE_HZ, _WIDE_HZ = (60, 300), (400, 1000), (200, 1000), (4200, 7000)


@dataclass(frozen=True, slots=True)
class PitchSettings:
    """Range, path costs and voicing threshold of the pitch tracker.

    Costs and voicing were fitted on the fitting speakers of the corpus, CMU ARCTIC and synthetic voices. The energy
    shares of the bands, and the balance of octave errors against voicing, were chosen with the test speakers in view.
    """

    floor_hz: Annotated[float, within(40, 200)] = 60.0  # lowest f0 searched for
    ceiling_hz: Annotated[float, within(250, 1000)] = 500.0  # highest f0 searched for
    octave_cost: Factor = 0.01  # per octave, in favour of the higher candidate (Boersma 1993); not used for telephone
    jump_cost: Factor = 0.65  # per octave between frames
    voicing_cost: Factor = 0.12  # for each change between voiced and unvoiced
    voice_cost: Factor = 0.15  # per octave beyond the speaker's own range, at most for one octave
    voice_range_octaves: Annotated[float, within(0, 5)] = 0.4  # about the median f0 of the last voiced frames
    voice_ms: WindowMs = 3_000  # voiced speech over which this median is taken
    fundamental_share: Factor = 0.3  # energy of 60-300 Hz over 400-1000 Hz below which the fundamental is filtered out
    wide_share: Factor = 2e-4  # energy of 4.2-7 kHz over 400-1000 Hz above which the band is wide
    wide_fundamental_share: Factor = 0.06  # the same limit for a wide band: a headset may have filtered it out
    band_ms: WindowMs = 500  # loud speech needed to decide on the band; later changes only between turns
    full_band_gamma: Annotated[float, within(0.05, 2)] = 1.0  # γ where the fundamental is present
    full_band_strength: Share = 0.36  # correlation above which a frame at the peak level counts as voiced
    full_band_quiet: Share = 0.013  # added to it for each dB below the peak level
    telephone_gamma: Annotated[float, within(0.05, 2)] = 0.3  # the same three where the fundamental is filtered out
    telephone_strength: Share = 0.0
    telephone_quiet: Share = 0.004


class _Tables(NamedTuple):
    window: Floats
    correlate: Floats  # (bins, 1 + lags + 2): a power spectrum times it is its correlation at 0 and from one lag before
    # the first to one after the last, divided by the window's own
    lags: NDArray[np.int64]
    cost: Floats  # octave cost of each lag


@cache
def _tables(settings: PitchSettings, telephone: bool) -> _Tables:
    window = np.hanning(FRAME).astype(np.float32)
    last = int(np.ceil(_LAG_RATE_HZ / settings.floor_hz))
    lags = np.arange(int(_LAG_RATE_HZ / settings.ceiling_hz), last + 1, dtype=np.int64)
    gamma = settings.telephone_gamma if telephone else settings.full_band_gamma
    inverse = _inverse(np.array([0, *range(lags[0] - 1, lags[-1] + 2)]))
    own = _power(np.fft.rfft(window, _FFT)[: _FFT // 4 + 1]) @ inverse
    correlate = inverse * np.maximum(own / own[0], 0.05) ** -gamma
    # On the telephone the second harmonic may be the lowest one present: it must not be favoured.
    octave_cost = 0.0 if telephone else settings.octave_cost
    cost = octave_cost * np.log2(lags * settings.ceiling_hz / _LAG_RATE_HZ)
    return _Tables(window, correlate.astype(np.float32), lags, cost.astype(np.float32))


def _inverse(lags: NDArray[np.int64]) -> Floats:
    """Inverse Fourier transform of a power spectrum, real and even, at these lags alone: (bins up to 4 kHz, lags)."""
    inverse: Floats = np.cos(2 * np.pi * _BIN_HZ / _LAG_RATE_HZ * np.outer(np.arange(_FFT // 4 + 1), lags))
    inverse[1:-1] *= 2.0  # bins between the ends stand for the negative frequencies too
    inverse /= _FFT // 2
    return inverse


def _power(transform: Any) -> Floats:
    power: Floats = transform.real**2 + transform.imag**2
    return power


@cache
def _bands() -> Floats:
    """Matrix (bins, 3): a power spectrum times it is the energy of fundamental, formants and voice."""
    bands = np.zeros((_FFT // 4 + 1, 3), np.float32)
    for column, (low_hz, high_hz) in enumerate((_FUNDAMENTAL_HZ, _FORMANT_HZ, _VOICE_HZ)):
        bands[round(low_hz / _BIN_HZ) : round(high_hz / _BIN_HZ), column] = 1.0
    return bands


def _peaks(flattened: Floats, tables: _Tables) -> tuple[Floats, Floats]:
    """The highest peaks of the correlation, interpolated: Hz and strength, (frames, 5); column 0 is for unvoiced."""
    lags = tables.lags
    correlation = flattened @ tables.correlate
    strength = correlation[:, 1:] / (correlation[:, :1] + 1e-9)
    middle = strength[:, 1:-1]
    is_peak = (middle > strength[:, :-2]) & (middle >= strength[:, 2:])
    ranked = np.where(is_peak, middle - tables.cost, np.float32(-1.0))
    best = np.argpartition(ranked, -_CANDIDATES, axis=1)[:, -_CANDIDATES:]
    rows = np.arange(len(flattened))[:, None]
    left, centre, right = strength[rows, best], strength[rows, best + 1], strength[rows, best + 2]
    bend = np.minimum(left - 2 * centre + right, -1e-9)
    hz = np.ones((len(flattened), 1 + _CANDIDATES))
    hz[:, 1:] = _LAG_RATE_HZ / (lags[best] + np.maximum(np.minimum(0.5 * (left - right) / bend, 0.5), -0.5))
    scores = np.zeros_like(hz)
    scores[:, 1:] = np.minimum(ranked[rows, best], 1.0)
    return hz, scores


class PitchTracker:
    """f0 of one channel. Feed a turn in pieces of any size, then `finish`; frames of 50 ms every 10 ms.

    Frame k of a turn is centred at 25 + 10 k ms; 0.0 is unvoiced. A frame is decided at most 465 ms after its middle.
    """

    def __init__(self, settings: PitchSettings) -> None:
        self._settings = settings
        self._loudest = 1e-9  # peak energy of the channel's voice in 200-1000 Hz, decaying
        self._bands = np.zeros(3)  # energy of loud speech: fundamental, formants, above the telephone band
        self._heard_ms = 0  # loud speech so far
        self._telephone = False
        self._voiced: Floats = np.zeros(0)  # f0 of the most recent voiced frames
        self.new_turn()

    def new_turn(self) -> None:
        """Starts a turn: drops an unfinished one, keeps what is known of the channel (level, band, median f0)."""
        self._samples = np.zeros(0, np.float32)
        self._waiting: Floats = np.zeros((0, _FFT // 4 + 1), np.float32)  # spectra of the block before Viterbi
        self._scores: Floats = np.zeros(1 + _CANDIDATES)
        self._hz: Floats = np.ones((0, 1 + _CANDIDATES))  # candidates of the frames not yet decided, column 0 unvoiced
        self._back: list[list[int]] = []
        self._loudest *= 0.1  # the next speaker may be quieter
        self._bands *= 0.5
        self._decide_band()

    def feed(self, pcm: Pcm) -> Floats:
        """Takes int16 of shape (n,) at 16 kHz; f0 in Hz, shape (frames,), of the frames decided since the last call."""
        self._samples = np.concatenate([self._samples, pcm.astype(np.float32) * np.float32(1 / 32768)])
        decided = []
        while len(self._samples) >= (_BLOCK - 1) * _HOP + FRAME:
            self._block(_BLOCK)
            decided.append(self._decided(_LAG))
        return np.concatenate(decided) if decided else np.zeros(0)

    def finish(self) -> Floats:
        """f0 of the remaining frames at the end of the turn."""
        if (left := (len(self._samples) - FRAME) // _HOP + 1) > 0:
            self._block(left)
        if len(self._waiting):
            self._viterbi(*self._candidates(self._waiting))
            self._waiting = self._waiting[:0]
        return self._decided(0)

    def _block(self, count: int) -> None:
        frames = np.lib.stride_tricks.sliding_window_view(self._samples, FRAME)[::_HOP][:count]
        self._samples = self._samples[count * _HOP :]
        transform = np.fft.rfft(frames * _tables(self._settings, False).window, _FFT)
        spectra = _power(transform[:, : _FFT // 4 + 1])
        spectra[:, : round(40 / _BIN_HZ)] = 0.0  # DC offset, as wide as the window spreads it
        self._update_levels(spectra, transform)
        if len(self._waiting):
            self._viterbi(*self._candidates(self._waiting))
        self._waiting = spectra

    def _candidates(self, spectra: Floats) -> tuple[Floats, Floats]:
        """Frequencies and scores, shape (frames, 5); column 0 stands for unvoiced."""
        s = self._settings
        below_db = -10.0 * np.log10(np.maximum((spectra @ _bands()[:, 2]) / self._loudest, 1e-4))
        telephone = self._telephone
        gamma = s.telephone_gamma if telephone else s.full_band_gamma
        hz, scores = _peaks(spectra if gamma == 1.0 else spectra**gamma, _tables(s, telephone))
        if telephone and len(self._voiced) * HOP_MS >= _KNOWN_MS:
            off = np.abs(np.log2(hz[:, 1:] / np.median(self._voiced))) - s.voice_range_octaves
            scores[:, 1:] -= s.voice_cost * np.clip(off, 0.0, 1.0)
        scores[:, 0] = (
            s.telephone_strength + s.telephone_quiet * below_db
            if telephone
            else s.full_band_strength + s.full_band_quiet * below_db
        )
        return hz, scores

    def _update_levels(self, spectra: Floats, transform: Any) -> None:
        """Updates the peak level and the energies that decide on the band."""
        energy = spectra @ _bands()
        voice = energy[:, 2]
        before, self._loudest = self._loudest, max(_FADE * self._loudest, float(voice.max()))
        if self._loudest > 10.0 * before:
            self._heard_ms = 0  # what came before was not the voice
        loud = voice > self._loudest * 10 ** (-_LOUD_DB / 10)
        wide = _power(transform[loud, round(_WIDE_HZ[0] / _BIN_HZ) : round(_WIDE_HZ[1] / _BIN_HZ)])
        self._bands += [*(loud @ energy[:, :2]), wide.sum()]
        if self._heard_ms < self._settings.band_ms:
            self._heard_ms += HOP_MS * int(loud.sum())
            self._decide_band()

    def _decide_band(self) -> None:
        """Telephone or full band. High voices have little energy below 300 Hz, so a wide band has a lower limit."""
        s = self._settings
        fundamental, formant, wide = self._bands
        share = s.fundamental_share if wide < s.wide_share * formant else s.wide_fundamental_share
        self._telephone = bool(fundamental < share * formant)

    def _viterbi(self, hz: Floats, scores: Floats) -> None:
        """Viterbi over one block, vectorised: prefix products of the step matrices in the max-plus semiring."""
        s = self._settings
        before = self._hz[-1:] if len(self._hz) else hz[:1]
        octaves = np.log2(np.concatenate([before, hz])).T
        steps = -s.jump_cost * np.abs(octaves[:, None, :-1] - octaves[None, :, 1:])  # from, to, frame
        steps[0] = steps[:, 0] = -s.voicing_cost
        steps[0, 0] = 0.0
        if not len(self._hz):
            steps[:, :, 0] = 0.0  # no transition cost at the start of a turn
        steps += scores.T
        best = steps.copy()  # best[a, b, i]: from state a before the block to state b of frame i
        span = 1
        while span < best.shape[2]:
            best[:, :, span:] = (best[:, :, None, :-span] + best[None, :, :, span:]).max(axis=1)
            span *= 2
        reached = np.concatenate([self._scores[:, None], (self._scores[:, None, None] + best).max(axis=0)], axis=1)
        self._back += (reached[:, None, :-1] + steps).argmax(axis=0).T.tolist()
        self._hz = np.concatenate([self._hz, hz])
        self._scores = reached[:, -1] - reached[:, -1].max()

    def _decided(self, lag: int) -> Floats:
        """Traces back from the last frame; returns and drops the frames more than `lag` before it."""
        state = int(self._scores.argmax())
        states = []
        for back in reversed(self._back):
            states.append(state)
            state = back[state]
        count = max(0, len(states) - lag)
        chosen = np.array(states[::-1][:count], np.int64)
        f0 = np.where(chosen > 0, self._hz[np.arange(count), chosen], 0.0)
        self._hz, self._back = self._hz[count:], self._back[count:]
        self._voiced = np.concatenate([self._voiced, f0[f0 > 0]])[-self._settings.voice_ms // HOP_MS :]
        return f0
