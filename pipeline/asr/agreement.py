"""LocalAgreement-2 on characters (stand-in until the helper's is merged)."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import commonprefix


@dataclass(frozen=True, slots=True)
class Guess:
    text: str
    agreed: int


class Agreement:
    def __init__(self) -> None:
        self._agreed = ""
        self._last = ""

    def feed(self, text: str) -> Guess:
        common = commonprefix([self._last, text])
        if common.startswith(self._agreed):
            self._agreed = common
        self._last = text
        shown = text if text.startswith(self._agreed) else self._agreed + text[len(self._agreed) :]
        return Guess(shown, len(self._agreed))
