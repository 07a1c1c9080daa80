"""Every route names its action or is among the few that are open; nobody that is known sees what is open alone."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.testclient import TestClient

from pipeline.people.permissions import TABLE, Action, MachineRole, Role
from tests.server.conftest import ADDRESS, Centre
from tests.server.office import HOMES, ROLES, headers_of, office_of
from tests.server.routes import actions_of

OPEN = {  # to anybody: what somebody needs who is about to sign in, and whether this server lives
    "GET /login",
    "GET /api/session", "POST /api/session", "DELETE /api/session",
    "POST /api/links/look", "POST /api/links/use",
    "POST /api/desks/enrol",  # with a code
    "GET /api/health",
    "MOUNT ",  # the program of the pages, the same for everybody
}  # fmt: skip


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


def nameless(app: FastAPI) -> set[str]:
    return {name for name, actions in actions_of(app).items() if not actions}


def test_every_route_names_its_action_or_is_among_the_few_that_are_open(app: FastAPI) -> None:
    described = {f"{method.upper()} {path}" for path, of_path in app.openapi()["paths"].items() for method in of_path}
    others = {"GET /metrics", "GET /openapi.json", "SOCKET /ws/floor", "SOCKET /ws/calls/{call_id}", "GET /agent"}
    assert described | others <= set(actions_of(app))
    assert nameless(app) == OPEN


def test_a_route_without_an_action_would_be_found(app: FastAPI) -> None:
    inner, router = FastAPI(), APIRouter()

    @app.get("/forgotten")
    @inner.get("/inside")
    @router.post("/included")
    def forgotten() -> str:
        return "all of it"

    @app.websocket("/ws/forgotten")
    async def socket(socket: WebSocket) -> None: ...

    app.include_router(router, prefix="/api")
    app.mount("/mounted", inner)
    found = {"GET /forgotten", "POST /api/included", "SOCKET /ws/forgotten", "MOUNT /mounted", "GET /mounted/inside"}
    assert nameless(app) - OPEN >= found


def test_nobody_is_shown_anything_but_what_is_open(app: FastAPI) -> None:
    stranger = TestClient(app, base_url=ADDRESS, headers={"accept": "application/json"}, follow_redirects=False)
    for path in app.openapi()["paths"]:
        for method in app.openapi()["paths"][path]:
            if f"{method.upper()} {path}" not in OPEN:
                answer = stranger.request(method, path.replace("{call_id}", "own"))
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/metrics", "/openapi.json"):
        assert stranger.get(path).status_code == 401
    for path in ("/", "/agent", "/agent/x", "/admin", "/admin/tokens", "/me"):
        assert stranger.get(path).headers["location"].startswith("/login?next=%2F")
    assert stranger.get("/api/health").json() == {"status": "ok"}
    assert stranger.get("/api/session").json()["person"] is None
    assert stranger.get("/login").status_code == 200


@pytest.mark.parametrize("role", [None, *ROLES])
def test_health_is_told_in_detail_to_whom_the_table_says(
    app: FastAPI, centre: Centre, role: Role | MachineRole | None
) -> None:
    client = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role))
    may = role is not None and Action.SYSTEM_READ in TABLE[role]
    assert client.get("/api/health").json() == {"status": "ok", **({"unkept": 0} if may else {})}


@pytest.mark.parametrize("role", Role)
def test_the_start_page_leads_to_the_own_one_with_what_it_was_asked(app: FastAPI, centre: Centre, role: Role) -> None:
    client = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role), follow_redirects=False)
    assert client.get("/?call=x").headers["location"] == f"{HOMES[role]}?call=x"


def test_a_stranger_who_asks_again_and_again_is_noted_once(app: FastAPI, centre: Centre) -> None:
    stranger = TestClient(app, base_url=ADDRESS)
    for n in range(20):
        stranger.get(f"/api/calls/{n}/records")
    refused = [row for row in centre.audit.rows() if row.outcome == "refused"]
    assert [(row.actor, row.action, row.object) for row in refused] == [(None, "call.read", None)]
