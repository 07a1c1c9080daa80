"""Parts of what is private in lines, wherever else they are written: a reason that quotes half a number."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.han import one_form
from pipeline.masking.marking import Passage, joined
from pipeline.masking.private import MARKS, Kind
from pipeline.spoken_digits import VALUES

_LETTERS = 4  # in a row that are a part of it; of a piece that is shorter, all three
_DIGITS = 3  # among them, of a number: 就是那个 may stand in it, too
_DIGIT = re.compile("[0-9]")
_AS_DIGITS = str.maketrans(VALUES)
_OF_LETTERS = frozenset({MARKS[Kind.ADDRESS], MARKS[Kind.EMAIL]})


class Parts:
    """`hidden`: what is private, and its mark."""

    def __init__(self, hidden: Iterable[tuple[str, str]]) -> None:
        self._marks: dict[str, str] = {}
        for said, mark in hidden:
            letters = "".join(char for char in _plain(said) if char.isalnum())
            size = min(_LETTERS, len(letters))
            for at in range(len(letters) - size + 1):
                part = letters[at : at + size]
                if size >= _DIGITS and (mark in _OF_LETTERS or len(_DIGIT.findall(part)) >= _DIGITS):
                    self._marks.setdefault(part, mark)

    def of(self, text: str) -> list[Passage]:
        """Where they stand in `text`, in order; none lies over another."""
        if not self._marks:
            return []
        places = [at for at, char in enumerate(text) if char.isalnum()]
        plain = _plain(text)
        letters = "".join(plain[at] for at in places)
        return joined(
            Passage(places[at], places[at + size - 1] + 1, mark)
            for size in (_DIGITS, _LETTERS)
            for at in range(len(letters) - size + 1)
            if (mark := self._marks.get(letters[at : at + size])) is not None
        )


def _plain(text: str) -> str:
    """Character by character: what was said as 一三八 may be quoted as 138."""
    return one_form(text).translate(_AS_DIGITS)
