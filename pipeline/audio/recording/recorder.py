"""The recording of a call, with consent only: streamed to disk while the call runs, compact and seekable afterwards.

While the call runs it is a WAV whose header is right at every moment, so that whatever is left after a kill can be
played. At the end it is encoded once into the compact format. All of the disk is left to a thread of its own: a slow
disk must never hold up the silence clock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile

from pipeline.audio.recording.crash_safe_wav import GrowingWav, read_pcm, sync_folder
from pipeline.audio.sources.wrapped import Wrapped
from pipeline.errors import AudioError
from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice, Source
from pipeline.private import private_file
from pipeline.quantities import within

_ORDER = (Channel.AGENT, Channel.CUSTOMER, Channel.MIXED)  # agent left
_WAITING = 30_000 // SLICE_MS  # slices kept for a disk that is slow: half a minute
_SYNC_MS = 800  # with the time that syncing takes, a kill then costs less than a second
_CLOSING_S = 5.0  # a disk that hangs at the end of a call must not keep the next one from beginning
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ENCODINGS = {"flac": ("FLAC", "PCM_16"), "opus": ("OGG", "OPUS")}
_SUFFIXES = {"flac": ".flac", "opus": ".opus"}
_UNFINISHED, _PART = ".wav", ".part"

_being_written: set[Path] = set()  # of this process; such a recording is not finished yet
_discarded: set[Path] = set()  # of this process; what is being encoded of such a one is not put into its place
_placing = threading.Lock()  # a recording is put into its place or discarded, one after the other

_Told = RecordingStarted | RecordingStopped


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """How a call is recorded. Whether it is, says the call's fact `recording_consent` alone."""

    format: Literal["flac", "opus"] = "flac"  # lossless: scoring it again changes nothing
    sync_every_ms: Annotated[int, within(SLICE_MS, _SYNC_MS)] = 500  # of audio that a power cut may cost at most


class Recorded(Wrapped):
    """A source that is recorded from the moment its facts say so; its slices pass through as they are.

    The file lies on call time: what came before the consent is silence in it. Consent taken back deletes the file.
    What became of the recording is told by notes of the slices, each once it is so on the disk.
    """

    def __init__(self, source: Source, folder: Path, call_id: str, settings: RecordingSettings) -> None:
        super().__init__(source)
        self._order = [channel for channel in _ORDER if channel in source.channels]
        path = folder / f"{_checked(call_id)}{_UNFINISHED}"
        self._writer = _Writer(path, len(self._order), settings.sync_every_ms)
        self._is_on = False
        self.consents = False  # as it was last told

    def __iter__(self) -> Iterator[Slice]:
        said: list[tuple[CallFacts, Actor]] = [(self._source.facts, None)]
        for piece in self._source:
            said += [(note.facts, note.actor) for note in piece.notes if isinstance(note, FactsNoted)]
            for facts, actor in said:
                if (facts.recording_consent is True) is not self.consents:
                    self._consent(not self.consents, piece.start_ms, actor)
            said = []
            if self._is_on:
                self._writer.put(np.stack([piece.pcm[channel] for channel in self._order], axis=1).tobytes())
            told = self._writer.take()
            yield replace(piece, notes=(*piece.notes, *told)) if told else piece

    def close(self) -> None:
        """Writes what is waiting. Idempotent."""
        self._is_on = False
        self._writer.close()

    def _consent(self, consents: bool, at_ms: int, actor: Actor) -> None:
        self.consents = self._is_on = consents
        if consents:
            self._writer.begin(at_ms)
        else:
            self._writer.withdraw(actor)


@dataclass(frozen=True, slots=True)
class _Begin:
    silent_ms: int


@dataclass(frozen=True, slots=True)
class _Withdraw:
    actor: Actor


class _End:
    pass


_Asked = bytes | _Begin | _Withdraw | _End


class _Writer:
    """A recording on disk. The call asks and never waits; one thread does it in the order asked for."""

    def __init__(self, path: Path, channels: int, sync_every_ms: int) -> None:
        self._path = path
        self._channels = channels
        self._per_sync = sync_every_ms // SLICE_MS * SLICE_SAMPLES * 2 * channels
        self._asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._told: deque[_Told] = deque()
        self._wav: GrowingWav | None = None
        self._thread: threading.Thread | None = None
        self._is_behind = False  # audio was dropped: what comes after it would lie at the wrong time

    # --- the thread of the call ------------------------------------------------------------------------------

    def begin(self, silent_ms: int) -> None:
        if self._thread is None:
            _being_written.add(self._path)
            self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
            self._thread.start()
        self._is_behind = False
        self._asked.put(_Begin(silent_ms))

    def put(self, samples: bytes) -> None:
        if self._is_behind:
            return
        if self._asked.qsize() < _WAITING:
            self._asked.put(samples)
        else:
            self._is_behind = True
            self._told.append(RecordingStopped(0, "failed", "the disk is too slow"))

    def withdraw(self, actor: Actor) -> None:
        """What still waits is not written any more: on a slow disk the deletion would come after it."""
        others: list[_Asked] = []
        with contextlib.suppress(queue.Empty):
            while True:
                if not isinstance(asked := self._asked.get_nowait(), bytes):
                    others.append(asked)
        for asked in (*others, _Withdraw(actor)):
            self._asked.put(asked)

    def take(self) -> list[_Told]:
        """What became of the recording since the last time."""
        return [self._told.popleft() for _ in range(len(self._told))]

    def close(self) -> None:
        if self._thread is not None:
            self._asked.put(_End())
            self._thread.join(_CLOSING_S)

    # --- its own thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        asked: _Asked | None = None
        while not isinstance(asked, _End):
            asked = self._asked.get()
            try:
                match asked:
                    case bytes():
                        self._write(asked)
                    case _Begin():
                        self._wav = GrowingWav(self._path, self._channels, asked.silent_ms)
                        self._told.append(RecordingStarted(0))
                    case _Withdraw():
                        self._delete(asked.actor)
                    case _End():
                        self._close(is_whole=True)
            except OSError as error:
                self._told.append(_stopped(error))
                self._close(is_whole=False)
        _being_written.discard(self._path)

    def _write(self, samples: bytes) -> None:
        if self._wav is not None:
            self._wav.write(samples)
            if self._wav.unsynced >= self._per_sync:
                self._wav.sync()

    def _delete(self, actor: Actor) -> None:
        self._close(is_whole=False)
        if not self._path.exists():
            return
        try:
            self._path.unlink()
        except OSError as error:
            self._told.append(RecordingStopped(0, "failed", f"it could not be deleted: {error.strerror}"))
        else:
            sync_folder(self._path.parent)
            self._told.append(RecordingStopped(0, "withdrawn", actor=actor))

    def _close(self, *, is_whole: bool) -> None:
        wav, self._wav = self._wav, None
        if wav is not None:
            wav.close(is_whole=is_whole)


def finish(folder: Path, call_id: str, settings: RecordingSettings) -> Path | None:
    """Encodes what was recorded into the compact format; None when nothing was.

    Raises AudioError when that fails: the WAV then stays, and `recover` tries again.
    """
    whole = folder / f"{_checked(call_id)}{_UNFINISHED}"
    return _encode(whole, settings) if whole.exists() else None


def discard(folder: Path, call_id: str) -> bool:
    """Deletes what was recorded of a call whose consent was taken back, finished or not; False when nothing was there.

    What is being encoded of it just now is deleted by who encodes it. Raises AudioError when something stays.
    """
    whole = folder / f"{_checked(call_id)}{_UNFINISHED}"
    there = []
    with _placing:
        _discarded.add(whole)
        for path in (whole, *(whole.with_suffix(suffix) for suffix in (*_SUFFIXES.values(), _PART))):
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                reason = f"recorded without consent and cannot be deleted: {error.strerror}"
                raise AudioError(f"{path}: {reason}") from error
            there.append(path)
    if there:
        sync_folder(folder)
    return bool(there)


def recover(folder: Path, settings: RecordingSettings, consents: Callable[[str], bool]) -> list[Path]:
    """Finishes the recordings that a killed process left; the paths of those with audio.

    `consents` says by the id of a call whether its recording may be kept: what is not kept is deleted. Raises
    AudioError for those that cannot be finished or deleted, after all others are.
    """
    for part in folder.glob(f"*{_PART}"):
        with contextlib.suppress(OSError):
            part.unlink()
    finished, faults = [], []
    for left in sorted(folder.glob(f"*{_UNFINISHED}")):
        try:
            if not consents(left.stem):
                discard(folder, left.stem)
            elif (done := _encode(left, settings)) is not None:
                finished.append(done)
        except AudioError as error:
            faults.append(str(error))
    if faults:
        raise AudioError("; ".join(faults))
    return finished


def recording_of(folder: Path, call_id: str) -> Path | None:
    """The finished recording of a call. Raises AudioError for an id that is no file name."""
    name = _checked(call_id)
    return next((path for suffix in _SUFFIXES.values() if (path := folder / f"{name}{suffix}").is_file()), None)


def ids_of(folder: Path) -> list[str]:
    """Of the calls of which something is in the folder, finished or not."""
    known = (_UNFINISHED, _PART, *_SUFFIXES.values())
    return sorted({path.stem for path in folder.glob("*") if path.suffix in known})


def _encode(whole: Path, settings: RecordingSettings) -> Path | None:
    """The compact file in the place of the WAV, which is deleted only when the other is there for good."""
    if whole in _being_written:
        raise AudioError(f"{whole}: still being written: the disk is slow")
    done = whole.with_suffix(_SUFFIXES[settings.format])
    part = whole.with_suffix(_PART)
    try:
        with read_pcm(whole) as (channels, blocks):
            first = next(blocks, None)
            if first is not None:
                _write_part(part, settings.format, channels, first, blocks)
        with _placing:
            if whole in _discarded:
                part.unlink(missing_ok=True)
                return None
            if first is not None:
                part.replace(done)
                sync_folder(done.parent)
            whole.unlink()
    except (OSError, soundfile.SoundFileError, AssertionError) as error:  # soundfile asserts that all was written
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if whole in _discarded:  # meanwhile
            return None
        reason = f"the disk is full ({error})" if _is_full(whole) else str(error)
        raise AudioError(f"{whole}: cannot be finished as {settings.format}: {reason}") from error
    return done if first is not None else None


def _is_full(whole: Path) -> bool:
    """libsndfile names a full disk a dozen ways, none of which says so."""
    try:
        return shutil.disk_usage(whole.parent).free < whole.stat().st_size
    except OSError:
        return False


def _write_part(part: Path, kind: str, channels: int, first: Pcm, blocks: Iterator[Pcm]) -> None:
    container, coding = _ENCODINGS[kind]
    frames = 0
    private_file(part)  # libsndfile writes into the file that is there
    with soundfile.SoundFile(part, "w", SAMPLE_RATE_HZ, channels, coding, format=container) as out:
        for block in chain((first,), blocks):
            out.write(block)
            frames += len(block)
    with part.open("r+b") as written:
        os.fsync(written.fileno())
    if not _is_readable(part, frames):  # some encoders say nothing of a disk that fills up
        raise OSError(errno.EIO, f"{frames:,} samples were encoded and cannot all be read again")


def _is_readable(file: Path, frames: int) -> bool:
    """To its very end, in which a file cut off would show."""
    last = min(frames, SAMPLE_RATE_HZ)
    try:
        with soundfile.SoundFile(file) as check:
            check.seek(frames - last)
            return bool(check.frames == frames and len(check.read(dtype="int16")) == last)
    except soundfile.SoundFileError:
        return False


def _stopped(error: OSError) -> RecordingStopped:
    reason: Literal["disk_full", "failed"] = "disk_full" if error.errno in _FULL else "failed"
    return RecordingStopped(0, reason, error.strerror or str(error))


def _checked(call_id: str) -> str:
    if not call_id or len(call_id) > 80 or any(sign in call_id for sign in "/\\.:\0"):
        raise AudioError(f"{call_id!r} is no call id: it must be a plain file name")
    return call_id
