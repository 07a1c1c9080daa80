"""The sound of this desk's calls on its way to the centre, only while somebody listens there."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from functools import partial

from pipeline.desk.link import Link
from pipeline.desk_protocol.messages import Listen, Sound
from pipeline.desk_protocol.sound import encoded
from pipeline.errors import CallcoachError
from pipeline.events.actor import Actor
from pipeline.ports import SoundPiece
from pipeline.session.sessions import Sessions

log = logging.getLogger(__name__)

WAITING = 5  # pieces, a second: what is older than that is not worth sending
_Key = tuple[str, str, Actor]


class LiveSound:
    """A thread from `start` to `close`. A line that is lost ends it: the centre asks again when it is back."""

    def __init__(self, link: Link, sessions: Sessions) -> None:
        self._link = link
        self._sessions = sessions
        self._waiting: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._listeners: dict[_Key, Callable[[], None]] = {}
        self._thread = threading.Thread(target=self._run, name="live sound to the centre", daemon=True)
        link.on(Listen, lambda said, body: self._waiting.put(partial(self._told, said)))
        link.when_lost(lambda: self._waiting.put(self._leave_all))

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (next_one := self._waiting.get()) is not None:
            try:
                next_one()
            except Exception:  # who leaves afterwards must be taken from the agent's page all the same
                log.exception("live sound")
        self._leave_all()

    def _told(self, said: Listen) -> None:
        key = (said.call_id, said.by, said.actor)
        if not said.is_on:
            self._leave(key)
            return
        tap = self._sessions.tap(said.call_id)
        if tap is None or key in self._listeners:
            return
        try:
            self._listeners[key] = tap.listen(said.by, said.actor, partial(self._hear, key))
        except CallcoachError as error:
            log.warning("nobody listens to call %s: %s", said.call_id, error)

    def _hear(self, key: _Key, piece: SoundPiece | None) -> None:
        """In the thread of the call."""
        if piece is None:
            self._waiting.put(partial(self._leave, key))
        elif self._waiting.qsize() < WAITING:
            self._waiting.put(partial(self._send, key, piece))

    def _send(self, key: _Key, piece: SoundPiece) -> None:
        """Once, however many listen."""
        call_id = key[0]
        if key == next((one for one in self._listeners if one[0] == call_id), None):
            self._link.say(Sound(call_id, piece.start_ms, round(piece.taken_s * 1000)), encoded(piece.pcm))

    def _leave(self, key: _Key) -> None:
        leave = self._listeners.pop(key, None)
        if leave is not None:
            leave()

    def _leave_all(self) -> None:
        for key in list(self._listeners):
            self._leave(key)
