"""Accuracy of the channel analysis, against truth and against peers in the same run: one table, one JSON.

    python -m benchmarks.accuracy [--corpus DIR] [--only voice,pitch] [--json FILE] [--markdown FILE]

A corpus is a folder with manifest.csv; without one only synthetic sound is measured. Peers that are
not installed are left out and named: `pip install -r benchmarks/peers.txt` (never shipped: GPL and other licences).
"""

from __future__ import annotations

from benchmarks.accuracy.corpus import Corpus
from benchmarks.sections import run

SECTIONS = ("voice", "borders", "own_voice", "pitch", "rate", "level", "line", "bleed", "announcements", "text")

if __name__ == "__main__":
    run("benchmarks.accuracy", __doc__, SECTIONS, lambda options: Corpus(options.corpus) if options.corpus else None)
