"""Routes of the plan: who sits where. Of two leads who arrange one plan at once the second is told, and of what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response

from pipeline.documents import shown
from pipeline.floor.floor import Floor
from pipeline.floor.plan import arranged
from pipeline.people.audit import Audit, Wanted
from pipeline.people.permissions import Action
from pipeline.people.person import Whose
from pipeline.server.answers import CHANGING, READING, Fault
from pipeline.server.bodies import Given
from pipeline.server.fields import takes, text
from pipeline.server.gate import Asker
from pipeline.server.needs import NotPermitted, needs, together
from pipeline.store.seats import SqlSeats

_ARRANGES = Depends(needs(Action.FLOOR_ARRANGE))
_POSITIONS = {"positions": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}}


@dataclass(frozen=True, slots=True)
class PlannedSeat:
    agent_id: str
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who sits where; `team` is its id.

    `version` is another one as soon as anybody has another place, also by somebody who has come or left. `by`, `at`:
    who arranged it last and when (seconds since 1970), "" and null where nobody has.
    """

    team: str
    name: str
    seats: tuple[PlannedSeat, ...]
    version: str
    by: str
    at: float | None


@dataclass(frozen=True, slots=True)
class Plans:
    teams: tuple[Plan, ...]


class PlanOutdated(Fault):
    """Somebody was quicker. `plan`: as it is now."""

    plan: Plan


def plan_routes(floor: Floor, seats: SqlSeats, audit: Audit) -> APIRouter:
    routes = APIRouter()
    answers = {**CHANGING, 409: {"model": PlanOutdated}}

    def plan_of(team: str, kept: Mapping[str, int]) -> Plan:
        return _plan_of(team, floor, kept, audit)

    @routes.get("/floor/plan", responses=READING)
    def plans(asker: Annotated[Asker, _ARRANGES]) -> Plans:
        """As they are kept: what was arranged a moment ago is not on the wall yet."""
        kept, teams = seats.plans(), [team for team in floor.people.teams if _may_arrange(asker, team)]
        return Plans(tuple(plan_of(team, kept.get(team, {})) for team in teams))

    @routes.put("/floor/plan", responses=answers, response_model=Plan,
                openapi_extra=takes("team", "version", needed=2, others=_POSITIONS))  # fmt: skip
    def arrange(asker: Annotated[Asker, _ARRANGES], given: Given) -> Plan | Response:
        """`positions`: of each agent of the team, by agent id, from 0; holes are allowed. `version`: of the plan that
        was changed; 409 where it is not that any more.
        """
        team = text(given, "team")
        if team not in floor.people.teams:
            raise HTTPException(404, f"there is no team {shown(team)}")
        if not _may_arrange(asker, team):
            raise NotPermitted(asker, Action.FLOOR_ARRANGE, team, 404, f"there is no team {shown(team)}")
        version = text(given, "version")
        with together(audit, asker):
            now = plan_of(team, seats.plans().get(team, {}))
            if now.version != version:
                return _outdated(now)
            plan = arranged(_positions(given), [one.agent_id for one in now.seats])
            seats.put(team, plan)
            audit.note(asker.person.id, Action.FLOOR_ARRANGE, team, asker.origin)
        floor.look_anew()
        return plan_of(team, plan)

    return routes


def _outdated(plan: Plan) -> Response:
    told = PlanOutdated(detail=f"the plan of {plan.name} was changed meanwhile", reason="outdated", plan=plan)
    return JSONResponse(jsonable_encoder(told), status_code=409)


def _positions(given: Mapping[str, Any]) -> dict[str, int]:
    told = given.get("positions")
    if not isinstance(told, dict) or not all(type(one) is int for one in told.values()):
        raise HTTPException(422, f"positions is {shown(told)}; it must be an object of whole numbers by agent id")
    return told


def _may_arrange(asker: Asker, team: str) -> bool:
    return asker.person.may(Action.FLOOR_ARRANGE, Whose(team=team))


def _plan_of(team: str, floor: Floor, kept: Mapping[str, int], audit: Audit) -> Plan:
    agents = {id: one for id, one in floor.people.agents.items() if one.team == team}
    places = {id: kept.get(id, one.position) for id, one in agents.items()}
    seats = sorted((PlannedSeat(id, agents[id].name, at) for id, at in places.items()), key=lambda one: one.position)
    version = hashlib.sha256(json.dumps(sorted(places.items())).encode()).hexdigest()[:16]
    last = next(iter(audit.rows(Wanted(action=Action.FLOOR_ARRANGE, object=team, outcome="done"), limit=1)), None)
    by = floor.people.names.get(last.actor or "", "") if last is not None else ""
    return Plan(team, floor.people.teams.get(team, team), tuple(seats), version, by, last.at if last else None)
