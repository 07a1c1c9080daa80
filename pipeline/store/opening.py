"""Which database calls and people are kept in: a file of the data folder, or one that several servers share."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from pipeline.quantities import OneLine
from pipeline.store.database import Database
from pipeline.store.sqlite_file import SqliteFile

CALLS = "calls.db"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where calls and people are kept."""

    address: OneLine = ""  # postgresql://USER@HOST:PORT/DATABASE; empty: calls.db in the data folder
    place: OneLine = ""  # what this server is told by among those that share it; empty: its machine and data folder

    def is_kept(self, folder: Path) -> bool:
        """Whether there may be something: looking must not make a file."""
        return bool(self.address) or (folder / CALLS).exists()

    def place_of(self, folder: Path) -> str:
        """The same after each start of the server that has this data folder."""
        return self.place or place_of(folder)


def open_database(settings: StoreSettings, folder: Path, name: str = CALLS) -> Database:
    """`name`: of the file in the data folder, where there is no address. Raises StoreError and SettingsError."""
    if not settings.address:
        return SqliteFile(folder / name)
    from pipeline.store.postgres import Postgres, address_of

    return Postgres(address_of(settings.address))


def place_of(path: Path) -> str:
    """Of a file or folder, among all machines."""
    return f"{socket.gethostname()}:{path.absolute()}"
