"""What another site may learn through a browser of somebody who uses callcoach: nothing, not even what there is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pipeline.events.call import CallFacts, FactsNoted
from pipeline.server.app import Edges
from pipeline.session.recordings import FolderRecordings
from tests.server.conftest import ADDRESS, AGENT, Centre, turn


@pytest.fixture
def browser(centre: Centre, tmp_path: Path) -> Iterator[TestClient]:
    folder = tmp_path / "recordings"
    folder.mkdir()
    centre.finished_call("a", [FactsNoted(20, CallFacts(agent_id=AGENT, recording_consent=True)), turn(20)])
    (folder / "a.flac").write_bytes(b"fLaC" + bytes(10_000))
    app = centre.make_app(Edges(recordings=FolderRecordings(folder)))
    with TestClient(app, base_url=ADDRESS, headers={"cookie": centre.page()["cookie"]}) as client:
        yield client


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_gets_the_same_answer_whatever_there_is(browser: TestClient, site: str) -> None:
    paths = (
        "/api/calls/a/audio",
        "/api/calls/b/audio",
        "/api/calls",
        "/api/nothing",
        "/metrics",
        "/api/calls/a/records",
    )
    embedding = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "audio", "range": "bytes=0-"}
    answers = [browser.get(path, headers=embedding) for path in paths]
    answers.append(browser.head("/api/calls/a/audio", headers=embedding))
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers[:-1]}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    with pytest.raises(WebSocketDisconnect):
        browser.websocket_connect("ws://127.0.0.1:8000/ws/calls/a", headers={"sec-fetch-site": site}).__enter__()


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_pages_and_a_typed_address_are_answered(browser: TestClient, site: str) -> None:
    assert browser.get("/api/calls/a/audio", headers={"sec-fetch-site": site}).status_code == 200


def test_a_link_from_another_site_opens_the_page(browser: TestClient) -> None:
    assert browser.get("/", headers={"sec-fetch-site": "cross-site"}, follow_redirects=False).status_code == 307


@pytest.mark.parametrize("path", ["/api/calls/a/audio", "/api/calls/b/audio", "/api/calls", "/api/health", "/metrics"])
def test_a_browser_keeps_nothing_of_calls(browser: TestClient, path: str) -> None:
    for headers in ({}, {"range": "bytes=0-3"}, {"sec-fetch-site": "cross-site"}):
        answer = browser.get(path, headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/agent", "/icon.svg", "/nothing"])
def test_nothing_can_be_embedded_elsewhere(browser: TestClient, path: str) -> None:
    answer = browser.get(path, follow_redirects=False)
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_serving_to_other_machines_asks_no_name_server(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full name comes from one; `hosts` of [server] takes it."""
    monkeypatch.setattr(socket, "getfqdn", lambda: pytest.fail("asked for our own name"))
    app = centre.make_app(host="0.0.0.0")
    with TestClient(app, base_url=f"http://{socket.gethostname()}:8000") as client:
        assert client.get("/api/health").status_code == 200
