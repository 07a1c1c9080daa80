"""Correct words that the guards suppress: on real transcripts, on recognised speech, and in a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.accuracy import sound
from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance
from benchmarks.asr.errors import edits, han
from benchmarks.asr.one_sided import told_of
from pipeline.asr.engine.whisper import WhisperEngine
from pipeline.asr.session.guards import Evidence, GuardSettings, believe
from pipeline.events.words import Word, WordsSuppressed
from pipeline.han import simplified


def measure(bench: Bench) -> Iterator[Figure]:
    recorded = bench.recorded()
    if recorded:
        yield _of_texts(recorded)
    on = f"{bench.model}, {len(bench.utterances)} synthetic utterances"
    yield from _of_speech(bench.engine, bench.utterances, on)
    yield _in_a_call(bench, on)


def _of_texts(recorded: Sequence[Utterance]) -> Figure:
    """The true text, spread over the true time, as from a perfect recogniser."""
    characters = lost = 0
    for utterance in recorded:
        text = simplified(utterance.text)
        step = max(1, int(utterance.seconds * 1000) // max(1, len(text)))
        words = [Word(c, i * step, (i + 1) * step, 0.9) for i, c in enumerate(text)]
        found = believe(words, Evidence(int(utterance.seconds * 1000), -0.3), GuardSettings())
        characters += len(han(text))
        lost += sum(len(han(s.text)) for s in found.suppressed)
    on = f"transcripts of {len(recorded)} recordings"
    return Figure("guards", "good characters suppressed", on, round(100 * lost / characters, 3), "%", 0.5)


def _of_speech(engine: WhisperEngine, utterances: Sequence[Utterance], on: str) -> Iterator[Figure]:
    """Suppressed characters that were said, by the edit distance they would have saved."""
    characters = lost = 0
    for utterance in utterances:
        found = engine.recognise([utterance.pcm], engine.settings.beam)[0]
        wanted = han(utterance.text)
        characters += len(wanted)
        if found.suppressed:
            kept = han("".join(w.text for w in found.words))
            whole = han("".join(w.text for w in found.words) + "".join(s.text for s in found.suppressed))
            lost += max(0, edits(wanted, kept) - edits(wanted, whole))
    yield Figure("guards", "good characters suppressed", on, round(100 * lost / characters, 3), "%", 0.5)


def _in_a_call(bench: Bench, on: str) -> Figure:
    """All that was suppressed, correct or not, including by the guard that compares with the VAD."""
    gap = sound.pcm(sound.white(1.5, -60))
    events = told_of(np.concatenate([piece for u in bench.utterances for piece in (gap, u.pcm)] + [gap]), bench.model)
    doubted = [e for e in events if isinstance(e, WordsSuppressed)]
    characters = sum(len(han(u.text)) for u in bench.utterances)
    share = 100 * sum(len(han(e.text)) for e in doubted) / characters
    note = "; ".join(f"{e.reason}: {e.text}" for e in doubted[:5])
    return Figure("guards", "characters suppressed in a call, good or not", on, round(share, 3), "%", 0.5, note=note)
