"""`callcoach live`: the headset of this machine, coached, with the pages served meanwhile."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from rich.console import Console

from pipeline.audio.capture.devices import Device, find_far_end, find_microphone, list_devices, why_no_far_end
from pipeline.audio.capture.headset import Headset
from pipeline.audio.voice.silero import shared_silero
from pipeline.cli.choices import Choices, find_transcriber_or_none, say
from pipeline.cli.first_people import at_desk
from pipeline.cli.serving import ENDING_S, imports, load
from pipeline.cli.show import HintPrinter, show_report
from pipeline.config import file_to_keep
from pipeline.events.call import CallFacts
from pipeline.folders import dashboard, data_folder
from pipeline.people.team_settings import newest
from pipeline.reports.call_report import report
from pipeline.server.app import Edges
from pipeline.server.metrics import RecogniserMetrics
from pipeline.server.process import ServerProcess, Shared
from pipeline.session.buses import ManyBuses
from pipeline.session.consent import Consents
from pipeline.session.headset_desk import HeadsetDesk, LiveSettings
from pipeline.session.headset_devices import HeadsetDevices
from pipeline.session.holding import Outlets
from pipeline.session.known import records_of
from pipeline.session.late_words import LateWords, Places
from pipeline.session.recordings import FolderRecordings
from pipeline.store.opening import CALLS
from pipeline.store.team_settings import SqlTeamSettings


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What the flags of `callcoach live` say."""

    facts: CallFacts
    model: str
    is_auto: bool
    browser: bool
    config: Path | None = None  # --config


@dataclass(frozen=True, slots=True)
class Devices:
    """Which devices are listened on. `missing`: why there is no far end, "" where there is one."""

    microphone: Device
    far_end: Device | None
    missing: str

    def open(self, choices: Choices) -> Headset:
        headset = Headset(self.microphone, self.far_end, choices.capture)
        headset.start()  # first of all: some devices take two seconds to wake
        shared_silero()
        return headset


def find_devices(choices: Choices) -> Devices:
    """Raises AudioError."""
    devices = list_devices()
    microphone = find_microphone(choices.capture.mic, devices)
    far_end = find_far_end(choices.capture.far, devices, microphone)
    return Devices(microphone, far_end, "" if far_end is not None else why_no_far_end(devices))


def live(choices: Choices, options: LiveOptions) -> None:
    folder, devices = data_folder(), find_devices(choices)
    process = _open(choices, options, folder / CALLS)
    person = at_desk(process.registry, options.facts.agent_id, options.facts.agent_name)
    facts = replace(options.facts, agent_id=person.agent_id, team=options.facts.team or person.team)
    console = Console()
    bus = ManyBuses(process.hub, HintPrinter(console))
    recordings = FolderRecordings(folder / "recordings", choices.recording, say, process.note_deleted)
    consents = process.consents(recordings, bus)
    recordings.recover(consents.holds)
    headset = devices.open(choices)
    transcriber = find_transcriber_or_none(replace(choices.asr, model=options.model), choices.recogniser)
    process.metrics.register(RecogniserMetrics(transcriber))
    desk = HeadsetDesk(
        headset,
        transcriber,
        load(choices.coach),
        LiveSettings(choices.call, choices.edges, facts, options.is_auto),
        outlets=_outlets(process, consents, recordings, console),
        no_far_end=devices.missing,
    )

    def ready() -> None:
        if transcriber.engine == "none":
            say("no words are recognised: `callcoach models list` shows what can be had; everything else is coached")
        introduce(process.desk_link(person), devices, options.is_auto)
        if options.browser:
            threading.Thread(target=webbrowser.open, args=(process.desk_link(person),), daemon=True).start()

    tried = HeadsetDevices(desk, choices.capture, file_to_keep(options.config))
    edges = Edges(desk, recordings, recogniser=transcriber, devices=tried, imports=imports(choices))
    places = Places(process.store, process.sessions, bus, recordings, consents.holds)
    process.aftercare.also(LateWords(places, transcriber, choices.call).care)
    process.look_after(lambda: load(choices.coach), consents)
    serve_until_ended(process, process.app(dashboard(), edges), desk, tried, ready)


def serve_until_ended(
    process: ServerProcess, app: FastAPI, desk: HeadsetDesk, tried: HeadsetDevices, ready: Callable[[], None]
) -> None:
    """Serves the pages and holds the calls until Ctrl-C; `ready` is told once the pages are served."""
    thread = threading.Thread(target=desk.run, name="calls")

    def begin() -> None:
        ready()
        thread.start()

    try:
        process.run(app, begin)
    finally:
        desk.close()
        if thread.is_alive():
            thread.join(ENDING_S)
        tried.close()
        desk.headset.close()
        process.aftercare.close()


def _open(choices: Choices, options: LiveOptions, database: Path) -> ServerProcess:
    """Of a desk that is nobody's in particular, where anybody may sit, nothing is learned."""
    learning = choices.baselines if options.facts.agent_id is not None else None
    shared = Shared(choices.people, choices.audit, choices.store)
    return ServerProcess.open(choices.server, database, say, learning, choices.call.turn_taking, shared)


def _outlets(process: ServerProcess, consents: Consents, recordings: FolderRecordings, console: Console) -> Outlets:
    store, sessions = process.store, process.sessions

    def scored(call_id: str) -> None:
        show_report(console, report(call_id, records_of(store, sessions, call_id)))

    team_settings = partial(newest, SqlTeamSettings(store.database))
    return Outlets(store, consents.bus, sessions, recordings, consents, say, scored, store.baseline, team_settings)


def introduce(link: str, devices: Devices, is_auto: bool) -> None:
    print(f"callcoach live: {link}   (Ctrl-C ends)", flush=True)
    print(f"  agent     {_described(devices.microphone)}", flush=True)
    if devices.far_end is not None:
        print(f"  customer  {_described(devices.far_end)}", flush=True)
    else:
        print(f"  customer  not heard, so silences count from 15 s and mean the agent's: {devices.missing}", flush=True)
    how = "with the first voice, and by F2" if is_auto else "by F2 or the button on the page, or POST /api/calls"
    print(f"  a call begins {how}", flush=True)


def _described(device: Device) -> str:
    return f"{device.label}{'  (follows the system default)' if device.follows else ''}"
