"""What docs/security.md names is there: its files, and all items of ASVS 5.0 level 1; each threat has a test."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ITEMS = 70  # of level 1, in OWASP's list of ASVS 5.0.0


def test_every_threat_has_a_test() -> None:
    rows = PAGE.partition("## Threats")[2].partition("\n## ")[0].splitlines()
    threats = [row for row in rows if row.startswith("| ") and not row.startswith("| threat")]
    assert len(threats) > 20
    assert [row for row in threats if "`test_" not in row.split(" | ")[-1]] == []


def test_every_file_that_is_named_exists() -> None:
    named = re.findall(r"`((?:pipeline|docs|tests)/[\w/.]+)`", PAGE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_item_of_the_standard_has_one_answer() -> None:
    rows = re.findall(r"^\| ((?:\d+\.\d+\.\d+(?:, )?)+)[^|]*\| ([✓◐✗–]) \| .+ \|$", PAGE, re.MULTILINE)
    items = [item for row, _ in rows for item in row.rstrip().split(", ")]
    assert len(items) == len(set(items)) == ITEMS
