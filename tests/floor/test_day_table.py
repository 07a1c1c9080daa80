"""The table of a day, as people open it in a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from pipeline.floor.day_table import day_table
from pipeline.floor.messages import Day, Hour
from pipeline.floor.past import FloorDay, PastCase


@pytest.mark.parametrize(("detail", "told"), [("asr", "文字"), ("customer", "客户"), ("superior", "要见上级")])
def test_what_a_case_was_of_is_told_in_words(detail: str, told: str) -> None:
    case = PastCase(
        "k", "1042", "c", "blind", "blind", 0, detail, name="林晓雯", closed_at=16_000, closed_because="calm",
        closed_by="", closed_reason="",
    )  # fmt: skip
    found = FloorDay("1970-01-01", 480, Day(Hour(0), ()), (case,))
    row = list(csv.reader(io.StringIO(day_table(found, english=False).removeprefix("\ufeff"))))[-1]
    assert row[:5] == ["1970-01-01 08:00:00", "林晓雯", "1042", "听不到", told]
    assert (row[8], row[9]) == ("1970-01-01 08:00:16", "自行平静")
    in_english = list(csv.reader(io.StringIO(day_table(found, english=True).removeprefix("\ufeff"))))[-1]
    assert in_english[3:5] == ["blind", detail]
