"""A spreadsheet runs nothing that stands in a table of ours."""

from __future__ import annotations

import pytest

from pipeline.reports.cells import harmless


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_begins_like_a_formula_is_text(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("cell", [-5, -0.5, 0, 12, "", "a=b", "13812345678", "'=1", None])
def test_all_else_stays_as_it_is(cell: str | float | None) -> None:
    assert harmless(cell) is cell
