"""A shift that signs in at once, beside a call: what it costs the call and all open pages.

    python -m benchmarks.sign_in [--people 20] [--rounds 5] [--at-once 1 2 4] [--json FILE]

A server in a process of its own plays the bundled call in real time, without words, and keeps its records; its event
loop, by which all pages are served, has a beat of 10 ms. Other processes' load falls on both sides alike: in each round
every number of passwords that are looked at at once takes its turn, behind as many seconds in which nobody signs in.
Figures are medians of the rounds, in ms: how late the beat and the call's slices were (99 of 100 of them in time by
this, and the latest), and when the first and the last person were in.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from benchmarks.speed import RULEBOOK
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.paced import Paced
from pipeline.call import listen
from pipeline.events.call import CallFacts
from pipeline.folders import bundled, dashboard
from pipeline.people.directory import UserFields
from pipeline.people.passwords import Passwords
from pipeline.people.permissions import Role
from pipeline.ports import SLICE_MS
from pipeline.server import sign_in
from pipeline.server.app import Site, create_app
from pipeline.server.hub import Hub
from pipeline.server.registry import Registry
from pipeline.server.serve import address_of, bind, make_server
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.audit import open_audit
from pipeline.store.people import SqlPeople
from pipeline.store.sql import SqlStore

BEAT_S = 0.01
QUIET_S = 3.0
PASSWORD = "one of many in the morning"
CALL = "call"


class Lateness:
    """In ms, of the time that is looked at."""

    def __init__(self) -> None:
        self.beats: list[float] = []
        self.slices: list[float] = []  # against the clock of this process alone
        self.in_time = float("inf")  # the earliest of them
        self.begun = threading.Event()  # the call

    async def beat(self) -> None:
        while True:
            due = time.monotonic() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self.beats.append((time.monotonic() - due) * 1000)

    def take(self) -> dict[str, float]:
        beats, self.beats = self.beats, []
        told, self.slices = self.slices, []
        self.in_time = min(self.in_time, *told)
        slices = [late - self.in_time for late in told]
        return {
            "beat p99": _percentile(beats, 0.99), "beat worst": max(beats),
            "slice p99": _percentile(slices, 0.99), "slice worst": max(slices),
        }  # fmt: skip


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


# --- the server, a process of its own --------------------------------------------------------------------------------


def serve(folder: Path, at_once: int, people: int) -> None:
    """Prints its address; each line of stdin is answered with what was late since the one before."""
    store, hub, running, late = SqlStore(folder / "calls.db"), Hub(), Sessions(), Lateness()
    keeping, encoded = SqlPeople(store.database), Passwords().encoded(PASSWORD)
    registry = Registry.of(store, open_audit(store.database, None, print))
    sign_in.AT_ONCE = at_once
    for number in range(people):
        user = registry.directory.add(UserFields(f"user{number}", f"user{number}", Role.QA))
        with keeping.changing() as kept:
            kept.put_password(user.id, encoded)
    bound = bind("127.0.0.1", 0)
    app = create_app(store, hub, running, registry, Site(dashboard(), port=bound.getsockname()[1]))
    beating: list[asyncio.Task[None]] = []

    def ready() -> None:
        beating.append(asyncio.get_running_loop().create_task(late.beat()))
        threading.Thread(target=_play, args=(store, hub, running, late), daemon=True).start()
        print(address_of(bound), flush=True)

    threading.Thread(target=make_server(app, ready).run, kwargs={"sockets": [bound]}, daemon=True).start()
    late.begun.wait()
    for _ in sys.stdin:
        print(json.dumps(late.take()), flush=True)


def _play(store: SqlStore, hub: Hub, running: Sessions, late: Lateness) -> None:
    session = running.begin(CALL, store, hub)
    source = session.watched(Paced(FileSource(bundled("demo", "call.opus"), facts=CallFacts())))
    told = listen(source, NoTranscriber(), RULEBOOK, CallSettings(), call_id=CALL, started_at="")

    def timed() -> Iterator[Any]:
        began = None
        for number, events in enumerate(told):
            began = began or time.monotonic()
            late.slices.append((time.monotonic() - began) * 1000 - number * SLICE_MS)
            late.begun.set()
            yield events

    session.run(timed())


@contextmanager
def served(at_once: int, people: int) -> Iterator[tuple[str, IO[str], IO[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.sign_in", "--serve", folder, "--people", str(people)]
        process = subprocess.Popen(
            [*command, "--at-once", str(at_once)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.stdin, process.stdout
        finally:
            process.kill()
            process.wait()


# --- those who sign in ------------------------------------------------------------------------------------------------


def shift(address: str, people: int) -> dict[str, float]:
    """All at once; in ms when the first and the last of them was answered."""
    took: list[float] = []
    statuses: list[int] = []
    start = threading.Barrier(people)

    def one(number: int) -> None:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        body = json.dumps({"login": f"user{number}", "password": PASSWORD})
        start.wait()
        began = time.monotonic()
        connection.request("POST", "/api/session", body, {"Origin": address, "Content-Type": "application/json"})
        statuses.append(connection.getresponse().status)
        took.append((time.monotonic() - began) * 1000)
        connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"first in": min(took), "last in": max(took), "refused": sum(status != 200 for status in statuses)}


def measure(at_once: int, people: int) -> tuple[dict[str, float], dict[str, float]]:
    """What was late while nobody, and while all signed in."""
    with served(at_once, people) as (address, told, answers):

        def taken() -> dict[str, float]:
            told.write("\n")
            told.flush()
            return dict(json.loads(answers.readline()))

        shift(address, 1)  # all is loaded
        time.sleep(QUIET_S)
        taken()  # and the call has begun
        time.sleep(QUIET_S)
        quiet = taken()
        times = shift(address, people)
        return quiet, taken() | times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve, options.at_once[0], options.people)
        return
    rounds: dict[str, list[dict[str, float]]] = {}
    for _ in range(options.rounds):
        for at_once in options.at_once:
            quiet, busy = measure(at_once, options.people)
            rounds.setdefault("nobody signs in", []).append(quiet)
            rounds.setdefault(f"{options.people} sign in, {at_once} at once", []).append(busy)
    rows = {name: _medians(those) for name, those in rounds.items()}
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = Table("ms", *columns)
    for name, row in rows.items():
        table.add_row(name, *(str(row.get(column, "")) for column in columns))
    Console(width=160).print(table)
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=2), encoding="utf-8")


def _medians(those: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in those), 1) for name in those[0]}


if __name__ == "__main__":
    main()
