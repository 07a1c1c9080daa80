"""Word times against the synthesiser's own: the start of each rightly heard character, by the engine and in a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import MARGIN_MS, Bench, Utterance, han, padded
from pipeline.asr.whisper import WhisperEngine

Timed = list[tuple[str, float]]  # each Han character and its start in ms


def measure(bench: Bench) -> Iterator[Figure]:
    utterances = [u for u in bench.utterances if u.starts_ms is not None]
    on = f"{bench.model}, {len(utterances)} synthetic utterances"
    ours = [_sized(bench.engine, u) for u in utterances]
    theirs = [_padded(bench.engine, u) for u in utterances[:80]]
    all_errors, first_errors = _errors(utterances, ours)
    their_errors, their_first = _errors(utterances[:80], theirs)
    for share, target in ((50, 120.0), (90, None)):
        yield Figure(
            "words", f"start of a character, p{share}", on, _percentile(all_errors, share), "ms", target,
            peers={"transcribe()": _percentile(their_errors, share)},
        )  # fmt: skip
    yield Figure("words", "start of the first character, p50", on, _percentile(first_errors, 50), "ms", 120.0,
                 peers={"transcribe()": _percentile(their_first, 50)})  # fmt: skip
    monotone = sum(all(a[1] <= b[1] for a, b in pairwise(t)) for t in ours)
    yield Figure("words", "utterances with ascending times", on, 100 * monotone / len(ours), "%", 100.0, True)


def _sized(engine: WhisperEngine, utterance: Utterance) -> Timed:
    """As the listener places them: inside the turn, which begins a margin after the audio."""
    words = engine.recognise([utterance.pcm])[0].words
    return [(c, t) for w in words for c, t in _spread(w.text, max(w.start_ms, MARGIN_MS), w.end_ms)]


def _padded(engine: WhisperEngine, utterance: Utterance) -> Timed:
    words = [word for segment in padded(engine, utterance.pcm) for word in segment.words or ()]
    return [(c, t) for w in words for c, t in _spread(w.word, w.start * 1000, w.end * 1000)]


def _spread(text: str, start: float, end: float) -> Timed:
    """Characters of one word share its time."""
    chars = han(text)
    return [(char, start + index * (end - start) / len(chars)) for index, char in enumerate(chars)]


def _errors(utterances: Sequence[Utterance], heard: Sequence[Timed]) -> tuple[list[float], list[float]]:
    everywhere: list[float] = []
    first: list[float] = []
    for utterance, timed in zip(utterances, heard, strict=True):
        wanted, got = han(utterance.text), "".join(char for char, _ in timed)
        assert utterance.starts_ms is not None
        if len(wanted) != len(utterance.starts_ms):
            continue
        for a, b, size in SequenceMatcher(None, wanted, got, autojunk=False).get_matching_blocks():
            for k in range(size):
                error = abs(timed[b + k][1] - utterance.starts_ms[a + k])
                everywhere.append(error)
                if a + k == 0:
                    first.append(error)
    return everywhere, first


def _percentile(errors: Sequence[float], share: float) -> float | None:
    return round(float(np.percentile(errors, share)), 1) if errors else None
