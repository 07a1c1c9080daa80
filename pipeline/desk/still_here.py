"""What is still here of ended calls is told on each connection: what the centre has lost meanwhile it gets again."""

from __future__ import annotations

import logging
import threading
from functools import partial

from pipeline.desk.delivery import RecordDelivery
from pipeline.desk.link import Link, LinkLost
from pipeline.desk.pace import Pace
from pipeline.desk.uploads import Sound
from pipeline.desk_protocol.kinds import UP, minor_of, type_of
from pipeline.desk_protocol.lost import NotHere, Running
from pipeline.desk_protocol.messages import CallHere, Missing, StillHere
from pipeline.errors import StoreError
from pipeline.store.deliveries import SqlDeliveries

log = logging.getLogger(__name__)

AT_ONCE = 100  # calls of one message
AGAIN_S = 10.0
CLOSING_S = 1.0


class Inventory:
    """A thread from `start` to `close`."""

    def __init__(self, link: Link, sound: Sound, kept: SqlDeliveries, delivery: RecordDelivery) -> None:
        self._link = link
        self._sound = sound
        self._kept = kept
        self._delivery = delivery
        self._news = threading.Condition()
        self._tried_on = 0
        self._told_on = 0  # number of the connection on which all of it was told
        self._running: list[str] = []  # at the centre, which has asked about them
        self._closing = False
        self._pace = Pace(StillHere)
        self._thread = threading.Thread(target=self._run, name="what is still here, to the centre", daemon=True)
        link.when_open(lambda welcome: self._wake())
        link.when_lost(self._wake)
        link.on(Running, self._asked)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(CLOSING_S)

    @property
    def is_told(self) -> bool:
        """Whether the centre has said, on this connection, what it has lost: what it has not lost may go from here."""
        return self._link.connection != 0 and self._told_on == self._link.connection

    @property
    def _is_new(self) -> bool:
        """Another connection than the one on which it was tried last."""
        return self._link.connection not in (0, self._tried_on)

    def _asked(self, said: Running, body: bytes) -> None:
        with self._news:
            self._running = list(said.calls)
            self._news.notify_all()

    def _wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def _run(self) -> None:
        while not self._closing:
            with self._news:
                self._news.wait_for(lambda: self._closing or self._running or self._is_new)
                must_tell, self._tried_on = self._is_new, self._link.connection
                running, self._running = self._running, []
            try:
                if lost := tuple(call_id for call_id in running if not self._delivery.has(call_id)):
                    self._link.say(NotHere(lost))
                if not self._closing and must_tell:
                    self._tell(self._tried_on)
            except (LinkLost, StoreError) as error:
                if isinstance(error, StoreError):
                    log.warning("what is still here is not told to the centre just now: %s", error)
                with self._news:
                    self._news.wait_for(lambda: self._closing or self._link.connection != self._tried_on, AGAIN_S)
                    self._tried_on = 0

    def _tell(self, connection: int) -> None:
        """Raises LinkLost, StoreError."""
        welcome = self._link.welcome
        is_asked = welcome is not None and minor_of(welcome.version) >= UP[type_of(StillHere)].since
        left = self._kept.still_here() if is_asked else []  # a centre of before 1.1 has lost nothing that it could say
        for begin in range(0, len(left), AT_ONCE):
            self._pace.wait()
            some = left[begin : begin + AT_ONCE]
            calls = tuple(CallHere(id, last, end, self._sound.find(id) is not None) for id, last, end in some)
            answer = self._link.ask(partial(_still_here, calls))
            if self._closing or not isinstance(answer, Missing):
                return
            self._bring(answer)
        self._told_on = connection

    def _bring(self, missing: Missing) -> None:
        for call_id, seq in missing.records.items():
            self._delivery.bring_again(call_id, seq)
        for call_id in (*missing.sound, *missing.held):  # the centre says of each then whether it wants it
            self._kept.ask_about_sound(call_id)
        for call_id in missing.over:
            self._delivery.give_up(call_id, "over", "it has ended there with other records than here")


def _still_here(calls: tuple[CallHere, ...], id: str) -> StillHere:
    return StillHere(id, calls)
