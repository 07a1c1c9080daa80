"""A PostgreSQL database with the tables of callcoach: how it is reached, read, written, and told when it is not there.

Who writes holds an advisory lock until the commit (`pg_advisory_xact_lock`). PostgreSQL gives a position when a row is
inserted, not when it is committed: without the lock a reader at position 8 could miss 7, which is committed later. The
lock goes after the commit can be seen, so that positions are seen in their order.
https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS

Nobody waits for the disk while holding the lock: a commit is asynchronous, and before anybody is told that something
is kept, a second one, of nothing but a message in the log, waits for the disk with it and all that came before. So
writers of all servers share one sync. A server that crashes between the two may forget what was seen already and give
its position to something else: who follows positions (`settle`) waits for the disk too.
https://www.postgresql.org/docs/15/wal-async-commit.html

A slice of a call cannot wait for a network. Where the database was not reached, nothing asks it for `RETRY_S` but a
thread of its own: everybody else is refused at once, and what is to be kept waits in the outbox of its call.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, case, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from pipeline.errors import SettingsError, StoreError
from pipeline.store.database import BUSY_TIMEOUT_MS, SLICE_TIMEOUT_MS, Database, Pool
from pipeline.store.dialects import grant
from pipeline.store.schema import check_version, people, prepare

WRITERS = 0x63616C6C  # "call": the lock of who writes, the same for every callcoach on this database
LOST_MS = 2_000  # a connection over which nothing comes back is lost
LEFT_MS = 5_000  # whoever stands still within a transaction loses it, and with it the lock
READ_MS = 60_000
SILENT_MS = 500  # beyond its own limit a server may be silent; then it stands still, and the connection is given up
RETRY_S = 1.0
_READ = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}  # all that is read is of one moment
_CAUSES = {  # https://www.postgresql.org/docs/15/errcodes-appendix.html
    "53100": "full",
    "55P03": "locked",  # lock_timeout
    "57014": "locked",  # statement_timeout
    "25006": "read_only",
    "42501": "refused",
    "28000": "refused",
    "28P01": "refused",
    "XX001": "damaged",
    "XX002": "damaged",
}


class Postgres(Database):
    """The tables are there already: `callcoach store prepare` makes and changes them, in another role."""

    is_shared = True

    def __init__(self, address: URL) -> None:
        """Raises StoreError where it cannot be reached, or is no database of this version of callcoach."""
        super().__init__()
        self._address = address
        self._engine = _make_engine(address, BUSY_TIMEOUT_MS, READ_MS)
        self._slices = _make_engine(address, SLICE_TIMEOUT_MS, SLICE_TIMEOUT_MS * 10)
        self._reached = _Reached(self._ask)
        try:
            with self.reading() as connection:
                check_version(connection, self.name)
            self.settle()  # a role that may not is told so now, not at the first record
        except StoreError:
            self.close()
            raise

    @property
    def name(self) -> str:
        return self.shown(self._address)

    @staticmethod
    def shown(address: URL) -> str:
        """As `address_of` takes it."""
        return address.set(drivername="postgresql").render_as_string(hide_password=True)

    @property
    def title(self) -> str:
        return str(self._address.database)

    def probe(self) -> None:
        with self.writing() as connection:
            connection.execute(people.update().values(changes=people.c.changes))

    def mend(self) -> bool:
        return False

    def sync(self, *, empties_log: bool = False) -> None:
        """Whoever wrote has done so already. What was deleted leaves the log with its own recycling."""

    def settle(self) -> None:
        with self._told("read"), self._engine.connect() as connection:
            _wait_for_disk(connection)

    def wipe(self) -> bool:
        """Its autovacuum and the recycling of its log do that in time; the program does not own the tables."""
        return True

    def sync_at_times(self) -> None:
        pass

    def close(self) -> None:
        self._reached.close()
        self._engine.dispose()
        self._slices.dispose()

    @contextmanager
    def _transaction(self, action: str, pool: Pool) -> Iterator[Connection]:
        self._reached.check()
        engine = self._slices if pool == "slices" else self._engine
        with self._told(action), engine.connect() as connection:
            if pool == "read":
                connection = connection.execution_options(**_READ)
            with connection.begin():
                yield connection
            if pool != "read":
                self._keep(connection)

    def _lock(self, connection: Connection) -> None:
        connection.execute(
            select(func.set_config("synchronous_commit", "off", True), func.pg_advisory_xact_lock(WRITERS))
        )

    def _keep(self, connection: Connection) -> None:
        """After the commit and its lock: from now on a crash of the server takes nothing of it."""
        with self._told("synced; what was just written may be there or not"):
            _wait_for_disk(connection)

    def _begin(self, connection: Connection) -> None:
        self._lock(connection)

    def _check(self, connection: Connection) -> None:
        pass

    def _refusal(self, action: str, error: SQLAlchemyError) -> StoreError:
        reason = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(reason, "sqlstate", None)
        # Without a state the server has not answered, or the driver has not asked: then it is the value's fault.
        is_unanswered = state is None and isinstance(error, OperationalError | InterfaceError)
        is_lost = is_unanswered or (isinstance(error, DBAPIError) and error.connection_invalidated)
        said = f"{self.name} cannot be {action}: {' '.join(str(reason).split())}"
        if is_lost or (str(state)[:2] in ("08", "57") and state != "57014"):  # 57: shut down, or crashed
            self._reached.lose(said)
            return StoreError(said, "gone")
        return StoreError(said, _CAUSES.get(str(state), ""))

    def _ask(self) -> None:
        """Raises SQLAlchemyError while it cannot be reached, or keeps nothing: its disk or its standby stands still."""
        with self._engine.connect() as connection:
            _wait_for_disk(connection)


class _Reached:
    """Whether the database was reached when it was asked last. While it was not, a thread asks."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._why: str | None = None
        self._is_closed = threading.Event()

    def check(self) -> None:
        if (why := self._why) is not None:
            raise StoreError(why, "gone")

    def lose(self, why: str) -> None:
        with self._lock:
            if self._why is not None or self._is_closed.is_set():
                return
            self._why = why
        threading.Thread(target=self._look, name="database", daemon=True).start()

    def close(self) -> None:
        self._is_closed.set()

    def _look(self) -> None:
        while not self._is_closed.wait(RETRY_S):
            try:
                self._ask()
            except SQLAlchemyError:
                continue
            self._why = None
            return


def address_of(text_: str) -> URL:
    """Of `postgresql://USER@HOST:PORT/DATABASE`. The password stands where libpq looks for it: ~/.pgpass, PGPASSWORD.

    Raises SettingsError.
    """
    try:
        url = make_url(text_)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in ("postgresql", "postgres") or not url.database:
        told = re.sub(r"(?<=:)[^:@/]+(?=@)", "***", text_)  # a password
        raise SettingsError(f"the store is '{told}'; it must be a file, or postgresql://USER@HOST:PORT/DATABASE")
    return url.set(drivername="postgresql+psycopg")


def prepare_database(address: URL, program: str) -> None:
    """Makes the tables, or brings them up to date, as the role that is to own them; `program`: the one that uses them.

    The program reads and adds everywhere, and changes and deletes nothing of records and audit.
    Raises StoreError where this role may not do that, or there is no such program.
    """
    engine = _make_engine(address, BUSY_TIMEOUT_MS, READ_MS)
    name = Postgres.shown(address)
    try:
        with engine.begin() as connection:
            _check_roles(connection, name, program)
            prepare(connection, name, _lock)
            grant(connection, program)
    except SQLAlchemyError as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise StoreError(f"{name} cannot be prepared: {' '.join(str(reason).split())}") from error
    finally:
        engine.dispose()


def _check_roles(connection: Connection, name: str, program: str) -> None:
    """The program must be another role, which may not act as the owner."""
    encoding = connection.execute(text("SHOW server_encoding")).scalar()
    if encoding != "UTF8":
        raise StoreError(f"{name} has the encoding {encoding}: make one with UTF8")
    if connection.execute(text("SELECT pg_has_role(:program, current_user, 'USAGE')"), {"program": program}).scalar():
        why = "could change and delete records and audit: name another role, which is no superuser"
        raise StoreError(f"{program} owns the tables of {name}, or may act as their owner, and {why}")


def _lock(connection: Connection) -> None:
    connection.execute(select(func.pg_advisory_xact_lock(WRITERS)))


def _wait_for_disk(connection: Connection) -> None:
    """Until all that was committed before outlasts a crash: by a commit of its own, as the server is set up to wait.

    A server or a role that is set up not to wait (`synchronous_commit = off`) waits for this one.
    """
    set_up = func.current_setting("synchronous_commit")
    waits = func.set_config("synchronous_commit", case((set_up == "off", "on"), else_=set_up), True)
    with connection.execution_options(isolation_level="AUTOCOMMIT").begin():
        connection.execute(select(waits, func.pg_logical_emit_message(True, "", "")))


def _make_engine(address: URL, lock_ms: int, statement_ms: int) -> Engine:
    try:
        from pipeline.store.limited import LimitedConnection
    except ModuleNotFoundError:
        raise SettingsError("a PostgreSQL database needs psycopg: pip install 'callcoach[postgres]'") from None
    server = {
        "lock_timeout": lock_ms,
        "statement_timeout": statement_ms,
        "idle_in_transaction_session_timeout": LEFT_MS,
        "tcp_user_timeout": LOST_MS,
    }
    client = {
        "application_name": "callcoach",
        "client_encoding": "utf8",
        "connect_timeout": LOST_MS // 1000,
        "tcp_user_timeout": LOST_MS,
        "options": " ".join(f"-c {name}={ms}" for name, ms in server.items()),
    }
    engine = create_engine(address, connect_args=client, pool_timeout=lock_ms / 1000)

    def connect(dialect: Dialect, record: object, args: Any, fields: Any) -> LimitedConnection:
        connection = LimitedConnection.connect(*args, **fields)
        connection.limit_s = (statement_ms + SILENT_MS) / 1000
        return connection

    event.listen(engine, "do_connect", connect)
    return engine
