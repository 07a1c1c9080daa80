"""The server over PostgreSQL: what it answers is what it answers over a file, and calls of other servers beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from pipeline.events.call import CallEnded, CallFacts, FactsNoted
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.people.permissions import Role
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.store.leases import Leases
from pipeline.store.postgres import Postgres
from pipeline.store.schema import servers
from pipeline.store.sql import SqlStore
from tests.postgres import Server
from tests.server.conftest import ADDRESS, Centre, hint, started, turn
from tests.writing import add

Answers = dict[str, object]


@pytest.fixture
def shared(postgres: Server) -> Iterator[SqlStore]:
    """The database as another server has it open."""
    name = postgres.new_database()
    here = Postgres(postgres.address(name))
    leases = Leases(here, "here")
    leases.begin()
    store = SqlStore(here, leases=leases)
    yield store
    store.close()


@pytest.fixture
def of_another(shared: SqlStore) -> Iterator[SqlStore]:
    elsewhere = Leases(shared.database, "elsewhere")
    elsewhere.begin()
    return SqlStore(shared.database, leases=elsewhere)


def answers(centre: Centre) -> Answers:
    """Of a call with a hint and an end, to its agent, a lead of another team and QA."""
    for team in ("a", "b"):
        centre.registry.directory.add_team(team.upper(), team)
    centre.finished_call("a", [turn(20), hint(40, 1), turn(60)], CallFacts(agent_id="1042", team="a"))
    told: Answers = {}
    people = {
        "lin": centre.page("lin"), "wang": centre.page("wang", Role.LEAD, team="b"),
        "xu": centre.page("xu", Role.QA, assigned=("a",)),
    }  # fmt: skip
    for login, headers in people.items():
        client = TestClient(centre.app, base_url=ADDRESS, headers=headers)
        for path in ("/api/calls", "/api/calls/a/records", "/api/calls/latest/records", "/api/calls/b/records"):
            answer = client.get(path)
            told[f"{login} {path}"] = (answer.status_code, answer.json())
    told["audit"] = [(row.action, row.object, row.outcome) for row in centre.audit.rows()]
    return told


def test_the_same_is_answered_over_both_databases(shared: SqlStore, tmp_path: Path) -> None:
    over_file, over_server = Centre(tmp_path / "file"), Centre(tmp_path / "server", store=shared)
    assert answers(over_server) == answers(over_file)


def test_a_call_of_a_server_that_is_silent_is_listed_so_and_nobody_ends_it_here(
    shared: SqlStore, of_another: SqlStore, tmp_path: Path, make_silent: Callable[[], None]
) -> None:
    centre = Centre(tmp_path, store=shared)
    add(of_another, "theirs", [started("theirs"), turn(20)])
    client = TestClient(centre.app, base_url=ADDRESS, headers=centre.page())
    assert [(call["ended"], call["unheard"]) for call in client.get("/api/calls").json()] == [(None, False)]
    make_silent()
    assert [(call["ended"], call["unheard"]) for call in client.get("/api/calls").json()] == [(None, True)]
    told = client.put("/api/calls/theirs/facts", json={"recording_consent": False})
    assert (told.status_code, told.json()["detail"]) == (
        409,
        "call theirs runs at another server, or at a desk that is away: it is told there",
    )
    told = client.post("/api/calls/theirs/end")
    assert told.status_code == 409
    assert not any(isinstance(record.event, CallEnded) for record in shared.read("theirs"))
    of_another.own("theirs")  # it is still that one's


@pytest.fixture
def make_silent(shared: SqlStore) -> Callable[[], None]:
    def make() -> None:
        with shared.database.writing() as connection:
            long_ago = update(servers).where(servers.c.place == "elsewhere").values(renewed_at=0.0)
            connection.execute(long_ago)

    return make


def test_consent_taken_back_at_another_server_is_noted_there_and_the_recording_deleted_where_it_is(
    shared: SqlStore, of_another: SqlStore, tmp_path: Path
) -> None:
    yes = CallFacts(recording_consent=True)
    add(shared, "a", [started("a"), FactsNoted(20, yes), RecordingStarted(20), turn(20), CallEnded(40, "finished")])
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.flac").write_bytes(b"fLaC")
    here, there = (
        Consents(store, Sessions(), NoBus(), FolderRecordings(tmp_path / name))
        for store, name in ((shared, "here"), (of_another, "there"))
    )
    before = len(shared.read("a"))
    assert there.withdraw("a", actor="u-1").recording_consent is False
    no = FactsNoted(40, CallFacts(recording_consent=False), "u-1")
    assert [record.event for record in shared.read("a", before)] == [no]
    there.delete_left(print)
    assert [record.event for record in shared.read("a", before)] == [no]
    here.delete_left(print)
    assert [record.event for record in shared.read("a", before)] == [no, RecordingStopped(40, "withdrawn")]
    assert list((tmp_path / "here").iterdir()) == []
