"""Recordings without what is private in them: a copy for those who may not hear it, or the recording itself."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio.recording.crash_safe_wav import sync_folder
from pipeline.audio.recording.encoding import SUFFIXES, Encoding
from pipeline.audio.recording.locks import placing
from pipeline.audio.recording.recorder import MUTED, MUTING, PEAKS
from pipeline.errors import AudioError
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.private import private_folder

_BLOCK = 10 * SAMPLE_RATE_HZ
_EDGE_MS = 100
_SILENT = 32  # of 32,768
_FAULTS = (OSError, soundfile.SoundFileError, AssertionError)
_KINDS = {suffix: kind for kind, suffix in SUFFIXES.items()}
_making = threading.Lock()  # who asks for ranges of one asks many times at once

Spans = Sequence[tuple[int, int]]  # from, to, in ms of the call; in order, none over another


def muted_copy(recording: Path, spans_ms: Spans) -> Path:
    """A file beside the recording, on all channels silent in the spans; without any the recording itself.

    Made once, and anew when the spans or the recording have become others. Raises AudioError.
    """
    if not spans_ms:
        return recording
    with _making:
        try:
            private_folder(recording.parent / MUTED)
            copy = recording.parent / MUTED / _name(recording, spans_ms)
            if not copy.is_file():
                former = list(copy.parent.glob(f"{escape(recording.stem)}.*"))
                _write(recording, copy, spans_ms)
                for other in former:
                    other.unlink(missing_ok=True)
            if not recording.is_file():  # discarded meanwhile, perhaps before the copy was there
                copy.unlink(missing_ok=True)
                raise FileNotFoundError(f"{recording} was deleted")
        except _FAULTS as error:
            raise AudioError(f"{recording}: cannot be copied without what is private in it: {error}") from error
    return copy


def mute_for_good(recording: Path, spans_ms: Spans) -> bool:
    """The recording is then silent in the spans on all channels, as long as before; asked again, nothing changes.

    False: it was deleted meanwhile, and stays so. Raises AudioError, and nothing has changed then.
    """
    with _making:
        try:
            if not is_muted(recording, spans_ms):
                _write(recording, recording, spans_ms)
                recording.with_suffix(PEAKS).unlink(missing_ok=True)  # of what was to be heard
                sync_folder(recording.parent)
            for copy in (recording.parent / MUTED).glob(f"{escape(recording.stem)}.*"):
                copy.unlink(missing_ok=True)
        except (*_FAULTS, AudioError) as error:
            if not recording.exists():
                return False
            raise AudioError(f"{recording}: what is private in it cannot be muted: {error}") from error
    return True


def is_muted(recording: Path, spans_ms: Spans) -> bool:
    """Whether nothing is heard in the spans any more, but for what a lossy format makes of their edges."""
    try:
        with soundfile.SoundFile(recording) as file:
            for from_ms, to_ms in spans_ms:
                first = min(file.frames, (from_ms + _EDGE_MS) * file.samplerate // 1000)
                file.seek(first)
                count = max(0, (to_ms - _EDGE_MS) * file.samplerate // 1000 - first)
                block = file.read(count, dtype="int16", always_2d=True)
                if block.size and int(np.abs(block.astype(np.int32)).max()) > _SILENT:
                    return False
    except _FAULTS as error:
        raise AudioError(f"{recording}: cannot be read: {error}") from error
    return True


def _name(recording: Path, spans_ms: Spans) -> str:
    state = recording.stat()
    told = repr((list(spans_ms), state.st_size, state.st_mtime_ns)).encode()
    return f"{recording.stem}.{hashlib.sha256(told).hexdigest()[:16]}{recording.suffix}"


def _write(recording: Path, target: Path, spans_ms: Spans) -> None:
    """Puts a file in the place of `target` once it is whole and on the disk; a reader keeps the one it has opened.

    Raises FileNotFoundError, and puts none, where what was read was deleted meanwhile, or another is in its place.
    """
    part = target.with_suffix(MUTING)
    read = _state(recording)  # before it is opened: what is put there in between counts as another
    with soundfile.SoundFile(recording) as file:
        encoding = Encoding(part, _KINDS[recording.suffix], file.channels)
        try:
            for block in _muted(file, spans_ms):
                encoding.write(block)
            encoding.close()
            with placing(recording.parent):
                if _state(recording) != read:
                    raise FileNotFoundError(f"{recording} is another one now")
                part.replace(target)
        except BaseException:
            with suppress(*_FAULTS):
                encoding.abandon()
            raise


def _state(file: Path) -> tuple[int, int, int]:
    """The number of a file alone may be given to another once it is deleted."""
    state = file.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def _muted(file: soundfile.SoundFile, spans_ms: Spans) -> Iterator[Pcm]:
    start = 0
    for block in file.blocks(_BLOCK, dtype="int16", always_2d=True):
        for from_ms, to_ms in spans_ms:
            first, end = from_ms * file.samplerate // 1000 - start, -(-to_ms * file.samplerate // 1000) - start
            if first < len(block) and end > 0:
                block[max(0, first) : end] = 0
        start += len(block)
        yield block
