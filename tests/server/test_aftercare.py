"""Calls that have ended: what the store refused is kept later, what was cut off gets its score."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.codec import from_json
from pipeline.errors import RulebookError, StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted, ClockTicked
from pipeline.events.channels import Channel
from pipeline.events.faults import RecordsWaiting, StageBack, StageFailed
from pipeline.events.hints import HintCleared
from pipeline.events.measures import PaceMeasured, PitchMeasured
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.replay import rescore
from pipeline.reports.call_report import report
from pipeline.session import aftercare as module
from pipeline.session.aftercare import USUAL, Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.baselines import BaselineSettings
from pipeline.store.memory import MemoryStore
from pipeline.store.sql import SqlStore
from tests.coach.story import AGENT, CUSTOMER, Story
from tests.conftest import Slices
from tests.server.conftest import Call, Centre, started, turn
from tests.server.test_outage import WS, refuse, seqs
from tests.server.test_run import Bus
from tests.sound import FACTS
from tests.store.test_keeper import Disk
from tests.waiting import LIMIT_S
from tests.writing import add

SCORED = CallScored(1_000, 80.0, 0, (), ())


class Desk:
    """A process with a store, and what it says on the terminal."""

    def __init__(self, store: MemoryStore | SqlStore) -> None:
        self.store, self.bus, self.running = store, Bus(), Sessions()
        self.said: list[str] = []
        self.aftercare = Aftercare(store, self.bus, self.running, self.said.append)

    def hold(self, slices: Iterable[Sequence[Event]], call_id: str = "a") -> None:
        self.running.begin(call_id, self.store, self.bus).run(slices)
        self.running.end(call_id)

    def published(self) -> list[Record]:
        return [record for records in self.bus.published for record in records if record.seq is not None]


def whole_call(length: int = 75) -> list[list[Event]]:
    return [[started("a")], *[[turn(n * 20)] for n in range(1, length - 2)], [CallEnded(1_500, "finished"), SCORED]]


# --- what the store refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept_before", [0, 17])
def test_a_disk_full_until_after_the_end_gets_the_whole_call(kept_before: int, rulebook: Rulebook) -> None:
    """Also one of which nothing at all could be kept while it lasted."""
    disk = Disk(full=False)
    desk = Desk(disk)

    def slices() -> Iterator[list[Event]]:
        yield from whole_call()[:kept_before]
        disk.full = True
        yield from whole_call()[kept_before:]

    desk.hold(slices())
    assert len(disk.read("a")) == kept_before
    desk.aftercare.care(rulebook)
    assert len(desk.running.unkept("a")) == 76 - kept_before  # with word of the outage
    disk.full = False
    desk.aftercare.care(rulebook)
    assert disk.read("a") == desk.published()
    assert isinstance(disk.read("a")[-1].event, StageBack)
    assert desk.running.waiting() == []
    assert desk.running.left() == []
    desk.aftercare.close()
    assert desk.said == []
    assert report("a", disk.read("a"))["score"]["total"] == 80.0  # what comes after the end is in nobody's way


def test_nine_calls_of_one_outage_are_all_kept(rulebook: Rulebook) -> None:
    disk = Disk()
    desk = Desk(disk)
    for n in range(9):
        desk.hold(whole_call(), f"call{n}")
    disk.full = False
    desk.aftercare.care(rulebook)
    assert [len(disk.read(f"call{n}")) for n in range(9)] == [77] * 9


def test_the_page_of_an_ended_call_is_told_how_many_records_wait_and_when_none_does(
    client: TestClient, centre: Centre, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = centre.call("a")
    refuse(centre, monkeypatch)
    call.feed([turn(20)])
    call.feed([CallEnded(40, "finished"), SCORED])
    call.end()
    centre.running.end("a")
    aftercare = Aftercare(centre.store, centre.hub, centre.running, print)
    for after in (0, 5):  # one that opens the page now, and one that only lost its line
        with client.websocket_connect(WS + f"/ws/calls/a?after={after}") as socket:
            assert seqs(socket, 5 - after) == list(range(after + 1, 6))
            assert from_json(socket.receive_text()).event == RecordsWaiting(1_000, 4)
    with client.websocket_connect(WS + "/ws/calls/a?after=5") as socket:
        socket.receive_text()
        monkeypatch.undo()
        aftercare.care(rulebook)
        back = from_json(socket.receive_text())
        assert (back.seq, back.event) == (6, StageBack(1_000, "store"))
    assert client.get("/api/calls/latest").json()["unkept"] == 0
    assert len(centre.store.read("a")) == 6


def test_records_that_arrive_late_teach_what_is_usual(tmp_path: Path, rulebook: Rulebook) -> None:
    store = SqlStore(tmp_path / "calls.db", BaselineSettings())
    desk = Desk(store)
    append, end_ms = store.append, 1_500
    store.append = _full  # type: ignore[method-assign]
    begun = CallStarted(0, "a", "x", (Channel.AGENT,), CallFacts(agent_id="7"), "handbook", "1", "s", "none")
    figures: list[Event] = [
        PitchMeasured(end_ms, Channel.AGENT, 0, end_ms, 200.0, 3.5, 9.0, 60_000, None, 0),
        PaceMeasured(end_ms, Channel.AGENT, 0, end_ms, 240.0, 260.0, 200.0, 60_000, 50_000, "words"),
    ]
    desk.hold([[begun], [turn(20)], [*figures, CallEnded(end_ms, "finished"), SCORED]])
    assert store.baseline("7") is None
    store.append = append  # type: ignore[method-assign]
    desk.aftercare.care(rulebook)
    usual = store.baseline("7")
    assert usual is not None
    assert (usual.calls, usual.speaking_rate) == (1, 240.0)


def _full(*_: object) -> list[Record]:
    raise StoreError("calls.db cannot be written: database or disk is full", "full")


def test_another_reason_is_news_and_the_same_one_is_not() -> None:
    class Moody(Disk):
        reason = "full"

        def _refuse(self, count: int) -> None:
            raise StoreError(f"calls.db: {self.reason}", self.reason)

    disk = Moody()
    desk = Desk(disk)
    desk.hold([[started("a")], [CallEnded(20, "finished"), SCORED]])
    for disk.reason in ("full", "gone", "gone"):
        desk.running.left()[0].add([])
    causes = [r.event.cause for r in desk.published() if isinstance(r.event, StageFailed)]
    assert causes == ["full", "gone"]


def test_where_too_many_wait_the_middle_of_the_oldest_calls_is_given_up_and_said(
    rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEFT_RECORDS", 160)
    monkeypatch.setattr(module, "LEAST_RECORDS", 20)
    disk = Disk()
    desk = Desk(disk)
    for n in range(3):
        desk.hold(whole_call(), f"call{n}")
    desk.aftercare.care(rulebook)
    assert [outbox.count for outbox in desk.running.left()] == [21, 21, 76]
    assert [line.split(":")[0] for line in desk.said] == ["call call0", "call call1"]
    assert "56 records are given up" in desk.said[0]
    disk.full = False
    desk.aftercare.care(rulebook)
    kept = disk.read("call0")
    assert [r.seq for r in kept] == list(range(1, len(kept) + 1))
    assert kept[0].event == started("a")
    assert sum(isinstance(r.event, ClockTicked) for r in kept) == 56
    assert any(isinstance(r.event, CallScored) for r in kept)


def test_the_end_of_the_process_is_a_last_try_and_a_line_of_what_is_lost() -> None:
    disk = Disk()
    desk = Desk(disk)
    desk.hold(whole_call(), "lost")
    desk.hold(whole_call(), "saved")
    own = disk.own

    def half(call_id: str) -> int:
        disk.full = call_id == "lost"
        return own(call_id)

    disk.own = half  # type: ignore[method-assign]
    desk.aftercare.close()
    assert desk.said == [
        "call lost: 76 of its 76 records were not kept: calls.db cannot be written: database or disk is full"
    ]
    assert len(disk.read("saved")) == 77


def test_a_deleted_folder_is_put_back_and_the_call_in_it_is_whole(tmp_path: Path, rulebook: Rulebook) -> None:
    store = SqlStore(tmp_path / "data" / "calls.db")
    desk = Desk(store)
    call = Call("a", store, NoBus(), desk.running)
    call.feed([started("a"), turn(20)])
    for file in store.database.path.parent.iterdir():
        file.unlink()
    store.database.path.parent.rmdir()
    call.feed([turn(40)])
    assert [(type(r.event), getattr(r.event, "cause", "")) for r in call.records[2:]] == [
        (type(turn(0)), ""), (StageFailed, "gone"),
    ]  # fmt: skip
    desk.aftercare.care(rulebook)
    assert desk.said == ["the database was deleted: it is put back, with all its records"]
    call.end()
    assert SqlStore(store.database.path).read("a") == call.records


# --- what was cut off ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoken(rulebook: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> Slices:
    """A call in which nobody says anything: the silent-call procedure goes through all its steps, unsaid."""
    path = tmp_path_factory.mktemp("audio") / "silence.wav"
    soundfile.write(path, np.zeros((35 * SAMPLE_RATE_HZ, 2), np.int16), SAMPLE_RATE_HZ)
    source = FileSource(path, facts=FACTS)
    return list(listen(source, NoTranscriber(), rulebook, CallSettings(), call_id="test", started_at="2026-11-22"))


def cut_off(store: MemoryStore | SqlStore, slices: Slices, call_id: str = "test") -> None:
    for events in slices:
        add(store, call_id, [e for e in events if type(e).__name__ not in ("WordsGuessed", "ClockTicked")])


def test_a_killed_call_is_scored_at_the_next_start(spoken: Slices, rulebook: Rulebook) -> None:
    store = MemoryStore()
    cut_off(store, spoken[:1_500])
    desk = Desk(store)
    assert desk.aftercare.end_unfinished() == ["test"]
    assert store.read("test")[-1].event == CallEnded(store.read("test")[-2].event.at_ms, "interrupted")
    kept = [r.event for r in store.read("test")]
    desk.aftercare.care(rulebook)
    assert [r.event for r in store.read("test")[len(kept) :]] == rescore(rulebook, USUAL, kept)
    assert desk.published()[-1] == store.read("test")[-1]
    assert desk.running.left() == []
    again = Desk(store)
    assert again.aftercare.end_unfinished() == []
    again.aftercare.care(rulebook)
    assert again.published() == []


def test_one_cut_off_between_its_end_and_its_score_is_scored_too(spoken: Slices, rulebook: Rulebook) -> None:
    store = MemoryStore()
    cut_off(store, [*spoken[:-1], spoken[-1][:-1]])
    desk = Desk(store)
    assert desk.aftercare.end_unfinished() == []
    desk.aftercare.care(rulebook)
    assert store.read("test")[-1].event == spoken[-1][-1]


def test_a_call_that_breaks_off_is_scored_without_a_new_start(spoken: Slices, rulebook: Rulebook) -> None:
    desk = Desk(MemoryStore())
    desk.hold(spoken[:900], "test")
    desk.aftercare.care(rulebook)
    assert isinstance(desk.store.read("test")[-1].event, CallScored)


def test_with_a_disk_that_is_full_at_the_start_end_and_score_are_seen_and_kept_later(
    spoken: Slices, rulebook: Rulebook
) -> None:
    disk = Disk(full=False)
    cut_off(disk, spoken[:900])
    before, disk.full = len(disk.read("test")), True
    desk = Desk(disk)
    assert desk.aftercare.end_unfinished() == ["test"]
    desk.aftercare.care(rulebook)
    unkept = desk.running.unkept("test")
    assert [type(r.event) for r in unkept][:2] == [CallEnded, StageFailed]
    assert isinstance(unkept[-1].event, CallScored)
    assert [r.seq for r in unkept] == list(range(before + 1, before + 1 + len(unkept)))
    disk.full = False
    desk.aftercare.care(rulebook)
    assert disk.read("test")[before:-1] == unkept


def test_why_a_call_has_no_score_is_said_once_and_taken_back(spoken: Slices, rulebook: Rulebook) -> None:
    store = MemoryStore()
    cut_off(store, spoken[:900])
    other = rulebook.model_copy(update={"version": "1999-01"})
    for book in (other, other, RulebookError("handbook.yaml:3: no valid YAML")):
        desk = Desk(store)
        desk.aftercare.end_unfinished()
        desk.aftercare.care(book)
    failures = [r.event for r in store.read("test") if isinstance(r.event, StageFailed)]
    assert [(event.stage, event.cause) for event in failures] == [("score", "rulebook")] * 2
    assert "1999-01" in failures[0].reason
    assert "no valid YAML" in failures[1].reason
    Desk(store).aftercare.care(rulebook)
    kinds = [type(r.event) for r in store.read("test")]
    assert StageBack in kinds
    assert kinds[-1] is CallScored


def test_a_hint_that_stood_at_the_cut_ends_whether_or_not_the_call_can_be_scored(rulebook: Rulebook) -> None:
    story = Story(rulebook).until(500).speaks(AGENT, 1_000, "您好").speaks(CUSTOMER, 1_000, "你好")
    story.speaks(AGENT, 1_000, "这不关我的事")
    for books in ([rulebook], [rulebook.model_copy(update={"version": "1999-01"}), rulebook]):
        store = MemoryStore()
        add(store, "test", story.log)
        for book in books:
            desk = Desk(store)
            desk.aftercare.end_unfinished()
            desk.aftercare.care(book)
            events = [record.event for record in store.read("test")]
            assert [(e.hint, e.reason) for e in events if isinstance(e, HintCleared)] == [(1, "call_ended")]
        assert isinstance(events[-1], CallScored)


def test_a_damaged_record_leaves_a_call_without_score_and_all_others_alone(
    tmp_path: Path, spoken: Slices, rulebook: Rulebook
) -> None:
    store = SqlStore(tmp_path / "calls.db")
    for call_id in ("damaged", "sound"):
        cut_off(store, spoken[:300], call_id)
    with sqlite3.connect(store.database.path) as connection:
        connection.execute("UPDATE records SET event = '{}' WHERE call_id = 'damaged' AND seq = 4")
    connection.close()
    desk = Desk(store)
    assert desk.aftercare.end_unfinished() == ["damaged", "sound"]
    desk.aftercare.care(rulebook)
    failed = store.read("damaged")[-1].event
    assert isinstance(failed, StageFailed)
    assert (failed.stage, failed.cause) == ("score", "damaged")
    assert "record 4 of call damaged" in failed.reason
    assert isinstance(store.read("sound")[-1].event, CallScored)


def test_the_thread_does_it_by_itself(centre: Centre, spoken: Slices, rulebook: Rulebook) -> None:
    cut_off(centre.store, spoken[:300])
    done = threading.Event()

    class Seen:
        def publish(self, records: Sequence[Record]) -> None:
            if any(isinstance(record.event, CallScored) for record in records):
                done.set()

    aftercare = Aftercare(centre.store, Seen(), centre.running, print)
    aftercare.end_unfinished()
    aftercare.start(lambda: rulebook)
    assert done.wait(LIMIT_S)
    aftercare.close()
    assert centre.store.unscored() == []
