"""A backup: a folder with the calls' database as a file, their recordings, the audit's key, and the sums of all.

The database is copied as of one moment while calls run, from SQLite by its own backup, from PostgreSQL by reading all
in one transaction. Either way it is a SQLite file, of which both kinds can be restored. Recordings are copied and not
linked: a link is lost with what it leads to.
https://www.sqlite.org/backup.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, select

from pipeline.audio.recording.recorder import recording_of
from pipeline.codec import first_fault
from pipeline.errors import AudioError, StoreError
from pipeline.events.consent import TELLING, last_consent
from pipeline.people.audit import EVERYTHING
from pipeline.people.audit_chain import follows
from pipeline.people.audit_heads import KEY_FILE, read_key
from pipeline.private import private_file, private_folder
from pipeline.store.audit import SqlAuditLog
from pipeline.store.database import Database
from pipeline.store.moving import Digests, digests, move
from pipeline.store.opening import CALLS
from pipeline.store.schema import VERSION, calls
from pipeline.store.sql import SqlStore
from pipeline.store.sqlite_file import SqliteFile
from pipeline.transfer.building import building
from pipeline.transfer.files import Sum, copied, summed_file, synced

MANIFEST = "manifest.json"
RECORDINGS = "recordings"
SECRETS = (KEY_FILE, "token")  # of the data folder; the second only where one of an earlier version lies
FORMAT = 1

_CALLS_AT_ONCE = 200  # asked for in one question to the database

Noted = Callable[["Manifest"], None]
Told = Callable[[int, int], None]
"""How many of how many are done: rows, then recordings."""


@dataclass(frozen=True, slots=True)
class AuditEnd:
    """What the chain of the audit ends with."""

    number: int
    mac: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `tables` as of `schema`; `running`: calls that had not ended, without their recordings.
    No recording is without consent.

    `files` by their paths in the folder. `format` is raised when an older callcoach could not read it.
    """

    format: int
    callcoach: str
    made_at: str
    schema: int
    tables: Digests
    audit: AuditEnd | None
    running: int
    files: Mapping[str, Sum]


_MANIFEST = TypeAdapter(Manifest)


def back_up(
    database: Database,
    folder: Path,
    target: Path,
    told: Told = lambda done, of: None,
    noted: Noted = lambda manifest: None,
) -> Manifest:
    """`folder`: the data folder. `noted` is told before the backup has its name.

    Raises StoreError where `target` is taken, or something cannot be read or written."""
    if target.resolve().is_relative_to(folder.resolve()):
        raise StoreError(f"{target} lies in the data folder, with which it would be lost: name a folder elsewhere")
    with building(target) as part:
        file = part / CALLS
        if isinstance(database, SqliteFile):
            database.copy_to(file)
        with closing(SqliteFile(file)) as copy:
            if not isinstance(database, SqliteFile):
                move(database, copy, told)
            with copy.reading() as connection:
                tables, ended = digests(connection), _ended(connection)
            newest, before = (*SqlAuditLog(copy).rows(EVERYTHING, limit=2), None, None)[:2]
            consenting = _consenting(SqlStore(copy), [call_id for call_id, is_over in ended.items() if is_over])
        synced(file)
        files = {CALLS: summed_file(file)}
        of = _found(folder, consenting)
        if newest is not None and (KEY_FILE not in of or not follows(read_key(folder), before, newest)):
            why = "with which the audit was written, and without which it could not be proved"
            raise StoreError(f"{folder} does not hold the {KEY_FILE} {why}: did you mean another folder (--data DIR)?")
        private_folder(part / RECORDINGS)
        for done, (name, path) in enumerate(of.items(), 1):
            with suppress(FileNotFoundError):  # deleted meanwhile
                files[name] = copied(path, part / name)
            told(done, len(of))
        manifest = Manifest(
            FORMAT, version("callcoach"), datetime.now().astimezone().isoformat(timespec="seconds"), VERSION, tables,
            AuditEnd(newest.number, newest.mac) if newest is not None else None,
            sum(not is_over for is_over in ended.values()), files,
        )  # fmt: skip
        private_file(part / MANIFEST)
        (part / MANIFEST).write_bytes(_MANIFEST.dump_json(manifest, indent=1))
        synced(part / MANIFEST)
        noted(manifest)
    return manifest


def read_manifest(backup: Path) -> Manifest:
    """Raises StoreError for what is no backup, was changed, or was made by a newer callcoach."""
    file = backup / MANIFEST
    try:
        read = file.read_bytes()
    except OSError as error:
        raise StoreError(f"{backup} is no backup: {file.name} cannot be read: {error.strerror}") from error
    try:
        found = _MANIFEST.validate_json(read, strict=True)
    except ValidationError as error:
        raise StoreError(f"{file} is no manifest of a backup: {first_fault(error)}") from None
    if found.format > FORMAT or found.schema > VERSION:
        raise StoreError(f"{backup} was made by a newer callcoach ({found.callcoach}): restore it with that one")
    for name in found.files:
        folder, _, plain = name.rpartition("/")
        if (folder not in ("", RECORDINGS)) or plain in ("", ".", "..", MANIFEST) or set(plain) & set("\\:\0"):
            raise StoreError(f"{file} names a file that no backup has: {name!r}")
    if CALLS not in found.files:
        raise StoreError(f"{file} names no {CALLS}")
    return found


def _ended(connection: Connection) -> dict[str, bool]:
    """Of every call whether it has."""
    return dict(connection.execute(select(calls.c.call_id, calls.c.ended)).all())


def _consenting(store: SqlStore, call_ids: list[str]) -> list[str]:
    """Those that may be kept as sound: a file may be left of a consent that was taken back."""
    found = []
    for begin in range(0, len(call_ids), _CALLS_AT_ONCE):
        some = store.pick(call_ids[begin : begin + _CALLS_AT_ONCE], TELLING)
        for call_id, told in groupby(some, lambda record: record.call_id):
            if last_consent(record.event for record in told) is True:
                found.append(call_id)
    return found


def _found(folder: Path, call_ids: list[str]) -> dict[str, Path]:
    """What of the data folder belongs into a backup beside the database, by its path there."""
    of = {name: folder / name for name in SECRETS if (folder / name).is_file()}
    for path in _recordings(folder / RECORDINGS, call_ids):
        of[f"{RECORDINGS}/{path.name}"] = path
    return of


def _recordings(folder: Path, call_ids: list[str]) -> Iterator[Path]:
    for call_id in call_ids:
        with suppress(AudioError):  # an id of before that is no file name has none
            if (path := recording_of(folder, call_id)) is not None:
                yield path
