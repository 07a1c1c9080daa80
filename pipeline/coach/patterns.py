"""The patterns of a rulebook: searched under a time limit, so that none can hold up a call, whatever is said.

`(我们?)+(.{0,8})*负责` has so many ways of being tried that one utterance would take seconds. No count made beforehand
tells such patterns from good ones as well as trying does: here each search ends in time, and `slow_text` tries the
texts that are worst for a pattern.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import lru_cache

import regex

from pipeline.coach.sounds import sound_of
from pipeline.han import one_form

LONGEST = 2_000
"""Characters of a pattern."""

LIMIT_S = 0.05
"""Of a processor, for one search of one clause."""

ALLOWED_S = 0.01
"""What a search of a hostile text may cost for a rulebook to be accepted: a slower machine has five times as long."""

HOSTILE_CHARS = 250
"""Length of a hostile text: no clause of a call is longer."""

_LENGTHS = (40, 90, HOSTILE_CHARS - 10)  # of a run before what the pattern ends with

_SET = re.compile(r"\\.|\[(?P<members>\^?\]?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_TOKEN = re.compile(rf"{_SET.pattern}|\(\?<?!|.", re.DOTALL)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_OPERATOR = re.compile(r".(?:--|&&|~~|\|\|)", re.DOTALL)
_HAN_RANGE = re.compile(r"[\u4e00-\u9fff]-[\u4e00-\u9fff]")
_RECURSION = re.compile(r"\(\?(?:R|[+-]?\d+|&\w+|P>\w+)\)")
_NOT_LITERAL = re.compile(r"\(\?<?[=!:>]|\\.|\{[^}]*\}|[][(){}|?*+.^$\\-]")


class TooSlow(Exception):
    """A search was given up: it took too long, or too much memory."""


class Pattern:
    """A pattern made ready to be searched; see `find_all`."""

    def __init__(self, written: str) -> None:
        self._compiled = _compiled(_in_one_form(written))

    def find_all(self, text: str, limit_s: float = LIMIT_S) -> list[tuple[int, int]]:
        """Where it is found in `text`, in which 您 is 你. Raises TooSlow."""
        try:
            return [hit.span() for hit in self._compiled.finditer(text, timeout=limit_s) if hit.end() > hit.start()]
        except (TimeoutError, MemoryError):
            raise TooSlow from None

    def end_at(self, text: str, start: int) -> int | None:
        """Where it ends when it begins at `start`; None when it is not found there. Raises TooSlow."""
        try:
            hit = self._compiled.match(text, start, timeout=LIMIT_S)
        except (TimeoutError, MemoryError):
            raise TooSlow from None
        return hit.end() if hit else None


@lru_cache(maxsize=2048)
def by_sound(written: str) -> Pattern | None:
    """The same pattern over `sound_of` a text, without its exceptions; None where it has a range of characters.

    What an exception names sounds like too much else (先 like 享), so it holds only for the text that was put right. A
    range of characters would become another one.
    """
    return None if _HAN_RANGE.search(written) else Pattern(sound_of(one_form(_without_exceptions(written))))


def _without_exceptions(written: str) -> str:
    """`written` without what must not follow, `(?!…)`, nor stand before, `(?<!…)`."""
    kept, depth = "", 0  # depth of groups inside an exception
    for token in _TOKEN.finditer(written):
        if depth:
            depth += token[0].startswith("(") - (token[0] == ")")
        elif token[0] in ("(?!", "(?<!"):
            depth = 1
        else:
            kept += token[0]
    return kept


def _in_one_form(written: str) -> str:
    """As texts are; ranges of characters stay, as with another end they would hold other ones."""
    parts = re.split(f"({_HAN_RANGE.pattern})", written)
    return "".join(part if _HAN_RANGE.fullmatch(part) else one_form(part) for part in parts)


@lru_cache(maxsize=2048)
def _compiled(written: str) -> regex.Pattern[str]:
    return regex.compile(written)


def check(written: str) -> None:
    """Raises ValueError saying what is wanted instead of such a pattern."""
    if len(written) > LONGEST:
        raise ValueError(f"a regular expression of at most {LONGEST} characters, not {len(written)}")
    if unclear := _unclear_set(written):
        raise ValueError(f"a regular expression ({unclear})")
    if found := _RECURSION.search(_SET.sub("", written)):
        raise ValueError(f"a regular expression that does not call itself: {found[0]}")
    try:
        Pattern(written)
        by_sound(written)
    except RecursionError:
        raise ValueError("a regular expression with fewer parts inside one another") from None
    except (regex.error, OverflowError, MemoryError) as problem:
        raise ValueError(f"a regular expression ({problem})") from None


def slow_text(written: str) -> str | None:
    """A text on which the pattern takes too long; None when none was found. Runs of what the pattern itself holds."""
    for pattern, text in _tries(written):
        try:
            pattern.find_all(text, ALLOWED_S)
        except TooSlow:
            return text
    return None


def _tries(written: str) -> Iterator[tuple[Pattern, str]]:
    pattern, sound = Pattern(written), by_sound(written)
    for text in map(one_form, _hostile(written)):
        yield pattern, text
        if sound:
            yield sound, sound_of(text)


def _hostile(written: str) -> Iterator[str]:
    """What a pattern begins with, again and again, then nearly what it ends with; the same behind its end.

    Without its end somewhere in the text `regex` knows at once that there is no hit; so the end stands there, too,
    behind a character that the pattern does not know.
    """
    literals = _NOT_LITERAL.sub("", written) or "a"
    own = "".join(dict.fromkeys(literals))
    foreign = next(char for char in map(chr, range(0x7530, 0x9FFF)) if char not in own)
    chance = random.Random(len(written))
    runs = [own, foreign, *own[:25], *(own[at : at + 2] for at in range(min(25, len(own) - 1)))]
    runs += ["".join(chance.choices(own, k=8)) for _ in range(10)]
    for run in runs:
        long = (run * HOSTILE_CHARS)[:HOSTILE_CHARS]
        yield long
        yield own[-8:] + long
        yield long + own[-8:-1]
        for length in _LENGTHS:
            yield long[:length] + foreign + literals[-8:]


def _unclear_set(pattern: str) -> str:
    """What `regex` warns it may read otherwise one day; "" when nothing.

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
