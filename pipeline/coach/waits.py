"""Hears that somebody asked for patience, and for how long: 请稍等 is 30 s, a promise is what was promised.

Sources: handbook 001 no. 8 (请稍等 only within 30 s) and its model sentence with 大约15分钟.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import cn2an

from pipeline.quantities import WaitMs, in_order


@dataclass(frozen=True, slots=True)
class WaitSettings:
    """How long an announced silence may last."""

    bare_ms: WaitMs = 30_000  # no time said
    longest_ms: WaitMs = 1_800_000  # a promise beyond this is no wait on the line

    def __post_init__(self) -> None:
        in_order(self, "bare_ms", "longest_ms")


_MARKS = re.compile(r"[\s,.!?;:，。！？；：、~…]+")
_DIGITS = r"(?:\d+(?:\.\d+)?|[零一二两三四五六七八九十百半]+)"
_VERB = r"(?:查|找|看|问|拿|翻|核对|核实|确认|咨询|请示|处理|操作|登记|转接)"
_A_BIT = r"(?:一下|下|看看|看|找找|找|询)"

_ASKS = re.compile(
    r"[稍少烧捎梢]微?等"  # 烧等 and 少等 are what recognisers make of 稍等
    r"|稍候|请[您你]?稍后(?!再|给|会|回|联系|致电|拨|打|跟)"
    r"|(?<![不别没久勿需他她它])等(?:一?下|一?会儿?|一等|等|片刻)(?!就|会|再|还|可能|班|次)"
    rf"|等我(?:先|再|去|来)?(?:{_VERB}|一?下(?!班)|一?会)"
    r"|请[您你]?(?:耐心)?等(?!到|.{0,3}(?:通知|结果|消息|回复|电话|短信))"
    rf"|我(?:先|再|来|去|马上|这边|现在|这就)*[帮给替为][您你](?:先|再|去)?{_VERB}{_A_BIT}"
    rf"|(?<![帮给替])我(?:先|再|来|去|马上|这边|现在|这就)*{_VERB}{_A_BIT}(?!吗)"
)
_PROMISE = re.compile(rf"({_DIGITS})(?:个)?(秒|分钟|分|小时|钟头)(半)?钟?(?!前|之前|以前|以后|之后|后再|内到|了)")
_WAITS_FOR = re.compile(
    r"(?<![不别没久勿])等(?!了)[^，]{0,8}$|(?:给我|需要|大约|大概|差不多|可能要|最多|要)[^，]{0,4}$|(?:^|，)$"
)
_TOLD_TO_WAIT = re.compile(r"(?<![不别没久勿])(?<!已经)(?<!不要)(?<!不用)(?<!我)(?<!我都)等(?!了|不|到|于|级)|给我")
_REFUSES = re.compile(
    r"(?:不用|不要|不必|无需|不需要|别|没|不能|不想|不再|已经|一直在|都在|刚才|刚刚)再?(?:让[您你])?稍?$"
)
_QUESTION = re.compile(r"多少|贵姓|怎么称呼|(?:提供|报|说)一下")
_UNIT_MS = {"秒": 1_000, "分": 60_000, "分钟": 60_000, "小时": 3_600_000, "钟头": 3_600_000}


def promised_wait_ms(text: str, settings: WaitSettings | None = None) -> int | None:
    """How long `text` asks the other side to wait, in ms; None when it asks for nothing."""
    settings = settings or WaitSettings()
    said = _MARKS.sub("，", text)
    asked = next((m for m in _ASKS.finditer(said) if not _REFUSES.search(said[: m.start()])), None)
    # A question after it hands the floor over: the silence that follows is not ours.
    if asked and _QUESTION.search(said[asked.end() :]):
        return None
    if asked is None and not _TOLD_TO_WAIT.search(said):
        return None
    promised = _promised_ms(said)
    if promised is not None:
        return min(promised, settings.longest_ms)
    return settings.bare_ms if asked else None


def _promised_ms(said: str) -> int | None:
    for found in _PROMISE.finditer(said):
        amount = _number(found[1])
        if amount is not None and _WAITS_FOR.search(said[: found.start()]):
            return round((amount + (0.5 if found[3] else 0)) * _UNIT_MS[found[2]])
    return None


def _number(digits: str) -> float | None:
    if digits == "半":
        return 0.5
    # 两三分钟, 一两分钟: the longer of the two was promised.
    if len(digits) == 2 and all(d in "一二两三四五六七八九" for d in digits):
        digits = digits[1]
    try:
        return float(cn2an.cn2an(digits, "smart"))
    except ValueError:
        return None
