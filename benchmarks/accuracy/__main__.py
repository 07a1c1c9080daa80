"""How right the ears are, against truth and against peers in the same run: one table, one JSON.

    python -m benchmarks.accuracy [--corpus DIR] [--only voice,pitch] [--json FILE] [--markdown FILE]

A corpus is a folder with manifest.csv; without one only what can be built by synthesis is measured. Peers that are
not installed are left out and named: `pip install -r benchmarks/peers.txt` (never shipped: GPL and other licences).
"""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

from rich.console import Console

from benchmarks.accuracy.corpus import Corpus
from benchmarks.accuracy.figures import Figure, show, write, write_markdown

SECTIONS = ("voice", "borders", "pitch", "rate", "level", "bleed", "announcements", "text")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas")
    parser.add_argument("--markdown", type=Path, help="all figures as tables")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    corpus = Corpus(options.corpus) if options.corpus else None
    figures: list[Figure] = []
    for name in wanted:
        began = time.monotonic()
        section = importlib.import_module(f"benchmarks.accuracy.{name}")
        found = list(section.measure(corpus))
        show(found, f"{name} ({time.monotonic() - began:.0f} s)")
        figures += found
    missed = [f for f in figures if f.is_met is False]
    Console().print(
        f"{len(figures)} figures, {sum(f.is_met is not None for f in figures)} with a target, {len(missed)} missed"
    )
    if options.json:
        write(figures, options.json)
    if options.markdown:
        write_markdown(figures, options.markdown)


if __name__ == "__main__":
    main()
