"""Inverse text normalisation: recognised words with punctuation, and numbers in digits.

Conservative: a number becomes digits only if it has a unit, is a percentage or a code of several digits, and only if
the digits read aloud give the words that were said (两 as 二, 幺 as 一). 一下, 十分 and 万一 stay words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cn2an

from pipeline.asr.text.reading import read_aloud
from pipeline.events.words import Word
from pipeline.spoken_digits import DIGITS, MISHEARD, VALUES

_PAUSE_MS = 350  # a gap between words that becomes a comma, if the model wrote no punctuation at all
_ASKING = re.compile(
    r"(?:[吗呢么]|什么|怎么|多少|哪里|哪儿|为什么|几[点个天号]|是谁|谁)$|^(?:请问|为什么|怎么|什么时候)"
)
_FULL_WIDTH = str.maketrans(",?!;:", "，？！；：")
_HAN = "\u4e00-\u9fff"

_AS_DIGITS = str.maketrans({**VALUES, **MISHEARD})
_UNSURE = {"两", *MISHEARD}
_NUMBER = "[零一二三四五六七八九十百千万两]"
_UNITS = (
    "块钱|元|块|万元|公里|千米|平方米|平米|米|公斤|斤|分钟|小时|秒|个月|个星期|个小时|天|年|岁|次|户|层|楼|号楼|栋|单元|"
    "度|吨|升|瓦|页|条|张|台|件|份|人|位|名|个"
)
_LARGEST = 100_000  # larger numbers stay words: 一百万元 reads better than 1000000元
_SAID = f"[{''.join(VALUES)}]"
_HEARD = f"[{''.join([*VALUES, *MISHEARD])}]"
_MOBILE = f"[要腰](?=[三四五六七八九]){_HEARD}{{9}}{_SAID}"  # eleven digits: here the first may be misheard
_CODE = re.compile(rf"(?<![十百千万])(?:{_MOBILE}|{_SAID}{_HEARD}+{_SAID})(?![十百千万点])")
_PERCENT = re.compile(rf"百分之({_NUMBER}+(?:点[{DIGITS}]+)?)")
_QUANTITY = re.compile(
    rf"(?<!第)({_NUMBER}+点[{DIGITS}]+|{_NUMBER}*[十百千]{_NUMBER}*|{_NUMBER}万零[{DIGITS}])(?=(?:{_UNITS})(?!之|分))(?![十百千万])"
)


def inverse_normalised(words: Sequence[Word]) -> str:
    """The text for reading. `words`: as recognised, in simplified Han, in order of time."""
    text = "".join(word.text for word in words)
    if not any(not c.isalnum() and not c.isspace() for c in text):
        text = _punctuated(words)
    text = re.sub(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])", "", text).strip()
    text = re.sub(rf"(?<=[{_HAN}])[,?!;:]|[,?!;:](?=[{_HAN}])", lambda found: found[0].translate(_FULL_WIDTH), text)
    for pattern, written in ((_CODE, _code), (_PERCENT, _percent), (_QUANTITY, _quantity)):
        text = pattern.sub(written, text)
    return text


def _punctuated(words: Sequence[Word]) -> str:
    """The words with commas at pauses, and a full stop or question mark."""
    text, ended_ms = "", None
    for word in words:
        if ended_ms is not None and word.start_ms - ended_ms >= _PAUSE_MS:
            text = text.rstrip() + "，"
        text += word.text
        ended_ms = word.end_ms
    text = text.strip()
    last = text.rsplit("，", 1)[-1]
    return text + ("？" if _ASKING.search(last) else "。") if text else ""


def _code(found: re.Match[str]) -> str:
    """Telephone and order numbers, years: four digits or more, or three with a 零 or 幺 after the first."""
    said = found[0]
    unsure = sum(char in _UNSURE for char in said)
    is_code = 2 * unsure <= len(said) if len(said) >= 4 else not unsure and {"零", "幺"} & set(said[1:])
    return said.translate(_AS_DIGITS) if is_code else said


def _percent(found: re.Match[str]) -> str:
    return _checked(found[0], f"{_value(found[1])}%")


def _quantity(found: re.Match[str]) -> str:
    value = _value(found[1])
    if value is None or float(value) >= _LARGEST:
        return found[0]
    return _checked(found[0], value, unit=found.string[found.end() : found.end() + 1])


def _value(said: str) -> str | None:
    try:
        return str(cn2an.cn2an(said.replace("两", "二"), "smart"))
    except (ValueError, KeyError):  # no valid number, such as 十十一
        return None


def _checked(said: str, written: str, unit: str = "") -> str:
    """`written`, if reading it aloud gives `said`; otherwise `said`."""
    return written if _same(read_aloud(written + unit), said + unit) else said


def _same(a: str, b: str) -> bool:
    return a.replace("两", "二").replace("幺", "一") == b.replace("两", "二").replace("幺", "一")
