"""Tests that a page of docs/ names as its proof exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = {"security.md": 60, "store.md": 45}
"""Pages that prove what they say, and how many tests they name at least."""


@pytest.fixture(scope="module")
def written() -> set[str]:
    files = (file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    return {name for text in files for name in re.findall(r"^(?:async )?def (test_\w+)\(", text, re.MULTILINE)}


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_test_that_is_named_exists(page: str, written: set[str]) -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / page).read_text(encoding="utf-8")))
    assert named - written == set()
    assert len(named) >= NAMED.get(page, 0)
