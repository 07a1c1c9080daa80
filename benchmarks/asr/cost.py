"""A window sized to the utterance against `WhisperModel.transcribe` with the same weights and the same word times.

CPU seconds on one thread, alternating, medians over the utterances. At the real sizes weights are random: they never
end a text by themselves, so both sides are made to decode the same number of tokens, 5 a second of speech
(MEASURED §3), by suppressing the end and all special tokens and setting the length. Where `transcribe` goes on to
decode the tail in further windows, as it does when the last word is placed early (at random, here), its cost is divided
by their number. Cost only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance, padded
from pipeline.asr.engine import EngineSettings
from pipeline.asr.whisper import WhisperEngine, load_engine

TOKENS_PER_S = 5
SHORT = ("tiny", "base", "small")  # there are short-context fine-tunes of these
ROUNDS = {"demo": 60, "tiny": 12, "base": 8, "small": 4, "large-v3-turbo": 3}


def measure(bench: Bench) -> Iterator[Figure]:
    utterances = bench.utterances[: ROUNDS["demo"]]
    yield from _compared(bench.engine, utterances, f"{bench.model}, {len(utterances)} utterances of 2-8 s", 3.0)
    for folder in sorted(bench.sizes.iterdir()) if bench.sizes else ():
        rounds = ROUNDS.get(folder.name, 3)
        short = [(0, "no floor (short-context weights)")] if folder.name in SHORT else []
        for floor, said in [(10_000, "floor 10 s"), *short]:
            engine = random_engine(
                folder, EngineSettings(window_floor_ms=floor, window_margin_ms=2_500 if floor else 400)
            )
            on = f"{folder.name}, random weights, {said}, {rounds} utterances"
            yield from _compared(engine, bench.utterances[:rounds], on, None)


def _compared(engine: WhisperEngine, utterances: list[Utterance], on: str, target: float | None) -> Iterator[Figure]:
    ours: list[float] = []
    theirs: list[float] = []
    for utterance in (utterances[0], *utterances):  # the first warms up
        _expect(engine, utterance.seconds)
        ours.append(_cpu_s(lambda u=utterance: engine.recognise([u.pcm])))
        theirs.append(_cpu_s(lambda u=utterance: padded(engine, u.pcm)) / _windows(engine))
    del ours[0], theirs[0]
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    yield Figure(
        "cost", "times cheaper than transcribe()", on, round(ratio, 2), "x", target, True,
        {"sized, ms": _median_ms(ours), "transcribe, ms": _median_ms(theirs)},
    )  # fmt: skip


def _median_ms(seconds: list[float]) -> float:
    return round(1000 * statistics.median(seconds), 1)


def _cpu_s(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


class _Forced:
    """A CTranslate2 model that writes a given number of tokens, whoever calls it."""

    def __init__(self, model: Any, first_special: int, size: int) -> None:
        self._model = model
        self._special = list(range(first_special, size))
        self.tokens = 0
        self.windows = 0

    def generate(self, features: Any, prompts: Any, **options: Any) -> Any:
        self.windows += 1
        options |= {"suppress_tokens": self._special, "max_length": 2 * (len(prompts[0]) + self.tokens)}
        return self._model.generate(features, prompts, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def random_engine(folder: Path, settings: EngineSettings) -> WhisperEngine:
    engine = load_engine(folder, settings)
    first_special = engine.model.hf_tokenizer.token_to_id("<|endoftext|>")
    size = engine.model.hf_tokenizer.get_vocab_size() + 1_501
    engine.model.model = _Forced(engine.model.model, first_special, size)
    return engine


def _expect(engine: WhisperEngine, seconds: float) -> None:
    if isinstance(engine.model.model, _Forced):
        engine.model.model.tokens = round(TOKENS_PER_S * seconds)


def _windows(engine: WhisperEngine) -> int:
    """Windows decoded since the last time, less our own; 1 for real weights, whose windows are theirs to pay."""
    if not isinstance(engine.model.model, _Forced):
        return 1
    windows = max(1, engine.model.model.windows - 1)
    engine.model.model.windows = 0
    return windows
