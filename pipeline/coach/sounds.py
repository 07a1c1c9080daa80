"""How Mandarin sounds to a recogniser, and to somebody with an accent: one character for all that are taken for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, count, product

from pypinyin import lazy_pinyin

from pipeline.han import one_form

CHARS_TO_A_SLIP = 3
"""With more slips than one in three characters, what is heard is no longer what was said, but anything."""

_KEPT = frozenset("不没我你的得了有则者着吗推")
"""Too common to be slips of anything: 我们不会不管 is no 我们不会补管, 不会推卸 no 不会退."""

_HEARD_FOR_YOU = frozenset("引隐迎赢盈")
"""What recognisers write for 您 where its first sound is lost, as over a telephone."""

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SAME_INITIAL = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_SAME_FINAL = (("ing", "in"), ("eng", "en"), ("ang", "an"))
_FIRST = 0xE000  # of the characters that Unicode leaves to private use: one for each sound
_number: dict[str, int] = {}
_numbers = count()


def sound_of(text: str) -> str:
    """One character for each of `text`, the same for all that sound alike; what is not Han stands for itself."""
    return _HAN.sub(lambda found: _sound(found[0]), text)


@lru_cache(maxsize=30_000)
def _sound(char: str) -> str:
    """Toneless, in its commonest reading, with zh and z, n and l, ing and in … taken for the same."""
    (syllable,) = lazy_pinyin("你" if char in _HEARD_FOR_YOU else char)
    for full, short in _SAME_INITIAL:
        if syllable.startswith(full):
            syllable = short + syllable.removeprefix(full)
    for full, short in _SAME_FINAL:
        if syllable.endswith(full):
            syllable = syllable.removesuffix(full) + short
    if syllable not in _number:  # calls run in several threads: no two sounds may get one number
        _number.setdefault(syllable, next(_numbers))
    return chr(_FIRST + _number[syllable])


class Vocabulary:
    """The characters of a pattern by their sound: what somebody may have meant who is heard to say another one."""

    def __init__(self, pattern: str) -> None:
        self._by_sound: dict[str, str] = {}
        for char in sorted(set(_HAN.findall(one_form(pattern)))):
            self._by_sound[_sound(char)] = self._by_sound.get(_sound(char), "") + char

    def corrections(self, text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
        """`text` with slips between `start` and `end` put right, and the place of the last of them.

        One slip first, then more, of every three characters one at most.
        """
        meant = {
            at: others
            for at in range(start, end)
            if text[at] not in _KEPT
            and _HAN.match(text[at])
            and (others := self._by_sound.get(_sound(text[at]), "").replace(text[at], ""))
        }
        for slips in range(1, min(len(meant), (end - start) // CHARS_TO_A_SLIP) + 1):
            for places in combinations(meant, slips):
                for chars in product(*(meant[at] for at in places)):
                    right = list(text)
                    for at, char in zip(places, chars, strict=True):
                        right[at] = char
                    yield "".join(right), places[-1]


@lru_cache(maxsize=2048)
def vocabulary_of(pattern: str) -> Vocabulary:
    """Made once, not for each call."""
    return Vocabulary(pattern)
