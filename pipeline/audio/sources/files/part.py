"""An audio file before decoding: access to its bytes, and what the container says about each part of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

IMPOSSIBLE = 1 << 40  # bytes; a larger length in a header cannot be true


@dataclass(frozen=True, slots=True)
class Part:
    """One audio stream of a file as its container describes it; concatenated files have several parts.

    `promised`: bytes of audio by the header, None where it says nothing; `there`: bytes present. `cut`: what was cut
    off, `odd`: which length in the header cannot be true; both are sentences for the user, empty when all is well.
    """

    container: str  # its name, "" when unknown
    start: int = 0
    end: int | None = None  # where another part may begin; None: unknown, or the part lasts to the end of the file
    promised: int | None = None
    there: int = 0
    frames: int | None = None  # number of codec frames by the header (MP3)
    cut: str = ""
    odd: str = ""
    unended: str = ""  # which end marker is missing, though the audio seems complete
    patches: tuple[tuple[int, bytes], ...] = ()  # (position in the file, bytes): what the decoder must read instead
    is_sndfile: bool = False  # decoded by libsndfile instead of FFmpeg


class Bytes:
    """Random access to the bytes of a file; reading beyond its end gives fewer or none."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self.size = self._file.seek(0, io.SEEK_END)

    def __enter__(self) -> Bytes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def at(self, place: int, count: int) -> bytes:
        if place >= self.size:
            return b""
        self._file.seek(place)
        return self._file.read(count)

    def find(self, sought: bytes, place: int) -> int | None:
        """The first position at or after `place` of these bytes, None when there is none."""
        while block := self.at(place, 1 << 16):
            if (found := block.find(sought)) >= 0:
                return place + found
            if len(block) < 1 << 16:
                return None
            place += len(block) - len(sought) + 1
        return None


class Window(io.RawIOBase):
    """One part of a file as a file-like object without a name, so that a decoder cannot judge by it or reopen it."""

    def __init__(self, path: Path, part: Part) -> None:
        self._file = path.open("rb")
        self._start, self._patches = part.start, part.patches
        end = self._file.seek(0, io.SEEK_END)
        self._length = max(0, (end if part.end is None else min(end, part.end)) - part.start)
        self._place = 0
        self.failure: OSError | None = None  # checked after decoding: FFmpeg ignores read errors

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._length}[whence])
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        rest = max(0, self._length - self._place)
        count = rest if size is None or size < 0 else min(size, rest)
        if count == 0 or self.failure is not None:
            return b""
        try:
            self._file.seek(self._start + self._place)
            content = self._file.read(count)
        except OSError as error:
            self.failure = error
            return b""
        for where, what in self._patches:
            content = _patched(content, self._start + self._place, where, what)
        self._place += len(content)
        return content

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._file.close()
        super().close()


def _patched(content: bytes, place: int, where: int, what: bytes) -> bytes:
    begin, end = max(place, where), min(place + len(content), where + len(what))
    if begin >= end:
        return content
    return content[: begin - place] + what[begin - where : end - where] + content[end - place :]
