"""Numbers in which both speakers of a call have a part: one begins it and the other goes on, or repeats pieces of it.

What one of them tells alone is found without the other (`pipeline.masking.masking`), but for a number in many short
turns. Digits of several turns are put together only where they are a whole number of some kind: an announcement makes
none of them, as it may do of one's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.han import one_form
from pipeline.masking.context import Context
from pipeline.masking.digits import runs
from pipeline.masking.interruptions import LONGEST
from pipeline.masking.marking import Passage
from pipeline.masking.numbers import may_be_whole, numbers
from pipeline.masking.private import MARKS, Kind
from pipeline.masking.told import Told, Turn, told

_NUMBERS = frozenset({MARKS[Kind.MOBILE], MARKS[Kind.ID_CARD], MARKS[Kind.BANK_CARD]})
_MOST = 24  # turns with digits, of one number: eleven, each repeated
_LONGEST = 24  # digits, with a country's code
_ABROAD = ("+", "＋")  # before a country's code
_READINGS = 8  # of what was told so far
_ANNOUNCING = 2  # turns before the first that may say that it is the number of a thing
_NEAR = 8  # turns from a number in which a piece of it is that number's
_PIECE = 3  # digits that are one, where they are told as the digits of a number
_SURE = 5  # digits that are one by no chance


@dataclass(frozen=True, slots=True)
class _Reading:
    """Groups of digits of a number so far, by one way to read its turns, and who told the last of them."""

    groups: tuple[str, ...]
    speaker: int

    @property
    def digits(self) -> str:
        return "".join(self.groups)


@dataclass(frozen=True, slots=True)
class _Number:
    """One that is private: its digits, as far as they are known, and the turns that tell it."""

    digits: str
    mark: str
    turns: Sequence[int]


def exchanged(turns: Sequence[Turn]) -> Iterator[tuple[int, Passage]]:
    """What is private in the turns of both, in order, beyond what is so in one's alone: in which turn, and where."""
    plain = [one_form(turn.text) for turn in turns]
    parts = {at: part for at, text in enumerate(plain) if (part := told(text)) is not None}
    together = [
        number
        for first, part in parts.items()
        if part.open and (number := _told_together(turns, plain, parts, first)) is not None
    ]
    hidden = {at: number.mark for number in together for at in number.turns}
    for at, mark in (*hidden.items(), *_repeated(turns, plain, parts, together)):
        yield at, Passage(parts[at].start, parts[at].end, mark)


def may_be_of_both(text: str) -> bool:
    """Whether `text` tells digits that another speaker's may belong to."""
    return told(one_form(text)) is not None


def _told_together(
    turns: Sequence[Turn], plain: Sequence[str], parts: Mapping[int, Told], first: int
) -> _Number | None:
    """The longest number that turn `first` begins and others go on with, in each turn that tells it."""
    said, found = [first], None
    readings = [_Reading((parts[first].digits,), turns[first].speaker)]
    before = _announcing(plain, parts, first)
    for at in range(first + 1, len(turns)):
        if at > said[-1] + 1 + LONGEST or len(said) == _MOST:
            break
        part = parts.get(at)
        if part is None or not part.on or (part.of_a_thing and readings[0].digits.endswith(part.digits)):
            continue  # a tail that is called one stays
        new = dict.fromkeys(one for old in readings for one in _read_on(old, part, turns[at].speaker))
        readings = list(new)[:_READINGS]
        said.append(at)
        of_turns = [parts[one] for one in said]
        if len({turns[one].speaker for one in said}) > 1 or all(one.alone for one in of_turns[1:]):
            marks = ((one.digits, mark) for one in readings if (mark := _mark(before, one, of_turns)) is not None)
            found = next((_Number(digits, mark, tuple(said)) for digits, mark in marks), found)
        if not (readings and part.open):
            break
    return found


def _read_on(so_far: _Reading, part: Told, speaker: int) -> Iterator[_Reading]:
    """What is told with `part`: it repeats, goes on, goes on from within what was said, begins anew or corrects."""
    known, digits = so_far.digits, part.digits
    is_other = speaker != so_far.speaker
    if is_other and known.endswith(digits):
        yield so_far
        if len(digits) > 1 or len(known) < _PIECE:
            return  # a digit may be the next as well
    if len(digits) >= _PIECE and digits.startswith(known):
        yield _Reading((digits,), speaker)
    if len(known) + len(digits) <= _LONGEST:
        yield _Reading((*so_far.groups, digits), speaker)
    if part.corrects:
        yield _Reading((known[: -len(digits)] + digits,), speaker)
    if is_other and len(digits) >= _PIECE:
        same = next((size for size in range(len(digits) - 1, 0, -1) if known.endswith(digits[:size])), 0)
        if same and len(known) + len(digits) - same <= _LONGEST:
            yield _Reading((*so_far.groups, digits[same:]), speaker)
        if digits in known:
            yield so_far


def _announcing(plain: Sequence[str], parts: Mapping[int, Told], first: int) -> str:
    """What is said before the first digits; of turns that tell the same ones, what is said before those."""
    before = range(max(0, first - _ANNOUNCING), first)
    same = parts[first].digits
    texts = [plain[at][: parts[at].start] if at in parts and parts[at].digits == same else plain[at] for at in before]
    return "\n".join([*texts, plain[first][: parts[first].start]])


def _mark(before: str, reading: _Reading, parts: Sequence[Told]) -> str | None:
    """Of the number that was read; None where it is none, or a thing's was asked for."""
    may_be = may_be_whole(reading.digits) or (before[-1:] in _ABROAD and len(reading.digits) > _SURE)
    if not may_be or Context(before).asks_for_a_thing():
        return None
    for digits in ("\n".join(reading.groups), reading.digits):  # a card by fours; a number in many turns
        start, end = len(before), len(before) + len(digits)  # a number begins before its digits with the sign of +86
        found = [one for one in numbers(before + digits, only_whole=True) if one.start <= start and one.end == end]
        kinds = [one.kind for one in found if not before[one.start :].strip("+＋(（加号 ")]
        if kinds and not (kinds[0] is Kind.MOBILE and any(part.is_dated for part in parts)):
            return MARKS[kinds[0]]
    return None


def _repeated(
    turns: Sequence[Turn], plain: Sequence[str], parts: Mapping[int, Told], together: Sequence[_Number]
) -> Iterator[tuple[int, str]]:
    """Turns that tell a piece of a number that is told nearby by the other speaker or both, and its mark."""
    alone = {at: number for at in parts if (number := _number(at, plain[at], turns[at].hidden)) is not None}
    of_both = {at: number for number in together for at in number.turns}
    if not (alone or of_both):
        return
    pieces = (((at,), part.groups) for at, part in parts.items() if _is_piece(part))
    for ats, groups in (*pieces, *_in_short_turns(turns, parts)):
        near = range(ats[0] - _NEAR, ats[-1] + _NEAR + 1)
        others = [alone[at] for at in near if at in alone and turns[at].speaker != turns[ats[0]].speaker]
        known = [of_both[at] for at in near if at in of_both]
        if others:  # one may lie in several turns
            known.append(_Number("".join(one.digits for one in others), others[0].mark, ()))
        mark = next((one.mark for one in known if _is_of(groups, one.digits)), None)
        if mark is not None:
            yield from ((at, mark) for at in ats)


def _is_piece(part: Told) -> bool:
    size = len(part.digits)
    return not part.of_a_thing and (size >= _SURE or (size >= _PIECE and part.of_a_number))


def _is_of(groups: Sequence[str], digits: str) -> bool:
    return "".join(groups) in digits or all(len(group) >= _PIECE and group in digits for group in groups)


def _in_short_turns(turns: Sequence[Turn], parts: Mapping[int, Told]) -> Iterator[tuple[Sequence[int], Sequence[str]]]:
    """Digits of turns of one speaker that are too few to be a piece: 13 | 80 | 01."""
    short = [at for at, part in parts.items() if part.alone and len(part.digits) < _PIECE]
    for speaker in {turns[at].speaker for at in short}:
        said = [at for at in short if turns[at].speaker == speaker]
        for begin in range(len(said)):
            digits = ""
            for end in range(begin, len(said)):
                if len(digits) > _LONGEST or said[end] - said[max(begin, end - 1)] > 1 + LONGEST:
                    break
                digits += parts[said[end]].digits
                if len(digits) >= _SURE:
                    yield said[begin : end + 1], (digits,)


def _number(at: int, text: str, hidden: Sequence[Passage]) -> _Number | None:
    """What is hidden in a turn of a number; None where nothing is."""
    passages = [passage for passage in hidden if passage.mark in _NUMBERS]
    if not passages:
        return None
    inside = (group for passage in passages for run in runs(text[passage.start : passage.end]) for group in run)
    return _Number("".join(group.digits for group in inside), passages[0].mark, (at,))
