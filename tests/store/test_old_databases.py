"""Databases that earlier callcoaches have written open, list, replay, condense and rescore, for ever."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.codec import event_to_json
from pipeline.errors import NotOwner
from pipeline.events.call import CallEnded, CallStarted, FactsNoted
from pipeline.events.faults import StageFailed
from pipeline.events.hints import HintDismissed, HintDone
from pipeline.events.prompts import PromptPlayed
from pipeline.events.score import CallScored
from pipeline.events.upcasting import FORMER_NAMES
from pipeline.people.permissions import MachineRole
from pipeline.people.person import Whose, Within
from pipeline.replay import rescore
from pipeline.reports.call_report import report
from pipeline.session.aftercare import USUAL, Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.sessions import Sessions
from pipeline.store.baselines import BaselineSettings
from pipeline.store.schema import VERSION
from pipeline.store.sql import SqlStore
from tests.heartbeats import heard
from tests.postgres import Server
from tests.server.conftest import ADDRESS, Centre
from tests.server.test_sockets import WS
from tests.writing import add

KEPT = sorted((Path(__file__).parent / "databases").glob("*.db"))
DUMPS = sorted((Path(__file__).parent / "databases").glob("*.sql"))
KINDS_OF_CALL = {"live", "scored", "interrupted"}


def test_there_is_every_kind_of_call_in_every_earlier_schema() -> None:
    written = {f"schema-{version}-{kind}" for version in range(1, VERSION) if version != 4 for kind in KINDS_OF_CALL}
    assert {path.stem for path in KEPT} == written  # version 4 was never used: 4 and 5 came together


@pytest.fixture(params=KEPT, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(request.param, tmp_path / "calls.db"))


def is_interrupted(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM records WHERE kind = 'CallEnded'").fetchone()[0] == 0


def _as_then(today: Any, written: Any) -> Any:
    """What stands there today without the fields that there were none of then."""
    if isinstance(written, dict):
        return {key: _as_then(today[key], written[key]) for key in written}
    if isinstance(written, list) and len(today) == len(written):
        return [_as_then(*both) for both in zip(today, written, strict=True)]
    return today


def test_every_record_is_read_and_listed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT position, call_id, seq, kind, event FROM records ORDER BY position"
        ).fetchall()
    store = SqlStore(path)
    (call_id,) = store.calls()
    assert [(position, r.call_id, r.seq, type(r.event).__name__) for position, r in store.read_all(0)] == [
        (position, call_id, seq, FORMER_NAMES.get(kind, kind)) for position, call_id, seq, kind, _ in rows
    ]
    for record, (*_, written) in zip(store.read(call_id), rows, strict=True):
        today, then = json.loads(event_to_json(record.event)), json.loads(written)
        then["kind"] = FORMER_NAMES.get(then["kind"], then["kind"])
        then.pop("version", None)
        assert _as_then(today, then) == then  # nothing was lost on the way
    played = [record for record in store.read(call_id) if isinstance(record.event, PromptPlayed)]
    assert store.pick([call_id], {"PromptPlayed"}) == played  # whatever the kind was called then
    caused = [r.event for r in store.read(call_id)]
    assert {e.actor for e in caused if isinstance(e, CallStarted | FactsNoted | HintDone | HintDismissed)} == {None}
    facts = [r.event.facts for r in store.read(call_id) if isinstance(r.event, CallStarted | FactsNoted)]
    assert store.whose(call_id) == Whose(facts[-1].agent_id, facts[-1].team)
    assert store.calls(within=Within(teams=("b",))) == ([call_id] if facts[-1].team == "b" else [])
    assert store.unfinished() == ([call_id] if is_interrupted(path) else [])


def test_a_page_lists_and_replays_its_call(path: Path, tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    (call_id,) = centre.store.calls()
    with TestClient(centre.app, base_url=ADDRESS, headers=centre.bearer(MachineRole.RECORDS)) as client:
        (listed,) = client.get("/api/calls").json()
        assert (listed["call_id"], listed["started_at"][:10]) == (call_id, "2026-11-22")
        assert (listed["ended"], listed["score"] is None) == (
            (None, True) if is_interrupted(path) else ("finished", False)
        )
        records = client.get(f"/api/calls/{call_id}/records").json()
        assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
        assert "StageFailed" not in {record["event"]["kind"] for record in records}
        with client.websocket_connect(f"{WS}/ws/calls/{call_id}?condensed=true") as socket:
            [past] = heard(socket, 1)
        assert past["seq"] == len(records)
        assert {record["event"]["kind"] for record in past["records"]} >= {"CallStarted", "WordsHeard", "HintRaised"}


def test_it_is_scored_again_and_goes_on_behind_its_last_record(path: Path, rulebook: Rulebook) -> None:
    store = SqlStore(path, BaselineSettings())
    (call_id,) = store.calls()
    before = store.read(call_id)
    with closing(sqlite3.connect(path)) as connection:
        last = connection.execute("SELECT owner FROM calls").fetchone()[
            0
        ]  # before schema 3 nobody was asked for a number
    for owner in {0, 1} - {last} | {0}:
        with pytest.raises(NotOwner):
            store.append(call_id, owner, len(before) + 1, [CallEnded(1, "finished")])
    started = before[0].event
    assert isinstance(started, CallStarted)
    same = rulebook.model_copy(update={"id": started.rulebook_id, "version": started.rulebook_version})
    scored = rescore(same, USUAL, [record.event for record in before])[-1]
    assert isinstance(scored, CallScored)
    wanted = "too_short" if scored.at_ms < same.score.least_ms else ""
    assert (scored.unscored_reason, scored.total is None) == (wanted, wanted != "")
    aftercare = Aftercare(store, NoBus(), Sessions(), print)
    assert aftercare.end_unfinished() == ([call_id] if before[-1].event.at_ms < 20_000 else [])
    aftercare.care(same)
    after = store.read(call_id)
    assert after[: len(before)] == before
    assert isinstance(after[-1].event, CallScored)
    assert (report(call_id, after)["score"]["total"] is None) == (wanted != "")
    assert not any(isinstance(record.event, StageFailed) for record in after)
    assert add(store, call_id, [CallEnded(1, "finished")])[0].seq == len(after) + 1


def test_what_it_knew_of_an_agent_is_known(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        known = connection.execute("SELECT agent_id FROM baselines").fetchall() if "baselines" in names else []
    assert [(baseline.agent_id,) for baseline in SqlStore(path).baselines()] == known


SHAPE = {  # of a database on PostgreSQL: what is asked of its catalogue
    "columns": "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
    "WHERE table_schema = 'public'",
    "indices": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "functions": "SELECT proname, prosrc, prosecdef, proconfig::text FROM pg_proc "
    "WHERE pronamespace = 'public'::regnamespace",
    "triggers": "SELECT event_object_table, trigger_name, action_statement FROM information_schema.triggers",
    "grants": "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants "
    "WHERE table_schema = 'public'",
    "version": "SELECT version FROM schema_version",
}


def shape_of(server: Server, database: str) -> dict[str, list[Any]]:
    engine = create_engine(server.address(database, "postgres"))
    with engine.connect() as connection:
        found = {name: sorted(map(tuple, connection.execute(text(asked)))) for name, asked in SHAPE.items()}
    engine.dispose()
    return found


@pytest.mark.parametrize(
    "dump", sorted((Path(__file__).parent / "databases").glob("*.sql")), ids=lambda path: path.stem
)
def test_on_postgresql_it_is_brought_to_what_a_new_one_is(dump: Path, postgres: Server) -> None:
    brought = shape_of(postgres, postgres.former_database(dump.read_text(encoding="utf-8")))
    assert brought == shape_of(postgres, postgres.new_database())
