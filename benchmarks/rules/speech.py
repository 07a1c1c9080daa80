"""Dialogues as sound: each line in a voice of its side, at its time and for its length; agent left, customer right."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Samples
from benchmarks.asr.errors import han
from benchmarks.asr.natural import Voices
from benchmarks.rules.dialogues import Dialogue
from models.voices import SPEEDS
from pipeline.dialogues.reading import Line
from pipeline.ports import SAMPLE_RATE_HZ

# Agent, customer.
VOICES = (
    ("zf_xiaoyi", "zm_yunjian"),
    ("zm_yunxi", "zf_xiaoxiao"),
    ("zf_xiaobei", "zm_yunxia"),
    ("zm_yunyang", "zf_xiaoyi"),
    ("zf_xiaoxiao", "zm_yunxi"),
)
RATES = {  # characters a second at speed 1: a first guess, mended by what comes of it
    "zf_xiaobei": 3.9, "zf_xiaoxiao": 4.8, "zf_xiaoyi": 5.0, "zm_yunjian": 5.1, "zm_yunxi": 5.3, "zm_yunxia": 4.5,
    "zm_yunyang": 5.5,
}  # fmt: skip
CLOSE = 0.08  # of its length: near enough
TRIES = 3
LONGEST = 40  # characters spoken at once
LEVEL_DBFS = {"agent": -22.0, "customer": -24.0}
NOISE_DBFS = -65.0
TAIL_S = 1.0  # after the last word


@dataclass(frozen=True)
class Speaker:
    """Natural voices; what they said is kept in `folder`."""

    voices: Voices
    folder: Path

    def say(self, voice: str, text: str, length_s: float) -> Samples:
        """`text` at 16 kHz in about `length_s`, without silence around it."""
        pieces = list(_pieces(text))
        characters = sum(len(han(piece)) for piece in pieces)
        return np.concatenate([self._piece(voice, p, length_s * len(han(p)) / characters) for p in pieces])

    def _piece(self, voice: str, text: str, length_s: float) -> Samples:
        name = hashlib.sha256(f"{voice} {length_s:.2f} {text}".encode()).hexdigest()[:16]
        kept = self.folder / "lines" / f"{name}.wav"
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            speed = _within(len(han(text)) / RATES[voice] / length_s)
            for _ in range(TRIES):
                said = self.voices.say(voice, text, speed)
                off = len(said) / SAMPLE_RATE_HZ / length_s
                speed, before = _within(speed * off), speed
                if abs(off - 1) <= CLOSE or speed == before:
                    break
            soundfile.write(kept, said, SAMPLE_RATE_HZ, "PCM_16")
        return np.asarray(soundfile.read(kept)[0])


def render(dialogue: Dialogue, speaker: Speaker, voices: tuple[str, str]) -> Path:
    """The call as stereo WAV of 16 kHz. A line that its voice cannot say in its time lasts longer."""
    hung_up = next((line.start_s for line in dialogue.lines if line.who == "system"), None)
    length = round((hung_up or dialogue.end_s + TAIL_S) * SAMPLE_RATE_HZ)
    noise = sound.white(2 * length / SAMPLE_RATE_HZ + 1, NOISE_DBFS)
    sides = {"agent": noise[:length].copy(), "customer": noise[length : 2 * length].copy()}
    for line in dialogue.lines:
        if line.who != "system":
            said = speaker.say(voices[line.who == "customer"], line.text, line.end_s - line.start_s)
            begin = round(line.start_s * SAMPLE_RATE_HZ)
            heard = _heard(line, said)[: length - begin]
            sides[line.who][begin : begin + len(heard)] += heard
    path = speaker.folder / f"{dialogue.id}.wav"
    soundfile.write(path, np.stack([sound.pcm(side) for side in sides.values()], axis=1), SAMPLE_RATE_HZ, "PCM_16")
    return path


def _heard(line: Line, said: Samples) -> Samples:
    """At its level, in its noise."""
    level = line.level_dbfs if line.level_dbfs is not None else LEVEL_DBFS[line.who]
    heard = sound.at_dbfs(said, level)
    if line.snr_db is None:
        return heard
    return heard + sound.white(len(heard) / SAMPLE_RATE_HZ + 1, level - line.snr_db, len(heard))[: len(heard)]


def _pieces(text: str) -> Iterator[str]:
    """At punctuation, each as long as may be."""
    piece = ""
    for clause in re.findall(r"[^，。？！、；：]+[，。？！、；：]*", text):
        if piece and len(han(piece + clause)) > LONGEST:
            yield piece
            piece = ""
        piece += clause
    yield piece


def _within(speed: float) -> float:
    return min(max(speed, SPEEDS[0]), SPEEDS[1])
