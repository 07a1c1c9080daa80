"""GET /api/recogniser: what hears the words of the next call, and whether it works now."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from pipeline.events.call import WordsTrust
from pipeline.people.permissions import Action
from pipeline.ports import Transcriber
from pipeline.server.answers import described
from pipeline.server.needs import needs


@dataclass(frozen=True, slots=True)
class RecogniserStatus:
    """The recogniser of this process as it is now, whatever heard the last call."""

    engine: str  # name of the model; "none" when no words are recognised
    notice: str  # what pages must show about it, in Chinese; "" for nothing
    fault: str  # why it does not work at present; "" while it does
    words_trust: WordsTrust | None  # as in CallStarted


def recogniser_routes(transcriber: Transcriber | None) -> APIRouter:
    routes = APIRouter()

    @routes.get("/recogniser", dependencies=[Depends(needs(Action.SYSTEM_READ))], response_model=RecogniserStatus,
                responses={204: {}, **described(401, 503)})  # fmt: skip
    def recogniser() -> RecogniserStatus | Response:
        """204 where this process recognises no calls of its own."""
        if transcriber is None:
            return Response(status_code=204)
        return RecogniserStatus(transcriber.engine, transcriber.notice, transcriber.fault, transcriber.trust)

    return routes
