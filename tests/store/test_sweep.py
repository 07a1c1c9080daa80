"""What is kept long enough is deleted, by the policy of its team and a clock that is believed; on both databases."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from pipeline.errors import AudioError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.words import WordsHeard
from pipeline.people.audit import ITSELF, Audit, Deed, Wanted as WantedRows
from pipeline.people.audit_chain import Row
from pipeline.people.team_settings import TeamSettings
from pipeline.session.outlook import outlooks
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sweep import Step, Sweep, Swept
from pipeline.store.audit import SqlAuditLog
from pipeline.store.deletion import Deletion
from pipeline.store.overview import Wanted
from pipeline.store.retention import DAY_S, GONE_S, LEAP_S, Retention
from pipeline.store.schema import calls, sweeps
from pipeline.store.sql import SqlStore
from tests.store.test_deletion import begin, whole
from tests.writing import add

SHORT = TeamSettings(retention_audio_days=10, retention_words_days=20, retention_records_days=30)
FACTS = CallFacts(team="private", peer="13800138000", customer_name="王女士")
PRIVATE = TeamSettings(retention_private_days=10)
AGES = {"new": 5, "audio": 12, "words": 25, "old": 35}  # days since their ends were received


class Floor:
    """Calls of a team of some ages, each with a recording; `long` is as old as any, of no team."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.shorter = SHORT
        self.audit = Audit(SqlAuditLog(store.database), b"a key of the tests")
        self.retention, self.deletion = Retention(store.database), Deletion(store.database)
        self.recordings = FolderRecordings(folder)
        self.sweep = Sweep(self.retention, self.deletion, self.audit, self.settings, self.recordings)
        folder.mkdir()
        for call_id, days in {**AGES, "long": 35}.items():
            add(store, call_id, whole(call_id, team="night" if call_id in AGES else None))
            self.make_older(call_id, days)
            self.record(call_id)

    def steps_of(self, call_id: str) -> list[Step]:
        return [step for step in self.sweep.plan().steps if step.call_id == call_id]

    def settings(self, team: str | None) -> TeamSettings:
        return {"night": self.shorter, "private": PRIVATE}.get(team or "", TeamSettings())

    def record(self, call_id: str, suffix: str = ".flac") -> None:
        (self.folder / f"{call_id}{suffix}").write_bytes(b"fLaC")

    def make_older(self, call_id: str, days: float) -> None:
        with self.store.database.writing() as connection:
            changed = update(calls).where(calls.c.call_id == call_id)
            connection.execute(changed.values(kept_at=calls.c.kept_at - days * DAY_S))

    def move_clock(self, days: float) -> None:
        """So many days ahead of what was known; seen from the database the known time goes back."""
        with self.store.database.writing() as connection:
            connection.execute(update(sweeps).values(known_at=sweeps.c.known_at - days * DAY_S))

    def recorded(self) -> set[str]:
        return {path.stem for path in self.folder.iterdir()}

    def rows(self, deed: Deed) -> list[Row]:
        return self.audit.rows(WantedRows(action=deed))


@pytest.fixture
def floor(opened: SqlStore, tmp_path: Path) -> Floor:
    return Floor(opened, tmp_path / "recordings")


def told(swept: Swept) -> set[tuple[str, str]]:
    return {(step.what, step.call_id) for step in swept.steps}


DUE = {
    ("recording", "audio"), ("recording", "words"), ("recording", "old"),
    ("words", "words"), ("call", "old"),
}  # fmt: skip


def test_a_plan_says_what_and_why_and_changes_nothing(floor: Floor) -> None:
    plan = floor.sweep.plan()
    assert told(plan) == DUE
    step = next(step for step in plan.steps if step.what == "words")
    assert step == Step("words", "words", "night", 20, step.age_days)
    assert step.age_days == pytest.approx(25, abs=0.01)
    assert floor.recorded() == {*AGES, "long"}
    assert set(floor.store.calls()) == {*AGES, "long"}
    assert floor.audit.rows() == []


def test_a_sweep_does_what_the_plan_says_and_a_second_one_nothing(floor: Floor) -> None:
    swept = floor.sweep.run()
    assert (told(swept), swept.failed, swept.is_clean) == (DUE, (), True)
    assert floor.recorded() == {"new", "long"}
    assert set(floor.store.calls()) == {"new", "audio", "words", "long"}
    (row,) = floor.rows(Deed.CALL_DELETED)
    assert (row.object, row.actor, row.details) == ("old", None, '{"days":30,"reason":"policy","recording":false}')
    assert {row.object for row in floor.rows(Deed.RECORDING_DELETED)} == {"audio", "words", "old"}
    assert [row.object for row in floor.rows(Deed.WORDS_ERASED)] == ["words"]
    assert floor.sweep.run().steps == ()


def test_what_is_held_is_not_touched_whatever_its_age(floor: Floor) -> None:
    for call_id in AGES:
        floor.deletion.hold(call_id, "诉讼", "u1")
    assert floor.sweep.run().steps == ()
    floor.deletion.release("old")
    assert told(floor.sweep.run()) == {("recording", "old"), ("call", "old")}


def test_a_call_that_was_held_after_it_was_looked_at_stays(floor: Floor) -> None:
    def hold_all() -> bool:
        for call_id in AGES:
            floor.deletion.hold(call_id, "诉讼", None)
        return True

    swept = floor.sweep.run(hold_all)
    assert (swept.steps, swept.failed) == ((), ())
    assert floor.recorded() == {*AGES, "long"}


def test_running_calls_and_recordings_of_no_call_stay(floor: Floor) -> None:
    add(floor.store, "runs", [begin("runs", "night")])
    floor.record("runs", ".wav")
    floor.record("stray")
    swept = floor.sweep.run()
    assert swept.stray == ("stray",)
    assert {"runs", "stray"} <= floor.recorded()


def test_of_a_deleted_call_a_recording_that_turns_up_later_goes_too(floor: Floor) -> None:
    floor.sweep.run()
    floor.record("old")  # as an encoding that was under way leaves it, or another server has it
    assert told(floor.sweep.run()) == {("recording", "old")}


def test_where_a_recording_cannot_be_deleted_its_call_stays_and_the_others_go(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = floor.recordings.remove

    def refused(call_id: str) -> bool:
        if call_id == "old":
            raise AudioError("old.flac: cannot be deleted: Operation not permitted")
        return remove(call_id)

    monkeypatch.setattr(floor.recordings, "remove", refused)
    swept = floor.sweep.run()
    assert told(swept) == {step for step in DUE if step[1] != "old"}
    assert len(swept.failed) == 2
    assert "old" in floor.store.calls()
    assert floor.rows(Deed.CALL_DELETED) == []


def test_by_hand_a_call_goes_at_any_age_with_one_row(floor: Floor) -> None:

    assert floor.sweep.delete("new", "u1", ITSELF)
    assert "new" not in floor.recorded() | set(floor.store.calls())
    assert [(row.action, row.object, row.actor, row.details) for row in floor.audit.rows()] == [
        ("call.delete", "new", "u1", '{"reason":"by hand","recording":true}')
    ]


@pytest.mark.parametrize(("days", "said"), [(LEAP_S / DAY_S + 1, "32 days after"), (-2, "already")])
def test_by_a_clock_that_is_not_believed_nothing_is_deleted_until_somebody_says_so(
    floor: Floor, days: float, said: str
) -> None:
    floor.move_clock(days)
    for swept in (floor.sweep.plan(), floor.sweep.run()):
        assert said in swept.refused
        assert swept.steps == ()
    assert set(floor.store.calls()) == {*AGES, "long"}
    assert told(floor.sweep.run(is_clock_right=True)) == DUE
    assert floor.sweep.run().refused == ""


@pytest.mark.parametrize("days", [20_000, 3_650, -3_650])  # since 1970, as it were; ten years ahead; behind
def test_a_call_that_ends_under_a_wrong_clock_counts_from_when_it_is_right(floor: Floor, days: int) -> None:
    floor.move_clock(days)
    add(floor.store, "dead", [begin("dead", "night"), CallEnded(40, "finished")])
    assert kept_at(floor, "dead") is None
    floor.move_clock(-days)
    assert told(floor.sweep.run()) == DUE
    assert kept_at(floor, "dead") == pytest.approx(time.time(), abs=600)


def kept_at(floor: Floor, call_id: str) -> float | None:
    with floor.store.database.reading() as connection:
        found: float | None = connection.execute(select(calls.c.kept_at).where(calls.c.call_id == call_id)).scalar_one()
        return found


def test_a_call_that_seems_to_come_later_than_now_counts_anew_once_the_clock_is_right(floor: Floor) -> None:
    floor.make_older("new", -400)
    assert "already" in floor.sweep.run().refused
    floor.sweep.run(is_clock_right=True)
    assert kept_at(floor, "new") == pytest.approx(time.time(), abs=600)


def test_one_sweeps_at_a_time_and_a_dead_one_holds_up_nobody(floor: Floor) -> None:
    with floor.retention.sweeping("another") as has_turn:
        assert has_turn
        swept = floor.sweep.run()
        assert swept.is_busy
        assert told(swept) == {step for step in DUE if step[0] == "recording"}  # those are of this machine
    assert told(floor.sweep.run()) == {step for step in DUE if step[0] != "recording"}
    assert floor.retention.go_on("died")
    assert not floor.retention.go_on("next")
    with floor.store.database.writing() as connection:
        connection.execute(update(sweeps).values(seen_at=sweeps.c.seen_at - GONE_S - 1))
    assert floor.retention.go_on("next")


def test_it_stops_between_two_calls_and_goes_on_the_next_time(floor: Floor) -> None:
    turns = iter([True, False, False])
    first = floor.sweep.run(lambda: next(turns, False))
    assert len(first.steps) == 1
    assert told(first) | told(floor.sweep.run()) == DUE


@pytest.mark.parametrize("told", ["1970-01-01T00:00:09+00:00", "2036-11-27T10:00:00+08:00", "no time"])
def test_lists_have_the_time_of_the_database_where_a_desks_clock_is_off_by_more_than_a_day(
    floor: Floor, told: str
) -> None:
    live = SqlStore(floor.store.database, is_live=True)
    add(live, "off", [replace(begin("off"), started_at=told)])
    assert started_at(floor, "off") == pytest.approx(time.time(), abs=600)
    (event,) = (record.event for record in floor.store.read("off"))
    assert isinstance(event, CallStarted)
    assert event.started_at == told
    near = time.time() - DAY_S / 2
    add(live, "near", [replace(begin("near"), started_at=datetime.fromtimestamp(near, UTC).isoformat())])
    assert started_at(floor, "near") == pytest.approx(near, abs=1)


def test_where_the_databases_clock_is_dead_too_lists_have_the_newest_time_that_was_known(floor: Floor) -> None:
    live = SqlStore(floor.store.database, is_live=True)
    floor.move_clock(-3_650)
    add(live, "dead", [begin("dead")])
    assert started_at(floor, "dead") == pytest.approx(time.time() + 3_650 * DAY_S, abs=600)
    floor.move_clock(2 * 3_650)
    add(live, "ahead", [begin("ahead")])
    assert started_at(floor, "ahead") == datetime.fromisoformat("2026-11-27T10:00:00+08:00").timestamp()


def test_a_call_that_is_brought_from_elsewhere_began_when_it_says(floor: Floor) -> None:
    add(floor.store, "archive", [replace(begin("archive"), started_at="2024-02-29T10:00:00+08:00")])
    assert started_at(floor, "archive") == datetime.fromisoformat("2024-02-29T10:00:00+08:00").timestamp()


def started_at(floor: Floor, call_id: str) -> float | None:
    (row,) = (row for row in floor.store.find(Wanted()) if row.call_id == call_id)
    return row.started_at


def test_what_identifies_people_goes_after_its_days_and_the_rest_stays(floor: Floor) -> None:
    assert PRIVATE.retention_private_days < 12 < PRIVATE.retention_words_days
    spoken, shown = "我的手机号是幺三八零零幺三八零零零", "我的手机号是13800138000"
    said = WordsHeard(900, Channel.CUSTOMER, 0, 800, spoken, (), 100, shown=shown)
    add(floor.store, "number", [begin("number", "private"), said, CallEnded(2_000, "finished")])
    floor.make_older("number", 12)
    assert told(floor.sweep.plan()) >= {("private", "number")}
    swept = floor.sweep.run()
    assert ("private", "number") in told(swept)
    (heard,) = [r.event for r in floor.store.read("number") if isinstance(r.event, WordsHeard)]
    assert "138" not in heard.shown + heard.text
    assert heard.shown.startswith("我的手机号是")
    assert [row.object for row in floor.rows(Deed.PRIVATE_ERASED)] == ["number"]
    assert floor.sweep.run().steps == ()


def test_what_identifies_people_in_facts_goes_where_the_words_have_gone_before(floor: Floor) -> None:
    """As where a team keeps words for fewer days."""
    add(floor.store, "facts", [replace(begin("facts", "private"), facts=FACTS), CallEnded(2_000, "finished")])
    floor.deletion.erase_words("facts")
    floor.make_older("facts", 12)
    assert ("private", "facts") in told(floor.sweep.run())
    (start,) = [r.event for r in floor.store.read("facts") if isinstance(r.event, CallStarted)]
    assert "138" not in str(start.facts.peer)


def test_what_goes_in_one_night_goes_out_of_the_sound_before_the_words_are_gone(floor: Floor) -> None:
    order = [step.what for step in floor.steps_of("words")]
    assert order == ["recording", "words"]  # 25 days: the team keeps numbers as long as words and longer
    floor.shorter = replace(SHORT, retention_private_days=20)
    assert [step.what for step in floor.steps_of("words")] == ["recording", "private", "words"]


def test_what_comes_next_is_told_by_team(floor: Floor) -> None:
    """Of `night` everything is due already; of calls without a team nothing is yet."""
    floor.deletion.hold("old", "诉讼", None)
    night, without = outlooks(floor.retention, floor.settings, floor.recordings)
    assert (without.team, without.calls, without.held) == (None, 1, 0)
    days = {what: round(seconds / DAY_S) for what, seconds in without.due_in_s.items()}
    assert days == {"recording": 55, "private": 55, "words": 145, "call": 695}
    assert (night.team, night.calls, night.held) == ("night", 4, 1)
    days = {what: round(seconds / DAY_S) for what, seconds in night.due_in_s.items()}
    assert days == {"recording": -15, "words": -5, "call": 5}  # private goes with the call
    floor.sweep.run()
    night, _ = outlooks(floor.retention, floor.settings, floor.recordings)
    days = {what: round(seconds / DAY_S) for what, seconds in night.due_in_s.items()}
    assert days == {"recording": 5, "words": 8, "call": 5}
