"""Locks on recordings, between threads and between processes: a desk, a sweep and a start may meet in one folder.

Of a process that is killed the system lets go. Where it has no such lock (Windows, some network folders), only threads
are kept apart.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

_placing = threading.Lock()


@contextlib.contextmanager
def placing(folder: Path) -> Iterator[None]:
    """One at a time deletes files of a folder, or renames them into place."""
    with _placing, contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # no folder, or one that cannot be opened
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            _lock(handle, waits=True)
        yield


def hold(handle: int) -> bool:
    """Until it is closed the open file is this holder's; False: it is somebody else's."""
    try:
        _lock(handle, waits=False)
    except BlockingIOError:
        return False
    except OSError:
        return True  # this file system has no locks
    return True


@contextlib.contextmanager
def held(file: Path) -> Iterator[bool]:
    """Within, the file is this holder's; False: it is somebody else's. Raises OSError."""
    if sys.platform == "win32":  # no lock, and no file that is open can be deleted
        yield True
        return
    with file.open("rb") as opened:
        yield hold(opened.fileno())


def _lock(handle: int, *, waits: bool) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
