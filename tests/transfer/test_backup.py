"""A backup is made while calls run, and what is restored of it is proved to be the same: on either database."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.people.audit_heads import KEY_FILE
from pipeline.private import exposed
from pipeline.store.audit import open_audit
from pipeline.store.moving import digests
from pipeline.store.overview import Wanted
from pipeline.store.sql import SqlStore
from pipeline.transfer.backup import MANIFEST, back_up, read_manifest
from pipeline.transfer.restoring import restore
from tests.kept import CALL, OTHER, RUNNING, Kept, Make
from tests.writing import add


@pytest.fixture
def backup(filled: Kept, tmp_path: Path) -> Path:
    back_up(filled.store.database, filled.folder, tmp_path / "backup")
    return tmp_path / "backup"


def test_a_backup_has_all_of_it_and_is_its_owners_alone(filled: Kept, backup: Path) -> None:
    made = read_manifest(backup)
    files = {str(path.relative_to(backup)) for path in backup.rglob("*") if path.is_file()}
    assert files == {MANIFEST, "calls.db", KEY_FILE, f"recordings/{CALL}.opus"} == {MANIFEST, *made.files}
    assert (made.tables["calls"][0], made.tables["audit"][0], made.running) == (3, 2, 1)
    assert {stat.S_IMODE(path.stat().st_mode) for path in backup.rglob("*") if path.is_file()} == {0o600}
    assert not exposed(backup)
    assert sorted(path.name for path in backup.parent.iterdir()) == ["backup", "full"]


def test_it_is_restored_as_a_data_folder(filled: Kept, backup: Path, tmp_path: Path) -> None:
    proved = restore(backup, tmp_path / "new")
    assert proved.audit_rows == 2
    with closing(SqlStore(tmp_path / "new" / "calls.db")) as store:
        assert store.read_all(0) == filled.store.read_all(0)
        assert [row.call_id for row in store.find(Wanted(words="水管"))] == [OTHER, CALL]
        audit = open_audit(store.database, tmp_path / "new", None, print)
        assert audit.verify().fault is None
    there = tmp_path / "new" / "recordings" / f"{CALL}.opus"
    assert there.read_bytes() == (filled.folder / "recordings" / f"{CALL}.opus").read_bytes()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [KEY_FILE, "calls.db", "recordings"]


def test_it_is_restored_into_postgresql(filled: Kept, backup: Path, tmp_path: Path, new_postgres: Make) -> None:
    target = new_postgres("target")
    restore(backup, tmp_path / "new", target.store.database)
    assert target.store.read_all(0) == filled.store.read_all(0)
    assert [row.call_id for row in target.store.find(Wanted(words="shuiguan"))] == [OTHER, CALL]
    assert not (tmp_path / "new" / "calls.db").exists()
    shutil.rmtree(tmp_path / "new")  # as if it had been killed before the folder got its name
    restore(backup, tmp_path / "new", target.store.database)
    assert (tmp_path / "new" / KEY_FILE).read_bytes() == (filled.folder / KEY_FILE).read_bytes()
    add(target.store, "more", [TurnStarted(20, Channel.AGENT, 20)])
    with pytest.raises(StoreError, match="is in use already \\("):
        restore(backup, tmp_path / "newer", target.store.database)
    assert not (tmp_path / "newer").exists()


def test_what_is_kept_behind_it_is_not_in_it(filled: Kept, tmp_path: Path) -> None:
    """As of one moment: a call goes on between the database and the recordings."""

    def goes_on(done: int, of: int) -> None:
        add(filled.store, RUNNING, [TurnStarted(40_000 + done, Channel.AGENT, 40_000 + done)])

    before = filled.store.position()
    back_up(filled.store.database, filled.folder, tmp_path / "backup", goes_on)
    restore(tmp_path / "backup", tmp_path / "new")
    with closing(SqlStore(tmp_path / "new" / "calls.db")) as store:
        assert store.read_all(0) == filled.store.read_all(0)[:before]
    assert filled.store.position() > before


def test_a_recording_that_is_deleted_meanwhile_is_left_out(filled: Kept, tmp_path: Path) -> None:
    (filled.folder / "recordings" / f"{OTHER}.flac").write_bytes(b"fLaC")

    def delete(done: int, of: int) -> None:
        (filled.folder / "recordings" / f"{OTHER}.flac").unlink(missing_ok=True)

    made = back_up(filled.store.database, filled.folder, tmp_path / "backup", delete)
    assert [name for name in made.files if "/" in name] == [f"recordings/{CALL}.opus"]
    restore(tmp_path / "backup", tmp_path / "new")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _told(**changes: object) -> Callable[[Path], None]:
    def change(backup: Path) -> None:
        told = json.loads((backup / MANIFEST).read_text())
        (backup / MANIFEST).write_text(json.dumps(told | changes))

    return change


def _cut_audit(backup: Path) -> None:
    """By somebody who knows how to make the sums anew."""
    with closing(sqlite3.connect(backup / "calls.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_refuses_delete")
        connection.execute("DELETE FROM audit WHERE number = 2")
    _sum_anew(backup)


def _change_record(backup: Path) -> None:
    with closing(sqlite3.connect(backup / "calls.db")) as connection, connection:
        connection.execute("UPDATE records SET event = replace(event, '水管', '水费')")
    _sum_anew(backup)


def _sum_anew(backup: Path) -> None:
    from pipeline.transfer.files import summed_file

    told = json.loads((backup / MANIFEST).read_text())
    found = summed_file(backup / "calls.db")
    told["files"]["calls.db"] = {"bytes": found.bytes, "sha256": found.sha256}
    (backup / MANIFEST).write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda backup: _flip(backup / "calls.db"), "calls.db is not the file that was backed up"),
        (lambda backup: _flip(backup / KEY_FILE), "audit-key is not the file that was backed up"),
        (lambda backup: _flip(backup / "recordings" / f"{CALL}.opus"), f"{CALL}.opus is not the file"),
        (lambda backup: (backup / "recordings" / f"{CALL}.opus").unlink(), f"{CALL}.opus is missing"),
        (lambda backup: (backup / MANIFEST).unlink(), "is no backup"),
        (lambda backup: (backup / MANIFEST).write_text("{"), "is no manifest of a backup"),
        (_told(format=2), "made by a newer callcoach"),
        (_told(schema=99), "made by a newer callcoach"),
        (_told(files={"calls.db": {"bytes": 1, "sha256": ""}, "../out": {"bytes": 1, "sha256": ""}}), "no backup has"),
        (_told(files={"/etc/passwd": {"bytes": 1, "sha256": ""}}), "no backup has"),
        (_told(audit={"number": 3, "mac": ""}), "another row than the one that was backed up last"),
        (_cut_audit, "does not hold what was backed up: audit"),
        (_change_record, "does not hold what was backed up: records"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_is_named_and_nothing_is_restored(
    new_file: Make, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    kept = new_file("full")
    kept.fill()
    backup = tmp_path / "backup"
    back_up(kept.store.database, kept.folder, backup)
    spoil(backup)
    with pytest.raises(StoreError, match=said):
        restore(backup, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "full"]


def test_a_target_that_is_not_empty_is_refused(filled: Kept, backup: Path, tmp_path: Path) -> None:
    for make_one in (
        lambda: back_up(filled.store.database, filled.folder, backup),
        lambda: restore(backup, backup),
    ):
        with pytest.raises(StoreError, match="is there already and not empty"):
            make_one()
    (tmp_path / "new").mkdir()
    restore(backup, tmp_path / "new")
    assert (tmp_path / "new" / "calls.db").exists()


def test_without_the_key_of_its_audit_none_is_made(filled: Kept, tmp_path: Path) -> None:
    """As on another machine, beside a database that several servers share."""
    with pytest.raises(StoreError, match="does not hold the audit-key with which the audit was written"):
        back_up(filled.store.database, tmp_path / "elsewhere", tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_disk_that_refuses_leaves_nothing(filled: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr("pipeline.transfer.backup.copied", refuse)
    with pytest.raises(StoreError, match="cannot be read or written: No space left on device"):
        back_up(filled.store.database, filled.folder, tmp_path / "backup")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_what_a_killed_one_has_left_goes(filled: Kept, tmp_path: Path) -> None:
    left = tmp_path / ".backup.part" / "new"
    (left / "recordings").mkdir(parents=True)
    (left / "recordings" / "half.opus").write_bytes(b"half")
    made = back_up(filled.store.database, filled.folder, tmp_path / "backup")
    assert "recordings/half.opus" not in made.files
    assert not (tmp_path / "backup" / "recordings" / "half.opus").exists()
    assert not left.parent.exists()


def test_a_backup_of_what_is_restored_is_the_same(filled: Kept, backup: Path, tmp_path: Path) -> None:
    restore(backup, tmp_path / "new")
    with closing(SqlStore(tmp_path / "new" / "calls.db")) as store:
        with store.database.reading() as connection:
            assert digests(connection) == read_manifest(backup).tables
        again = back_up(store.database, tmp_path / "new", tmp_path / "again")
    assert again.tables == read_manifest(backup).tables
