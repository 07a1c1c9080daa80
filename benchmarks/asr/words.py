"""Word times against those of the synthesiser: the start of each correctly recognised character.

First engine against transcribe() on the same cut utterances, neither told where the turn begins: with word times from
cross-attention the first word begins where the audio does, so both are a margin early there. Then in a call: turns as
the voice detector finds them, words placed inside them, as a page shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance, padded
from benchmarks.asr.errors import han
from benchmarks.asr.one_sided import in_a_call
from pipeline.asr.engine.whisper import WhisperEngine

Timed = list[tuple[str, float]]  # each Han character and its start in ms
Errors = tuple[list[float], list[float]]  # of all characters, and of the first of each utterance, in ms

COMPARED = 80  # transcribe() is slow


def measure(bench: Bench) -> Iterator[Figure]:
    utterances = [u for u in bench.utterances if u.starts_ms is not None]
    both = utterances[:COMPARED]
    ours, theirs = ([_timed(bench.engine, u) for u in both], [_padded(bench.engine, u) for u in both])
    on = f"{bench.model}, {len(both)} cut utterances"
    yield from _figures(on, _errors(both, ours), None, _errors(both, theirs))
    called = _in_a_call(bench, utterances)
    on = f"{bench.model}, {len(utterances)} utterances in a call"
    yield from _figures(on, _errors(utterances, called), 120.0)
    monotone = sum(all(a[1] <= b[1] for a, b in pairwise(t)) for t in called)
    yield Figure("words", "utterances with ascending times", on, round(100 * monotone / len(called), 1), "%",
                 100.0, True)  # fmt: skip


def _figures(on: str, ours: Errors, target: float | None, theirs: Errors | None = None) -> Iterator[Figure]:
    rows = (("start of a character", 0, 50), ("start of a character", 0, 90), ("start of the first character", 1, 50),
            ("start of the first character", 1, 90))  # fmt: skip
    for measure, which, share in rows:
        peers = {"transcribe()": _percentile(theirs[which], share)} if theirs else {}
        held_to = target if share == 50 else None
        note = f"{len(ours[which])} characters"
        yield Figure("words", f"{measure}, p{share}", on, _percentile(ours[which], share), "ms", held_to,
                     peers=peers, note=note)  # fmt: skip


def _timed(engine: WhisperEngine, utterance: Utterance) -> Timed:
    words = engine.recognise([utterance.pcm], engine.settings.beam)[0].words
    return [(c, t) for w in words for c, t in _spread(w.text, w.start_ms, w.end_ms)]


def _in_a_call(bench: Bench, utterances: Sequence[Utterance]) -> list[Timed]:
    """As a page shows them."""
    called = in_a_call(utterances, bench.model)
    return [[found for w in words for found in _spread(w.text, w.start_ms, w.end_ms)] for words in called]


def _padded(engine: WhisperEngine, utterance: Utterance) -> Timed:
    words = [word for segment in padded(engine, utterance.pcm) for word in segment.words or ()]
    return [(c, t) for w in words for c, t in _spread(w.word, w.start * 1000, w.end * 1000)]


def _spread(text: str, start: float, end: float) -> Timed:
    """Divides the time of a word equally among its characters."""
    chars = han(text)
    return [(char, start + index * (end - start) / len(chars)) for index, char in enumerate(chars)]


def _errors(utterances: Sequence[Utterance], heard: Sequence[Timed]) -> Errors:
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
