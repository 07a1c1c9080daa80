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
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import AudioError, CallOver
from pipeline.events.call import CallEnded, CallFacts, FactsNoted
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.reports.call_report import report
from pipeline.server.app import Edges
from pipeline.session.aftercare import Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.recordings import FolderRecordings
from tests.live.talk import SETTINGS, Talk, names, record
from tests.server.conftest import ADDRESS, AGENT, Centre, started, turn
from tests.server.test_aftercare import SCORED
from tests.server.test_outage import refuse
from tests.waiting import LIMIT_S

WITHDRAW = {"recording_consent": False}
YES = CallFacts(recording_consent=True, customer_name="王")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


@pytest.fixture
def deleted() -> list[tuple[str, str | None]]:
    """What the recordings tell for the audit: of which call, and who took the consent back."""
    return []


@pytest.fixture
def cti(centre: Centre, folder: Path, deleted: list[tuple[str, str | None]]) -> Iterator[TestClient]:
    recordings = FolderRecordings(folder, deleted=lambda call_id, actor: deleted.append((call_id, actor)))
    edges = Edges(recordings=recordings)
    app = centre.make_app(edges)
    with TestClient(app, base_url=ADDRESS, client=("127.0.0.1", 5000), headers=centre.bearer()) as client:
        yield client


def recorded_call(centre: Centre, folder: Path) -> None:
    scored = replace(SCORED, at_ms=20)
    centre.finished_call("c1", [FactsNoted(20, YES), RecordingStarted(20), turn(20), scored], engine="base")
    record(Talk(400, YES), folder)


def withdraw(cti: TestClient, call_id: str = "c1") -> tuple[int, Any]:
    answer = cti.put(f"/api/calls/{call_id}/facts", json=WITHDRAW)
    return answer.status_code, answer.json()


def test_the_recording_goes_and_every_answer_says_so(
    cti: TestClient, centre: Centre, folder: Path, deleted: list[tuple[str, str | None]]
) -> None:
    recorded_call(centre, folder)
    finish(folder, "c1", SETTINGS)
    assert cti.get("/api/calls/c1/audio").status_code == 200
    before = len(centre.store.read("c1"))
    with cti.websocket_connect(f"ws://127.0.0.1:8000/ws/calls/c1?after={before}") as page:
        code, facts = withdraw(cti)
        assert (code, facts["recording_consent"], facts["customer_name"]) == (202, False, "王")
        assert [page.receive_json()["event"]["kind"] for _ in range(2)] == ["FactsNoted", "RecordingStopped"]
    assert (names(folder), deleted) == ([], [("c1", centre.machine())])
    assert cti.get("/api/calls/c1/audio").status_code == 404
    assert cti.get("/api/calls/latest").json()["facts"]["recording_consent"] is False
    ended, *told = [record.event for record in centre.store.read("c1")][before - 1 :]
    facts = replace(YES, recording_consent=False)
    assert told == [
        FactsNoted(ended.at_ms, facts, centre.machine()),
        RecordingStopped(ended.at_ms, "withdrawn", actor=centre.machine()),
    ]
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
    app = centre.make_app(Edges(None, FolderRecordings(folder)))
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
        assert may_go_on.wait(LIMIT_S)

    monkeypatch.setattr(recorder, "_write_part", slowly)
    thread = threading.Thread(target=finish, args=(folder, "c1", SETTINGS))
    thread.start()
    assert encoded.wait(LIMIT_S)
    assert names(folder) == ["c1.part", "c1.wav"]
    assert withdraw(cti)[0] == 202
    may_go_on.set()
    thread.join(LIMIT_S)
    assert names(folder) == []


def test_it_holds_after_a_restart(cti: TestClient, centre: Centre, folder: Path) -> None:
    """A process killed between the answer and the end of encoding may leave both of its files."""
    recorded_call(centre, folder)
    withdraw(cti)
    record(Talk(400, YES), folder)
    (folder / "c1.part").write_bytes(b"half")
    gone: list[str] = []
    FolderRecordings(folder, deleted=lambda call_id, actor: gone.append(call_id)).recover(again(centre, folder).holds)
    assert (names(folder), gone) == ([], ["c1"])


def test_a_recording_that_cannot_be_deleted_is_said_and_not_given_away(
    cti: TestClient, centre: Centre, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded_call(centre, folder)
    finish(folder, "c1", SETTINGS)
    with monkeypatch.context() as patch:
        cannot_be_deleted(patch)
        code, answer = withdraw(cti)
    assert (code, "cannot be deleted" in answer["detail"]) == (503, True)
    assert cti.get("/api/calls/c1/audio").status_code == 404
    assert not [r for r in centre.store.read("c1") if isinstance(r.event, RecordingStopped)]
    assert withdraw(cti)[0] == 202
    assert names(folder) == []


def test_while_records_wait_to_be_kept_asking_once_is_enough(
    cti: TestClient, centre: Centre, folder: Path, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal waits its turn behind the records of the call, and is seen at once."""
    call = centre.call("c1")
    record(Talk(400, YES), folder)
    with monkeypatch.context() as patch:
        refuse(centre, patch)
        call.feed([FactsNoted(20, YES), RecordingStarted(20)])
        call.feed([CallEnded(40, "finished"), SCORED])
        centre.running.end("c1")
        assert withdraw(cti)[0] == 202
        assert withdraw(cti)[0] == 202
        assert names(folder) == []
        assert cti.get("/api/calls/latest").json()["facts"]["recording_consent"] is False
    Aftercare(centre.store, centre.hub, centre.running, print).care(rulebook)
    kept = [r.event for r in centre.store.read("c1")]
    assert [e for e in kept if isinstance(e, RecordingStopped)] == [
        RecordingStopped(40, "withdrawn", actor=centre.machine())
    ]
    assert [e.facts.recording_consent for e in kept if isinstance(e, FactsNoted)] == [True, False]
    assert centre.running.left() == []


def test_a_store_that_refuses_just_then_gets_it_later(
    cti: TestClient, centre: Centre, folder: Path, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a call that had nothing left to be kept; it is not scored a second time."""
    centre.finished_call("c1", [FactsNoted(20, YES), RecordingStarted(20), SCORED])
    record(Talk(400, YES), folder)
    before = len(centre.store.read("c1"))
    with monkeypatch.context() as patch:
        refuse(centre, patch)
        assert withdraw(cti)[0] == 202
        assert cti.get("/api/calls/c1/audio").status_code == 404
    Aftercare(centre.store, centre.hub, centre.running, print).care(rulebook)
    assert [type(r.event).__name__ for r in centre.store.read("c1")[before:]] == [
        "FactsNoted", "RecordingStopped", "StageFailed", "StageBack",
    ]  # fmt: skip


# --- what could not be deleted ---------------------------------------------------------------------------------------


def cannot_be_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_to(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refuse_to)


def test_what_could_not_be_deleted_is_tried_again_at_the_next_start_and_said(
    cti: TestClient, centre: Centre, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded_call(centre, folder)
    finish(folder, "c1", SETTINGS)
    (folder / "kept.flac").write_bytes(b"of a call that nobody knows")
    centre.finished_call("c2", [FactsNoted(20, YES), RecordingStarted(20)])
    (folder / "c2.flac").write_bytes(b"its consent holds")
    said: list[str] = []
    with monkeypatch.context() as patch:
        cannot_be_deleted(patch)
        assert withdraw(cti)[0] == 503
        again(centre, folder).delete_left(said.append)
        assert "c1" in said[0]
        assert "cannot be deleted: Operation not permitted" in said[0]
    again(centre, folder).delete_left(said.append)
    assert said[1:] == ["the recording of call c1, whose consent was taken back: deleted now"]
    assert names(folder) == ["c2.flac", "kept.flac"]
    assert centre.store.read("c1")[-1].event == RecordingStopped(40, "withdrawn")
    again(centre, folder).delete_left(said.append)
    assert len(said) == 2


def test_a_running_call_deletes_its_recording_itself(centre: Centre, folder: Path) -> None:
    call = centre.call("c1")
    call.feed([FactsNoted(20, replace(YES, recording_consent=False))])
    record(Talk(400, YES), folder)
    again(centre, folder).delete_left(print)
    assert names(folder) == ["c1.wav"]


def again(centre: Centre, folder: Path) -> Consents:
    return Consents(centre.store, centre.running, NoBus(), FolderRecordings(folder))


# --- facts that come too late for the last slice ---------------------------------------------------------------------


def test_facts_told_too_late_for_the_last_slice_are_kept_behind_the_end(cti: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    call.feed([CallEnded(20, "finished"), SCORED])
    for facts in ({"customer_name": "王"}, {"recording_consent": False}):
        assert cti.put("/api/calls/a/facts", json=facts).status_code == 202
    centre.running.end("a")
    noted = [r.event for r in centre.store.read("a") if isinstance(r.event, FactsNoted)]
    assert [e.facts for e in noted] == [
        CallFacts(agent_id=AGENT, agent_name="小林", customer_name="王", recording_consent=False)
    ]
    assert call.session.late == noted
    assert cti.get("/api/calls/latest").json()["facts"]["customer_name"] == "王"
    assert cti.put("/api/calls/a/facts", json={"team": "b"}).status_code == 409  # and from now on it is said
    with pytest.raises(CallOver):
        call.session.mailbox.put_facts(WITHDRAW)


def test_facts_taken_by_a_slice_that_broke_off_are_kept_too(centre: Centre) -> None:
    def events() -> Iterator[list[Event]]:
        yield [started("a")]
        session.mailbox.put_facts({"company": "华信"})
        session.take()
        raise AudioError("the device is gone")

    session = centre.running.begin("a", centre.store, centre.hub)
    with pytest.raises(AudioError):
        session.run(events())
    assert [type(r.event).__name__ for r in centre.store.read("a")] == ["CallStarted", "CallEnded", "FactsNoted"]


def test_a_call_that_never_began_has_no_facts_either(centre: Centre) -> None:
    session = centre.running.begin("a", centre.store, centre.hub)
    session.mailbox.put_facts({"company": "华信"})
    centre.running.end("a")
    assert centre.store.read("a") == []
