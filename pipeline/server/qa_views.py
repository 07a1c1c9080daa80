"""Routes of what somebody keeps of the QA list for themselves: marked calls, and views by name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from pipeline.documents import shown
from pipeline.people.permissions import Action
from pipeline.quantities import is_one_line, is_seen
from pipeline.server.answers import CHANGING, READING
from pipeline.server.bodies import Given
from pipeline.server.fields import flag, takes, text
from pipeline.server.gate import Asker
from pipeline.server.needs import AskedCall, needs, needs_call
from pipeline.store.views import SavedView, Views

MOST_VIEWS = 50
_TAKES_MARK = takes(others={"is_marked": {"type": "boolean"}})
_Reader = Annotated[Asker, Depends(needs(Action.CALL_READ))]


def view_routes(kept: Views) -> APIRouter:
    routes = APIRouter(prefix="/qa")

    @routes.put("/calls/{call_id}/mark", status_code=204, responses=CHANGING, openapi_extra=_TAKES_MARK)
    def mark(asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_READ))], given: Given) -> Response:
        """For oneself, on all one's machines."""
        kept.mark(asked.asker.person.id, asked.call_id, is_marked=flag(given, "is_marked"))
        return Response(status_code=204)

    @routes.get("/views", responses=READING)
    def views(asker: _Reader) -> list[SavedView]:
        return kept.of(asker.person.id)

    @routes.put("/views", status_code=204, responses=CHANGING, openapi_extra=takes("name", "query", needed=2))
    def save(asker: _Reader, given: Given) -> Response:
        """One's own; one of this name is changed."""
        view = SavedView(text(given, "name", 40).strip(), text(given, "query", 2_000))
        if not (is_one_line(view.name) and is_seen(view.name)):
            raise HTTPException(422, f"name is {shown(view.name)}; it must be of characters that are seen, in one line")
        names = {one.name for one in kept.of(asker.person.id)}
        if view.name not in names and len(names) >= MOST_VIEWS:
            raise HTTPException(409, f"there are {MOST_VIEWS} views already: remove one first")
        kept.put(asker.person.id, view)
        return Response(status_code=204)

    @routes.delete("/views", status_code=204, responses=CHANGING, openapi_extra=takes("name", needed=1))
    def remove(asker: _Reader, given: Given) -> Response:
        kept.remove(asker.person.id, text(given, "name", 40))
        return Response(status_code=204)

    return routes
