"""Pages and lists while the store refuses: nothing is lost, nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest
from starlette.testclient import TestClient, WebSocketTestSession

from pipeline.codec import from_json
from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.faults import RecordsWaiting, StageBack, StageFailed
from pipeline.events.hints import HintDone
from pipeline.events.record import Event, Record
from pipeline.server.metrics import RecordMetrics, new_registry
from pipeline.session.aftercare import Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.outbox import Outbox
from pipeline.session.session import Session
from pipeline.session.sessions import Sessions
from tests.server.conftest import Call, Centre, hint, started, turn
from tests.server.test_run import FINISHED, Bus
from tests.server.test_sockets import WS, answer
from tests.store.test_keeper import Disk


def numbered_of(bus: Bus) -> list[Record]:
    return [record for records in bus.published for record in records if record.seq is not None]


def seqs(socket: WebSocketTestSession, count: int) -> list[int | None]:
    """Of the next numbered records; how many wait is told between them."""
    numbered = (record.seq for record in iter(lambda: from_json(socket.receive_text()), None) if record.seq)
    return [next(numbered) for _ in range(count)]


def test_a_full_disk_is_said_once_and_the_hints_go_on() -> None:
    disk, bus = Disk(), Bus()
    slices = [[started("a")], [turn(20)], [hint(40, 1)], [FINISHED]]
    Session("a", disk, bus).run(slices)
    failed = [e for e in bus.events if isinstance(e, StageFailed)]
    assert [e.stage for e in failed] == ["store"]
    assert "disk is full" in failed[0].reason
    published = numbered_of(bus)
    assert [(r.seq, r.event) for r in published[2:]] == [(3, turn(20)), (4, hint(40, 1)), (5, FINISHED)]
    assert disk.read("a") == []


def test_a_disk_with_room_again_gets_the_whole_call() -> None:
    disk, bus = Disk(), Bus()

    def events() -> Iterator[list[Event]]:
        yield [started("a")]
        yield [turn(20)]
        disk.full = False
        yield [CallEnded(40, "finished")]

    Session("a", disk, bus).run(events())
    assert disk.read("a") == numbered_of(bus)
    assert [type(r.event).__name__ for r in numbered_of(bus)] == [
        "CallStarted", "StageFailed", "TurnStarted", "CallEnded", "StageBack",
    ]  # fmt: skip


def test_a_silent_call_tries_too() -> None:
    disk, bus = Disk(), Bus()
    outbox = Outbox("a", disk, bus)
    outbox.feed([started("a")])
    disk.full = False
    for _ in range(60):
        outbox.feed([])
    assert StageBack(1_000, "store") in bus.events
    assert disk.read("a") == numbered_of(bus)


def test_a_store_that_never_recovers(client: TestClient, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    call = centre.call("a")
    call.feed([turn(20)])
    refuse(centre, monkeypatch)
    call.feed([turn(40)])
    call.end()
    centre.running.end("a")
    assert [type(r.event) for r in call.records[-3:]] == [type(turn(0)), StageFailed, CallEnded]
    assert client.get("/api/calls/latest").json()["ended"] == "interrupted"  # seen here until the process ends
    monkeypatch.undo()
    assert Aftercare(centre.store, NoBus(), Sessions(), print).end_unfinished() == ["a"]
    assert [r.event for r in centre.store.read("a")] == [started("a"), turn(20), CallEnded(20, "interrupted")]


def refuse(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> list[Record]:
        raise StoreError("calls.db cannot be written: database or disk is full")

    monkeypatch.setattr(centre.store, "append", full)


@pytest.fixture
def call(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Records 1 to 3 are kept, 4 to 7 are not; 5 is StageFailed."""
    call = centre.call("a")
    call.feed([turn(20), turn(20)])
    refuse(centre, monkeypatch)
    call.feed([turn(40)])
    call.feed([turn(60), hint(60, number=1)])
    return call


def recover(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for _ in range(60):
        call.feed([])


@pytest.mark.parametrize("after", [0, 2, 3, 6, 7, 99])
def test_reconnecting_during_the_outage_has_no_gap_and_no_repeat(
    client: TestClient, centre: Centre, call: Call, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    with client.websocket_connect(WS + f"/ws/calls/a?after={after}") as socket:
        call.feed([turn(80)])
        known = 0 if after == 99 else after
        assert seqs(socket, 8 - known) == list(range(known + 1, 9))
        recover(call, monkeypatch)
        numbered = (record for record in iter(lambda: from_json(socket.receive_text()), None) if record.seq)
        back = next(numbered)
        assert (back.seq, type(back.event)) == (9, StageBack)
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        assert [from_json(socket.receive_text()) for _ in range(9)] == call.records == centre.store.read("a")


def test_a_hint_of_the_outage_can_be_answered(client: TestClient, centre: Centre, call: Call) -> None:
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        seqs(socket, 7)
        assert from_json(socket.receive_text()).event == RecordsWaiting(60, 4)
        socket.send_json({"type": "done", "hint_seq": 7})
        answer(socket, "{}")
    session = centre.calls["a"].session
    assert session.take() == (HintDone(0, 1, "agent", actor=centre.person().id),)


def test_the_list_and_the_records_know_what_waits(client: TestClient, centre: Centre, call: Call) -> None:
    call.feed([CallEnded(80, "finished")])
    latest = client.get("/api/calls/latest").json()
    assert (latest["ended"], latest["unkept"]) == ("finished", 5)
    assert [r["seq"] for r in client.get("/api/calls/a/records?after=2").json()] == [3, 4, 5, 6, 7, 8]


def test_a_call_of_which_nothing_is_kept(client: TestClient, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre.finished_call("before", [])
    refuse(centre, monkeypatch)
    call = centre.call("a")
    assert client.get("/api/calls/latest").json()["call_id"] == "a"
    assert [(c["call_id"], c["unkept"]) for c in client.get("/api/calls").json()] == [("a", 2), ("before", 0)]
    with client.websocket_connect(WS + "/ws/calls/latest") as socket:
        assert seqs(socket, 2) == [1, 2]
        call.end()
        centre.running.end("a")
        assert seqs(socket, 1) == [3]
    assert client.get("/api/calls/latest").json()["ended"] == "interrupted"


def test_the_scoring_of_files_asks_its_store_once_a_slice() -> None:
    disk = Disk(full=False)
    Session("a", disk, Bus()).run([[started("a")], [turn(20), turn(20)], [], [FINISHED]])
    assert disk.asked == [1, 2, 1]


def test_health_tells_the_truth_and_how_many_records_wait(
    client: TestClient, centre: Centre, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failing", "unkept": 4, "detail": "calls.db cannot be written: database or disk is full",
    }  # fmt: skip
    recover(call, monkeypatch)
    assert client.get("/api/health").json() == {"status": "ok", "unkept": 0}


def test_health_tells_of_a_database_that_is_gone_though_no_call_runs(client: TestClient, centre: Centre) -> None:
    centre.finished_call("a", [])
    centre.store.database.path.unlink()
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert "calls.db was deleted" in answer.json()["detail"]
    assert client.get("/api/calls/a/records").status_code == 200  # what is open can still be read


def test_a_flood_of_questions_writes_once_a_second(
    client: TestClient, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(centre.store, "probe", lambda: asked.append(1))
    monkeypatch.setattr("pipeline.server.health.time.monotonic", lambda: 5.0)
    for _ in range(20):
        assert client.get("/api/health").status_code == 200
    assert len(asked) == 1


def test_metrics_count_what_waits(centre: Centre, call: Call) -> None:
    registry = new_registry()
    registry.register(RecordMetrics(centre.running))
    told = generate_latest(registry).decode()
    assert "callcoach_records_unkept 4.0" in told
    assert "callcoach_calls_unkept 1.0" in told
