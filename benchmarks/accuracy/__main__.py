"""Accuracy of the channel analysis, against truth and against peers in the same run: one table, one JSON.

    python -m benchmarks.accuracy [--corpus DIR [--pairs DIR]] [--only voice,pitch] [--json FILE] [--markdown FILE]

A corpus is a folder with manifest.csv; without one only synthetic sound is measured. Pairs are recordings of a
loudspeaker and a microphone, see pairs.py. Peers that are not installed are left out and named:
`pip install -r benchmarks/peers.txt` (never shipped: GPL and other licences).
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.accuracy.corpus import Corpus
from benchmarks.sections import run

SECTIONS = (
    "voice",
    "borders",
    "own_voice",
    "pitch",
    "rate",
    "level",
    "line",
    "bleed",
    "pairs",
    "announcements",
    "text",
)

if __name__ == "__main__":
    run(
        "benchmarks.accuracy", __doc__, SECTIONS,
        lambda options: Corpus(options.corpus, options.pairs) if options.corpus else None,
        lambda parser: parser.add_argument("--pairs", type=Path, help="recordings of loudspeaker and microphone"),
    )  # fmt: skip
