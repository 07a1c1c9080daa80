"""A record that nobody here can read is shown as such in its place, and stops nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.score import CallScored
from pipeline.reports.call_report import report
from pipeline.session.aftercare import Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.sessions import Sessions
from pipeline.store.baselines import BaselineSettings
from pipeline.store.sql import SqlStore
from tests.heartbeats import heard
from tests.server.conftest import ADDRESS, AGENT, Centre, hint, page_of, started, turn
from tests.server.test_sockets import WS
from tests.writing import add

MINUTE = 60_000
FACTS = CallFacts(agent_id=AGENT, agent_name="小林", recording_consent=True)
LEVEL = LevelMeasured(80, Channel.AGENT, 0, 80, -20.0, 30.0, 0.0)
SCORED = CallScored(80, 90.0, 0, (), ())
EVENTS: list[Any] = [started("x"), turn(20), hint(40, 1), LEVEL, turn(60), CallEnded(80, "finished"), SCORED]
PLACES = {"CallStarted": 1, "LevelMeasured": 4, "CallScored": 7}


@dataclass(frozen=True)
class Damage:
    sql: str
    cause: str
    said: str
    keeps_time: bool = False
    keeps_kind: bool = True


NEWER = "UPDATE records SET event = json_set(event, '$.version', 9)"
UNKNOWN = "UPDATE records SET kind = 'MoodGuessed', event = json_set(event, '$.kind', 'MoodGuessed')"
DAMAGES = {
    "an unknown kind": Damage(UNKNOWN, "newer", "kind 'MoodGuessed'", keeps_time=True, keeps_kind=False),
    "a later version": Damage(NEWER, "newer", "version 9 of ", keeps_time=True),
    "half a text": Damage("UPDATE records SET event = substr(event, 1, 30)", "damaged", "not an event"),
    "no object": Damage("UPDATE records SET event = '[7]'", "damaged", "not an event"),
    "too deep": Damage(f"UPDATE records SET event = '{'[' * 5_000}'", "damaged", "not an event"),
    "another type": Damage("UPDATE records SET event = json_remove(event, '$.at_ms')", "damaged", "at_ms"),
    "no UTF-8": Damage("UPDATE records SET event = CAST(x'7BFF22FE' AS TEXT)", "damaged", "not an event"),
    "bytes": Damage("UPDATE records SET event = x'FF00'", "damaged", "not an event"),
    "a number": Damage("UPDATE records SET event = 7", "damaged", "not an event"),
    "a NULL": Damage("UPDATE records SET event = NULL", "damaged", "not an event"),
    "a NULL kind": Damage("UPDATE records SET kind = NULL, event = NULL", "damaged", "not an event", keeps_kind=False),
}


@pytest.fixture(params=PLACES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest) -> Damage:
    return DAMAGES[request.param]


@pytest.fixture
def centre(tmp_path: Path, kind: str, damage: Damage) -> Centre:
    """Three calls: a sound one, one with a record that cannot be read, and another sound one."""
    store = SqlStore(tmp_path / "calls.db")
    for call_id in ("before", "hurt", "after"):
        add(store, call_id, [replace(EVENTS[0], facts=FACTS), *EVENTS[1:]])
    store.close()
    spoil(store.database.path, f"{damage.sql} WHERE call_id = 'hurt' AND seq = {PLACES[kind]}")
    return Centre(tmp_path)


def spoil(path: Path, statement: str) -> None:
    """Past the store, and past what its tables allow, as a damaged file is."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'records'")
        version = connection.execute("PRAGMA schema_version").fetchone()[0]
        connection.execute(f"PRAGMA schema_version={version + 1}")
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


@pytest.fixture
def client(centre: Centre) -> Iterator[TestClient]:
    with TestClient(centre.app, base_url=ADDRESS, headers=page_of(centre)) as client:
        yield client


def is_unreadable(event: Any, kind: str, damage: Damage) -> bool:
    """As it is sent: told to be none, with its kind where that is known."""
    assert (event["kind"], event["stage"], event["cause"]) == ("StageFailed", "record", damage.cause)
    assert damage.said in event["reason"]
    assert "of call hurt" in event["reason"]
    assert kind in event["reason"] or not damage.keeps_kind
    wanted = EVENTS[PLACES[kind] - 1].at_ms
    return event["at_ms"] == (wanted if damage.keeps_time else 0)


def test_it_is_shown_in_its_place_and_everything_else_is_there(
    client: TestClient, kind: str, damage: Damage, centre: Centre
) -> None:
    _is_read_in_order(client, kind, damage, centre)
    _is_condensed(client, kind, damage)
    _is_listed(client, kind, centre)


def _is_read_in_order(client: TestClient, kind: str, damage: Damage, centre: Centre) -> None:
    place = PLACES[kind]
    for records in (client.get("/api/calls/hurt/records").json(), _watched(client, "/ws/calls/hurt", len(EVENTS))):
        assert [record["seq"] for record in records] == list(range(1, len(EVENTS) + 1))
        assert is_unreadable(records[place - 1]["event"], kind, damage)
        others = [record["event"]["kind"] for record in records if record["seq"] != place]
        assert others == [type(event).__name__ for seq, event in enumerate(EVENTS, start=1) if seq != place]
    sound = client.get("/api/calls/after/records").json()
    assert [record["event"]["kind"] for record in sound] == [type(event).__name__ for event in EVENTS]
    assert report("after", centre.store.read("after"))["score"]["total"] == 90.0


def _is_condensed(client: TestClient, kind: str, damage: Damage) -> None:
    (past,) = _watched(client, "/ws/calls/hurt?condensed=true", 1)
    kinds = {record["seq"]: record["event"]["kind"] for record in past["records"]}
    assert past["seq"] == len(EVENTS)
    assert {1, 6, 7} <= set(kinds)
    assert kinds[7] == ("StageFailed" if kind == "CallScored" else "CallScored")
    if kind != "LevelMeasured" or not damage.keeps_kind:  # which later ones would have made needless
        (found,) = [record["event"] for record in past["records"] if record["event"]["kind"] == "StageFailed"]
        assert is_unreadable(found, kind, damage)


def _is_listed(client: TestClient, kind: str, centre: Centre) -> None:
    listed = {call["call_id"]: call for call in client.get("/api/calls").json()}
    assert list(listed) == ["after", "hurt", "before"]
    assert {listed[call_id]["score"] for call_id in ("before", "after")} == {90.0}
    hurt = listed["hurt"]
    assert hurt["facts"]["agent_name"] == (None if kind == "CallStarted" else "小林")
    assert hurt["score"] == (None if kind == "CallScored" else 90.0)
    assert client.get("/api/calls/latest").json()["call_id"] == "after"


def test_new_calls_are_kept_and_its_own_consent_can_be_withdrawn(centre: Centre, kind: str) -> None:
    centre.finished_call("new", [turn(20)])
    assert centre.store.calls()[0] == "new"
    consents = Consents(centre.store, Sessions(), NoBus(), None)
    assert consents.holds("hurt") == (kind != "CallStarted")  # what cannot be read may have been a no
    assert consents.withdraw("hurt").recording_consent is False
    assert centre.store.read("hurt")[len(EVENTS)].seq == len(EVENTS) + 1


def _watched(
    client: TestClient, address: str, count: int, headers: Mapping[str, str] = MappingProxyType({})
) -> list[Any]:
    with client.websocket_connect(WS + address, headers=dict(headers)) as socket:
        return heard(socket, count)


# --- what is owed to other calls -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("place", [1, 2])
def test_others_are_ended_scored_and_learned_from(tmp_path: Path, rulebook: Rulebook, name: str, place: int) -> None:
    store = SqlStore(tmp_path / "calls.db", BaselineSettings())
    for call_id in ("hurt", "sound"):
        add(store, call_id, [_begun(call_id, rulebook), turn(20)])
    store.close()
    spoil(store.database.path, f"{DAMAGES[name].sql} WHERE call_id = 'hurt' AND seq = {place}")
    store = SqlStore(store.database.path, BaselineSettings())
    aftercare = Aftercare(store, NoBus(), running := Sessions(), print)
    assert aftercare.end_unfinished() == ["hurt", "sound"]
    aftercare.care(rulebook)
    assert running.left() == []
    failed = store.read("hurt")[-1].event
    assert isinstance(failed, StageFailed)
    assert failed.stage == "score"
    assert failed.cause == DAMAGES[name].cause or "the call has no beginning" in failed.reason
    assert isinstance(store.read("sound")[-1].event, CallScored)
    for call_id in ("third", "hurt"):
        add(store, call_id, [_begun(call_id, rulebook)] if call_id == "third" else [turn(40)])
        add(store, call_id, _ending())
    assert [(one.agent_id, one.calls) for one in store.baselines()] == [("7", 1)]


def _begun(call_id: str, rulebook: Rulebook) -> CallStarted:
    channels = (Channel.AGENT, Channel.CUSTOMER)
    facts = CallFacts(agent_id="7")
    return CallStarted(0, call_id, "2026-11-22", channels, facts, rulebook.id, rulebook.version, "x", "none")


def _ending() -> list[Any]:
    return [
        PitchMeasured(3 * MINUTE, Channel.AGENT, 0, 3 * MINUTE, 180.0, 3.0, 9.0, MINUTE, None, 0),
        PaceMeasured(3 * MINUTE, Channel.AGENT, 0, 3 * MINUTE, 220.0, 260.0, 200.0, MINUTE, MINUTE, "words"),
        CallEnded(3 * MINUTE, "finished"),
    ]
