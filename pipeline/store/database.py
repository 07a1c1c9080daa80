"""What all that keeps something asks of a database: transactions, on SQLite and PostgreSQL alike.

Who writes holds one lock until the commit, so that what is read before is still so when it is written, and records are
found in the order in which they were kept. SQLite knows no other way; on PostgreSQL it is asked for.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError, TimeoutError

from pipeline.errors import StoreError

BUSY_TIMEOUT_MS = 5_000  # how long another writer is waited for
SLICE_TIMEOUT_MS = 100  # the same for a slice of a call in progress

Pool = Literal["read", "write", "slices"]
"""For whom a connection is: a slice of a call in progress cannot wait long, and not for others' connections."""


class Database(ABC):
    """From any thread: each transaction has a connection to itself. Everything raises StoreError when it cannot be."""

    def __init__(self) -> None:
        self._thread = _OfThread()

    is_shared = False  # by several servers, each of which has its own calls in it

    @property
    @abstractmethod
    def name(self) -> str:
        """Where it is, for messages: without a password."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is called, wherever it lies."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread reads and writes within is one transaction, kept as a whole or not at all.

        It has the lock from the start: what it reads cannot change before it writes. Within another it is part of that,
        and what an error ends is taken back also where the error is caught further out.
        """
        if self._thread.connection is not None:
            with self._told("written"), self._thread.connection.begin_nested():
                yield
            return
        with self._transaction("written", "write") as connection:
            self._lock(connection)
            self._thread.connection = connection
            try:
                yield
                self._check(connection)
            finally:
                self._thread.connection = None

    @contextmanager
    def reading(self, *, only_kept: bool = False) -> Iterator[Connection]:
        """All that is read within is of one moment. `only_kept`: within `together`, too, nothing of it."""
        if self._thread.connection is not None and not only_kept:
            with self._told("read"):
                yield self._thread.connection
            return
        with self._transaction("read", "read") as connection:
            yield connection

    @contextmanager
    def writing(self, *, patient: bool = True) -> Iterator[Connection]:
        """One transaction with the lock, on SQLite from its first statement that writes. `patient` waits seconds."""
        if self._thread.connection is not None:
            with self._told("written"):
                yield self._thread.connection
            return
        with self._transaction("written", "write" if patient else "slices") as connection:
            self._begin(connection)
            yield connection
            self._check(connection)

    @abstractmethod
    def probe(self) -> None:
        """Really writes."""

    @abstractmethod
    def mend(self) -> bool:
        """As of Archive."""

    @abstractmethod
    def sync(self, *, empties_log: bool = False) -> None:
        """What is kept outlasts a power cut. `empties_log`: what was deleted is gone from it, unless it is read now."""

    @abstractmethod
    def settle(self) -> None:
        """What was read so far outlasts what the one who reads it may outlast: a crash of the database."""

    @abstractmethod
    def wipe(self) -> bool:
        """Of what was deleted nothing is left. False where others keep that from being done now."""

    @abstractmethod
    def sync_at_times(self) -> None:
        """To be called once an append."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _transaction(self, action: str, pool: Pool) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _lock(self, connection: Connection) -> None: ...

    @abstractmethod
    def _begin(self, connection: Connection) -> None:
        """As `_lock`; where the first statement that writes takes the lock, nothing."""

    @abstractmethod
    def _check(self, connection: Connection) -> None:
        """Before the commit: raises StoreError where what is written would be lost."""

    @abstractmethod
    def _refusal(self, action: str, error: SQLAlchemyError) -> StoreError:
        """Why the database could not be `action` (read, written, ...): in words, and as a cause."""

    @contextmanager
    def _told(self, action: str) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise StoreError(f"{self.name} cannot be {action}: all connections are in use", "locked") from error
        except SQLAlchemyError as error:
            raise self._refusal(action, error) from error


class _OfThread(threading.local):
    """The transaction that a thread is in the midst of, by `together`."""

    connection: Connection | None = None
