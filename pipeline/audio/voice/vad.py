"""Is there a voice in this slice? Two gates: webrtcvad is cheap and opens, Silero is sure and decides.

webrtcvad alone calls typing and hold music speech; Silero alone costs twenty times as much and grows deaf when its
state is carried for minutes. So each opening starts Silero afresh with 240 ms of pre-roll. Silero's
windows are counted from the opening, not from the call's start: the same sound gives the same answer whenever it comes.

Three things are ours beside the two models (docs/accuracy.md has what each is worth): Silero hears the voice at the
level it was made for; what stands clear of the noise needs less proof, what holds its harmonics still needs more; and
the energy of the slices puts the borders right.
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
_KEEP = 2 * SPAN  # samples always at hand: pre-roll, an undecided block, and what `steadiness` looks back on


@dataclass(frozen=True, slots=True)
class VadSettings:
    """When sound counts as voice."""

    mode: Annotated[int, within(0, 3)] = 2  # webrtcvad aggressiveness; 3 is deaf to faint customers
    gate_rise_db: Decibels = 3.0  # nearer to the noise than this nothing opens the first gate
    quietest_dbfs: Dbfs = -62.0  # and below this
    pre_roll_ms: ShortMs = 240  # given to Silero from before the opening
    hang_over_ms: ShortMs = 320  # the first gate stays open after webrtcvad's last yes
    block_windows: Annotated[int, within(1, 30)] = 6  # windows per Silero call: 192 ms
    loudness_dbfs: Dbfs = -28.0  # level at which Silero is given the voice
    most_gain_db: Decibels = 24.0  # and how much a faint one is raised for it
    on_probability: Share = 0.5  # speech begins at or above
    off_probability: Share = 0.4  # and ends below
    clear_rise_db: Decibels = 20.0  # a sound so far above the noise needs less:
    clear_on_probability: Share = 0.27
    clear_off_probability: Share = 0.2
    still_from: Share = 0.2  # steadiness (tones.py) above this needs more:
    still_weight: Factor = 2.0  # so much for each 1.0 of it
    music_from: Share = 0.3  # steadiness above this is music,
    music_ms: WindowMs = 3_000  # and for so long nothing needs less
    sure_probability: Share = 0.75  # after a whole block above this
    sure_drop_db: Decibels = 15.0  # a block that ends no fainter than so far under the speech is speech, too
    trim_rise_db: Decibels = 3.0  # slices of Silero's speech nearer to the noise than this are cut off
    edge_rise_db: Decibels = 9.0  # slices beside it this far above the noise belong to it
    edge_ms: ShortMs = 300  # up to so far, and after a word only while they fade
    fade_db: Decibels = 2.0  # by which a fading slice may be louder than the faintest before it
    digital_dbfs: Dbfs = -66.0  # noise below this is digital silence: what is attached to a word belongs to it,
    digital_edge_ms: ShortMs = 500  # even as it dies away
    closure_ms: ShortMs = 40  # and after the closure of a stop, too
    settled_ms: WindowMs = 1_000  # without speech for so long, what is heard is noise

    def __post_init__(self) -> None:
        in_order(self, "off_probability", "on_probability")
        in_order(self, "clear_off_probability", "clear_on_probability")


@dataclass(frozen=True, slots=True)
class Voice:
    """The verdict on one slice. A later verdict on the same slice replaces an earlier one."""

    start_ms: int
    voiced: bool
    dbfs: float


class VoiceDetector:
    """One channel. `feed` takes a slice and gives verdicts on all slices decided by it.

    While the first gate is closed the verdict on a slice comes with it. When it opens, the slices of the pre-roll are
    judged again; while it is open, verdicts come in blocks of `block_windows` unless `flush` asks for all there are.
    """

    def __init__(self, settings: VadSettings, silero: Silero) -> None:
        self._settings = settings
        self._silero = silero
        self._gate = webrtcvad.Vad(settings.mode)
        self._floor = NoiseFloor()
        self._loudness = Loudness()
        self._heard: deque[tuple[float, float, float]] = deque(maxlen=64)  # dBFS: slice, noise, no voice; newest last
        self._pre_roll = SAMPLE_RATE_HZ * settings.pre_roll_ms // 1000 // SLICE_SAMPLES * SLICE_SAMPLES
        self._audio = np.zeros(_KEEP + 100 * SLICE_SAMPLES, np.float32)  # at int16's scale
        self._end = _KEEP  # of what is in it
        self._next = 0  # where the next undecided window begins in it
        self._next_ms = 0  # where the next slice begins, unless one is lost
        self._open = False
        self._opened_ms = -10_000
        self._decided_to = 0  # sample of the call at which the next undecided window begins
        self._quiet_ms = 0
        self._state = Silero.fresh()
        self._speaking = False
        self._sure = False  # beyond doubt, throughout the last block
        self._may_begin = False  # the last window said so
        self._music_ms = -10_000  # last heard
        self._run_start_ms = 0  # of Silero's speech
        self._undecided = 0  # start_ms of the first slice without a final verdict
        self._faintest_dbfs = 0.0  # slice since Silero's last one
        self._speech_end_ms = self._voiced_end_ms = -10_000  # ends of the last slices: Silero's, and after refining

    @property
    def pending_onset(self) -> bool:
        """The first gate hears something that the second has not denied yet."""
        return self._open and (self._speaking or self._quiet_ms == 0)

    def feed(self, start_ms: int, pcm: Pcm, flush: bool = False, beneath_dbfs: float = -math.inf) -> list[Voice]:
        """Slices in order; those left out were lost, and it begins anew after them.

        `beneath_dbfs`: level of what is heard in this slice and is known to be no voice of this channel.
        """
        lost = self._begin_anew(start_ms) if start_ms != self._next_ms else []
        self._next_ms = start_ms + SLICE_MS
        samples = self._keep(pcm)
        dbfs = to_dbfs(float(samples @ samples) * _PER_SLICE)
        floor_dbfs = self._floor.feed(dbfs, self._may_speak(start_ms))
        self._heard.append((dbfs, floor_dbfs, beneath_dbfs))
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

    def _begin_anew(self, start_ms: int) -> list[Voice]:
        """Levels and windows are counted back from the last slice: over a hole they would tell of other slices."""
        verdicts: list[Voice] = []
        if self._open:
            verdicts = self._judge(self._next_ms - SLICE_MS, True)
            self._close_gate(self._next_ms - SLICE_MS, verdicts)
        self._heard.clear()
        self._audio[: self._end] = 0.0
        self._undecided = start_ms
        return verdicts

    def _keep(self, pcm: Pcm) -> NDArray[np.float32]:
        """The slice in the buffer of the last audio."""
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
        """Speech, or so near to it that loudness says nothing about the noise yet."""
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
        more = self._more_for_stillness(probabilities, now_ms)
        for probability in probabilities:
            self._speaking = self._speaks(probability - more, now_ms)
            self._decided_to += WINDOW
            # A slice belongs to the window that holds its middle.
            while (self._undecided + SLICE_MS // 2) * SAMPLE_RATE_HZ // 1000 < self._decided_to:
                verdicts.extend(self._refine(self._undecided, self._speaking, now_ms))
                self._undecided += SLICE_MS
        return verdicts

    def _probabilities(self, ready: int) -> list[float]:
        """Of the next `ready` windows. After a sure block one that stays loud needs no second opinion."""
        begin, self._next = self._next, self._next + ready * WINDOW
        s, speech_dbfs = self._settings, self._loudness.dbfs
        if self._sure and max(self._heard[-age][0] for age in (1, 2, 3)) > speech_dbfs - s.sure_drop_db:
            self._sure = False
            return [1.0] * ready
        audio = self._audio[begin - CONTEXT : self._next]
        windows = np.lib.stride_tricks.as_strided(audio, (ready, CONTEXT + WINDOW), (4 * WINDOW, 4))
        # Silero is deaf to voices near full scale (on a hot telephone line it missed 61 %) and to faint ones.
        gain = np.float32(10 ** (min(s.loudness_dbfs - speech_dbfs, s.most_gain_db) / 20) / 32768)
        found, self._state = self._silero.probabilities(windows * gain, self._state)
        probabilities: list[float] = found.tolist()
        self._sure = min(probabilities) >= s.sure_probability
        return probabilities

    def _more_for_stillness(self, probabilities: list[float], now_ms: int) -> float:
        """What music and tones must show beyond a voice. Not looked at where it can change nothing."""
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
        # One window is not enough for the lower limit: a tone's onset looks like a voice for just so long.
        may_begin, self._may_begin = self._may_begin, is_clear and probability >= s.clear_on_probability
        return probability >= s.on_probability or (may_begin and self._may_begin)

    def _dbfs(self, start_ms: int, now_ms: int) -> float:
        age = (now_ms - start_ms) // SLICE_MS + 1
        return self._heard[-age][0] if age <= len(self._heard) else -math.inf

    def _rise_db(self, start_ms: int, now_ms: int) -> float:
        """How far a recent slice lies above the noise of its time, and above what is no voice of this channel."""
        age = (now_ms - start_ms) // SLICE_MS + 1
        if age > len(self._heard):
            return 0.0
        # The noise heard since then counts too: after the last word it is soon plain what lay under it.
        dbfs, floor_dbfs, beneath_dbfs = self._heard[-age]
        return dbfs - max(min(floor_dbfs, self._floor.dbfs), beneath_dbfs)

    def _refine(self, start_ms: int, speech: bool, now_ms: int) -> list[Voice]:
        """Silero's 32 ms windows ring on and start late; the slice's own energy puts the border right."""
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
            # A tone whose onset was taken for a voice must not be carried along.
            edge_ms = min(s.digital_edge_ms if is_digital else s.edge_ms, self._speech_end_ms - self._run_start_ms)
            pause_ms = start_ms - self._voiced_end_ms
            near = start_ms - self._speech_end_ms < edge_ms and pause_ms <= (s.closure_ms if is_digital else 0)
            voiced = near and rise > s.edge_rise_db and (self._fades(start_ms, now_ms) or is_digital)
        if voiced:
            self._voiced_end_ms = start_ms + SLICE_MS
        return [*onset, Voice(start_ms, voiced, self._dbfs(start_ms, now_ms))]

    def _fades(self, start_ms: int, now_ms: int) -> bool:
        """A word dies away: what is louder than the slices after its end is another sound."""
        dbfs = self._dbfs(start_ms, now_ms)
        fades = dbfs < self._faintest_dbfs + self._settings.fade_db
        self._faintest_dbfs = min(self._faintest_dbfs, dbfs)
        return fades

    def _widen_onset(self, start_ms: int, now_ms: int) -> list[Voice]:
        earliest = max(0, self._voiced_end_ms, start_ms - self._settings.edge_ms)
        begin = start_ms
        while begin > earliest and self._rise_db(begin - SLICE_MS, now_ms) > self._settings.edge_rise_db:
            begin -= SLICE_MS
        return [Voice(at, True, self._dbfs(at, now_ms)) for at in range(begin, start_ms, SLICE_MS)]
