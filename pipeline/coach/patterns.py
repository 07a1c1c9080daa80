"""What a rule's pattern may hold: no more than can be searched in a bounded time, whatever is said.

Python's `re` tries one way after another; `(a+)+b` has so many of them that a single utterance would stop the call.
Here a pattern is asked beforehand how many steps one place of the text can cost at most. Repeats without an end are
refused, so that this is a number at all: `.{0,8}` says what `.*` means in an utterance, and says it better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]  # what `re` itself reads patterns with
from typing import Any, NamedTuple

LONGEST = 2_000
"""Characters of a pattern."""

MOST_STEPS = 5_000
"""That one place of a text may cost at most. The shipped rulebook's dearest pattern needs 216."""

_SET = re.compile(r"\\.|\[(?P<members>\^?\]?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_OPERATOR = re.compile(r".(?:--|&&|~~|\|\|)", re.DOTALL)
_ENDLESS = _constants.MAXREPEAT
_LOOKS = {_constants.ASSERT, _constants.ASSERT_NOT}
_REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}


class _Cost(NamedTuple):
    """`ways` in which a part can be matched at one place, `steps` to try all of them."""

    ways: int
    steps: int


@lru_cache(maxsize=1024)
def steps_of(pattern: str) -> int:
    """What one place of a text costs at most. Raises ValueError saying what is wanted instead of such a pattern."""
    if len(pattern) > LONGEST:
        raise ValueError(f"a regular expression of at most {LONGEST} characters, not {len(pattern)}")
    try:
        if unclear := _unclear_set(pattern):
            raise ValueError(f"a regular expression ({unclear})")
        re.compile(pattern)
        steps = _sequence(_parser.parse(pattern)).steps
    except RecursionError:
        raise ValueError("a regular expression with fewer parts inside one another") from None
    except (re.error, OverflowError) as problem:
        raise ValueError(f"a regular expression ({problem})") from None
    if steps > MOST_STEPS:
        raise ValueError(
            f"a regular expression that can be searched in time: fewer repeats and choices one after another or "
            f"inside one another (a place of the text may cost {MOST_STEPS} steps, not {min(steps, 10**9)})"
        )
    return steps


def _unclear_set(pattern: str) -> str:
    """What `re` warns it may read otherwise one day; "" when nothing.

    Looked for in the text: filters of warnings are the process's, so turning this warning into an error would turn
    those of all other threads into errors, too.
    """
    for found in _SET.finditer(pattern):
        members = found["members"] or ""
        if members.startswith("["):
            return f"Possible nested set at position {found.start()}"
        if _OPERATOR.search(_ESCAPE.sub("a", members.removeprefix("^"))):
            return f"Possible set operation at position {found.start()}"
    return ""


def _sequence(parts: Iterable[tuple[Any, Any]]) -> _Cost:
    """Each part is tried once for every way in which those before it can be matched."""
    ways = steps = 1
    for operation, argument in parts:
        part = _part(operation, argument)
        steps = _bounded(steps + ways * part.steps)
        ways = _bounded(ways * part.ways)
    return _Cost(ways, steps)


def _part(operation: Any, argument: Any) -> _Cost:
    if operation in _REPEATS:
        return _repeat(operation, *argument)
    if operation is _constants.SUBPATTERN:
        return _sequence(argument[-1])
    if operation is _constants.BRANCH:
        costs = [_sequence(branch) for branch in argument[1]]
        return _Cost(_bounded(sum(c.ways for c in costs)), _bounded(sum(c.steps for c in costs)))
    if operation in _LOOKS:
        return _Cost(1, _sequence(argument[1]).steps)  # looked at once, whatever comes after it
    if operation is _constants.ATOMIC_GROUP:
        return _Cost(1, _sequence(argument).steps)
    if operation in (_constants.GROUPREF, _constants.GROUPREF_IGNORE, _constants.GROUPREF_EXISTS):
        raise ValueError("a regular expression without references to its own groups")
    return _Cost(1, 1)


def _repeat(operation: Any, least: int, most: int, parts: Any) -> _Cost:
    if most is _ENDLESS:
        raise ValueError("a regular expression without endless repeats: say how often, .{0,8} instead of .*")
    once = _sequence(parts)
    ways, steps, so_far = int(least == 0), 1, 1
    for number in range(1, min(most, MOST_STEPS) + 1):
        steps = _bounded(steps + so_far * once.steps)
        so_far = _bounded(so_far * once.ways)
        ways = _bounded(ways + so_far * (number >= least))
    return _Cost(1 if operation is _constants.POSSESSIVE_REPEAT else ways, steps)


def _bounded(count: int) -> int:
    """Beyond the limit its size no longer matters, and must not grow without an end itself."""
    return min(count, 10**9)
