"""Types of settings: numbers and texts annotated with the range of values they may have.

`config` refuses values outside the range, the example file prints it, and a test finds a number without one. Relations
between two settings are checked by the settings class itself, with `in_order`.
"""

from __future__ import annotations

import re
import typing
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeVar

from annotated_types import Interval, Len, Predicate

from pipeline.errors import SettingsError

Number = TypeVar("Number", int, float)
DAY_MS = 86_400_000
NEVER_MS = 1 << 62
"""For the time of something that is not to happen."""


def within(least: float, most: float) -> Interval:
    """A closed interval: both ends are allowed."""
    return Interval(ge=least, le=most)


# Control characters, line and paragraph separators, bidirectional overrides, surrogates.
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


_VISIBLE = "LNPS"  # letters, numbers, punctuation, symbols
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that are drawn as nothing


def is_one_line(text: str) -> bool:
    """Whether the text is free of characters that break or reorder a line on a screen."""
    return _NOT_IN_A_LINE.search(text) is None


def is_seen(text: str) -> bool:
    """Whether anything of the text shows: spaces do not, nor characters without width, nor letters drawn as nothing."""
    return any(unicodedata.category(char)[0] in _VISIBLE and char not in _BLANK for char in text)


def is_language(text: str) -> bool:
    """Whether the text has the form of an ISO 639 code of two or three letters, as in zh and yue."""
    return text.isascii() and text.isalpha() and text.islower() and 2 <= len(text) <= 3


def _is_file_name(given: Path) -> bool:
    return given.name != "" and "\0" not in str(given)


Ms = Annotated[int, within(0, DAY_MS)]
ShortMs = Annotated[int, within(0, 10_000)]  # a duration on the scale of one utterance
WindowMs = Annotated[int, within(20, 600_000)]  # a window of past audio: at least one slice
WaitMs = Annotated[int, within(1_000, DAY_MS)]  # a duration on the scale of people waiting
Count = Annotated[int, within(1, 1_000)]
Share = Annotated[float, within(0, 1)]
Factor = Annotated[float, within(0, 1_000)]
Decibels = Annotated[float, within(0, 100)]
Gain = Annotated[float, within(-100, 100)]
Dbfs = Annotated[float, within(-120, 0)]

OneLine = Annotated[str, Len(0, 500), Predicate(is_one_line)]  # may be empty
Name = Annotated[str, Len(1, 500), Predicate(is_one_line)]
Times = Annotated[tuple[Ms, ...], Len(1, 100)]
Words = Annotated[tuple[Annotated[str, Len(1, 100), Predicate(is_one_line)], ...], Len(0, 1_000)]
Languages = Annotated[tuple[Annotated[str, Predicate(is_language)], ...], Len(1, 20)]
File = Annotated[Path, Predicate(_is_file_name)]


def plain(hint: Any) -> Any:
    """The type without its annotations."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) is Annotated else hint


def range_of(hint: Any) -> Interval | None:
    """The range of a number, or of each number of a tuple; None where there is none."""
    if typing.get_origin(plain(hint)) is tuple:
        return range_of(typing.get_args(plain(hint))[0])
    return next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Interval)), None)


def wanted(hint: Any) -> str:
    """The range in words, `0 to 3`; empty where there is none."""
    limits = range_of(hint)
    return f"{limits.ge} to {limits.le}" if limits is not None else ""


def checked(name: str, given: Number, limits: Interval) -> Number:
    """Returns `given` if it lies within `limits`; for flags, which no settings class checks. Raises SettingsError."""
    if not typing.cast("float", limits.ge) <= given <= typing.cast("float", limits.le):  # also refuses NaN
        raise SettingsError(f"{name} is {given}; it must be {limits.ge} to {limits.le}")
    return given


def in_order(settings: object, *names: str) -> None:
    """Checks that the named settings ascend (equal is allowed). Raises ValueError."""
    for name, over in pairwise(names):
        if (given := getattr(settings, name)) > (limit := getattr(settings, over)):
            raise ValueError(f"{name} is {given}; it must be no more than {over}, which is {limit}")
