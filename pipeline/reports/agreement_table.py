"""How often people agree with each rule, as a table: for a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from pipeline.reports.cells import harmless
from pipeline.reviews.agreement import RuleAgreement

FEW = 30
"""Under so many judged items a share says little."""

COLUMNS = (
    "rule", "title", "title_en", "judged", "agreed", "false_faults", "missed_faults", "otherwise", "confirmed",
    "dismissed", "of_no_use", "share",
)  # fmt: skip


def agreement_csv(rows: Iterable[RuleAgreement]) -> str:
    """With a mark by which a spreadsheet knows it for UTF-8."""
    out = io.StringIO("\ufeff")
    out.seek(0, io.SEEK_END)
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in rows:
        share = "" if row.share is None else round(row.share, 3)
        table.writerow([harmless(cell) for cell in (*(getattr(row, name) for name in COLUMNS[:-1]), share)])
    return out.getvalue()
