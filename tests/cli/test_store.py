"""`callcoach store`: what is printed, what is refused in one line, and that nothing is made where nothing was."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.people.audit_heads import KEY_FILE
from pipeline.store.claim import claim
from pipeline.store.leases import Leases
from pipeline.store.postgres import Postgres
from pipeline.store.schema import calls
from pipeline.store.sql import SqlStore
from tests.cli.conftest import Shell
from tests.kept import CALL, Kept
from tests.postgres import OWNER, PROGRAM, Server


@pytest.fixture
def data(tmp_path: Path) -> Path:
    kept = Kept(SqlStore(tmp_path / "data" / "calls.db"), tmp_path / "data")
    kept.fill()
    kept.store.close()
    return tmp_path / "data"


def test_a_file_becomes_a_database_of_postgresql_and_is_used(data: Path, shell: Shell, postgres: Server) -> None:
    name = postgres.new_database()
    address = postgres.address(name).render_as_string().replace("+psycopg", "")
    owner = postgres.address(name, OWNER).render_as_string().replace("+psycopg", "")
    assert shell("store", "prepare", owner, "--program", PROGRAM)[0] == 0
    code, out, err = shell("store", "move", data / "calls.db", address)
    assert (code, err) == (0, "")
    assert "holds what" in out
    assert "3 calls, " in out
    assert "recordings and audit-key are no part of a database" in out
    code, out, err = shell("store", "move", data / "calls.db", address)
    assert (code, "is in use already (3 calls, 0 people, 2 rows of audit): what is moved needs" in err) == (1, True)
    (data.parent / "callcoach.toml").write_text(f'[store]\naddress = "{address}"\n')
    code, out, err = shell("store", "check")
    assert (code, "is whole: 3 calls" in out) == (0, True), err
    assert shell("store", "backup", "there")[0] == 0
    code, out, err = shell("store", "restore", "there", "--to", "back")
    assert (code, err) == (0, "")
    assert "the audit is whole: 2 rows" in out
    assert (data.parent / "back" / KEY_FILE).read_bytes() == (data / KEY_FILE).read_bytes()


def test_the_audit_of_a_moved_database_is_whole_by_the_heads_it_came_with(
    data: Path, shell: Shell, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLCOACH_AUDIT__HEAD_FILE", str(data.parent / "heads.jsonl"))
    assert shell("teams", "add", "A 组", "--id", "a")[0] == 0
    address = postgres.address(postgres.new_database()).render_as_string().replace("+psycopg", "")
    assert shell("store", "move", data / "calls.db", address)[0] == 0
    monkeypatch.setenv("CALLCOACH_STORE__ADDRESS", address)
    code, out, err = shell("audit", "verify")
    assert (code, err) == (0, "")
    assert out.startswith("whole: 3 rows, ")
    assert "these are heads of the database that it came from" in out
    (data.parent / "heads.jsonl").write_bytes(b"")
    code, _, err = shell("audit", "verify")
    assert (code, "3 rows fit, but the second place has no head of them, as before the first start" in err) == (1, True)


def test_a_backup_by_its_command(data: Path, shell: Shell) -> None:
    code, out, err = shell("store", "backup", "there")
    assert (code, err) == (0, "")
    assert "3 calls, " in out
    assert "1 recordings" in out
    assert "1 calls were running" in out
    rows = [json.loads(line) for line in shell("audit", "list", "--json")[1].splitlines()]
    assert [(row["action"], row["details"]) for row in rows][:1] == [("store.backup", '{"calls":3}')]
    code, _, err = shell("store", "backup", "there")
    assert (code, "is there already and not empty" in err, err.count("\n")) == (1, True, 1)
    code, out, err = shell("store", "restore", "there", "--to", "new")
    assert (code, err) == (0, "")
    assert (data.parent / "new" / "recordings" / f"{CALL}.opus").is_file()


def test_restored_into_postgresql_beside_a_data_folder(data: Path, shell: Shell, postgres: Server) -> None:
    address = postgres.address(postgres.new_database()).render_as_string().replace("+psycopg", "")
    assert shell("store", "backup", "there")[0] == 0
    code, out, err = shell("store", "restore", "there", "--to", address, "--data", "beside")
    assert (code, err) == (0, "")
    assert "3 calls with" in out
    assert (data.parent / "beside" / KEY_FILE).is_file()
    (data.parent / "callcoach.toml").write_text(f'[store]\naddress = "{address}"\n')
    code, _, err = shell("audit", "list", "--data", "wrong")
    assert (code, "did you mean another folder (--data DIR)?" in err, err.count("\n")) == (1, True, 1)
    code, _, err = shell("store", "backup", "elsewhere", "--data", "wrong")
    assert (code, "did you mean another folder (--data DIR)?" in err, err.count("\n")) == (1, True, 1)
    assert not (data.parent / "wrong").exists()


def test_what_a_server_has_open_is_not_moved(data: Path, shell: Shell, postgres: Server) -> None:
    with claim(data / "calls.db"):
        code, _, err = shell("store", "move", data / "calls.db", "other.db")
    assert (code, "is in use by another callcoach" in err, err.count("\n")) == (1, True, 1)
    url = postgres.address(postgres.new_database())
    database = Postgres(url)
    Leases(database, "desk-1").begin()
    database.close()
    code, _, err = shell("store", "move", url.render_as_string().replace("+psycopg", ""), "other.db")
    assert (code, "is in use by the server desk-1" in err, err.count("\n")) == (1, True, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("move", "none.db", "other.db"), "there is no none.db"),
        (("backup", "there"), "holds no calls.db"),
        (("check",), "holds no calls.db"),
        (("restore", "none", "--to", "new"), "is no backup"),
        (("prepare", "calls.db", "--program", "p"), "must be a file, or postgresql://"),
        (("prepare", "postgresql://nobody@127.0.0.1:1/x", "--program", "p"), "cannot be prepared"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_line(
    shell: Shell, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = shell("store", *arguments)
    assert (code, said in err, err.count("\n")) == (1, True, 1), err
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_database_is_not_moved_into_itself(data: Path, shell: Shell, postgres: Server) -> None:
    (data / "link.db").symlink_to(data / "calls.db")
    address = postgres.address(postgres.new_database()).render_as_string().replace("+psycopg", "")
    for source, target in (
        (data / "calls.db", data / "calls.db"),
        (data / "link.db", data / "calls.db"),
        (address,) * 2,
    ):
        code, _, err = shell("store", "move", source, target)
        assert (code, "FROM and TO are the same" in err, err.count("\n")) == (1, True, 1), err


@pytest.mark.parametrize("kind", ["text", "database of another"])
def test_a_file_that_is_none_of_ours_is_left_as_it_is(data: Path, shell: Shell, tmp_path: Path, kind: str) -> None:
    other = tmp_path / "notes"
    if kind == "text":
        other.write_bytes(b"what somebody wrote" * 100)
    else:
        with closing(sqlite3.connect(other)) as made:
            made.execute("CREATE TABLE notes (text)")
    other.chmod(0o644)
    before = other.read_bytes()
    for arguments in ((other, "new.db"), (data / "calls.db", other)):
        code, _, err = shell("store", "move", *arguments)
        assert (code, "notes" in err, "of callcoach" in err, err.count("\n")) == (1, True, True, 1), err
    assert (other.read_bytes(), stat.S_IMODE(other.stat().st_mode)) == (before, 0o644)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["notes"]


@pytest.mark.parametrize("target", ["data/backup", "data", "data/recordings/of today", "../{}/data/backup"])
def test_a_backup_is_not_made_into_the_data_folder(data: Path, shell: Shell, tmp_path: Path, target: str) -> None:
    before = sorted(data.rglob("*"))
    code, _, err = shell("store", "backup", target.format(tmp_path.name))
    assert (code, "lies in the data folder" in err, err.count("\n")) == (1, True, 1), err
    assert sorted(data.rglob("*")) == before


def test_a_call_that_misses_records_is_named(data: Path, shell: Shell) -> None:
    store = SqlStore(data / "calls.db")
    with store.database.writing() as connection:
        connection.exec_driver_sql(f"DELETE FROM records WHERE seq = 3 AND call_id = '{CALL}'")
        connection.exec_driver_sql("DELETE FROM calls WHERE number = 2")
        assert connection.execute(calls.select()).all()
    store.close()
    code, _, err = shell("store", "check")
    assert code == 1
    assert f"1 calls miss records, the first is {CALL}; 1 calls have records and are not there" in err
