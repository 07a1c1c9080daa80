"""Two servers on one database: one is killed, stopped, or cut off, and no call of the other is ended for it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.events.call import CallEnded
from pipeline.store.leases import Leases
from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import PROGRAM, Server as PostgresServer
from tests.proxy import Proxy
from tests.server.sharing import QUICK
from tests.sound import ROOT
from tests.waiting import LIMIT_S, let_pass, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

STOPPED_S = 3 * QUICK.void_ms / 1000


@dataclass
class Served:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def ask(self, line: str) -> tuple[int, bool, float]:
        """So many records wait; the call was lost to another; the slowest slice took so many seconds."""
        assert self.process.stdin is not None
        print(line, file=self.process.stdin, flush=True)
        count, is_lost, slowest_s = self.told("waiting")
        return int(count), is_lost == "True", float(slowest_s)

    def keep(self, call_id: str, count: int = 20) -> None:
        """As many slices, and more until nothing waits: to a slice a busy machine's database may not answer in time."""
        self.ask(f"call {call_id} {count}")
        wait_until(lambda: self.ask(f"call {call_id} 1")[0] == 0)

    def told(self, wanted: str) -> list[str]:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            word, _, rest = line.strip().partition(" ")
            if word == wanted:
                return rest.split()
            self.said.append(rest)
        raise AssertionError(f"it ended without telling {wanted!r}: {self.said}")


@dataclass
class House:
    """A database, servers on it, and somebody who looks at it from outside."""

    postgres: PostgresServer
    database: str
    folder: Path
    store: SqlStore
    leases: Leases
    servers: list[Served] = field(default_factory=list)

    def serve(self, place: str, port: int | None = None, left_ms: int = QUICK.left_ms) -> Served:
        """`port`: of the proxy through which this one reaches the database."""
        (self.folder / place).mkdir(exist_ok=True)
        address = Postgres.shown(self.postgres.address(self.database))
        if port is not None:
            address = f"postgresql://{PROGRAM}@127.0.0.1:{port}/{self.database}?sslmode=disable&gssencmode=disable"
        key = self.folder / "audit-key"
        if key.exists():
            (self.folder / place / key.name).write_bytes(key.read_bytes())
        command = [sys.executable, "-m", "tests.server.sharing", address, str(self.folder / place), str(left_ms)]
        process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        served = Served(process)
        self.servers.append(served)
        served.told("ready")
        key.write_bytes((self.folder / place / key.name).read_bytes())
        return served

    def ended(self, call_id: str) -> list[str]:
        return [r.event.reason for r in self.store.read(call_id) if isinstance(r.event, CallEnded)]

    def is_whole(self, call_id: str, least: int) -> bool:
        """So many records or more, and none is missing between."""
        found = [record.seq for record in self.store.read(call_id)]
        return len(found) >= least and found == list(range(1, len(found) + 1))

    def is_unheard(self, call_id: str) -> bool:
        return self.leases.unheard([call_id]) == {call_id}


@pytest.fixture
def house(postgres: PostgresServer, tmp_path: Path) -> Iterator[House]:
    database = postgres.new_database()
    store = SqlStore(Postgres(postgres.address(database)))
    made = House(postgres, database, tmp_path, store, Leases(store.database, "outside", QUICK))
    yield made
    for served in made.servers:
        served.process.send_signal(signal.SIGCONT)
        served.process.kill()
        served.process.communicate(timeout=LIMIT_S)
    store.close()


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[Proxy]:
    def connect() -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(postgres.folder / ".s.PGSQL.5432"))
        return line

    made = Proxy(connect)
    yield made
    made.close()


def test_a_killed_server_ends_its_own_calls_when_it_is_back_and_no_others(house: House) -> None:
    one, two = house.serve("one"), house.serve("two")
    one.keep("a")
    two.keep("b")
    one.process.kill()
    wait_until(lambda: house.is_unheard("a"))
    assert (house.ended("a"), house.is_whole("a", 21)) == ([], True)  # nothing is written because of it
    again = house.serve("one")
    assert again.said[0].startswith("call a was cut off")
    assert (house.ended("a"), house.ended("b")) == (["interrupted"], [])
    two.keep("b")
    assert not two.ask("call b 1")[1]
    assert house.is_whole("b", 41)


def test_calls_of_a_stopped_server_are_not_heard_of_and_go_on_whole_when_it_is_back(house: House) -> None:
    one, two = house.serve("one"), house.serve("two")
    one.keep("a")
    one.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: house.is_unheard("a"))
    let_pass(STOPPED_S)
    two.keep("b")
    wait_until(lambda: not house.is_unheard("b"))  # a server that was held up for a second is heard of again
    assert house.ended("a") == []
    one.process.send_signal(signal.SIGCONT)
    one.keep("a")
    assert not one.ask("call a 1")[1]
    wait_until(lambda: not house.is_unheard("a"))
    one.ask("end a")
    wait_until(lambda: house.ended("a"))
    assert (house.ended("a"), house.ended("b")) == (["finished"], [])


def test_the_calls_of_a_server_that_is_gone_are_ended_by_another_and_its_late_records_refused(house: House) -> None:
    one, _ = house.serve("one"), house.serve("two", left_ms=3_000)
    one.keep("a")
    one.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: house.ended("a"))
    assert house.ended("a") == ["interrupted"]
    kept = house.store.read("a")
    one.process.send_signal(signal.SIGCONT)
    wait_until(lambda: one.ask("call a 1")[1])  # a slice that only finds the database busy is not told yet
    assert one.ask("call a 1")[0] > 0
    assert house.store.read("a")[: len(kept)] == kept
    assert house.ended("a") == ["interrupted"]


def test_a_process_that_starts_in_the_place_of_a_stopped_one_has_its_calls(house: House) -> None:
    one = house.serve("one")
    one.keep("a")
    one.process.send_signal(signal.SIGSTOP)
    Path(house.folder, "one", "calls.db.lock").unlink()  # as on another machine with the same place
    house.serve("one")
    assert house.ended("a") == ["interrupted"]
    one.process.send_signal(signal.SIGCONT)
    wait_until(lambda: one.ask("call a 1")[1])
    assert house.ended("a") == ["interrupted"]


@pytest.mark.parametrize("how", ["silence", "cut"])
def test_a_server_without_its_database_goes_on_and_delivers_all_of_it(house: House, proxy: Proxy, how: str) -> None:
    one, two = house.serve("one", proxy.port), house.serve("two")
    one.keep("a")
    getattr(proxy, how)()
    count, is_lost, slowest_s = one.ask("call a 20")
    assert (count, is_lost) == (21, False)  # and that it is so
    assert slowest_s < 5  # 1.5, and what a busy machine adds: it does not wait for the database
    wait_until(lambda: house.is_unheard("a"))
    let_pass(STOPPED_S)
    two.keep("b")
    assert (house.ended("a"), house.ended("b")) == ([], [])
    assert one.ask("call a 20")[:2] == (41, False)
    proxy.mend()
    wait_until(lambda: one.ask("call a 1")[0] == 0)
    wait_until(lambda: not house.is_unheard("a"))
    records = house.store.read("a")
    assert house.is_whole("a", len(records))
    assert len(records) > 62
    assert house.ended("a") == []


def test_a_server_with_another_key_of_the_audit_is_told(house: House) -> None:
    house.serve("one")
    (house.folder / "audit-key").write_text("k" * 43)
    with pytest.raises(AssertionError, match="it ended without telling"):
        house.serve("two")
