"""`callcoach score`: recordings through the same pipeline as a live call, as fast as the machine can."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.asr.engine.scheduler import SchedulerSettings
from pipeline.audio.sources.file import FileSource, PairSource
from pipeline.audio.sources.files.recording import AUDIO
from pipeline.call import listen
from pipeline.cli.choices import AsrChoice, find_transcriber, say
from pipeline.cli.extras import check_analysis
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.codec import to_json
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.call import CallFacts
from pipeline.events.record import Event
from pipeline.folders import data_folder
from pipeline.ports import SLICE_MS, Source
from pipeline.printable import printable
from pipeline.private import private_folder
from pipeline.reports.call_report import report
from pipeline.session.buses import NoBus
from pipeline.session.session import Session
from pipeline.settings import CallSettings
from pipeline.store.memory import MemoryStore

if TYPE_CHECKING:
    from pipeline.reports.contours import Contour

Json = dict[str, Any]
Tick = Callable[[int], None]  # so many ms of audio are done

_NAMED = 3  # of the files that a folder leaves out


@dataclass(frozen=True, slots=True)
class Recording:
    """One call to score: a file, or a pair of mono files (`customer` is the other side of `path`)."""

    path: Path
    customer: Path | None = None
    agent_channel: Literal["left", "right"] = "left"
    events_file: Path | None = None
    plot_stem: Path | None = None  # the pictures are <plot_stem>.png and .svg


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """What all recordings of a run have in common. Plain values: every worker process loads its own."""

    rulebook: Path
    asr: AsrChoice
    recogniser: SchedulerSettings
    settings: CallSettings
    facts: CallFacts
    started_at: str | None = None  # None: the file's time of change
    second_opinion: bool = False  # librosa's on the pitch


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
            names = [str(p.relative_to(path)) for p in left_out[:_NAMED]]
            count = "1 file" if len(left_out) == 1 else f"{len(left_out)} files"
            more = ", …" if len(left_out) > _NAMED else ""
            say(f"{path}: {count} left out (no audio): {', '.join(names)}{more}")
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


class Scorer:
    """Scores recordings one after another with one recogniser."""

    def __init__(self, options: ScoreOptions) -> None:
        self._options = options
        self._rulebook = load_rulebook(options.rulebook)
        # Heard one by one: a batch changes the last bits, and a recording scored twice has to give the same twice.
        alone = replace(options.recogniser, queue=replace(options.recogniser.queue, batch=1))
        self._transcriber = find_transcriber(options.asr, alone)
        self.notice = self._transcriber.notice

    def score(self, recording: Recording, tick: Tick) -> Json:
        """The result, or {"file", "error"} for a recording that cannot be used."""
        try:
            return self._score(recording, tick)
        except CallcoachError as error:
            return failure(recording, str(error))
        except Exception as error:  # one bad recording must not cost the results of the others
            if os.environ.get("CALLCOACH_DEBUG"):
                traceback.print_exc()
            return failure(recording, f"internal error: {type(error).__name__}: {error} (CALLCOACH_DEBUG=1 shows more)")

    def _score(self, recording: Recording, tick: Tick) -> Json:
        options = self._options
        call_id, store = printable(recording.path.stem), MemoryStore()
        source = open_source(recording, options.facts)
        envelope = None
        if recording.plot_stem is not None:
            from pipeline.reports.picture import Envelope

            envelope = Envelope(source)
        events = listen(
            envelope or source,
            self._transcriber,
            self._rulebook,
            options.settings,
            call_id=call_id,
            started_at=options.started_at or _changed_at(recording.path),
        )
        Session(call_id, store, NoBus()).run(_counted(events, tick))
        records = store.read(call_id)
        if recording.events_file is not None:
            _write_lines(recording.events_file, map(to_json, records))
        result = {**report(str(recording.path), records), "duration_ms": source.duration_ms}
        if recording.plot_stem is None and not options.second_opinion:
            return result
        contours, second = _contours(source, [record.event for record in records], options)
        if recording.plot_stem is not None and envelope is not None:
            from pipeline.reports.picture import draw

            draw(recording.plot_stem, records, envelope, contours)
        return {**result, **second}


def _contours(source: Source, events: list[Event], options: ScoreOptions) -> tuple[list[Contour], Json]:
    """Our pitch and, where it is wanted, a second opinion with what the result says of it."""
    from pipeline.reports.contours import contour, differences, second_contour

    channel = source.channels[0]  # the agent's, or the mix
    ours = contour(source, channel, events, options.settings.pitch)
    if not options.second_opinion:
        return [ours], {}
    second = second_contour(source, channel, events, options.settings.pitch)
    told = {"by": "librosa.pyin", "channel": str(channel), "differs": differences(ours, second)}
    return [ours, second], {"second_opinion": told}


def open_source(recording: Recording, facts: CallFacts) -> FileSource | PairSource:
    if recording.customer is not None:
        return PairSource(recording.path, recording.customer, facts=facts)
    return FileSource(recording.path, facts=facts, agent_channel=recording.agent_channel)


def failure(recording: Recording, reason: str) -> Json:
    return {"file": str(recording.path), "error": reason.removeprefix(f"{recording.path}: ")}


def score_all(recordings: Sequence[Recording], options: ScoreOptions, jobs: int, tick: Tick) -> Iterator[Json]:
    """Results in the order of the recordings, each as soon as it and those before it are ready."""
    if jobs <= 1 or len(recordings) <= 1:
        scorer = Scorer(options)
        for recording in recordings:
            yield scorer.score(recording, tick)
        return
    load_rulebook(options.rulebook)  # what is wrong for all is said once, before any worker starts
    context = multiprocessing.get_context("spawn")  # forked copies of loaded models and threads hang
    with ProcessPoolExecutor(min(jobs, len(recordings)), context, _start_worker, (options,)) as pool:
        waiting = [pool.submit(_score_in_worker, recording) for recording in recordings]
        for recording, future in zip(recordings, waiting, strict=True):
            try:
                result = future.result()
            except BrokenProcessPool:
                result = failure(recording, "the process scoring it died (out of memory?); try fewer --jobs")
            tick(result.get("duration_ms", 0))
            yield result


_worker: Scorer | CallcoachError


def _start_worker(options: ScoreOptions) -> None:
    global _worker
    try:
        _worker = Scorer(options)
    except CallcoachError as error:
        _worker = error


def _score_in_worker(recording: Recording) -> Json:
    if isinstance(_worker, CallcoachError):
        raise _worker  # wrong for all recordings alike: ends the run
    return _worker.score(recording, lambda _: None)


def _counted(events: Iterator[list[Event]], tick: Tick) -> Iterator[list[Event]]:
    pending_ms = 0
    for slice_events in events:
        pending_ms += SLICE_MS
        if pending_ms >= 1000:  # a progress bar needs no more
            tick(pending_ms)
            pending_ms = 0
        yield slice_events
    tick(pending_ms)


def _changed_at(path: Path) -> str:
    """When the file was last changed: for a recording that is near the call's end, and the best there is."""
    return datetime.fromtimestamp(path.stat().st_mtime).astimezone().isoformat(timespec="seconds")


def _write_lines(path: Path, lines: Iterator[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in lines)
    except OSError as error:
        raise StoreError(f"events cannot be written to {path}: {error.strerror}") from error
