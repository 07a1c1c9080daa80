"""`callcoach live --server URL`: the headset of an agent's machine, coached here and reported to its centre."""

from __future__ import annotations

import threading
import webbrowser
from dataclasses import replace
from functools import partial

from rich.console import Console

from pipeline.cli.choices import Choices, command_here, find_transcriber_or_none, rulebook_path, say
from pipeline.cli.live import Devices, LiveOptions, find_devices, introduce, serve_until_ended
from pipeline.cli.show import HintPrinter, show_report
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.config import file_to_keep
from pipeline.desk.cleaning import Cleaning
from pipeline.desk.credentials import DeskCredentials, credentials
from pipeline.desk.running import DeskPlace, RunningDesk
from pipeline.errors import SettingsError
from pipeline.events.call import CallEnded
from pipeline.folders import dashboard, data_folder
from pipeline.ports import Transcriber
from pipeline.reports.call_report import report
from pipeline.server.app import Edges
from pipeline.server.centre import AtCentre
from pipeline.server.metrics import RecogniserMetrics
from pipeline.server.process import ServerProcess, Shared
from pipeline.session.buses import ManyBuses
from pipeline.session.headset_desk import HeadsetDesk, LiveSettings
from pipeline.session.headset_devices import HeadsetDevices
from pipeline.session.holding import Outlets
from pipeline.session.known import records_of
from pipeline.session.late_words import LateWords, Places
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sweep import sweep_of
from pipeline.store.opening import CALLS, StoreSettings

DELIVERING_S = 5.0  # how long Ctrl-C waits for the centre to take what it has not


def desk_live(choices: Choices, options: LiveOptions, server: str | None, *, own_model: bool) -> None:
    """`own_model`: words come from a recogniser of this machine, and not from the centre's."""
    folder, console, shown, devices = data_folder(), Console(), _credentials(choices, server), find_devices(choices)
    process = ServerProcess.open(
        choices.server, folder / CALLS, say, choices.baselines, choices.call.turn_taking,
        Shared(choices.people, choices.audit, StoreSettings()),  # what is not delivered yet stays on this machine
    )  # fmt: skip
    recordings = FolderRecordings(folder / "recordings", choices.recording, say, process.note_deleted)
    running: list[HeadsetDesk] = []
    at = RunningDesk(
        shown,
        DeskPlace(choices.desk.id, folder, process.store, process.sessions, recordings, say),
        is_calling=lambda: any(desk.is_calling for desk in running),
        changed=lambda rulebook: _go_by(running, rulebook),
    )
    bus = ManyBuses(process.hub, HintPrinter(console), at.bus)
    consents = process.consents(recordings, bus)
    recordings.recover(consents.holds)
    headset = devices.open(choices)
    transcriber = _own_recogniser(choices, options) if own_model else at.transcriber
    process.metrics.register(RecogniserMetrics(transcriber))
    outlets = Outlets(
        process.store, bus, process.sessions, recordings, consents, say, partial(_ended, process, at, console),
        process.store.baseline, at.given.team_settings, at.clock.now,
    )  # fmt: skip
    rulebook = partial(_rulebook, choices, at)
    settings = LiveSettings(choices.call, choices.edges, options.facts, options.is_auto, at.entrance.shifts.present)
    desk = HeadsetDesk(headset, transcriber, rulebook(), settings, outlets=outlets, no_far_end=devices.missing)
    running.append(desk)
    at.serve(desk.control, consents)
    places = Places(process.store, process.sessions, bus, recordings, consents.holds)
    tried = HeadsetDevices(desk, choices.capture, file_to_keep(options.config))
    edges = Edges(desk, recordings, recogniser=transcriber, devices=tried, at_centre=AtCentre(at, at.entrance))
    _care(choices, process, at, recordings, LateWords(places, transcriber, choices.call))
    process.look_after(rulebook, consents)
    at.start()

    ready = partial(_ready, choices, options, process, devices)
    try:
        serve_until_ended(process, process.app(dashboard(), edges), desk, tried, ready)
    finally:
        at.close(DELIVERING_S)


def _ready(choices: Choices, options: LiveOptions, process: ServerProcess, devices: Devices) -> None:
    page = f"{process.address}/agent"
    introduce(page, devices, options.is_auto)
    print(f"  a desk of {choices.desk.server}: agents sign in on that page with their accounts of it", flush=True)
    if options.browser:
        threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()


def _own_recogniser(choices: Choices, options: LiveOptions) -> Transcriber:
    return find_transcriber_or_none(replace(choices.asr, model=options.model), choices.recogniser)


def _care(
    choices: Choices, process: ServerProcess, at: RunningDesk, recordings: FolderRecordings, late: LateWords
) -> None:
    """Beside the aftercare: words are heard later, and what the centre has whole goes from here."""
    process.aftercare.also(late.care)
    sweep = sweep_of(process.store.database, process.registry.audit, process.registry.team_settings, recordings)
    hours, is_told = choices.desk.keep_hours, lambda: at.inventory.is_told
    cleaning = Cleaning(sweep, at.kept, process.sessions, at.clock, hours, is_told=is_told)
    process.aftercare.also(lambda rulebook: cleaning.look())


def _credentials(choices: Choices, server: str | None) -> partial[DeskCredentials]:
    """Read anew at each try: a machine may be enrolled again meanwhile. Raises SettingsError."""
    if server is not None and server.rstrip("/") != choices.desk.server:
        is_one = f"is a desk of {choices.desk.server}" if choices.desk.server else "is no desk"
        enrol = command_here(f"desk enrol {server} CODE")
        raise SettingsError(f"this machine {is_one}, and not of {server}: {enrol}, with a code from its /admin")
    shown = partial(credentials, choices.desk, data_folder())
    shown()
    return shown


def _rulebook(choices: Choices, at: RunningDesk) -> Rulebook:
    """The centre's, as it gave it last; before that, the one that comes with callcoach or stands in [coach]."""
    return load_rulebook(at.given.rulebook or rulebook_path(choices.coach.rulebook))


def _go_by(running: list[HeadsetDesk], rulebook: Rulebook) -> None:
    for desk in running:
        desk.go_by(rulebook)
    say(f"calls go by rulebook {rulebook.id} {rulebook.version} of the centre from now on")


def _ended(process: ServerProcess, at: RunningDesk, console: Console, call_id: str) -> None:
    records = records_of(process.store, process.sessions, call_id)
    show_report(console, report(call_id, records))
    duration_ms = next((one.event.at_ms for one in records if isinstance(one.event, CallEnded)), 0)
    if rate := at.transcriber.kbit_s(call_id, duration_ms):
        say(f"words of this call took {rate:.0f} kbit/s up, on average over its {duration_ms / 1000:.0f} s")
