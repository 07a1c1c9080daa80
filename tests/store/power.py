"""A disk that loses power: what SQLite has written and not synced may be there afterwards, in part, or not at all.

Every file that SQLite opens by this VFS (https://rogerbinns.github.io/apsw/vfs.html) lies on the real disk and is
followed: what it held when it was synced last, and each write since. From these the disk after a cut is drawn, at
moments that are picked by chance among all writes, while the program goes on.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512
NAME = "power"


@dataclass(frozen=True)
class Cut:
    """The files of the folder as the cut leaves them, and what was known (`Power.known`) when it came."""

    files: dict[str, bytes]
    known: object


@dataclass
class _Followed:
    """`synced` is None for a file that was made and never synced: it may not be there."""

    synced: bytes | None
    since: list[tuple[int, bytes | None]] = field(default_factory=list)  # where, and what; or the new size, and None

    def now(self) -> bytes:
        held = bytearray(self.synced or b"")
        for where, data in self.since:
            _apply(held, where, data)
        return bytes(held)

    def after_cut(self, chance: random.Random) -> bytes | None:
        """Nothing of what was not synced, all up to a moment with the last write torn, or any of it in any part."""
        if self.synced is None and chance.random() < 1 / 2:
            return None
        held, manner = bytearray(self.synced or b""), chance.choice(["none", "until", "any"])
        since = self.since
        if manner == "none":
            since = []
        elif manner == "until":
            since = since[: chance.randint(0, len(since))]
        for number, (where, data) in enumerate(since):
            is_torn = manner == "any" or number == len(since) - 1
            if data is None:
                if not is_torn or chance.random() < 1 / 2:
                    _apply(held, where, None)
                continue
            for start in range(0, len(data), SECTOR):
                if not is_torn or chance.random() < 2 / 3:
                    _apply(held, where + start, data[start : start + SECTOR])
        return bytes(held)


def _apply(held: bytearray, where: int, data: bytes | None) -> None:
    if data is None:
        del held[where:]
        return
    held.extend(b"\0" * (where - len(held)))
    held[where : where + len(data)] = data


class Power(apsw.VFS):
    """Follows the files of one folder and keeps `cuts`, so many at random moments as `moments`."""

    def __init__(self, folder: Path, chance: random.Random, moments: int, known: Callable[[], object]) -> None:
        self.cuts: list[Cut] = []
        self._folder = folder
        self._chance = chance
        self._moments = moments
        self._known = known
        self._lock = threading.RLock()
        self._files: dict[str, _Followed] = {}
        self._deleted: dict[str, _Followed] = {}  # and the folder is not synced since
        self._writes = 0
        super().__init__(NAME, "unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None or Path(path).parent != self._folder:
            return apsw.VFSFile("unix", name, flags)
        with self._lock:
            if path not in self._files:
                before = Path(path).read_bytes() if Path(path).exists() else None
                self._files[path] = _Followed(before)
            return _File(self, path, name, flags)

    def xDelete(self, path: str, sync_dir: bool) -> None:
        super().xDelete(path, sync_dir)
        with self._lock:
            if (gone := self._files.pop(path, None)) is not None and not sync_dir:
                self._deleted[path] = gone
            self._happened()

    def wrote(self, path: str, where: int, data: bytes | None) -> None:
        with self._lock:
            self._files[path].since.append((where, data))
            self._happened()

    def synced(self, path: str) -> None:
        with self._lock:
            file = self._files[path]
            if file.synced is None:
                self._deleted.clear()  # with a new file its folder is synced
            file.synced, file.since = file.now(), []

    def unsynced(self, name: str) -> int:
        """So many writes into this file."""
        return len(self._files[str(self._folder / name)].since)

    def sync_descriptor(self, descriptor: int) -> None:
        """In the place of os.fsync."""
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if path in self._files:
            self.synced(path)

    def _happened(self) -> None:
        """Each write so far is one of `cuts` with the same probability (reservoir sampling)."""
        self._writes += 1
        if len(self.cuts) < self._moments:
            self.cuts.append(self._cut())
        elif (place := self._chance.randrange(self._writes)) < self._moments:
            self.cuts[place] = self._cut()

    def _cut(self) -> Cut:
        back = {path: file for path, file in self._deleted.items() if self._chance.random() < 1 / 2}
        left = {path: file.after_cut(self._chance) for path, file in (back | self._files).items()}
        index = next((path for path in self._folder.glob("*-shm")), None)  # in memory: whatever of it was written
        if index is not None and (manner := self._chance.choice(["none", "all", "rubbish"])) != "none":
            size = index.stat().st_size
            left[str(index)] = index.read_bytes() if manner == "all" else self._chance.randbytes(size)
        return Cut({Path(path).name: held for path, held in left.items() if held is not None}, self._known())


class _File(apsw.VFSFile):
    def __init__(self, power: Power, path: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._power, self._path = power, path
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._power.wrote(self._path, offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self._power.wrote(self._path, size, None)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._power.synced(self._path)
