"""The two databases that are measured: a file, and a PostgreSQL server of its own whose commits wait for the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection

from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import server

Open = Callable[[], SqlStore]
"""Opens the same store once more, in any process: can be pickled."""


class Unlocked(Postgres):
    """Without the lock by which positions are seen in order: what that lock costs is the difference."""

    def _begin(self, connection: Connection) -> None:
        pass

    def _keep(self, connection: Connection) -> None:
        """Its commit has waited for the disk."""


def open_sqlite(path: Path) -> SqlStore:
    return SqlStore(path)


def open_postgres(address: URL) -> SqlStore:
    return SqlStore(Postgres(address))


def open_unlocked(address: URL) -> SqlStore:
    return SqlStore(Unlocked(address))


@contextmanager
def both(disk_ms: int = 0) -> Iterator[dict[str, Callable[[], Open]]]:
    """By name, what makes an empty store of this kind. `disk_ms`: that each sync of PostgreSQL takes longer."""
    with (
        tempfile.TemporaryDirectory(prefix="callcoach-store-") as folder,
        server(is_synced=True, disk_ms=disk_ms) as running,
    ):

        def new_file() -> Open:
            return partial(open_sqlite, Path(tempfile.mkdtemp(dir=folder)) / "calls.db")

        def new_postgres(open_: Callable[[URL], SqlStore]) -> Open:
            return partial(open_, running.address(running.new_database()))

        yield {
            "SQLite": new_file,
            "PostgreSQL": partial(new_postgres, open_postgres),
            "PostgreSQL, no lock": partial(new_postgres, open_unlocked),
        }
