"""Finished recordings on their way to the centre: one at a time, in pieces, each asked for by what is there already."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pipeline.desk.asking import Asking
from pipeline.desk.link import Link
from pipeline.desk.pace import Pace
from pipeline.desk_protocol.kinds import PIECE_BYTES
from pipeline.desk_protocol.messages import Piece, Recording, RecordingFrom, RecordingKept, RecordingRefused, Welcome
from pipeline.errors import AudioError, StoreError
from pipeline.store.deliveries import RECORDING_REFUSED, SqlDeliveries

log = logging.getLogger(__name__)

LOOK_S = 2.0
ANSWER_S = 20.0  # without an answer it is told again
AGAIN_S = 30.0  # until one that failed is tried again
SMALL_BYTES = 16 * 1024  # of a piece while somebody speaks: on a thin line words must not wait behind it
_AT_ONCE = 1 << 20

Answer = RecordingFrom | RecordingKept | RecordingRefused


class Sound(Protocol):
    """The recordings of this desk, as of session.recordings.FolderRecordings."""

    def find(self, call_id: str) -> Path | None: ...

    def is_unfinished(self, call_id: str) -> bool: ...

    def discard(self, call_id: str) -> bool: ...


class Uploads:
    """A thread from `start` to `close`."""

    def __init__(
        self,
        link: Link,
        sound: Sound,
        kept: SqlDeliveries,
        is_calling: Callable[[], bool],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_calling`: whether a call runs here now. `say` is for the terminal."""
        self._link = link
        self._sound = sound
        self._kept = kept
        self._is_calling = is_calling
        self._say = say
        self._clock = clock
        self._news = threading.Condition()
        self._later: dict[str, float] = {}  # calls whose recording is not tried before this time
        self._paces = {kind: Pace(kind) for kind in (Recording, Piece)}
        self._closing = False
        self.waiting = 0  # recordings that the centre has not
        self._thread = threading.Thread(target=self._run, name="recordings to the centre", daemon=True)
        kinds = (RecordingFrom, RecordingKept, RecordingRefused)
        self._asking = Asking[Answer](link, kinds, self._news, lambda: self._closing, ANSWER_S)
        link.when_open(self._opened)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(LOOK_S)

    # --- the link's thread ---------------------------------------------------------------------------------------

    def _opened(self, welcome: Welcome) -> None:
        self._later = {}
        self._asking.wake()

    # --- its own thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            try:
                self._round()
            except (StoreError, AudioError, OSError) as error:
                log.warning("recordings cannot be sent just now: %s", error)
            with self._news:
                self._news.wait_for(lambda: self._closing, LOOK_S)

    def _round(self) -> None:
        left = self._kept.without_sound()
        waiting = 0
        for call_id in left:
            path = self._sound.find(call_id)
            if path is None:
                if not self._sound.is_unfinished(call_id) and self._kept.is_settled(call_id):
                    self._kept.keep_sound(call_id)  # it has none
                continue
            waiting += 1
            if self._may_try(call_id) and self._kept.is_settled(call_id) and not self._send(call_id, path):
                self._later[call_id] = self._clock() + AGAIN_S
        self.waiting = waiting

    def _may_try(self, call_id: str) -> bool:
        return not self._closing and self._link.is_open and self._later.get(call_id, 0.0) <= self._clock()

    def _send(self, call_id: str, path: Path) -> bool:
        """Whether nothing is left to be done for it."""
        size, digest = _told(path)
        answer = self._ask(Recording(call_id, size, digest, path.suffix))  # type: ignore[arg-type]
        with path.open("rb") as file:
            while isinstance(answer, RecordingFrom):
                file.seek(answer.offset)
                piece = file.read(SMALL_BYTES if self._is_calling() else PIECE_BYTES)
                if not piece:
                    return False  # it was told as a longer one
                answer = self._ask(Piece(call_id, answer.offset), piece)
        if answer is None:
            return False
        if isinstance(answer, RecordingRefused):
            self._say(f"the recording of call {call_id} is not taken by the centre ({answer.because}): {answer.detail}")
            if answer.because not in ("held", "deleted"):  # it stays here, and is not tried again
                self._kept.refuse(call_id, f"{RECORDING_REFUSED}, {answer.because}: {answer.detail}")
                return True
            self._sound.discard(call_id)  # nobody may keep it, nor does this desk
        self._kept.keep_sound(call_id)
        return True

    def _ask(self, said: Recording | Piece, body: bytes = b"") -> Answer | None:
        """What the centre says to it; None where it says nothing."""
        self._paces[type(said)].wait()
        return self._asking.ask(said, body)


def _told(path: Path) -> tuple[int, str]:
    """Bytes, and SHA-256."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_AT_ONCE):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()
