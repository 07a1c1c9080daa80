"""`callcoach serve` and `callcoach demo`: the server, and for the demo one call played through it in real time."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry
from rich.console import Console

from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.paced import Paced
from pipeline.audio.sources.watched import Watched
from pipeline.cli.choices import Choices, CoachChoice, find_transcriber_or_none, rulebook_path, say
from pipeline.cli.facts import load_facts
from pipeline.cli.show import HintPrinter, show_report
from pipeline.coach.rulebook import load_rulebook
from pipeline.config import bundled, data_folder
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.call import CallFacts
from pipeline.events.record import Event
from pipeline.private import narrow
from pipeline.reports.call_report import report
from pipeline.server.access import link_path
from pipeline.server.app import Edges, create_app
from pipeline.server.hub import Hub
from pipeline.server.listing import records_of
from pipeline.server.metrics import RecogniserMetrics, RecordMetrics, new_registry
from pipeline.server.serve import ServerSettings, address_of, bind, make_server
from pipeline.server.tokens import read_cookie_key, read_token
from pipeline.server.writers import Writers
from pipeline.session.aftercare import Aftercare
from pipeline.session.buses import ManyBuses
from pipeline.session.call_id import new_call_id
from pipeline.session.desk import CallControl
from pipeline.session.run import run_call
from pipeline.session.running import RunningCalls
from pipeline.store.baselines import BaselineSettings
from pipeline.store.claim import claim
from pipeline.store.sqlite import SqliteStore

_ELSEWHERE = "mend that, or set CALLCOACH_DATA to another folder"
_MENDING = {
    "full": "make room there, or set CALLCOACH_DATA to a folder on another disk",
    "locked": "end the program that has it open",
}
ENDING_S = 2.0  # how long Ctrl-C waits for the running call to write its end


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
            dist=bundled("dashboard", "dist"),
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


def demo(choices: Choices, settings: ServerSettings, file: Path | None, model: str, browser: bool) -> None:
    """Plays a call through the whole live pipeline, in real time, with the pages served meanwhile."""
    facts = load_facts(bundled("demo", "facts.yaml"))[0] if file is None else CallFacts()
    source = FileSource(file or bundled("demo", "call.opus"), facts=facts)
    desk = Desk.open(settings, data_folder() / "demo.db")  # the demo's calls stay apart from real ones
    call = _DemoCall(desk, choices, source, model)
    thread = threading.Thread(target=call.run, name="call", daemon=True)

    def ready() -> None:
        print(f"callcoach demo: {desk.link()}   (Ctrl-C ends)", flush=True)
        thread.start()
        if browser:
            threading.Thread(target=webbrowser.open, args=(desk.link(),), daemon=True).start()

    desk.running.is_expecting = True
    desk.look_after(choices.coach)
    try:
        desk.run(ready)
    finally:
        call.stop.set()
        if thread.is_alive():
            thread.join(ENDING_S)
        desk.aftercare.close()


class _DemoCall:
    def __init__(self, desk: Desk, choices: Choices, source: FileSource, model: str) -> None:
        self.stop = threading.Event()
        self._desk = desk
        self._choices = choices
        self._source = source
        self._model = model

    def run(self) -> None:
        try:
            self._play(Console())
        except CallcoachError as error:
            say(f"the demo call ended: {error}")
        finally:
            self._desk.running.is_expecting = False

    def _play(self, console: Console) -> None:
        from pipeline.call import listen

        rulebook = load_rulebook(rulebook_path(self._choices.coach.rulebook))
        asr = replace(self._choices.asr, model=self._model)
        transcriber = find_transcriber_or_none(asr, self._choices.recogniser)
        self._desk.metrics.register(RecogniserMetrics(transcriber))
        started = datetime.now().astimezone()
        call_id = new_call_id()
        mailbox = self._desk.running.start(call_id)
        events = listen(
            Watched(Paced(self._source, notes=mailbox.take), mailbox.lag),
            transcriber,
            rulebook,
            self._choices.call,
            call_id=call_id,
            started_at=started.isoformat(timespec="milliseconds"),
        )
        bus = ManyBuses(self._desk.hub, HintPrinter(console))
        try:
            run_call(self._until_stopped(events), call_id=call_id, store=self._desk.store, bus=bus, mailbox=mailbox)
        finally:
            self._desk.running.end(call_id)
        if not self.stop.is_set():
            show_report(console, report(call_id, records_of(self._desk.store, self._desk.running, call_id)))
            console.print(f"通话已结束，页面仍可查看：{self._desk.address}/agent", highlight=False)

    def _until_stopped(self, events: Iterable[Sequence[Event]]) -> Iterator[Sequence[Event]]:
        for number, slice_events in enumerate(events):
            if self.stop.is_set():
                return
            if number == 1:  # the list before it, with CallStarted, is kept by now
                self._desk.running.is_expecting = False
            yield slice_events
