"""Signing in and out, one-time links, and what a browser must show with them."""

from __future__ import annotations

import asyncio
import threading

import pytest
from fastapi import FastAPI, HTTPException
from starlette.testclient import TestClient

from pipeline.people.entrance import LinkPurpose
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.turns import AT_ONCE, WAITING
from pipeline.server.sign_in import Door
from tests.server.conftest import ADDRESS, PORT, Centre, hint
from tests.server.test_sockets import WS, seqs
from tests.waiting import LIMIT_S

PASSWORD = "qing feng ming yue 9"
PAGE = {"origin": ADDRESS}
NO_HEADSET = 409  # what whoever may begin calls is told here


def near(app: FastAPI, **headers: str) -> TestClient:
    client = ("192.0.2.7", 5000)
    return TestClient(app, base_url=ADDRESS, client=client, headers=headers, follow_redirects=False)


def secret_of(centre: Centre, purpose: LinkPurpose, login: str | None = None) -> str:
    user_id = centre.person(login).id if login is not None else None
    return centre.registry.accounts.make_link(purpose, user_id)[0]


@pytest.fixture
def first(centre: Centre) -> TestClient:
    """The browser of the first administrator."""
    browser = near(centre.app, **PAGE)
    chosen = {"password": PASSWORD, "company": "锦和物业", "name": "郑岩", "login": "zhengyan"}
    told = browser.post("/api/links/use", json={"secret": secret_of(centre, LinkPurpose.FIRST), **chosen})
    assert told.status_code == 200
    return browser


def test_the_first_link_makes_the_administrator(centre: Centre) -> None:
    browser = near(centre.app, **PAGE)
    assert browser.get("/api/session").json() == {"person": None, "company": "", "is_first_run": True, "desk": None}
    secret = secret_of(centre, LinkPurpose.FIRST)
    looked = browser.post("/api/links/look", json={"secret": secret}).json()
    assert (looked["purpose"], looked["login"]) == ("first", "")
    chosen = {"secret": secret, "company": "锦和物业", "name": "郑岩", "login": "zhengyan"}
    short = browser.post("/api/links/use", json={**chosen, "password": "short"})
    assert (short.status_code, short.json()["reason"]) == (422, "short")
    made = browser.post("/api/links/use", json={**chosen, "password": PASSWORD})
    told = made.json()
    assert (told["company"], told["is_first_run"]) == ("锦和物业", False)
    assert (told["person"]["name"], told["person"]["role"]) == ("郑岩", "admin")
    assert "people.change" in told["person"]["may"]
    assert browser.get("/api/session").json() == told
    assert browser.post("/api/links/use", json={**chosen, "password": PASSWORD}).status_code == 410
    unknown = browser.post("/api/links/look", json={"secret": "never was"})
    assert unknown.status_code == 404
    assert "callcoach users link" in unknown.json()["detail"]
    refused = [(row.action, row.actor) for row in centre.audit.rows() if row.outcome == "refused"]
    assert refused == [("link.use", None)]  # once for all that one address tries


def test_in_and_out(centre: Centre, first: TestClient) -> None:
    assert first.delete("/api/session").status_code == 204
    assert first.get("/api/session").json()["person"] is None
    answer = first.post("/api/session", json={"login": "ZhengYan", "password": PASSWORD})
    assert answer.status_code == 200
    given = answer.headers["set-cookie"].lower()
    assert given.startswith(f"callcoach-{PORT}=")
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in given.split(";")}
    assert "secure" not in given
    deeds = [(row.action, row.outcome) for row in centre.audit.rows()]
    assert deeds == [("session.begin", "done"), ("session.end", "done"), ("link.use", "done")]


def test_a_wrong_name_and_a_wrong_password_are_told_the_same_and_get_slow(centre: Centre, first: TestClient) -> None:
    stranger = near(centre.app, **PAGE)
    known = stranger.post("/api/session", json={"login": "zhengyan", "password": "wrong"})
    unknown = stranger.post("/api/session", json={"login": "nobody", "password": "wrong"})
    assert known.status_code == unknown.status_code == 401
    assert known.json()["detail"] == unknown.json()["detail"]
    assert known.json()["tries_left"] >= unknown.json()["tries_left"] > 0
    assert known.json()["wait_s"] == 0
    answers = [stranger.post("/api/session", json={"login": "nobody", "password": "wrong"}) for _ in range(8)]
    last = next(one.json() for one in answers if one.json().get("tries_left") == 0)
    assert 29 < last["wait_s"] <= 30  # told with the last one that was looked at, not only with the next
    slow = answers[-1]
    assert slow.status_code == 429
    assert 0 < slow.json()["wait_s"] <= int(slow.headers["retry-after"]) + 1
    refused = [(row.action, row.actor, row.object) for row in centre.audit.rows() if row.outcome == "refused"]
    assert ("session.begin", None, centre.person("zhengyan").id) in refused
    assert ("session.slow", None, None) in refused


def test_strangers_keep_nobody_out_of_the_browser_they_signed_out_of(centre: Centre, first: TestClient) -> None:
    assert first.delete("/api/session").status_code == 204
    stranger, given = near(centre.app, **PAGE), {"login": "zhengyan", "password": PASSWORD}
    for _ in range(5):
        stranger.post("/api/session", json={**given, "password": "a guess of somebody"})
    assert stranger.post("/api/session", json=given).status_code == 429
    assert first.get("/api/session").json()["person"] is None
    assert first.post("/api/session", json=given).status_code == 200


def test_few_are_looked_at_some_wait_and_more_are_told_to_come_again(centre: Centre) -> None:
    go, begun = threading.Event(), threading.Semaphore(0)

    def look() -> str:
        begun.release()
        assert go.wait(LIMIT_S)
        return "looked at"

    async def many() -> list[str]:
        door = Door(centre.app.state.gate)
        asked = [asyncio.create_task(door.slowly(look)) for _ in range(AT_ONCE + WAITING)]
        for _ in range(AT_ONCE):
            assert await asyncio.to_thread(begun.acquire, timeout=LIMIT_S)
        assert not begun.acquire(blocking=False)
        with pytest.raises(HTTPException, match="try again in 5 s") as busy:
            await door.slowly(look)
        assert (busy.value.status_code, busy.value.headers) == (503, {"Retry-After": "5"})
        go.set()
        return await asyncio.gather(*asked)

    assert asyncio.run(many()) == ["looked at"] * (AT_ONCE + WAITING)


@pytest.mark.parametrize(("path", "who"), [("/api/session", {"login": "lin"}), ("/api/links/use", {"secret": "any"})])
def test_whoever_is_told_to_come_again_is_not_counted(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, path: str, who: dict[str, str]
) -> None:
    monkeypatch.setattr("pipeline.people.turns.WAITING", 0)
    for _ in range(6):
        busy = near(centre.app, **PAGE).post(path, json={**who, "password": PASSWORD})
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
    assert centre.audit.rows() == []


@pytest.mark.parametrize("body", [{}, {"login": "a"}, {"login": "a", "password": 7}, {"login": "", "password": "x"}])
def test_what_is_no_name_and_password(centre: Centre, body: dict[str, object]) -> None:
    assert near(centre.app, **PAGE).post("/api/session", json=body).status_code == 422


@pytest.mark.parametrize("path", ["/api/session", "/api/links/look", "/api/links/use"])
def test_only_a_page_of_this_server_signs_in(centre: Centre, path: str) -> None:
    for headers in ({}, {"sec-fetch-site": "none"}):
        assert near(centre.app, **headers).post(path, json={}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "has_cookie", "status"),
    [
        ({}, False, 401),
        ({"origin": ADDRESS}, False, 401),  # any process of this machine can say so
        ({"sec-fetch-site": "same-origin"}, False, 401),
        ({"origin": ADDRESS}, True, NO_HEADSET),
        ({"sec-fetch-site": "same-origin"}, True, NO_HEADSET),
        ({}, True, 401),
        ({"sec-fetch-site": "same-site"}, True, 403),  # of another port of this host, where the cookie goes too
        ({"origin": "http://127.0.0.1:8001"}, True, 403),
        ({"origin": "null"}, True, 403),
        ({"origin": "http://["}, True, 403),
        ({"origin": "http://evil.example", "host": "evil.example"}, True, 403),
        ({"origin": ADDRESS, "authorization": "Bearer wrong"}, True, 401),
        ({"origin": ADDRESS, "authorization": "Basic of a proxy"}, True, NO_HEADSET),
        ({"authorization": "telephone"}, False, NO_HEADSET),
        ({"authorization": "records"}, False, 403),
        ({"authorization": "Bearer ä"}, False, 401),
    ],
)
def test_what_a_change_takes(centre: Centre, headers: dict[str, str], has_cookie: bool, status: int) -> None:
    if (role := headers.get("authorization")) in set(MachineRole):
        headers = centre.bearer(MachineRole(role))
    cookie = {"cookie": centre.page()["cookie"]} if has_cookie else {}
    sent = [(name.encode(), value.encode("latin-1")) for name, value in {**cookie, **headers}.items()]
    answer = near(centre.app).post("/api/calls", headers=sent)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)


def test_the_link_of_a_desk_works_once_and_its_session_goes_on(centre: Centre) -> None:
    centre.page()
    path = f"/agent?key={secret_of(centre, LinkPurpose.DESK, 'lin')}&call=a%26b"
    page, other = near(centre.app), near(centre.app)
    opened = page.get(path)
    assert (opened.status_code, opened.headers["location"]) == (303, "/agent?call=a%26b")
    assert opened.headers["cache-control"] == "no-store"
    assert page.get("/api/session").json()["person"]["login"] == "lin"
    again = other.get(path)
    assert (again.status_code, again.headers["location"]) == (303, "/login?link=gone&next=%2Fagent%3Fcall%3Da%2526b")
    assert "set-cookie" not in again.headers
    assert other.get("/agent?call=a%26b").headers["location"] == "/login?next=%2Fagent%3Fcall%3Da%2526b"
    assert page.get(path).status_code == 303  # who has opened it clicks it again
    assert page.get("/api/session").json()["person"]["login"] == "lin"


def test_the_link_of_a_password_signs_nobody_in_by_being_opened(centre: Centre) -> None:
    centre.page()
    browser = near(centre.app)
    assert "set-cookie" not in browser.get(f"/agent?key={secret_of(centre, LinkPurpose.INVITE, 'lin')}").headers


def test_behind_tls_the_cookie_goes_over_tls_only(centre: Centre) -> None:
    centre.page()
    page = TestClient(centre.app, base_url=ADDRESS.replace("http", "https"), follow_redirects=False)
    given = page.get(f"/agent?key={secret_of(centre, LinkPurpose.DESK, 'lin')}").headers["set-cookie"]
    assert "secure" in given.lower()


@pytest.mark.parametrize(("role", "is_heard"), [(Role.AGENT, True), (Role.QA, False), (MachineRole.TELEPHONE, False)])
def test_whose_answers_to_hints_are_heard(centre: Centre, role: Role | MachineRole, is_heard: bool) -> None:
    match role:
        case Role.AGENT:
            headers = centre.page()
        case Role.QA:
            headers = centre.page("qa", Role.QA, assigned=("*",))
        case _:
            headers = centre.bearer(MachineRole(role))
    centre.call("a").feed([hint(20, 1)])
    with near(centre.app).websocket_connect(WS + "/ws/calls/a", headers=headers) as socket:
        assert seqs(socket, 2) == [1, 2]
        socket.send_json({"type": "done", "hint_seq": 2})
        socket.send_json({"type": "done", "hint_seq": 99})
        said = socket.receive_json()["message"]
    assert ("may only read" in said) is not is_heard
    refused = [(row.action, row.object) for row in centre.audit.rows() if row.outcome == "refused"]
    assert refused == ([] if is_heard else [("call.answer", "a")])
    taken = centre.calls["a"].session.take()
    assert [note.actor for note in taken] == ([centre.person().id] if is_heard else [])  # type: ignore[union-attr]
