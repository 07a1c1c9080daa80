"""One process per database: a second one would take the first one's running calls for crashed ones."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from pipeline.errors import StoreError
from pipeline.private import private_file, private_folder

try:
    import fcntl
except ImportError:  # Windows: no advisory locks, so nothing is checked there
    fcntl = None  # type: ignore[assignment]


def claim(database: Path) -> IO[bytes]:
    """Holds the database for as long as the returned file is open. Raises StoreError when somebody else has it."""
    path = database.with_name(database.name + ".lock")
    try:
        private_folder(path.parent)
        private_file(path)
        held = path.open("a+b", buffering=0)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    if fcntl is not None:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.seek(0)
            holder = held.read().decode("ascii", "replace").strip() or "unknown"
            held.close()
            raise StoreError(
                f"{database} is in use by another callcoach (process {holder}): "
                "stop that one, or name another folder with --data"
            ) from None
    with suppress(OSError):  # the lock is what counts, and needs no room; on a full disk nobody learns who has it
        held.truncate(0)
        held.write(f"{os.getpid()}\n".encode("ascii"))
    return held
