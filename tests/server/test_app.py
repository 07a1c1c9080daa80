"""Lists, pages, and names the server answers to."""

from __future__ import annotations

import socket

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.codec import record_to_dict
from pipeline.errors import SettingsError
from pipeline.events.call import CallFacts, FactsNoted, WordsTrust
from pipeline.events.score import CallScored
from pipeline.server.app import Edges
from pipeline.server.serve import address_of, bind
from tests.server.conftest import ADDRESS, AGENT, Centre, turn
from tests.server.test_sockets import WS


def test_what_recognises_is_told_as_it_is_now(centre: Centre) -> None:
    recogniser = NoTranscriber()
    edges = Edges(recogniser=recogniser)
    app = centre.make_app(edges)
    client = TestClient(app, base_url=ADDRESS, headers=centre.page())
    told = {"engine": "none", "notice": recogniser.notice, "fault": "", "words_trust": None}
    assert client.get("/api/recogniser").json() == told
    recogniser.trust = WordsTrust("hints", (0.1,), (0.2, 0.4), 0.1)  # type: ignore[assignment]
    shares = {"characters_wrong": [0.1], "characters_wrong_in_noise": [0.2, 0.4], "bans_missed": 0.1}
    trust = {"good_for": "hints", **shares}
    assert client.get("/api/recogniser").json() == {**told, "words_trust": trust}
    assert TestClient(centre.app, base_url=ADDRESS, headers=centre.page()).get("/api/recogniser").status_code == 204


def test_no_calls_yet(client: TestClient) -> None:
    assert client.get("/api/calls").json() == []
    assert client.get("/api/calls/latest").status_code == 204
    assert client.get("/api/calls/x/records").status_code == 404


def test_calls_newest_first_with_what_is_known(client: TestClient, centre: Centre) -> None:
    centre.finished_call("a", [turn(20), CallScored(20, 81.5, 1, (), ())])
    b = centre.call("b")
    b.feed([FactsNoted(20, CallFacts(agent_id=AGENT, company="华信"))])
    running, ended = client.get("/api/calls").json()
    assert running["call_id"] == "b"
    assert running["facts"]["company"] == "华信"
    assert (running["ended"], running["score"]) == (None, None)
    assert (ended["ended"], ended["duration_ms"], ended["score"], ended["fatal"]) == ("finished", 40, 81.5, 1)
    assert client.get("/api/calls/latest").json() == running
    assert client.get("/api/calls?limit=1&offset=1").json() == [ended]


class FakeDesk:
    control = None
    agent_id = AGENT

    def __init__(self, shown: str | None) -> None:
        self.shown = shown

    def latest(self) -> str | None:
        return self.shown


def test_the_latest_call_is_that_of_the_desk_of_this_process(centre: Centre) -> None:
    """Not the one begun last: another desk's call, or one of the telephone, may run in the same process."""
    for call_id in ("a", "b"):
        centre.call(call_id)
    desk = FakeDesk(None)
    app = centre.make_app(Edges(desk))
    with TestClient(app, base_url=ADDRESS, headers=centre.page()) as client:
        assert client.get("/api/calls/latest").status_code == 204  # its call is about to begin
        assert client.get("/api/calls/latest/records").status_code == 404
        with client.websocket_connect(WS + "/ws/calls/latest") as socket, pytest.raises(WebSocketDisconnect):
            socket.receive_text()
        desk.shown = "a"
        assert client.get("/api/calls/latest").json()["call_id"] == "a"
        assert client.get("/api/calls/latest/records").json()[0]["call_id"] == "a"
        with client.websocket_connect(WS + "/ws/calls/latest") as socket:
            assert socket.receive_json()["call_id"] == "a"
        assert client.get("/api/headset").status_code == 204


def test_without_a_desk_the_latest_call_is_the_first_of_the_list(client: TestClient, centre: Centre) -> None:
    for call_id in ("b", "a"):
        centre.call(call_id)
        assert client.get("/api/calls/latest").json()["call_id"] == client.get("/api/calls").json()[0]["call_id"]


def test_records_of_a_call(client: TestClient, centre: Centre) -> None:
    records = centre.finished_call("a", [turn(20)])
    assert client.get("/api/calls/a/records").json() == [record_to_dict(r) for r in records]
    assert client.get("/api/calls/latest/records?after=2").json() == [record_to_dict(r) for r in records[2:]]
    assert client.get("/api/calls/a/records?after=3").json() == []


def test_health_and_clock(client: TestClient) -> None:
    assert client.get("/api/health").json() == {"status": "ok", "unkept": 0}
    assert client.get("/api/clock").json()["now_ms"] > 1.7e12


def test_a_store_that_fails_is_said(client: TestClient, centre: Centre) -> None:
    assert client.get("/api/clock").status_code == 200
    centre.store.close()
    centre.store.database.path.write_bytes(b"broken" * 1000)
    centre.store.database.path.with_name("calls.db-wal").unlink(missing_ok=True)
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert "calls.db" in answer.json()["detail"]  # whoever was signed in before is still known
    nobody = TestClient(centre.app, base_url=ADDRESS, headers={"origin": ADDRESS})
    assert nobody.get("/api/health").json() == {"status": "failing"}
    refused = nobody.post("/api/session", json={"login": "lin", "password": "x"})
    assert (refused.status_code, "calls.db" in refused.text) == (503, False)


def test_a_dashboard_that_is_not_built_says_how(client: TestClient) -> None:
    assert client.get("/", follow_redirects=False).headers["location"] == "/agent"
    answer = client.get("/agent")
    assert answer.status_code == 503
    assert "make setup" in answer.text
    assert client.get("/assets/index.js").status_code == 404


def test_the_built_dashboard_is_served(client: TestClient, centre: Centre) -> None:
    (centre.dist / "assets").mkdir(parents=True)
    (centre.dist / "index.html").write_text("<p>page</p>", encoding="utf-8")
    (centre.dist / "assets" / "index-1234.js").write_text("1", encoding="utf-8")
    for path in ("/agent", "/agent/a"):
        page = client.get(path)
        assert (page.status_code, page.text) == (200, "<p>page</p>")
        assert page.headers["cache-control"] == "no-cache"
        assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "immutable" in client.get("/assets/index-1234.js").headers["cache-control"]
    assert client.get("/nothing").status_code == 404
    assert client.get("/../calls.db").status_code == 404


def test_a_mistyped_address_is_a_page_for_a_browser_and_a_plain_404_for_a_program(
    client: TestClient, centre: Centre
) -> None:
    centre.dist.mkdir(parents=True)
    (centre.dist / "index.html").write_text("<p>page</p>", encoding="utf-8")
    browser = {"accept": "text/html,application/xhtml+xml"}
    for path in ("/agents", "/floors/today"):
        answer = client.get(path, headers=browser)
        assert (answer.status_code, answer.text) == (404, "<p>page</p>")
        assert answer.headers["cache-control"] == "no-cache"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "page" not in client.get(path).text
    for path in ("/api/nothing", "/assets/old-1234.js", "/ws/nothing", "/metrics/x"):
        answer = client.get(path, headers=browser)
        assert answer.status_code == 404
        assert "page" not in answer.text


def test_a_mistyped_address_of_a_dashboard_that_is_not_built_is_a_404(client: TestClient) -> None:
    assert client.get("/agents", headers={"accept": "text/html"}).status_code == 404


@pytest.mark.parametrize(
    ("bound", "host", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("127.0.0.1", "localhost", 200),
        ("127.0.0.1", "evil.example", 403),
        ("127.0.0.1", "192.168.1.5", 403),
        ("0.0.0.0", "192.168.1.5:8000", 200),
        ("0.0.0.0", "evil.example", 403),
        ("0.0.0.0", "coach.example.com", 200),
    ],
)
def test_names_the_server_answers_to(centre: Centre, bound: str, host: str, status: int) -> None:
    app = centre.make_app(host=bound, hosts=("coach.example.com",))
    assert TestClient(app).get("/api/health", headers={"host": host}).status_code == status


def test_a_page_of_another_site_may_not_read(client: TestClient) -> None:
    assert client.get("/api/calls", headers={"origin": "http://evil.example"}).status_code == 403


def test_a_taken_port_is_one_clear_line() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert address_of(taken) == f"http://127.0.0.1:{port}"
        with pytest.raises(SettingsError, match=f"port {port} on 127.0.0.1 is taken"):
            bind("127.0.0.1", port)


def test_an_address_of_nobody_is_refused() -> None:
    with pytest.raises(SettingsError, match="cannot listen on"):
        bind("203.0.113.1", 8000)


def test_address_of_any_is_one_a_browser_can_open() -> None:
    with socket.socket() as bound:
        bound.bind(("0.0.0.0", 0))
        assert address_of(bound).startswith("http://127.0.0.1:")
