"""The recording of a call that is heard from a file: encoded while it is read, placed at its end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio.recording.crash_safe_wav import sync_folder
from pipeline.audio.recording.encoding import PART, SUFFIXES, Encoding
from pipeline.audio.recording.recorder import ORDER, RecordingSettings, checked
from pipeline.audio.sources.wrapped import Wrapped
from pipeline.errors import AudioError
from pipeline.events.record import Note
from pipeline.events.recording import RecordingStarted
from pipeline.ports import Slice, Source
from pipeline.private import private_folder

_FAULTS = (OSError, soundfile.SoundFileError, AssertionError)


class Whole(Wrapped):
    """A source that can wait, recorded as a live call is: agent left, on call time. Raises AudioError.

    To be read once to its end, then `place`; or `abandon`, which may follow anything.
    """

    def __init__(self, source: Source, folder: Path, call_id: str, settings: RecordingSettings) -> None:
        super().__init__(source)
        self._order = [channel for channel in ORDER if channel in source.channels]
        self._part = folder / f"{checked(call_id)}{PART}"
        self._done = self._part.with_suffix(SUFFIXES[settings.format])
        with self._told():
            private_folder(folder)
            self._encoding = Encoding(self._part, settings.format, len(self._order))

    def __iter__(self) -> Iterator[Slice]:
        notes: tuple[Note, ...] = (RecordingStarted(0),)
        for piece in self._source:
            with self._told():
                self._encoding.write(np.stack([piece.pcm[channel] for channel in self._order], axis=1))
            yield replace(piece, notes=(*piece.notes, *notes)) if notes else piece
            notes = ()

    def place(self) -> None:
        """From now on it is the recording of its call."""
        with self._told():
            self._encoding.close()
            self._part.replace(self._done)
            sync_folder(self._done.parent)

    def abandon(self) -> None:
        """Nothing of it is left."""
        with contextlib.suppress(*_FAULTS):
            self._encoding.abandon()
        with contextlib.suppress(OSError):
            self._done.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise AudioError(f"{self._part}: the recording cannot be kept: {error}") from error
