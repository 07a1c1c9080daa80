"""Routes of recordings that become calls: dropped one by one, asked after, taken back.

The body of a recording is its bytes, streamed to the disk. What a file is called is told beside it, and is no path.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from pipeline.audio.sources.files.recording import AUDIO
from pipeline.documents import shown
from pipeline.errors import StoreError
from pipeline.fact_cells import COLUMNS
from pipeline.masking.masking import masked
from pipeline.people.audit import Audit
from pipeline.people.directory import Directory
from pipeline.people.permissions import Action
from pipeline.people.person import Whose
from pipeline.printable import printable
from pipeline.server.answers import READING, WRITING, ToldWhy, described
from pipeline.server.bodies import Given
from pipeline.server.call_index import CallIndex
from pipeline.server.fields import LONGEST, flag, takes, texts
from pipeline.server.gate import Asker
from pipeline.server.import_facts import NameTold, Telling, pattern_of
from pipeline.server.import_jobs import ImportJob, ImportRefused, Upload
from pipeline.server.import_queue import ImportQueue
from pipeline.server.needs import NotPermitted, gate_of, needs, still_permitted
from pipeline.server.teams import TeamEntry
from pipeline.server.uploads import receive, told_size
from pipeline.session.call_id import new_call_id

LONGEST_NAME = 255
LONGEST_CELLS = 4_000  # characters of JSON
MOST_NAMES = 1_000
_MOST_MS = 7_289_568_000_000  # the years of calls (codec.YEARS) end a little later
_TAKES_BYTES = {"requestBody": {"content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}
_PAUSE = {"is_wanted": {"type": "boolean"}}
_CELLS = {"type": "object", "additionalProperties": {"type": "string"}}
_NAMES = {
    "names": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_NAMES},
    "cells": {"type": "array", "items": _CELLS, "maxItems": MOST_NAMES},
}
MayImport = Annotated[Asker, Depends(needs(Action.CALL_IMPORT))]


@dataclass(frozen=True, slots=True)
class Imports:
    """What somebody may drop, and what became of it. `teams`: to which their calls may belong.

    `others`: so many recordings of other people wait or are at work.
    """

    teams: tuple[TeamEntry, ...]
    jobs: tuple[ImportJob, ...]
    file_mb: int
    is_paused: bool
    others: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """What is told beside the bytes of a recording."""

    name: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME)]
    team: Annotated[str, Query(min_length=1, max_length=200)]
    names: Annotated[str, Query(max_length=LONGEST_NAME)] = ""  # the pattern; empty: names tell nothing
    cells: Annotated[str, Query(max_length=LONGEST_CELLS)] = ""  # its line of a table, as JSON by column
    changed_ms: Annotated[int, Query(ge=0, le=_MOST_MS)] = 0  # when the file was last changed, since 1970
    agent_channel: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class ImportsRunning:
    """How many of one's recordings wait or are at work."""

    count: int


def _tell_running(routes: APIRouter, queue: ImportQueue | None) -> None:
    @routes.get("/running", responses=READING)
    def running(asker: MayImport) -> ImportsRunning:
        """For pages that ask again and again."""
        return ImportsRunning(queue.running(asker.person.id) if queue is not None else 0)


def import_routes(queue: ImportQueue | None, directory: Directory, audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/imports")
    _tell_running(routes, queue)

    def there() -> ImportQueue:
        if queue is None:
            raise HTTPException(409, "nothing is imported at this server: `callcoach serve` and `live` do")
        return queue

    @routes.get("", responses=READING)
    def imports(asker: MayImport, request: Request) -> Imports:
        """The teams, and what this person has dropped since the server was started, the oldest first."""
        entries = tuple(TeamEntry(team.id, team.name) for team in directory.teams() if _may(asker, team.id))
        if queue is None:
            return Imports(entries, (), 0, False, 0)
        told = queue.dropped(asker.person.id)
        jobs = tuple(_as_seen(job, asker, gate_of(request).calls) for job in told.jobs)
        return Imports(entries, jobs, queue.settings.file_mb, told.is_paused, told.others)

    @routes.post("/names", responses=WRITING, openapi_extra=takes("pattern", needed=0, others=_NAMES))
    def names(asker: MayImport, given: Given) -> list[NameTold]:
        """What a pattern, and the cells of a table, would tell of these files. 422 for what is no pattern.

        `cells`: one for each of the names, or none at all.
        """
        pattern, found = pattern_of(str(given.get("pattern") or "")[:LONGEST_NAME]), texts(given, "names")
        rows = given.get("cells") or [{}] * len(found)
        if not isinstance(rows, list) or len(rows) != len(found):
            raise HTTPException(422, "cells must be a list with one object for each of the names")
        telling = _telling(directory, asker)
        return [telling.of(name[:LONGEST_NAME], pattern, _cells(row)) for name, row in zip(found, rows, strict=True)]

    _add_turns(routes, there)

    @routes.post("", status_code=201, responses={**WRITING, **described(411, 507)}, openapi_extra=_TAKES_BYTES)
    async def drop(asker: MayImport, dropped: Annotated[Dropped, Depends()], request: Request) -> ImportJob:
        """One recording, which waits for its turn. 413 where it is too large, 507 where there is no room just now."""
        upload = await anyio.to_thread.run_sync(_upload, there(), directory, asker, dropped)
        size = told_size(request)
        details = {"team": dropped.team, "bytes": size}
        note = partial(audit.note, asker.person.id, Action.CALL_IMPORT, upload.id, asker.origin, details=details)
        with _room(there(), asker.person.id, upload.path, size):
            await receive(request, upload.path, size)
            await still_permitted(request)
            await anyio.to_thread.run_sync(note)
            job = ImportJob(upload.id, masked(upload.name), size)
            still_may = partial(_still_may, directory, asker.person.id, upload.facts.team)
            return there().add(asker.person.id, upload, job, still_may)

    return routes


def _add_turns(routes: APIRouter, there: Callable[[], ImportQueue]) -> None:
    """What somebody may do with what waits."""

    @routes.put("/pause", status_code=204, responses=WRITING, openapi_extra=takes(others=_PAUSE))
    def pause(asker: MayImport, given: Given) -> Response:
        """None of this person's is begun, or they go on; what is at work is finished."""
        there().pause(asker.person.id, is_wanted=flag(given, "is_wanted"))
        return Response(status_code=204)

    @routes.delete("", status_code=204, responses=WRITING)
    def clear(asker: MayImport) -> Response:
        """Of what this person has dropped all goes that is not done. Calls stay, and what became of the others."""
        there().clear(asker.person.id)
        return Response(status_code=204)

    @routes.delete("/{id}", status_code=204, responses=WRITING)
    def remove(id: str, asker: MayImport) -> Response:
        """No more of it is done or told. A call that it has become stays."""
        if not there().remove(asker.person.id, id):
            raise HTTPException(404, "there is no such import")
        return Response(status_code=204)


def _may(asker: Asker, team: str) -> bool:
    return asker.person.may(Action.CALL_IMPORT, Whose(team=team))


def _still_may(directory: Directory, person: str, team: str | None) -> bool:
    """True while the database cannot be read: what waits is not lost by that."""
    try:
        user, teams = directory.user(person), directory.teams()
    except StoreError:
        return True
    if user is None or not user.may_come_in or not any(one.id == team for one in teams):
        return False
    return user.person.may(Action.CALL_IMPORT, Whose(team=team))


def _as_seen(job: ImportJob, asker: Asker, calls: CallIndex) -> ImportJob:
    """The same recording may have become a call of another team before."""
    if job.call_id is None or calls.may(asker.person, Action.CALL_READ, job.call_id):
        return job
    return replace(job, call_id=None)


def _telling(directory: Directory, asker: Asker) -> Telling:
    return Telling(directory, lambda team: _may(asker, team))


@contextmanager
def _room(queue: ImportQueue, owner: str, path: Path, size: int) -> Iterator[None]:
    """While a recording comes; of one that does not come whole nothing stays."""
    try:
        queue.receive(owner, size)
    except ImportRefused as error:
        closing = {"Connection": "close"}
        if error.is_for_good:
            raise ToldWhy(413, str(error), "too_large", closing) from None
        raise ToldWhy(507, str(error), "no_room", closing) from None
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        queue.received(owner, size)


def _upload(queue: ImportQueue, directory: Directory, asker: Asker, dropped: Dropped) -> Upload:
    """Raises NotPermitted for a team that is none of the asker's, HTTPException for what cannot be."""
    known = {team.id for team in directory.teams()}
    if dropped.team not in known or not _may(asker, dropped.team):
        target = dropped.team if dropped.team in known else None
        raise NotPermitted(asker, Action.CALL_IMPORT, target, 404, f"there is no team {shown(dropped.team)}")
    name = printable(PurePath(dropped.name.replace("\\", "/")).name) or "-"
    told = _telling(directory, asker).of(name, pattern_of(dropped.names), _cells_of_json(dropped.cells))
    if told.wrong is not None:
        raise ToldWhy(422, f"the cell {shown(told.wrong)} of its line in the table cannot be so", "cell")
    facts = replace(told.facts, team=told.team or dropped.team)
    if told.is_elsewhere or told.agent_team not in (None, facts.team):  # who would find a stranger's among their own
        raise ToldWhy(422, f"agent {shown(facts.agent_id)} is not of this team", "other_team")
    changed_at = datetime.fromtimestamp(dropped.changed_ms / 1000, UTC) if dropped.changed_ms else datetime.now(UTC)
    started_at = told.started_at or changed_at.isoformat(timespec="seconds")
    call_id = new_call_id(started_at)
    suffix = Path(name).suffix.lower()
    path = queue.folder / f"{call_id}{suffix if suffix in AUDIO else ''}"
    return Upload(call_id, path, name, facts, started_at, dropped.agent_channel)


def _cells_of_json(given: str) -> Mapping[str, str]:
    try:
        return _cells(json.loads(given)) if given else {}
    except (ValueError, RecursionError):
        raise HTTPException(422, "cells must be a JSON object of texts by column") from None


def _cells(given: Any) -> Mapping[str, str]:
    is_so = (
        isinstance(given, dict)
        and len(given) <= len(COLUMNS)
        and all(isinstance(cell, str) and len(cell) <= LONGEST for cell in given.values())
    )
    if not is_so:
        raise HTTPException(422, f"cells must be a JSON object of texts of at most {LONGEST} characters by column")
    return {column: cell.strip() for column, cell in given.items() if cell.strip() and column != "file"}
