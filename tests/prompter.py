"""A recogniser that is told what was said."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events import Word
from pipeline.ports import Pcm
from tests.sound import ms


class Prompter:
    """Gives one text after the other, its characters evenly over the utterance; None is a cough."""

    engine, notice = "prompter", ""

    def __init__(self, texts: Sequence[str | None]) -> None:
        self._texts = iter(texts)

    def ask(self, pcm: Pcm) -> Told:
        text = next(self._texts) or ""
        step = ms(pcm) // max(1, len(text))
        return Told([Word(character, i * step, (i + 1) * step, 1.0) for i, character in enumerate(text)])


class Told:
    """Words that are ready at once."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words

    def ready(self) -> bool:
        return True

    def words(self) -> list[Word]:
        return self._words
