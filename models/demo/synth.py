"""Mandarin speech from espeak-ng, in process, with the exact time of every character.

The library is called through ctypes: about 4 ms for 5 s of speech, against 30-50 ms for a subprocess, and
only the library gives WORD events (one per Hanzi), which are the truth for every time measured here.
Needs ``libespeak-ng.so.1`` and its data (Debian: ``libespeak-ng1 espeak-ng-data``, tried with 1.51).
"""

from __future__ import annotations

import ctypes
import functools
import threading
from dataclasses import dataclass

import numpy as np

SAMPLE_RATE_HZ = 16_000
# The plain voice ``cmn`` of Debian's 1.51 reads Hanzi by English rules; this one speaks Mandarin.
BASE_VOICE = "cmn-latn-pinyin"

# Variants heard in training, and the ones kept back to measure an unheard voice.
TRAIN_VARIANTS = (
    "f2", "f4", "f5", "Annie", "linda", "belinda", "steph", "Alicia",
    "m1", "m3", "m7", "Andy", "adam", "david", "klatt2", "klatt4",
)  # fmt: skip
HELD_OUT_VARIANTS = ("f3", "m4")

# espeak-ng 1.51 crashes (SIGSEGV) when a low pitch and a wide range meet in Annie, whose own range is wide:
# the widest range that works, found by trying each pair in a forked process. The other variants took all pairs.
_ANNIE_WIDEST = {20: 89, 21: 91, 22: 91, 23: 92, 24: 92, 25: 93}

_ESPEAK_RATE_HZ = 22_050
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_EVENT_END_OF_LIST, _EVENT_WORD, _EVENT_CLAUSE_END = 0, 1, 5  # espeak_EVENT_TYPE
_UTF8_AND_END_PAUSE = 1 | 0x1000
_AUDIO_SYNCHRONOUS = 2
# 441:320 is the exact ratio of the two rates; 32 times it keeps the FFT lengths smooth and so fast.
_FFT_BLOCK_IN = 441 * 32


class SynthesisError(RuntimeError):
    """espeak-ng is missing, or refused a voice or a text."""


@dataclass(frozen=True)
class CharTime:
    """One spoken character of the given text: ``text[index]``, from ``start_s`` to ``end_s``."""

    index: int
    char: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Speech:
    """``pcm``: float32 mono at 16 kHz in -1..1; ``chars``: the spoken characters in order."""

    pcm: np.ndarray
    chars: tuple[CharTime, ...]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE_HZ


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h (1.51)."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_byte * 8),
    ]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Espeak:
    """The one espeak-ng of this process: the library keeps global state, so there can be no second."""

    def __init__(self) -> None:
        try:
            self._lib = ctypes.CDLL("libespeak-ng.so.1")
        except OSError as error:
            raise SynthesisError("libespeak-ng.so.1 not found: install libespeak-ng1 and espeak-ng-data") from error
        rate_hz = self._lib.espeak_Initialize(_AUDIO_SYNCHRONOUS, 0, None, 0)
        if rate_hz != _ESPEAK_RATE_HZ:
            raise SynthesisError(f"espeak-ng opened at {rate_hz} Hz, wanted {_ESPEAK_RATE_HZ}")
        self._pcm: list[bytes] = []
        self._events: list[tuple[int, int, int, int]] = []
        self._callback = _CALLBACK(self._take)  # kept: ctypes does not keep it for us
        self._lib.espeak_SetSynthCallback(self._callback)
        self._lock = threading.Lock()

    def _take(self, wav: ctypes._Pointer, count: int, events: ctypes._Pointer) -> int:  # type: ignore[type-arg]
        if wav and count > 0:
            self._pcm.append(ctypes.string_at(wav, 2 * count))
        at = 0
        while (event := events[at]).type != _EVENT_END_OF_LIST:
            self._events.append((event.type, event.text_position, event.length, event.sample))
            at += 1
        return 0

    def run(self, text: str, variant: str, speed: int, pitch: int, pitch_range: int) -> tuple[np.ndarray, list]:
        with self._lock:
            self._pcm.clear()
            self._events.clear()
            voice = f"{BASE_VOICE}+{variant}" if variant else BASE_VOICE
            if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
                raise SynthesisError(f"espeak-ng has no voice {voice!r}")
            # Setting a voice resets the parameters, so they come after it, every time.
            for parameter, value in ((_RATE, speed), (_PITCH, pitch), (_RANGE, pitch_range)):
                self._lib.espeak_SetParameter(parameter, value, 0)
            raw = text.encode()
            code = self._lib.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8_AND_END_PAUSE, None, None)
            if code != 0:
                raise SynthesisError(f"espeak-ng returned {code} for {text!r}")
            return np.frombuffer(b"".join(self._pcm), dtype=np.int16), list(self._events)


@functools.cache
def _espeak() -> _Espeak:
    return _Espeak()


def speak(text: str, *, variant: str, speed: int = 160, pitch: int = 50, pitch_range: int = 50) -> Speech:
    """Speak ``text`` (simplified Hanzi and punctuation).

    ``variant``: an espeak voice variant (``f2``, ``m3``, ...); ``speed``: espeak words per minute, 80-300
    (measured: 150 is about 180 characters a minute of speech); ``pitch`` and ``pitch_range``: 0-99,
    and a range of 0 is monotone. espeak-ng keeps phase and flutter between calls, so the same samples come only
    from the same calls in the same order in a fresh process (times are the same regardless).
    """
    if variant == "Annie":
        pitch_range = min(pitch_range, _ANNIE_WIDEST.get(pitch, 94 if pitch > 25 else 69 + pitch))
    raw, events = _espeak().run(text, variant, speed, pitch, pitch_range)
    if not len(raw):
        raise SynthesisError(f"espeak-ng gave no sound for {text!r}")
    pcm = resample_to_16k(raw.astype(np.float32) / 32768.0)
    return Speech(pcm, tuple(_char_times(text, events, pcm)))


def resample_to_16k(pcm: np.ndarray) -> np.ndarray:
    """22 050 Hz to 16 000 Hz by FFT: linear phase, no delay, so the event times stay true."""
    wanted = int(np.ceil(len(pcm) * 320 / 441))
    blocks = -(-len(pcm) // _FFT_BLOCK_IN)
    size_in = blocks * _FFT_BLOCK_IN
    size_out = size_in * 320 // 441
    spectrum = np.fft.rfft(pcm, n=size_in)[: size_out // 2 + 1]
    # A soft edge from 7.4 to 8 kHz instead of a brick wall, which would ring around every plosive.
    edge = len(spectrum) * 74 // 80
    spectrum[edge:] *= 0.5 * (1 + np.cos(np.linspace(0, np.pi, len(spectrum) - edge)))
    return (np.fft.irfft(spectrum, n=size_out)[:wanted] * (size_out / size_in)).astype(np.float32)


def _char_times(text: str, events: list[tuple[int, int, int, int]], pcm: np.ndarray) -> list[CharTime]:
    """Character times from WORD events; the last one of a clause ends where its sound ends, not its pause."""
    times: list[CharTime] = []
    marks = [e for e in events if (e[0] == _EVENT_WORD and e[2] > 0) or e[0] == _EVENT_CLAUSE_END]
    for at, (kind, position, length, sample) in enumerate(marks):
        if kind != _EVENT_WORD:
            continue
        start_s = sample / _ESPEAK_RATE_HZ
        end_s = marks[at + 1][3] / _ESPEAK_RATE_HZ if at + 1 < len(marks) else len(pcm) / SAMPLE_RATE_HZ
        if at + 1 >= len(marks) or marks[at + 1][0] == _EVENT_CLAUSE_END:
            end_s = _sound_end_s(pcm, start_s, end_s)
        # Latin letters or digits would make longer words: their time is shared out evenly.
        step = (end_s - start_s) / length
        for k in range(length):
            index = position - 1 + k
            times.append(CharTime(index, text[index], start_s + k * step, start_s + (k + 1) * step))
    return times


def _sound_end_s(pcm: np.ndarray, start_s: float, end_s: float) -> float:
    """The last 10 ms within [start, end) that is louder than 40 dB below the loudest."""
    hop = SAMPLE_RATE_HZ // 100
    piece = pcm[int(start_s * SAMPLE_RATE_HZ) : int(end_s * SAMPLE_RATE_HZ)]
    frames = len(piece) // hop
    if frames < 2:
        return end_s
    level = np.abs(piece[: frames * hop]).reshape(frames, hop).max(axis=1)
    loud = np.nonzero(level > 0.01 * level.max())[0]
    return min(end_s, start_s + (int(loud[-1]) + 1) * 0.01) if len(loud) else end_s
