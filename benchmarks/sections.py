"""A benchmark of several sections: each a module with `measure(given) -> Iterator[Figure]`; one table, one JSON."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.accuracy.figures import Figure, show, write, write_markdown


def run(
    package: str,
    doc: str | None,
    sections: Sequence[str],
    given: Callable[[argparse.Namespace], Any],
    arguments: Callable[[argparse.ArgumentParser], Any] = lambda parser: None,
) -> None:
    """`given` makes the input of the sections from the options; `arguments` adds options of its own."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default=",".join(sections), help="sections, separated by commas")
    parser.add_argument("--markdown", type=Path, help="all figures as tables")
    arguments(parser)
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(sections):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(sections)}")
    on = given(options)
    figures: list[Figure] = []
    for name in wanted:
        began = time.monotonic()
        found = list(importlib.import_module(f"{package}.{name}").measure(on))
        show(found, f"{name} ({time.monotonic() - began:.0f} s)")
        figures += found
    missed = [f for f in figures if f.is_met is False]
    Console().print(
        f"{len(figures)} figures, {sum(f.is_met is not None for f in figures)} with a target, {len(missed)} missed"
    )
    if options.json:
        write(figures, options.json)
    if options.markdown:
        write_markdown(figures, options.markdown, package.replace(".", "/"))
