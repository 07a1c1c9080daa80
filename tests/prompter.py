"""A recogniser that is told what was said."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events.words import Word
from pipeline.ports import Recognised, Utterance
from tests.sound import ms


class Prompter:
    """Gives one text after the other, its characters evenly over the utterance; None is a cough."""

    engine, notice, fault, has_room = "prompter", "", "", False

    def __init__(self, texts: Sequence[str | None]) -> None:
        self._texts = iter(texts)

    def ask(self, utterance: Utterance) -> Told:
        text = next(self._texts) or ""
        step = ms(utterance.pcm) // max(1, len(text))
        return Told(tuple(Word(character, i * step, (i + 1) * step, 1.0) for i, character in enumerate(text)))


class Told:
    """Words that are ready at once."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        self._words = words

    def ready(self) -> bool:
        return True

    def result(self) -> Recognised:
        return Recognised(self._words)
