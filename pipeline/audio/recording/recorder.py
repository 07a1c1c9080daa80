"""The recording of a call, with consent only: streamed to disk while the call runs, compact and seekable afterwards.

While the call runs it is a crash-safe WAV, so that what a killed process leaves can be played. At the end it is encoded
once into the compact format. A thread of its own does all writing: a slow disk must never delay the silence clock.
"""

from __future__ import annotations

import contextlib
import errno
import queue
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from glob import escape
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile

from pipeline.audio.recording.crash_safe_wav import GrowingWav, read_pcm, sync_folder
from pipeline.audio.recording.encoding import PART, SUFFIXES, Encoding, Format
from pipeline.audio.recording.locks import held, placing
from pipeline.audio.sources.wrapped import Wrapped
from pipeline.errors import AudioError
from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm, Slice, Source
from pipeline.quantities import within

ORDER = (Channel.AGENT, Channel.CUSTOMER, Channel.MIXED)  # of the columns: the agent is left
_WAITING = 30_000 // SLICE_MS  # slices queued for a slow disk: half a minute
_SYNC_MS = 800  # with the time of the sync itself, a power cut costs less than a second of audio
_CLOSING_S = 5.0  # longest wait at the end of a call: a hanging disk must not block the next call
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_UNFINISHED = ".wav"
INCOMING = ".incoming"  # of what another machine is still sending (incoming.py)
PEAKS = ".peaks"  # what is drawn of a finished one (peaks.py)
MUTED = "muted"  # folder of copies without what is private (muting.py), which go with their recording
MUTING = ".muting"  # of what is not whole yet there

_being_written: set[Path] = set()  # by this process: these recordings are not finished yet
_discarded: set[Path] = set()  # by this process: an encoding that is under way must not be renamed into place

_Noted = RecordingStarted | RecordingStopped


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """How a call is recorded. Whether it is recorded depends only on the fact `recording_consent` of the call."""

    format: Format = "flac"  # flac is lossless: scoring the recording again gives the same result
    sync_every_ms: Annotated[int, within(SLICE_MS, _SYNC_MS)] = 500  # audio that a power cut may cost at most


class Recorded(Wrapped):
    """A source that is recorded from the moment its facts give consent; its slices pass through unchanged.

    The file is on call time: it is silent before the consent. Withdrawn consent deletes the file. RecordingStarted and
    RecordingStopped are added to the notes of slices once they are true on the disk.
    """

    def __init__(
        self,
        source: Source,
        folder: Path,
        call_id: str,
        settings: RecordingSettings,
        *,
        may_record: bool = True,
        deleted: Callable[[Actor], None] = lambda actor: None,
    ) -> None:
        """`deleted`: told, in a thread of the recorder's own, by whom, once a file is deleted."""
        super().__init__(source)
        self._order = [channel for channel in ORDER if channel in source.channels]
        path = folder / f"{checked(call_id)}{_UNFINISHED}"
        self._writer = _Writer(path, len(self._order), settings.sync_every_ms, deleted)
        self._may_record = may_record
        self._is_on = False
        self.consents = False  # the last value of the fact, where the call may be recorded at all

    def __iter__(self) -> Iterator[Slice]:
        said: list[tuple[CallFacts, Actor]] = [(self._source.facts, None)]
        for piece in self._source:
            said += [(note.facts, note.actor) for note in piece.notes if isinstance(note, FactsNoted)]
            for facts, actor in said:
                consents = facts.recording_consent is True and self._may_record
                if consents is not self.consents:
                    self._consent(not self.consents, piece.start_ms, actor)
            said = []
            if self._is_on:
                self._writer.put(np.stack([piece.pcm[channel] for channel in self._order], axis=1).tobytes())
            told = self._writer.take()
            yield replace(piece, notes=(*piece.notes, *told)) if told else piece

    def close(self) -> None:
        """Writes what is queued and ends the thread; waits at most 5 s for it. Idempotent."""
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


_Asked = bytes | _Begin | _Withdraw | _End | OSError  # the last: what the disk refused meanwhile


class _Writer:
    """The work queue of a recording: the call's thread queues requests and never blocks, one thread executes them."""

    def __init__(self, path: Path, channels: int, sync_every_ms: int, deleted: Callable[[Actor], None]) -> None:
        self._path = path
        self._deleted = deleted
        self._channels = channels
        self._per_sync = sync_every_ms // SLICE_MS * SLICE_SAMPLES * 2 * channels
        self._asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._told: deque[_Noted] = deque()
        self._wav: GrowingWav | None = None
        self._thread: threading.Thread | None = None
        self._is_behind = False  # audio was dropped, so later audio would be at the wrong time

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
        """Drops the queued audio, so that the deletion does not wait behind it on a slow disk."""
        others: list[_Asked] = []
        with contextlib.suppress(queue.Empty):
            while True:
                if not isinstance(asked := self._asked.get_nowait(), bytes):
                    others.append(asked)
        for asked in (*others, _Withdraw(actor)):
            self._asked.put(asked)

    def take(self) -> list[_Noted]:
        """The events since the last call."""
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
                        self._wav = GrowingWav(self._path, self._channels, asked.silent_ms, self._asked.put)
                        self._told.append(RecordingStarted(0))
                    case _Withdraw():
                        self._delete(asked.actor)
                    case OSError() if self._wav is not None and self._wav.fault is asked:
                        raise asked
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
            self._deleted(actor)

    def _close(self, *, is_whole: bool) -> None:
        wav, self._wav = self._wav, None
        if wav is not None:
            wav.close(is_whole=is_whole)


def finish(folder: Path, call_id: str, settings: RecordingSettings) -> Path | None:
    """Encodes the recording of a call into the compact format; its path, None when nothing was recorded.

    Raises AudioError when that fails: the WAV then stays, and `recover` tries again.
    """
    whole = folder / f"{checked(call_id)}{_UNFINISHED}"
    return _encode(whole, settings) if whole.exists() else None


def discard(folder: Path, call_id: str) -> bool:
    """Deletes the recording of a call, finished or not; False when there was none.

    An encoding under way in this process deletes its own result. Raises AudioError when a file cannot be deleted.
    """
    whole, there = folder / f"{checked(call_id)}{_UNFINISHED}", []
    with placing(folder):
        _discarded.add(whole)
        for path in _files(whole):
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise AudioError(f"{path}: cannot be deleted: {error.strerror}") from error
            there.append(path)
    if there:
        sync_folder(folder)
    return bool(there)


def size_of(folder: Path, call_id: str) -> int:
    """Bytes of all that `discard` would delete."""
    files = _files(folder / f"{checked(call_id)}{_UNFINISHED}")
    return sum(path.stat().st_size for path in files if path.exists())


def _files(whole: Path) -> list[Path]:
    """All that may be there of a recording, finished or not. The peaks last: whoever makes them just now looks
    afterwards whether the recording is still there.
    """
    parts = (whole.with_suffix(suffix) for suffix in (*SUFFIXES.values(), PART, INCOMING, MUTING, PEAKS))
    return [whole, *(whole.parent / MUTED).glob(f"{escape(whole.stem)}.*"), *parts]


def recover(
    folder: Path,
    settings: RecordingSettings,
    consents: Callable[[str], bool],
    deleted: Callable[[str], None] = lambda call_id: None,
) -> list[Path]:
    """Finishes the recordings that a killed process left; the paths of those with audio. What another process records,
    or finishes, just now is that one's.

    `consents`: whether the recording of a call id may be kept; otherwise it is deleted, and `deleted` told. Raises one
    AudioError for all that cannot be finished or deleted, after all others are done.
    """
    wavs = sorted(folder.glob(f"*{_UNFINISHED}"))
    others = {wav for wav in wavs if _is_held(wav)}
    for part in chain(folder.glob(f"*{PART}"), folder.rglob(f"*{MUTING}")):
        with contextlib.suppress(OSError):
            if part.with_suffix(_UNFINISHED) not in others:
                part.unlink()
    finished, faults = [], []
    for left in wavs:
        if left in others:
            continue
        try:
            if not consents(left.stem):
                if discard(folder, left.stem):
                    deleted(left.stem)
            elif (done := _encode(left, settings)) is not None:
                finished.append(done)
        except AudioError as error:
            faults.append(str(error))
    if faults:
        raise AudioError("; ".join(faults))
    return finished


def recording_of(folder: Path, call_id: str) -> Path | None:
    """The finished recording of a call. Raises AudioError for an id that is no file name."""
    name = checked(call_id)
    return next((path for suffix in SUFFIXES.values() if (path := folder / f"{name}{suffix}").is_file()), None)


def is_unfinished(folder: Path, call_id: str) -> bool:
    return (folder / f"{checked(call_id)}{_UNFINISHED}").exists()


def ids_of(folder: Path) -> list[str]:
    """Ids of the calls with a file in the folder, finished or not, or a copy without what is private."""
    known = (_UNFINISHED, PART, INCOMING, MUTING, PEAKS, *SUFFIXES.values())
    copies = {path.name.split(".")[0] for path in (folder / MUTED).glob("*.*")}
    return sorted(copies | {path.stem for path in folder.glob("*") if path.suffix in known})


def _is_held(wav: Path) -> bool:
    """By whoever records or finishes it; of a process that died nothing is."""
    with contextlib.suppress(OSError), held(wav) as is_ours:
        return not is_ours
    return False


def _encode(whole: Path, settings: RecordingSettings) -> Path | None:
    """Replaces the WAV by the compact file; the WAV is deleted only after the other is synced to disk."""
    if whole in _being_written:
        raise AudioError(f"{whole}: still being written: the disk is slow")
    done = whole.with_suffix(SUFFIXES[settings.format])
    part = whole.with_suffix(PART)
    try:
        with held(whole) as is_ours:
            if not is_ours:
                raise AudioError(f"{whole}: another process is at it")
            with read_pcm(whole) as (channels, blocks):
                first = next(blocks, None)
                if first is not None:
                    _write_part(part, settings.format, channels, first, blocks)
            with placing(whole.parent):
                if whole in _discarded:
                    part.unlink(missing_ok=True)
                    return None
                if first is not None:
                    part.replace(done)
                    sync_folder(done.parent)
                whole.unlink()
    except (
        OSError,
        soundfile.SoundFileError,
        AssertionError,
    ) as error:  # soundfile reports a short write by an assertion
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if whole in _discarded:  # discarded while it was encoded
            return None
        reason = f"the disk is full ({error})" if _is_full(whole) else str(error)
        raise AudioError(f"{whole}: cannot be finished as {settings.format}: {reason}") from error
    return done if first is not None else None


def _is_full(whole: Path) -> bool:
    """Guessed from the free space: the errors of libsndfile do not tell a full disk from others."""
    try:
        return shutil.disk_usage(whole.parent).free < whole.stat().st_size
    except OSError:
        return False


def _write_part(part: Path, kind: Format, channels: int, first: Pcm, blocks: Iterator[Pcm]) -> None:
    encoding = Encoding(part, kind, channels)
    try:
        for block in chain((first,), blocks):
            encoding.write(block)
    except BaseException:
        with contextlib.suppress(OSError, soundfile.SoundFileError, AssertionError):
            encoding.abandon()
        raise
    encoding.close()


def _stopped(error: OSError) -> RecordingStopped:
    reason: Literal["disk_full", "failed"] = "disk_full" if error.errno in _FULL else "failed"
    return RecordingStopped(0, reason, error.strerror or str(error))


def checked(call_id: str) -> str:
    if not call_id or len(call_id) > 80 or any(sign in call_id for sign in "/\\.:\0"):
        raise AudioError(f"{call_id!r} is no call id: it must be a plain file name")
    return call_id
