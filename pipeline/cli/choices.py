"""What a command runs with: settings, rulebook and recogniser, from file, environment and flags."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config import bundled, read_given
from pipeline.errors import ModelError
from pipeline.printable import printable

if TYPE_CHECKING:
    from pipeline.asr.catalogue import Choice
    from pipeline.asr.scheduler import SchedulerSettings
    from pipeline.audio.recorder import RecordingSettings
    from pipeline.audio.sources.headset import CaptureSettings
    from pipeline.edges import EdgeSettings
    from pipeline.ports import Transcriber
    from pipeline.server.serve import ServerSettings
    from pipeline.settings import CallSettings
    from pipeline.store.baselines import BaselineSettings

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class CoachChoice:
    """What the coach goes by."""

    rulebook: Path = Path("handbook")  # a file, or the name of one in rules/


@dataclass(frozen=True, slots=True)
class AsrChoice:
    """Which recogniser, and what it is told to expect."""

    model: str = AUTO  # a name, a folder, demo, none, or auto: the best one on this machine that it carries
    hot_words: tuple[str, ...] = ()  # names and terms, as a prompt: better names, and now and then one that nobody said


@dataclass(frozen=True, slots=True)
class Choices:
    """All settings after file and environment; flags come on top of these in the commands."""

    call: CallSettings
    server: ServerSettings
    coach: CoachChoice
    asr: AsrChoice
    recogniser: SchedulerSettings
    capture: CaptureSettings
    edges: EdgeSettings
    recording: RecordingSettings
    baselines: BaselineSettings


def read_choices(config: Path | None = None) -> Choices:
    from pipeline.asr.scheduler import SchedulerSettings
    from pipeline.audio.fingerprint import shared_prompts
    from pipeline.audio.recorder import RecordingSettings
    from pipeline.audio.sources.headset import CaptureSettings
    from pipeline.edges import EdgeSettings
    from pipeline.server.serve import ServerSettings
    from pipeline.settings import CallSettings
    from pipeline.store.baselines import BaselineSettings

    given = read_given(config)
    choices = Choices(
        call=given.settings(CallSettings),
        server=given.settings(ServerSettings, "server"),
        coach=given.settings(CoachChoice, "coach"),
        asr=given.settings(AsrChoice, "asr"),
        recogniser=given.settings(SchedulerSettings, "recogniser"),
        capture=given.settings(CaptureSettings, "capture"),
        edges=given.settings(EdgeSettings, "edges"),
        recording=given.settings(RecordingSettings, "recording"),
        baselines=given.settings(BaselineSettings, "baselines"),
    )
    given.refuse_unknown()
    shared_prompts(choices.call.prompts)  # a folder that is no use is to be said now, not in the first call
    return choices


def rulebook_path(chosen: Path) -> Path:
    """A file as it is; a bare name is looked for in rules/."""
    if chosen.suffix or len(chosen.parts) > 1:
        return chosen
    return bundled("rules", f"{chosen}.yaml")


def choose_model() -> Choice:
    """What `--model auto` is on this machine, and why. Nothing is fetched."""
    from pipeline.asr.catalogue import catalogue, choose, this_device
    from pipeline.asr.engine import locate

    def is_here(name: str) -> bool:
        try:
            locate(name, fetch=False)
        except ModelError:
            return False
        return True

    return choose([model for model in catalogue() if is_here(model.name)], this_device())


def find_transcriber(asr: AsrChoice, settings: SchedulerSettings | None = None) -> Transcriber:
    """The recogniser chosen; one named is fetched if need be, `auto` never fetches and says what it took."""
    from pipeline.asr.transcribers import load_transcriber

    if asr.model != AUTO:
        return load_transcriber(asr.model, settings, hot_words=asr.hot_words)
    choice = choose_model()
    say(f"--model auto: {choice.why}")
    return load_transcriber(choice.name, settings, fetch=False, hot_words=asr.hot_words)


def find_transcriber_or_none(asr: AsrChoice, settings: SchedulerSettings | None = None) -> Transcriber:
    """For a call that must go on: a recogniser that cannot be loaded is said, and words are done without."""
    from pipeline.asr.transcribers import NoTranscriber

    try:
        return find_transcriber(asr, settings)
    except ModelError as error:
        say(f"no words: {error}")
        return NoTranscriber()


def say(line: str) -> None:
    """One line to the user beside the results, whatever is in it; nothing where nobody can be told."""
    with suppress(OSError):
        print(printable(line), file=sys.stderr, flush=True)
