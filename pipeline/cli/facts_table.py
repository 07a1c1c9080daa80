"""What is known about the calls of an archive, as a table: one file a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from pipeline.documents import read_bytes, shown
from pipeline.errors import AccountRefused, FactsError
from pipeline.events.call import CallFacts
from pipeline.fact_cells import COLUMNS, Row, read_cells
from pipeline.people.roster import decoded

_MOST_BYTES = 64 << 20


class FactsTable:
    """`file` names a recording by its name or by the end of its path; an empty cell tells nothing."""

    def __init__(self, path: Path, base: CallFacts) -> None:
        """Raises FactsError naming the line, what was given and what was wanted."""
        self._path = path
        self._rows: dict[str, Row] = {}
        lines: dict[str, int] = {}
        for line, cells in self._lines():
            where = f"{path}: line {line}"
            name = PurePath(cells.get("file", "").replace("\\", "/")).as_posix()
            if name in (".", ""):
                raise FactsError(f"{where}: it names no file")
            if name in lines:
                raise FactsError(f"{where}: {shown(name)} is in line {lines[name]} already")
            lines[name] = line
            self._rows[name] = read_cells(cells, base, where)
        self._unused = dict(lines)

    def take(self, path: Path) -> Row | None:
        """What is told of this recording; None where it is in no line."""
        parts = path.absolute().parts
        for first in range(len(parts)):
            name = "/".join(parts[first:])
            if name in self._rows:
                self._unused.pop(name, None)
                return self._rows[name]
        return None

    @property
    def unused(self) -> Mapping[str, int]:
        """Files that were asked for by no recording, with their lines."""
        return self._unused

    def _lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        try:
            text = decoded(read_bytes(self._path, FactsError, _MOST_BYTES))
        except AccountRefused as error:
            raise FactsError(f"{self._path}: {error}") from None
        first = text.split("\n", 1)[0]
        reader = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t，", key=first.count), strict=True)
        names: list[str] | None = None
        try:
            for cells in reader:
                if names is None:
                    names = self._columns(cells)
                elif any(cell.strip() for cell in cells):
                    if len(cells) > len(names):
                        told = f"there are {len(cells)} cells; the first line names {len(names)}"
                        raise FactsError(f"{self._path}: line {reader.line_num}: {told}")
                    yield reader.line_num, dict(zip(names, (cell.strip() for cell in cells), strict=False))
        except csv.Error as error:
            raise FactsError(f"{self._path}: line {reader.line_num}: {error}") from None

    def _columns(self, cells: list[str]) -> list[str]:
        names = [cell.strip().lower() for cell in cells]
        for name in names:
            if name not in COLUMNS:
                raise FactsError(f"{self._path}: there is no column {shown(name)}; known: {', '.join(COLUMNS)}")
            if names.count(name) > 1:
                raise FactsError(f"{self._path}: there are two columns {shown(name)}")
        if "file" not in names:
            raise FactsError(f"{self._path}: its first line must name the columns, `file` among them")
        return names
