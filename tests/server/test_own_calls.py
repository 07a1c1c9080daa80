"""An agent's own list: their calls alone, what became of each, and what they practise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import SilenceEnded, SilenceKind, TurnEnded
from pipeline.people.audit import Wanted
from pipeline.people.permissions import Role
from tests.reviews.cards import CARD, MISSED, card_of, item
from tests.server.conftest import ADDRESS, AGENT, Centre, hint, started
from tests.writing import add


@dataclass
class Office:
    centre: Centre
    client: TestClient
    pages: dict[str, dict[str, str]]

    def call(self, call_id: str, *more: Event, days: float = 0, agent_id: str = AGENT) -> None:
        at = datetime.now(UTC) - timedelta(days=days, minutes=1)
        facts = CallFacts(agent_id=agent_id, team="a", peer="13812346021", customer_name="张女士")
        begun: CallStarted = replace(started(call_id), started_at=at.isoformat(), facts=facts)
        add(self.centre.store, call_id, [begun, *more, CallEnded(20_000, "finished")])

    def get(self, path: str, who: str = "lin", status: int = 200) -> Any:
        answer = self.client.get(f"/api/me/{path}", headers=self.pages[who])
        assert answer.status_code == status, answer.text
        return answer.json()

    def listed(self, tab: str = "week", who: str = "lin") -> list[str]:
        return [one["call_id"] for one in self.get(f"calls?tab={tab}", who)["calls"]]

    def say(self, who: str, call_id: str, what: str, kind: str, **fields: Any) -> None:
        page, path = self.pages[who], f"/api/calls/{call_id}/review"
        seen = self.client.get(path, headers=page).json()["seen"]
        told = {"act": {"kind": kind, **fields}, "seen": seen}
        answer = self.client.post(f"{path}/{what}", json=told, headers=page)
        assert answer.status_code == 200, answer.text

    def review(self, call_id: str) -> dict[str, Any]:
        """What the list says of it, without what is nothing."""
        told = self.get(f"calls?call={call_id}")["calls"][0]["review"]
        return {name: value for name, value in told.items() if value and name != "until"}


@pytest.fixture
def office(centre: Centre) -> Iterator[Office]:
    centre.registry.directory.add_team("A 组", "a")
    people: dict[str, tuple[Role, dict[str, Any]]] = {
        "lin": (Role.AGENT, {"team": "a"}), "zhao": (Role.AGENT, {"team": "a", "agent_id": "1031"}),
        "nobody": (Role.AGENT, {"team": "a"}), "wang": (Role.LEAD, {"team": "a"}),
        "xu": (Role.QA, {"assigned": ("a",)}),
    }  # fmt: skip
    with TestClient(centre.app, base_url=ADDRESS) as client:
        pages = {who: centre.page(who, role, **fields) for who, (role, fields) in people.items()}
        yield Office(centre, client, pages)


def test_everybody_has_their_own_calls_alone(office: Office) -> None:
    office.call("mine", CARD)
    office.call("theirs", CARD, agent_id="1031")
    assert (office.listed(), office.listed(who="zhao"), office.listed(who="nobody")) == (["mine"], ["theirs"], [])
    office.get("calls?call=theirs", status=404)
    office.get("calls?call=none", status=404)
    for who in ("wang", "xu"):
        office.get("calls", who, status=403)
        office.get("practice", who, status=403)
    noted = office.centre.registry.audit.rows(Wanted(actor=office.centre.person("lin").id))
    assert not [row for row in noted if row.action.startswith("call.")]  # to look at what is one's own


def test_pages_go_on_where_the_one_before_ended_while_calls_come_in(office: Office) -> None:
    for at in range(5):
        office.call(f"c{at}", CARD)
    first = office.get("calls?limit=2")
    office.call("new", CARD)
    second = office.get(f"calls?limit=2&after={first['more']}")
    third = office.get(f"calls?limit=2&after={second['more']}")
    told = [[one["call_id"] for one in page["calls"]] for page in (first, second, third)]
    assert told == [["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert (third["more"], third["counts"]["week"]) == (None, 6)


def test_a_call_of_before_that_comes_later_stands_where_it_began(office: Office) -> None:
    for call_id, days in (("two", 2), ("now", 0), ("five", 5), ("three", 3)):
        office.call(call_id, CARD, days=days)
    first = office.get("calls?limit=2")
    second = office.get(f"calls?limit=2&after={first['more']}")
    assert [one["call_id"] for page in (first, second) for one in page["calls"]] == ["now", "two", "three", "five"]
    assert second["more"] is None


def test_the_week_is_of_seven_days_and_older_calls_are_found_by_what_was_said(office: Office) -> None:
    office.call("old", CARD, days=8)
    office.call("new", CARD, days=6)
    assert office.listed() == ["new"]
    office.say("wang", "old", "comment", "commented", text="开场很好")
    assert (office.listed("commented"), office.listed("to_answer")) == (["old"], [])
    assert office.get("calls?call=old")["calls"][0]["review"]["unseen"] == 1
    office.say("wang", "old", "comment", "undone", entry=1)
    assert (office.listed("commented"), office.get("calls")["counts"]["commented"]) == ([], 0)  # it is taken back


def test_a_row_tells_of_the_call_in_one_line(office: Office) -> None:
    turns = [TurnEnded(at, Channel.AGENT, at - 900, at) for at in (1_000, 9_000)]
    silences = [
        SilenceEnded(8_000, 2_000, 8_000, SilenceKind.BOTH),
        SilenceEnded(9_500, 9_000, 9_500, SilenceKind.BOTH),
    ]
    office.call("a", *turns, *silences, hint(8_500, 1), CARD)
    office.call("unscored")
    unscored, one = office.get("calls")["calls"]
    of_call = 1_000 / one["duration_ms"]
    places = [round(ms * of_call) for ms in (100, 1_000, 8_100, 9_000)]
    assert one["strip"]["turns"] == {"agent": places}
    assert one["strip"]["silences"] == [round(ms * of_call) for ms in (2_000, 8_000)]
    assert one["strip"]["marks"] == [{"place": round(8_500 * of_call), "severity": "warning"}]
    assert (one["score"], one["facts"]["customer_name"], one["is_scored"]) == (CARD.total, "张女士", True)
    assert (unscored["score"], unscored["is_scored"], unscored["review"]["stage"]) == (None, False, "")


def test_from_the_review_to_the_decision(office: Office) -> None:
    faults = card_of([item(rule, "流程", MISSED, 10) for rule in ("a", "b", "c")])
    office.call("x", faults)
    assert office.review("x") == {}
    office.say("xu", "x", "judge", "verdict", rule="a", verdict="missed", reason="没说")
    assert office.review("x") == {"stage": "reviewing"}
    office.say("xu", "x", "judge", "finished")
    assert office.review("x") == {"stage": "to_answer", "open": 3}
    assert office.listed("to_answer") == ["x"]
    office.say("lin", "x", "answer", "accepted", rule="b")
    office.say("lin", "x", "answer", "appealed", rule="a", verdict="met", reason="说了")
    office.say("lin", "x", "answer", "appealed", rule="c", verdict="met", reason="也说了")
    assert office.review("x") == {"stage": "to_check", "accepted": 1, "appealed": 2, "undecided": 2}
    assert (office.listed("to_answer"), office.listed("appealed")) == ([], ["x"])
    for rule, verdict in (("a", "met"), ("c", "missed")):
        office.say("wang", "x", "check", "checked", rule=rule, is_right=True, reason="属实")
        office.say("xu", "x", "judge", "decided", rule=rule, verdict=verdict, reason="听了")
    assert office.review("x") == {"stage": "done", "total": 33.5, "accepted": 1, "appealed": 2, "changed": 1}
    assert office.get("calls")["counts"] == {"week": 1, "commented": 0, "to_answer": 0, "appealed": 1}


def test_what_to_practise_is_told_with_the_coachs_words_and_an_own_example(office: Office) -> None:
    slow = card_of([item("pace-fast", "语言", MISSED, 6)])
    fine = card_of([replace(slow.items[0], verdict=CARD.items[0].verdict, points=6.0)])
    for at in range(19):
        office.call(f"c{at}", hint(10_000, 1), slow, days=1)
    assert office.get("practice") == {"judged": 19, "needed": 20, "practice": None}
    office.call("good", fine, days=8)
    told = office.get("practice")["practice"]
    assert (told["rule"], told["say"], told["form"]) == ("pace-fast", "慢一点", "do")
    assert [(week["done"], week["of"]) for week in told["weeks"]] == [(0, 0), (0, 0), (1, 1), (0, 19)]
    assert (told["example"]["call_id"], told["example"]["span"]["start_ms"]) == ("good", 148_000)
    assert office.get("practice", "zhao") == {"judged": 0, "needed": 20, "practice": None}


@pytest.mark.parametrize("query", ["tab=all", "limit=0", "limit=101", "after=x", f"call={'x' * 201}"])
def test_a_question_that_is_none_is_refused(office: Office, query: str) -> None:
    assert "detail" in office.get(f"calls?{query}", status=422)
