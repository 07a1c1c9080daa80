"""HTTP routes of calls: start, end, facts, announcements, and the recording."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.requests import ClientDisconnect

from pipeline.codec import LONGEST_FACT
from pipeline.documents import shown
from pipeline.errors import AudioError, CallBusy, CallOver, FactsError, MailboxFull
from pipeline.events.call import CallFacts
from pipeline.events.prompts import PromptTold
from pipeline.ports import Mailbox
from pipeline.server.answers import READING, WRITING, Fault, described
from pipeline.server.listing import Latest, find_call, has_ended
from pipeline.server.writers import WhoAsks, Writers
from pipeline.session.consent import Consents
from pipeline.session.desk import CallControl, Desk, HeadsetStatus
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive

NO_HEADSET = "this callcoach has no headset: start it with `callcoach live`"
BODY_BYTES = 64 * 1024
BODY_S = 10.0  # time limit for receiving the whole body
LONGEST_TOLD_MS = 3_600_000
FACTS_SCHEMA = {"$ref": "#/components/schemas/CallFacts"}  # each may be left out
TAKES_FACTS = {"requestBody": {"content": {"application/json": {"schema": FACTS_SCHEMA}}}}
MEDIA_TYPES = {".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg"}


@dataclass(frozen=True, slots=True)
class CallId:
    """The call that was meant; `latest` is answered with its id."""

    call_id: str


class Busy(Fault):
    """Why no call begins; `call_id` is the call that runs, where that is why."""

    call_id: str | None = None


async def _given(request: Request) -> dict[str, Any]:
    try:
        body = await asyncio.wait_for(_body(request), BODY_S)
    except TimeoutError:
        raise HTTPException(408, f"the body did not come within {BODY_S:.0f} s", {"Connection": "close"}) from None
    except ClientDisconnect:  # the client is gone; this only avoids a traceback in the log
        raise HTTPException(408, "the body broke off") from None
    if not body.strip():
        return {}
    try:
        given = json.loads(body)
        json.dumps(given, ensure_ascii=False).encode()  # a lone surrogate is valid JSON, but not valid text
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, f"the body is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise HTTPException(422, 'the body must be a JSON object, like {"customer_name": "王"} for facts')
    return given


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            raise HTTPException(413, f"the body is over {BODY_BYTES} bytes", {"Connection": "close"})
    return body


Given = Annotated[dict[str, Any], Depends(_given)]


def call_routes(
    archive: Archive, running: Sessions, latest: Latest, writers: Writers, desk: Desk | None, consents: Consents
) -> APIRouter:
    routes = APIRouter()
    may_write = [Depends(writers)]
    control = desk.control if desk is not None else None

    @routes.get("/headset", responses=described(404))
    def headset() -> HeadsetStatus:
        if control is None:
            raise HTTPException(404, NO_HEADSET)
        return control.status()

    refusals = {**WRITING, 409: {"model": Busy}}

    @routes.post("/calls", dependencies=may_write, status_code=201, responses=refusals, openapi_extra=TAKES_FACTS,
                 response_model=CallId)  # fmt: skip
    def start(facts: Given, actor: WhoAsks) -> CallId | Response:
        if control is None:
            raise HTTPException(409, NO_HEADSET)
        return _start(control, facts, actor)

    @routes.post("/calls/{call_id}/end", dependencies=may_write, responses=WRITING)
    def end(call_id: str, actor: WhoAsks) -> CallId:
        # The desk is asked first: it knows a call before its first record.
        if control is not None and control.end(call_id, actor=actor):
            return CallId(call_id)
        known = _known(archive, running, latest, call_id)
        is_ending = control is not None and control.end(known, actor=actor)
        if not is_ending and not has_ended(archive, running, known):
            raise HTTPException(409, f"call {known} runs, but not on a headset: it ends by itself")
        return CallId(known)

    @routes.put("/calls/{call_id}/facts", dependencies=may_write, status_code=202, responses=WRITING,
                openapi_extra=TAKES_FACTS)  # fmt: skip
    def tell(call_id: str, facts: Given, actor: WhoAsks) -> CallFacts:
        known = _known(archive, running, latest, call_id)
        return _told(consents, known, running.mailbox(known), facts, actor)

    @routes.post("/calls/{call_id}/announcement", dependencies=may_write, status_code=202, responses=WRITING)
    def announce(call_id: str, given: Given, actor: WhoAsks) -> CallId:
        known = _known(archive, running, latest, call_id)
        _announce(known, running.mailbox(known), given, actor)
        return CallId(known)

    @routes.get("/calls/{call_id}/audio", responses={206: {}, 416: {}, **described(400), **READING})
    def audio(call_id: str) -> Response:
        return _recording(_known(archive, running, latest, call_id), consents)

    return routes


def _known(archive: Archive, running: Sessions, latest: Latest, call_id: str) -> str:
    if running.mailbox(call_id) is not None:
        return call_id
    known = find_call(archive, running, call_id, latest)
    if known is None:
        raise HTTPException(404, f"there is no call {shown(call_id)}")
    return known


def _announce(call_id: str, mailbox: Mailbox | None, given: dict[str, Any], actor: str) -> None:
    try:
        if mailbox is None:
            raise CallOver
        mailbox.put_prompt(_announcement(given), actor=actor)
    except CallOver:
        raise HTTPException(409, f"call {call_id} has ended") from None
    except MailboxFull as error:
        raise HTTPException(429, str(error), {"Retry-After": "1"}) from None


def _announcement(given: dict[str, Any]) -> PromptTold:
    if unknown := sorted(set(given) - {"name", "duration_ms", "playing"}):
        known = "name, duration_ms, playing"
        raise HTTPException(422, f"there is no {shown(unknown[0])} in an announcement; known: {known}")
    playing, name, duration_ms = given.get("playing", True), given.get("name"), given.get("duration_ms")
    if not isinstance(playing, bool):
        raise HTTPException(422, f"playing is {shown(playing)}; it must be true or false")
    is_name = isinstance(name, str) and name.strip() and len(name) <= LONGEST_FACT
    if (name is not None or playing) and not is_name:
        wanted = f"the recording's name, as text of at most {LONGEST_FACT} characters"
        raise HTTPException(422, f"name is {shown(name)}; it must be {wanted}")
    if duration_ms is not None and (type(duration_ms) is not int or not 0 < duration_ms <= LONGEST_TOLD_MS):
        wanted = f"whole milliseconds from 1 to {LONGEST_TOLD_MS}, or null"
        raise HTTPException(422, f"duration_ms is {shown(duration_ms)}; it must be {wanted}")
    return PromptTold((name or "").strip(), duration_ms, playing)


def _start(control: CallControl, facts: dict[str, Any], actor: str) -> CallId | Response:
    try:
        return CallId(control.start(facts, actor=actor))
    except CallBusy as error:
        return JSONResponse(Busy(detail=str(error), call_id=error.call_id).model_dump(), status_code=409)
    except FactsError as error:
        raise HTTPException(422, str(error)) from None


def _told(consents: Consents, call_id: str, mailbox: Mailbox | None, facts: dict[str, Any], actor: str) -> CallFacts:
    try:
        if mailbox is not None:
            return mailbox.put_facts(facts, actor=actor)
    except FactsError as error:
        raise HTTPException(422, str(error)) from None
    except MailboxFull as error:
        raise HTTPException(429, str(error), {"Retry-After": "1"}) from None
    except CallOver:
        pass
    return _withdrawn(consents, call_id, facts, actor)


def _withdrawn(consents: Consents, call_id: str, facts: dict[str, Any], actor: str) -> CallFacts:
    """After the end of a call only its consent to recording can be changed, to false."""
    if facts != {"recording_consent": False}:
        raise HTTPException(409, f"call {call_id} has ended: only the consent to its recording can be withdrawn")
    try:
        return consents.withdraw(call_id, actor=actor)
    except AudioError as error:
        raise HTTPException(503, str(error)) from None


def _recording(call_id: str, consents: Consents) -> Response:
    if consents.recordings is None:
        raise HTTPException(404, "this callcoach keeps no recordings")
    try:
        path = consents.recordings.find(call_id)
    except AudioError as error:
        raise HTTPException(404, str(error)) from None
    if path is None or not consents.holds(call_id):  # a withdrawn recording whose deletion failed is not served either
        raise HTTPException(404, f"there is no finished recording of call {call_id}")
    return FileResponse(path, media_type=MEDIA_TYPES.get(path.suffix, "application/octet-stream"))
