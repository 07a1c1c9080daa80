"""A finished recording that another machine sends in pieces: what has come stays, so that it goes on after any cut."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import soundfile

from pipeline.audio.recording.crash_safe_wav import sync_folder
from pipeline.audio.recording.recorder import INCOMING, checked, recording_of
from pipeline.errors import AudioError
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.private import private_file, private_folder

_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """The recording of a call, `size` bytes with this SHA-256. From one thread at a time; all raises AudioError."""

    folder: Path
    call_id: str
    size: int
    sha256: str
    suffix: str  # of the whole

    @property
    def _path(self) -> Path:
        return self.folder / f"{checked(self.call_id)}{INCOMING}"

    def is_whole(self) -> bool:
        """Whether it is in its place already, as it was sent."""
        placed = recording_of(self.folder, self.call_id)
        try:
            return placed is not None and placed.stat().st_size == self.size and _digest(placed) == self.sha256
        except OSError as error:
            raise AudioError(f"{placed}: cannot be read: {error.strerror}") from error

    def is_another_there(self) -> bool:
        return recording_of(self.folder, self.call_id) is not None

    def begin(self) -> int:
        """How many of its bytes are here."""
        try:
            private_folder(self.folder)
            private_file(self._path)
            have = self._path.stat().st_size
            if have > self.size:  # of another recording of this call
                os.truncate(self._path, 0)
                have = 0
        except OSError as error:
            raise AudioError(f"{self._path}: cannot be written: {error.strerror}") from error
        return have

    def take(self, offset: int, piece: bytes) -> int:
        """Adds what comes next; how many bytes are here then. A piece that does not follow changes nothing."""
        try:
            with self._path.open("r+b") as file:
                have = file.seek(0, os.SEEK_END)
                if offset != have or have + len(piece) > self.size:
                    return have
                return have + file.write(piece)
        except OSError as error:
            raise AudioError(f"{self._path}: cannot be written: {error.strerror}") from error

    def place(self) -> bool:
        """From now on it is the recording of its call. False where it is not what was told: then it begins anew."""
        try:
            if _digest(self._path) != self.sha256 or not _is_sound(self._path):
                os.truncate(self._path, 0)
                return False
            with self._path.open("r+b") as file:
                os.fsync(file.fileno())
            self._path.replace(self.folder / f"{self.call_id}{self.suffix}")
            sync_folder(self.folder)
        except OSError as error:
            raise AudioError(f"{self._path}: cannot be placed: {error.strerror}") from error
        return True


def _is_sound(path: Path) -> bool:
    try:
        return bool(soundfile.info(path).samplerate == SAMPLE_RATE_HZ)
    except soundfile.SoundFileError:
        return False


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_AT_ONCE):
            digest.update(block)
    return digest.hexdigest()
