"""Who may change something: never an address, always a token or a cookie that a link of this machine gave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from pipeline.cli.link import link
from pipeline.errors import SettingsError
from pipeline.server.access import TRIES_AT_ONCE, link_path
from pipeline.server.app import Edges, create_app
from pipeline.server.serve import ServerSettings
from pipeline.server.tokens import read_token
from pipeline.server.writers import COOKIE_S, LINKS, Links, Writers
from tests.server.conftest import ADDRESS, Centre, hint, page_of
from tests.server.test_real_server import serving
from tests.server.test_sockets import WS, seqs

TOKEN = "a-token-of-the-test"
NOT_FOUND = 409  # what a writer is told here: there is no headset


class Clock:
    def __init__(self) -> None:
        self.now_s = 1.8e9

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    edges = Edges(writers=Writers(TOKEN, "a-key-of-the-test", 8000))
    return create_app(centre.store, centre.hub, centre.running, dist=centre.dist, edges=edges)


def near(app: FastAPI) -> TestClient:
    return TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), follow_redirects=False)


def test_the_token_lets_a_page_write_from_any_machine(app: FastAPI) -> None:
    far = TestClient(app, base_url=ADDRESS, client=("10.0.0.7", 5000))
    page = {"origin": ADDRESS}
    assert far.post("/api/session", json={"token": "a-guess-of-somebody"}, headers=page).status_code == 401
    assert far.post("/api/session", json={"token": TOKEN}).status_code == 401  # no page of ours
    assert far.post("/api/session", json={"token": 7}, headers=page).status_code == 422
    assert far.get("/api/session").json() == {"may_write": False}
    shown = far.post("/api/session", json={"token": f" {TOKEN}\n"}, headers=page)
    assert (shown.status_code, shown.json()) == (200, {"may_write": True})
    assert far.get("/api/session").json() == {"may_write": True}
    assert far.post("/api/calls", json={}, headers=page).status_code == NOT_FOUND


def test_the_token_cannot_be_guessed_quickly(app: FastAPI) -> None:
    client, page = near(app), {"origin": ADDRESS}
    codes = [
        client.post("/api/session", json={"token": f"guess-{n}"}, headers=page).status_code
        for n in range(TRIES_AT_ONCE + 3)
    ]
    assert codes[:TRIES_AT_ONCE] == [401] * TRIES_AT_ONCE
    assert 429 in codes[TRIES_AT_ONCE:]


@pytest.mark.parametrize(
    ("headers", "has_cookie", "status"),
    [
        ({}, False, 401),
        ({"origin": ADDRESS}, False, 401),  # any process of this machine can say so
        ({"sec-fetch-site": "same-origin"}, False, 401),
        ({"origin": ADDRESS}, True, NOT_FOUND),
        ({"sec-fetch-site": "same-origin"}, True, NOT_FOUND),
        ({}, True, 401),
        ({"sec-fetch-site": "same-site"}, True, 403),  # of another port of this host, where the cookie goes too
        ({"origin": "http://127.0.0.1:8001"}, True, 403),
        ({"origin": "null"}, True, 403),
        ({"origin": "http://["}, True, 403),
        ({"origin": "http://evil.example", "host": "evil.example"}, True, 403),
        ({"origin": ADDRESS, "authorization": "Bearer wrong"}, True, 401),
        ({"origin": ADDRESS, "authorization": "Basic of a proxy"}, True, NOT_FOUND),
        ({"authorization": f"Bearer {TOKEN}"}, False, NOT_FOUND),
        ({"authorization": "Bearer ä"}, False, 401),
    ],
)
def test_who_may_write(app: FastAPI, headers: dict[str, str], has_cookie: bool, status: int) -> None:
    cookie = {"cookie": page_of(app)["cookie"]} if has_cookie else {}
    sent = [(name.encode(), value.encode("latin-1")) for name, value in {**cookie, **headers}.items()]
    answer = near(app).post("/api/calls", headers=sent)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)
    if status == 401:
        assert "callcoach link" in answer.json()["detail"]


def test_a_link_works_once_and_its_cookie_goes_on(app: FastAPI) -> None:
    page, other = near(app), near(app)
    path = link_path(app.state.writers) + "&call=a%26b"
    opened = page.get(path)
    assert (opened.status_code, opened.headers["location"]) == (303, "/agent?call=a%26b")
    assert opened.headers["cache-control"] == "no-store"
    given = opened.headers["set-cookie"].lower()
    assert given.startswith("callcoach-8000=")
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in given.split(";")}
    assert page.get("/api/session").json() == {"may_write": True}
    assert page.post("/api/calls", headers={"origin": ADDRESS}).status_code == NOT_FOUND
    again = other.get(path)
    assert (again.status_code, again.headers["location"]) == (303, "/agent?call=a%26b")
    assert "set-cookie" not in again.headers
    assert other.get("/api/session").json() == {"may_write": False}
    assert page.get(path).status_code == 303  # who has opened it clicks it again
    assert page.get("/api/session").json() == {"may_write": True}


def test_the_cookie_holds_over_a_restart_and_in_no_other_callcoach(centre: Centre, app: FastAPI) -> None:
    cookie = page_of(app)["cookie"]
    for writers, knows in (
        (Writers(None, "a-key-of-the-test", 8000), True),
        (Writers(None, "another-key-of-a-test", 8000), False),
        (Writers(None, "a-key-of-the-test", 8001), False),
        (Writers(port=8000), False),
    ):
        assert writers.shows_cookie(Headers({"cookie": f"other=1; {cookie}"})) is knows


def test_a_cookie_ends_a_month_after_the_page_was_last_loaded(centre: Centre) -> None:
    clock = Clock()
    writers = Writers(key="a-key-of-the-test", clock=clock)
    app = create_app(centre.store, centre.hub, centre.running, dist=centre.dist, edges=Edges(writers=writers))
    page = near(app)
    page.get(link_path(writers))
    clock.now_s += COOKIE_S - 1
    assert page.get("/api/session").json() == {"may_write": True}
    page.get("/agent")
    clock.now_s += COOKIE_S
    assert page.get("/api/session").json() == {"may_write": True}
    clock.now_s += 1
    assert page.get("/api/session").json() == {"may_write": False}


@pytest.mark.parametrize("change", ["", ".", "x", "0-0.0", "-.", "ffffffffffff-1.{}"])
def test_a_cookie_nobody_signed(app: FastAPI, change: str) -> None:
    writers: Writers = app.state.writers
    signature = page_of(app)["cookie"].rpartition(".")[2]
    assert not writers.shows_cookie(Headers({"cookie": f"{writers.cookie}={change.format(signature)}"}))


def test_of_many_links_the_oldest_give_way() -> None:
    links = Links()
    made = [links.make() for _ in range(LINKS + 1)]
    assert [links.take(key) for key in made] == [False] + [True] * LINKS
    assert not links.take("")


def test_behind_tls_the_cookie_goes_over_tls_only(app: FastAPI) -> None:
    page = TestClient(app, base_url="https://127.0.0.1:8000", follow_redirects=False)
    assert "secure" in page.get(link_path(app.state.writers)).headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("headers", "is_heard"),
    [
        ({}, False),
        ({"origin": ADDRESS}, False),
        ({"origin": ADDRESS, "cookie": "yes"}, True),
        ({"cookie": "yes"}, False),
        ({"authorization": f"Bearer {TOKEN}"}, True),
    ],
)
def test_who_is_heard_on_a_socket(app: FastAPI, centre: Centre, headers: dict[str, str], is_heard: bool) -> None:
    if "cookie" in headers:
        headers = {**headers, "cookie": page_of(app)["cookie"]}
    centre.call("a").feed([hint(20, 1)])
    client = TestClient(app, base_url=ADDRESS, client=("192.0.2.7", 5000))
    with client.websocket_connect(WS + "/ws/calls/a", headers=headers) as socket:
        assert seqs(socket, 2) == [1, 2]  # everybody may watch
        socket.send_json({"type": "done", "hint_seq": 2})
        socket.send_json({"type": "done", "hint_seq": 99})
        said = json.loads(socket.receive_text())["message"]
    assert ("may only read" in said) is not is_heard
    session = centre.calls["a"].session
    assert len(session.take()) == is_heard


def test_a_new_link_is_had_at_the_machine(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "data"))
    writers = Writers(read_token(tmp_path / "data", None))
    app = create_app(centre.store, centre.hub, centre.running, dist=centre.dist, edges=Edges(writers=writers))
    with serving(app) as address:
        port = int(address.rpartition(":")[2])
        link(ServerSettings(port=port))
        printed = capsys.readouterr().out.strip()
        assert printed.startswith(f"{address}/agent?key=")
        page = near(app)
        assert "set-cookie" in page.get(printed.removeprefix(address)).headers
        monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "nowhere"))
        with pytest.raises(SettingsError, match=r"no callcoach has kept calls in .*nowhere"):
            link(ServerSettings(port=port))
        assert not (tmp_path / "nowhere").exists()
        monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "other"))
        read_token(tmp_path / "other", None)
        with pytest.raises(SettingsError, match=r"answers 401: no callcoach that keeps its calls in .*other"):
            link(ServerSettings(port=port))
    with pytest.raises(SettingsError, match=f"no callcoach answers at {address}: .*--port"):
        link(ServerSettings(port=port))
