"""`callcoach serve`, and the parts of a serving process that `demo` and `live` share with it."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from pipeline.cli.choices import CoachChoice, rulebook_path, say
from pipeline.coach.rulebook import load_rulebook
from pipeline.errors import CallcoachError, StoreError
from pipeline.folders import dashboard, data_folder
from pipeline.private import narrow
from pipeline.server.access import link_path
from pipeline.server.app import Edges, create_app
from pipeline.server.hub import Hub
from pipeline.server.metrics import RecordMetrics, new_registry
from pipeline.server.serve import ServerSettings, address_of, bind, make_server
from pipeline.server.tokens import read_cookie_key, read_token
from pipeline.server.writers import Writers
from pipeline.session.aftercare import Aftercare
from pipeline.session.running import RunningCalls
from pipeline.store.baselines import BaselineSettings
from pipeline.store.claim import claim
from pipeline.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pipeline.session.desk import CallControl

_ELSEWHERE = "mend that, or name another folder with --data"
_MENDING = {
    "full": "make room there, or name a folder on another disk with --data",
    "locked": "end the program that has it open",
}


def serve(settings: ServerSettings, coach: CoachChoice) -> None:
    folder = data_folder()
    desk = Desk.open(settings, folder / "calls.db")
    desk.look_after(coach)
    try:
        desk.run(
            lambda: print(f"callcoach: {desk.link()}   (Ctrl-C ends)", flush=True), recordings=folder / "recordings"
        )
    finally:
        desk.aftercare.close()


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of a serving process, put together."""

    bound: socket.socket
    store: SqliteStore
    hub: Hub
    running: RunningCalls
    aftercare: Aftercare
    settings: ServerSettings
    writers: Writers
    metrics: CollectorRegistry = field(default_factory=new_registry)

    @classmethod
    def open(cls, settings: ServerSettings, database: Path, learning: BaselineSettings | None = None) -> Desk:
        """`learning`: the calls held here teach what is usual for their agents."""
        bound = bind(settings.host, settings.port)
        for path in narrow(database.parent):
            say(f"{path} can be read by others on this machine, and its rights cannot be changed")
        try:
            store = _open_store(database, learning)
            hub, running = Hub(settings.backlog_records), RunningCalls()
            aftercare = Aftercare(store, hub, running, say)
            for call_id in aftercare.end_unfinished():
                say(f"call {call_id} was cut off when callcoach stopped: marked as interrupted")
            token, key = read_token(database.parent, settings.token), read_cookie_key(database.parent)
        except CallcoachError:
            bound.close()
            raise
        try:
            store.probe()
        except StoreError as error:
            say(f"NOTHING IS KEPT just now: {error}. Calls are coached all the same, and kept once that is mended")
        writers = Writers(token, key, bound.getsockname()[1])
        return cls(bound, store, hub, running, aftercare, settings, writers)

    @property
    def address(self) -> str:
        return address_of(self.bound)

    def link(self) -> str:
        """Opens the page as one that may write; works once."""
        return self.address + link_path(self.writers)

    def look_after(self, coach: CoachChoice) -> None:
        """From now on until `aftercare.close`: calls that have ended are kept whole and scored."""
        self.metrics.register(RecordMetrics(self.running))
        self.aftercare.start(lambda: load_rulebook(rulebook_path(coach.rulebook)))

    def run(
        self, ready: Callable[[], None], control: CallControl | None = None, recordings: Path | None = None
    ) -> None:
        """Serves until Ctrl-C or SIGTERM."""
        app = create_app(
            self.store,
            self.hub,
            self.running,
            dist=dashboard(),
            host=self.settings.host,
            hosts=self.settings.hosts,
            edges=Edges(control, recordings, self.writers, self.metrics),
        )
        # uvicorn raises the signal again when it has closed down; by default SIGTERM would end us without cleaning up.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        if hasattr(signal, "SIGHUP"):  # the terminal was closed
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        try:
            make_server(app, ready, connections=self.settings.connections).run(sockets=[self.bound])
        except KeyboardInterrupt:
            say("")


_held: list[object] = []  # claims last as long as the process


def _open_store(database: Path, learning: BaselineSettings | None) -> SqliteStore:
    _held.append(claim(database))
    try:
        store = SqliteStore(database, learning)
    except StoreError as error:
        raise StoreError(f"{error}: {_MENDING.get(error.cause, _ELSEWHERE)}", error.cause) from error
    store.put_back = lambda: _held.append(claim(database))  # the lock was deleted with it
    return store
