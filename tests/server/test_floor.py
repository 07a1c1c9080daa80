"""The floor over its websocket: all of it first, then what changes; whose calls a lead sees; what is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from pipeline.events.call import CallEnded, CallFacts, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.help import HelpAsked
from pipeline.events.words import WordsHeard
from pipeline.people.entrance import Origin
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.team_settings import TeamSettings
from pipeline.server.needs import CLOSE_NOT_SIGNED_IN
from tests.server.conftest import ADDRESS, AGENT, Centre, turn
from tests.server.office import CALLS, office_of

WS = ADDRESS.replace("http", "ws")
_ORIGIN = Origin("127.0.0.1")


class Page:
    """What a page of the floor knows: a fold over what it is told."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket
        self.kinds: list[str] = []
        self.seats: dict[str, Any] = {}
        self.calls: dict[str, Any] = {}
        self.cases: dict[str, Any] = {}
        self.first: dict[str, Any] = {}

    def hear(self) -> None:
        """One message that is no heartbeat."""
        while (told := json.loads(self.socket.receive_text()))["type"] == "alive":
            self.socket.send_text('{"type":"alive"}')
        self.kinds.append(told["type"])
        if told["type"] == "snapshot":
            self.first, self.seats, self.calls, self.cases = told, {}, {}, {}
        self.seats |= {seat["agent_id"]: seat for seat in told["seats"]}
        self.calls |= {call["call_id"]: call for call in told["calls"]}
        self.cases |= {case["id"]: case for case in told["cases"]}
        for call_id in told.get("gone", ()):
            self.calls.pop(call_id, None)
        for case_id in told.get("closed", ()):
            self.cases.pop(case_id, None)

    def until(self, holds: Callable[[Page], object]) -> None:
        for _ in range(40):
            if holds(self):
                return
            self.hear()
        raise AssertionError(f"it never held: {self.calls} {self.cases}")


@contextmanager
def page(app: FastAPI, headers: dict[str, str]) -> Iterator[Page]:
    with (
        TestClient(app, base_url=ADDRESS, headers=headers) as client,
        client.websocket_connect(WS + "/ws/floor") as socket,
    ):
        found = Page(socket)
        found.hear()
        yield found


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


@pytest.fixture
def lead(centre: Centre, app: FastAPI) -> dict[str, str]:
    centre.page("lin", Role.AGENT, team="a")
    centre.page("chen", Role.AGENT, team="a", agent_id="2")
    centre.page("far", Role.AGENT, team="c", agent_id="4")
    return centre.page("lead", Role.LEAD, team="a")


def words(at_ms: int, text: str, channel: Channel = Channel.CUSTOMER) -> WordsHeard:
    return WordsHeard(at_ms, channel, at_ms - 500, at_ms, text, (), 0)


def test_a_lead_has_the_seats_and_the_running_calls_of_the_team(
    app: FastAPI, centre: Centre, lead: dict[str, str]
) -> None:
    team, other = centre.call("live-a", CALLS["team"]), centre.call("live-c", CALLS["other"])
    with page(app, lead) as floor:
        assert floor.kinds == ["snapshot"]
        assert floor.first["me"] == centre.person("lead").id
        assert floor.first["teams"] == [{"name": "a", "leads": ["Lead"], "id": "a", "goal_s": 60}]
        assert {(one["agent_id"], one["position"], one["state"]) for one in floor.first["seats"]} == {
            ("2", 0, "call"), (AGENT, 1, "idle"),  # at the headset of this process
        }  # fmt: skip
        assert list(floor.calls) == ["live-a"]
        team.feed([turn(40)])
        other.feed([turn(40)])
        floor.until(lambda page: page.calls["live-a"]["digest"].get("speaking"))
        team.feed([CallEnded(100, "finished")])
        floor.until(lambda page: not page.calls)
        floor.until(lambda page: page.seats["2"]["state"] == "wrap_up")
        assert set(floor.kinds[1:]) == {"changes"}


def test_a_call_that_becomes_another_teams_is_seen_there_alone(
    app: FastAPI, centre: Centre, lead: dict[str, str]
) -> None:
    own, other = centre.call("live-a", CALLS["team"]), centre.call("live-c", CALLS["other"])
    with page(app, lead) as floor:
        own.feed([HelpAsked(40)])
        floor.until(lambda page: [one["call_id"] for one in page.cases.values()] == ["live-a"])
        own.feed([FactsNoted(60, CALLS["other"])])
        other.feed([HelpAsked(40), FactsNoted(60, CALLS["team"])])
        floor.until(lambda page: list(page.calls) == ["live-c"])
        floor.until(lambda page: [one["call_id"] for one in page.cases.values()] == ["live-c"])  # with what it needs


def test_a_seat_stays_with_its_call_whoever_its_agent_belongs_to_by_now(
    app: FastAPI, centre: Centre, lead: dict[str, str]
) -> None:
    """Moved to another team or removed, a call goes on, and it is its team's: so are its cases, and so is its seat."""
    directory, calls = centre.registry.directory, {"2": centre.call("of 2", CALLS["team"])}
    calls[AGENT] = centre.call("of lin", CALLS["own"])
    other = centre.page("other", Role.LEAD, team="c")
    with page(app, lead) as floor, page(app, other) as others:
        before = floor.seats["2"]
        directory.change(centre.person("chen").id, {"team": "c"})
        directory.remove(centre.person("lin").id)
        floor.until(lambda page: page.seats[AGENT]["name"] == AGENT)  # whose name is nowhere any more
        assert floor.seats["2"] == before
        assert set(floor.calls) == {"of 2", "of lin"}
        assert "2" not in others.seats
        calls[AGENT].feed([HelpAsked(100)])
        floor.until(lambda page: page.cases)
        for call in calls.values():
            call.feed([CallEnded(200, "finished")])
        floor.until(lambda page: list(page.seats) == [AGENT])  # and so it is counted as long as it is on the shelf
        assert [one["agent_id"] for one in floor.cases.values()] == [AGENT]
        others.until(lambda page: page.seats.get("2", {}).get("state") == "wrap_up")


def test_a_machine_that_reads_records_has_all_of_it(app: FastAPI, centre: Centre, lead: dict[str, str]) -> None:
    for name in ("team", "other"):
        centre.call(f"live {name}", CALLS[name])
    with page(app, centre.bearer(MachineRole.RECORDS)) as floor:
        assert set(floor.calls) == {"live team", "live other"}
        assert {one["team"] for one in floor.first["seats"]} == {"a", "c"}


def test_the_floor_of_a_lead_without_a_team_has_nothing(app: FastAPI, centre: Centre) -> None:
    centre.call("live", CALLS["own"])
    centre.call("nobodys", CallFacts(agent_id="9"))
    headers = centre.page("somebody", Role.LEAD)
    with page(app, headers) as floor:
        assert (floor.calls, floor.seats, floor.first["teams"]) == ({}, {}, [])
        centre.registry.accounts.end_sessions(centre.person("somebody").id)
        with pytest.raises(WebSocketDisconnect) as closed:
            floor.until(lambda page: False)
        assert closed.value.code == CLOSE_NOT_SIGNED_IN


def test_what_is_private_is_hidden_as_the_team_has_it_set(app: FastAPI, centre: Centre, lead: dict[str, str]) -> None:
    call = centre.call("live", CALLS["team"], engine="base")
    call.feed([words(900, "我的电话是一三八零零")])
    call.feed([words(1_900, "一三八零零零")])
    with page(app, lead) as floor:
        floor.until(lambda page: page.calls["live"]["digest"].get("line"))
        said = floor.calls["live"]["digest"]["line"]["text"]
        assert "一三八零零零" not in said
        call.feed([words(2_900, "漏水了")])
        floor.until(lambda page: page.calls["live"]["digest"]["line"]["text"] == "漏水了")
        settings = centre.registry.team_settings
        settings.change("a", {"masking": False}, reason="试", expected=None, actor=None, origin=_ORIGIN)
        call.feed([words(3_900, "电话一三八零零一三八零零零")])
        floor.until(lambda page: page.calls["live"]["digest"]["line"]["text"] == "电话一三八零零一三八零零零")
    assert TeamSettings().masking


def test_a_call_tells_with_whom_as_far_as_its_facts_do(app: FastAPI, centre: Centre, lead: dict[str, str]) -> None:
    call = centre.call("live", CALLS["team"])
    with page(app, lead) as floor:
        shown = [floor.calls["live"][name] for name in ("customer", "peer", "company")]
        assert shown == ["", "", ""]
        facts = replace(CALLS["team"], customer_name="张女士", peer="13812346021", company="华信")
        call.feed([FactsNoted(20, facts)])
        floor.until(lambda page: page.calls["live"]["customer"])
        assert [floor.calls["live"][name] for name in ("customer", "peer", "company")] == ["张女士", "…6021", "华信"]


def test_no_call_stays_whose_thread_has_died_or_that_is_scored_here(
    app: FastAPI, centre: Centre, lead: dict[str, str]
) -> None:
    centre.call("live", CALLS["team"])
    with page(app, lead) as floor:
        assert list(floor.calls) == ["live"]
        centre.running.end("live")  # without a word
        centre.finished_call("done", [turn(20)], CALLS["team"])
        floor.until(lambda page: not page.calls)
    with page(app, lead) as again:
        assert again.calls == {}


def test_a_page_that_comes_again_gets_all_of_it(app: FastAPI, centre: Centre, lead: dict[str, str]) -> None:
    call = centre.call("live", CALLS["team"])
    with page(app, lead) as floor:
        assert list(floor.calls) == ["live"]
    call.feed([turn(40)])
    with page(app, lead) as again:
        assert again.kinds == ["snapshot"]
        assert again.calls["live"]["digest"]["speaking"]


def test_a_telephone_system_tells_that_it_rings_and_nobody_else_of_others(
    app: FastAPI, centre: Centre, lead: dict[str, str]
) -> None:
    telephone = TestClient(app, base_url=ADDRESS, headers=centre.bearer(MachineRole.TELEPHONE))
    agent = TestClient(app, base_url=ADDRESS, headers=centre.page("wei", Role.AGENT, team="a", agent_id="7"))
    with page(app, lead) as floor:
        assert telephone.post("/api/ringing", json={"agent_id": "2"}).status_code == 204
        floor.until(lambda page: page.seats["2"]["state"] == "ringing")
        assert telephone.post("/api/ringing", json={"agent_id": "2", "ringing": False}).status_code == 204
        floor.until(lambda page: page.seats["2"]["state"] != "ringing")
        assert telephone.post("/api/ringing", json={"agent_id": "nobody"}).status_code == 404
        assert telephone.post("/api/ringing", json={"agent_id": "2", "ringing": "yes"}).status_code == 422
        assert agent.post("/api/ringing", json={"agent_id": "2"}).status_code == 404
        assert floor.seats["2"]["state"] != "ringing"
