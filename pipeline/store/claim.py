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


def claim(database: Path) -> IO[bytes]:
    """Holds the database for as long as the returned file is open. Raises StoreError when somebody else has it."""
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
        holder = _holder(held)
        held.close()
        raise StoreError(
            f"{database} is in use by another callcoach (process {holder}): "
            "stop that one, or name another folder with --data"
        ) from None
    with suppress(OSError):  # the lock is what counts, and needs no room; on a full disk nobody learns who has it
        held.truncate(0)
        held.write(f"{os.getpid()}\n".encode("ascii"))
    return held


def holder_of(database: Path) -> str | None:
    """The number of the process that holds the database; None when nobody does. Makes nothing."""
    try:
        with database.with_name(database.name + ".lock").open("r+b", buffering=0) as held:
            try:
                _lock(held)
            except OSError:
                return _holder(held)
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


def _holder(held: IO[bytes]) -> str:
    held.seek(0)
    return held.read().decode("ascii", "replace").strip() or "unknown"
