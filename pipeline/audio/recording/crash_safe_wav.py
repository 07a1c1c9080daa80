"""A crash-safe WAV, for a recording while its call runs: its header is valid at every moment."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import threading
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

import numpy as np

from pipeline.audio.recording.locks import hold
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.private import private_file, private_folder

_HEADER = struct.Struct("<4sL4s4sLHHLLHH4sL")
_NO_PROMISE = 0xFFFFFFFF  # as length in a header: up to the end of the file
_FRAMES = 1 << 16  # read at once
_MOST_UNSYNCED_S = 30


class GrowingWav:
    """A growing WAV. Its header counts what is on the disk for certain; audio beyond that is kept by the system.

    For one thread. A thread of its own waits for the disk, so that a slow one keeps nothing from the system: what was
    written is left by a kill, and what was synced by a power cut. What the disk refused is told by `refused`, on that
    thread, and stays in `fault`.
    """

    def __init__(
        self, path: Path, channels: int, silent_ms: int, refused: Callable[[OSError], object] = lambda _: None
    ) -> None:
        """It begins with `silent_ms` of silence, and has its name only once it is a WAV. Raises OSError."""
        private_folder(path.parent)
        self._channels = channels
        self._written = silent_ms * SAMPLE_RATE_HZ // 1_000 * 2 * channels  # bytes of audio
        self._asked_for = self._synced = 0  # of these
        part = path.with_suffix(".part")
        private_file(part)
        with FileIO(part, "wb") as file:
            _put(file, header(channels, 0))
            file.truncate(_HEADER.size + self._written)  # zeros that take no time to write
        part.replace(path)  # closed before: Windows renames no open file
        self.fault: OSError | None = None
        self._refused = refused
        self._is_due, self._is_over = threading.Event(), False
        self._thread = threading.Thread(target=self._sync_when_due, name="recorder-sync", daemon=True)
        with contextlib.ExitStack() as stack:
            self._file = stack.enter_context(FileIO(path, "r+b"))  # for audio, and one for the header
            self._head = stack.enter_context(FileIO(path, "r+b"))
            hold(self._file.fileno())  # whoever finishes what is left of calls leaves it alone
            self._file.seek(0, os.SEEK_END)
            self._counts_links = self._links() > 0  # 0 on some network file systems, which do not count links
            self._sync()
            sync_folder(path.parent)
            self._thread.start()
            self._handles = stack.pop_all()

    @property
    def unsynced(self) -> int:
        """Bytes of audio since the last call of `sync`."""
        return self._written - self._asked_for

    def write(self, samples: bytes) -> None:
        if self._written - self._synced > _MOST_UNSYNCED_S * SAMPLE_RATE_HZ * 2 * self._channels:
            raise OSError(errno.ETIMEDOUT, "the disk is too slow")
        _put(self._file, samples)
        self._written += len(samples)

    def sync(self) -> None:
        """Asks that what was written be brought to the disk; does not wait for it."""
        self._asked_for = self._written
        self._is_due.set()

    def close(self, *, is_whole: bool) -> None:
        """Waits for the disk. Unless `is_whole`, something failed before, which is known: nothing more is done."""
        if is_whole:
            self._asked_for = self._written
        self._is_over = True
        self._is_due.set()
        self._thread.join()
        self._handles.close()
        if is_whole and self.fault is not None:
            raise self.fault

    def _sync_when_due(self) -> None:
        is_over = False
        while not is_over and self._is_due.wait():
            self._is_due.clear()
            is_over = self._is_over
            try:
                if self._asked_for > self._synced:
                    self._sync()
            except OSError as error:
                self.fault = error
                self._refused(error)
                return

    def _sync(self) -> None:
        """Audio first, then the header that counts it, so that a power cut between the two leaves no false header.

        Also raises OSError when the file was deleted by somebody: writing to it would succeed unnoticed.
        """
        written = self._written
        os.fsync(self._file.fileno())
        if self._counts_links and not self._links():
            raise OSError(errno.ENOENT, "its file was deleted while the call ran")
        self._head.seek(0)
        _put(self._head, header(self._channels, written))
        os.fsync(self._head.fileno())
        self._synced = written

    def _links(self) -> int:
        return os.fstat(self._file.fileno()).st_nlink


def _put(file: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:  # what fits is written before a full disk refuses
        rest = rest[file.write(rest) :]


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
