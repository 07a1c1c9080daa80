"""A folder that is there whole or not at all: made under another name, which it loses when all of it is on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.audio.recording.crash_safe_wav import sync_folder
from pipeline.errors import StoreError
from pipeline.store.claim import claim
from pipeline.store.opening import CALLS


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """The folder to write into, empty. What one that was killed has left is deleted by the next for the same `target`.

    Raises StoreError where the target is there and not empty, where another process makes it just now, and for
    everything that the disk refuses.
    """
    target = target.absolute()
    if not target.name or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise StoreError(f"{target} is there already and not empty: name a new folder, or move that one away")
    part = target.with_name(f".{target.name}.part")
    try:
        with claim(part / CALLS) as held:
            lock = Path(held.name)
            for left in part.iterdir():
                if left.is_dir():
                    shutil.rmtree(left)
                elif left != lock:
                    left.unlink()
            yield part
        lock.unlink()  # behind its own file being closed: Windows
        for folder in (part, *(path for path in part.iterdir() if path.is_dir())):
            sync_folder(folder)
        if target.exists():
            target.rmdir()  # empty
        part.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise StoreError(f"{error.filename or part} cannot be read or written: {error.strerror}") from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
