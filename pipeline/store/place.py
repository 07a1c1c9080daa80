"""Where a database lies: whether it is still there, why it refuses, and how it is put back when it was deleted.

A file that is deleted while SQLite has it open goes on taking records that nobody will ever find. So its identity is
compared at every write, and what the open file still holds is copied back to where it belongs.
https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from pipeline.errors import StoreError

File = tuple[int, int]
"""What tells a file from all others that ever lay at its path, while it is open: device and number."""

LITTLE_BYTES = 64 * 1024  # with less room than that it is the disk, however SQLite puts it
_CAUSES = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}
_OF_THE_DISK = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


class Place:
    """The path of a database and the file that lay there when it was opened. Makes folder and file where need be."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError when folder or file cannot be made."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"folder {path.parent} for the records cannot be made: {error.strerror}") from error
        try:
            path.touch()
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}") from error
        self.file = file_of(path)

    def check(self, opened: File | None = None) -> None:
        """Raises StoreError when the file that was opened lies here no more. `opened`: what a connection has open."""
        file = file_of(self.path)
        if file is None or (file == self.file and opened not in (None, file)):
            raise StoreError(f"{self.path} was deleted while callcoach had it open", "gone")
        if file != self.file:
            reason = (
                "was replaced by another file while callcoach had it open: put the first one back or move this away"
            )
            raise StoreError(f"{self.path} {reason}", "replaced")

    def put_back(self, opened: sqlite3.Connection) -> None:
        """Copies all that the deleted file holds, by a connection that still has it open, to where it belongs."""
        part = self.path.with_name(f"{self.path.name}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            with closing(sqlite3.connect(part)) as copy:
                opened.backup(copy)
            self.file = file_of(part)
            for stale in ("-wal", "-shm"):  # of the file that is gone
                self.path.with_name(self.path.name + stale).unlink(missing_ok=True)
            part.replace(self.path)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise StoreError(f"{self.path} was deleted and cannot be put back: {error}", "gone") from error

    def refusal(self, action: str, error: SQLAlchemyError) -> StoreError:
        """Why the database could not be `action` (read, written, ...): in words, and as a cause."""
        reason = error.orig if isinstance(error, DBAPIError) else error
        try:
            self.check()
        except StoreError as moved:
            return moved
        cause, told = self._cause(error), str(reason)
        if cause == "full" and "full" not in told:
            told = f"the disk is full ({told})"
        return StoreError(f"{self.path} cannot be {action}: {told}", cause)

    def _cause(self, error: SQLAlchemyError) -> str:
        code = code_of(error)
        if code in _OF_THE_DISK:
            with suppress(OSError):
                if shutil.disk_usage(self.path.parent).free < LITTLE_BYTES:
                    return "full"
                if not os.access(self.path.parent, os.W_OK):
                    return "read_only"
        return _CAUSES.get(code, "")


def code_of(error: BaseException | None) -> int:
    """SQLite's primary result code; 0 when it is none of its errors."""
    code = getattr(error.orig, "sqlite_errorcode", 0) if isinstance(error, DBAPIError) else 0
    return int(code) & 0xFF


def file_of(path: Path) -> File | None:
    """None where nothing lies, or where nobody can look."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
