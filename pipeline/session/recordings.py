"""The recordings of a folder: made while a call runs, finished behind it, found, and deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pipeline.audio.recording.muting import mute_for_good, muted_copy
from pipeline.audio.recording.peaks import peaks_of
from pipeline.audio.recording.recorder import (
    Recorded,
    RecordingSettings,
    checked,
    discard,
    finish,
    ids_of,
    is_unfinished,
    recording_of,
    recover,
    size_of,
)
from pipeline.errors import AudioError
from pipeline.events.actor import Actor
from pipeline.ports import Peaks, Source


class FolderRecordings:
    """Recordings as files of one folder, which need not be there yet. From any thread. `say` is for the terminal."""

    def __init__(
        self,
        folder: Path,
        settings: RecordingSettings | None = None,
        say: Callable[[str], None] = lambda line: None,
        deleted: Callable[[str, Actor], None] = lambda call_id, actor: None,
    ) -> None:
        """`deleted`: told by the call's id whenever a recording was deleted, and who took the consent back."""
        self.folder = folder
        self._settings = settings or RecordingSettings()
        self._say = say
        self._deleted = deleted
        self._lock = threading.Lock()
        self._peaking = threading.Lock()  # one at a time is made: it takes a decoder
        self._finishing: list[threading.Thread] = []

    def find(self, call_id: str) -> Path | None:
        return recording_of(self.folder, call_id)

    def is_unfinished(self, call_id: str) -> bool:
        """It is being made, or finished."""
        return is_unfinished(self.folder, call_id)

    def discard(self, call_id: str, actor: Actor = None) -> bool:
        was_there = self.remove(call_id)
        if was_there:
            self._deleted(call_id, actor)
        return was_there

    def peaks(self, call_id: str) -> Peaks | None:
        with self._peaking:
            return peaks_of(self.folder, call_id)

    def remove(self, call_id: str) -> bool:
        return _may_have_one(call_id) and discard(self.folder, call_id)

    def size(self, call_id: str) -> int:
        """Bytes of all that is kept of it, finished or not, and of what is drawn of it; 0 where there is none."""
        return size_of(self.folder, call_id) if _may_have_one(call_id) else 0

    def ids(self) -> list[str]:
        return ids_of(self.folder)

    def muted(self, call_id: str, spans_ms: Sequence[tuple[int, int]]) -> Path | None:
        recording = self.find(call_id)
        return muted_copy(recording, spans_ms) if recording is not None else None

    def mute(self, call_id: str, spans_ms: Sequence[tuple[int, int]]) -> bool:
        if not _may_have_one(call_id):
            return False
        recording = self.find(call_id)
        if recording is None:
            if is_unfinished(self.folder, call_id):
                raise AudioError(f"the recording of call {call_id} is not finished yet")
            return False
        return mute_for_good(recording, spans_ms)

    def record(self, source: Source, call_id: str, *, may_record: bool = True) -> Recorded:
        """The same source, recorded as soon as its facts say so. Raises AudioError for an id that is no file name.

        `may_record`: false where the team records no call, whatever the facts say.
        """
        deleted = partial(self._deleted, call_id)
        return Recorded(source, self.folder, call_id, self._settings, may_record=may_record, deleted=deleted)

    def finish(self, call_id: str, *, consents: bool) -> None:
        """In the background: the next call may begin meanwhile. Without consent what there is is deleted."""
        thread = threading.Thread(target=self._finish, args=(call_id, consents), name=f"finish-{call_id}")
        thread.start()
        with self._lock:
            self._finishing = [*[other for other in self._finishing if other.is_alive()], thread]

    def wait(self) -> None:
        """Until everything is finished that was begun."""
        with self._lock:
            finishing = list(self._finishing)
        for thread in finishing:
            thread.join()

    def recover(self, consents: Callable[[str], bool]) -> None:
        """At the start of a process: what was cut off when the last one stopped is finished, or deleted, and said.

        `consents` says by the id of a call whether its recording may be kept.
        """
        try:
            for path in recover(self.folder, self._settings, consents, lambda call_id: self._deleted(call_id, None)):
                self._say(f"recording {path.name} was cut off when callcoach stopped: finished with what there is")
        except AudioError as error:
            self._say(f"a recording that was cut off stays as it is: {error}")

    def _finish(self, call_id: str, consents: bool) -> None:
        try:
            if consents:
                if finish(self.folder, call_id, self._settings) is not None:
                    self.peaks(call_id)
            else:
                self.discard(call_id)
        except AudioError as error:
            self._say(f"the recording of call {call_id} stays as it is: {error}")


def _may_have_one(call_id: str) -> bool:
    """An id of before may be no file name: such a call can all the same be deleted."""
    try:
        checked(call_id)
    except AudioError:
        return False
    return True
