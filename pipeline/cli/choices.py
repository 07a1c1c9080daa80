"""What a command runs with: settings, rulebook and recogniser, from file, environment and flags."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import file_in_use, read_given
from pipeline.errors import AudioError, ModelError, SettingsError
from pipeline.folders import PROGRAM, bundled, data_folder
from pipeline.printable import printable
from pipeline.private import is_exposed
from pipeline.quantities import File, Name, Words

if TYPE_CHECKING:
    from pipeline.asr.engine.catalogue import Choice
    from pipeline.asr.engine.scheduler import SchedulerSettings
    from pipeline.audio.capture.headset import CaptureSettings
    from pipeline.audio.recording.recorder import RecordingSettings
    from pipeline.cli.facts import StandingFacts
    from pipeline.desk.credentials import DeskSettings
    from pipeline.people.audit_heads import AuditSettings
    from pipeline.people.settings import PeopleSettings
    from pipeline.ports import Transcriber
    from pipeline.server.import_jobs import ImportSettings
    from pipeline.server.serve import ServerSettings
    from pipeline.session.auto_call import EdgeSettings
    from pipeline.settings import CallSettings
    from pipeline.store.baselines import BaselineSettings
    from pipeline.store.opening import StoreSettings

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class CoachChoice:
    """What the coach goes by."""

    rulebook: File = Path("handbook")  # a file, or the name of one that comes with callcoach


@dataclass(frozen=True, slots=True)
class AsrChoice:
    """Which recogniser, and what it is told to expect."""

    model: Name = AUTO  # a name, a folder, demo, none, or auto: the best one on this machine that it carries
    hot_words: Words = ()  # names and terms, as a prompt where the model takes one: at times it writes one nobody said


@dataclass(frozen=True, slots=True)
class Choices:
    """All settings after file, environment and flags."""

    call: CallSettings
    server: ServerSettings
    desk: DeskSettings
    store: StoreSettings
    people: PeopleSettings
    audit: AuditSettings
    coach: CoachChoice
    asr: AsrChoice
    recogniser: SchedulerSettings
    capture: CaptureSettings
    edges: EdgeSettings
    recording: RecordingSettings
    imports: ImportSettings
    baselines: BaselineSettings
    facts: StandingFacts


def sections() -> dict[str, type[Any]]:
    """All there is to set, by the name of its section; `call` stands at the top, its rooms are sections of their own.

    Settings are read by it and callcoach.example.toml is written by it, so that neither can forget one.
    """
    from pipeline.asr.engine.scheduler import SchedulerSettings
    from pipeline.audio.capture.headset import CaptureSettings
    from pipeline.audio.recording.recorder import RecordingSettings
    from pipeline.cli.facts import StandingFacts
    from pipeline.desk.credentials import DeskSettings
    from pipeline.people.audit_heads import AuditSettings
    from pipeline.people.settings import PeopleSettings
    from pipeline.server.import_jobs import ImportSettings
    from pipeline.server.serve import ServerSettings
    from pipeline.session.auto_call import EdgeSettings
    from pipeline.settings import CallSettings
    from pipeline.store.baselines import BaselineSettings
    from pipeline.store.opening import StoreSettings

    return {
        "server": ServerSettings,
        "desk": DeskSettings,
        "store": StoreSettings,
        "people": PeopleSettings,
        "audit": AuditSettings,
        "asr": AsrChoice,
        "recogniser": SchedulerSettings,
        "coach": CoachChoice,
        "capture": CaptureSettings,
        "edges": EdgeSettings,
        "recording": RecordingSettings,
        "imports": ImportSettings,
        "baselines": BaselineSettings,
        "facts": StandingFacts,
        "call": CallSettings,
    }


def read_choices(config: Path | None = None, flags: Mapping[str, object] | None = None) -> Choices:
    """`flags` come on top, those that are not None: {"server.port": 8000}."""
    from pipeline.audio.prompts import shared_prompts

    given = read_given(config, flags=flags)
    choices = Choices(
        **{name: given.settings(cls, *(() if name == "call" else (name,))) for name, cls in sections().items()}
    )
    given.refuse_unknown()
    if choices.server.token and (file := file_in_use(config)) is not None and is_exposed(file):
        say(f"{file} can be read by others on this machine, and holds a token: chmod go= {file}")
    try:
        shared_prompts(choices.call.prompts)  # a folder that is no use is to be said now, not in the first call
    except AudioError as error:
        raise SettingsError(f"{error} ({given.where('prompts', 'folder')})") from None
    return choices


def command_here(command: str, config: Path | None = None) -> str:
    """A command as it works in any terminal of this machine: on the data and by the settings of this one."""
    return shlex.join([_program(), *_arguments(command, config)])


def command_parts(command: str, config: Path | None = None) -> list[str]:
    """The same for what is no terminal, and finds no program by its name."""
    started = Path(sys.argv[0])
    program = started if started.stem == PROGRAM and started.is_file() else Path(shutil.which(PROGRAM) or PROGRAM)
    return [str(program.absolute()) if program.is_file() else PROGRAM, *_arguments(command, config)]


def _arguments(command: str, config: Path | None) -> list[str]:
    parts = [*command.split(), "--data", str(data_folder().absolute())]
    if (file := file_in_use(config)) is not None:
        parts += ["--config", str(file.absolute())]
    return parts


def _program() -> str:
    """By its name where terminals find it, else by where it lies, as in a virtual environment."""
    started = Path(sys.argv[0])
    is_ours = started.stem == PROGRAM and started.is_file()
    return str(started.absolute()) if is_ours and shutil.which(PROGRAM) is None else PROGRAM


def rulebook_path(chosen: Path) -> Path:
    """A file as it is; a bare name is one of the rulebooks that come with callcoach."""
    if chosen.suffix or len(chosen.parts) > 1:
        return chosen
    return bundled("rules", f"{chosen}.yaml")


def choose_model() -> Choice:
    """What `--model auto` is on this machine, and why."""
    from pipeline.asr.engine.catalogue import choose, this_device
    from pipeline.asr.engine.weights import present

    here = present()
    choice = choose([one.model for one in here if not one.fault], this_device())
    useless = [f"{one.model.name} is of no use: {one.fault}" for one in here if one.fault]
    return replace(choice, why="; ".join([choice.why, *useless]))


def find_transcriber(asr: AsrChoice, settings: SchedulerSettings | None = None) -> Transcriber:
    """The recogniser chosen, of those on this machine; `auto` says what it took."""
    from pipeline.asr.engine.transcribers import load_transcriber
    from pipeline.asr.engine.weights import takes_prompt

    name = asr.model
    if name == AUTO:
        choice = choose_model()
        name = choice.name
        say(f"--model auto: {choice.why}")
    if asr.hot_words and name != "none" and not takes_prompt(name):
        say(f"asr.hot_words are not given to {name}: they spoil its text, or nobody has tried; asr.names are heeded")
    return load_transcriber(name, settings, hot_words=asr.hot_words)


def find_transcriber_or_none(asr: AsrChoice, settings: SchedulerSettings | None = None) -> Transcriber:
    """For a call that must go on: a recogniser that cannot be loaded is said, and words are done without."""
    from pipeline.asr.engine.transcribers import NoTranscriber

    try:
        return find_transcriber(asr, settings)
    except ModelError as error:
        say(f"no words: {error}")
        return NoTranscriber()


def say(line: str) -> None:
    """One line to the user beside the results, whatever is in it; nothing where nobody can be told."""
    with suppress(OSError):
        print(f"{printable(line)}\n", end="", file=sys.stderr, flush=True)  # in one piece: threads say things at once
