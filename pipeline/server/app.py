"""The web application: websockets, the HTTP API, metrics, and the pages of the dashboard."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse

from pipeline.errors import AccountRefused, CentreAway, DeskAway, ReviewRefused, StoreError
from pipeline.floor.floor import Floor
from pipeline.ingest.assembly import RunningCentre
from pipeline.ingest.browser_desks import BrowserDesks
from pipeline.people.permissions import Action
from pipeline.people.person import Person
from pipeline.ports import Recordings, Transcriber
from pipeline.server.agent_audio import agent_audio_routes
from pipeline.server.answers import (
    FOREIGN,
    MOST,
    READING,
    ToldWhy,
    account_refused,
    centre_away,
    described,
    desk_away,
    request_refused,
    store_failed,
    told_why,
)
from pipeline.server.audio import audio_routes
from pipeline.server.audits import audit_routes
from pipeline.server.bodies import NoNul, OneLength
from pipeline.server.call_index import CallIndex
from pipeline.server.calls import call_routes
from pipeline.server.centre import AtCentre, centre_routes
from pipeline.server.cookies import SessionCookie
from pipeline.server.desk_socket import desk_socket_routes
from pipeline.server.desks import DeskOffice, desk_routes, machine_routes, nobody_is_here
from pipeline.server.devices import device_routes
from pipeline.server.feeds import History, records_as_json
from pipeline.server.floor import floor_of, who_is_here, words_room_of
from pipeline.server.floor_routes import floor_routes
from pipeline.server.floor_socket import floor_socket_routes
from pipeline.server.found import found_routes
from pipeline.server.gate import Asker, Gate
from pipeline.server.health import health_routes
from pipeline.server.holds import hold_routes
from pipeline.server.hosts import SameHost
from pipeline.server.hub import Hub
from pipeline.server.import_queue import ImportQueue
from pipeline.server.imports import import_routes
from pipeline.server.listing import CallSummary, summarise
from pipeline.server.live_sound import live_sound_routes
from pipeline.server.machines import permission_routes, token_routes
from pipeline.server.masked import Eyes, Masking
from pipeline.server.metrics import LoadMetrics, metrics_routes, new_registry
from pipeline.server.needs import AskedCall, NotPermitted, needs, needs_call, not_permitted
from pipeline.server.own import Own, own_routes
from pipeline.server.own_calls import own_call_routes
from pipeline.server.pages import add_pages
from pipeline.server.qa_calls import CallLists, list_routes
from pipeline.server.qa_views import view_routes
from pipeline.server.recogniser import recogniser_routes
from pipeline.server.registry import Registry
from pipeline.server.reviews import review_refused, review_routes
from pipeline.server.rules import rule_routes
from pipeline.server.sign_in import Door, link_routes, session_routes
from pipeline.server.sockets import socket_routes
from pipeline.server.teams import team_routes
from pipeline.server.users import user_routes
from pipeline.session.consent import Consents
from pipeline.session.desk import Desk, Desks, DeviceControl, NoDesks, OneDesk
from pipeline.session.reviewing import Reviewing
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive
from pipeline.store.views import Views

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


@dataclass(frozen=True, slots=True)
class Site:
    """Where this server is: folder of the built dashboard, address and port, further names it answers to.

    `certificate`: DER, of the TLS that ends in this process.
    """

    dist: Path
    host: str = "127.0.0.1"
    hosts: Sequence[str] = ()
    port: int = 0
    certificate: bytes | None = None


@dataclass(frozen=True, slots=True)
class Edges:
    """Optional parts of a server: a desk with its recogniser and devices, recordings, metrics."""

    desk: Desk | None = None  # the one of this process; without any, `latest` means the newest call of the archive
    recordings: Recordings | None = None
    metrics: CollectorRegistry | None = None  # registry of the process
    recogniser: Transcriber | None = None  # of the desk's calls
    devices: DeviceControl | None = None  # of the desk's headset
    imports: ImportQueue | None = None  # recordings that are dropped on the page
    centre: RunningCentre | None = None  # of desks that report here
    browsers: BrowserDesks | None = None  # of agents whose microphone is their page
    at_centre: AtCentre | None = None  # where this is a desk of a centre

    @property
    def desks(self) -> Desks:
        if self.desk is not None:
            return OneDesk(self.desk)
        pages = self.browsers or NoDesks()
        return self.centre.desks(pages) if self.centre is not None else pages


NO_EDGES = Edges()


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall-clock of this server in milliseconds, so that a page can tell its own latency."""

    now_ms: float


_ANSWERS = {
    StoreError: store_failed,
    AccountRefused: account_refused,
    CentreAway: centre_away,
    DeskAway: desk_away,
    ReviewRefused: review_refused,
    ToldWhy: told_why,
    NotPermitted: not_permitted,
    RequestValidationError: request_refused,
}


def create_app(
    archive: Archive, hub: Hub, running: Sessions, registry: Registry, site: Site, edges: Edges = NO_EDGES
) -> FastAPI:
    """The application; each of its routes names its action, or stands in the list of tests/server/test_gate.py."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hub.open()
        if edges.imports is not None:
            edges.imports.open()
        # At a desk nobody watches a floor: its calls are on that of its centre.
        beside = floor.running() if edges.at_centre is None else nullcontext()
        async with edges.centre.running() if edges.centre is not None else nullcontext(), beside:
            yield
        if edges.imports is not None:
            edges.imports.close()
        hub.close()

    app = FastAPI(
        title="callcoach", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, responses={403: FOREIGN}
    )
    app.add_middleware(SameHost, bound=site.host, more=site.hosts)
    app.add_middleware(NoNul)
    app.add_middleware(OneLength)
    for error, told in _ANSWERS.items():
        app.add_exception_handler(error, told)
    calls = CallIndex(archive, running, edges.desks)
    centre = edges.at_centre.centre if edges.at_centre is not None else None
    entrance = edges.at_centre.entrance if edges.at_centre is not None else registry.accounts
    gate = app.state.gate = Gate(entrance, registry.audit, calls, SessionCookie(site.port))
    app.include_router(health_routes(archive, running), prefix="/api")
    masking = Masking(calls, registry.team_settings)
    floor = _floor(hub, registry, masking, edges)
    consents = Consents(archive, running, hub, edges.recordings)
    app.include_router(_routes_of_calls(gate, registry, consents, masking, edges), prefix="/api")
    app.include_router(device_routes(edges.devices), prefix="/api")
    door = Door(gate, centre, registry.turns)
    app.include_router(session_routes(door), prefix="/api")
    app.include_router(link_routes(door), prefix="/api")
    app.include_router(recogniser_routes(edges.recogniser), prefix="/api")
    app.include_router(_people_routes(registry, archive, door), prefix="/api")
    app.include_router(_routes_of_desks(gate, registry, site, edges))
    app.include_router(import_routes(edges.imports, registry.directory, registry.audit), prefix="/api")
    app.include_router(_live_routes(gate, hub, masking, floor, registry))
    metrics = edges.metrics or new_registry()
    metrics.register(LoadMetrics(running))
    app.include_router(metrics_routes(metrics))
    app.include_router(_description_routes())
    add_pages(app, site.dist)
    return app


def _live_routes(gate: Gate, hub: Hub, masking: Masking, floor: Floor, registry: Registry) -> APIRouter:
    routes = APIRouter()
    routes.include_router(socket_routes(gate, hub, masking))
    routes.include_router(live_sound_routes(gate))
    routes.include_router(floor_socket_routes(gate, floor))
    routes.include_router(floor_routes(gate, floor, registry.database, registry.audit), prefix="/api")
    return routes


def _floor(hub: Hub, registry: Registry, masking: Masking, edges: Edges) -> Floor:
    present = who_is_here(edges.centre, edges.browsers, edges.desk)
    return floor_of(hub, registry, masking, edges.centre, present, partial(words_room_of, edges.recogniser))


def _routes_of_desks(gate: Gate, registry: Registry, site: Site, edges: Edges) -> APIRouter:
    """Of agents' machines and pages that report here, and of this one where it reports elsewhere."""
    routes = APIRouter()
    centre = edges.centre.centre if edges.centre is not None else None
    office = DeskOffice(registry, site.certificate, centre.is_here if centre is not None else nobody_is_here)
    routes.include_router(desk_routes(office), prefix="/api")
    routes.include_router(machine_routes(office, gate), prefix="/api")
    routes.include_router(centre_routes(edges.at_centre.centre if edges.at_centre is not None else None), prefix="/api")
    routes.include_router(desk_socket_routes(gate, registry.desks, centre))
    routes.include_router(agent_audio_routes(gate, edges.browsers))
    return routes


def _routes_of_calls(gate: Gate, registry: Registry, consents: Consents, masking: Masking, edges: Edges) -> APIRouter:
    routes = APIRouter()
    routes.include_router(_api_routes(gate.calls, masking))
    routes.include_router(call_routes(gate, consents, masking, is_signed=edges.at_centre is not None))
    routes.include_router(audio_routes(gate, consents, masking))
    routes.include_router(found_routes(masking))
    routes.include_router(hold_routes(registry.deletion, registry.audit))
    reviewing = Reviewing(registry.reviews, gate.calls.archive, registry.team_settings, registry.audit)
    routes.include_router(review_routes(reviewing, registry.directory, gate.calls))
    routes.include_router(rule_routes(reviewing))
    kept = Views(registry.database)
    lists = CallLists(registry.database, registry.directory, masking, kept)
    routes.include_router(list_routes(lists, registry.audit))
    routes.include_router(view_routes(kept))
    routes.include_router(own_call_routes(reviewing, masking, registry.database))
    return routes


def _people_routes(registry: Registry, archive: Archive, door: Door) -> APIRouter:
    accounts, directory, tokens, audit = registry.accounts, registry.directory, registry.tokens, registry.audit
    routes = APIRouter()
    routes.include_router(user_routes(accounts, directory, registry.roster, audit))
    routes.include_router(team_routes(directory, registry.team_settings, audit))
    routes.include_router(token_routes(tokens, audit))
    routes.include_router(permission_routes())
    routes.include_router(audit_routes(audit))
    own = Own(accounts, directory, tokens, audit, archive, registry.baseline, registry.reviews)
    routes.include_router(own_routes(own, door))
    return routes


def _description_routes() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/openapi.json", dependencies=[Depends(needs(Action.SYSTEM_READ))])
    def description(request: Request) -> JSONResponse:
        return JSONResponse(request.app.openapi())

    return routes


def _api_routes(calls: CallIndex, masking: Masking) -> APIRouter:
    routes = APIRouter()
    history = History(calls.archive, calls.running)

    def summaries(person: Person, call_ids: Sequence[str]) -> list[CallSummary]:
        found = summarise(calls.archive, calls.running, call_ids)
        return [replace(one, facts=masking.facts(person, one.call_id, one.facts)) for one in found]

    @routes.get("/clock", dependencies=[Depends(needs(Action.SYSTEM_READ))], responses=described(401, 503))
    def clock() -> Clock:
        return Clock(time.time() * 1000)

    @routes.get("/calls", responses=READING)
    def listed(
        asker: Annotated[Asker, Depends(needs(Action.CALL_READ))],
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=MOST)] = 0,
    ) -> list[CallSummary]:
        """Newest first; on the first page preceded by calls of which nothing is stored yet."""
        return summaries(asker.person, calls.listed(asker.person, limit, offset))

    @routes.get("/calls/latest", response_model=CallSummary, responses={204: {}, **described(401, 503)})
    def latest(asker: Annotated[Asker, Depends(needs(Action.CALL_READ))]) -> CallSummary | Response:
        """204 while there is no call: pages poll this, and a browser's console shows every 404 as an error."""
        newest = calls.latest(asker.person)
        found = summaries(asker.person, [newest]) if newest is not None else []
        if not found:
            return Response(status_code=204)
        return found[0]

    @routes.get("/calls/{call_id}/records", responses=READING)
    async def records(
        asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_READ))],
        after: Annotated[int, Query(ge=-MOST, le=MOST)] = 0,
    ) -> Response:
        parts = await records_as_json(history, asked.call_id, after, Eyes(masking, asked.asker.person))
        return StreamingResponse(parts, media_type="application/json")

    return routes
