"""Which recordings there are to score, and what is known about each: found in folders, told by names and tables."""

from __future__ import annotations

import os
from collections.abc import Sequence, Sized
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pipeline.audio.sources.file import FileSource, PairSource
from pipeline.audio.sources.files.recording import AUDIO
from pipeline.cli.choices import say
from pipeline.cli.extras import check_analysis
from pipeline.cli.facts_table import FactsTable
from pipeline.codec import YEARS, facts_from, moment_from
from pipeline.errors import AudioError, CallcoachError, SettingsError, StoreError
from pipeline.events.call import CallFacts
from pipeline.file_names import NamePattern, in_zone
from pipeline.folders import data_folder
from pipeline.private import private_folder

Side = Literal["left", "right"]

_NAMED = 3  # of the files that a folder leaves out


@dataclass(frozen=True, slots=True)
class Recording:
    """One call to score: a file, or a pair of mono files (`customer` is the other side of `path`)."""

    path: Path
    customer: Path | None = None
    agent_channel: Side = "left"
    events_file: Path | None = None
    plot_stem: Path | None = None  # the pictures are <plot_stem>.png and .svg
    facts: CallFacts = field(default_factory=CallFacts)
    started_at: str | None = None  # None: the file's time of change
    told: frozenset[str] = frozenset()  # which of the facts somebody has told, and `started_at`
    name: str = ""  # as people know it, where the file has another one
    call_id: str | None = None  # of the call that it is to become; None: a new one

    @property
    def paths(self) -> list[Path]:
        return [self.path] if self.customer is None else [self.path, self.customer]

    def open(self, facts: CallFacts) -> FileSource | PairSource:
        """Raises AudioError."""
        if self.customer is not None:
            return PairSource(self.path, self.customer, facts=facts)
        return FileSource(self.path, facts=facts, agent_channel=self.agent_channel)

    @property
    def begun_at(self) -> str:
        """As it is told, else when the file was last changed: near the call's end, and the best there is.

        Raises AudioError where there is no file.
        """
        if self.started_at is not None:
            return self.started_at
        try:
            changed_s = self.path.stat().st_mtime
        except OSError as error:
            raise AudioError(f"{self.path}: cannot be read: {error.strerror}") from error
        try:
            changed_at = datetime.fromtimestamp(changed_s).astimezone()
        except (ValueError, OverflowError, OSError):
            raise AudioError(f"{self.path}: no calendar has its time of change: --facts tells when it began") from None
        if changed_at.year not in YEARS:
            raise AudioError(f"{self.path}: changed in {changed_at.year}, as it says: --facts tells when it began")
        return changed_at.isoformat(timespec="seconds")

    @property
    def begun_s(self) -> float:
        """The same in seconds since 1970; 0 where nothing tells it."""
        try:
            return datetime.fromisoformat(self.begun_at).timestamp()
        except AudioError:
            return 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about recordings: about all of them, by their names, and by a table, which has the last word."""

    facts: CallFacts
    started_at: str | None = None
    names: NamePattern | None = None
    table: FactsTable | None = None
    outbound_channel: Side | None = None  # where the agent's side of outbound calls is another

    def about(self, recordings: Sequence[Recording]) -> list[Recording]:
        """Raises SettingsError where the pattern fits none of them; what is not told of some is said."""
        found, unnamed, unlisted = [], [], []
        of_all = {one.name for one in fields(CallFacts) if getattr(self.facts, one.name) != one.default}
        for recording in recordings:
            facts, started_at, name, told = self.facts, self.started_at, recording.path.name, set(of_all)
            if self.names is not None:
                if (named := self.names.read(name)) is None:
                    unnamed.append(name)
                else:
                    facts = facts_from(named.facts, facts, name)
                    told |= set(named.facts)
                    if named.at is not None:
                        started_at = moment_from(in_zone(named.at, facts.timezone), name)
            if self.table is not None:
                if (row := self.table.take(recording.path)) is None:
                    unlisted.append(name)
                else:
                    facts, started_at = facts_from(row[0], facts, name), row[1] or started_at
                    told |= set(row[0])
            is_other = self.outbound_channel is not None and facts.direction == "outbound"
            side = self.outbound_channel if is_other and self.outbound_channel else recording.agent_channel
            told |= {"started_at"} if started_at is not None else set()
            found.append(
                replace(recording, facts=facts, started_at=started_at, told=frozenset(told), agent_channel=side)
            )
        if self.names is not None and len(unnamed) == len(recordings):
            raise SettingsError(f"--names {self.names} fits none of {_count(unnamed)}: {unnamed[0]}")
        self._say(unnamed, unlisted)
        return found

    def _say(self, unnamed: list[str], unlisted: list[str]) -> None:
        if unnamed:
            say(f"--names {self.names} does not fit {_count(unnamed)}, of which nothing is known: {_some(unnamed)}")
        if unlisted:
            say(f"no line of the table is about {_count(unlisted)}: {_some(unlisted)}")
        if self.table is not None and (unused := list(self.table.unused)):
            say(f"the table tells of {_count(unused)} that nobody asked for: {_some(unused)}")


def side(flag: str, given: str) -> Side:
    """Raises SettingsError."""
    match given:
        case "left" | "right":
            return given
    raise SettingsError(f"{flag} is {given!r}; it must be left or right")


def recordings_in(paths: Sequence[Path]) -> list[Path]:
    """Files as given, folders as all audio files below them, by name. Unreadable ones are found out later.

    What a folder leaves out is said; hidden files, ._call.wav of a Mac among them, are nobody's recordings.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside, left_out = _below(path)
        if not inside:
            raise CallcoachError(f"{path}: no audio files in this folder (wanted {' '.join(sorted(AUDIO))})")
        found += inside
        if left_out:
            names = [str(p.relative_to(path)) for p in left_out]
            say(f"{path}: {_count(names)} left out (no audio): {_some(names)}")
    return found


def _below(folder: Path) -> tuple[list[Path], list[Path]]:
    """What may be audio, by its name, and what is not; links to folders are not followed."""
    audio: list[Path] = []
    left_out: list[Path] = []

    def refused(error: OSError) -> None:
        say(f"{error.filename}: left out: {error.strerror}")

    for where, folders, files in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(where, name) for name in files if not name.startswith(".")):
            (audio if path.suffix.lower() in AUDIO and path.is_file() else left_out).append(path)
    return sorted(audio), sorted(left_out)


def events_files(folder: Path, paths: Sequence[Path]) -> list[Path]:
    """<stem>.jsonl for each; a stem that comes again gets -2, -3, ..."""
    return [folder / f"{name}.jsonl" for name in _names(folder, paths, "events")]


def plot_stems(folder: Path, paths: Sequence[Path]) -> list[Path]:
    """Where the pictures go, without .png and .svg. A missing font or folder is told before anything is scored."""
    check_analysis("--plot")
    with suppress(OSError):  # matplotlib then keeps its list of fonts in the system's folder for such, and says so
        private_folder(data_folder() / "matplotlib")
    from pipeline.reports.picture import han_font

    han_font()
    stems = [folder / name for name in _names(folder, paths, "pictures")]
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"folder {folder} for the pictures cannot be written to")
    return stems


def _names(folder: Path, paths: Sequence[Path], what: str) -> list[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"folder {folder} for the {what} cannot be made: {error.strerror}") from error
    taken: set[str] = set()
    names = []
    for path in paths:
        name, number = path.stem, 1
        while name in taken:
            number += 1
            name = f"{path.stem}-{number}"
        taken.add(name)
        names.append(name)
    return names


def _count(files: Sized) -> str:
    return "1 file" if len(files) == 1 else f"{len(files)} files"


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])])
