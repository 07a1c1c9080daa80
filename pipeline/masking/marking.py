"""Marks in the place of passages of a text, and of the same passages in another writing of it.

Two writings have the same letters in the same order and differ in what stands between them: a text and its words, a
line and the quote from it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.masking.private import MARKS, Private


@dataclass(frozen=True, slots=True)
class Passage:
    """`text[start:end]` is to be replaced by `mark`; both count characters."""

    start: int
    end: int
    mark: str


def passages(found: Iterable[Private]) -> list[Passage]:
    return [Passage(private.start, private.end, MARKS[private.kind]) for private in found]


def marked(text: str, hidden: Iterable[Passage]) -> str:
    """`text` with the mark of each passage in its place; they are in order, and none lies over another."""
    shown, at = "", 0
    for passage in hidden:
        shown += text[at : max(passage.start, at)] + passage.mark
        at = max(at, passage.end)
    return shown + text[at:]


def clipped(hidden: Iterable[Passage], start: int, end: int) -> list[Passage]:
    """What of the passages lies within `start` to `end`, counted from there."""
    return [
        Passage(max(0, passage.start - start), min(end, passage.end) - start, passage.mark)
        for passage in hidden
        if passage.start < end and passage.end > start
    ]


def joined(hidden: Iterable[Passage]) -> list[Passage]:
    """In order; of those that lie over each other one is left, with the mark of the first."""
    apart: list[Passage] = []
    for passage in sorted(hidden, key=lambda passage: (passage.start, -passage.end)):
        if apart and passage.start < apart[-1].end:
            apart[-1] = Passage(apart[-1].start, max(apart[-1].end, passage.end), apart[-1].mark)
        else:
            apart.append(passage)
    return apart


def in_words(text: str, hidden: Sequence[Passage], words: Sequence[str]) -> list[str]:
    """`words`, as many as there are, with the passages of `text` marked in the first word of each and gone from others.

    Where their letters are not those of the text, nobody knows which words it is: then all are gone but the marks.
    """
    if not hidden:
        return list(words)
    letters = [len(_letters(word)) for word in words]
    if "".join(map(_written, words)) != _written(text):
        return ["".join(passage.mark for passage in hidden) if not number else "" for number in range(len(words))]
    by_letter, at, shown = _by_letter(text, hidden), 0, []
    for word, count in zip(words, letters, strict=True):
        inside = [
            Passage(passage.start, passage.end, passage.mark if passage.start >= 0 else "")
            for passage in _from(by_letter, at, count)
        ]
        shown.append(marked(word, _placed(word, inside)))
        at += count
    return shown


def in_quote(text: str, hidden: Sequence[Passage], quote: str) -> str | None:
    """`quote` from `text` with its passages; None where it is not from there.

    Where the text has the same more than once, it is the one of which most is hidden.
    """
    whole, wanted = _written(text), _written(quote)
    by_letter, at = _by_letter(text, hidden), whole.find(wanted)
    places: list[list[Passage]] = []
    while at >= 0:
        places.append(_from(by_letter, at, len(wanted)))
        at = whole.find(wanted, at + 1) if wanted else -1
    if not places:
        return None
    most = max(places, key=len)
    return marked(quote, _placed(quote, most))


def _letters(text: str) -> list[int]:
    """Where they stand."""
    return [at for at, char in enumerate(text) if char.isalnum()]


def _written(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _by_letter(text: str, hidden: Iterable[Passage]) -> list[Passage]:
    """The passages, counted in letters."""
    letters = _letters(text)
    return [Passage(bisect_left(letters, p.start), bisect_left(letters, p.end), p.mark) for p in hidden]


def _from(by_letter: Iterable[Passage], at: int, count: int) -> list[Passage]:
    """Those that have any of the `count` letters from `at` on, counted from there; one may begin before."""
    return [Passage(p.start - at, p.end - at, p.mark) for p in by_letter if max(p.start, at) < min(p.end, at + count)]


def _placed(text: str, by_letter: Iterable[Passage]) -> list[Passage]:
    """Passages that are counted in the letters of `text`, in its characters."""
    letters = _letters(text)
    return [Passage(letters[max(0, p.start)], letters[min(len(letters), p.end) - 1] + 1, p.mark) for p in by_letter]
