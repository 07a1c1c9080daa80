"""Numbers in which both speakers of a call have a part: one begins it and the other goes on, or repeats pieces of it.

What one of them tells alone is found without the other (`pipeline.masking.masking`). Two speakers' digits are put
together only where they are a whole number of some kind: an announcement makes none of them, as it may do of one's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.han import one_form
from pipeline.masking.context import Context
from pipeline.masking.digits import runs
from pipeline.masking.interruptions import LONGEST
from pipeline.masking.marking import Passage
from pipeline.masking.numbers import numbers
from pipeline.masking.private import MARKS, Kind
from pipeline.spoken_digits import VALUES

_NUMBERS = frozenset({MARKS[Kind.MOBILE], MARKS[Kind.ID_CARD], MARKS[Kind.BANK_CARD]})
_MOST = 12  # turns with digits, of one number
_ANNOUNCING = 2  # turns before the first that may say that it is the number of a thing
_NEAR = 8  # turns from a number in which a piece of it is that number's
_PIECE = 3  # digits that are one
_FEWEST = 2  # digits of a turn that belong to more
_BESIDE = 8  # characters that may stand in a turn before digits that go on, and behind those that will
_DIGIT = re.compile(f"[0-9{''.join(VALUES)}]")  # most turns have none


@dataclass(frozen=True, slots=True)
class Turn:
    """A line of one of the speakers, and what is known to be private in it."""

    speaker: int
    text: str
    hidden: Sequence[Passage] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """The longest run of digits of a turn. `open`: more may follow; `on`: they may be what follows."""

    digits: str
    start: int
    end: int
    open: bool
    on: bool


def exchanged(turns: Sequence[Turn]) -> Iterator[tuple[int, Passage]]:
    """What is private in the turns of both, in order, beyond what is so in one's alone: in which turn, and where."""
    plain = [one_form(turn.text) for turn in turns]
    parts = {at: part for at, text in enumerate(plain) if (part := _part(text)) is not None}
    for first, part in parts.items():
        if part.open:
            yield from _told_by_both(turns, plain, parts, first)
    yield from _repeated(turns, plain, parts)


def may_be_of_both(text: str) -> bool:
    """Whether `text` tells digits that another speaker's may belong to."""
    return _part(one_form(text)) is not None


def _part(text: str) -> _Part | None:
    if _DIGIT.search(text) is None:
        return None
    found = [("".join(group.digits for group in run), run[0].start, run[-1].end) for run in runs(text)]
    digits, start, end = max(found, key=lambda one: len(one[0]), default=("", 0, 0))
    if len(digits) < _FEWEST:
        return None
    is_on = start <= _BESIDE and not Context(text).names(start)
    return _Part(digits, start, end, len(text) - end <= _BESIDE, is_on)


def _told_by_both(
    turns: Sequence[Turn], plain: Sequence[str], parts: dict[int, _Part], first: int
) -> list[tuple[int, Passage]]:
    """The longest number that turn `first` begins and the other speaker has digits of, in each turn that tells it."""
    told, said, found = [first], [first], []
    for at in range(first + 1, len(turns)):
        if at > said[-1] + 1 + LONGEST or len(said) == _MOST:
            break
        part = parts.get(at)
        if part is None or not part.on:
            continue
        so_far = "".join(parts[one].digits for one in told)
        said.append(at)
        if turns[at].speaker != turns[told[-1]].speaker and so_far.endswith(part.digits):
            continue  # repeats what was just told
        told = [at] if part.digits.startswith(so_far) else [*told, at]
        if len({turns[one].speaker for one in told}) > 1 and (mark := _mark(plain, parts, told)):
            found = [(one, Passage(parts[one].start, parts[one].end, mark)) for one in said]
        if not part.open:
            break
    return found


def _mark(plain: Sequence[str], parts: dict[int, _Part], told: Sequence[int]) -> str | None:
    """Of the number that the digits of the turns are together; None where they are none."""
    first = told[0]
    announcing = [*plain[max(0, first - _ANNOUNCING) : first], plain[first][: parts[first].start]]
    before = "\n".join(announcing)
    digits = "\n".join(plain[at][parts[at].start : parts[at].end] for at in told)
    start, end = len(before), len(before) + len(digits)  # a number begins before its digits with the sign of +86
    found = [one for one in numbers(before + digits, only_whole=True) if one.start <= start and one.end == end]
    kinds = (one.kind for one in found if not before[one.start :].strip("+＋(（加号 "))
    return next((MARKS[kind] for kind in kinds), None)


def _repeated(turns: Sequence[Turn], plain: Sequence[str], parts: dict[int, _Part]) -> Iterator[tuple[int, Passage]]:
    """Digits that a turn tells of a number of the other speaker nearby."""
    known = {at: _number(plain[at], turns[at].hidden) for at in parts if turns[at].hidden}
    for at, part in parts.items():
        if not (part.on and part.open) or len(part.digits) < _PIECE:
            continue
        near = range(at - _NEAR, at + _NEAR + 1)
        others = [known[one] for one in near if one in known and turns[one].speaker != turns[at].speaker]
        if part.digits in "".join(digits for digits, _ in others):
            mark = next(mark for digits, mark in others if digits)
            yield at, Passage(part.start, part.end, mark)


def _number(text: str, hidden: Sequence[Passage]) -> tuple[str, str]:
    """The digits of what is hidden, and the mark of it."""
    passages = [passage for passage in hidden if passage.mark in _NUMBERS]
    inside = (group for passage in passages for run in runs(text[passage.start : passage.end]) for group in run)
    return "".join(group.digits for group in inside), passages[0].mark if passages else ""
