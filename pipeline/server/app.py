"""The web application: websockets, the HTTP API, metrics, and the pages of the dashboard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse

from pipeline.documents import shown
from pipeline.errors import StoreError
from pipeline.ports import Recordings, Transcriber
from pipeline.server.access import session_routes
from pipeline.server.answers import FOREIGN, MOST, READING, described, request_refused, store_failed
from pipeline.server.calls import call_routes
from pipeline.server.devices import device_routes
from pipeline.server.feeds import records_as_json
from pipeline.server.health import health_routes
from pipeline.server.hosts import SameHost
from pipeline.server.hub import Hub
from pipeline.server.listing import CallSummary, Latest, find_call, first_in_list, summarise
from pipeline.server.metrics import LoadMetrics, metrics_routes, new_registry
from pipeline.server.pages import add_pages
from pipeline.server.recogniser import recogniser_routes
from pipeline.server.sockets import socket_routes
from pipeline.server.writers import Writers
from pipeline.session.consent import Consents
from pipeline.session.desk import Desk, DeviceControl
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


@dataclass(frozen=True, slots=True)
class Edges:
    """Optional parts of a server: a desk with its recogniser and devices, recordings, authorisation, metrics."""

    desk: Desk | None = None  # the one of this process; without one, `latest` means the newest call of the archive
    recordings: Recordings | None = None
    writers: Writers = field(default_factory=Writers)
    metrics: CollectorRegistry | None = None  # registry of the process
    recogniser: Transcriber | None = None  # of the desk's calls
    devices: DeviceControl | None = None  # of the desk's headset


NO_EDGES = Edges()


@dataclass(frozen=True, slots=True)
class Clock:
    """Wall-clock of this server in milliseconds, so that a page can tell its own latency."""

    now_ms: float


def create_app(
    archive: Archive,
    hub: Hub,
    running: Sessions,
    *,
    dist: Path,
    host: str = "127.0.0.1",
    hosts: Sequence[str] = (),
    edges: Edges = NO_EDGES,
) -> FastAPI:
    """The application. `dist`: folder of the built dashboard; `host`: address of the server; `hosts`: further names."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hub.open()
        yield
        hub.close()

    app = FastAPI(title="callcoach", lifespan=lifespan, docs_url=None, redoc_url=None, responses={403: FOREIGN})
    app.add_middleware(SameHost, bound=host, more=hosts)
    app.add_exception_handler(StoreError, store_failed)
    app.add_exception_handler(RequestValidationError, request_refused)
    writers = app.state.writers = edges.writers
    app.include_router(health_routes(archive, running), prefix="/api")
    desk = edges.desk
    latest = desk.latest if desk is not None else partial(first_in_list, archive, running)
    app.include_router(_api_routes(archive, running, latest), prefix="/api")
    consents = Consents(archive, running, hub, edges.recordings)
    app.include_router(call_routes(archive, running, latest, writers, desk, consents), prefix="/api")
    app.include_router(device_routes(edges.devices, writers), prefix="/api")
    app.include_router(session_routes(writers), prefix="/api")
    app.include_router(recogniser_routes(edges.recogniser), prefix="/api")
    app.include_router(socket_routes(archive, hub, running, latest, writers))
    registry = edges.metrics or new_registry()
    registry.register(LoadMetrics(running))
    app.include_router(metrics_routes(registry))
    add_pages(app, dist, writers)
    return app


def _api_routes(archive: Archive, running: Sessions, latest_call: Latest) -> APIRouter:
    routes = APIRouter()

    @routes.get("/clock")
    def clock() -> Clock:
        return Clock(time.time() * 1000)

    @routes.get("/calls", responses=READING)
    def calls(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, offset: Annotated[int, Query(ge=0, le=MOST)] = 0
    ) -> list[CallSummary]:
        """Newest first; on the first page preceded by calls of which nothing is stored yet."""
        kept = archive.calls(limit, offset)
        unknown = [call_id for call_id in running.unknown() if call_id not in kept] if offset == 0 else []
        return summarise(archive, running, [*unknown, *kept][:limit])

    @routes.get("/calls/latest", response_model=CallSummary, responses={204: {}, **described(503)})
    def latest() -> CallSummary | Response:
        """204 while there is no call: pages poll this, and a browser's console shows every 404 as an error."""
        newest = latest_call()
        found = summarise(archive, running, [newest]) if newest is not None else []
        if not found:
            return Response(status_code=204)
        return found[0]

    @routes.get("/calls/{call_id}/records", responses=READING)
    async def records(call_id: str, after: Annotated[int, Query(ge=-MOST, le=MOST)] = 0) -> Response:
        known = await asyncio.to_thread(find_call, archive, running, call_id, latest_call)
        if known is None:
            raise HTTPException(404, f"there is no call {shown(call_id)}")
        parts = await records_as_json(archive, running, known, after)
        return StreamingResponse(parts, media_type="application/json")

    return routes
