"""What is private in the lines that somebody said or wrote, and the lines without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set as AbstractSet

from pipeline.han import one_form
from pipeline.masking.addresses import addresses
from pipeline.masking.emails import emails
from pipeline.masking.numbers import numbers
from pipeline.masking.private import EVERY_KIND, MARKS, Kind, Private


def find(text: str) -> tuple[Private, ...]:
    """What is private in `text`, in order; none lies over another.

    Lines of one speaker are one text, joined by line ends: a number that is told in three turns is found as one.
    """
    plain = one_form(text)
    found = sorted([*emails(plain), *numbers(plain), *addresses(plain)], key=lambda private: private.start)
    apart: list[Private] = []
    for private in found:
        if apart and private.start < apart[-1].end:
            longer = max(apart[-1], private, key=lambda one: one.end - one.start)
            end = max(apart[-1].end, private.end)
            apart[-1] = Private(longer.kind, apart[-1].start, end)
        else:
            apart.append(private)
    return tuple(apart)


def masked(text: str, kinds: AbstractSet[Kind] = EVERY_KIND) -> str:
    """`text` with a mark in the place of all that is private and of one of the `kinds`."""
    return masked_lines([text], kinds)[0]


def masked_lines(lines: Sequence[str], kinds: AbstractSet[Kind] = EVERY_KIND) -> list[str]:
    """The lines of one channel in order, as many as given, with marks; what lies in two of them is marked in both."""
    text = "\n".join(lines)
    found = [private for private in find(text) if private.kind in kinds]
    masked: list[str] = []
    start = 0
    for line in lines:
        masked.append(_marked(line, start, found))
        start += len(line) + 1
    return masked


def _marked(piece: str, start: int, found: Iterable[Private]) -> str:
    """`piece`, which begins at `start` of the text in which things were `found`, with marks."""
    marked, at = "", 0
    for private in found:
        first, end = private.start - start, private.end - start
        if end > 0 and first < len(piece):
            marked += piece[at : max(first, at)] + MARKS[private.kind]
            at = min(end, len(piece))
    return marked + piece[at:]
