"""Numbers whose teller interrupts them: 一三八零零 | 等我找一下本子 | 好了，一三八零零零."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.han import one_form
from pipeline.masking.context import Context
from pipeline.masking.digits import runs
from pipeline.masking.numbers import numbers
from pipeline.masking.private import Private
from pipeline.spoken_digits import VALUES

LONGEST = 3
"""Lines of the same speaker after which a number still goes on."""

_DIGIT = re.compile(f"[0-9{''.join(VALUES)}]")  # most lines have none
_OTHER_NUMBER = re.compile(rf"[0-9十百千万{''.join(VALUES)}]{{2}}")  # in a line between: what goes on then is new
_BESIDE = 8  # characters that may stand in a line before digits that go on, and behind those that will
_FEWEST = 2  # digits of a line that belong to more
_MOST = 6  # lines of one number
_ANNOUNCING = 2  # lines before the first that may say what number it is


@dataclass(frozen=True, slots=True)
class _Digits:
    """From the first to the last digit of a line. `open`: they may go on; `on`: they may be what goes on."""

    start: int
    end: int
    open: bool
    on: bool


def interrupted(lines: Sequence[str]) -> Iterator[tuple[int, Private]]:
    """Parts of numbers of `lines`, which are one speaker's in order: in which line, and where in it."""
    plain = [one_form(line) for line in lines]
    digits = [_digits(line) for line in plain]
    for first, said in enumerate(digits):
        if said is None or not said.open:
            continue
        parts = _going_on(plain, digits, first)
        if not parts:
            continue
        before = range(max(0, first - _ANNOUNCING), first)
        texts = [(at, 0, plain[at]) for at in before] + [(first, 0, plain[first][: said.end])]
        texts += [(at, part.start, plain[at][part.start : part.end]) for at, part in parts]
        at, part = parts[-1]
        texts[-1] = at, part.start, plain[at][part.start :]
        yield from _over(texts, first)


def _digits(line: str) -> _Digits | None:
    if _DIGIT.search(line) is None:
        return None
    groups = [group for run in runs(line) for group in run]
    if sum(len(group.digits) for group in groups) < _FEWEST:
        return None
    start, end = groups[0].start, groups[-1].end
    context = Context(line)
    is_figure = context.is_of_a_figure(start)
    is_on = start <= _BESIDE and not context.names(start) and not is_figure
    return _Digits(start, end, len(line) - end <= _BESIDE and not is_figure, is_on)


def _going_on(lines: Sequence[str], digits: Sequence[_Digits | None], first: int) -> list[tuple[int, _Digits]]:
    parts: list[tuple[int, _Digits]] = []
    last = first
    for at in range(first + 1, len(digits)):
        if at > last + 1 + LONGEST or len(parts) == _MOST:
            break
        part = digits[at]
        if part is not None and part.on:
            parts.append((at, part))
            last = at
        if _OTHER_NUMBER.search(lines[at]) and not (part is not None and part.on and part.open):
            break
    return parts


def _over(texts: Sequence[tuple[int, int, str]], first: int) -> Iterator[tuple[int, Private]]:
    """Numbers of the texts (of which line, from where in it, and what) that begin up to line `first` and go on."""
    found = list(numbers("\n".join(text for _, _, text in texts)))
    begin = 0
    spans = []
    for at, offset, text in texts:
        spans.append((at, offset, begin, begin + len(text)))
        begin += len(text) + 1
    goes_on = next(end for at, _, _, end in spans if at == first)
    for private in found:
        if private.start < goes_on < private.end:
            for at, offset, start, end in spans:
                if max(start, private.start) < min(end, private.end):
                    inside = max(start, private.start) - start + offset, min(end, private.end) - start + offset
                    yield at, Private(private.kind, *inside)
