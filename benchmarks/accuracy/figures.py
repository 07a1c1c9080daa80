"""The result of a measurement: our figure, those of the peers in the same run, and the target."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `peers` in `unit`; `target` is an upper limit, a lower one with `at_least`, None where none is set."""

    section: str  # voice, borders, own_voice, pitch, rate, level, bleed, announcements, text
    measure: str  # what was measured
    on: str  # on which sound
    ours: float | None
    unit: str = "%"
    target: float | None = None
    at_least: bool = False
    peers: Mapping[str, float | None] = field(default_factory=dict)
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        if self.target is None or self.ours is None:
            return None
        return self.ours >= self.target if self.at_least else self.ours <= self.target


def show(figures: Iterable[Figure], title: str) -> None:
    table = Table("section", "measure", "on", "ours", "target", "", "peers", title=title)
    for f in figures:
        sign = "" if f.target is None else f"{'≥' if f.at_least else '≤'} {f.target:g}"
        met = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[f.is_met]
        peers = ", ".join(f"{name} {_number(value)}" for name, value in f.peers.items())
        table.add_row(f.section, f.measure, f.on, f"{_number(f.ours)} {f.unit}", sign, met, peers)
    # One row a line, also when written to a file.
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)


def write(figures: Iterable[Figure], path: Path) -> None:
    rows = [{**asdict(f), "met": f.is_met} for f in figures]
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False), encoding="utf-8")


def write_markdown(figures: Sequence[Figure], path: Path, benchmark: str) -> None:
    """All figures of benchmarks/accuracy or another, one table a section, as the docs keep them."""
    module = benchmark.replace("/", ".")
    lines = [f"# Every figure of {benchmark}", "", f"Written by `python -m {module} --markdown`."]
    for section in dict.fromkeys(f.section for f in figures):
        lines += ["", f"## {section}", "", "| measure | on | ours | target | peers |", "|---|---|---|---|---|"]
        for f in figures:
            if f.section != section:
                continue
            target = "" if f.target is None else f"{'≥' if f.at_least else '≤'} {f.target:.3g}"
            ours = f"{_number(f.ours)} {f.unit}".strip()
            peers = ", ".join(f"{name} {_number(value)}" for name, value in f.peers.items())
            lines.append(
                f"| {f.measure} | {f.on} | {f'**{ours}**' if f.is_met is False else ours} | {target} | {peers} |"
            )
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
