"""Text normalisation: characters as read aloud, for counting."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from pipeline.asr.text import reading
from pipeline.han import simplified


def read_aloud(text: str) -> str:
    """`text` as read aloud in Mandarin, without punctuation: 150元 is 一百五十元, VIP is V I P, hello is hel·lo."""
    return reading.read_aloud(_normal(text))


def count_characters(text: str) -> int:
    """Characters as read aloud: Han characters and Latin syllables of `read_aloud(text)`. Linear time; never raises."""
    return sum(said.characters for said in reading.readings(_normal(text)))


def count_by_word(words: Sequence[str]) -> list[float]:
    """Characters of each word, read in the context of all: a recogniser may write 150元 as `1`, `50`, `元`.

    The count of an expression is divided among its words by their written characters; the sum is `count_characters`.
    """
    texts = [_normal(word) for word in words]
    owner = [index for index, text in enumerate(texts) for _ in text]
    counts = [0.0] * len(texts)
    for said in reading.readings("".join(texts)):
        share = said.characters / (said.end - said.start)
        for at in range(said.start, said.end):
            counts[owner[at]] += share
    return counts


def _normal(text: str) -> str:
    """Full-width digits and letters to ASCII (NFKC), traditional Han to simplified."""
    plain = unicodedata.normalize("NFKC", text)
    return plain if plain.isascii() else simplified(plain)
