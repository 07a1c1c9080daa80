"""Voice activity detection in two stages: webrtcvad is cheap and opens a gate, Silero then decides.

webrtcvad alone takes typing and hold music for speech; Silero alone costs twenty times as much, and its recall drops
when its recurrent state is carried for minutes. So each opening of the gate starts Silero with a fresh state and
240 ms of pre-roll. Silero's windows are counted from the opening, not from the call's start, so the same sound gives
the same answer at any time.

Three things are added to the two models (docs/accuracy.md says what each gains): the gain is normalised before Silero;
its thresholds are lower for sounds far above the noise and higher for sounds with steady harmonics (music, tones); and
onset and end are refined by the energy of the slices.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from pipeline.audio.measures.loudness import Loudness, NoiseFloor, to_dbfs
from pipeline.audio.voice.silero import CONTEXT, WINDOW, Silero
from pipeline.audio.voice.tones import SPAN, steadiness
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm
from pipeline.quantities import Dbfs, Decibels, Factor, Share, ShortMs, WindowMs, in_order, within

_PER_SLICE = 1.0 / (SLICE_SAMPLES * 32768.0**2)
_KEEP = 2 * SPAN  # samples kept: pre-roll, an undecided block, and the span that `steadiness` analyses


@dataclass(frozen=True, slots=True)
class VadSettings:
    """When sound counts as voice. The gate is webrtcvad, the windows of 32 ms are Silero's."""

    mode: Annotated[int, within(0, 3)] = 2  # webrtcvad aggressiveness; 3 misses faint customers
    gate_rise_db: Decibels = 3.0  # a slice opens the gate only if it is this far above the noise floor
    quietest_dbfs: Dbfs = -62.0  # and above this level
    pre_roll_ms: ShortMs = 240  # audio before the opening that Silero is given as well
    hang_over_ms: ShortMs = 320  # hangover: the gate stays open this long after webrtcvad's last speech slice
    block_windows: Annotated[int, within(1, 30)] = 6  # windows per Silero call: 192 ms
    loudness_dbfs: Dbfs = -28.0  # speech is normalised to this level before Silero
    most_gain_db: Decibels = 24.0  # with at most this gain
    on_probability: Share = 0.5  # speech begins at or above this probability of Silero
    off_probability: Share = 0.4  # and ends below this one
    clear_rise_db: Decibels = 20.0  # a sound this far above the noise has lower thresholds:
    clear_on_probability: Share = 0.27  # begins, if two successive windows reach it
    clear_off_probability: Share = 0.2  # and ends
    still_from: Share = 0.2  # steadiness (tones.py) above this raises the thresholds:
    still_weight: Factor = 2.0  # by this much for each 1.0 of steadiness above still_from
    music_from: Share = 0.3  # steadiness above this is music
    music_ms: WindowMs = 3_000  # and for so long afterwards the lower thresholds do not apply
    sure_probability: Share = 0.75  # after a block with all windows above this, Silero is skipped for the next block
    sure_drop_db: Decibels = 15.0  # if one of its last slices is within this distance below the speech level
    trim_rise_db: Decibels = 3.0  # slices that Silero calls speech are dropped if they are no further above the noise
    edge_rise_db: Decibels = 9.0  # slices next to speech count as speech if they are this far above the noise,
    edge_ms: ShortMs = 300  # up to this distance, and after a word only while their level falls
    fade_db: Decibels = 2.0  # a falling slice may be this much louder than the faintest one before it
    digital_dbfs: Dbfs = -66.0  # noise floor below this is digital silence: then slices after a word count
    digital_edge_ms: ShortMs = 500  # up to this distance, falling or not,
    closure_ms: ShortMs = 40  # also after a gap this long (the closure of a stop consonant)
    settled_ms: WindowMs = 1_000  # after this long without speech the noise floor may rise fast again

    def __post_init__(self) -> None:
        in_order(self, "off_probability", "on_probability")
        in_order(self, "clear_off_probability", "clear_on_probability")


@dataclass(frozen=True, slots=True)
class Voice:
    """The decision on one slice: `dbfs` is its level. A later decision on the same slice replaces an earlier one."""

    start_ms: int
    voiced: bool
    dbfs: float


class VoiceDetector:
    """The detector of one channel. `feed` takes a slice and returns the decisions on all slices decided by now.

    While the gate is closed a slice is decided at once. When it opens, the slices of the pre-roll are decided again;
    while it is open, decisions come in blocks of `block_windows` (192 ms), or at once with `flush`.
    """

    def __init__(self, settings: VadSettings, silero: Silero) -> None:
        self._settings = settings
        self._silero = silero
        self._gate = webrtcvad.Vad(settings.mode)
        self._floor = NoiseFloor()
        self._loudness = Loudness()
        self._heard: deque[tuple[float, float, float]] = deque(maxlen=64)  # dBFS: slice, noise floor, crosstalk
        self._pre_roll = SAMPLE_RATE_HZ * settings.pre_roll_ms // 1000 // SLICE_SAMPLES * SLICE_SAMPLES
        self._audio = np.zeros(_KEEP + 100 * SLICE_SAMPLES, np.float32)  # scaled as int16
        self._end = _KEEP  # end of the samples in the buffer
        self._next = 0  # index in the buffer at which the next undecided window begins
        self._next_ms = 0  # start of the next slice, unless one is lost
        self._open = False
        self._opened_ms = -10_000
        self._decided_to = 0  # the same as a sample number of the call
        self._quiet_ms = 0
        self._state = Silero.fresh()
        self._speaking = False
        self._sure = False  # all windows of the last block were above sure_probability
        self._may_begin = False  # the last window reached clear_on_probability
        self._music_ms = -10_000  # when music was last detected
        self._run_start_ms = 0  # start of the present run of Silero's speech
        self._undecided = 0  # start_ms of the first slice without a final decision
        self._faintest_dbfs = 0.0  # level of the faintest slice since Silero's last speech slice
        self._speech_end_ms = self._voiced_end_ms = -10_000  # end of the last speech slice: Silero's, after refinement

    @property
    def pending_onset(self) -> bool:
        """The gate is open and Silero has not rejected the sound yet."""
        return self._open and (self._speaking or self._quiet_ms == 0)

    def feed(self, start_ms: int, pcm: Pcm, flush: bool = False, crosstalk_dbfs: float = -math.inf) -> list[Voice]:
        """Decisions on slices, mostly in order of time, at most 240 ms late; see the class.

        `pcm`: int16 of shape (320,), the slice that starts at `start_ms`. Slices come in order; after a gap (lost
        audio) the detector starts anew. `flush`: decide on all audio so far. `crosstalk_dbfs`: level of the other
        side's voice that is known to be in this slice, dBFS; -inf for none.
        """
        lost = self._restart(start_ms) if start_ms != self._next_ms else []
        self._next_ms = start_ms + SLICE_MS
        samples = self._keep(pcm)
        dbfs = to_dbfs(float(samples @ samples) * _PER_SLICE)
        floor_dbfs = self._floor.feed(dbfs, self._may_speak(start_ms))
        self._heard.append((dbfs, floor_dbfs, crosstalk_dbfs))
        s = self._settings
        is_loud = dbfs > max(s.quietest_dbfs, floor_dbfs + s.gate_rise_db)
        heard = is_loud and self._gate.is_speech(pcm.tobytes(), SAMPLE_RATE_HZ)
        if heard:
            self._loudness.feed(dbfs)
            if not self._open:
                self._open_gate(start_ms)
        if not self._open:
            self._undecided = start_ms + SLICE_MS
            return [*lost, Voice(start_ms, False, dbfs)]
        self._quiet_ms = 0 if heard else self._quiet_ms + SLICE_MS
        closing = self._quiet_ms >= s.hang_over_ms
        verdicts = self._judge(start_ms, flush or closing)
        if closing:
            self._close_gate(start_ms, verdicts)
        return [*lost, *verdicts]

    def _restart(self, start_ms: int) -> list[Voice]:
        """Closes the gate and forgets the history, which is indexed by age and would be wrong across a gap."""
        verdicts: list[Voice] = []
        if self._open:
            verdicts = self._judge(self._next_ms - SLICE_MS, True)
            self._close_gate(self._next_ms - SLICE_MS, verdicts)
        self._heard.clear()
        self._audio[: self._end] = 0.0
        self._undecided = start_ms
        return verdicts

    def _keep(self, pcm: Pcm) -> NDArray[np.float32]:
        """Appends the slice to the buffer of recent audio; the samples as float32 at the scale of int16."""
        if self._end + SLICE_SAMPLES > len(self._audio):
            surplus = self._end - _KEEP
            self._audio[:_KEEP] = self._audio[surplus : self._end]
            self._next -= surplus
            self._end -= surplus
        samples = self._audio[self._end : self._end + SLICE_SAMPLES]
        samples[:] = pcm
        self._end += SLICE_SAMPLES
        return samples

    def _may_speak(self, start_ms: int) -> bool:
        """Speech is present or recent: the noise floor must rise slowly."""
        return self._open and start_ms - max(self._speech_end_ms, self._opened_ms) < self._settings.settled_ms

    def _open_gate(self, start_ms: int) -> None:
        self._opened_ms = start_ms
        self._open, self._speaking, self._sure, self._state = True, False, False, Silero.fresh()
        self._next = self._end - SLICE_SAMPLES - self._pre_roll
        self._decided_to = start_ms * SAMPLE_RATE_HZ // 1000 - self._pre_roll
        self._undecided = max(0, start_ms - self._pre_roll * 1000 // SAMPLE_RATE_HZ)

    def _close_gate(self, start_ms: int, verdicts: list[Voice]) -> None:
        self._open = self._speaking = False
        self._quiet_ms = 0
        while self._undecided <= start_ms:
            verdicts.append(Voice(self._undecided, False, self._dbfs(self._undecided, start_ms)))
            self._undecided += SLICE_MS

    def _judge(self, now_ms: int, flush: bool) -> list[Voice]:
        ready = (self._end - self._next) // WINDOW
        if ready < 1 or (ready < self._settings.block_windows and not flush):
            return []
        verdicts: list[Voice] = []
        probabilities = self._probabilities(ready)
        more = self._threshold_rise(probabilities, now_ms)
        for probability in probabilities:
            self._speaking = self._speaks(probability - more, now_ms)
            self._decided_to += WINDOW
            # A slice belongs to the window that holds its middle.
            while (self._undecided + SLICE_MS // 2) * SAMPLE_RATE_HZ // 1000 < self._decided_to:
                verdicts.extend(self._refine(self._undecided, self._speaking, now_ms))
                self._undecided += SLICE_MS
        return verdicts

    def _probabilities(self, ready: int) -> list[float]:
        """Of the next `ready` windows; 1.0 without running the model for a loud block after a sure one."""
        begin, self._next = self._next, self._next + ready * WINDOW
        s, speech_dbfs = self._settings, self._loudness.dbfs
        if self._sure and max(self._heard[-age][0] for age in (1, 2, 3)) > speech_dbfs - s.sure_drop_db:
            self._sure = False
            return [1.0] * ready
        audio = self._audio[begin - CONTEXT : self._next]
        windows = np.lib.stride_tricks.as_strided(audio, (ready, CONTEXT + WINDOW), (4 * WINDOW, 4))
        # Silero misses voices near full scale (61 % on an overdriven telephone channel) and faint ones.
        gain = np.float32(10 ** (min(s.loudness_dbfs - speech_dbfs, s.most_gain_db) / 20) / 32768)
        found, self._state = self._silero.probabilities(windows * gain, self._state)
        probabilities: list[float] = found.tolist()
        self._sure = min(probabilities) >= s.sure_probability
        return probabilities

    def _threshold_rise(self, probabilities: list[float], now_ms: int) -> float:
        """By how much steady harmonics raise the thresholds; not computed where it could change no decision."""
        s = self._settings
        if max(probabilities) < s.clear_off_probability or min(probabilities) >= s.sure_probability:
            return 0.0
        found = steadiness(self._audio[self._next - SPAN : self._next])
        if found > s.music_from:
            self._music_ms = now_ms
        return s.still_weight * max(0.0, found - s.still_from)

    def _speaks(self, probability: float, now_ms: int) -> bool:
        s = self._settings
        is_music = now_ms - self._music_ms < s.music_ms
        is_clear = not is_music and self._rise_db(self._undecided, now_ms) >= s.clear_rise_db
        if self._speaking:
            return probability >= (s.clear_off_probability if is_clear else s.off_probability)
        # The lower threshold needs two windows: the onset of a tone looks like a voice for one.
        may_begin, self._may_begin = self._may_begin, is_clear and probability >= s.clear_on_probability
        return probability >= s.on_probability or (may_begin and self._may_begin)

    def _dbfs(self, start_ms: int, now_ms: int) -> float:
        age = (now_ms - start_ms) // SLICE_MS + 1
        return self._heard[-age][0] if age <= len(self._heard) else -math.inf

    def _rise_db(self, start_ms: int, now_ms: int) -> float:
        """How far a recent slice lies above the noise floor and above the crosstalk, dB; 0.0 if it is too long ago."""
        age = (now_ms - start_ms) // SLICE_MS + 1
        if age > len(self._heard):
            return 0.0
        # The present noise floor counts too: after a word it has fallen to the level that was under the word.
        dbfs, floor_dbfs, crosstalk_dbfs = self._heard[-age]
        return dbfs - max(min(floor_dbfs, self._floor.dbfs), crosstalk_dbfs)

    def _refine(self, start_ms: int, speech: bool, now_ms: int) -> list[Voice]:
        """Silero starts late and ends late by its 32 ms windows; the energy of the slices corrects both borders."""
        s = self._settings
        rise = self._rise_db(start_ms, now_ms)
        onset: list[Voice] = []
        if speech:
            voiced = rise > s.trim_rise_db
            if voiced and self._voiced_end_ms < start_ms:
                onset = self._widen_onset(start_ms, now_ms)
            if self._speech_end_ms < start_ms:
                self._run_start_ms = start_ms
            self._speech_end_ms, self._faintest_dbfs = start_ms + SLICE_MS, 0.0
        else:
            is_digital = self._floor.dbfs < s.digital_dbfs
            # Not longer than the run itself: a tone whose onset was taken for a voice must not be extended.
            edge_ms = min(s.digital_edge_ms if is_digital else s.edge_ms, self._speech_end_ms - self._run_start_ms)
            pause_ms = start_ms - self._voiced_end_ms
            near = start_ms - self._speech_end_ms < edge_ms and pause_ms <= (s.closure_ms if is_digital else 0)
            voiced = near and rise > s.edge_rise_db and (self._fades(start_ms, now_ms) or is_digital)
        if voiced:
            self._voiced_end_ms = start_ms + SLICE_MS
        return [*onset, Voice(start_ms, voiced, self._dbfs(start_ms, now_ms))]

    def _fades(self, start_ms: int, now_ms: int) -> bool:
        """Whether the level still falls after a word; if it rises again, that is another sound."""
        dbfs = self._dbfs(start_ms, now_ms)
        fades = dbfs < self._faintest_dbfs + self._settings.fade_db
        self._faintest_dbfs = min(self._faintest_dbfs, dbfs)
        return fades

    def _widen_onset(self, start_ms: int, now_ms: int) -> list[Voice]:
        """Slices before the onset that are loud enough to belong to it."""
        earliest = max(0, self._voiced_end_ms, start_ms - self._settings.edge_ms)
        begin = start_ms
        while begin > earliest and self._rise_db(begin - SLICE_MS, now_ms) > self._settings.edge_rise_db:
            begin -= SLICE_MS
        return [Voice(at, True, self._dbfs(at, now_ms)) for at in range(begin, start_ms, SLICE_MS)]
