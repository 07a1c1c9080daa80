"""Background noise at levels measured on real calls, and sounds that are no voice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Corpus, Samples

SECONDS = 40.0


@dataclass(frozen=True)
class Bed:
    """`samples` None is digital silence. Noise is added to the whole call, other sounds only to the gaps."""

    name: str
    samples: Samples | None
    is_noise: bool = True


def beds(corpus: Corpus | None) -> Iterator[Bed]:
    yield Bed("digital silence", None)
    yield Bed("white −55", sound.white(SECONDS, -55))
    for name, path, level in (
        ("office 24 dB", "noise/office_ambience_8k.wav", -50.0),
        ("office 15 dB", "noise/office_ambience_8k.wav", -41.0),
        ("dishes 20 dB", "noise/doing_the_dishes.wav", -46.0),
        ("crowd 20 dB", "noise/concert-crowd.ogg", -46.0),
        ("bike 20 dB", "noise/exercise_bike.wav", -46.0),
    ):
        clip = corpus.clip(path) if corpus else None
        if clip is not None:
            yield Bed(name, sound.at_dbfs(clip.samples, level))
    yield Bed("keyboard", sound.keyboard(SECONDS))
    yield Bed("mouse", sound.mouse(SECONDS))
    yield Bed("breathing", sound.breathing(SECONDS), is_noise=False)
    yield Bed("cough", sound.cough(SECONDS), is_noise=False)
    yield Bed("ring-back", sound.ring_back(SECONDS), is_noise=False)
    yield Bed("DTMF", sound.dtmf(SECONDS), is_noise=False)
    yield Bed("chords", sound.chords(SECONDS), is_noise=False)
    yield Bed("piano", sound.chords(SECONDS, decay_s=0.7), is_noise=False)
    yield Bed("strings", sound.chords(SECONDS, vibrato=0.006), is_noise=False)
    hold = corpus.clip("telephony/phone-calling.wav") if corpus else None
    if hold is not None:
        yield Bed("hold tone", sound.at_dbfs(hold.samples, -26), is_noise=False)
    yield Bed("sung vowels", sound.singing(SECONDS), is_noise=False)
