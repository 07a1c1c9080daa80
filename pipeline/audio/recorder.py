"""The recording of a call, with consent only: streamed to disk while the call runs, compact and seekable afterwards.

While the call runs it is a WAV whose header is right at every moment, so that whatever is left after a kill can be
played. At the end it is encoded once into the compact format. Writing has a thread of its own: a slow disk must never
hold up the silence clock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile

from pipeline.errors import AudioError, SettingsError
from pipeline.events import CallFacts, Channel, FactsNoted, Note, RecordingStarted, RecordingStopped
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Slice, Source

_ORDER = (Channel.AGENT, Channel.CUSTOMER, Channel.MIXED)  # agent left
_WAITING = 30_000 // SLICE_MS  # slices kept for a disk that is slow: half a minute
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FRAMES = 1 << 16  # encoded at once
_ENCODINGS = {"flac": ("FLAC", "PCM_16"), "opus": ("OGG", "OPUS"), "mp3": ("MP3", "MPEG_LAYER_III")}
_SUFFIXES = {"flac": ".flac", "opus": ".opus", "mp3": ".mp3"}
_UNFINISHED, _PART = ".wav", ".part"


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """How a call is recorded. Whether it is, says the call's fact `recording_consent` alone."""

    format: Literal["flac", "opus", "mp3"] = "flac"  # lossless: scoring it again changes nothing
    sync_every_ms: int = 500  # of audio that a power cut may cost at most

    def __post_init__(self) -> None:
        if not SLICE_MS <= self.sync_every_ms <= 1_000:
            raise SettingsError(f"recording.sync_every_ms is {self.sync_every_ms}; it must be {SLICE_MS} to 1000")


class Recorded:
    """A source that is recorded from the moment its facts say so; its slices pass through as they are.

    The file lies on call time: what came before the consent is silence in it. Consent taken back deletes the file.
    """

    def __init__(self, source: Source, folder: Path, call_id: str, settings: RecordingSettings) -> None:
        self._source = source
        self._path = folder / f"{_checked(call_id)}{_UNFINISHED}"
        self._settings = settings
        self._order = [channel for channel in _ORDER if channel in source.channels]
        self._writer: _Writer | None = None
        self._consents = source.facts.recording_consent is True

    @property
    def channels(self) -> tuple[Channel, ...]:
        return self._source.channels

    @property
    def facts(self) -> CallFacts:
        return self._source.facts

    @property
    def can_wait(self) -> bool:
        return self._source.can_wait

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._source:
            told = self._consent(piece)
            if self._writer is not None:
                self._writer.put(np.stack([piece.pcm[channel] for channel in self._order], axis=1).tobytes())
                if (stopped := self._writer.stopped) is not None:
                    told = [*told, stopped]
                    self._writer.close()
                    self._writer = None
            yield replace(piece, notes=(*piece.notes, *told)) if told else piece

    def close(self) -> None:
        """Writes what is waiting. Idempotent."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _consent(self, piece: Slice) -> list[Note]:
        """Begins or withdraws the recording where this slice's notes, or the facts before the call, say so."""
        began = piece.start_ms == 0 and self._consents
        for note in piece.notes:
            if isinstance(note, FactsNoted) and (note.facts.recording_consent is True) is not self._consents:
                self._consents = not self._consents
                began = self._consents
                if not self._consents:
                    return self._withdraw()
        if not began:
            return []
        try:
            self._writer = _Writer(self._path, len(self._order), piece.start_ms, self._settings)
        except OSError as error:
            return [_stopped(error)]
        return [RecordingStarted(0)]

    def _withdraw(self) -> list[Note]:
        was_recording = self._path.exists()
        self.close()
        self._path.unlink(missing_ok=True)
        return [RecordingStopped(0, "withdrawn")] if was_recording else []


class _Writer:
    """A WAV on disk, written by its own thread. `stopped` says why it no longer writes."""

    def __init__(self, path: Path, channels: int, silent_ms: int, settings: RecordingSettings) -> None:
        self.stopped: RecordingStopped | None = None
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._per_sync = settings.sync_every_ms // SLICE_MS
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._wave: wave.Wave_write = wave.open(self._file, "wb")  # noqa: SIM115 - lives as long as the call
        self._wave.setparams((channels, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
        self._silence = b"\0" * (2 * channels * SLICE_SAMPLES)
        self._silent = silent_ms // SLICE_MS
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def put(self, samples: bytes) -> None:
        if self.stopped is None:
            try:
                self._waiting.put_nowait(samples)
            except queue.Full:
                self.stopped = RecordingStopped(0, "failed", "the disk is too slow")

    def close(self) -> None:
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=1.0)
        self._thread.join(5.0)

    def _run(self) -> None:
        try:
            for _ in range(self._silent):
                self._wave.writeframesraw(self._silence)
            self._sync()
            while (samples := self._waiting.get()) is not None:
                parts = [samples]
                while len(parts) < self._per_sync and (more := self._waiting.get()) is not None:
                    parts.append(more)
                self._wave.writeframesraw(b"".join(parts))
                self._sync()
                if len(parts) < self._per_sync:
                    break
        except OSError as error:
            self.stopped = _stopped(error)
        finally:
            with contextlib.suppress(OSError):
                self._wave.close()
            with contextlib.suppress(OSError):
                self._file.close()

    def _sync(self) -> None:
        """Audio first, then the header that counts it: a power cut between the two costs the last piece only."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._wave.writeframes(b"")  # puts the header right
        self._file.flush()
        os.fsync(self._file.fileno())


def finish(folder: Path, call_id: str, settings: RecordingSettings) -> Path | None:
    """Encodes what was recorded into the compact format; None when nothing was.

    Raises AudioError when that fails: the WAV then stays, and `recover` tries again.
    """
    whole = folder / f"{_checked(call_id)}{_UNFINISHED}"
    return _encode(whole, settings) if whole.exists() else None


def recover(folder: Path, settings: RecordingSettings) -> list[Path]:
    """Finishes the recordings that a killed process left. Raises AudioError for the first that cannot be."""
    for part in folder.glob(f"*{_PART}"):
        part.unlink()
    finished = (_encode(left, settings) for left in sorted(folder.glob(f"*{_UNFINISHED}")))
    return [path for path in finished if path is not None]


def recording_of(folder: Path, call_id: str) -> Path | None:
    """The finished recording of a call. Raises AudioError for an id that is no file name."""
    name = _checked(call_id)
    return next((path for suffix in _SUFFIXES.values() if (path := folder / f"{name}{suffix}").is_file()), None)


def _encode(whole: Path, settings: RecordingSettings) -> Path | None:
    done = whole.with_suffix(_SUFFIXES[settings.format])
    part = whole.with_suffix(_PART)
    container, coding = _ENCODINGS[settings.format]
    try:
        with _pcm(whole) as (channels, blocks):
            first = next(blocks, None)
            if first is None:
                whole.unlink()
                return None
            with soundfile.SoundFile(part, "w", SAMPLE_RATE_HZ, channels, coding, format=container) as out:
                out.write(first)
                for block in blocks:
                    out.write(block)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(done)
        whole.unlink()
    except (OSError, soundfile.SoundFileError) as error:
        part.unlink(missing_ok=True)
        raise AudioError(f"{whole}: cannot be finished as {settings.format}: {error}") from error
    return done


@contextlib.contextmanager
def _pcm(whole: Path) -> Iterator[tuple[int, Iterator[np.ndarray]]]:
    """The samples of our own WAV as far as they are there, whatever its header promises."""
    with whole.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        channels = int.from_bytes(head[22:24], "little") if len(head) == _HEAD_BYTES else 1
        channels = channels if channels in (1, 2) else 1

        def blocks() -> Iterator[np.ndarray]:
            while samples := file.read(2 * channels * _FRAMES):
                whole_frames = len(samples) // (2 * channels)
                if whole_frames:
                    yield np.frombuffer(samples, "<i2", whole_frames * channels).reshape(-1, channels)

        yield channels, blocks()


_HEAD_BYTES = 44  # what the `wave` module writes before the samples


def _stopped(error: OSError) -> RecordingStopped:
    reason: Literal["disk_full", "failed"] = "disk_full" if error.errno in _FULL else "failed"
    return RecordingStopped(0, reason, error.strerror or str(error))


def _checked(call_id: str) -> str:
    if not call_id or any(sign in call_id for sign in "/\\.\0"):
        raise AudioError(f"{call_id!r} is no call id: it must be a plain file name")
    return call_id
