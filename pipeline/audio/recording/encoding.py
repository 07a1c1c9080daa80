"""A recording in its compact format, written block by block and read again before it counts."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal

import soundfile

from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.private import private_file

Format = Literal["flac", "opus"]
SUFFIXES: dict[Format, str] = {"flac": ".flac", "opus": ".opus"}
PART = ".part"  # of what is not whole yet
_ENCODINGS: dict[Format, tuple[str, str]] = {"flac": ("FLAC", "PCM_16"), "opus": ("OGG", "OPUS")}


class Encoding:
    """Writes one file. `write` and `close` raise OSError and soundfile's errors: an AssertionError is a short write."""

    def __init__(self, path: Path, kind: Format, channels: int) -> None:
        container, coding = _ENCODINGS[kind]
        self._path = path
        self._frames = 0
        private_file(path)  # created first with private permissions; libsndfile writes into it
        self._out = soundfile.SoundFile(path, "w", SAMPLE_RATE_HZ, channels, coding, format=container)

    def write(self, block: Pcm) -> None:
        """int16 of shape (n, channels) at 16 kHz."""
        self._out.write(block)
        self._frames += len(block)

    def close(self) -> None:
        """On the disk, and readable to its end."""
        self._out.close()
        with self._path.open("r+b") as written:
            os.fsync(written.fileno())
        if not _is_readable(self._path, self._frames):  # some encoders do not report a full disk
            raise OSError(errno.EIO, f"{self._frames:,} samples were encoded and cannot all be read again")

    def abandon(self) -> None:
        """Of what is not wanted any more: nothing is left."""
        try:
            self._out.close()
        finally:
            self._path.unlink(missing_ok=True)


def _is_readable(file: Path, frames: int) -> bool:
    """Whether the file can be read to its end, which shows that nothing was cut off."""
    last = min(frames, SAMPLE_RATE_HZ)
    try:
        with soundfile.SoundFile(file) as check:
            check.seek(frames - last)
            return bool(check.frames == frames and len(check.read(dtype="int16")) == last)
    except soundfile.SoundFileError:
        return False
