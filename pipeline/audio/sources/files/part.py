"""A recording file before anything is decoded: bytes by their place, and what one recording in it tells of itself."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

ABSURD = 1 << 40  # bytes; a length beyond is no promise of anybody


@dataclass(frozen=True, slots=True)
class Part:
    """One recording in a file as its container tells it; a file of joined recordings has several.

    `promised` of the bytes of audio, `there` of them: null where the container promises nothing. `cut` says what was
    cut through, `odd` which length in the header cannot be true; both are empty where all is well.
    """

    container: str  # "" when unknown
    start: int = 0
    end: int | None = None  # where another recording may begin; null: nobody knows, or it lasts to the end
    promised: int | None = None
    there: int = 0
    frames: int | None = None  # frames of a codec that are promised (MP3)
    cut: str = ""
    odd: str = ""
    unended: str = ""  # what should stand at the end and does not; the audio is whole as far as anybody can tell
    patches: tuple[tuple[int, bytes], ...] = ()  # what a decoder must read instead, from there on
    is_sndfile: bool = False  # libsndfile decodes it, not FFmpeg


class Bytes:
    """A file's bytes by place; beyond its end there are none."""

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
        """The first place at or after `place` where these bytes are."""
        while block := self.at(place, 1 << 16):
            if (found := block.find(sought)) >= 0:
                return place + found
            if len(block) < 1 << 16:
                return None
            place += len(block) - len(sought) + 1
        return None


class Window(io.RawIOBase):
    """One part of a file as a file of its own. It has no name: a decoder must not judge by one, nor open it itself."""

    def __init__(self, path: Path, part: Part) -> None:
        self._file = path.open("rb")
        self._start, self._patches = part.start, part.patches
        end = self._file.seek(0, io.SEEK_END)
        self._length = max(0, (end if part.end is None else min(end, part.end)) - part.start)
        self._place = 0
        self.failure: OSError | None = None  # kept: FFmpeg would print it and go on

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
