"""LocalAgreement-2 on characters: the prefix on which two successive guesses of an open turn agree is final.

Liu, Spanakis, Niehues: Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis
Selection (2020); Macháček, Dabre, Bojar: Turning Whisper into Real-Time Transcription System (2023). They compare
words; Mandarin has no word boundaries, so here Han characters and letters are compared, without punctuation.
Punctuation after the last character is left out: it would be the full stop of a sentence that goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """The caption of an open turn: the first `agreed` characters of `text` will not change any more."""

    text: str
    agreed: int


class Agreement:
    """The guesses of one turn. The agreed text is never changed, only extended."""

    def __init__(self) -> None:
        self._agreed: list[str] = []  # characters, each with the punctuation before it
        self._rest: list[str] = []  # the rest of the last guess, after the agreed part

    def feed(self, text: str) -> Guess:
        """Takes the recognised text of the turn from its start until now; an empty text changes nothing."""
        spoken = _spoken(text) or self._agreed + self._rest
        rest = spoken[_after(_letters(self._agreed), _letters(spoken)) :]
        common = _in_common(_letters(self._rest), _letters(rest))
        self._agreed += rest[:common]
        self._rest = rest[common:]
        agreed = "".join(self._agreed)
        return Guess(agreed + "".join(self._rest), len(agreed))


def _spoken(text: str) -> list[str]:
    """Letters and Han characters, each with the punctuation before it."""
    said: list[str] = []
    before = ""
    for char in text:
        before += char
        if char.isalnum():
            said.append(before)
            before = ""
    return said


def _letters(spoken: Sequence[str]) -> list[str]:
    return [char[-1] for char in spoken]


def _in_common(a: Sequence[str], b: Sequence[str]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _after(agreed: Sequence[str], guess: Sequence[str]) -> int:
    """Length of the prefix of `guess` that corresponds to the agreed text: the nearest one by edit distance.

    So an earlier character that a guess changes, adds or drops neither repeats nor loses what follows.
    """
    if list(guess[: len(agreed)]) == list(agreed):
        return len(agreed)
    row = list(range(len(guess) + 1))  # distance from the agreed characters so far to each prefix of the guess
    for count, wanted in enumerate(agreed, 1):
        diagonal, row[0] = row[0], count
        for at, given in enumerate(guess, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (wanted != given))
    nearest = min(row)
    return min((at for at, cost in enumerate(row) if cost == nearest), key=lambda at: abs(at - len(agreed)))
