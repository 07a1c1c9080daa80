"""HTTP routes of a call's recording: heard, whole or in parts, and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import FileResponse, Response

from pipeline.errors import AudioError
from pipeline.masking.sound import SpanMs
from pipeline.people.permissions import Action
from pipeline.ports import Peaks
from pipeline.server.answers import MOST, READING, described
from pipeline.server.gate import Gate
from pipeline.server.listening import NO_RECORDINGS, Listening, none_of
from pipeline.server.masked import Masking
from pipeline.server.needs import AskedCall, needs_call
from pipeline.session.consent import Consents

MOST_POINTS = 20_000  # of a waveform at once
MEDIA_TYPES = {".flac": "audio/flac", ".ogg": "audio/ogg", ".opus": "audio/ogg"}


@dataclass(frozen=True, slots=True)
class Waveform:
    """Lowest and highest sample, from -128 to 127, of each `per_ms` from `start_ms` on.

    `low` and `high` have a list for each channel, the agent's first. `duration_ms`: of the whole recording. `muted`:
    where in all of it whoever asks hears nothing.
    """

    per_ms: int
    start_ms: int
    duration_ms: int
    low: tuple[tuple[int, ...], ...]
    high: tuple[tuple[int, ...], ...]
    muted: tuple[SpanMs, ...]


def audio_routes(gate: Gate, consents: Consents, masking: Masking) -> APIRouter:
    routes = APIRouter(prefix="/calls/{call_id}/audio")
    listening = Listening(masking, consents)

    @routes.head("", include_in_schema=False)
    @routes.get("", responses={206: {}, 416: {}, **described(400), **READING})
    async def audio(asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_LISTEN))]) -> Response:
        """Where what is private is masked for whoever asks, it is muted in the sound on all channels."""
        heard = await anyio.to_thread.run_sync(listening.file, asked.asker, asked.call_id)
        await gate.note(asked.asker, Action.CALL_LISTEN, asked.call_id)  # where there is nothing, nobody has listened
        if heard.is_unheard:
            await gate.note(asked.asker, Action.CALL_LISTEN_UNHEARD, asked.call_id)
        kind = MEDIA_TYPES.get(heard.path.suffix, "application/octet-stream")
        return FileResponse(heard.path, media_type=kind, stat_result=heard.stat)

    @routes.get("/peaks", responses=READING)
    def peaks(
        asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_READ))],
        from_ms: Annotated[int, Query(ge=0, le=MOST)] = 0,
        to_ms: Annotated[int | None, Query(ge=1, le=MOST)] = None,
        points: Annotated[int, Query(ge=1, le=MOST_POINTS)] = 2_000,
    ) -> Waveform:
        """What is drawn of the recording, or of a part of it, in `points` at most, none shorter than 20 ms.

        Nobody hears anything by it: a page that draws a call has not listened.
        """
        muted = listening.muted(asked.asker, asked.call_id)
        drawn = _peaks(asked.call_id, consents).muted((span.start_ms, span.end_ms) for span in muted)
        part = drawn.within(from_ms, to_ms, points)
        low, high = (tuple(map(tuple, levels.T.tolist())) for levels in (part.low, part.high))
        return Waveform(part.per_ms, part.start_ms, part.duration_ms, low, high, muted)

    return routes


def _peaks(call_id: str, consents: Consents) -> Peaks:
    if consents.recordings is None:
        raise HTTPException(404, NO_RECORDINGS)
    try:
        found = consents.recordings.peaks(call_id) if consents.holds(call_id) else None
    except AudioError as error:
        raise HTTPException(404, str(error)) from None
    if found is None:
        raise none_of(call_id)
    return found
