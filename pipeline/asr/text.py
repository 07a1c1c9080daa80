"""Text as it is matched and counted: simplified Han, and characters as they are read aloud (DESIGN §5)."""

from __future__ import annotations

import re
from functools import cache

import cn2an
import opencc

_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?%?|[A-Za-z]+(?:'[a-z]+)?|[\u4e00-\u9fff〇○]|[^\s]")
_HAN = re.compile(r"[\u4e00-\u9fff〇○]")
_VOWELS = re.compile(r"[aeiouy]+")
# Signs that are read aloud, with the number of syllables: 加, 等于, 美元 ...
_SIGNS = {"+": 1, "=": 2, "@": 1, "$": 2, "¥": 1, "￥": 1, "&": 1, "℃": 3, "#": 1, "×": 1, "÷": 2}
# A run of digits this long, or one that begins with 0, is a code and read digit by digit.
_CODE_DIGITS = 5


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional Han to simplified (OpenCC t2s)."""
    return str(_to_simplified().convert(text))


def count_characters(text: str) -> int:
    """Characters as read aloud in Mandarin: 150 is 一百五十, four; 13812345678 is read digit by digit.

    Latin words count their syllables, abbreviations their letters; punctuation and spaces never count.
    """
    return sum(len(token.group()) if _is_year(token) else _count(token.group()) for token in _TOKEN.finditer(text))


def _is_year(token: re.Match[str]) -> bool:
    """2026年 is read digit by digit."""
    return token.group().isdigit() and len(token.group()) == 4 and token.string[token.end() :].startswith("年")


def _count(token: str) -> int:
    if _HAN.match(token):
        return 1
    if token[0].isdigit():
        return _count_number(token)
    if token[0].isascii() and token[0].isalpha():
        return _count_latin(token)
    return _SIGNS.get(token, 0)


def _count_number(token: str) -> int:
    percent = 3 if token.endswith("%") else 0  # 百分之
    plain = token.rstrip("%").replace(",", "")
    whole, _, fraction = plain.partition(".")
    grouped = "," in token or percent > 0 or bool(fraction)
    if not grouped and (len(whole) >= _CODE_DIGITS or (len(whole) > 1 and whole[0] == "0")):
        return len(whole)
    read = str(cn2an.an2cn(whole or "0"))
    if read.startswith("一十"):  # 12 is 十二
        read = read[1:]
    return len(read) + percent + (1 + len(fraction) if fraction else 0)


def _count_latin(token: str) -> int:
    if token.isupper() or len(token) == 1:
        return len(token)
    lower = token.lower()
    syllables = len(_VOWELS.findall(lower))
    if lower.endswith("e") and not lower.endswith("le") and syllables > 1:
        syllables -= 1
    return max(1, syllables)
