"""A list of calls as a table that people open in a spreadsheet: CSV and XLSX with the same rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from pipeline.reports.cells import harmless

COLUMNS = (
    "call_id", "started_at", "agent_id", "agent", "team", "direction", "peer", "duration_s", "score", "assessed_share",
    "fatal", "to_confirm", "total_by_people", "review", "reviewer", "first_problem", "other_problems",
)  # fmt: skip
Cells = Sequence[str | int | float | None]


def as_csv(rows: Iterable[Cells]) -> bytes:
    """With a mark by which a spreadsheet knows it for UTF-8."""
    out = io.StringIO("\ufeff")
    out.seek(0, io.SEEK_END)
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow(["" if cell is None else harmless(cell) for cell in row])
    return out.getvalue().encode()


def as_xlsx(rows: Iterable[Cells]) -> bytes:
    """Texts are written as texts: no cell is a formula or a link."""
    from xlsxwriter import Workbook  # only here: few starts write a table

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, options) as book:
        sheet = book.add_worksheet("calls")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        number = 0
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
        sheet.autofilter(0, 0, number, len(COLUMNS) - 1)
    return out.getvalue()
