"""`callcoach calls` as people run it at the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.cli.people import House
from pipeline.people.audit import Wanted
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
    assert (code, out.splitlines()) == (0, [
        "recording  old  team a: kept for 40 days, 10 are wanted",
        "recording  words  team a: kept for 25 days, 10 are wanted",
        "call       old  team a: kept for 40 days, 30 are wanted",
        "words      words  team a: kept for 25 days, 20 are wanted",
        "2 recordings, the words of 1 call, 1 whole call would be deleted",
    ])  # fmt: skip
    assert kept(folder) == ["old", "words", "new"]
    code, done, _ = shell("calls", "sweep")
    assert (code, done) == (0, out.replace("would be deleted", "deleted"))
    assert kept(folder) == ["words", "new"]
    assert shell("calls", "sweep")[1] == "nothing deleted\n"


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


def test_after_a_deletion_no_file_of_the_data_folder_has_a_line_of_it(folder: Path, shell: Shell) -> None:
    assert left(folder, (SAID,))
    for call_id in ("new", "words", "old"):
        code, out, err = shell("calls", "delete", call_id)
        assert (code, out, err) == (0, f"deleted: {call_id}\n", "")
    assert left(folder, (SAID,)) == []
    assert list((folder / "recordings").iterdir()) == []


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


@pytest.mark.parametrize("command", [["hold", "x", "--reason", "y"], ["release", "x"], ["delete", "x"]])
def test_a_call_there_is_not_is_said_in_one_line(folder: Path, shell: Shell, command: list[str]) -> None:
    code, _, err = shell("calls", *command)
    assert (code, err) == (1, "callcoach: there is no call x\n")


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
