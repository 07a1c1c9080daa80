"""`callcoach score`: recordings through the same pipeline as a live call, as fast as the machine can."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.asr.engine.scheduler import SchedulerSettings
from pipeline.call import listen
from pipeline.cli.choices import AsrChoice, find_transcriber
from pipeline.cli.recordings import Recording
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.codec import to_json
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.record import Event, Record
from pipeline.ports import SLICE_MS, Source, Transcriber
from pipeline.printable import printable
from pipeline.reports.call_report import report
from pipeline.session.buses import NoBus
from pipeline.session.session import Session
from pipeline.settings import CallSettings
from pipeline.store.memory import MemoryStore

if TYPE_CHECKING:
    from pipeline.cli.shelf import Shelf, ShelfOptions
    from pipeline.reports.contours import Contour

STOPPED_WITHIN_S = 0.5  # of Ctrl-C; what takes longer is killed, and taken up by the next run

Json = dict[str, Any]
Tick = Callable[[int], None]  # so many ms of audio are done


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """What all recordings of a run have in common. Plain values: every worker process loads its own."""

    rulebook: Path
    asr: AsrChoice
    recogniser: SchedulerSettings
    settings: CallSettings
    second_opinion: bool = False  # librosa's on the pitch
    shelf: ShelfOptions | None = None  # None: nothing is stored


class Scorer:
    """Scores recordings one after another with one recogniser."""

    def __init__(self, options: ScoreOptions, transcriber: Transcriber | None = None) -> None:
        """`transcriber`: in place of the one that the options name."""
        self._options = options
        self._rulebook = load_rulebook(options.rulebook)
        # Heard one by one: a batch changes the last bits, and a recording scored twice has to give the same twice.
        alone = replace(options.recogniser, queue=replace(options.recogniser.queue, batch=1))
        self._transcriber = transcriber or find_transcriber(options.asr, alone)
        self.notice = self._transcriber.notice
        self._shelf: Shelf | None = None
        if options.shelf is not None:
            from pipeline.cli.shelf import Shelf

            self._shelf = Shelf(options.shelf)

    def score(self, recording: Recording, tick: Tick) -> Json:
        """The result, or {"file", "error"} for a recording that cannot be used."""
        try:
            return self.result(recording, tick)
        except CallcoachError as error:
            was_deleted = isinstance(error, StoreError) and error.cause == "deleted"
            return failure(recording, f"{error} without --again" if was_deleted else str(error))
        except Exception as error:  # one bad recording must not cost the results of the others
            if os.environ.get("CALLCOACH_DEBUG"):
                traceback.print_exc()
            return failure(recording, f"internal error: {type(error).__name__}: {error} (CALLCOACH_DEBUG=1 shows more)")

    def result(self, recording: Recording, tick: Tick) -> Json:
        """Raises CallcoachError for a recording that cannot be used."""
        options = self._options
        if self._shelf is not None:
            return self._stored(self._shelf, recording, tick)
        source = recording.open(recording.facts)
        envelope = None
        if recording.plot_stem is not None:
            from pipeline.reports.picture import Envelope

            envelope = Envelope(source)
        records = self._heard(envelope or source, printable(recording.path.stem), recording.begun_at, tick)
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

    def _stored(self, shelf: Shelf, recording: Recording, tick: Tick) -> Json:
        """With the id of its call; of a recording that was stored before nothing more."""
        place = shelf.begin(recording)
        if place.is_kept:
            otherwise = {"is_told_otherwise": True} if place.is_told_otherwise else {}
            return {"file": str(recording.path), "call_id": place.call_id, **otherwise}
        try:
            source = recording.open(place.facts)
            records = self._heard(place.listened(source), place.call_id, place.begun_at, tick)
            place.keep(records)
        except BaseException:
            place.abandon()
            raise
        told = {"duration_ms": source.duration_ms, "call_id": place.call_id, "team": place.facts.team}
        return {**report(str(recording.path), records), **told}

    def _heard(self, source: Source, call_id: str, started_at: str, tick: Tick) -> list[Record]:
        store = MemoryStore()
        events = listen(
            source, self._transcriber, self._rulebook, self._options.settings,
            call_id=call_id, started_at=started_at,
        )  # fmt: skip
        Session(call_id, store, NoBus()).run(_counted(events, tick))
        return store.read(call_id)


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


def failure(recording: Recording, reason: str) -> Json:
    return {"file": str(recording.path), "error": reason.removeprefix(f"{recording.path}: ")}


def score_all(recordings: Sequence[Recording], options: ScoreOptions, jobs: int, tick: Tick) -> Iterator[Json]:
    """Results in the order of the recordings, each as soon as it and those before it are ready."""
    if options.shelf is None and (jobs <= 1 or len(recordings) <= 1):
        scorer = Scorer(options)
        for recording in recordings:
            yield scorer.score(recording, tick)
        return
    load_rulebook(options.rulebook)  # what is wrong for all is said once, before any worker starts
    done = 0
    while done < len(recordings):
        for result in _in_pool(recordings[done:], options, jobs):
            done += 1
            tick(result.get("duration_ms", 0))
            yield result
        if done < len(recordings):  # one of those in hand has killed its worker: alone it shows whether it was this one
            died = failure(recordings[done], "the process scoring it died (out of memory?); try fewer --jobs")
            yield next(_in_pool(recordings[done : done + 1], options, 1), died)
            done += 1


def _in_pool(recordings: Sequence[Recording], options: ScoreOptions, jobs: int) -> Iterator[Json]:
    """As far as it comes before a worker dies."""
    context = multiprocessing.get_context("spawn")  # forked copies of loaded models and threads hang
    pool = ProcessPoolExecutor(min(jobs, len(recordings)), context, _start_worker, (options,))
    left = len(recordings)
    try:
        for future in [pool.submit(_score_in_worker, recording) for recording in recordings]:
            result = future.result()
            left -= 1
            yield result
    except BrokenProcessPool:
        pass
    finally:
        if left:  # Ctrl-C, or nobody wants the rest
            _stop_workers()
        # Waits for the pool's thread: one that still runs while the interpreter ends writes to a pipe that is closed.
        pool.shutdown(cancel_futures=True)


def _stop_workers() -> None:
    """As by Ctrl-C, so that they give up what is half done; those that do not heed it in time are killed."""
    workers = multiprocessing.active_children()
    try:
        for worker in workers:
            with suppress(OSError):
                os.kill(worker.pid or 0, signal.SIGINT) if sys.platform != "win32" else worker.terminate()
        until_s = time.monotonic() + STOPPED_WITHIN_S
        for worker in workers:
            worker.join(max(0.0, until_s - time.monotonic()))
    finally:  # also by a second Ctrl-C
        for worker in workers:
            worker.kill()


_worker: Scorer | CallcoachError
_stopped = threading.Event()


def _start_worker(options: ScoreOptions) -> None:
    global _worker
    signal.signal(signal.SIGINT, lambda number, frame: _stopped.set())
    end_with_parent()
    try:
        _worker = Scorer(options)
    except CallcoachError as error:
        _worker = error


def end_with_parent() -> None:
    """A worker whose parent was killed would wait for the next recording for ever."""
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _score_in_worker(recording: Recording) -> Json:
    if isinstance(_worker, CallcoachError):
        raise _worker  # wrong for all recordings alike: ends the run
    try:
        _go_on(0)
        return _worker.score(recording, _go_on)
    except KeyboardInterrupt:
        os._exit(130)  # nothing more is taken from the queue


def _go_on(heard_ms: int) -> None:
    """Gives up between two slices: raised anywhere, within a library's callback, a Ctrl-C would be printed and lost."""
    if _stopped.is_set():
        raise KeyboardInterrupt


def _counted(events: Iterator[list[Event]], tick: Tick) -> Iterator[list[Event]]:
    pending_ms = 0
    for slice_events in events:
        pending_ms += SLICE_MS
        if pending_ms >= 1000:  # a progress bar needs no more
            tick(pending_ms)
            pending_ms = 0
        yield slice_events
    tick(pending_ms)


def _write_lines(path: Path, lines: Iterator[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in lines)
    except OSError as error:
        raise StoreError(f"events cannot be written to {path}: {error.strerror}") from error
