"""`callcoach demo`: calls played through the whole live pipeline in real time, with the pages served meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import webbrowser
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from pipeline.asr.engine.weights import locate
from pipeline.audio.sources.file import FileSource
from pipeline.cli.choices import Choices, find_transcriber_or_none, say
from pipeline.cli.demo_floor import DemoFloor
from pipeline.cli.facts import load_facts
from pipeline.cli.first_people import DEMO_PEOPLE, DEMO_TEAM, in_demo
from pipeline.cli.serving import load
from pipeline.cli.show import HintPrinter, show_report
from pipeline.cli.week import DEMO_CALLS, DEMO_RECORDINGS, Week, WeekOptions
from pipeline.errors import CallcoachError, ModelError
from pipeline.folders import bundled, dashboard, data_folder
from pipeline.reports.call_report import report
from pipeline.server.app import Edges
from pipeline.server.metrics import RecogniserMetrics
from pipeline.server.process import ServerProcess, Shared
from pipeline.session.buses import ManyBuses
from pipeline.session.known import records_of
from pipeline.session.played_desk import PlayedDesk
from pipeline.session.recordings import FolderRecordings

ENDING_S = 2.0  # how long Ctrl-C waits for the running call to write its end


def demo(choices: Choices, file: Path | None, model: str | None, browser: bool) -> None:
    """Plays a call through the whole live pipeline, in real time, with the pages served meanwhile.

    `model`: the recogniser; None: Whisper base where it can be had, else the bundled demo model.
    """
    facts = load_facts(bundled("demo", "facts.yaml"))[0] if file is None else choices.facts.as_facts()
    agent = DEMO_PEOPLE[0].fields
    facts = replace(facts, agent_id=agent.agent_id, agent_name=facts.agent_name or agent.name, team=DEMO_TEAM)
    source = FileSource(file or bundled("demo", "call.opus"), facts=facts)
    # The demo's calls stay apart from real ones.
    folder = data_folder()
    process = ServerProcess.open(
        choices.server, folder / DEMO_CALLS, say,
        turn_taking=choices.call.turn_taking, shared=Shared(choices.people, None),
    )  # fmt: skip
    people = in_demo(process.registry)
    heard_by = model or base_or_demo()  # fetched when nothing else is wrong
    desk, week = PlayedDesk(source, choices.call), Week(WeekOptions.of(choices, folder))
    recordings = FolderRecordings(folder / DEMO_RECORDINGS, choices.recording, say, process.note_deleted)
    consents = process.consents(recordings)
    floor = DemoFloor(choices.call, process.store, process.sessions, process.hub)
    heard = replace(choices, asr=replace(choices.asr, model=heard_by))
    played = process, desk, floor if file is None else None, heard
    thread = threading.Thread(target=_play, args=played, name="call", daemon=True)

    def ready() -> None:
        links = [(role, process.desk_link(user)) for role, user in people]
        print(f"callcoach demo: {links[0][1]}   (Ctrl-C ends)", flush=True)
        for role, link in links[1:]:
            print(f"  as {role:14} {link}", flush=True)
        thread.start()
        week.start()
        if browser:
            own = process.desk_link(people[0][1])
            threading.Thread(target=webbrowser.open, args=(own,), daemon=True).start()

    app = process.app(dashboard(), Edges(desk, recordings))
    process.look_after(lambda: load(choices.coach), consents)
    try:
        process.run(app, ready)
    finally:
        week.stop()
        floor.stop()
        desk.stop()
        if thread.is_alive():
            thread.join(ENDING_S)
        process.aftercare.close()


def base_or_demo() -> str:
    """Whisper base, fetched where it is not here, else the bundled demo model.

    Fetching is left to `models get` in a process of its own: this one goes on with libraries that speak to nobody.
    """
    with suppress(ModelError):
        locate("base")
        return "base"
    say("the demo call is heard by Whisper base, which is fetched once (148 MB; not with --offline)")
    main = "from pipeline.cli.app import main; main()"
    fetched = subprocess.run(
        [sys.executable, "-c", main, "models", "get", "base"], stdout=subprocess.DEVNULL, check=False
    )
    if fetched.returncode == 0:
        return "base"
    say("the demo call is heard by the bundled demo model, which knows a few synthesised voices and no people's")
    return "demo"


def _play(process: ServerProcess, desk: PlayedDesk, floor: DemoFloor | None, choices: Choices) -> None:
    """The demo's own call, and what became of it on the terminal; `floor`: the others', which go on beside it."""
    console = Console()
    try:
        rulebook = load(choices.coach)
        if floor is not None:
            floor.start(rulebook)
        transcriber = find_transcriber_or_none(choices.asr, choices.recogniser)
        process.metrics.register(RecogniserMetrics(transcriber))
        bus = ManyBuses(process.hub, HintPrinter(console))
        call_id = desk.play(transcriber, rulebook, process.sessions, process.store, bus)
        if not desk.is_stopped:
            show_report(console, report(call_id, records_of(process.store, process.sessions, call_id)))
            console.print(f"通话已结束，页面仍可查看：{process.address}/agent", highlight=False)
    except CallcoachError as error:
        say(f"the demo call ended: {error}")
