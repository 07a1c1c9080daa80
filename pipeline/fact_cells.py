"""What the cells of a table tell of a call: texts as people and spreadsheets write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from pipeline.codec import facts_from, moment_from
from pipeline.errors import FactsError
from pipeline.events.call import CallFacts
from pipeline.file_names import direction_of, in_zone

BESIDE = ("file", "started_at")
COLUMNS = (*BESIDE, *(field.name for field in fields(CallFacts)))
_TRUTHS = {"true": True, "1": True, "yes": True, "是": True, "false": False, "0": False, "no": False, "否": False}

Row = tuple[dict[str, object], str | None]
"""Facts that a line tells, and when the call began."""


def wrong_cell(cells: Mapping[str, str]) -> str | None:
    """The first column of which the cell cannot be read, or that there is not."""
    for column, cell in cells.items():
        beside = {"timezone": cells["timezone"]} if column == "started_at" and "timezone" in cells else {}
        try:
            if column not in COLUMNS:
                return column
            read_cells({**beside, column: cell}, CallFacts(), "")
        except FactsError:
            return column
    return None


def read_cells(cells: Mapping[str, str], base: CallFacts, where: str) -> Row:
    """`cells`: by column; an empty one tells nothing. Raises FactsError beginning with `where`."""
    given: dict[str, object] = {name: cell for name, cell in cells.items() if cell and name not in BESIDE}
    if "direction" in given:
        given["direction"] = direction_of(str(given["direction"])) or given["direction"]
    if "recording_consent" in given:
        told = str(given["recording_consent"])
        given["recording_consent"] = _TRUTHS.get(told.lower(), told)
    facts = facts_from(given, base, where)
    return given, _moment(cells.get("started_at", ""), facts.timezone, where)


def _moment(text: str, zone: str | None, where: str) -> str | None:
    if not text:
        return None
    try:
        return moment_from(in_zone(datetime.fromisoformat(text.replace("/", "-")), zone), where)
    except ValueError:
        return moment_from(text, where)  # says what is wrong
