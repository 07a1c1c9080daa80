"""What an attack on a running server found (docs/security.md), and that it stays mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from pipeline.events.call import CallFacts
from pipeline.people.entrance import LinkPurpose
from pipeline.people.permissions import Role
from tests.server.conftest import ADDRESS, PORT, Centre
from tests.server.test_connections import dial
from tests.server.test_real_server import serving

PASSWORD = "qing feng ming yue 9"
TLS_ADDRESS = ADDRESS.replace("http", "https")


@pytest.fixture
def stranger(centre: Centre) -> Iterator[TestClient]:
    with TestClient(centre.app, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False) as client:
        yield client


def test_a_new_session_takes_the_place_of_the_one_that_the_browser_shows(centre: Centre, stranger: TestClient) -> None:
    before = centre.page()
    centre.registry.accounts.set_password(centre.person().id, PASSWORD)
    before = centre.page()
    assert stranger.get("/api/me/sessions", headers=before).status_code == 200
    told = stranger.post("/api/session", headers=before, json={"login": "lin", "password": PASSWORD})
    assert told.status_code == 200
    assert stranger.get("/api/me/sessions", headers=before).status_code == 401
    assert len(centre.registry.accounts.sessions(centre.person().id)) == 1
    again = f"callcoach-{PORT}={stranger.cookies[f'callcoach-{PORT}']}"
    stranger.cookies.clear()
    assert stranger.get(f"/agent?key={centre.link()}", headers={"cookie": again}).status_code == 303
    assert stranger.get("/api/me/sessions", headers={"cookie": again}).status_code == 401


def test_whoever_is_slowed_down_does_not_fill_the_audit(centre: Centre, stranger: TestClient) -> None:
    answers = [stranger.post("/api/session", json={"login": "nobody", "password": "x"}).status_code for _ in range(40)]
    assert answers == [401] * 5 + [429] * 35
    deeds = [row.action for row in centre.audit.rows()]
    assert (deeds.count("session.begin"), deeds.count("session.slow")) == (5, 1)


def test_nul_is_in_no_address_and_no_body(centre: Centre, stranger: TestClient) -> None:
    """PostgreSQL has it in no text, and one request with it once held up everybody's."""
    page = centre.page()
    for path in ("/api/calls/a%00b/records", "/api/me/calls?call=%00", "/agent?key=%00"):
        assert stranger.get(path, headers=page).status_code == 400
    told = stranger.post("/api/session", json={"login": "a\u0000b", "password": "x"})
    assert (told.status_code, "NUL" in told.json()["detail"]) == (422, True)
    known = stranger.post("/api/session", json={"login": "a\\u0000b", "password": "x"})
    assert known.status_code == 401  # the letters are a text like any other


def test_only_ids_that_are_ours_get_into_the_audit(centre: Centre, stranger: TestClient) -> None:
    centre.registry.directory.add_team("A", "a")
    centre.registry.directory.add_team("B", "b")
    lead = centre.page("wang", Role.LEAD, team="a")
    for team in ("b", "13800138000", "another text of theirs"):
        assert stranger.get(f"/api/teams/{team}/settings", headers=lead).status_code == 404
    rows = [row.object for row in centre.audit.rows() if row.action == "team_settings.read"]
    assert sorted(rows, key=str) == [None, "b"]


def test_behind_tls_the_cookie_is_of_this_host_alone(centre: Centre) -> None:
    """`__Host-`: nobody else on the domain, and nobody on the way, can put another one in its place."""
    centre.page()
    with TestClient(centre.app, base_url=TLS_ADDRESS, follow_redirects=False) as page:
        answer = page.get(f"/agent?key={centre.link()}")
        given = answer.headers["set-cookie"]
        assert given.startswith(f"__Host-callcoach-{PORT}=")
        assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in given.split(";")}
        assert "domain" not in given.lower()
        assert page.get("/api/session").json()["person"]["login"] == "lin"
        page.cookies.clear()
        placed = {"cookie": f"callcoach-{PORT}={secret_of(given)}"}
        assert page.get("/api/session", headers=placed).json()["person"] is None


def test_a_page_that_came_without_tls_asks_for_nothing_over_it(centre: Centre) -> None:
    with TestClient(centre.app, base_url=TLS_ADDRESS) as page:
        assert page.get("/api/session", headers={"origin": TLS_ADDRESS}).status_code == 200
        assert page.get("/api/session", headers={"origin": ADDRESS}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/api/users", "/api/session", "/metrics", "/api/health"])
@pytest.mark.parametrize("headers", [{}, {"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_every_answer_says_what_a_browser_may_do_with_it(
    stranger: TestClient, path: str, headers: dict[str, str]
) -> None:
    told = stranger.get(path, headers=headers).headers
    policy = told["content-security-policy"]
    for part in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in told


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/calls.db", "/..%2fcalls.db", "/assets/..%5c..%5ccalls.db", "/%00", "//etc/passwd"],
)
def test_nothing_beside_the_pages_is_given_out(centre: Centre, stranger: TestClient, path: str) -> None:
    centre.dist.mkdir()
    assert (centre.dist.parent / "calls.db").exists()
    assert stranger.get(path).status_code == (400 if "%00" in path else 404)


def test_a_removed_person_is_gone_from_every_file_at_once(centre: Centre, stranger: TestClient) -> None:
    """Also from the log of the database, while the server goes on."""
    admin = centre.page("zheng", Role.ADMIN)
    for number in range(50):
        centre.page(f"colleague{number}")
    leaving = centre.page("mustermann", agent_id="77")
    assert stranger.get("/api/me/sessions", headers=leaving).status_code == 200
    centre.finished_call("a", [], CallFacts(agent_id="77", agent_name="Mustermann"))
    user_id = centre.person("mustermann").id
    assert stranger.delete(f"/api/users/{user_id}", headers=admin).status_code == 204
    files = [path for path in centre.store.database.path.parent.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"calls.db", "calls.db-wal"}
    kept = b"".join(path.read_bytes() for path in files).lower()
    assert b"mustermann" not in kept
    assert user_id.encode() in kept


def test_own_data_do_not_tell_which_calls_there_are(centre: Centre, stranger: TestClient) -> None:
    centre.finished_call("another's", [], CallFacts(agent_id="77"))
    seen = centre.page()
    for call_id in ("another's", "nobody's"):
        assert stranger.get(f"/api/calls/{call_id}/records", headers=seen).status_code == 404
    told = stranger.get("/api/me/data", headers=seen)
    assert told.status_code == 200
    assert [row["action"] for row in told.json()["audit"]] == ["data.export"]  # a row more would tell it
    assert "another's" not in told.text
    rows = [row for row in centre.audit.rows() if row.outcome == "refused"]
    assert [row.object for row in rows] == ["another's"]


def test_behind_an_address_that_is_slowed_down_a_link_still_lets_in(centre: Centre, stranger: TestClient) -> None:
    centre.page()
    for number in range(25):
        stranger.post("/api/session", json={"login": f"nobody{number}", "password": "x"})
    assert stranger.post("/api/session", json={"login": "lin", "password": PASSWORD}).status_code == 429
    secret, _ = centre.registry.accounts.make_link(LinkPurpose.RESET, centre.person().id)
    used = stranger.post("/api/links/use", json={"secret": secret, "password": PASSWORD})
    assert used.status_code == 200
    assert stranger.delete("/api/session").status_code == 204
    unknown = TestClient(centre.app, base_url=ADDRESS, headers={"origin": ADDRESS})
    assert unknown.post("/api/session", json={"login": "lin", "password": PASSWORD}).status_code == 429
    assert stranger.post("/api/session", json={"login": "lin", "password": PASSWORD}).status_code == 200  # now known


def secret_of(cookie: str) -> str:
    return cookie.partition("=")[2].partition(";")[0]


def test_what_a_browser_calls_itself_steers_no_terminal(centre: Centre, stranger: TestClient) -> None:
    """0x9B begins an escape sequence on some terminals, and neither HTTP nor JSON forbids it."""
    told = {"user-agent": b"\x9b31m Chromium", "origin": ADDRESS.encode()}
    assert stranger.post("/api/session", headers=told, json={"login": "x", "password": "y"}).status_code == 401
    assert [row.agent.endswith("\\x9b31m Chromium") for row in centre.audit.rows()] == [True]


@pytest.mark.parametrize("change", [{"is_disabled": True}, {"role": Role.LEAD}])
def test_a_body_that_comes_late_changes_nothing_for_who_is_out_by_then(centre: Centre, change: dict[str, Any]) -> None:
    """An administrator who sees the end coming holds requests open: each would have made another one afterwards."""
    page = centre.page("yuan", Role.ADMIN)
    centre.page("zheng", Role.ADMIN)
    body = json.dumps({"login": "later", "name": "Later", "role": "admin"}).encode()
    with serving(centre.app) as address, dial(address) as slow:
        head = f"POST /api/users HTTP/1.1\r\nhost: {urlsplit(address).netloc}\r\ncookie: {page['cookie']}\r\n"
        asked = f"{head}origin: {address}\r\ncontent-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n"
        slow.sendall(asked.encode())
        assert slow.recv(65_536).startswith(b"HTTP/1.1 100")  # let in: the body is waited for
        centre.registry.directory.change(centre.person("yuan").id, change)
        slow.sendall(body)
        assert slow.recv(65_536).startswith(b"HTTP/1.1 401")
    assert centre.registry.directory.user_named("later") is None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_tells_its_length_in_two_ways_is_refused_and_the_connection_ended(
    centre: Centre, method: str
) -> None:
    """A proxy that believes the other one takes what follows for somebody else's request."""
    with serving(centre.app) as address, dial(address) as dialled:
        host = urlsplit(address).netloc
        head = (
            f"{method} /api/health HTTP/1.1\r\nhost: {host}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        smuggled = f"0\r\n\r\nGET /api/health HTTP/1.1\r\nhost: {host}\r\n\r\n"
        dialled.sendall((head + smuggled).encode())
        answered = b""
        while piece := dialled.recv(65_536):
            answered += piece
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1") == 1
