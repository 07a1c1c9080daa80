"""Character error rates: what was substituted, deleted and inserted, as characters and by their sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pypinyin import lazy_pinyin

from pipeline.asr.text.normalisation import read_aloud


@dataclass(frozen=True, slots=True)
class Errors:
    substituted: int = 0
    deleted: int = 0
    inserted: int = 0

    @property
    def total(self) -> int:
        return self.substituted + self.deleted + self.inserted

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.substituted + other.substituted, self.deleted + other.deleted, self.inserted + other.inserted
        )


def errors(wanted: Sequence[str], got: Sequence[str]) -> Errors:
    """The fewest that make `got` of `wanted` (Levenshtein)."""
    row = [Errors(inserted=at) for at in range(len(got) + 1)]
    for count, a in enumerate(wanted, 1):
        diagonal, row[0] = row[0], Errors(deleted=count)
        for at, b in enumerate(got, 1):
            ways = (
                diagonal if a == b else diagonal + Errors(substituted=1),
                row[at] + Errors(deleted=1),
                row[at - 1] + Errors(inserted=1),
            )
            diagonal, row[at] = row[at], min(ways, key=lambda way: way.total)
    return row[-1]


def edits(wanted: str, got: str) -> int:
    return errors(wanted, got).total


def of_all(wanted: Iterable[Sequence[str]], got: Iterable[Sequence[str]]) -> Errors:
    return sum(map(errors, wanted, got), Errors())


def han(text: str) -> str:
    return "".join(c for c in text if "\u4e00" <= c <= "\u9fff")


def plain(text: str) -> str:
    """Han as read aloud, 150 as 一百五十; 幺 and 一 are the same digit."""
    return han(read_aloud(text)).replace("幺", "一")


def toneless(text: str) -> list[str]:
    """The syllables of Han characters."""
    return lazy_pinyin(text)


def percent(part: float, whole: float) -> float:
    return round(100 * part / max(1, whole), 2)
