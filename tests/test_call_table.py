"""The list of calls as a table: with nothing in it that a spreadsheet reckons or opens, and little of it in memory."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from tempfile import TemporaryFile
from xml.etree import ElementTree

import pytest

from pipeline.reports.call_table import COLUMNS, Cells, Kind, write_table

NASTY = ("=1+1", "{=SUM(A1)}", "+1", "-1", "@x", "https://a.example", "mailto:a@b", "007", "\t=1", "1e5", "<&>\x07")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows(count: int) -> Iterator[Cells]:
    for number in range(count):
        yield (f"call-{number}", "李娜", 61.5, number, None, *["一个很长的题目" * 10 for _ in COLUMNS[5:]])


def test_in_a_workbook_texts_are_texts_and_numbers_numbers() -> None:
    file = io.BytesIO()
    assert write_table("xlsx", [(*NASTY, -1, 0.5, None)], file) == 1
    with zipfile.ZipFile(file) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert not [name for name in parts.namelist() if "rels" in name and "sheet1" in name]  # no link leads out
    cells = list(ElementTree.fromstring(sheet).iter(f"{MAIN}c"))[len(COLUMNS) :]
    kinds = [cell.get("t", "n") for cell in cells]
    assert kinds == ["inlineStr"] * len(NASTY) + ["n", "n"]
    texts = ["".join(cell.itertext()) for cell in cells]
    assert texts == [*NASTY[:-1], "<&>_x0007_", "-1", "0.5"]
    assert not list(ElementTree.fromstring(sheet).iter(f"{MAIN}f"))


def test_in_csv_a_text_is_told_from_a_formula_by_a_mark() -> None:
    file = io.BytesIO()
    assert write_table("csv", [(*NASTY, -1, 0.5, None)], file) == 1
    written = file.getvalue()
    assert written.startswith(b"\xef\xbb\xbf")
    found = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert tuple(found[0]) == COLUMNS
    assert found[1][:5] == ["'=1+1", "{=SUM(A1)}", "'+1", "'-1", "'@x"]
    assert found[1][-3:] == ["-1", "0.5", ""]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_longer_table_needs_no_more_memory(kind: Kind) -> None:
    peaks = []
    write_table(kind, rows(10), io.BytesIO())  # what is loaded once
    for count in (500, 5_000):
        with TemporaryFile() as file:
            tracemalloc.start()
            assert write_table(kind, rows(count), file) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000, peaks
