"""The QA list: whose calls each sees, what may be private in a search, tables, marks and views."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded
from pipeline.people.audit import Deed
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.person import EVERY_TEAM
from pipeline.reports.call_table import COLUMNS
from pipeline.reviews.keeping import Outline
from pipeline.reviews.review import Stage
from pipeline.server import qa_calls, qa_views
from tests.masking.test_view import NUMBER, heard
from tests.reviews.cards import CARD, MET, SPAN, card_of, item
from tests.server.conftest import ADDRESS, Centre
from tests.server.office import CALLS, headers_of, office_of

SEEN: dict[Role | MachineRole, set[str]] = {
    Role.AGENT: {"own"}, Role.LEAD: {"own", "team"}, Role.QA: {"assigned"}, MachineRole.RECORDS: set(CALLS),
}  # fmt: skip


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


def client_of(centre: Centre, app: FastAPI, role: Role | MachineRole) -> TestClient:
    return TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role))


def qa_of_all(centre: Centre, app: FastAPI) -> TestClient:
    return TestClient(app, base_url=ADDRESS, headers=centre.page("xu", Role.QA, assigned=(EVERY_TEAM,)))


def listed(client: TestClient, **query: Any) -> list[str]:
    """The ids of the whole list, page by page."""
    found: list[str] = []
    while True:
        page = client.get("/api/qa/calls", params=query).json()
        found += [row["call_id"] for row in page["rows"]]
        if page["next"] is None:
            return found
        query["after"] = page["next"]


@pytest.mark.parametrize("role", SEEN)
def test_lists_counts_and_tables_are_of_what_may_be_opened(
    app: FastAPI, centre: Centre, role: Role | MachineRole
) -> None:
    client = client_of(centre, app, role)
    assert set(listed(client, limit=2)) == SEEN[role]
    assert client.get("/api/qa/total").json() == {"calls": len(SEEN[role])}
    counts = client.get("/api/qa/counts").json()
    assert counts["total"] == len(SEEN[role])
    of_teams = {CALLS[call_id].team for call_id in SEEN[role]} - {None}
    assert {row["id"] for row in counts["teams"]} == of_teams
    assert listed(client, call=list(CALLS)) == listed(client)  # asked for by id they are no more
    rows = list(csv.reader(io.StringIO(client.get("/api/qa/calls.csv?english=true").content.decode("utf-8-sig"))))
    assert (tuple(rows[0]), {row[0] for row in rows[1:]}) == (COLUMNS, SEEN[role])


def test_a_row_tells_whose_call_it_is_its_first_problem_and_its_hold(app: FastAPI, centre: Centre) -> None:
    centre.finished_call("judged", [TurnEnded(200_000, Channel.AGENT, 0, 189_000), CARD], CALLS["assigned"])
    centre.registry.directory.add_team("B 组", "b2")
    centre.page("he", Role.AGENT, team="b", agent_id="3")
    centre.registry.deletion.hold("judged", "投诉", "user:xu")
    row = client_of(centre, app, Role.QA).get("/api/qa/calls", params={"call": "judged"}).json()["rows"][0]
    assert (row["agent"], row["agent_id"], row["team"], row["is_held"]) == ("He", "3", "b", True)
    problem = {key: row["problem"][key] for key in ("rule", "is_fatal", "is_to_confirm", "from_ms", "to_ms")}
    assert problem == {"rule": "not-clear", "is_fatal": True, "is_to_confirm": True,
                       "from_ms": SPAN.start_ms, "to_ms": SPAN.end_ms}  # fmt: skip
    assert [(one["title"], one["from_ms"]) for one in row["others"]] == [("wait-told", 148_000), ("name", 148_000)]
    groups = [
        {"name": one.name, "name_en": one.name, "points": one.points, "weight": one.weight} for one in CARD.groups
    ]
    assert row["groups"] == groups
    assert row["strip"]["turns"]["agent"] == [0, 500]  # as the call ends with its card


def test_a_number_that_is_hidden_finds_no_call_and_is_not_counted(
    app: FastAPI, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = replace(CALLS["own"], recording_consent=None)
    for number in range(6):
        centre.finished_call(f"told-{number}", [heard(100, f"我的号码是{NUMBER}")], facts, engine="base")
    centre.finished_call("old", [heard(100, "我的号码是多少")], replace(facts, agent_id="2"), engine="base")
    agent, lead = client_of(centre, app, Role.AGENT), client_of(centre, app, Role.LEAD)
    for query in ({"words": NUMBER, "limit": 1}, {"words": NUMBER[:6], "limit": 3}):
        assert listed(lead, **query) == []
        assert lead.get("/api/qa/total", params=query).json() == {"calls": None}
        counts = lead.get("/api/qa/counts", params=query).json()
        assert not any(counts.values()), counts
        assert len(lead.get("/api/qa/calls.csv", params=query).text.splitlines()) == 1
        assert lead.get("/api/qa/calls", params=query).json() == {"rows": [], "next": None}
    # Behind the last one that is seen, nothing tells whether another has it hidden.
    shown = lead.get("/api/qa/calls", params={"words": "号码", "limit": 7, "order": "newest"}).json()
    assert (len(shown["rows"]), shown["next"]) == (7, None)
    assert len(listed(lead, words="我的号码", limit=2)) == 7
    assert len(listed(agent, words="我的号码", limit=2)) == 6
    monkeypatch.setattr(qa_calls, "MOST_LOOKED", 2)
    wide = lead.get("/api/qa/calls", params={"words": NUMBER, "limit": 1})
    assert (wide.status_code, wide.json()["detail"]) == (422, qa_calls.TOO_WIDE)


def test_a_search_does_not_tell_by_where_it_ends_what_is_hidden(app: FastAPI, centre: Centre) -> None:
    """Of two calls, one has it for all to see; whether the other has it hidden changes nothing."""
    facts = replace(CALLS["own"], recording_consent=None)
    centre.finished_call("hides", [heard(100, f"我的号码是{NUMBER}")], facts, engine="base")
    centre.finished_call("shows", [heard(100, f"编号{NUMBER[3:5]}号")], facts, engine="base")
    query = {"words": NUMBER[3:5], "limit": 1, "order": "newest"}
    answers = [
        client_of(centre, app, Role.LEAD).get("/api/qa/calls", params=query | {"call": ["shows", *more]}).json()
        for more in ([], ["hides"])
    ]
    assert answers[0] == answers[1]
    (row,) = answers[0]["rows"]
    line = {"channel": "customer", "start_ms": 100, "text": f"编号{NUMBER[3:5]}号"}
    assert (row["call_id"], row["found"]) == ("shows", line)  # where it stands, as they see it
    seen = client_of(centre, app, Role.LEAD).get("/api/qa/calls", params={"words": "我的号码"}).json()["rows"]
    assert [NUMBER in one["found"]["text"] for one in seen] == [False]


def test_a_table_is_noted_and_has_no_formula(app: FastAPI, centre: Centre) -> None:
    centre.registry.directory.add_team("=1+1", "x")
    centre.finished_call("=cmd|' /C calc'!A0", [CARD], CallFacts(agent_id="@SUM(1)", team="x"))
    client = qa_of_all(centre, app)
    plain = client.get("/api/qa/calls.csv", params={"team": "x"})
    assert plain.content.decode("utf-8-sig").startswith("通话编号,开始时间,工号")  # in the viewer's language
    assert plain.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    row = dict(zip(COLUMNS, list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))[1], strict=True))
    assert (row["call_id"][0], row["agent_id"], row["team"]) == ("'", "'@SUM(1)", "'=1+1")
    book = client.get("/api/qa/calls.xlsx", params={"team": "x"}).content
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<is><t>=1+1</t></is>" in sheet  # as a text
    noted = [json.loads(row.details) for row in centre.audit.rows() if row.action == Deed.LIST_EXPORTED]
    assert noted == [{"rows": 1, "as": "xlsx"}, {"rows": 1, "as": "csv"}]


def test_a_table_ends_where_it_is_too_long(app: FastAPI, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa_calls, "EXPORTED_ROWS", 3)
    monkeypatch.setattr(qa_calls, "MOST_ROWS", 2)
    assert len(qa_of_all(centre, app).get("/api/qa/calls.csv").text.splitlines()) == 4


def test_marks_and_views_are_ones_own(app: FastAPI, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa_views, "MOST_VIEWS", 2)
    mine, other = client_of(centre, app, Role.QA), qa_of_all(centre, app)
    assert mine.put("/api/qa/calls/assigned/mark", json={"is_marked": True}).status_code == 204
    assert mine.put("/api/qa/calls/own/mark", json={"is_marked": True}).status_code == 404
    assert (listed(mine, marked=True), listed(other, marked=True)) == (["assigned"], [])
    for name, query in (("a", "fatal=true"), ("b", "marked=true"), ("a", "fatal=true&team=b")):
        assert mine.put("/api/qa/views", json={"name": name, "query": query}).status_code == 204
    full = mine.put("/api/qa/views", json={"name": "c", "query": "fatal=true"})
    assert (full.status_code, full.json()["detail"]) == (409, "there are 2 views already: remove one first")
    for name in (" ", "\u200b", "a\nb", "\u202ea"):
        assert mine.put("/api/qa/views", json={"name": name, "query": "fatal=true"}).status_code == 422
    kept = [{"name": "a", "query": "fatal=true&team=b"}, {"name": "b", "query": "marked=true"}]
    assert (mine.get("/api/qa/views").json(), other.get("/api/qa/views").json()) == (kept, [])
    assert mine.request("DELETE", "/api/qa/views", json={"name": "a"}).status_code == 204
    assert mine.get("/api/qa/views").json() == kept[1:]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "bnVsbA==",
        "WzEsMl0=",
        "WyJhIiwxLDEsMV0=",
        "WzUsbnVsbCxudWxsLG51bGxd",
        base64.urlsafe_b64encode(b"[1" + b"0" * 30 + b",1,1,1]").decode(),
        base64.urlsafe_b64encode(b"[1,1e999,1,1]").decode(),
    ],
)
def test_where_a_page_begins_is_what_the_page_before_told(app: FastAPI, centre: Centre, after: str) -> None:
    answer = client_of(centre, app, Role.QA).get("/api/qa/calls", params={"after": after})
    assert (answer.status_code, answer.json()["detail"]) == (
        422, f"after is {after!r}; it must be what the page before gave as next"
    )  # fmt: skip


def test_what_was_done_well_is_told_while_nobody_has_judged_the_call(app: FastAPI, centre: Centre) -> None:
    centre.finished_call("fine", [card_of([item("greeting", "开场", MET, 8)])], CALLS["assigned"])
    client = qa_of_all(centre, app)

    def good() -> str | None:
        told: str | None = client.get("/api/qa/calls", params={"call": "fine"}).json()["rows"][0]["good"]
        return told

    assert good() == "greeting"
    centre.registry.reviews.outline("fine", Outline(Stage.REVIEWING, 62.5, "xu", None, 0))
    assert good() is None
