"""What a lead does on the floor: help asked for is taken, a sentence sent, closed; and what is told of it after."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.events.call import PhaseChanged
from pipeline.events.help import HelpClosed, HelpReceived, HelpTaken, WhisperSent
from pipeline.events.prompts import PromptTold
from pipeline.people.audit import Audit
from pipeline.people.permissions import Action, Role
from pipeline.ports import HelpMessage
from pipeline.store.cases import SqlCases
from tests.server.conftest import ADDRESS, AGENT, Call, Centre
from tests.server.office import CALLS, office_of
from tests.server.test_floor import WS, Page
from tests.waiting import wait_until


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


@contextmanager
def floor_of(centre: Centre, app: FastAPI, login: str = "lead", team: str = "a") -> Iterator[tuple[TestClient, Page]]:
    centre.page("lin", Role.AGENT, team="a")
    centre.page("chen", Role.AGENT, team="a", agent_id="2")
    headers = centre.page(login, Role.LEAD, team=team)
    with (
        TestClient(app, base_url=ADDRESS, headers=headers) as client,
        client.websocket_connect(WS + "/ws/floor") as socket,
    ):
        page = Page(socket)
        page.hear()
        yield client, page


def ask(centre: Centre, name: str = "live", kind: str = "help", reason: str = "") -> Call:
    """The agent asks for help, and the call's next slice takes it."""
    call = centre.calls.get(name) or centre.call(name, CALLS["team"])
    call.session.mailbox.put(HelpMessage(kind, reason))  # type: ignore[arg-type]
    take(call)
    return call


def take(call: Call) -> None:
    call.feed([note for note in call.session.take() if not isinstance(note, PromptTold)])


def told(call: Call, kind: type) -> list[Any]:
    """What the call has been told, slice after slice."""
    take(call)
    return [record.event for record in call.records if isinstance(record.event, kind)]


def test_help_is_taken_and_closed(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        call = ask(centre, reason="superior")
        page.until(lambda page: page.cases)
        [case] = page.cases.values()
        assert (case["cause"], case["detail"], case["rank"], case["agent_id"]) == ("help", "superior", "critical", "2")
        wait_until(lambda: told(call, HelpReceived))
        assert told(call, HelpReceived)[0].by == ("Lead",)
        lead = centre.person("lead").id
        taken = client.post(f"/api/floor/cases/{case['id']}/take").json()["taken"]
        assert (taken["by_id"], taken["by"], taken["is_here"]) == (lead, "Lead", True)
        page.until(lambda page: page.cases[case["id"]]["taken"])
        wait_until(lambda: told(call, HelpTaken))
        assert (told(call, HelpTaken)[0].by, told(call, HelpTaken)[0].actor) == ("Lead", lead)
        page.until(lambda page: page.calls["live"]["digest"]["help"].get("taken_by") == "Lead")
        assert client.post(f"/api/floor/cases/{case['id']}/close", json={"reason": "已派师傅"}).status_code == 200
        page.until(lambda page: not page.cases)
        wait_until(lambda: told(call, HelpClosed))
        assert (told(call, HelpClosed)[0].because, told(call, HelpClosed)[0].by) == ("closed", "Lead")
        page.until(lambda page: "help" not in page.calls["live"]["digest"])
        assert client.post(f"/api/floor/cases/{case['id']}/take").status_code == 404
    rows = [row for row in centre.audit.rows() if row.action == "floor.help"]
    assert [(row.actor, row.object, '"take"' in row.details) for row in rows] == [
        (lead, "live", False), (lead, "live", True),
    ]  # fmt: skip


def test_several_causes_of_an_agent_are_closed_at_once_or_not_at_all(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        call = ask(centre)
        call.feed([PhaseChanged(call.at_ms, "complaint")])
        page.until(lambda page: len(page.cases) == 2)
        first, second = (f"/api/floor/cases/{id}" for id in page.cases)
        ids = list(page.cases)
        for also, status in ((["nobody's"], 404), ([5], 422), ("no list", 422)):
            assert client.post(f"{first}/close", json={"reason": "好了", "also": also}).status_code == status
        assert len([row for row in centre.audit.rows() if row.action == "floor.help"]) == 0
        other = TestClient(app, base_url=ADDRESS, headers=centre.page("wang", Role.LEAD, team="a"))
        assert other.post(f"{second}/take").status_code == 200  # and the first with it, where it is no call for help
        assert client.post(f"{first}/close", json={"reason": "好了", "also": ids[1:]}).status_code == 409
        twice = [*ids, *ids[1:]]  # said twice it is closed once
        assert other.post(f"{first}/close", json={"reason": "好了", "also": twice}).status_code == 200
        page.until(lambda page: not page.cases)
        wait_until(lambda: all(case["closed_at"] for case in client.get("/api/floor/cases").json()["cases"]))
        told_of = client.get("/api/floor/cases").json()["cases"]
        assert [(case["closed_because"], case["closed_reason"]) for case in told_of] == [("closed", "好了")] * 2
    [row, _] = [row for row in centre.audit.rows() if row.action == "floor.help"]
    assert ('"also"' in row.details, '"close"' in row.details) == (True, True)


def test_what_is_answered_is_kept(centre: Centre, app: FastAPI) -> None:
    """A process that is killed right behind the answer forgets no deed."""
    cases = SqlCases(centre.registry.database)
    with floor_of(centre, app) as (client, page):
        for turn in range(5):  # behind the floor's own keeping, which comes four times a second
            ask(centre, name := f"live-{turn}")
            page.until(lambda page, name=name: any(case["call_id"] == name for case in page.cases.values()))
            id = next(case["id"] for case in page.cases.values() if case["call_id"] == name)
            client.post(f"/api/floor/cases/{id}/take")
            assert next(case for case in cases.recent(0) if case.id == id).taken_by == centre.person("lead").id
            client.post(f"/api/floor/cases/{id}/close", json={"reason": "好了"})
            assert next(case for case in cases.recent(0) if case.id == id).reason == "好了"


def test_the_agent_who_withdraws_closes_it(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (_, page):
        ask(centre)
        page.until(lambda page: page.cases)
        ask(centre, kind="help_withdrawn")
        page.until(lambda page: not page.cases)


def test_of_two_leads_one_has_it_and_another_teams_sees_nothing(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        ask(centre)
        page.until(lambda page: page.cases)
        path = f"/api/floor/cases/{next(iter(page.cases))}"
        assert client.post(f"{path}/take").status_code == client.post(f"{path}/take").status_code == 200
        other = TestClient(app, base_url=ADDRESS, headers=centre.page("wang", Role.LEAD, team="a"))
        foreign = TestClient(app, base_url=ADDRESS, headers=centre.page("li", Role.LEAD, team="c"))
        assert [other.post(f"{path}/{deed}").status_code for deed in ("take", "close")] == [409, 409]
        assert [foreign.post(f"{path}/{deed}").status_code for deed in ("take", "close")] == [404, 404]
        assert client.post(f"{path}/close", json={"reason": "两\n行"}).status_code == 422


def test_of_two_leads_at_the_same_moment_one_is_noted(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        ask(centre)
        page.until(lambda page: page.cases)
        path = f"/api/floor/cases/{next(iter(page.cases))}/take"
        leads = [centre.page(login, Role.LEAD, team="a") for login in ("lead", "wang", "li")]
        with ThreadPoolExecutor() as threads:
            took = list(threads.map(lambda headers: client.post(path, headers=headers).status_code, leads * 2))
    rows = [row for row in centre.audit.rows() if row.action == "floor.help"]
    assert len({row.actor for row in rows}) == 1
    assert took.count(200) == len(rows) == 2  # whoever has it has it


@pytest.mark.parametrize("deed", ["take", "close"])
def test_a_withdrawal_while_a_deed_is_noted_comes_after_it(
    centre: Centre, app: FastAPI, deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row of the audit tells what happened: the lead had it, and then it was withdrawn."""
    note = Audit.note
    with floor_of(centre, app) as (client, page):
        ask(centre)
        page.until(lambda page: page.cases)
        [case] = page.cases.values()

        def late(audit: Audit, *told: Any, **more: Any) -> Any:
            row = note(audit, *told, **more)
            if told[1] is Action.FLOOR_HELP:
                ask(centre, kind="help_withdrawn")
                page.until(lambda page: "help" not in page.calls["live"]["digest"])
                page.hear()  # and the floor has looked again
            return row

        monkeypatch.setattr(Audit, "note", late)
        assert client.post(f"/api/floor/cases/{case['id']}/{deed}").status_code == 200
        wait_until(lambda: client.get("/api/floor/cases").json()["cases"][0]["closed_at"])
        [past] = client.get("/api/floor/cases").json()["cases"]
        assert past["closed_because"] == ("withdrawn" if deed == "take" else "closed")
        assert (past["taken"] is not None) == (deed == "take")
    assert [row.outcome for row in centre.audit.rows() if row.action == "floor.help"] == ["done"]


def test_a_number_in_a_reason_or_a_sentence_is_shown_to_no_other_lead(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        call = ask(centre)
        page.until(lambda page: page.cases)
        path = f"/api/floor/cases/{next(iter(page.cases))}/close"
        assert client.post(path, json={"reason": "\u200b\u3164"}).status_code == 422
        assert client.post("/api/calls/live/whispers", json={"text": "回电13812346021"}).status_code == 200
        take(call)
        page.until(lambda page: page.calls["live"]["digest"].get("whisper"))
        assert page.calls["live"]["digest"]["whisper"]["text"] == "回电［手机号］"
        assert client.post(path, json={"reason": "已回电13812346021"}).status_code == 200
        wait_until(lambda: "已回电" in client.get("/api/floor/cases").text)
        told = [client.get(f"/api/floor/{what}").text for what in ("cases", "day", "day.csv")]
    assert ["已回电［手机号］" in one and "1381234" not in one for one in told] == [True] * 3


@pytest.mark.parametrize("said", ["", "一" * 25, "两\n行", "   ", 5, "\u200b\u3164"])
def test_a_sentence_is_one_line_of_24_characters(centre: Centre, app: FastAPI, said: object) -> None:
    with floor_of(centre, app) as (client, _):
        call = centre.call("live", CALLS["team"])
        assert client.post("/api/calls/live/whispers", json={"text": said}).status_code == 422
        assert told(call, WhisperSent) == []


def test_a_sentence_reaches_the_call_once(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        call = centre.call("live", CALLS["team"])
        answer = client.post("/api/calls/live/whispers", json={"text": "今晚 19:00 可派师傅"})
        [sent] = told(call, WhisperSent)
        assert (answer.status_code, answer.json()) == (200, {"whisper": sent.whisper})
        assert (sent.text, sent.by, sent.actor) == ("今晚 19:00 可派师傅", "Lead", centre.person("lead").id)
        page.until(lambda page: page.calls.get("live", {}).get("digest", {}).get("whisper"))


def test_a_lead_asks_for_the_call_by_a_sentence_and_the_audit_says_so(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, _):
        call = centre.call("live", CALLS["team"])
        said = {"text": "请把电话转给我，我来接", "transfer": True}
        assert client.post("/api/calls/live/whispers", json=said).status_code == 200
        assert client.post("/api/calls/live/whispers", json=said | {"transfer": "x"}).status_code == 422
        assert [sent.text for sent in told(call, WhisperSent)] == ["请把电话转给我，我来接"]
    assert [row.details for row in centre.audit.rows() if row.action == "floor.help"] == ['{"deed":"transfer"}']


def test_a_sentence_that_is_sent_again_is_told_once(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, _):
        call = centre.call("live", CALLS["team"])
        said = {"text": "今晚可派师傅", "whisper": "0f3a-1"}
        answers = [client.post("/api/calls/live/whispers", json=said) for _ in range(2)]
        assert [(one.status_code, one.json()) for one in answers] == [(200, {"whisper": "0f3a-1"})] * 2
        assert [one.whisper for one in told(call, WhisperSent)] == ["0f3a-1"]
        client.post("/api/calls/live/whispers", json=said | {"whisper": "0f3a-2"})
        assert [one.whisper for one in told(call, WhisperSent)] == ["0f3a-1", "0f3a-2"]
        for wrong in ("", "a b", "a" * 37, 5):
            assert client.post("/api/calls/live/whispers", json=said | {"whisper": wrong}).status_code == 422


def test_the_plan_is_arranged_and_stays(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        [plan] = client.get("/api/floor/plan").json()["teams"]
        assert [(one["agent_id"], one["position"]) for one in plan["seats"]] == [("2", 0), (AGENT, 1)]
        moved = {"team": "a", "version": plan["version"], "positions": {"2": 4, AGENT: 0}}
        saved = client.put("/api/floor/plan", json=moved)
        assert saved.status_code == 200
        assert client.get("/api/floor/plan").json()["teams"] == [saved.json()]  # at once
        page.until(lambda page: page.seats["2"]["position"] == 4)
        known = {"team": "a", "version": saved.json()["version"]}
        for wrong in ({"2": 0}, {"2": 1, AGENT: 1}, {"2": 0, AGENT: "1"}, None):
            assert client.put("/api/floor/plan", json=known | {"positions": wrong}).status_code == 422
        assert client.put("/api/floor/plan", json={"team": "a", "positions": moved["positions"]}).status_code == 422
        assert client.put("/api/floor/plan", json=known | {"team": "c", "positions": {}}).status_code == 404
    assert [row.object for row in centre.audit.rows() if row.action == "floor.arrange"][-1] == "a"


def test_of_two_who_arrange_one_plan_the_second_is_told_and_nothing_is_lost(centre: Centre, app: FastAPI) -> None:
    other = TestClient(app, base_url=ADDRESS, headers=centre.page("wang", Role.LEAD, team="a"))
    with floor_of(centre, app) as (client, _):
        [seen] = client.get("/api/floor/plan").json()["teams"]
        assert (seen["by"], seen["at"]) == ("", None)
        known = {"team": "a", "version": seen["version"]}
        theirs = other.put("/api/floor/plan", json=known | {"positions": {"2": 7, AGENT: 1}}).json()
        assert (theirs["by"], theirs["at"] > 0) == ("Wang", True)
        mine = known | {"positions": {"2": 3, AGENT: 0}}
        refused = client.put("/api/floor/plan", json=mine)
        assert (refused.status_code, refused.json()["reason"], refused.json()["plan"]) == (409, "outdated", theirs)
        assert client.get("/api/floor/plan").json()["teams"] == [theirs]
        over = client.put("/api/floor/plan", json=mine | {"version": theirs["version"]})
        assert (over.status_code, over.json()["by"]) == (200, "Lead")
        known["version"] = over.json()["version"]
        saves = [known | {"positions": {"2": at, AGENT: 0}} for at in range(4, 8)]
        with ThreadPoolExecutor() as threads:
            took = list(threads.map(lambda save: client.put("/api/floor/plan", json=save).status_code, saves))
        assert sorted(took) == [200, 409, 409, 409]
    assert len([row for row in centre.audit.rows() if row.action == "floor.arrange"]) == 3


def test_who_has_come_meanwhile_makes_another_plan(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        [seen] = client.get("/api/floor/plan").json()["teams"]
        centre.page("new", Role.AGENT, team="a", agent_id="3")
        page.until(lambda page: "3" in page.seats)
        save = {"team": "a", "version": seen["version"], "positions": {"2": 5, AGENT: 1}}
        refused = client.put("/api/floor/plan", json=save)
        assert (refused.status_code, refused.json()["plan"]["at"]) == (409, None)  # nobody has arranged it
        assert [one["agent_id"] for one in refused.json()["plan"]["seats"]] == ["2", AGENT, "3"]


def test_what_happened_is_told_at_the_end_of_a_shift(centre: Centre, app: FastAPI) -> None:
    with floor_of(centre, app) as (client, page):
        ask(centre)
        page.until(lambda page: page.cases)
        path = f"/api/floor/cases/{next(iter(page.cases))}"
        client.post(f"{path}/take")
        client.post(f"{path}/close", json={"reason": "=已处理"})
        wait_until(lambda: any(case["closed_at"] for case in client.get("/api/floor/cases").json()["cases"]))
        [past] = client.get("/api/floor/day").json()["cases"]
        assert (past["name"], past["closed_by"], past["closed_reason"]) == ("Chen", "Lead", "=已处理")
        figures = client.get("/api/floor/day").json()["figures"]
        assert figures["total"]["take_s"] is not None
        assert client.get("/api/floor/day?day=2020-01-01").json()["cases"] == []
        for unheard_of in ("0001-01-01", "9999-12-31"):
            assert client.get(f"/api/floor/day.csv?day={unheard_of}").status_code == 422
        rows = list(csv.reader(io.StringIO(client.get("/api/floor/day.csv?english=true").text.removeprefix("\ufeff"))))
        assert rows[0][:3] == ["day", "hour", "calls"]
        assert "'=已处理" in rows[-1]
        assert rows[-1][3] == "help"
        assert rows[-2][0].startswith("since (UTC")  # whose clock it is
        rows = list(csv.reader(io.StringIO(client.get("/api/floor/day.csv").text.removeprefix("\ufeff"))))
        assert (rows[0][1], rows[-2][3], rows[-1][3], rows[-1][9]) == ("小时", "事由", "求助", "办结")
        assert [len(row) for row in rows if row[1:2] == ["全天"]] == [len(rows[0])]
    foreign = TestClient(app, base_url=ADDRESS, headers=centre.page("li", Role.LEAD, team="c"))
    assert foreign.get("/api/floor/cases").json()["cases"] == []
