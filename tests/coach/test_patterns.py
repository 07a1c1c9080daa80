"""No pattern of a rulebook can hold up a call: what one may cost is known before it is used."""

from __future__ import annotations

import re
import time
import warnings

import pytest

from pipeline.coach.patterns import MOST_STEPS, steps_of

LONGEST_S = 10.0
"""Of a processor, for 10,000 characters: the dearest pattern that is let through takes 0.5 s of it."""


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(a+)+b", "without endless repeats"),
        (".*", "without endless repeats"),
        ("a{3,}", "without endless repeats"),
        ("(a?){30}b", "fewer repeats and choices"),
        ("(a|a){20}b", "fewer repeats and choices"),
        ("(.{0,8}a){0,8}b", "fewer repeats and choices"),
        (".{0,20}" * 4, "fewer repeats and choices"),
        ("(?=(a|aa){20}b)", "fewer repeats and choices"),
        ("(a|b?)" * 20, "fewer repeats and choices"),
        ("(a)\\1", "without references"),
        ("(a)?(?(1)b|c)", "without references"),
        ("a{0,99999999999}", "repetition number is too large"),
        ("(" * 1_990, "fewer parts inside one another"),
        ("a" * 2_001, "at most 2000 characters"),
        ("[[a]", "Possible nested set"),
        ("x[a--b]", "Possible set operation at position 1"),
        ("[a&&b]", "Possible set operation"),
        ("我不(知道", "missing \\)"),
    ],
)
def test_patterns_that_are_refused(pattern: str, said: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match=said):
        steps_of(pattern)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    "pattern", ["(a|a)" * 9 + "b", "a{0,15}a{0,15}b", "(?:a?){9}b", "(a{0,2}){6}b", "(?=(?:a|a){9}b)a", "(?>a{0,9})b"]
)
def test_the_dearest_that_are_let_through(pattern: str) -> None:
    assert steps_of(pattern) <= MOST_STEPS
    began = time.process_time()
    assert re.compile(pattern).search("a" * 10_000) is None
    assert time.process_time() - began < LONGEST_S


def test_what_is_counted() -> None:
    assert steps_of("[ab]") == 2
    assert steps_of("(a|bc)d") == 1 + (1 + 2 + 3) + 2  # in two ways one comes to what follows
    assert steps_of("a{0,8}b") == 1 + (1 + 8 * 2) + 9


@pytest.mark.parametrize("pattern", [r"\[[a]", "[^[a]", "[--a]", r"[a\-\-b]", "[]a]", "a--b"])
def test_sets_that_are_clear(pattern: str) -> None:
    assert steps_of(pattern) >= 1


def test_other_threads_keep_their_warnings() -> None:
    """Filters of warnings are the process's: while a rulebook is read, none of them may change."""
    before = list(warnings.filters)
    seen: list[bool] = []
    with pytest.MonkeyPatch.context() as patch:
        compiled = re.compile
        patch.setattr(re, "compile", lambda *given: seen.append(list(warnings.filters) == before) or compiled(*given))
        steps_of("没人读过的(词|句){0,3}")
    assert seen == [True]
