"""Routes of recordings that become calls: dropped one by one, asked after, taken back.

The body of a recording is its bytes, streamed to the disk. What a file is called is told beside it, and is no path.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from pipeline.audio.sources.files.recording import AUDIO
from pipeline.codec import facts_from, moment_from
from pipeline.documents import shown
from pipeline.errors import FactsError, SettingsError
from pipeline.events.call import CallFacts
from pipeline.file_names import NamePattern, in_zone
from pipeline.masking.masking import masked
from pipeline.people.audit import Audit
from pipeline.people.directory import Directory
from pipeline.people.permissions import Action
from pipeline.people.person import Whose
from pipeline.printable import printable
from pipeline.private import private_file
from pipeline.server.answers import READING, WRITING, described
from pipeline.server.bodies import Given
from pipeline.server.call_index import CallIndex
from pipeline.server.fields import takes, text, texts
from pipeline.server.gate import Asker
from pipeline.server.import_queue import MB, ImportJob, ImportQueue, ImportRefused, Upload
from pipeline.server.needs import NotPermitted, gate_of, needs, still_permitted
from pipeline.server.teams import TeamEntry
from pipeline.session.call_id import new_call_id

STALL_S = 20.0  # the next bytes come within that, or the connection is given up
LONGEST_NAME = 255
MOST_NAMES = 1_000
_MOST_MS = 253_402_300_799_000  # the year 9999
_TAKES_BYTES = {"requestBody": {"content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}
_NAMES = {"names": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_NAMES}}
MayImport = Annotated[Asker, Depends(needs(Action.CALL_IMPORT))]


@dataclass(frozen=True, slots=True)
class Imports:
    """What somebody may drop, and what became of it. `teams`: to which their calls may belong."""

    teams: tuple[TeamEntry, ...]
    jobs: tuple[ImportJob, ...]
    file_mb: int


@dataclass(frozen=True, slots=True)
class NameTold:
    """What a pattern reads in a file's name; `fits`: whether it does. `started_at`: in the zone of the server."""

    name: str
    fits: bool
    facts: CallFacts
    started_at: str | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """What is told beside the bytes of a recording."""

    name: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME)]
    team: Annotated[str, Query(min_length=1, max_length=200)]
    names: Annotated[str, Query(max_length=LONGEST_NAME)] = ""  # the pattern; empty: names tell nothing
    changed_ms: Annotated[int, Query(ge=0, le=_MOST_MS)] = 0  # when the file was last changed, since 1970
    agent_channel: Literal["left", "right"] = "left"


def import_routes(queue: ImportQueue | None, directory: Directory, audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/imports")

    def there() -> ImportQueue:
        if queue is None:
            raise HTTPException(409, "nothing is imported at this server: `callcoach serve` and `live` do")
        return queue

    @routes.get("", responses=READING)
    def imports(asker: MayImport, request: Request) -> Imports:
        """The teams, and what this person has dropped since the server was started, the oldest first."""
        teams = tuple(team for team in directory.teams() if _may(asker, team.id))
        jobs = queue.jobs(asker.person.id) if queue is not None else []
        told = (_as_seen(job, asker, gate_of(request).calls) for job in jobs)
        entries = (TeamEntry(team.id, team.name) for team in teams)
        return Imports(tuple(entries), tuple(told), queue.settings.file_mb if queue is not None else 0)

    @routes.post("/names", responses=WRITING, openapi_extra=takes("pattern", needed=1, others=_NAMES))
    def names(asker: MayImport, given: Given) -> list[NameTold]:
        """What a pattern would tell of these files. 422 for what is no pattern."""
        pattern = _pattern(text(given, "pattern"))
        return [_told(pattern, name[:LONGEST_NAME]) for name in texts(given, "names")[:MOST_NAMES]]

    @routes.post("", status_code=201, responses={**WRITING, **described(411, 507)}, openapi_extra=_TAKES_BYTES)
    async def drop(asker: MayImport, dropped: Annotated[Dropped, Depends()], request: Request) -> ImportJob:
        """One recording, which waits for its turn. 413 where it is too large, 507 where there is no room just now."""
        upload = await anyio.to_thread.run_sync(_upload, there(), directory, asker, dropped)
        size = _size(request)
        details = {"team": dropped.team, "bytes": size}

        def note() -> None:
            audit.note(asker.person.id, Action.CALL_IMPORT, upload.id, asker.origin, details=details)

        with _room(there(), upload.path, size):
            await _received(request, upload.path, size)
            await still_permitted(request)
            await anyio.to_thread.run_sync(note)
            return there().add(asker.person.id, upload, masked(upload.name), size)

    @routes.delete("/{id}", status_code=204, responses=WRITING)
    def remove(id: str, asker: MayImport) -> Response:
        """No more of it is done or told. A call that it has become stays."""
        if not there().remove(asker.person.id, id):
            raise HTTPException(404, "there is no such import")
        return Response(status_code=204)

    return routes


def _may(asker: Asker, team: str) -> bool:
    return asker.person.may(Action.CALL_IMPORT, Whose(team=team))


def _as_seen(job: ImportJob, asker: Asker, calls: CallIndex) -> ImportJob:
    """The same recording may have become a call of another team before."""
    if job.call_id is None or calls.may(asker.person, Action.CALL_READ, job.call_id):
        return job
    return replace(job, call_id=None)


@contextmanager
def _room(queue: ImportQueue, path: Path, size: int) -> Iterator[None]:
    """While a recording comes; of one that does not come whole nothing stays."""
    try:
        queue.receive(size)
    except ImportRefused as error:
        raise HTTPException(413 if error.is_for_good else 507, str(error), {"Connection": "close"}) from None
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        queue.received(size)


def _upload(queue: ImportQueue, directory: Directory, asker: Asker, dropped: Dropped) -> Upload:
    """Raises NotPermitted for a team that is none of the asker's, HTTPException for what cannot be."""
    known = {team.id for team in directory.teams()}
    if dropped.team not in known or not _may(asker, dropped.team):
        target = dropped.team if dropped.team in known else None
        raise NotPermitted(asker, Action.CALL_IMPORT, target, 404, f"there is no team {shown(dropped.team)}")
    name = printable(PurePath(dropped.name.replace("\\", "/")).name) or "-"
    told = _told(_pattern(dropped.names), name) if dropped.names else None
    facts = replace(told.facts if told is not None else CallFacts(), team=dropped.team)
    if facts.agent_id is not None:
        agent = directory.user_of_agent(facts.agent_id)
        if agent is not None and agent.team != dropped.team:  # who would then find a call among their own
            raise HTTPException(422, f"agent {shown(facts.agent_id)} is not of this team")
    changed_at = datetime.fromtimestamp(dropped.changed_ms / 1000, UTC) if dropped.changed_ms else datetime.now(UTC)
    started_at = (told.started_at if told is not None else None) or changed_at.isoformat(timespec="seconds")
    call_id = new_call_id(started_at)
    suffix = Path(name).suffix.lower()
    path = queue.folder / f"{call_id}{suffix if suffix in AUDIO else ''}"
    return Upload(call_id, path, name, facts, started_at, dropped.agent_channel)


def _pattern(given: str) -> NamePattern:
    try:
        return NamePattern(given)
    except SettingsError as error:
        raise HTTPException(422, str(error)) from None


def _told(pattern: NamePattern, name: str) -> NameTold:
    named = pattern.read(name)
    if named is None:
        return NameTold(name, False, CallFacts(), None)
    try:
        facts = facts_from(named.facts, CallFacts(), shown(name))
        started_at = moment_from(in_zone(named.at, None), shown(name)) if named.at is not None else None
    except FactsError as error:
        raise HTTPException(422, str(error)) from None
    return NameTold(name, True, facts, started_at)


def _size(request: Request) -> int:
    told = request.headers.get("content-length", "")
    if not told.isascii() or not told.isdigit() or len(told) > 15:
        raise HTTPException(411, "the length of a recording is told before it: Content-Length", {"Connection": "close"})
    if int(told) == 0:
        raise HTTPException(422, "the recording is empty")
    return int(told)


async def _received(request: Request, path: Path, size: int) -> None:
    """Raises HTTPException where other than `size` bytes come, or come too slowly."""
    await anyio.to_thread.run_sync(private_file, path)
    count = 0
    with path.open("wb") as file:
        try:
            async for block in _blocks(request.stream()):
                count += len(block)
                if count > size:
                    break
                await anyio.to_thread.run_sync(file.write, block)
        except TimeoutError:
            raise HTTPException(408, f"nothing came for {STALL_S:.0f} s", {"Connection": "close"}) from None
        except ClientDisconnect:
            raise HTTPException(408, "the body broke off") from None
        except OSError as error:
            raise HTTPException(507, f"it cannot be kept: {error.strerror}", {"Connection": "close"}) from None
    if count != size:
        raise HTTPException(422, f"{count} bytes came; {size} were told", {"Connection": "close"})


async def _blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Of a megabyte at least, but for the last."""
    waiting: list[bytes] = []
    size = 0
    while (part := await asyncio.wait_for(anext(stream, None), STALL_S)) is not None:
        waiting.append(part)
        size += len(part)
        if size >= MB:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)
