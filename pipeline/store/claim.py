"""One process per database: a second one would take the first one's running calls for crashed ones."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from pipeline.errors import StoreError
from pipeline.private import private_file, private_folder

_FAR = 1 << 30  # Windows keeps others from reading what is locked: a byte that nobody writes, far behind the number


def claim(database: Path, address: str = "") -> IO[bytes]:
    """Holds the database for as long as the returned file is open. Raises StoreError when somebody else has it.

    `address`: URL of the server that this process is, for `address_at`.
    """
    path = database.with_name(database.name + ".lock")
    elsewhere = "mend that, or name another folder with --data"
    try:
        private_folder(path.parent)
    except OSError as error:
        reason = f"folder {path.parent} for the calls cannot be made: {error.strerror}"
        raise StoreError(f"{reason}: {elsewhere}") from error
    try:
        private_file(path)
        held = path.open("a+b", buffering=0)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}: {elsewhere}") from error
    try:
        _lock(held)
    except OSError:
        holder, _ = _told(held)
        held.close()
        raise StoreError(
            f"{database} is in use by another callcoach (process {holder}): "
            "stop that one, or name another folder with --data"
        ) from None
    with suppress(OSError):  # the lock is what counts, and needs no room; on a full disk nobody learns who has it
        held.truncate(0)
        held.write(f"{os.getpid()}\n{address}\n".encode())
    return held


def holder_of(database: Path) -> str | None:
    """The number of the process that holds the database; None when nobody does. Makes nothing."""
    told = _of_holder(database)
    return told[0] if told is not None else None


def address_at(database: Path) -> str | None:
    """The URL of the server that holds the database, for a browser on this machine; None when none does."""
    told = _of_holder(database)
    return told[1] or None if told is not None else None


def _of_holder(database: Path) -> tuple[str, str] | None:
    try:
        with database.with_name(database.name + ".lock").open("r+b", buffering=0) as held:
            try:
                _lock(held)
            except OSError:
                return _told(held)
    except OSError:
        pass
    return None


def _lock(held: IO[bytes]) -> None:
    """Until the file is closed. Raises OSError when another process has it."""
    if sys.platform == "win32":
        import msvcrt

        held.seek(_FAR)
        msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _told(held: IO[bytes]) -> tuple[str, str]:
    """What the holder wrote: its number, "unknown" on a full disk, and its address, "" where it has none."""
    held.seek(0)
    lines = held.read().decode("utf-8", "replace").splitlines()
    number, address, *_ = (*lines, "", "")
    return number.strip() or "unknown", address.strip()
