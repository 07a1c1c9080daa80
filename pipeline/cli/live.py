"""`callcoach live`: the headset of this machine, coached, with the pages served meanwhile."""

from __future__ import annotations

import threading
import webbrowser
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from pipeline.audio.capture.devices import Device, find_far_end, find_microphone, list_devices, why_no_far_end
from pipeline.audio.capture.headset import Headset
from pipeline.audio.recording.recorder import RecordingSettings, recover
from pipeline.audio.voice.silero import shared_silero
from pipeline.cli.choices import Choices, find_transcriber_or_none, rulebook_path, say
from pipeline.cli.serving import Desk
from pipeline.cli.show import HintPrinter, show_report
from pipeline.coach.rulebook import load_rulebook
from pipeline.config import data_folder
from pipeline.errors import AudioError
from pipeline.events.call import CallFacts
from pipeline.reports.call_report import report
from pipeline.server.listing import records_of
from pipeline.server.metrics import RecogniserMetrics
from pipeline.session.buses import ManyBuses
from pipeline.session.consent import Consents
from pipeline.session.desk import LiveCalls, LiveSettings, Outlets

ENDING_S = 5.0  # how long Ctrl-C waits for the running call to be scored and its recording to be finished


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What the flags of `callcoach live` say."""

    facts: CallFacts
    model: str
    is_auto: bool
    browser: bool


def live(choices: Choices, options: LiveOptions) -> None:
    folder = data_folder()
    devices = list_devices()
    microphone = find_microphone(choices.capture.mic, devices)
    far_end = find_far_end(choices.capture.far, devices, microphone)
    desk = Desk.open(choices.server, folder / "calls.db", choices.baselines)
    recordings = folder / "recordings"
    console = Console()
    bus = ManyBuses(desk.hub, HintPrinter(console))
    consents = Consents(desk.store, desk.running, bus, recordings)
    _recover(recordings, choices.recording, consents)
    headset = Headset(microphone, far_end, choices.capture)
    headset.start()  # first of all: some devices take two seconds to wake
    shared_silero()

    missing = "" if far_end is not None else why_no_far_end(devices)
    transcriber = find_transcriber_or_none(replace(choices.asr, model=options.model), choices.recogniser)
    desk.metrics.register(RecogniserMetrics(transcriber))
    calls = LiveCalls(
        headset,
        transcriber,
        load_rulebook(rulebook_path(choices.coach.rulebook)),
        LiveSettings(choices.call, choices.edges, choices.recording, options.facts, options.is_auto),
        outlets=_outlets(desk, consents, recordings, console),
        no_far_end=missing,
    )
    thread = threading.Thread(target=calls.run, name="calls")

    def ready() -> None:
        if transcriber.engine == "none":
            say("no words are recognised: `callcoach models list` shows what can be had; everything else is coached")
        _introduce(desk.link(), microphone, far_end, missing, options.is_auto)
        thread.start()
        if options.browser:
            threading.Thread(target=webbrowser.open, args=(desk.link(),), daemon=True).start()

    desk.look_after(choices.coach)
    try:
        desk.run(ready, control=calls, recordings=recordings)
    finally:
        calls.close()
        if thread.is_alive():
            thread.join(ENDING_S)
        headset.close()
        desk.aftercare.close()


def _outlets(desk: Desk, consents: Consents, recordings: Path, console: Console) -> Outlets:
    def scored(call_id: str) -> None:
        show_report(console, report(call_id, records_of(desk.store, desk.running, call_id)))

    return Outlets(
        desk.store, consents.bus, desk.running, recordings, say, scored, desk.store.baseline, consents.withdraw
    )


def _recover(recordings: Path, settings: RecordingSettings, consents: Consents) -> None:
    try:
        for path in recover(recordings, settings, consents.holds):
            say(f"recording {path.name} was cut off when callcoach stopped: finished with what there is")
    except AudioError as error:
        say(f"a recording that was cut off stays as it is: {error}")


def _introduce(link: str, microphone: Device, far_end: Device | None, missing: str, is_auto: bool) -> None:
    print(f"callcoach live: {link}   (Ctrl-C ends)", flush=True)
    print(f"  agent     {_described(microphone)}", flush=True)
    if far_end is not None:
        print(f"  customer  {_described(far_end)}", flush=True)
    else:
        print(f"  customer  not heard, so silences count from 15 s and mean the agent's: {missing}", flush=True)
    how = "with the first voice, and by F2" if is_auto else "by F2 or the button on the page, or POST /api/calls"
    print(f"  a call begins {how}", flush=True)


def _described(device: Device) -> str:
    return f"{device.label}{'  (follows the system default)' if device.follows else ''}"
