"""Routes of calls that are held: nothing of one is deleted before it is released, whatever its age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from pipeline.errors import SettingsError
from pipeline.people.audit import Audit, Deed
from pipeline.people.permissions import Action
from pipeline.server.answers import CHANGING, READING
from pipeline.server.bodies import Given
from pipeline.server.fields import takes, text
from pipeline.server.needs import AskedCall, needs_call, together
from pipeline.store.deletion import Deletion, Hold, checked_reason

_May = Annotated[AskedCall, Depends(needs_call(Action.CALL_HOLD))]


@dataclass(frozen=True, slots=True)
class Holding:
    """`hold`: null where the call is not held."""

    call_id: str
    hold: Hold | None


def hold_routes(deletion: Deletion, audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/calls/{call_id}/hold")

    @routes.get("", responses=READING)
    def held(asked: _May) -> Holding:
        return Holding(asked.call_id, deletion.held(asked.call_id))

    @routes.put("", responses=CHANGING, openapi_extra=takes("reason", needed=1))
    def hold(asked: _May, given: Given) -> Holding:
        """Of one that is held already: the reason is another one from now on."""
        try:
            reason = checked_reason(text(given, "reason"))
        except SettingsError as error:
            raise HTTPException(422, str(error)) from None
        who = asked.asker
        with together(audit, who):
            if deletion.hold(asked.call_id, reason, who.person.id):
                audit.note(who.person.id, Action.CALL_HOLD, asked.call_id, who.origin)
        return Holding(asked.call_id, deletion.held(asked.call_id))

    @routes.delete("", status_code=204, responses=CHANGING)
    def release(asked: _May) -> Response:
        who = asked.asker
        with together(audit, who):
            if deletion.release(asked.call_id):
                audit.note(who.person.id, Deed.CALL_RELEASED, asked.call_id, who.origin)
        return Response(status_code=204)

    return routes
