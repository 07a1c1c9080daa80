"""The database breaks while twenty calls run: they go on in time, and in the end all is kept, in order and once."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import create_engine, text

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallEnded
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.record import Event
from pipeline.session.aftercare import Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.sessions import Sessions
from pipeline.store.postgres import WRITERS, Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import OWNER, Server
from tests.server.conftest import Call, hint, started
from tests.store.test_refusal import locked
from tests.waiting import wait_until

CALLS = 20
ROUND_SLICES = 50  # a second of audio
HINT_SLICES = 10
OUTAGE_ROUNDS = 8
LONGEST_S = 6.0  # that a slice may be held up: 0.1 s by a lock, 2 s by silence; the rest is for a busy machine


class Talk(Call):
    """A call that measures how long its slices are held up."""

    def __init__(self, call_id: str, store: SqlStore, sessions: Sessions) -> None:
        super().__init__(call_id, store, NoBus(), sessions)
        self.slices = 0
        self.longest_s = 0.0
        self._say([started(call_id)])

    def go_on(self) -> None:
        for _ in range(ROUND_SLICES):
            self.slices += 1
            self._say([hint(self.slices * 20, self.slices)] if self.slices % HINT_SLICES == 0 else [])

    def finish(self) -> None:
        self._say([CallEnded(self.slices * 20 + 20, "finished")])

    def told(self, stage: str) -> list[str]:
        events = [record.event for record in self.records]
        return [type(e).__name__ for e in events if isinstance(e, StageFailed | StageBack) and e.stage == stage]

    def _say(self, events: list[Event]) -> None:
        before, began_s = len(self.records), perf_counter()
        self.feed(events)
        self.longest_s = max(self.longest_s, perf_counter() - began_s)
        shown = [record.event for record in self.records[before:]]
        assert [event for event in shown if not isinstance(event, StageFailed | StageBack)] == events


@dataclass
class Floor:
    """Twenty calls of one process on one store."""

    store: SqlStore
    rulebook: Rulebook
    sessions: Sessions = field(default_factory=Sessions)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(CALLS)
        self.aftercare = Aftercare(self.store, NoBus(), self.sessions, lambda line: None)
        self.calls = [Talk(f"call-{number}", self.store, self.sessions) for number in range(CALLS)]
        self.running = list(self.calls)

    def go_on(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            list(self.pool.map(Talk.go_on, self.running))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """What is done within strikes in the midst of slices."""
        is_over = threading.Event()

        def until_done() -> None:
            for _ in range(OUTAGE_ROUNDS):
                if not is_over.is_set():
                    self.go_on()

        with ThreadPoolExecutor(1) as beside:
            talked = beside.submit(until_done)
            try:
                yield
            finally:
                is_over.set()
                talked.result()

    def end(self, calls: Sequence[Talk]) -> None:
        list(self.pool.map(Talk.finish, calls))
        list(self.pool.map(lambda call: self.sessions.end(call.session.call_id), calls))
        self.running = [call for call in self.running if call not in calls]

    def are_back(self) -> bool:
        """After another second, whether every call that runs has told that all of it was kept again."""
        self.go_on()
        return all("StageBack" in call.told("store") for call in self.running)

    def is_done(self) -> bool:
        self.aftercare.care(self.rulebook)
        return not self.sessions.waiting() and not self.sessions.left()


def outlast(store: SqlStore, rulebook: Rulebook, breaks: AbstractContextManager[None]) -> None:
    floor = Floor(store, rulebook)
    floor.go_on(2)
    with ExitStack() as mended:
        with floor.going_on():
            mended.enter_context(breaks)
        floor.go_on(OUTAGE_ROUNDS)
        assert len(floor.sessions.waiting()) == CALLS
        floor.end(floor.running[::2])
        with floor.going_on():
            mended.close()
    floor.aftercare.care(rulebook)
    wait_until(floor.are_back, look_s=0.1)
    floor.end(floor.running)
    wait_until(floor.is_done, look_s=0.1)
    for call in floor.calls:
        assert store.read(call.session.call_id) == call.records
        assert [record.seq for record in call.records] == list(range(1, len(call.records) + 1))
        assert call.told("store")[-1] == "StageBack"
    assert max(call.longest_s for call in floor.calls) < LONGEST_S
    floor.pool.shutdown()


@contextmanager
def full(path: Path) -> Iterator[None]:
    """The kernel lets no file of this process grow, as on a full disk."""
    _, most = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = path.with_name(f"{path.name}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8_192, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def deleted(path: Path) -> Iterator[None]:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    yield  # the aftercare puts it back


@pytest.mark.parametrize("breaks", [locked, full, deleted])
def test_twenty_calls_outlast_a_sqlite_file(
    tmp_path: Path, rulebook: Rulebook, breaks: Callable[[Path], AbstractContextManager[None]]
) -> None:
    store = SqlStore(tmp_path / "calls.db")
    outlast(store, rulebook, breaks(tmp_path / "calls.db"))
    store.close()


@contextmanager
def locks(server: Server, database: str, statement: str) -> Iterator[None]:
    """In a transaction of another program's."""
    engine = create_engine(server.address(database, OWNER))
    with engine.begin() as connection:
        connection.execute(text(statement))
        yield
    engine.dispose()


def table_locked(server: Server, database: str) -> AbstractContextManager[None]:
    return locks(server, database, "LOCK TABLE records IN ACCESS EXCLUSIVE MODE")


def writers_locked(server: Server, database: str) -> AbstractContextManager[None]:
    return locks(server, database, f"SELECT pg_advisory_xact_lock({WRITERS})")


@contextmanager
def no_room(server: Server, database: str) -> Iterator[None]:
    """The server says that its disk is full, which it does whenever a table cannot grow."""
    engine = create_engine(server.address(database, OWNER), isolation_level="AUTOCOMMIT")
    raises = "BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $${raises}$$"))
        connection.execute(text("GRANT EXECUTE ON FUNCTION no_room TO PUBLIC"))
        connection.execute(text("CREATE TRIGGER no_room BEFORE INSERT ON records EXECUTE FUNCTION no_room()"))
        yield
        connection.execute(text("DROP TRIGGER no_room ON records"))
    engine.dispose()


@contextmanager
def crashed(server: Server, database: str) -> Iterator[None]:
    server.stop("immediate")
    try:
        yield
    finally:
        server.start()


@contextmanager
def restarted(server: Server, database: str) -> Iterator[None]:
    """Told to go by whoever administers it: connections are ended, not broken."""
    server.stop("fast")
    try:
        yield
    finally:
        server.start()


@contextmanager
def frozen(server: Server, database: str) -> Iterator[None]:
    """It answers nothing and closes nothing, as a machine that is moved, or a disk that hangs."""
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


@pytest.mark.parametrize("breaks", [table_locked, writers_locked, no_room, crashed, restarted, frozen])
def test_twenty_calls_outlast_a_postgresql_server(
    postgres: Server, rulebook: Rulebook, breaks: Callable[[Server, str], AbstractContextManager[None]]
) -> None:
    database = postgres.new_database()
    store = SqlStore(Postgres(postgres.address(database)))
    outlast(store, rulebook, breaks(postgres, database))
    store.close()
