"""The WAV that a recording is while its call runs: its header is right at every moment, also after a power cut."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import numpy as np

from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.private import private_file, private_folder

_HEADER = struct.Struct("<4sL4s4sLHHLLHH4sL")
_NO_PROMISE = 0xFFFFFFFF  # as length in a header: up to the end of the file
_FRAMES = 1 << 16  # read at once


class GrowingWav:
    """A growing WAV. Its header counts what is on the disk for certain; audio beyond that is kept by the system."""

    def __init__(self, path: Path, channels: int, silent_ms: int) -> None:
        private_folder(path.parent)
        private_file(path)
        self.unsynced = 0  # bytes of audio
        self._channels = channels
        self._length = 0  # bytes of audio that the header counts
        self._file = FileIO(path, "wb")
        self._has_name = self._names() > 0  # some network file systems do not say
        try:
            self._put(header(channels, 0))
            self.unsynced = silent_ms * SAMPLE_RATE_HZ // 1_000 * 2 * channels
            self._file.truncate(_HEADER.size + self.unsynced)  # zeros that take no time to write
            self.sync()
            sync_folder(path.parent)
        except OSError:
            self.close(is_whole=False)
            raise

    def write(self, samples: bytes) -> None:
        self._put(samples)
        self.unsynced += len(samples)

    def sync(self) -> None:
        """Audio first, then the header that counts it, so that a power cut between the two leaves no false header.

        Raises OSError, also when the file was deleted underneath: the system would take its audio for ever.
        """
        os.fsync(self._file.fileno())
        if self._has_name and not self._names():
            raise OSError(errno.ENOENT, "its file was deleted while the call ran")
        self._length, self.unsynced = self._length + self.unsynced, 0
        self._file.seek(0)
        self._put(header(self._channels, self._length))
        self._file.seek(0, os.SEEK_END)
        os.fsync(self._file.fileno())

    def close(self, *, is_whole: bool) -> None:
        """Unless `is_whole`, something failed before, which is known: nothing more can be done."""
        try:
            if is_whole:
                self.sync()
        finally:
            with contextlib.suppress(OSError):
                self._file.close()

    def _names(self) -> int:
        return os.fstat(self._file.fileno()).st_nlink

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:  # what fits is written before a full disk refuses
            rest = rest[self._file.write(rest) :]


@contextlib.contextmanager
def read_pcm(whole: Path) -> Iterator[tuple[int, Iterator[Pcm]]]:
    """The samples of our own WAV as far as they are there, whatever its header promises."""
    with whole.open("rb") as file:
        head = file.read(_HEADER.size)
        channels = _HEADER.unpack(head)[6] if len(head) == _HEADER.size else 1
        if len(head) == _HEADER.size and not (channels in (1, 2) and header(channels, 0)[8:40] == head[8:40]):
            raise OSError(errno.EINVAL, "this WAV is not from callcoach")

        def blocks() -> Iterator[Pcm]:
            while samples := file.read(2 * channels * _FRAMES):
                frames = len(samples) // (2 * channels)
                if frames:
                    yield np.frombuffer(samples, "<i2", frames * channels).reshape(-1, channels)

        yield channels, blocks()


def header(channels: int, length: int) -> bytes:
    """The 44 bytes before `length` bytes of audio; beyond 4 GiB they promise nothing."""
    frame = 2 * channels
    riff, data = (36 + length, length) if 36 + length < _NO_PROMISE else (_NO_PROMISE, _NO_PROMISE)
    coding = (16, 1, channels, SAMPLE_RATE_HZ, frame * SAMPLE_RATE_HZ, frame, 16)  # of these the second says PCM
    return _HEADER.pack(b"RIFF", riff, b"WAVE", b"fmt ", *coding, b"data", data)


def sync_folder(folder: Path) -> None:
    """A name that was given or taken survives a power cut. Windows has no such thing."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
