"""GET /api/centre: how a desk and its centre get on, for the header of the agent's page."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from pipeline.desk.centre import CentreOfDesk, CentreStatus
from pipeline.people.entrance import Entrance
from pipeline.people.permissions import Action
from pipeline.server.answers import described
from pipeline.server.needs import needs


@dataclass(frozen=True, slots=True)
class AtCentre:
    """What makes a server the desk of a centre: the line to it, and who lets people in here."""

    centre: CentreOfDesk
    entrance: Entrance


def centre_routes(centre: CentreOfDesk | None) -> APIRouter:
    routes = APIRouter()

    @routes.get("/centre", dependencies=[Depends(needs(Action.SYSTEM_READ))], response_model=CentreStatus,
                responses={204: {}, **described(401, 503)})  # fmt: skip
    def status() -> CentreStatus | Response:
        """204 where this is no desk."""
        return centre.status() if centre is not None else Response(status_code=204)

    return routes
