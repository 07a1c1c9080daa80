"""Is there a voice in this slice? Two gates: webrtcvad is cheap and opens, Silero is sure and decides.

webrtcvad alone calls typing and hold music speech; Silero alone costs twenty times as much and grows deaf when its
state is carried for minutes. So each opening starts Silero afresh with 256 ms of pre-roll (MEASURED §7). Silero's
windows are counted from the opening, not from the call's start: the same sound gives the same answer whenever it comes.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import faster_whisper
import numpy as np
import onnxruntime
import webrtcvad
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm

WINDOW = 512  # samples: Silero v6 at 16 kHz
CONTEXT = 64

State = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class VadSettings:
    """When sound counts as voice."""

    mode: int = 2  # webrtcvad aggressiveness; 3 is deaf to faint customers
    on_probability: float = 0.5  # Silero: speech begins at or above
    off_probability: float = 0.35  # and ends below
    pre_roll_ms: int = 256  # given to Silero from before the opening
    hang_over_ms: int = 320  # the first gate stays open after webrtcvad's last yes
    block_windows: int = 3  # windows per Silero call: 96 ms
    edge_ms: int = 200  # how far energy may widen what Silero found
    edge_rise_db: float = 12.0  # by slices this far above the noise
    digital_dbfs: float = -66.0  # noise below this is digital silence: what is attached to a word belongs to it,
    digital_edge_ms: int = 500  # even as it dies away
    trim_rise_db: float = 3.0  # and slices nearer to the noise than this are cut off
    settled_ms: int = 1_000  # without speech for so long, what is heard is noise
    quietest_dbfs: float = -62.0  # below it nothing is a voice


class Silero:
    """The shared model: probabilities of speech for windows of one stream. Thread-safe, keeps nothing."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    @staticmethod
    def fresh() -> State:
        return np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32)

    def probabilities(self, windows: NDArray[np.float32], state: State) -> tuple[NDArray[np.float32], State]:
        """Windows of shape (n, 576), 64 samples of context first; probabilities of shape (n,)."""
        probabilities, h, c = self._session.run(None, {"input": windows, "h": state[0], "c": state[1]})
        return np.asarray(probabilities).reshape(-1), (h, c)


@cache
def shared_silero() -> Silero:
    """Silero v6 as it lies in the faster-whisper wheel."""
    return Silero(Path(faster_whisper.__file__).parent / "assets" / "silero_vad_v6.onnx")


@dataclass(frozen=True, slots=True)
class Voice:
    """The verdict on one slice. A later verdict on the same slice replaces an earlier one."""

    start_ms: int
    voiced: bool


class NoiseFloor:
    """Level of what lies under the speech, dBFS: falls at once, rises slowly under speech and fast without."""

    LOWEST_DBFS = -80.0  # digital silence and what nobody can hear
    RISE_DB = 1.0 * SLICE_MS / 1000
    FREE_RISE_DB = 30.0 * SLICE_MS / 1000

    def __init__(self) -> None:
        self.dbfs = 0.0

    def feed(self, dbfs: float, speaking: bool) -> None:
        rise = self.RISE_DB if speaking else self.FREE_RISE_DB
        self.dbfs = max(self.LOWEST_DBFS, min(dbfs, self.dbfs + rise))


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
        self._history: deque[float] = deque(maxlen=64)  # dBFS of the last slices, newest last
        self._floors: deque[float] = deque(maxlen=64)
        self._beneath: deque[float] = deque(maxlen=64)
        keep = SAMPLE_RATE_HZ * settings.pre_roll_ms // 1000 + CONTEXT
        self._recent = np.zeros(keep, np.float32)
        self._pending = np.zeros(0, np.float32)  # from CONTEXT samples before the next window on
        self._open = False
        self._opened_ms = -10_000
        self._decided_to = 0  # sample at which the next undecided window begins
        self._quiet_ms = 0
        self._state = Silero.fresh()
        self._speaking = False
        self._undecided = 0  # start_ms of the first slice without a final verdict
        self._speech_end_ms = self._voiced_end_ms = -10_000  # ends of the last slices: Silero's, and after refining

    @property
    def pending_onset(self) -> bool:
        """The first gate hears something that the second has not denied yet."""
        return self._open and (self._speaking or self._quiet_ms == 0)

    def feed(self, start_ms: int, pcm: Pcm, flush: bool = False, beneath_dbfs: float = -math.inf) -> list[Voice]:
        """`beneath_dbfs`: level of what is heard in this slice and is known to be no voice of this channel."""
        samples = pcm.astype(np.float32) * np.float32(1 / 32768)
        dbfs = 10.0 * np.log10(float(np.dot(samples, samples)) / SLICE_SAMPLES + 1e-12)
        self._floor.feed(dbfs, self._may_speak(start_ms))
        self._history.append(dbfs)
        self._floors.append(self._floor.dbfs)
        self._beneath.append(beneath_dbfs)
        heard = dbfs > self._settings.quietest_dbfs and self._gate.is_speech(pcm.tobytes(), SAMPLE_RATE_HZ)
        if heard and not self._open:
            self._open_gate(start_ms)
        verdicts: list[Voice] = []
        if self._open:
            self._pending = np.concatenate([self._pending, samples])
            self._quiet_ms = 0 if heard else self._quiet_ms + SLICE_MS
            closing = self._quiet_ms >= self._settings.hang_over_ms
            verdicts = self._judge(start_ms, flush or closing)
            if closing:
                self._close_gate(start_ms, verdicts)
        else:
            verdicts.append(Voice(start_ms, False))
            self._undecided = start_ms + SLICE_MS
        self._recent = np.concatenate([self._recent[SLICE_SAMPLES:], samples])
        return verdicts

    def _may_speak(self, start_ms: int) -> bool:
        """Speech, or so near to it that loudness says nothing about the noise yet."""
        return self._open and start_ms - max(self._speech_end_ms, self._opened_ms) < self._settings.settled_ms

    def _open_gate(self, start_ms: int) -> None:
        self._opened_ms = start_ms
        pre_roll = SAMPLE_RATE_HZ * self._settings.pre_roll_ms // 1000
        self._open, self._speaking, self._state = True, False, Silero.fresh()
        self._decided_to = start_ms * SAMPLE_RATE_HZ // 1000 - pre_roll
        self._pending = self._recent.copy()
        self._undecided = max(0, start_ms - (self._settings.pre_roll_ms // SLICE_MS) * SLICE_MS)

    def _close_gate(self, start_ms: int, verdicts: list[Voice]) -> None:
        self._open = self._speaking = False
        self._quiet_ms = 0
        while self._undecided <= start_ms:
            verdicts.append(Voice(self._undecided, False))
            self._undecided += SLICE_MS

    def _judge(self, now_ms: int, flush: bool) -> list[Voice]:
        ready = (len(self._pending) - CONTEXT) // WINDOW
        if ready < 1 or (ready < self._settings.block_windows and not flush):
            return []
        rows = np.stack([self._pending[i * WINDOW : (i + 1) * WINDOW + CONTEXT] for i in range(ready)])
        probabilities, self._state = self._silero.probabilities(rows, self._state)
        self._pending = self._pending[ready * WINDOW :]
        verdicts: list[Voice] = []
        for probability in probabilities:
            limit = self._settings.off_probability if self._speaking else self._settings.on_probability
            self._speaking = bool(probability >= limit)
            self._decided_to += WINDOW
            # A slice belongs to the window that holds its middle.
            while (self._undecided + SLICE_MS // 2) * SAMPLE_RATE_HZ // 1000 < self._decided_to:
                verdicts.extend(self._refine(self._undecided, self._speaking, now_ms))
                self._undecided += SLICE_MS
        return verdicts

    def _rise_db(self, start_ms: int, now_ms: int) -> float:
        """How far a recent slice lies above the noise of its time, and above what is no voice of this channel."""
        age = (now_ms - start_ms) // SLICE_MS + 1
        if age > len(self._history):
            return 0.0
        # The noise heard since then counts too: after the last word it is soon plain what lay under it.
        noise = min(self._floors[-age], self._floor.dbfs)
        return self._history[-age] - max(noise, self._beneath[-age])

    def _refine(self, start_ms: int, speech: bool, now_ms: int) -> list[Voice]:
        """Silero's 32 ms windows ring on and start late; the slice's own energy puts the border right."""
        s = self._settings
        rise = self._rise_db(start_ms, now_ms)
        onset: list[Voice] = []
        if speech:
            voiced = rise > s.trim_rise_db
            if voiced and self._voiced_end_ms < start_ms:
                onset = self._widen_onset(start_ms, now_ms)
            self._speech_end_ms = start_ms + SLICE_MS
        else:
            edge_ms = s.digital_edge_ms if self._floor.dbfs < s.digital_dbfs else s.edge_ms
            near = start_ms - self._speech_end_ms < edge_ms and self._voiced_end_ms == start_ms
            voiced = near and rise > s.edge_rise_db
        if voiced:
            self._voiced_end_ms = start_ms + SLICE_MS
        return [*onset, Voice(start_ms, voiced)]

    def _widen_onset(self, start_ms: int, now_ms: int) -> list[Voice]:
        earliest = max(0, self._voiced_end_ms, start_ms - self._settings.edge_ms)
        begin = start_ms
        while begin > earliest and self._rise_db(begin - SLICE_MS, now_ms) > self._settings.edge_rise_db:
            begin -= SLICE_MS
        return [Voice(at, True) for at in range(begin, start_ms, SLICE_MS)]
