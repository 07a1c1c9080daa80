"""A call of any length made of real speech: clips of a corpus in turn on the agent's and the customer's side."""

from __future__ import annotations

import random
from itertools import cycle

from benchmarks.accuracy.corpus import Clip, Corpus
from benchmarks.accuracy.sound import at_dbfs, looped, pcm, telephone_band, white
from pipeline.events.channels import Channel
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm

_SPEECH = ("zh_read", "calls")
_PAUSES_S = (0.3, 2.5)  # between two turns; every tenth is a silence:
_SILENCE_S = 6.5


def spoken_call(corpus: Corpus, seconds: float) -> dict[Channel, Pcm]:
    """The agent in an office, the customer on a telephone line: int16 of shape (n,) at 16 kHz, of whole slices."""
    slices = int(seconds * 1000) // SLICE_MS
    length, seconds = slices * SLICE_SAMPLES, slices * SLICE_MS / 1000
    office = corpus.clip("noise/office_ambience_8k.wav")
    sides = {
        Channel.AGENT: at_dbfs(looped(office.samples, length), -58.0) if office else white(seconds, -58.0),
        Channel.CUSTOMER: white(seconds, -66.0),
    }
    chance, at = random.Random(14), SAMPLE_RATE_HZ
    for number, (side, clip) in enumerate(zip(cycle(sides), _clips(corpus, chance), strict=False), start=1):
        speech = at_dbfs(clip.samples, -24.0) if side is Channel.AGENT else telephone_band(at_dbfs(clip.samples, -28.0))
        speech = speech[: length - at]
        sides[side][at : at + len(speech)] += speech
        pause_s = _SILENCE_S if number % 10 == 0 else chance.uniform(*_PAUSES_S)
        at += len(speech) + int(pause_s * SAMPLE_RATE_HZ)
        if at >= length:
            break
    return {side: pcm(samples) for side, samples in sides.items()}


def _clips(corpus: Corpus, chance: random.Random) -> list[Clip]:
    """Short enough for a turn, in an order that does not follow the folders, as often as a long call needs."""
    clips = [clip for group in _SPEECH for clip in corpus.clips(group) if 1.0 < clip.seconds < 20.0]
    return [clip for _ in range(10) for clip in chance.sample(clips, len(clips))]
