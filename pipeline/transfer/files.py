"""Files that are copied with their SHA-256, for whoever will look whether they are still the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from pipeline.private import private_file

AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Sum:
    """What tells that a file is still the same."""

    bytes: int
    sha256: str


class Into(Protocol):
    """What is written into: a file, or nothing but a sum."""

    def write(self, piece: bytes, /) -> object: ...


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(AT_ONCE):
        yield piece


def summed(file: IO[bytes], into: Into | None = None) -> Sum:
    """Reads `file` to its end, and copies it `into` something."""
    digest, count = hashlib.sha256(), 0
    for piece in pieces(file):
        digest.update(piece)
        count += len(piece)
        if into is not None:
            into.write(piece)
    return Sum(count, digest.hexdigest())


def copied(source: Path, target: Path) -> Sum:
    """A copy that is its owner's alone and outlasts a power cut. Raises OSError."""
    with source.open("rb") as read:
        private_file(target)
        with target.open("r+b") as written:
            found = summed(read, written)
            written.flush()
            os.fsync(written.fileno())
    return found


def summed_file(path: Path) -> Sum:
    """Raises OSError."""
    with path.open("rb") as file:
        return summed(file)


def synced(path: Path) -> None:
    """What somebody has written into it outlasts a power cut. Raises OSError."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
