"""A window sized to the utterance, as finals are heard, against a greedy `WhisperModel.transcribe` with word times.

CPU seconds on one thread, the two sides in turn, medians over the utterances. At the real sizes the weights are random:
cost only. Random weights never end a text, so both sides are forced to decode the same text: 5 tokens a second of
speech, the end and all special tokens suppressed, the last token read as the time stamp that closes a text. Without
that stamp transcribe() goes back to the last word and decodes the rest of the utterance again, two or three windows of
30 s for one, which is rare with trained weights; `windows` is the number of windows each side decoded.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance, padded
from pipeline.asr.engine.weights import EngineSettings
from pipeline.asr.engine.whisper import WhisperEngine, load_engine

TOKENS_PER_S = 5
SHORT = ("tiny", "base", "small")  # models with short-context fine-tunes
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
    counted = engine.model.model = _Counted(engine.model.model)
    windows = [0, 0]
    for number, utterance in enumerate((utterances[0], *utterances)):  # the first warms up
        expect(counted.model, utterance.seconds)
        for side in (0, 1) if number % 2 else (1, 0):
            counted.windows = 0
            hear = (
                (lambda u=utterance: padded(engine, u.pcm))
                if side
                else (lambda u=utterance: engine.recognise([u.pcm], engine.settings.beam))
            )
            (theirs if side else ours).append(_cpu_s(hear))
            windows[side] += counted.windows if number else 0
    engine.model.model = counted.model
    del ours[0], theirs[0]
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    ms = {"sized, ms": _median_ms(ours), "transcribe, ms": _median_ms(theirs)}
    yield Figure(
        "cost", "times cheaper than transcribe()", on, round(ratio, 2), "x", target, True, ms,
        f"windows decoded: {windows[0]} sized, {windows[1]} padded",
    )  # fmt: skip


def _median_ms(times_s: list[float]) -> float:
    return round(1000 * statistics.median(times_s), 1)


def _cpu_s(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


class _Counted:
    """A CTranslate2 model that counts the windows it decodes."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.windows = 0

    def generate(self, features: Any, prompts: Any, **options: Any) -> Any:
        self.windows += len(prompts)
        return self.model.generate(features, prompts, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


class _Forced:
    """A CTranslate2 model that writes a given number of tokens and closes the text."""

    def __init__(self, model: Any, first_special: int, size: int) -> None:
        self._model = model
        self._special = list(range(first_special, size))
        self.tokens = 0

    def generate(self, features: Any, prompts: Any, **options: Any) -> Any:
        # CTranslate2 uses half of max_length, without the prompt.
        options |= {"suppress_tokens": self._special, "max_length": 2 * self.tokens}
        return [self._closed(result) for result in self._model.generate(features, prompts, **options)]

    def _closed(self, result: Any) -> SimpleNamespace:
        tokens = [*result.sequences_ids[0][:-1], self._special[-1]]
        return SimpleNamespace(sequences_ids=[tokens], scores=result.scores[:1])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def random_engine(folder: Path, settings: EngineSettings) -> WhisperEngine:
    engine = load_engine(folder, settings)
    first_special = engine.model.hf_tokenizer.token_to_id("<|endoftext|>")
    size = engine.model.hf_tokenizer.get_vocab_size() + 1_501
    engine.model.model = _Forced(engine.model.model, first_special, size)
    return engine


def expect(model: Any, seconds: float) -> None:
    """Makes a model of random weights write as many tokens as `seconds` of speech have."""
    if isinstance(model, _Forced):
        model.tokens = round(TOKENS_PER_S * seconds)
