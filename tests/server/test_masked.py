"""A number that somebody told: whoever may not know it finds it by no route and no socket, stored, live or in lists."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pipeline.errors import StoreError
from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.record import Event, Record
from pipeline.events.turns import TurnEnded
from pipeline.events.words import LanguageHeard, WordsGuessed
from pipeline.people.entrance import Origin
from pipeline.people.permissions import Action, MachineRole, Role
from pipeline.people.person import Whose
from pipeline.people.team_settings import NEVER_SET, SettingsVersion, TeamSettings
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.server.call_index import CallIndex
from pipeline.server.masked import POLICY_S, Eyes, Masking
from pipeline.store.deletion import Deletion
from tests.masking.test_view import EVENTS, NUMBER, heard
from tests.server.cases import CASES
from tests.server.conftest import ADDRESS, AGENT, READER, SCORED, Centre, turn
from tests.server.office import CALLS, WS, headers_of, office_of

C = Channel.CUSTOMER
HALF = NUMBER[:6]
MASKED = [Role.LEAD, Role.QA, MachineRole.RECORDS, MachineRole.TELEPHONE]
IDS = [f"told-{name}" for name in CALLS]


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    app = office_of(centre)
    for call_id, facts in zip(IDS, CALLS.values(), strict=True):
        now = datetime.now(UTC).isoformat()  # an agent's own calls are those of the last seven days
        centre.finished_call(call_id, told(facts), replace(facts, peer=NUMBER), started_at=now)
    return app


def told(facts: CallFacts) -> list[Event]:
    """The number in every text of every event, of a call with these facts."""
    events = (event for event in EVENTS if not isinstance(event, CallStarted))
    return [
        replace(event, facts=replace(facts, peer=NUMBER, customer_name=f"王{NUMBER}"))
        if isinstance(event, FactsNoted) else event
        for event in events
    ]  # fmt: skip


def client_of(centre: Centre, app: FastAPI, role: Role | MachineRole) -> TestClient:
    headers = {**headers_of(centre, role), "accept": "application/json"}
    return TestClient(app, base_url=ADDRESS, headers=headers, follow_redirects=False)


def answers(centre: Centre, client: TestClient) -> Iterator[tuple[str, str]]:
    """Every answer to every request that the table of routes knows, by what was asked."""
    for name, case in CASES.items():
        method, path = name.split(" ")
        if method == "DELETE" and "/me/" in path:
            continue  # the session goes on
        for target in IDS if case.of == "call" else ["a"]:
            asked = re.sub(r"\{.+?\}", target, path)
            if method != "SOCKET":
                yield f"{method} {asked}", client.request(method, asked, json=case.body).text
            elif case.of == "call":
                count = len(centre.store.read(target))
                for query, wanted in (("", count), ("?after=3", count - 3), ("?condensed=true", 1)):
                    yield f"{method} {asked}{query}", watched(client, asked + query, wanted)
            else:
                yield f"{method} {asked}", watched(client, asked + case.query, 1)  # of the floor all, as it is now


def watched(client: TestClient, path: str, count: int) -> str:
    """What a socket tells in so many messages; "" of one that is refused."""
    texts: list[str] = []
    with suppress(WebSocketDisconnect), client.websocket_connect(WS + path) as socket:
        while len(texts) < count:
            texts.append(socket.receive_text())
    return "\n".join(texts)


@pytest.mark.parametrize("role", MASKED)
def test_nobody_else_finds_a_number_anywhere(app: FastAPI, centre: Centre, role: Role | MachineRole) -> None:
    client = client_of(centre, app, role)
    given = dict(answers(centre, client))
    assert [asked for asked, text in given.items() if HALF in text] == []
    seen = "".join(given.values())
    assert "［手机号］" in seen
    assert "…8000" in seen


def test_the_agent_of_the_call_finds_it(app: FastAPI, centre: Centre) -> None:
    client = client_of(centre, app, Role.AGENT)
    given = dict(answers(centre, client))
    assert {asked.split("?")[0] for asked, text in given.items() if NUMBER in text} == {
        "GET /api/calls", "GET /api/calls/latest", "SOCKET /ws/calls/told-own", "GET /api/calls/told-own/records",
        "GET /api/me/calls", "DELETE /api/calls/told-own/audio",
    }  # fmt: skip
    own = [text for asked, text in given.items() if not asked.startswith("GET /api/qa/")]  # rules are called so for all
    assert not any("［手机号］" in text for text in own)


def test_where_the_team_has_it_off_nothing_is_masked(app: FastAPI, centre: Centre) -> None:
    lead = client_of(centre, app, Role.LEAD)
    settings = centre.registry.team_settings
    settings.change("a", {"masking": False}, reason="测试", expected=0, actor=None, origin=Origin(""))
    assert NUMBER in lead.get("/api/calls/told-own/records").text
    assert NUMBER in lead.get("/api/calls").text


def test_what_a_team_sets_holds_within_seconds_and_stays_while_it_cannot_be_read(centre: Centre) -> None:
    class Teams:
        is_on = True
        is_readable = True

        def current(self, team: str | None) -> SettingsVersion:
            if not self.is_readable:
                raise StoreError("locked")
            return replace(NEVER_SET, settings=TeamSettings(masking=self.is_on))

    now_s, teams = [0.0], Teams()
    masking = Masking(CallIndex(centre.store, centre.running), teams, lambda: now_s[0])  # type: ignore[arg-type]

    def hides() -> bool:
        return masking.hides(READER, "c", Whose(AGENT, "a"))

    teams.is_readable = teams.is_on = False
    assert hides()
    teams.is_readable = True
    assert not hides()
    teams.is_on = True
    assert not hides()
    now_s[0] += POLICY_S
    assert hides()
    teams.is_readable, now_s[0] = False, 100.0
    assert hides()


def test_while_it_is_told_a_number_is_masked_for_those_who_watch(app: FastAPI, centre: Centre) -> None:
    lead, agent = client_of(centre, app, Role.LEAD), headers_of(centre, Role.AGENT)
    with lead:  # its event loop
        call = centre.call("live", CALLS["own"])
        with (
            lead.websocket_connect(WS + "/ws/calls/live") as socket,
            lead.websocket_connect(WS + "/ws/calls/live", headers=agent) as own,
        ):
            for one in (socket, own):
                assert one.receive_json()["seq"] == 1
            for number, text in enumerate(("您记一下，幺三八", "零零幺三", "八零零零，谢谢")):
                call.feed([heard(4_000 * number, text)])
            call.feed([WordsGuessed(14_000, C, 13_000, "邮箱a@qq.com", 2)])
            assert [socket.receive_json()["event"]["text"] for _ in range(4)] == [
                "您记一下，［号码］", "［号码］", "［手机号］，谢谢", "邮箱［邮箱］",
            ]  # fmt: skip
            assert [own.receive_json()["event"]["text"] for _ in range(4)] == [
                "您记一下，幺三八", "零零幺三", "八零零零，谢谢", "邮箱a@qq.com",
            ]  # fmt: skip
        kept = lead.get("/api/calls/live/records").json()
        assert [record["event"]["text"] for record in kept[1:]] == [
            "您记一下，［手机号］",
            "［手机号］",
            "［手机号］，谢谢",
        ]


def test_who_comes_back_sees_masked_what_was_told_while_nobody_watched(app: FastAPI, centre: Centre) -> None:
    lead = client_of(centre, app, Role.LEAD)
    call = centre.call("live", CALLS["own"])
    call.feed([heard(0, "您记一下，幺三八")])
    assert "［号码］" in lead.get("/api/calls/live/records").text
    call.feed([heard(4_000, "零零幺三")])
    call.feed([heard(9_000, "八零零零")])
    (record,) = lead.get("/api/calls/live/records?after=3").json()
    assert record["event"]["text"] == "［手机号］"


def recorded(centre: Centre, call_id: str, events: list[Event], engine: str = "base") -> Path:
    """A call of the agent, ten seconds of a tone on both channels."""
    centre.finished_call(call_id, events, replace(CALLS["own"]), engine)
    tone = np.full((10 * SAMPLE_RATE_HZ, 2), 9_000, np.int16)
    path = centre.dist.parent / "recordings" / f"{call_id}.flac"
    soundfile.write(path, tone, SAMPLE_RATE_HZ)
    return path


def test_what_is_private_is_muted_for_who_sees_it_masked_in_ranges_too(app: FastAPI, centre: Centre) -> None:
    lines: list[Event] = [heard(2_000, "手机幺三八零零幺三八零零零"), heard(6_000, "好的", Channel.AGENT), SCORED]
    whole = recorded(centre, "a", lines).read_bytes()
    path = "/api/calls/a/audio"
    lead, agent = client_of(centre, app, Role.LEAD), client_of(centre, app, Role.AGENT)
    assert agent.get(path).content == whole
    muted = lead.get(path)
    assert muted.headers["content-type"] == "audio/flac"
    sound, _ = soundfile.read(io.BytesIO(muted.content), dtype="int16")
    silent = np.flatnonzero((sound == 0).all(axis=1)) // 16
    assert (int(silent[0]), int(silent[-1]) + 1) == (2_400 - 300, 4_600 + 300)
    assert len(silent) == 2_800 * 16
    part = lead.get(path, headers={"range": "bytes=10-99"})
    assert (part.status_code, part.content) == (206, muted.content[10:100])
    assert client_of(centre, app, MachineRole.TELEPHONE).get(path).content == muted.content
    drawn = [client.get(f"{path}/peaks?from_ms=8000").json()["muted"] for client in (lead, agent)]
    assert drawn == [[{"start_ms": 2_400 - 300, "end_ms": 4_600 + 300}], []]  # a page says where nothing is heard
    high = [client.get(f"{path}/peaks").json()["high"][0] for client in (lead, agent)]
    hidden = slice((2_400 - 300) // 20, (4_600 + 300) // 20)
    assert not any(high[0][hidden])
    assert any(high[1][hidden])
    assert high[0][hidden.stop :] == high[1][hidden.stop :]
    assert high[0][: hidden.start] == high[1][: hidden.start]


@pytest.mark.parametrize(
    ("events", "engine", "why"),
    [
        ([SCORED], "none", "no words were recognised"),
        ([turn(20)], "base", "the call is not scored yet"),
        ([TurnEnded(900, C, 100, 600), SCORED], "base", "of some of what is said no words were recognised"),
        ([LanguageHeard(900, C, 100, "en", False), SCORED], "base", "another language is spoken in it"),
        ([replace(heard(0, ""), is_erased=True), SCORED], "base", "its words were erased"),
        ([StageFailed(20, "record", "is damaged"), SCORED], "base", "some of its records cannot be read"),
    ],
)  # fmt: skip
def test_where_nobody_knows_what_is_said_it_needs_a_permission_of_its_own(
    app: FastAPI, centre: Centre, events: list[Event], engine: str, why: str
) -> None:
    whole = recorded(centre, "a", events, engine).read_bytes()
    machine = client_of(centre, app, MachineRole.RECORDS)
    refused = machine.get("/api/calls/a/audio")
    assert refused.status_code == 403
    assert why in refused.json()["detail"]
    assert client_of(centre, app, Role.LEAD).get("/api/calls/a/audio").content == whole
    told = [(row.actor, row.outcome) for row in centre.audit.rows() if row.action == Action.CALL_LISTEN_UNHEARD]
    assert sorted(told) == sorted([(centre.machine(), "refused"), (centre.person("lead").id, "done")])


def test_what_is_erased_for_good_its_agent_neither_sees_nor_hears(app: FastAPI, centre: Centre) -> None:
    recorded(centre, "a", [heard(2_000, "手机幺三八零零幺三八零零零"), SCORED])
    agent = client_of(centre, app, Role.AGENT)
    whole = agent.get("/api/calls/a/audio").content
    Deletion(centre.store.database).erase_private("a")  # and its recording is not muted yet
    muted = agent.get("/api/calls/a/audio").content
    assert muted != whole
    assert muted == client_of(centre, app, Role.LEAD).get("/api/calls/a/audio").content
    assert agent.get("/api/calls/a/audio/peaks").json()["muted"] == [{"start_ms": 2_100, "end_ms": 4_900}]
    assert "［手机号］" in agent.get("/api/calls/a/records").text
    assert [one["private_gone"] for one in agent.get("/api/calls").json() if one["call_id"] in ("a", "own")] == [
        True,
        False,
    ]


def test_what_one_sees_is_masked_once_for_all(centre: Centre) -> None:
    call = centre.call("live", CALLS["own"])
    call.feed([heard(0, f"电话{NUMBER}")])
    masking = Masking(CallIndex(centre.store, centre.running), centre.registry.team_settings)
    caption = Record("live", None, WordsGuessed(3_000, C, 2_900, "邮箱a@qq.com", 2))
    one, other = ([*Eyes(masking, READER).see([call.records[1], caption])] for _ in range(2))
    assert [mine is theirs for mine, theirs in zip(one, other, strict=True)] == [True, True]
    assert one[1] != caption
