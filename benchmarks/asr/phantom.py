"""Text where nobody speaks: half an hour of silence, noise, music, ring-back and breathing.

First without voice detector: pieces of 2 to 25 s directly to the engine. Then as in a call: the same half hour as one
channel. With the number of texts that each guard rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.accuracy import sound
from benchmarks.accuracy.beds import SECONDS, Bed, beds
from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench
from benchmarks.asr.one_sided import told_of
from pipeline.events.turns import TurnEnded
from pipeline.events.words import WordsHeard, WordsSuppressed
from pipeline.ports import SAMPLE_RATE_HZ, Pcm

MINUTES = 30


def measure(bench: Bench) -> Iterator[Figure]:
    found = list(beds(bench.corpus))
    each_s = MINUTES * 60 / len(found)
    sounds = [(bed.name, _looped(bed, each_s)) for bed in found]
    written: Counter[str] = Counter()
    guarded: Counter[str] = Counter()
    pieces = 0
    rng = np.random.default_rng(1)
    for name, pcm in sounds:
        for piece in _pieces(pcm, rng):
            pieces += 1
            heard = bench.engine.recognise([piece], bench.settings.beam)[0]
            written[name] += sum(len(w.text.strip()) for w in heard.words)
            guarded.update(s.reason for s in heard.suppressed)
    worst = ", ".join(f"{name} {count}" for name, count in written.most_common(4) if count) or "none"
    on = f"{bench.model}, {MINUTES} min of {len(found)} sounds"
    yield Figure("phantom", "characters written, engine alone", f"{on}, {pieces} pieces of 2-25 s",
                 sum(written.values()), "characters", 0, note=worst)  # fmt: skip
    for reason, count in sorted(guarded.items()):
        yield Figure("phantom", f"pieces suppressed: {reason}", on, count, "pieces")
    yield from _in_a_call(bench, np.concatenate([pcm for _, pcm in sounds]), on)


def _in_a_call(bench: Bench, pcm: Pcm, on: str) -> Iterator[Figure]:
    events = told_of(pcm, bench.model)
    heard = [event for event in events if isinstance(event, WordsHeard)]
    doubted = [event for event in events if isinstance(event, WordsSuppressed)]
    turns = sum(isinstance(event, TurnEnded) for event in events)
    yield Figure("phantom", "characters written, in a call", on, sum(len(e.text) for e in heard), "characters", 0,
                 note="; ".join(e.text for e in heard[:5]))  # fmt: skip
    yield Figure("phantom", "texts suppressed, in a call", on, len(doubted), "texts",
                 note=f"{turns} turns heard")  # fmt: skip


def _looped(bed: Bed, seconds: float) -> Pcm:
    size = int(seconds * SAMPLE_RATE_HZ)
    if bed.samples is None:
        return np.zeros(size, np.int16)
    return sound.pcm(sound.looped(bed.samples, size)) if seconds > SECONDS else sound.pcm(bed.samples[:size])


def _pieces(pcm: Pcm, rng: np.random.Generator) -> Iterator[Pcm]:
    at = 0
    while at < len(pcm):
        size = int(rng.uniform(2, 25) * SAMPLE_RATE_HZ)
        yield pcm[at : at + size]
        at += size
