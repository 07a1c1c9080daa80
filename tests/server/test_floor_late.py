"""What nobody takes in time reaches the leads who are not before the wall: on whatever page they are, and by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.events.help import HelpReceived
from pipeline.floor.floor import Floor
from pipeline.floor.watchers import REACHED_S, Watcher, Watchers
from pipeline.people.permissions import Role
from tests.server.conftest import ADDRESS, Centre
from tests.server.office import office_of
from tests.server.test_floor_deeds import ask, floor_of, told
from tests.waiting import wait_until


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


def test_a_lead_elsewhere_is_told_and_the_agent_by_name(
    centre: Centre, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Floor._seen
    monkeypatch.setattr(Floor, "_seen", lambda *told: replace(seen(*told), escalate_ms=1_000))
    away, other = centre.page("wang", Role.LEAD, team="a"), centre.page("li", Role.LEAD, team="c")
    with floor_of(centre, app) as (client, page):
        call = ask(centre)
        page.until(lambda page: page.cases)

        def late(who: dict[str, str]) -> object:
            return client.get("/api/floor/late", headers=who).json()

        assert late(away) == {"agents": 0}
        wait_until(lambda: told(call, HelpReceived))
        assert [one.by for one in told(call, HelpReceived)] == [("Lead",)]
        [case] = page.cases
        page.until(lambda page: page.cases[case]["escalated_at"])
        assert (late(away), late(other)) == ({"agents": 1}, {"agents": 0})
        wait_until(lambda: told(call, HelpReceived)[-1].by == ("Lead", "Wang"))
        assert told(call, HelpReceived)[-1].is_escalated
        client.post(f"/api/floor/cases/{case}/take")
        assert late(away) == {"agents": 0}
    agent = TestClient(app, base_url=ADDRESS, headers=centre.page("lin"))
    assert agent.get("/api/floor/late").status_code == 403


def test_who_has_closed_the_page_counts_as_told_no_longer() -> None:
    now_s = 0.0
    watchers = Watchers(lambda: now_s)
    watchers.reach(Watcher("u", "王敏", frozenset({"a"})))
    assert watchers.leads("a") == watchers.leads("b", reached=True) == ()
    assert watchers.leads("a", reached=True) == ("王敏",)
    now_s = REACHED_S + 1
    assert watchers.leads("a", reached=True) == ()
