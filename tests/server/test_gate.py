"""Every route names its action, and lets through whom the table of permissions says: role, route, whose call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pipeline.events.call import CallEnded, CallFacts, FactsNoted
from pipeline.people.permissions import TABLE, Action, MachineRole, Role, Scope
from pipeline.people.person import EVERY_TEAM
from pipeline.server.app import Edges
from pipeline.server.needs import CLOSE_NOT_PERMITTED, CLOSE_NOT_SIGNED_IN, CLOSE_UNKNOWN_CALL, CallNeed, DeskNeed, Need
from pipeline.server.pages import PageNeed
from pipeline.session.recordings import FolderRecordings
from tests.server.conftest import ADDRESS, AGENT, Centre, turn
from tests.server.test_control import FakeHeadset

WS = ADDRESS.replace("http", "ws")
OPEN = {  # to anybody: what somebody needs who is about to sign in, and whether this server lives
    "GET /login",
    "GET /api/session", "POST /api/session", "DELETE /api/session",
    "POST /api/links/look", "POST /api/links/use",
    "GET /api/health",
    "MOUNT ",  # the program of the pages, the same for everybody
}  # fmt: skip


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    folder = centre.dist.parent / "recordings"
    folder.mkdir()
    return centre.make_app(Edges(FakeHeadset(centre), FolderRecordings(folder)))


def routes(within: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, BaseRoute]]:
    """Each route by method and path, those of included routers and mounts too."""
    for route in within:
        if (router := getattr(route, "original_router", None)) is not None:  # as FastAPI keeps what was included
            yield from routes(router.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
        elif isinstance(route, Mount):
            yield f"MOUNT {prefix}{route.path}", route
            yield from routes(route.routes or (), prefix + route.path)
        else:
            for method in sorted(getattr(route, "methods", None) or {"SOCKET"}):
                yield f"{method} {prefix}{getattr(route, 'path', repr(route))}", route


def actions(dependant: Dependant | None) -> set[Action]:
    if dependant is None:
        return set()
    needed = {dependant.call.action} if isinstance(dependant.call, Need | CallNeed | DeskNeed | PageNeed) else set()
    return needed.union(*(actions(inner) for inner in dependant.dependencies))


def test_every_route_names_its_action_or_is_among_the_few_that_are_open(app: FastAPI) -> None:
    found = dict(routes(app.routes))
    described = {f"{method.upper()} {path}" for path, of_path in app.openapi()["paths"].items() for method in of_path}
    others = {"GET /metrics", "GET /openapi.json", "SOCKET /ws/floor", "SOCKET /ws/calls/{call_id}", "GET /agent"}
    assert described | others <= set(found)
    assert {name for name, route in found.items() if not actions(getattr(route, "dependant", None))} == OPEN


def test_a_route_without_an_action_would_be_found(app: FastAPI) -> None:
    @app.get("/forgotten")
    def forgotten() -> str:
        return "all of it"

    nameless = {name for name, route in routes(app.routes) if not actions(getattr(route, "dependant", None))}
    assert "GET /forgotten" in nameless


def test_nobody_is_shown_anything_but_what_is_open(app: FastAPI, centre: Centre) -> None:
    centre.finished_call("own", [turn(20)])
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
    assert stranger.get("/login").status_code == 503  # not built here


@dataclass(frozen=True)
class Asked:
    """A route with a call in it, and what it answers to somebody who may."""

    action: Action
    method: str
    path: str
    may: int
    body: Any = None


ASKED = (
    Asked(Action.CALL_READ, "GET", "/api/calls/{}/records", 200),
    Asked(Action.CALL_LISTEN, "GET", "/api/calls/{}/audio", 200),
    Asked(Action.CALL_CONTROL, "POST", "/api/calls/{}/end", 200),
    Asked(Action.CALL_CONTROL, "PUT", "/api/calls/{}/facts", 409, {"company": "华信"}),  # it has ended
    Asked(Action.CALL_CONTROL, "POST", "/api/calls/{}/announcement", 409, {"name": "queue"}),
    Asked(Action.CALL_CONSENT, "DELETE", "/api/calls/{}/audio", 202),
)
CALLS = {
    "own": CallFacts(agent_id=AGENT, team="a", recording_consent=True),
    "team": CallFacts(agent_id="2", team="a", recording_consent=True),
    "assigned": CallFacts(agent_id="3", team="b", recording_consent=True),
    "other": CallFacts(agent_id="4", team="c", recording_consent=True),
    "nobodys": CallFacts(recording_consent=True),
}
SEEN = {
    Scope.OWN: {"own"}, Scope.TEAM: {"own", "team"}, Scope.ASSIGNED: {"assigned"}, Scope.ALL: set(CALLS), None: set(),
}  # fmt: skip
ROLES = [*Role, *MachineRole]


@pytest.fixture
def calls(app: FastAPI, centre: Centre) -> FastAPI:
    """A call of each kind, with its recording; agent and lead are of team a, QA is assigned to b."""
    for name in ("a", "b"):
        centre.registry.directory.add_team(name, name)
    for call_id, facts in CALLS.items():
        centre.finished_call(call_id, [FactsNoted(0, facts), turn(20)], facts)
        (centre.dist.parent / "recordings" / f"{call_id}.flac").write_bytes(b"fLaC")
    return app


def headers_of(centre: Centre, role: Role | MachineRole) -> dict[str, str]:
    match role:
        case Role.AGENT:
            return centre.page("lin", role, team="a")
        case Role.LEAD:
            return centre.page("lead", role, team="a")
        case Role.QA:
            return centre.page("qa", role, assigned=("b",))
        case Role.ADMIN:
            return centre.page("admin", role)
    return centre.bearer(role)


def status_of(role: Role | MachineRole, asked: Asked, call_id: str) -> int:
    scope = TABLE[role].get(asked.action)
    if scope is None:
        return 403
    return asked.may if call_id in SEEN[scope] else 404


@pytest.mark.parametrize("role", ROLES)
def test_role_by_route_by_whose_call(calls: FastAPI, centre: Centre, role: Role | MachineRole) -> None:
    client = TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, role))
    for asked in ASKED:
        for call_id in CALLS:
            answer = client.request(asked.method, asked.path.format(call_id), json=asked.body)
            assert answer.status_code == status_of(role, asked, call_id), (asked, call_id, answer.text)
            if answer.status_code == 404:
                unknown = client.request(asked.method, asked.path.format("none"), json=asked.body)
                assert answer.text == unknown.text.replace("none", call_id)


@pytest.mark.parametrize("role", ROLES)
def test_each_refusal_and_each_opening_is_noted(calls: FastAPI, centre: Centre, role: Role | MachineRole) -> None:
    client = TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, role))
    for asked in ASKED:
        for call_id in CALLS:
            client.request(asked.method, asked.path.format(call_id), json=asked.body)
    noted = {(row.action, row.object, row.outcome) for row in centre.audit.rows() if row.action.startswith("call.")}
    wanted = set()
    for asked in ASKED:
        for call_id in CALLS:
            status = status_of(role, asked, call_id)
            target = None if status == 403 else call_id  # whose call it is was not looked up
            wanted.add((str(asked.action), target, "refused" if status in (403, 404) else "done"))
    assert noted == wanted
    assert centre.audit.verify().fault is None


def test_a_stranger_who_asks_again_and_again_is_noted_once(app: FastAPI, centre: Centre) -> None:
    stranger = TestClient(app, base_url=ADDRESS)
    for n in range(20):
        stranger.get(f"/api/calls/{n}/records")
    refused = [row for row in centre.audit.rows() if row.outcome == "refused"]
    assert [(row.actor, row.action, row.object) for row in refused] == [(None, "call.read", None)]


LISTS = {Role.AGENT: ["own"], Role.LEAD: ["team", "own"], Role.QA: ["assigned"],
         MachineRole.TELEPHONE: ["nobodys", "other", "assigned", "team", "own"]}  # fmt: skip


@pytest.mark.parametrize("role", LISTS)
def test_lists_and_the_latest_are_of_what_may_be_opened(
    calls: FastAPI, centre: Centre, role: Role | MachineRole
) -> None:
    client = TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, role))
    wanted = LISTS[role]
    assert [one["call_id"] for one in client.get("/api/calls").json()] == wanted
    assert [one["call_id"] for one in client.get("/api/calls?limit=1&offset=1").json()] == wanted[1:2]
    assert client.get("/api/calls/latest").json()["call_id"] == wanted[0]
    assert client.get("/api/calls/latest/records").json()[0]["call_id"] == wanted[0]


def closed(client: TestClient, path: str) -> int:
    with client.websocket_connect(WS + path) as socket, pytest.raises(WebSocketDisconnect) as error:
        socket.receive_text()
    return error.value.code


@pytest.mark.parametrize("role", [None, *ROLES])
def test_sockets(calls: FastAPI, centre: Centre, role: Role | MachineRole | None) -> None:
    client = TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, role) if role is not None else {})
    refused = CLOSE_NOT_SIGNED_IN if role is None else CLOSE_NOT_PERMITTED
    scope = TABLE[role].get(Action.CALL_READ) if role is not None else None
    for call_id in CALLS:
        if call_id in SEEN[scope]:
            with client.websocket_connect(f"{WS}/ws/calls/{call_id}") as socket:
                assert socket.receive_json()["call_id"] == call_id
        else:
            assert closed(client, f"/ws/calls/{call_id}") == (refused if scope is None else CLOSE_UNKNOWN_CALL)
    if role is None or Action.FLOOR_WATCH not in TABLE[role]:
        assert closed(client, "/ws/floor") == refused


def test_the_floor_of_a_lead_has_the_calls_of_the_team(calls: FastAPI, centre: Centre) -> None:
    lead = TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, Role.LEAD))
    with lead as client, client.websocket_connect(WS + "/ws/floor?after=0") as socket:
        seen = [socket.receive_json()["call_id"] for _ in range(len(centre.store.read("own")) * 2)]
        assert sorted(set(seen)) == ["own", "team"]
        other, own = centre.call("live-c", CALLS["other"]), centre.call("live-a", CALLS["team"])
        other.feed([turn(40)])
        own.feed([turn(40)])
        assert [socket.receive_json()["call_id"] for _ in range(2)] == ["live-a"] * 2
        own.feed([FactsNoted(60, CALLS["other"])])  # it becomes another team's: from now on it is not seen
        own.feed([turn(80)])
        other.feed([FactsNoted(60, CALLS["team"])])
        assert socket.receive_json()["call_id"] == "live-c"


def test_a_call_that_becomes_anothers_closes_the_page(calls: FastAPI, centre: Centre) -> None:
    call = centre.call("live", CALLS["own"])
    with TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, Role.AGENT)) as client:
        with client.websocket_connect(WS + "/ws/calls/live") as socket:
            assert socket.receive_json()["seq"] == 1
            call.feed([FactsNoted(20, CALLS["other"])])
            with pytest.raises(WebSocketDisconnect) as error:
                socket.receive_text()
        assert error.value.code == CLOSE_UNKNOWN_CALL
        assert client.get("/api/calls/live/records").status_code == 404


def ended(centre: Centre, how: str) -> None:
    directory, accounts, user = centre.registry.directory, centre.registry.accounts, centre.person()
    match how:
        case "signed out":
            accounts.end_sessions(user.id)
        case "disabled":
            directory.change(user.id, {"is_disabled": True})
        case "removed":
            directory.remove(user.id)
        case "another role":
            directory.change(user.id, {"role": Role.QA, "assigned": (EVERY_TEAM,), "agent_id": None, "team": None})
        case "another team":
            directory.change(user.id, {"team": "b"})


@pytest.mark.parametrize("how", ["signed out", "disabled", "removed", "another role", "another team"])
def test_an_open_socket_closes_when_what_opened_it_no_longer_holds(calls: FastAPI, centre: Centre, how: str) -> None:
    """The change is made in the database alone, as the command line makes it in a process of its own."""
    call = centre.call("live", CALLS["own"])
    agent = TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, Role.AGENT))
    with agent as client, client.websocket_connect(WS + "/ws/calls/live") as socket:
        assert socket.receive_json()["seq"] == 1
        ended(centre, how)
        with pytest.raises(WebSocketDisconnect) as error:
            socket.receive_text()
    assert error.value.code == CLOSE_NOT_SIGNED_IN
    call.feed([CallEnded(40, "finished")])


def test_a_revoked_token_closes_its_sockets(calls: FastAPI, centre: Centre) -> None:
    headers = centre.bearer(MachineRole.RECORDS)
    token = centre.registry.tokens.tokens()[-1]
    with TestClient(calls, base_url=ADDRESS, headers=headers) as client:
        with client.websocket_connect(WS + "/ws/floor") as socket:
            centre.registry.tokens.revoke(token.id)
            with pytest.raises(WebSocketDisconnect) as error:
                socket.receive_text()
        assert error.value.code == CLOSE_NOT_SIGNED_IN
        assert client.get("/api/calls").status_code == 401


PAGES = {
    Role.AGENT: ("/agent", {"/agent": None, "/me": None, "/admin": "/agent"}),
    Role.QA: ("/agent", {"/agent": None, "/me": None, "/admin": "/agent"}),
    Role.LEAD: (
        "/agent",
        {
            "/agent": None,
            "/me": None,
            "/admin": "/agent",
            "/admin/settings": None,
            "/admin/audit": "/agent",
            "/admin/tokens": "/agent",
        },
    ),
    Role.ADMIN: ("/admin", {"/agent": "/admin", "/me": None, "/admin/tokens": None, "/admin/audit": None}),
}


@pytest.mark.parametrize("role", Role)
def test_whose_page_is_whose(calls: FastAPI, centre: Centre, role: Role) -> None:
    client = TestClient(calls, base_url=ADDRESS, headers=headers_of(centre, role), follow_redirects=False)
    home, pages = PAGES[role]
    assert client.get("/?call=x").headers["location"] == f"{home}?call=x"
    for page, led_to in pages.items():
        answer = client.get(page)
        assert (answer.status_code, answer.headers.get("location")) == (303 if led_to else 503, led_to)
