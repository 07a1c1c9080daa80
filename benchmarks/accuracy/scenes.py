"""Synthetic calls: clips and gaps of known length with background noise, so that every border is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from pipeline.ports import SAMPLE_RATE_HZ

SPEECH_DBFS = -26.0
LEAD_S = 2.0
VOICES = ("f2", "m3", "Annie", "m7", "f5")


@dataclass(frozen=True)
class Speech:
    """One utterance and the span of its speech, in seconds."""

    samples: Samples
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Scene:
    """A channel of a call; `spoken` and `gaps` are (start, end) in seconds."""

    samples: Samples
    spoken: tuple[tuple[float, float], ...]
    gaps: tuple[tuple[float, float], ...]

    def over(self, line: Callable[[Samples], Samples]) -> Scene:
        return Scene(line(self.samples), self.spoken, self.gaps)

    def on(self, bed: Samples) -> Scene:
        """The same with the bed added to everything, repeated as often as needed."""
        return Scene(self.samples + sound.looped(bed, len(self.samples)), self.spoken, self.gaps)

    def between(self, bed: Samples) -> Scene:
        """The same with the bed in the gaps only, from 100 ms after their start to 100 ms before their end."""
        out = self.samples.copy()
        for number, (start_s, end_s) in enumerate(self.gaps):
            begin, end = round((start_s + 0.1) * SAMPLE_RATE_HZ), round((end_s - 0.1) * SAMPLE_RATE_HZ)
            piece = sound.looped(bed, end - begin, begin=number * 7 * SAMPLE_RATE_HZ)
            ramp = np.minimum(1, np.minimum(np.arange(len(piece)), np.arange(len(piece))[::-1]) / 320)
            out[begin:end] += piece * ramp
        return Scene(out, self.spoken, self.gaps)

    def truth(self, step_s: float, margin_s: float = 0.0) -> np.ndarray:
        """At the middle of each step: 1 speech, 0 none, -1 within `margin_s` of a border."""
        middles = (np.arange(int(len(self.samples) / SAMPLE_RATE_HZ / step_s)) + 0.5) * step_s
        labels = np.zeros(len(middles), np.int8)
        for start, end in self.spoken:
            labels[(middles > start) & (middles < end)] = 1
        for border in (at for span in self.spoken for at in span):
            labels[np.abs(middles - border) < margin_s] = -1
        return labels


def laid_out(speech: Sequence[Speech], gaps_s: Sequence[float]) -> Scene:
    """Utterances with gaps between their spoken parts: `gaps_s` in turn, from one end to the next start."""
    pieces: list[tuple[int, Samples]] = []
    spoken, gaps = [], []
    at_s = LEAD_S
    for number, one in enumerate(speech):
        pieces.append((round((at_s - one.start_s) * SAMPLE_RATE_HZ), one.samples))
        end_s = at_s + one.end_s - one.start_s
        spoken.append((at_s, end_s))
        gap_s = gaps_s[number % len(gaps_s)]
        gaps.append((end_s, end_s + gap_s))
        at_s = end_s + gap_s
    out = np.zeros(round((at_s + 0.5) * SAMPLE_RATE_HZ))
    for begin, samples in pieces:
        first = max(0, begin)
        out[first : begin + len(samples)] += samples[first - begin :][: len(out) - first]
    return Scene(out, tuple(spoken), tuple(gaps))


def read_speech(corpus: Corpus, count: int) -> list[Speech]:
    """Real Mandarin of many speakers, in an order that does not follow the folders; see `spoken`."""
    found = spoken(corpus.read_mandarin())
    order = np.random.default_rng(0).permutation(len(found))
    return [found[i] for i in order[:count]]


def spoken(clips: Iterable[Clip]) -> list[Speech]:
    """Clips of speech at -26 dBFS; spoken from 120 ms before the first to 150 ms after the last voiced frame.

    Voiced by Praat, within 15 dB of the loud ones and 10 dB above the room: what is fainter is cut off.
    """
    import parselmouth

    found = []
    for clip in clips:
        samples = sound.at_dbfs(clip.samples, SPEECH_DBFS)
        pitch = parselmouth.Sound(samples, SAMPLE_RATE_HZ).to_pitch_ac(
            time_step=0.01, pitch_floor=70, pitch_ceiling=500
        )
        voiced = pitch.xs()[pitch.selected_array["frequency"] > 0]
        if len(voiced) < 40:
            continue
        around = np.lib.stride_tricks.sliding_window_view(np.pad(samples, 240), 480)
        room = np.percentile([sound.dbfs(frame) for frame in around[::160]], 5)
        levels = np.array([sound.dbfs(around[int(t * SAMPLE_RATE_HZ)]) for t in voiced])
        voiced = voiced[levels > max(np.percentile(levels, 90) - 15, room + 10)]
        start, end = max(0.0, voiced[0] - 0.12), min(clip.seconds, voiced[-1] + 0.15)
        # The background outside the speech is faded out, so that a gap has the bed only.
        time_s = np.arange(len(samples)) / SAMPLE_RATE_HZ
        faded = samples * np.interp(time_s, [start, start + 0.01, end - 0.01, end], [0, 1, 1, 0])
        found.append(Speech(faded, start, end))
    return found


def synthetic_speech(count: int) -> list[Speech]:
    """espeak-ng's Mandarin with known first and last sample, several voices and rates."""
    from models.demo.synth import speak

    texts = (
        "您好,华安客服中心,很高兴为您服务。", "请问有什么可以帮您?", "我想查一下上个月的账单。", "好的,请您稍等。",
        "您的订单已经发出,预计三天内送达。", "谢谢您的耐心等待。", "这个问题我帮您记录下来。", "再见。",
    )  # fmt: skip
    found = []
    for number in range(count):
        voice, speed = VOICES[number % len(VOICES)], 140 + 15 * (number % 4)
        spoken = speak(texts[number % len(texts)], variant=voice, speed=speed)
        samples = sound.at_dbfs(spoken.pcm.astype(float), SPEECH_DBFS)
        loud = np.flatnonzero(np.abs(samples) > 0.001)
        samples = samples[loud[0] : loud[-1] + 1]
        found.append(Speech(samples, 0.0, len(samples) / SAMPLE_RATE_HZ))
    return found
