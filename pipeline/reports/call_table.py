"""A list of calls as a table that people open in a spreadsheet: CSV and XLSX with the same rows.

Rows are written to a file as they come, so that of a table of any length only a few are in memory.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO, Literal

from pipeline.reports.cells import harmless

COLUMNS = (
    "call_id", "started_at", "agent_id", "agent", "team", "direction", "peer", "duration_s", "score", "assessed_share",
    "fatal", "to_confirm", "total_by_people", "review", "reviewer", "first_problem", "other_problems",
)  # fmt: skip
CHINESE = (
    "通话编号", "开始时间", "工号", "坐席", "班组", "方向", "对方号码", "时长（秒）", "自动得分", "已评比例",
    "致命项", "待确认", "人工总分", "复核状态", "复核人", "首要问题", "其他问题",
)  # fmt: skip
"""As COLUMNS, for people who read them."""
Cells = Sequence[str | int | float | None]
Kind = Literal["csv", "xlsx"]


def write_table(kind: Kind, rows: Iterable[Cells], file: IO[bytes], heads: Sequence[str] = COLUMNS) -> int:
    """How many rows it has. `heads`: what its columns are called."""
    return _csv(rows, file, heads) if kind == "csv" else _xlsx(rows, file, heads)


def _csv(rows: Iterable[Cells], file: IO[bytes], heads: Sequence[str]) -> int:
    """With a mark by which a spreadsheet knows it for UTF-8."""
    file.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    table, number = csv.writer(text), 0
    table.writerow(heads)
    for row in rows:
        number += 1
        table.writerow(["" if cell is None else harmless(cell) for cell in row])
    text.detach()  # or it would close the file
    return number


def _xlsx(rows: Iterable[Cells], file: IO[bytes], heads: Sequence[str]) -> int:
    """Texts are written as texts and numbers as numbers: no cell is a formula or a link, whatever is in it."""
    from xlsxwriter import Workbook  # only here: few starts write a table

    number = 0
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("calls")
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(heads):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
        sheet.autofilter(0, 0, number, len(heads) - 1)
    return number
