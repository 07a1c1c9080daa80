"""`callcoach calls` as people run it at the machine."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.cli.people import House, moment
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.recording import RecordingStopped
from pipeline.people.audit import Deed, Wanted
from pipeline.store.retention import DAY_S
from pipeline.store.schema import calls, sweeps
from pipeline.store.sql import SqlStore
from tests.cli.conftest import Shell
from tests.masking.test_view import NUMBER
from tests.store.test_deletion import SAID, begin, left, whole
from tests.store.test_erasing import told
from tests.writing import add


@pytest.fixture
def folder(tmp_path: Path, shell: Shell) -> Path:
    """Calls of team a, which keeps words for 20 days and calls for 30; one of each age, with recordings."""
    folder = tmp_path / "data"
    shell("teams", "add", "A 组", "--id", "a")
    days = [f"retention_{what}_days={count}" for what, count in (("audio", 10), ("words", 20), ("records", 30))]
    assert shell("teams", "set", "a", *days, "--reason", "公司规定")[0] == 0
    store = SqlStore(folder / "calls.db")
    (folder / "recordings").mkdir()
    for call_id, age in (("new", 1), ("words", 25), ("old", 40)):
        add(store, call_id, whole(call_id, team="a"))
        (folder / "recordings" / f"{call_id}.flac").write_bytes(b"fLaC")
        with store.database.writing() as connection:
            changed = update(calls).where(calls.c.call_id == call_id)
            connection.execute(changed.values(kept_at=calls.c.kept_at - age * DAY_S))
    store.close()
    return folder


def kept(folder: Path) -> list[str]:
    store = SqlStore(folder / "calls.db")
    found = store.calls()
    store.close()
    return found


def test_a_dry_run_says_what_would_go_and_why_and_the_sweep_does_it(folder: Path, shell: Shell) -> None:
    code, out, _ = shell("calls", "sweep", "--dry-run")
    assert (code, out.splitlines()[:5]) == (0, [
        "recording  old  team a: kept for 40 days, 10 are wanted",
        "recording  words  team a: kept for 25 days, 10 are wanted",
        "call       old  team a: kept for 40 days, 30 are wanted",
        "words      words  team a: kept for 25 days, 20 are wanted",
        "2 recordings, the words of 1 call, 1 whole call would be deleted",
    ])  # fmt: skip
    assert out.splitlines()[5:] == [
        "team a: 3 calls",
        "  recording  kept for 10 days; due now",
        "  private    kept for 90 days; none is left, or it goes with its call",
        "  words      kept for 20 days; due now",
        "  call       kept for 30 days; due now",
    ]
    assert kept(folder) == ["old", "words", "new"]
    code, done, _ = shell("calls", "sweep")
    assert (code, done.splitlines()[:5]) == (0, out.replace("would be deleted", "deleted").splitlines()[:5])
    assert kept(folder) == ["words", "new"]


def test_where_nothing_is_due_it_is_said_why_and_what_comes_next(folder: Path, shell: Shell) -> None:
    shell("calls", "sweep")
    shell("calls", "hold", "words", "--reason", "诉讼 17")
    in_days = {days: moment(time.time() + days * DAY_S)[:10] for days in (9, 19, 29)}
    code, out, _ = shell("calls", "sweep", "--dry-run")
    assert (code, [re.sub(r" \d\d:\d\d$", "", line) for line in out.splitlines()]) == (0, [
        "nothing would be deleted",
        "team a: 2 calls; 1 of them is held: nothing of that one goes",
        f"  recording  kept for 10 days; next due on {in_days[9]}",
        "  private    kept for 90 days; none is left, or it goes with its call",
        f"  words      kept for 20 days; next due on {in_days[19]}",
        f"  call       kept for 30 days; next due on {in_days[29]}",
    ])  # fmt: skip


def test_a_sweep_by_hand_deletes_what_has_no_consent_as_the_nightly_one_does(folder: Path, shell: Shell) -> None:
    store = SqlStore(folder / "calls.db")
    add(store, "new", [FactsNoted(2_000, CallFacts(team="a", recording_consent=False))])
    sound = folder / "recordings" / "new.flac"
    code, out, _ = shell("calls", "sweep", "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "recording  new  its consent was taken back")
    assert sound.exists()
    code, out, _ = shell("calls", "sweep")
    assert out.splitlines()[0] == "the recording of call new, whose consent was taken back: deleted now"
    assert not sound.exists()
    assert store.read("new")[-1].event == RecordingStopped(2_000, "withdrawn")
    (row,) = House.open().audit.rows(Wanted(object="new"))
    assert (row.action, json.loads(row.details)) == (Deed.RECORDING_DELETED, {"reason": "consent"})
    store.close()


def test_a_call_is_named_by_what_no_other_id_begins_with(folder: Path, shell: Shell) -> None:
    store = SqlStore(folder / "calls.db")
    add(store, "older", whole("older", team="a"))
    store.close()
    (folder / "recordings" / "new.flac").unlink()  # which has no sound in it to be muted
    assert shell("calls", "hold", "wo", "--reason", "诉讼 17")[1] == "held: words\n"
    assert shell("calls", "release", "w")[1] == "released: words\n"
    assert shell("calls", "redact", "n")[1] == "redacted: new\n"
    for command in (["hold", "ol", "--reason", "x"], ["release", "ol"], ["redact", "ol"], ["delete", "ol"]):
        code, _, err = shell("calls", *command)
        assert (code, err) == (1, "callcoach: ol: 2 calls begin so: old, older\n")
    assert shell("calls", "delete", "old")[1].startswith("deleted: old\n")
    assert kept(folder) == ["older", "words", "new"]


def test_a_held_call_is_deleted_by_nobody_before_it_is_released(folder: Path, shell: Shell) -> None:
    assert shell("calls", "hold", "old", "--reason", "诉讼 17")[1] == "held: old\n"
    assert "old" not in shell("calls", "sweep")[1]
    code, _, err = shell("calls", "delete", "old")
    assert (code, "is held (诉讼 17): release it first" in err) == (1, True)
    assert shell("calls", "release", "old")[0] == 0
    assert "call old is not held" in shell("calls", "release", "old")[2]
    assert shell("calls", "delete", "old")[0] == 0
    assert kept(folder) == ["words", "new"]
    assert [row.action for row in House.open().audit.rows(Wanted(object="old"))] == [
        "call.delete", "call.release", "call.hold",
    ]  # fmt: skip


def test_a_call_that_is_held_again_is_noted_where_the_reason_is_another(folder: Path, shell: Shell) -> None:
    told = [shell("calls", "hold", "old", "--reason", reason)[1] for reason in ("诉讼 17", "诉讼 17", "诉讼 18")]
    assert told == ["held: old\n", "held already, for this reason: old\n", "held: old\n"]
    assert len(House.open().audit.rows(Wanted(object="old", action="call.hold"))) == 2


def test_after_a_deletion_no_file_of_the_data_folder_has_a_line_of_it(folder: Path, shell: Shell) -> None:
    assert left(folder, (SAID,))
    for call_id in ("new", "words", "old"):
        records = len(whole(call_id))
        code, out, err = shell("calls", "delete", call_id)
        assert (code, out.splitlines(), err) == (0, [
            f"deleted: {call_id}",
            f"  gone: {records} records, lists and search; its recording with what is drawn of it (0.0 MB)",
            "  stays: one row of the audit, its id (so that nobody begins it again), backups, and what was exported",
        ], "")  # fmt: skip
    assert left(folder, (SAID,)) == []
    assert list((folder / "recordings").iterdir()) == []


def test_a_call_of_before_whose_id_no_file_may_have_is_deleted_too(folder: Path, shell: Shell) -> None:
    store = SqlStore(folder / "calls.db")
    add(store, "ticket 47/11.wav", told("ticket 47/11.wav"))
    store.close()
    assert shell("calls", "redact", "ticket")[0] == 0
    code, out, _ = shell("calls", "delete", "ticket")
    assert (code, "no recording was here" in out) == (0, True)
    assert kept(folder) == ["old", "words", "new"]


def test_while_a_call_runs_it_is_said_that_traces_are_left(folder: Path, shell: Shell) -> None:
    store = SqlStore(folder / "calls.db")
    add(store, "runs", [begin("runs")])
    code, _, err = shell("calls", "delete", "old")
    assert (code, "traces of it are left" in err) == (0, True)
    code, _, err = shell("calls", "delete", "runs")
    assert (code, err) == (1, "callcoach: call runs has not ended: nothing of it can be deleted\n")
    store.close()


def test_a_clock_in_doubt_deletes_nothing_until_somebody_has_looked(folder: Path, shell: Shell) -> None:
    store = SqlStore(folder / "calls.db")
    with store.database.writing() as connection:
        connection.execute(update(sweeps).values(known_at=sweeps.c.known_at - 60 * DAY_S))
    store.close()
    for arguments in (["--dry-run"], []):
        code, out, err = shell("calls", "sweep", *arguments)
        assert (code, out.startswith("nothing"), "60 days after the newest time known here" in err) == (1, True, True)
    assert kept(folder) == ["old", "words", "new"]
    assert shell("calls", "sweep", "--clock-is-right")[0] == 0
    assert kept(folder) == ["words", "new"]


@pytest.mark.parametrize(
    "command", [["hold", "x", "--reason", "y"], ["release", "x"], ["delete", "x"], ["redact", "x"]]
)
def test_a_call_there_is_not_is_said_in_one_line(folder: Path, shell: Shell, command: list[str]) -> None:
    code, _, err = shell("calls", *command)
    assert (code, err) == (1, "callcoach: x: there is no such call\n")


def test_looking_makes_no_database(tmp_path: Path, shell: Shell) -> None:
    code, _, err = shell("calls", "sweep", "--dry-run")
    assert (code, "no call is kept in" in err) == (1, True)
    assert not (tmp_path / "data" / "calls.db").exists()


@pytest.mark.parametrize("reason", ["", " ", "两\n行", "长" * 201])
def test_a_hold_has_a_reason_of_one_line(folder: Path, shell: Shell, reason: str) -> None:
    code, _, err = shell("calls", "hold", "old", "--reason", reason)
    assert (code, "the reason must be one line" in err) == (1, True)


def test_a_call_is_redacted_and_nothing_of_it_is_left(folder: Path, shell: Shell) -> None:
    store = SqlStore(folder / "calls.db")
    add(store, "private", told("private"))
    store.close()
    code, out, err = shell("calls", "redact", "private")
    assert (code, out, err) == (0, "redacted: private\n", "")
    assert NUMBER.encode() not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert shell("calls", "redact", "private")[0] == 0


def test_calls_are_listed_with_what_tells_them_apart(folder: Path, shell: Shell) -> None:
    rows = [line.split("  ") for line in shell("calls", "list")[1].splitlines()]
    assert [row[0] for row in rows] == ["old", "words", "new"]
    assert {row[3] for row in rows} == {"a"}
    assert len(shell("calls", "list", "--limit", "1", "--team", "A 组")[1].splitlines()) == 1
    assert shell("calls", "list", "--agent", "nobody")[:2] == (0, "")
