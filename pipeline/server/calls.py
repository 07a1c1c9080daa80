"""A call's edges over HTTP: begun, ended, its facts told, its recording fetched."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from pipeline.errors import AudioError, FactsError
from pipeline.run import RunningCalls
from pipeline.server.listing import find_call, has_ended
from pipeline.server.tokens import Writers
from pipeline.store.archive import Archive

if TYPE_CHECKING:  # a server without a headset does not load what a headset needs
    from pipeline.live import CallControl

NO_HEADSET = "this callcoach has no headset: start it with `callcoach live`"
BODY_BYTES = 64 * 1024
MEDIA_TYPES = {".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg"}


async def _given_facts(request: Request) -> dict[str, Any]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            raise HTTPException(413, f"the body is over {BODY_BYTES} bytes")
    if not body.strip():
        return {}
    try:
        given = json.loads(body)
        json.dumps(given, ensure_ascii=False).encode()  # half a surrogate pair is JSON, and no text
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, f"the body is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise HTTPException(422, 'the body must be a JSON object of facts, like {"customer_name": "王"}')
    return given


Facts = Annotated[dict[str, Any], Depends(_given_facts)]


def call_routes(
    archive: Archive, running: RunningCalls, writers: Writers, control: CallControl | None, recordings: Path | None
) -> APIRouter:
    routes = APIRouter()
    may_write = [Depends(writers)]

    @routes.get("/headset")
    def headset() -> Response:
        if control is None:
            raise HTTPException(404, NO_HEADSET)
        return JSONResponse(dataclasses.asdict(control.status()))

    @routes.post("/calls", dependencies=may_write)
    def start(facts: Facts) -> Response:
        if control is None:
            raise HTTPException(409, NO_HEADSET)
        return _start(control, facts)

    @routes.post("/calls/{call_id}/end", dependencies=may_write)
    def end(call_id: str) -> dict[str, str]:
        if control is not None and control.end(call_id):  # asked first: it knows a call before its first record
            return {"call_id": call_id}
        known = _known(archive, running, call_id)
        is_ending = control is not None and control.end(known)
        if not is_ending and not has_ended(archive, running, known):
            raise HTTPException(409, f"call {known} runs, but not on a headset: it ends by itself")
        return {"call_id": known}

    @routes.put("/calls/{call_id}/facts", dependencies=may_write, status_code=202)
    def tell(call_id: str, facts: Facts) -> dict[str, Any]:
        known = _known(archive, running, call_id)
        mailbox = running.mailbox(known)
        if mailbox is None:
            raise HTTPException(409, f"call {known} has ended")
        try:
            return dataclasses.asdict(mailbox.put_facts(facts))
        except FactsError as error:
            raise HTTPException(422, str(error)) from None

    @routes.get("/calls/{call_id}/audio")
    def audio(call_id: str) -> Response:
        return _recording(_known(archive, running, call_id), recordings)

    return routes


def _known(archive: Archive, running: RunningCalls, call_id: str) -> str:
    if running.mailbox(call_id) is not None:
        return call_id
    known = find_call(archive, running, call_id)
    if known is None:
        raise HTTPException(404, f"there is no call {call_id}")
    return known


def _start(control: CallControl, facts: dict[str, Any]) -> Response:
    from pipeline.live import CallBusy

    try:
        return JSONResponse({"call_id": control.start(facts)}, status_code=201)
    except CallBusy as error:
        return JSONResponse({"detail": str(error), "call_id": error.call_id}, status_code=409)
    except FactsError as error:
        raise HTTPException(422, str(error)) from None


def _recording(call_id: str, recordings: Path | None) -> Response:
    if recordings is None:
        raise HTTPException(404, "this callcoach keeps no recordings")
    from pipeline.audio.recorder import recording_of

    try:
        path = recording_of(recordings, call_id)
    except AudioError as error:
        raise HTTPException(404, str(error)) from None
    if path is None:
        raise HTTPException(404, f"there is no finished recording of call {call_id}")
    return FileResponse(path, media_type=MEDIA_TYPES.get(path.suffix, "application/octet-stream"))
