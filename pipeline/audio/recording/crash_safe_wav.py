"""A crash-safe WAV, for a recording while its call runs: its header is valid at every moment."""

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
_NO_PROMISE = 0xFFFFFFFF  # as length in a header: to the end of the file
_FRAMES = 1 << 16  # per read


class GrowingWav:
    """A growing WAV of int16 at 16 kHz. Its header counts only audio that is synced to disk. Used by one thread.

    It begins with `silent_ms` of silence. All methods raise OSError when the disk fails.
    """

    def __init__(self, path: Path, channels: int, silent_ms: int) -> None:
        private_folder(path.parent)
        private_file(path)
        self.unsynced = 0  # bytes of audio written and not counted by the header yet
        self._channels = channels
        self._length = 0  # bytes of audio that the header counts
        self._file = FileIO(path, "wb")
        self._counts_links = self._links() > 0  # 0 on some network file systems, which do not count links
        try:
            self._put(header(channels, 0))
            self.unsynced = silent_ms * SAMPLE_RATE_HZ // 1_000 * 2 * channels
            self._file.truncate(_HEADER.size + self.unsynced)  # a sparse file: zeros that need no writing
            self.sync()
            sync_folder(path.parent)
        except OSError:
            self.close(is_whole=False)
            raise

    def write(self, samples: bytes) -> None:
        """Appends interleaved little-endian int16 samples."""
        self._put(samples)
        self.unsynced += len(samples)

    def sync(self) -> None:
        """Syncs the audio, then the header that counts it, so that no power cut leaves a wrong header.

        Also raises OSError when the file was deleted by somebody: writing to it would succeed unnoticed.
        """
        os.fsync(self._file.fileno())
        if self._counts_links and not self._links():
            raise OSError(errno.ENOENT, "its file was deleted while the call ran")
        self._length, self.unsynced = self._length + self.unsynced, 0
        self._file.seek(0)
        self._put(header(self._channels, self._length))
        self._file.seek(0, os.SEEK_END)
        os.fsync(self._file.fileno())

    def close(self, *, is_whole: bool) -> None:
        """`is_whole`: sync first. Otherwise an error has been reported already, and the file is only closed."""
        try:
            if is_whole:
                self.sync()
        finally:
            with contextlib.suppress(OSError):
                self._file.close()

    def _links(self) -> int:
        return os.fstat(self._file.fileno()).st_nlink

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:  # an unbuffered write may be partial; a full disk then refuses the rest
            rest = rest[self._file.write(rest) :]


@contextlib.contextmanager
def read_pcm(whole: Path) -> Iterator[tuple[int, Iterator[Pcm]]]:
    """Channels, and blocks of shape (n, channels), of a GrowingWav, to the end of the file whatever its header says.

    Raises OSError for a WAV that is not ours.
    """
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
    """The 44 bytes of the header for `length` bytes of audio; from 4 GiB on the length is left open."""
    frame = 2 * channels
    riff, data = (36 + length, length) if 36 + length < _NO_PROMISE else (_NO_PROMISE, _NO_PROMISE)
    coding = (16, 1, channels, SAMPLE_RATE_HZ, frame * SAMPLE_RATE_HZ, frame, 16)  # format 1 is PCM
    return _HEADER.pack(b"RIFF", riff, b"WAVE", b"fmt ", *coding, b"data", data)


def sync_folder(folder: Path) -> None:
    """Makes created, renamed and deleted names survive a power cut; does nothing on Windows."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
