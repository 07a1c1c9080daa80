"""The character error rate of a corpus (its Mandarin clips with a transcript) by every way of hearing it.

Each row: CER, its substitutions, deletions and insertions in %, the CER of toneless syllables (what is left of it when
homophones count as right), and CPU milliseconds a clip. All ways hear the same clips in one run, on one thread; the
beams are those of the window that the settings give, windows and noise are heard as finals are. `in a call`: the clips
one after another on one side of a call, cut by the voice detector.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance, padded, sized
from benchmarks.asr.errors import of_all, percent, plain, toneless
from benchmarks.asr.natural import in_noise
from benchmarks.asr.one_sided import in_a_call
from benchmarks.asr.prompts import NAMES
from pipeline.asr.engine.whisper import WhisperEngine
from pipeline.asr.text.glossary import prompt_of
from pipeline.ports import Pcm

Hear = Callable[[Pcm], str]

FLOORS_S = (15, 12, 9, 8, 5, 0)
BEAMS = (1, 3, 5)
NOISES = (("office", "noise/office_ambience_8k.wav"), ("crowd", "noise/concert-crowd.ogg"))
SNRS_DB = (10, 5)
OPENING = ("您好", "请问有什么可以帮您")


def measure(bench: Bench) -> Iterator[Figure]:
    clips = bench.recorded()[: bench.clips]
    if not clips:
        return
    for way, hear in _ways(bench).items():
        began = time.process_time()
        texts = [hear(clip.pcm) for clip in clips]
        yield _figure(bench, way, clips, texts, 1000 * (time.process_time() - began) / len(clips))
    called = ["".join(word.text for word in words) for words in in_a_call(clips, bench.model)]
    yield _figure(bench, "in a call", clips, called, None)


def _ways(bench: Bench) -> Mapping[str, Hear]:
    engine = bench.engine
    ways: dict[str, Hear] = {"transcribe()": lambda pcm: "".join(s.text for s in padded(engine, pcm, word_times=False))}
    ways |= {f"sized, beam {beam}": partial(sized, engine, beam=beam) for beam in BEAMS}
    for floor_s in FLOORS_S:
        ways[f"window of {floor_s} s and more"] = _with(engine, window_floor_ms=1000 * floor_s)
    for name, path in NOISES:
        for snr_db in SNRS_DB:
            ways[f"{name}, {snr_db} dB"] = partial(_noisy, engine, bench.bed(path), snr_db)
    for name, words in (("the opening", OPENING), ("thirty names", prompt_of(NAMES))):
        ways[f"prompt of {name}"] = _with(engine, hot_words=words)
    return ways


def _with(engine: WhisperEngine, **changes: Any) -> Hear:
    """As finals are heard, with other settings."""
    return partial(sized, WhisperEngine(engine.model, replace(engine.settings, **changes)), beam=engine.settings.beam)


def _noisy(engine: WhisperEngine, bed: Samples, snr_db: float, pcm: Pcm) -> str:
    return sized(engine, sound.pcm(in_noise(pcm / 32768, bed, snr_db)), engine.settings.beam)


def _figure(bench: Bench, way: str, clips: Sequence[Utterance], texts: Sequence[str], cpu_ms: float | None) -> Figure:
    wanted, got = [plain(clip.text) for clip in clips], [plain(text) for text in texts]
    size = sum(map(len, wanted))
    found = of_all(wanted, got)
    by_sound = of_all(map(toneless, wanted), map(toneless, got))
    return Figure(
        "ways", f"CER, {way}", f"{bench.model}, {len(clips)} clips, {size} characters", percent(found.total, size),
        peers={
            "substituted": percent(found.substituted, size), "deleted": percent(found.deleted, size),
            "inserted": percent(found.inserted, size), "toneless": percent(by_sound.total, size),
            "ms a clip": None if cpu_ms is None else round(cpu_ms),
        },
    )  # fmt: skip
