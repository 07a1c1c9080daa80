"""Cells of tables that people open in a spreadsheet, which takes a text that begins like a formula for one."""

from __future__ import annotations

from typing import TypeVar

Cell = TypeVar("Cell", str, int, float, None)
_BEGIN_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(cell: Cell) -> Cell | str:
    """The cell as it is to be written: a text that begins like a formula gets a ' before it (OWASP, CSV injection).

    Numbers stay numbers, negative ones too.
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGIN_A_FORMULA) else cell
