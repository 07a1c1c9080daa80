"""Characters as read aloud against a table of readings, and pace by words against an oracle.

The table is tests/asr/read_aloud.tsv; the oracle (tests/asr/script.py) counts on a grid of 1 ms. Needs no recordings.
"""

from __future__ import annotations

import contextlib
import csv
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import cn2an
import numpy as np

from benchmarks.accuracy.corpus import Corpus
from benchmarks.accuracy.figures import Figure
from pipeline.asr.text.normalisation import count_characters
from tests.asr import script

_TABLE = Path(script.__file__).with_name("read_aloud.tsv")
_HAN_OR_DIGIT = re.compile(r"[\u4e00-\u9fff0-9]")
_CALLS = 12
_PAUSES_MS = (200, 240, 260, 300, 320, 900, 1_000, 1_100, 2_000, 8_000)


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    yield from _table()
    yield from _rates()


def _table() -> Iterator[Figure]:
    with _TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    cases = [(row["text"], [int(count) for count in row["characters"].split("|")]) for row in rows]
    on = f"table of {len(cases)} texts"

    def plain(text: str) -> int:
        return len(_HAN_OR_DIGIT.findall(text))

    def right(count: Callable[[str], int]) -> float:
        return 100 * sum(count(text) in counts for text, counts in cases) / len(cases)

    def error(count: Callable[[str], int]) -> float:
        wrong = sum(min(abs(count(text) - right) for right in counts) for text, counts in cases)
        return 100 * wrong / sum(counts[0] for _, counts in cases)

    yield Figure(
        "text", "texts with the right number of characters", on, right(count_characters), "%", 100.0, True,
        {"Han or digit": right(plain), "the same after cn2an.transform": right(lambda text: plain(_written_out(text)))},
    )  # fmt: skip
    yield Figure(
        "text", "error of the number of characters, summed", on, error(count_characters), "%", 2.0,
        peers={"Han or digit": error(plain)},
    )  # fmt: skip


def _written_out(text: str) -> str:
    with warnings.catch_warnings(), contextlib.suppress(ValueError):
        warnings.simplefilter("ignore")  # more than 16 digits
        return str(cn2an.transform(text, "an2cn"))
    return text


def _rates() -> Iterator[Figure]:
    """Calls of a few minutes with all kinds of pauses, talk of the other side over them, and turns of over 25 s."""
    found: dict[str, list[float]] = {"window": [], "call": []}
    for seed in range(_CALLS):
        random = np.random.default_rng(seed)
        agent = [(int(random.choice(_PAUSES_MS)), 20 * int(random.integers(5, 300))) for _ in range(25)]
        agent.insert(12, (900, 20 * int(random.integers(1_300, 3_000))))
        customer = [(20 * int(random.integers(5, 600)), 20 * int(random.integers(5, 150))) for _ in range(18)]
        for what, error in script.errors(script.write(agent, customer, word_ms=int(random.integers(120, 500)))):
            found[what].append(error)
    for what, on in (("window", "20 s windows"), ("call", "whole calls")):
        yield Figure(
            "text", "largest error of speaking and articulation rate by words", f"{len(found[what]) // 2} {on}",
            100 * max(found[what]), "%", 2.0,
        )  # fmt: skip
