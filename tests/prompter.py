"""A fake recogniser with given texts."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events.words import Word
from pipeline.ports import Recognised, Utterance
from tests.sound import ms


class Prompter:
    """Answers each utterance with the next text, its characters spread evenly over it; None is a cough."""

    engine, notice, trust, fault, has_room = "prompter", "", None, "", False

    def __init__(self, texts: Sequence[str | None]) -> None:
        self._texts = iter(texts)

    def ask(self, utterance: Utterance) -> Ready:
        text = next(self._texts) or ""
        step = ms(utterance.pcm) // max(1, len(text))
        return Ready(tuple(Word(character, i * step, (i + 1) * step, 1.0) for i, character in enumerate(text)))


class Ready:
    """A Pending that is ready at once."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        self._words = words

    def ready(self) -> bool:
        return True

    def result(self) -> Recognised:
        return Recognised(self._words)
