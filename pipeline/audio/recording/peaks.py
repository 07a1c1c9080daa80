"""What is drawn of a recording: the lowest and highest sample of each 20 ms and channel, kept beside it.

Made once, when the recording is finished, or when it is first asked for: of hours nobody waits for a decoder twice.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio.recording.encoding import PART
from pipeline.audio.recording.recorder import PEAKS, recording_of
from pipeline.errors import AudioError
from pipeline.ports import SLICE_MS, Levels, Peaks
from pipeline.private import private_file

_HEAD = struct.Struct("<8sHHQQ")  # mark, channels, ms of a point, points, ms of the recording
_MARK = b"CCPEAKS1"
_POINTS_AT_ONCE = 3_000  # a minute


def peaks_of(folder: Path, call_id: str) -> Peaks | None:
    """None without a finished recording. Raises AudioError for one that cannot be read, and an id that is none."""
    recording = recording_of(folder, call_id)
    if recording is None:
        return None
    kept = recording.with_suffix(PEAKS)
    with suppress(OSError, ValueError):
        return _read(kept)
    made = _made(recording)
    with suppress(OSError):  # the next time they are made once more
        _write(kept, made)
    if recording_of(folder, call_id) is None:  # deleted meanwhile
        kept.unlink(missing_ok=True)
        return None
    return made


def _made(recording: Path) -> Peaks:
    low: list[Levels] = []
    high: list[Levels] = []
    try:
        with soundfile.SoundFile(recording) as file:
            each = file.samplerate * SLICE_MS // 1000
            for block in file.blocks(each * _POINTS_AT_ONCE, dtype="int16", always_2d=True):
                starts = np.arange(0, len(block), each)
                low.append((np.minimum.reduceat(block, starts) >> 8).astype(np.int8))
                high.append((np.maximum.reduceat(block, starts) >> 8).astype(np.int8))
            duration_ms, channels = file.frames * 1000 // file.samplerate, file.channels
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{recording}: cannot be read: {error}") from error
    none = np.zeros((0, channels), np.int8)
    return Peaks(SLICE_MS, 0, duration_ms, np.concatenate([none, *low]), np.concatenate([none, *high]))


def _write(kept: Path, peaks: Peaks) -> None:
    part = kept.with_suffix(PART)
    private_file(part)
    points, channels = peaks.low.shape
    head = _HEAD.pack(_MARK, channels, peaks.per_ms, points, peaks.duration_ms)
    part.write_bytes(head + peaks.low.tobytes() + peaks.high.tobytes())
    part.replace(kept)


def _read(kept: Path) -> Peaks:
    """Raises OSError and ValueError."""
    body = kept.read_bytes()
    if len(body) < _HEAD.size:
        raise ValueError("it has no head")
    mark, channels, per_ms, points, duration_ms = _HEAD.unpack_from(body)
    if mark != _MARK or len(body) != _HEAD.size + 2 * points * channels:
        raise ValueError("these are no peaks")
    low, high = np.frombuffer(body, np.int8, offset=_HEAD.size).reshape(2, points, channels)
    return Peaks(per_ms, 0, duration_ms, low, high)
