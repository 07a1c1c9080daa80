"""Han in one form: simplified for people to read, and one character for all that mean the same, to compare texts.

Recognisers write simplified, traditional, and both in one sentence (您自己看著办).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

import opencc

_MEANS_THE_SAME = dict(zip("您妳她它牠祂著账甚瞭覆沈藉", "你你他他他他着帐什了复沉借", strict=True))
"""Beyond scripts: who is meant is not heard, and words have two spellings (账户, 什么, 了解, 回复)."""

# In simplified Han 著 stands in 著名, 显著, 著作 … and nowhere else. OpenCC leaves it (t2s) or loses 显著, 么 (tw2s).
_AS_A_PARTICLE = re.compile(r"(?<![主专原卓名合土巨拙昭显编译论遗])著(?![作名录称者述])")
_SCRIPT = range(0x3400, 0xA000)
_FULL_WIDTH = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]  # digits and letters


def simplified(text: str) -> str:
    """`text` in simplified Han, as long as before: as OpenCC, which knows words (乾隆, 乾淨); 着 for 著, 你 for 妳."""
    return _AS_A_PARTICLE.sub("着", str(_to_simplified().convert(text))).replace("妳", "你")


def simplified_pieces(pieces: Sequence[str]) -> list[str]:
    """The pieces of one text in simplified Han: words that lie in two of them (乾 | 隆) are known, too."""
    text = simplified("".join(pieces))
    return [text[end - len(piece) : end] for end, piece in zip(accumulate(map(len, pieces)), pieces, strict=True)]


def one_form(text: str) -> str:
    """`text` for comparing, character by character, as long as before: 您 is 你, 她 is 他, 著 is 着, 辦 is 办, Ａ is A.

    No word is looked at (乾 is 干 in 乾隆, too), so that a pattern of parts is changed as the texts that it is for.
    """
    return text.translate(_forms())


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _forms() -> dict[int, str]:
    written = [chr(code) for code in _SCRIPT]
    once = str(_to_simplified().convert("\n".join(written)))
    forms = str(_to_simplified().convert(once)).split("\n")  # 薴 is 苧, and that 苎
    same = {char: _MEANS_THE_SAME.get(form, form) for char, form in zip(written, forms, strict=True)}
    full_width = {code: chr(code - 0xFEE0) for code in _FULL_WIDTH}
    return {ord(char): form for char, form in same.items() if form != char} | full_width
