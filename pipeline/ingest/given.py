"""What desks go by, from their centre: its rulebook, and what the team of whoever sits there has set."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import anyio
import anyio.to_thread

from pipeline.desk_protocol.messages import Rulebook, SettingsOfTeam
from pipeline.errors import CallcoachError
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.people.desks import Desks
from pipeline.people.team_settings import SettingsOfTeams

log = logging.getLogger(__name__)

LOOK_S = 5.0  # how soon a desk hears of what was changed

Told = tuple[str, tuple[str | None, int] | None]
"""SHA-256 of its rulebook, and version of what its team has set."""


class GivenToDesks:
    """A Part. On the event loop; files and database are read in threads."""

    takes: Mapping[type[Any], Takes] = MappingProxyType({})

    def __init__(self, rulebook: Callable[[], bytes], desks: Desks, teams: SettingsOfTeams) -> None:
        """`rulebook`: the file, as desks get it. May raise OSError."""
        self._rulebook = rulebook
        self._desks = desks
        self._teams = teams
        self._told: dict[DeskLine, Told] = {}

    async def opened(self, line: DeskLine) -> None:
        has = line.hello.rulebook if line.hello is not None else None
        self._told[line] = has or "", None
        await self._tell([line])

    async def tell(self, line: DeskLine) -> None:
        """What it goes by now, as far as it has not heard that."""
        await self._tell([line])

    def left(self, line: DeskLine) -> None:
        self._told.pop(line, None)

    async def keep_telling(self, lines: Callable[[], Sequence[DeskLine]]) -> None:
        """What has changed since; for ever."""
        while True:
            await anyio.sleep(LOOK_S)
            await self._tell(lines())

    async def _tell(self, lines: Sequence[DeskLine]) -> None:
        try:
            told = {line: self._told[line] for line in lines if line in self._told}
            found, now = await anyio.to_thread.run_sync(self._look, told)
        except (CallcoachError, OSError) as error:
            log.warning("what desks go by cannot be read just now: %s", error)
            return
        self._told |= {line: known for line, known in now.items() if line in self._told}  # it may have left meanwhile
        for line, said, body in found:
            line.say(said, body)

    def _look(self, told: Mapping[DeskLine, Told]) -> tuple[list[tuple[DeskLine, Any, bytes]], dict[DeskLine, Told]]:
        """What is to be said, and what each has been told then."""
        rulebook = self._rulebook()
        digest = hashlib.sha256(rulebook).hexdigest()
        found: list[tuple[DeskLine, Any, bytes]] = []
        now: dict[DeskLine, Told] = {}
        shifts = self._desks.shifts_at([line.desk.id for line in told])
        for line, (has, settings) in told.items():
            if has != digest:
                found.append((line, Rulebook(digest), rulebook))
            if (shift := shifts.get(line.desk.id)) is not None:
                current = self._teams.current(shift.team)
                if settings != (shift.team, current.version):
                    settings = shift.team, current.version
                    found.append((line, SettingsOfTeam(shift.team, current.version, current.settings), b""))
            now[line] = digest, settings
        return found, now
