"""`callcoach demo`: one call played through the whole live pipeline in real time, with the pages served meanwhile."""

from __future__ import annotations

import secrets
import threading
import webbrowser
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.console import Console

from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.paced import Paced
from pipeline.audio.sources.watched import Watched
from pipeline.call import listen
from pipeline.cli.choices import Choices, find_transcriber_or_none, rulebook_path, say
from pipeline.cli.facts import load_facts
from pipeline.cli.serving import Desk
from pipeline.cli.show import HintPrinter, show_report
from pipeline.coach.rulebook import load_rulebook
from pipeline.errors import CallcoachError
from pipeline.events.record import Event
from pipeline.folders import bundled, data_folder
from pipeline.reports.call_report import report
from pipeline.server.listing import records_of
from pipeline.server.metrics import RecogniserMetrics
from pipeline.server.serve import ServerSettings
from pipeline.session.buses import ManyBuses
from pipeline.session.run import run_call

ENDING_S = 2.0  # how long Ctrl-C waits for the running call to write its end


def demo(choices: Choices, settings: ServerSettings, file: Path | None, model: str, browser: bool) -> None:
    """Plays a call through the whole live pipeline, in real time, with the pages served meanwhile."""
    facts = load_facts(bundled("demo", "facts.yaml"))[0] if file is None else choices.facts.as_facts()
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
        rulebook = load_rulebook(rulebook_path(self._choices.coach.rulebook))
        asr = replace(self._choices.asr, model=self._model)
        transcriber = find_transcriber_or_none(asr, self._choices.recogniser)
        self._desk.metrics.register(RecogniserMetrics(transcriber))
        started = datetime.now().astimezone()
        call_id = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
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
