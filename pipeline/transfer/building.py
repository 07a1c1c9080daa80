"""A folder that is there whole or not at all: made under another name, which it loses when all of it is on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.audio.recording.crash_safe_wav import sync_folder
from pipeline.errors import StoreError
from pipeline.private import private_folder
from pipeline.store.claim import claim


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """The folder to write into, empty; it becomes `target` in the end.

    Raises StoreError where the target is there and not empty, where another process makes it just now, and for
    everything that the disk refuses.
    """
    target = target.absolute()
    if not target.name or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise StoreError(f"{target} is there already and not empty: name a new folder, or move that one away")
    with workplace(target.with_name(f".{target.name}.part")) as part:
        yield part
        for folder in (part, *(path for path in part.iterdir() if path.is_dir())):
            sync_folder(folder)
        if target.exists():
            target.rmdir()  # empty
        part.rename(target)
        sync_folder(target.parent)


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """An empty folder within `folder`, for this process alone; both are gone in the end.

    What a process that was killed has left in it is deleted. Raises StoreError as `building`.
    """
    inner, held = folder / "new", claim(folder / "use")
    try:
        shutil.rmtree(inner, ignore_errors=True)
        private_folder(inner)
        yield inner
    except OSError as error:
        raise StoreError(f"{error.filename or folder} cannot be read or written: {error.strerror}") from error
    finally:
        shutil.rmtree(inner, ignore_errors=True)
        held.close()
        with suppress(OSError):  # another process is here already
            Path(held.name).unlink()
            folder.rmdir()
