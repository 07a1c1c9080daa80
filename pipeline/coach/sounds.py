"""How Mandarin sounds to a recogniser, and to somebody with an accent: one character for all that are taken for it."""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import lazy_pinyin

_ONE_FORM = str.maketrans("您妳她它著", "你你他他着")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SAME_INITIAL = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_SAME_FINAL = (("ing", "in"), ("eng", "en"), ("ang", "an"))
_FIRST = 0xE000  # of the characters that Unicode leaves to private use: one for each sound
_number: dict[str, int] = {}


def as_one_form(text: str) -> str:
    """`text` with characters that mean the same in one form: 您 and 妳 as 你, 她 and 它 as 他. As long as `text`."""
    return text.translate(_ONE_FORM)


def sound_of(text: str) -> str:
    """One character for each of `text`, the same for all that sound alike; what is not Han stands for itself."""
    return _HAN.sub(lambda found: _sound(found[0]), text)


@lru_cache(maxsize=30_000)
def _sound(char: str) -> str:
    """Toneless, in its commonest reading, with zh and z, n and l, ing and in … taken for the same."""
    (syllable,) = lazy_pinyin(char)
    for full, short in _SAME_INITIAL:
        if syllable.startswith(full):
            syllable = short + syllable.removeprefix(full)
    for full, short in _SAME_FINAL:
        if syllable.endswith(full):
            syllable = syllable.removesuffix(full) + short
    return chr(_FIRST + _number.setdefault(syllable, len(_number)))
