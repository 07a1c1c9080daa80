"""Hears that somebody asks for patience, and for how long: a promise is what was promised, a bare 请稍等 the limit.

How it is said in Mandarin stands in `mandarin`, the limits in the rulebook (handbook 001 no. 8: 30 s).
"""

from __future__ import annotations

import re

import cn2an
from pydantic import model_validator

from pipeline.coach import mandarin
from pipeline.coach.wording import Checked
from pipeline.events.turns import WaitRequested
from pipeline.events.words import WordsHeard
from pipeline.quantities import WaitMs, in_order

_MARKS = re.compile(r"[\s,.!?;:，。！？；：、~…]+")
_NO_TIME_SAID = -1


class WaitLimits(Checked):
    """How long an announced wait may last: `bare_ms` when no time was said, `longest_ms` whatever was promised."""

    bare_ms: WaitMs = 30_000
    longest_ms: WaitMs = 1_800_000

    @model_validator(mode="after")
    def _agrees(self) -> WaitLimits:
        in_order(self, "bare_ms", "longest_ms")
        return self


def requested_wait(at_ms: int, words: WordsHeard, limits: WaitLimits) -> WaitRequested | None:
    """The request that `words` are, told at `at_ms`; None when they ask nobody to wait."""
    asked_ms = _asked_ms(words.text)
    if asked_ms is None:
        return None
    wait_ms = None if asked_ms == _NO_TIME_SAID else asked_ms
    limit_ms = limits.bare_ms if wait_ms is None else min(wait_ms, limits.longest_ms)
    return WaitRequested(at_ms, words.channel, words.start_ms, words.end_ms, words.text, wait_ms, limit_ms)


def asks_to_wait(text: str) -> bool:
    """Whether `text` asks the other side for patience."""
    return _asked_ms(text) is not None


def _asked_ms(text: str) -> int | None:
    said = _MARKS.sub("，", text)
    asked = next(
        (m for m in mandarin.ASKS_TO_WAIT.finditer(said) if not mandarin.REFUSES_TO_WAIT.search(said[: m.start()])),
        None,
    )
    # A question after it makes the other side speak next: the silence that follows is not ours.
    if asked and mandarin.ASKS_A_QUESTION.search(said[asked.end() :]):
        return None
    if asked is None and not mandarin.TELLS_TO_WAIT.search(said):
        return None
    promised_ms = _time_ms(said)
    if promised_ms is not None:
        return promised_ms
    return _NO_TIME_SAID if asked else None


def _time_ms(said: str) -> int | None:
    for found in mandarin.TIME.finditer(said):
        amount = _number(found[1])
        if amount is not None and mandarin.BEFORE_A_WAIT.search(said[: found.start()]):
            return round((amount + (0.5 if found[3] else 0)) * mandarin.UNIT_MS[found[2]])
    return None


def _number(digits: str) -> float | None:
    if digits == mandarin.HALF:
        return 0.5
    # 两三分钟, 一两分钟: the longer of the two was promised.
    if len(digits) == 2 and set(digits) <= mandarin.SINGLE_DIGITS:
        digits = digits[1]
    try:
        return float(cn2an.cn2an(digits, "smart"))
    except ValueError:
        return None
