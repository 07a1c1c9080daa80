"""What is private in the lines that somebody said or wrote, and the lines without it."""

from __future__ import annotations

from collections.abc import Sequence, Set as AbstractSet
from itertools import accumulate

from pipeline.han import one_form
from pipeline.masking.addresses import addresses
from pipeline.masking.context import Context
from pipeline.masking.digits import Group, runs
from pipeline.masking.emails import emails
from pipeline.masking.interruptions import interrupted
from pipeline.masking.marking import Passage, clipped, joined, marked, passages
from pipeline.masking.numbers import numbers
from pipeline.masking.private import EVERY_KIND, PIECE, Kind, Private

_FEWEST = 3  # digits that may be a piece of a number: fewer are said all the time and tell nothing
_ONE_MORE = "\n9"  # what would go on, were it said next


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
    return [marked(line, hidden) for line, hidden in zip(lines, in_lines(lines, kinds), strict=True)]


def in_lines(lines: Sequence[str], kinds: AbstractSet[Kind] = EVERY_KIND) -> list[list[Passage]]:
    """What is private in each of the lines of one channel, together with the others."""
    found = by_line(lines, passages(private for private in find("\n".join(lines)) if private.kind in kinds))
    for at, private in interrupted(lines):
        if private.kind in kinds:
            found[at] = joined([*found[at], *passages([private])])
    return found


def by_line(lines: Sequence[str], hidden: Sequence[Passage]) -> list[list[Passage]]:
    """Passages of the lines joined by line ends, for each of them."""
    starts = accumulate((len(line) + 1 for line in lines), initial=0)
    return [clipped(hidden, start, start + len(line)) for line, start in zip(lines, starts, strict=False)]


def begun(text: str) -> Passage | None:
    """Digits at the end of `text` that more may follow: a number half told, or soon known to be none."""
    *_, last = runs(one_form(text) + _ONE_MORE)
    groups = [group for group in last if group.start < len(text)]
    if len(groups) == len(last) or not _may_be_a_piece(groups):
        return None
    return Passage(groups[0].start, groups[-1].end, PIECE)


def unfinished(text: str) -> Passage | None:
    """As `begun`, but what is clear to be none: the number of a thing."""
    last = begun(text)
    return last if last is None or not Context(one_form(text)).is_of_a_thing(last.start) else None


def pieces(text: str) -> list[Passage]:
    """What is private in a text without the lines that it belongs to, and digits that may be a piece of a number."""
    found = passages(find(text))
    for run in runs(one_form(text)):
        if _may_be_a_piece(run):
            found.append(Passage(run[0].start, run[-1].end, PIECE))
    return joined(found)


def _may_be_a_piece(groups: Sequence[Group]) -> bool:
    return sum(len(group.digits) for group in groups if not group.is_date) >= _FEWEST
