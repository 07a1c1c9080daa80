"""Reviews over HTTP: by whom, masked, noted, and nothing overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.score import CallScored
from pipeline.events.words import WordsHeard
from pipeline.people.audit import Wanted
from pipeline.people.permissions import Action, Role
from pipeline.people.team_settings import NEVER_SET
from pipeline.store.deletion import Deletion
from tests.reviews.cards import CARD, SPAN
from tests.server.conftest import ADDRESS, AGENT, Centre

PHONE = "13812346021"
CALL = "call-1"


@dataclass
class Desk:
    """One person's page."""

    client: TestClient
    headers: dict[str, str]

    def state(self) -> dict[str, Any]:
        answer = self.client.get(f"/api/calls/{CALL}/review", headers=self.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def say(self, what: str, kind: str, seen: int | None = None, **fields: Any) -> tuple[int, dict[str, Any]]:
        seen = self.state()["seen"] if seen is None else seen
        body = {"act": {"kind": kind, **fields}, "seen": seen}
        answer = self.client.post(f"/api/calls/{CALL}/review/{what}", json=body, headers=self.headers)
        return answer.status_code, answer.json()

    def waiting(self) -> dict[str, list[str]]:
        told = self.client.get("/api/reviews/waiting", headers=self.headers).json()
        return {name: [one["call_id"] for one in calls] for name, calls in told.items() if calls}


@pytest.fixture
def desks(centre: Centre) -> Iterator[dict[str, Desk]]:
    """The agent, the lead of their team, and two of QA, of a call that is scored."""
    centre.registry.directory.add_team("A 组", "a")
    heard = WordsHeard(20, Channel.CUSTOMER, 0, 20, f"我的手机号是{PHONE}", (), 0)
    centre.finished_call(CALL, [heard, CARD], CallFacts(agent_id=AGENT, team="a"), engine="base")
    people: dict[str, tuple[Role, dict[str, Any]]] = {
        "lin": (Role.AGENT, {"team": "a"}), "wang": (Role.LEAD, {"team": "a"}),
        "xu": (Role.QA, {"assigned": ("a",)}), "he": (Role.QA, {"assigned": ("a",)}),
    }  # fmt: skip
    with TestClient(centre.app, base_url=ADDRESS) as client:
        yield {who: Desk(client, centre.page(who, role, **fields)) for who, (role, fields) in people.items()}


def test_from_a_verdict_to_a_decision_each_by_their_own_desk(centre: Centre, desks: dict[str, Desk]) -> None:
    xu, lin, wang = desks["xu"], desks["lin"], desks["wang"]
    assert (xu.state()["stage"], xu.state()["total"], xu.state()["team"]) == ("", None, "A 组")
    assert xu.state()["agent"] == centre.person("lin").name
    assert xu.say("judge", "verdict", rule="not-clear", verdict="missed")[0] == 200
    assert xu.waiting() == {"reviewing": [CALL]}
    status, told = xu.say("judge", "finished")
    assert (status, told["stage"], told["total"], told["reviewer"]) == (200, "to_answer", 13.3, "Xu")
    days = NEVER_SET.settings.appeal_days
    assert told["until"] == pytest.approx(told["finished_at"] + days * 86_400, abs=1)
    assert (lin.waiting(), wang.waiting(), xu.waiting()) == ({"to_answer": [CALL]}, {}, {})
    span = {"channel": "agent", "start_ms": 172_000, "end_ms": 175_000, "quote": "我帮您查", "quote_en": ""}
    appeal = {"rule": "not-clear", "verdict": "partly", "reason": "24 秒后改口", "evidence": [span]}
    assert lin.say("answer", "appealed", **appeal)[0] == 200
    assert wang.waiting() == {"to_check": [CALL]}
    assert wang.say("check", "checked", rule="not-clear", is_right=True, reason="属实")[0] == 200
    assert (wang.waiting(), xu.waiting()) == ({}, {"to_decide": [CALL]})
    status, told = xu.say("judge", "decided", rule="not-clear", verdict="partly", reason="随后主动查询")
    assert (status, told["total"], told["fatal"]) == (200, 34.2, 0)
    item = next(one for one in told["items"] if one["rule"] == "not-clear")
    assert (item["verdict"], item["points"], item["answer"]) == ("partly", -12.5, "appealed")
    kept = centre.registry.audit.rows(Wanted(object=CALL))
    done = [row.action for row in reversed(kept) if row.action.startswith("review.") and row.action != "review.read"]
    assert done == [Action.REVIEW_JUDGE] * 2 + [Action.REVIEW_ANSWER, Action.REVIEW_CHECK, Action.REVIEW_JUDGE]
    assert not any("改口" in row.details for row in kept)
    assert [record.event for record in centre.store.read(CALL) if isinstance(record.event, CallScored)] == [CARD]


def test_of_two_reviewers_the_second_is_told_and_sees_what_the_first_said(desks: dict[str, Desk]) -> None:
    xu, he = desks["xu"], desks["he"]
    seen = he.state()["seen"]
    xu.say("judge", "verdict", rule="name", verdict="met", reason="在 00:04 说了")
    status, told = he.say("judge", "verdict", seen, rule="name", verdict="partly", reason="只说了姓")
    assert (status, told["why"]) == (409, "changed")
    assert [entry["name"] for entry in told["review"]["entries"]] == ["Xu"]
    assert told["review"]["entries"][0]["act"]["reason"] == "在 00:04 说了"
    status, told = he.say("judge", "verdict", rule="name", verdict="partly", reason="只说了姓")
    assert (status, len(told["entries"])) == (200, 2)


def test_the_inbox_tells_the_appeal_that_waits_longest_and_only_what_one_has_begun_oneself(
    desks: dict[str, Desk],
) -> None:
    xu, he, lin, wang = (desks[who] for who in ("xu", "he", "lin", "wang"))
    xu.say("judge", "verdict", rule="not-clear", verdict="missed")
    assert (xu.waiting(), he.waiting()) == ({"reviewing": [CALL]}, {})
    xu.say("judge", "finished")
    for rule, reason in (("name", "报了姓名"), ("wait-told", "说了两分钟")):
        lin.say("answer", "appealed", rule=rule, verdict="met", reason=reason, evidence=[])

    def item(desk: Desk, what: str) -> Any:
        told = desk.client.get("/api/reviews/waiting?items=true", headers=desk.headers).json()[what][0]["item"]
        return told and (told["rule"], told["reason"], round(told["until"] - told_at))

    told_at = wang.state()["entries"][2]["at"]
    assert item(wang, "to_check") == ("name", "报了姓名", 7 * 86_400)
    wang.say("check", "checked", rule="name", is_right=True, reason="属实")
    assert item(wang, "to_check")[:2] == ("wait-told", "说了两分钟")  # what the stage names
    wang.say("check", "checked", rule="wait-told", is_right=False, reason="没有")
    assert item(xu, "to_decide")[0] == "name"
    told = xu.client.get("/api/reviews/waiting?items=true", headers=xu.headers).json()["to_decide"][0]["item"]
    assert (told["verdict"], told["is_right"], told["checked"]) == ("met", True, "属实")
    plain = xu.client.get("/api/reviews/waiting", headers=xu.headers).json()
    assert (plain["to_decide"][0]["item"], plain["to_decide"][0]["team"]) == (None, "A 组")


def test_who_may_not_say_it_does_not(desks: dict[str, Desk]) -> None:
    for who, what, kind, fields in (
        ("lin", "judge", "verdict", {"rule": "name", "verdict": "met", "reason": "说了"}),
        ("wang", "judge", "decided", {"rule": "name", "verdict": "met", "reason": "说了"}),
        ("xu", "answer", "accepted", {"rule": "name"}),
        ("lin", "check", "checked", {"rule": "name", "is_right": True, "reason": "对"}),
    ):
        assert desks[who].say(what, kind, **fields)[0] == 403
    status, told = desks["xu"].say("comment", "verdict", rule="name", verdict="met", reason="说了")
    assert (status, told["detail"]) == (422, "verdict is said by review.judge, not by review.comment")
    assert desks["xu"].state()["entries"] == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "act is missing; its kind must be one of accepted, appealed"),
        ({"act": {"kind": "shout"}, "seen": 0}, "its kind must be one of"),
        ({"act": {"kind": "verdict", "rule": "name"}, "seen": 0}, "act.verdict is"),
        ({"act": {"kind": "verdict", "rule": "name", "verdict": "great"}, "seen": 0}, "act.verdict is"),
        ({"act": {"kind": "verdict", "rule": "name", "verdict": "missed"}, "seen": -1}, "seen is -1"),
        ({"act": {"kind": "verdict", "rule": "name", "verdict": "missed"}}, "seen is missing"),
        ({"act": {"kind": "verdict", "rule": "没有", "verdict": "missed"}, "seen": 0}, "the card has no item"),
        ({"act": {"kind": "verdict", "rule": "name", "verdict": "met"}, "seen": 0}, "a reason is needed"),
        ({"act": {"kind": "undone", "entry": 3}, "seen": 0}, "there is no entry 3"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(desks: dict[str, Desk], body: object, why: str) -> None:
    xu = desks["xu"]
    answer = xu.client.post(f"/api/calls/{CALL}/review/judge", json=body, headers=xu.headers)
    assert answer.status_code == 422
    assert why in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


def test_what_is_private_is_masked_before_it_is_kept(centre: Centre, desks: dict[str, Desk]) -> None:
    reason = f"客户说了手机号{PHONE}，坐席没有复述"
    desks["xu"].say("judge", "verdict", rule="name", verdict="partly", reason=reason)
    span = {"channel": "customer", "start_ms": 0, "end_ms": 20, "quote": f"我的手机号是{PHONE}", "quote_en": ""}
    desks["lin"].say("comment", "commented", text=f"{PHONE} 是客户的", span=span, rule="", answers=0)
    kept = str(desks["xu"].state()["entries"]) + str(centre.registry.reviews.entries(CALL))
    assert PHONE not in kept
    assert "坐席没有复述" in kept


def test_comments_wait_for_the_agent_until_they_are_seen(desks: dict[str, Desk]) -> None:
    desks["xu"].say("comment", "commented", text="这里可以先道歉")
    assert desks["lin"].waiting() == {"comments": [CALL]}
    assert desks["lin"].say("answer", "seen", upto=1)[1]["unseen"] == 0
    assert desks["lin"].waiting() == {}


def test_an_undone_entry_stays_and_says_so(desks: dict[str, Desk]) -> None:
    xu = desks["xu"]
    xu.say("judge", "verdict", rule="name", verdict="met", reason="说了")
    status, told = xu.say("judge", "undone", entry=1)
    assert (status, [entry["is_undone"] for entry in told["entries"]]) == (200, [True, False])
    assert told["stage"] == ""
    status, told = desks["he"].say("judge", "undone", entry=1)
    assert (status, told["why"]) == (409, "not_now")


def test_the_days_to_answer_are_those_that_the_team_has_set(centre: Centre, desks: dict[str, Desk]) -> None:
    admin = centre.page("boss", Role.ADMIN)
    client = desks["xu"].client
    change = {"expected_version": 0, "reason": "工会协议", "settings": {"appeal_days": 2}}
    assert client.put("/api/teams/a/settings", json=change, headers=admin).status_code == 200
    desks["xu"].say("judge", "verdict", rule="not-clear", verdict="missed")
    told = desks["xu"].say("judge", "finished")[1]
    assert told["until"] == pytest.approx(told["finished_at"] + 2 * 86_400, abs=1)


def test_the_table_of_rules_is_of_the_calls_that_one_may_read(desks: dict[str, Desk], centre: Centre) -> None:
    desks["xu"].say("judge", "verdict", rule="name", verdict="met", reason="说了")
    client = desks["xu"].client
    for who in ("xu", "wang"):
        rows = client.get("/api/reviews/agreement", headers=desks[who].headers).json()
        assert [(row["rule"], row["false_faults"], row["share"]) for row in rows] == [("name", 1, 0.0)]
    centre.registry.directory.add_team("B 组", "b")
    elsewhere = centre.page("zhao", Role.QA, assigned=("b",))
    assert client.get("/api/reviews/agreement", headers=elsewhere).json() == []
    look = client.get("/api/reviews/agreement/name", headers=desks["wang"].headers).json()
    (call,) = look["calls"]
    assert (look["disputed"], look["title"], call["started_at"] > 0) == (1, "name", True)
    assert [call[key] for key in ("outcome", "heard", "said", "reason", "at_ms")] == [
        "false_faults", "missed", "met", "说了", 148_000]  # fmt: skip
    at = call["started_at"]
    after = client.get("/api/reviews/agreement/name", headers=desks["wang"].headers, params={"since": at + 1})
    assert after.status_code == 404
    for rule in ("name", "none"):
        told = client.get(f"/api/reviews/agreement/{rule}", headers=elsewhere)
        assert told.status_code == 404
    assert client.get("/api/reviews/agreement", headers=desks["lin"].headers).status_code == 403


def test_who_was_the_agent_of_a_call_does_not_judge_it_as_qa(centre: Centre, desks: dict[str, Desk]) -> None:
    desks["xu"].say("judge", "verdict", rule="not-clear", verdict="missed")
    directory = centre.registry.directory
    directory.change(centre.person("lin").id, {"role": Role.QA, "assigned": ("a",), "team": None, "agent_id": None})
    lin = Desk(desks["lin"].client, centre.page("lin"))
    for kind, fields in (("verdict", {"rule": "name", "verdict": "met", "reason": "说了"}), ("finished", {})):
        status, told = lin.say("judge", kind, **fields)
        assert (status, told["why"]) == (409, "own")
    assert len(lin.state()["entries"]) == 1


def test_what_is_sent_again_is_answered_as_kept_and_stands_once(centre: Centre, desks: dict[str, Desk]) -> None:
    desks["xu"].say("judge", "verdict", rule="not-clear", verdict="missed")
    for what, kind, fields in (
        ("comment", "commented", {"text": f" 请看 {PHONE} "}),
        ("judge", "verdict", {"rule": "name", "verdict": "partly", "reason": "只说了姓"}),
        ("judge", "finished", {}),
    ):
        seen = desks["xu"].state()["seen"]
        answers = [desks["xu"].say(what, kind, seen, **fields) for _ in range(3)]  # type: ignore[arg-type]
        assert answers[0][0] == 200
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][1]["seen"] == seen + 1
    noted = [row for row in centre.registry.audit.rows(Wanted(object=CALL)) if row.action == Action.REVIEW_JUDGE]
    assert len(noted) == 3


def test_an_agent_sees_nothing_of_a_review_that_is_not_finished_but_comments(desks: dict[str, Desk]) -> None:
    xu, lin = desks["xu"], desks["lin"]
    before = lin.state()
    xu.say("judge", "verdict", rule="not-clear", verdict="missed")
    xu.say("judge", "verdict", rule="greeting", verdict="missed", reason="骂人了")
    xu.say("judge", "undone", entry=2)
    xu.say("comment", "commented", text="这里可以先道歉")
    told = lin.state()
    assert [entry["act"]["kind"] for entry in told["entries"]] == ["commented"]
    assert (told["stage"], told["seen"], told["unseen"]) == ("reviewing", 4, 1)
    hidden = ("total", "fatal", "to_confirm", "assessed", "offered", "groups", "items", "reviewer")
    assert [told[name] for name in hidden] == [before[name] for name in hidden]
    own = lin.client.get("/api/me/calls", params={"call": CALL}, headers=lin.headers).json()["calls"][0]["review"]
    assert (own["stage"], own["total"]) == ("reviewing", None)
    status, after = lin.say("comment", "commented", text="明白", answers=4)
    assert (status, [entry["name"] for entry in after["entries"]]) == (200, ["Xu", "Lin"])
    assert (desks["wang"].state()["total"], len(desks["wang"].state()["entries"])) == (13.3, 5)
    xu.say("judge", "finished")
    told = lin.state()
    assert (told["total"], [entry["number"] for entry in told["entries"]]) == (13.3, [1, 2, 3, 4, 5, 6])
    assert (told["entries"][1]["is_undone"], told["entries"][1]["act"]["reason"]) == (True, "")
    assert xu.state()["entries"][1]["act"]["reason"] == "骂人了"


def test_nobody_quotes_what_was_said_once_the_words_are_gone(centre: Centre, desks: dict[str, Desk]) -> None:
    span = {"channel": "agent", "start_ms": 0, "end_ms": 20, "quote": "我不清楚", "quote_en": ""}
    desks["xu"].say("comment", "commented", text="先道歉", span=span)
    Deletion(centre.store.database).erase_words(CALL)
    status, told = desks["xu"].say("comment", "commented", text="再看", span=span)
    assert status == 200
    assert [entry["act"]["span"]["quote"] for entry in told["entries"]] == ["", ""]
    assert [entry["act"]["text"] for entry in told["entries"]] == ["先道歉", "再看"]


def test_nobody_quotes_what_was_not_said(desks: dict[str, Desk]) -> None:
    """Of a line, with the mark that stands for a number, and of the card; others are left out, their place stays."""
    xu = desks["xu"]

    def kept(quote: str, **more: object) -> str:
        span = {"channel": "customer", "start_ms": 0, "end_ms": 20, "quote": quote, "quote_en": "", **more}
        status, told = xu.say("comment", "commented", text=f"见 {quote}", rule="", answers=0, span=span)
        assert (status, told["entries"][-1]["act"]["span"]["end_ms"]) == (200, span["end_ms"])
        return str(told["entries"][-1]["act"]["span"]["quote"])

    assert kept("我的手机号是") == "我的手机号是"
    assert kept("手机号是［手机号］") == "手机号是［手机号］"
    assert kept("你们都是骗子") == ""
    assert kept("我的手机号是", channel="agent") == ""
    on_card = {"channel": "agent", "start_ms": SPAN.start_ms, "end_ms": SPAN.end_ms}
    assert kept(SPAN.quote, **on_card) == SPAN.quote
