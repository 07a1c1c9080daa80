"""Many scored calls, a line each: from the objects of `score --json` to what a person compares and a table keeps."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError, StoreError
from pipeline.reports.cells import harmless

Json = dict[str, Any]
_BAD = ("missed", "to_confirm")

COLUMNS = (
    "file", "duration_s", "score", "unscored_reason", "assessed", "offered", "to_confirm", "lost_share", "hints",
    "worst", "error",
)  # fmt: skip
"""Of the CSV file. `worst`: title of the gravest item that was missed or is to be confirmed."""


def brief(result: Json) -> Json:
    """What an overview needs of a result: its words and turns may be long, and a run may have a thousand calls."""
    return {key: result[key] for key in ("file", "duration_ms", "engine", "hints", "score", "error") if key in result}


def worst_item(result: Json) -> Json | None:
    """The gravest fault of a scored call: fatal ones first, then by weight."""
    items = [item for item in (result["score"] or {}).get("items", ()) if item["verdict"] in _BAD]
    return max(items, key=lambda item: (item["fatal"], item["weight"]), default=None)


def in_order(results: Iterable[Json]) -> list[Json]:
    """As they were given, those that could not be scored last."""
    return sorted(results, key=lambda result: "error" in result)


def row(result: Json) -> Json:
    """The cells of one result by column, "" where there is nothing to tell."""
    cells: Json = dict.fromkeys(COLUMNS, "") | {"file": result["file"]}
    if "error" in result:
        return cells | {"error": result["error"]}
    score, worst = result["score"] or {}, worst_item(result)
    known = {key: score.get(key) for key in ("unscored_reason", "assessed", "offered", "to_confirm", "lost_share")}
    cells |= {key: value for key, value in known.items() if value is not None}
    total = score.get("total")
    return cells | {
        "duration_s": round(result["duration_ms"] / 1000, 1),
        "score": "" if total is None else total,
        "hints": len(result["hints"]),
        "worst": "" if worst is None else worst["title"],
    }


def check_csv(path: Path) -> None:
    """Raises SettingsError where a table cannot be written, or would replace something that is none of ours."""
    try:
        with path.open("rb") as file:
            head = file.readline(1_000)
    except FileNotFoundError:
        if path.parent.is_dir():
            return
        raise SettingsError(f"--csv {path}: there is no folder {path.parent}") from None
    except OSError as error:
        raise SettingsError(f"--csv {path}: cannot be written: {error.strerror}") from error
    if head and head.removeprefix(codecs.BOM_UTF8).rstrip() != ",".join(COLUMNS).encode():
        raise SettingsError(
            f"--csv {path}: is there already and is no table of callcoach score; name a new file, or one that may be "
            "replaced"
        )


def write_csv(path: Path, results: Iterable[Json]) -> None:
    """Replaces the file. UTF-8 with a mark, by which spreadsheets know it. Raises StoreError."""
    try:
        with path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
            out = csv.DictWriter(file, COLUMNS)
            out.writeheader()
            out.writerows({key: harmless(cell) for key, cell in row(r).items()} for r in in_order(results))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"--csv {path}: cannot be written: {reason}") from error
