"""A backup becomes a data folder, or a database with a data folder beside it, proved to be what was backed up."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.people.audit import Audit
from pipeline.people.audit_heads import KEY_FILE
from pipeline.private import private_folder
from pipeline.store.audit import SqlAuditLog, open_audit
from pipeline.store.checking import damaged
from pipeline.store.database import Database
from pipeline.store.moving import Digests, digests, move
from pipeline.store.opening import CALLS
from pipeline.store.schema import VERSION
from pipeline.store.sqlite_file import SqliteFile
from pipeline.transfer.backup import RECORDINGS, AuditEnd, Manifest, Told, read_manifest
from pipeline.transfer.building import building
from pipeline.transfer.files import copied


@dataclass(frozen=True, slots=True)
class Proved:
    """What was restored and looked at: so many files by their sums, rows by their digests, and links of the audit."""

    manifest: Manifest
    audit_rows: int


def restore(backup: Path, folder: Path, database: Database | None = None, told: Told = lambda done, of: None) -> Proved:
    """`folder`: the data folder, new or empty. `database`: where calls and people go, empty; None: a file in `folder`.

    The folder is there in the end, with all in it, or not at all, and so is all in the database. Asked again after it
    was killed between the two, it finds the database full of the same and makes the folder.
    Raises StoreError naming the first thing that is not as it was backed up.
    """
    manifest = read_manifest(backup)
    with building(folder) as part:
        private_folder(part / RECORDINGS)
        for done, (name, wanted) in enumerate(manifest.files.items(), 1):
            try:
                found = copied(backup / name, part / name)
            except FileNotFoundError:
                raise StoreError(f"{backup} is not whole: {name} is missing") from None
            if found != wanted:
                raise StoreError(f"{backup} is not whole: {name} is not the file that was backed up")
            told(done, len(manifest.files))
        with closing(SqliteFile(part / CALLS)) as restored:
            rows = _prove(restored, part, manifest)
            if database is not None:
                _fill(database, restored, manifest, told)
        if database is not None:
            (part / CALLS).unlink()
    return Proved(manifest, rows)


def _prove(restored: SqliteFile, folder: Path, manifest: Manifest) -> int:
    """The rows of the audit, whose chain is whole."""
    with restored.reading() as connection:
        if faults := damaged(connection):
            raise StoreError(f"{restored.name} is damaged: {'; '.join(faults)}", "damaged")
        if manifest.schema == VERSION:  # else the rows have other columns now; that they are there, the file's sum says
            _compare(digests(connection), manifest.tables, restored.name)
    newest = SqlAuditLog(restored).newest()
    if (AuditEnd(newest.number, newest.mac) if newest is not None else None) != manifest.audit:
        raise StoreError("the audit ends with another row than the one that was backed up last")
    if newest is None:
        return 0
    if KEY_FILE not in manifest.files:
        raise StoreError(f"the backup has no {KEY_FILE}: without it nobody can tell whether the audit was changed")
    verdict = _audit(restored, folder).verify()
    if verdict.fault is not None:
        raise StoreError(f"row {verdict.fault.number} of the audit is {verdict.fault.kind}")
    return verdict.rows


def _audit(restored: SqliteFile, folder: Path) -> Audit:
    """Without its second place, which is another machine's or the next start's."""
    return open_audit(restored, folder, None, lambda line: None)


def _fill(database: Database, restored: SqliteFile, manifest: Manifest, told: Told) -> None:
    with database.reading() as connection:
        there = digests(connection)
    if manifest.schema == VERSION and there == manifest.tables:
        return  # by one that was killed behind it
    move(restored, database, told)


def _compare(found: Digests, wanted: Digests, name: str) -> None:
    if different := [table for table in wanted if found.get(table) != wanted[table]]:
        raise StoreError(f"{name} does not hold what was backed up: {', '.join(different)}")
