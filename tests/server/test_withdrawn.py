"""Consent taken back after the call: the recording goes from the disk and from every answer, and the records say so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.audio.recording import recorder
from pipeline.audio.recording.recorder import finish
from pipeline.cli.live import _recover
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.reports.call_report import report
from pipeline.server.app import Edges, create_app
from pipeline.server.writers import Writers
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.mailbox import CallOver
from tests.live.talk import SETTINGS, Talk, names, record
from tests.server.conftest import ADDRESS, Centre, turn
from tests.server.test_calls import BEARER, TOKEN

WITHDRAW = {"recording_consent": False}
YES = CallFacts(recording_consent=True, customer_name="王")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def cti(centre: Centre, folder: Path) -> Iterator[TestClient]:
    edges = Edges(writers=Writers(TOKEN), recordings=folder)
    app = create_app(centre.store, centre.hub, centre.running, dist=centre.dist, edges=edges)
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), headers=BEARER) as client:
        yield client


def recorded_call(centre: Centre, folder: Path) -> None:
    centre.finished_call("c1", [FactsNoted(20, YES), RecordingStarted(20), turn(20)])
    record(Talk(400, YES), folder)


def withdraw(cti: TestClient, call_id: str = "c1") -> tuple[int, Any]:
    answer = cti.put(f"/api/calls/{call_id}/facts", json=WITHDRAW)
    return answer.status_code, answer.json()


def test_the_recording_goes_and_every_answer_says_so(cti: TestClient, centre: Centre, folder: Path) -> None:
    recorded_call(centre, folder)
    finish(folder, "c1", SETTINGS)
    assert cti.get("/api/calls/c1/audio").status_code == 200
    before = len(centre.store.read("c1"))
    with cti.websocket_connect(f"ws://127.0.0.1:8000/ws/calls/c1?after={before}") as page:
        code, facts = withdraw(cti)
        assert (code, facts["recording_consent"], facts["customer_name"]) == (202, False, "王")
        assert [page.receive_json()["event"]["kind"] for _ in range(2)] == ["FactsNoted", "RecordingStopped"]
    assert names(folder) == []
    assert cti.get("/api/calls/c1/audio").status_code == 404
    assert cti.get("/api/calls/latest").json()["facts"]["recording_consent"] is False
    ended, *told = [record.event for record in centre.store.read("c1")][before - 1 :]
    facts = replace(YES, recording_consent=False)
    assert told == [FactsNoted(ended.at_ms, facts), RecordingStopped(ended.at_ms, "withdrawn")]
    assert centre.store.unfinished() == []
    assert report("c1", centre.store.read("c1"))["duration_ms"] == ended.at_ms


def test_asking_again_is_fine_and_says_nothing_new(cti: TestClient, centre: Centre, folder: Path) -> None:
    recorded_call(centre, folder)
    withdraw(cti)
    told = centre.store.read("c1")
    (folder / "c1.flac").write_bytes(b"come back from a backup")
    assert cti.get("/api/calls/c1/audio").status_code == 404  # whatever lies there
    assert withdraw(cti)[0] == 202
    assert names(folder) == []
    assert [type(r.event) for r in centre.store.read("c1")[len(told) :]] == [RecordingStopped]
    assert withdraw(cti)[0] == 202
    assert len(centre.store.read("c1")) == len(told) + 1


def test_a_call_that_was_never_recorded_only_notes_it(cti: TestClient, centre: Centre) -> None:
    centre.finished_call("a", [turn(20)])
    assert withdraw(cti, "a")[0] == 202
    assert [type(r.event) for r in centre.store.read("a")[-1:]] == [FactsNoted]
    assert withdraw(cti, "nobody")[0] == 404


@pytest.mark.parametrize("body", [{"recording_consent": True}, {"company": "乙", "recording_consent": False}, {}])
def test_nothing_else_is_told_to_a_call_that_has_ended(cti: TestClient, centre: Centre, body: dict[str, Any]) -> None:
    centre.finished_call("a", [turn(20)])
    answer = cti.put("/api/calls/a/facts", json=body)
    assert answer.status_code == 409
    assert "only the consent" in answer.json()["detail"]


def test_only_who_may_write_may_withdraw(centre: Centre, folder: Path) -> None:
    recorded_call(centre, folder)
    app = create_app(
        centre.store, centre.hub, centre.running, dist=centre.dist, edges=Edges(None, folder, Writers(TOKEN))
    )
    with TestClient(app, base_url=ADDRESS, client=("192.0.2.7", 5000)) as far:
        assert far.put("/api/calls/c1/facts", json=WITHDRAW).status_code == 401
    assert names(folder) == ["c1.wav"]


def test_what_is_being_encoded_meanwhile_goes_too(
    cti: TestClient, centre: Centre, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded_call(centre, folder)
    encoded, may_go_on = threading.Event(), threading.Event()
    write = recorder._write_part

    def slowly(*arguments: Any) -> None:
        write(*arguments)
        encoded.set()
        assert may_go_on.wait(10)

    monkeypatch.setattr(recorder, "_write_part", slowly)
    thread = threading.Thread(target=finish, args=(folder, "c1", SETTINGS))
    thread.start()
    assert encoded.wait(10)
    assert names(folder) == ["c1.part", "c1.wav"]
    assert withdraw(cti)[0] == 202
    may_go_on.set()
    thread.join(10)
    assert names(folder) == []


def test_it_holds_after_a_restart(cti: TestClient, centre: Centre, folder: Path) -> None:
    """A process killed between the answer and the end of encoding may leave both of its files."""
    recorded_call(centre, folder)
    withdraw(cti)
    record(Talk(400, YES), folder)
    (folder / "c1.part").write_bytes(b"half")
    _recover(folder, SETTINGS, Consents(centre.store, centre.running, NoBus(), folder))
    assert names(folder) == []


def test_a_recording_that_cannot_be_deleted_is_said_and_not_given_away(
    cti: TestClient, centre: Centre, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded_call(centre, folder)
    finish(folder, "c1", SETTINGS)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        code, answer = withdraw(cti)
    assert (code, "cannot be deleted" in answer["detail"]) == (503, True)
    assert cti.get("/api/calls/c1/audio").status_code == 404
    assert not [r for r in centre.store.read("c1") if isinstance(r.event, RecordingStopped)]
    assert withdraw(cti)[0] == 202
    assert names(folder) == []


def test_while_records_wait_to_be_kept_the_recording_goes_all_the_same(
    cti: TestClient, centre: Centre, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded_call(centre, folder)
    waiting = centre.store.read("c1")[-1:]
    monkeypatch.setattr(centre.running, "unkept", lambda call_id, after=0: waiting)
    code, answer = withdraw(cti)
    assert (code, "withdraw the consent again" in answer["detail"]) == (503, True)
    assert names(folder) == []


def test_told_too_late_for_the_last_slice_it_is_not_lost(centre: Centre) -> None:
    call = centre.call("a")
    mailbox = centre.running.mailbox("a")
    assert mailbox is not None
    mailbox.put_facts(WITHDRAW)  # nobody takes it any more
    late = centre.running.end("a")
    assert late is not None
    assert late.recording_consent is False
    with pytest.raises(CallOver):
        mailbox.put_facts(WITHDRAW)
    call.end()
