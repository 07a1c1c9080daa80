"""What is still to be done for calls that have ended: kept what the store refused, ended and scored what was cut off.

All of it outside of the calls, in a thread of its own, so here a clock may be waited for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import RulebookError, ScoreError, StoreError
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.hints import HintCleared, HintRaised
from pipeline.events.record import Event
from pipeline.ports import Bus
from pipeline.replay import check, rescore
from pipeline.session.outbox import Outbox
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive

log = logging.getLogger(__name__)

RETRY_S = 1.0
LEFT_RECORDS = 200_000  # that wait of ended calls, all together: some 100 MB
LEAST_RECORDS = 64  # of one call: where room must be made, its beginning and its end stay
USUAL = TurnTakingSettings()
_LOOKED_AT = {"CallStarted", "StageFailed", "StageBack", "HintRaised", "HintCleared"}
CLOSING_S = 2.0  # how long the end of the process waits for a score at hand


class Aftercare:
    """`end_unfinished` before the first call of a process, then `start`; `close` after the last one has ended."""

    def __init__(
        self,
        store: Archive,
        bus: Bus,
        sessions: Sessions,
        say: Callable[[str], None],
        turn_taking: TurnTakingSettings = USUAL,
    ) -> None:
        """`say` is for the terminal; `turn_taking` is what calls are scored by."""
        self._turn_taking = turn_taking
        self._store = store
        self._bus = bus
        self._sessions = sessions
        self._say = say
        self._said = ""  # why the database cannot be put back, as it was told last
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._has_looked = False  # for calls of earlier processes
        self._also: list[Callable[[Rulebook], object]] = []

    def end_unfinished(self) -> list[str]:
        """After a crash: calls that nobody runs any more end where their last record stands. Returns their ids."""
        ended = []
        for call_id in self._store.unfinished():
            self._taken_up(call_id).end()
            ended.append(call_id)
        return ended

    def _end_left(self) -> None:
        """Calls of another server that is gone."""
        try:
            for call_id in self._store.left():
                self._taken_up(call_id).end()
                self._has_looked = False  # it may have left others without a score
                self._say(f"call {call_id} was cut off when its server was lost: marked as interrupted")
        except StoreError:
            return  # the next time

    def start(self, rulebook: Callable[[], Rulebook], first: Callable[[], None] = lambda: None) -> None:
        """`rulebook` is read in the background, after `first` was done there: neither may hold up the pages."""
        self._thread = threading.Thread(target=self._run, args=(rulebook, first), name="aftercare", daemon=True)
        self._thread.start()

    def also(self, care: Callable[[Rulebook], object]) -> None:
        """Before `start`: what else is done in each round, and never takes long."""
        self._also.append(care)

    def close(self) -> None:
        """A last try, and a line for each call of which something is lost now."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(CLOSING_S)
        if self._thread is None or not self._thread.is_alive():
            self._mend()
            for outbox in self._sessions.left():
                outbox.add([])
        for outbox in self._sessions.waiting():
            left = outbox.waiting()
            lost = f"{len(left)} of its {left[-1].seq} records were not kept"
            self._say(f"call {outbox.call_id}: {lost}: {outbox.reason}")

    # --- its thread --------------------------------------------------------------------------------------------

    def _run(self, load: Callable[[], Rulebook], first: Callable[[], None]) -> None:
        first()
        rulebook: Rulebook | RulebookError
        try:
            rulebook = load()
        except RulebookError as error:
            rulebook = error
        while not self._closing.is_set():
            self.care(rulebook)
            self._closing.wait(RETRY_S)

    def care(self, rulebook: Rulebook | RulebookError) -> None:
        """One round: everything that can be done now is done."""
        self._mend()
        self._end_left()
        for outbox in self._sessions.left():
            self._look_after(outbox, rulebook)
        self._look_for_unscored(rulebook)
        self._make_room()
        if isinstance(rulebook, Rulebook):
            for care in self._also:
                care(rulebook)

    def _mend(self) -> None:
        try:
            if self._store.mend():
                self._say("the database was deleted: it is put back, with all its records")
            self._said = ""
        except StoreError as error:
            if str(error) != self._said:
                self._said = str(error)
                self._say(self._said)

    def _look_after(self, outbox: Outbox, rulebook: Rulebook | RulebookError) -> None:
        """Keeps what waits, and gives the call its score or the reason why it has none."""
        try:
            if outbox.count:
                outbox.add([])
            if not (outbox.is_closed or outbox.is_lost):
                outbox.close(self._last_words(outbox, rulebook))
        except StoreError:
            return  # the next time
        if outbox.is_lost:
            self._give_up(outbox)
        else:
            self._sessions.settle(outbox)

    def _give_up(self, outbox: Outbox) -> None:
        """Another writer has the call. Where that one only noted something, a score is still owed."""
        self._say(f"call {outbox.call_id}: {outbox.count} records of it are not kept: {outbox.reason}")
        self._sessions.forget(outbox)
        self._has_looked = False

    def _last_words(self, outbox: Outbox, rulebook: Rulebook | RulebookError) -> list[Event]:
        known = self._store.pick([outbox.call_id], _LOOKED_AT)
        events = [record.event for record in (*known, *outbox.waiting())]
        before = _failure(events)
        try:
            if isinstance(rulebook, RulebookError):
                raise ScoreError(str(rulebook), "rulebook")
            check(rulebook, events)  # first, as it costs next to nothing
            said = rescore(rulebook, self._turn_taking, self._events(outbox))
        except ScoreError as error:
            failed = StageFailed(outbox.at_ms, "score", str(error), error.cause)
            is_told = before is not None and before.reason == failed.reason
            return [] if is_told else [*_ended_hints(outbox.at_ms, events), failed]
        except StoreError:
            raise
        except Exception as error:  # one call that no coach can stand must not cost the others their score
            log.exception("call %s cannot be scored", outbox.call_id)
            failed = StageFailed(outbox.at_ms, "score", f"the coach broke down: {error!r}")
            return [*_ended_hints(outbox.at_ms, events), failed]
        if before is None:
            return said
        is_open = bool(_ended_hints(outbox.at_ms, events))  # else it was ended when the score failed
        said = [event for event in said if is_open or not isinstance(event, HintCleared)]
        return [StageBack(outbox.at_ms, "score"), *said]

    def _events(self, outbox: Outbox) -> list[Event]:
        unkept = outbox.waiting()  # before the store: what is kept meanwhile is then seen twice, not missed
        stored = self._store.read(outbox.call_id)
        last = (stored[-1].seq or 0) if stored else 0
        return [record.event for record in (*stored, *(r for r in unkept if (r.seq or 0) > last))]

    def _look_for_unscored(self, rulebook: Rulebook | RulebookError) -> None:
        """Once: calls that another process left without a score."""
        if self._has_looked:
            return
        try:
            for call_id in self._store.unscored():
                if self._closing.is_set():
                    return
                if self._sessions.mailbox(call_id) is None and not self._sessions.is_left(call_id):
                    self._look_after(self._taken_up(call_id), rulebook)
        except StoreError:
            return  # the next time
        self._has_looked = True

    def _make_room(self) -> None:
        left = self._sessions.left()
        surplus = sum(outbox.count for outbox in left) - LEFT_RECORDS
        for outbox in left:  # the oldest first
            if surplus <= 0:
                return
            given_up = outbox.thin(LEAST_RECORDS)
            surplus -= given_up
            if given_up:
                self._say(f"call {outbox.call_id}: {given_up} records are given up, too many wait: {outbox.reason}")

    def _taken_up(self, call_id: str) -> Outbox:
        """The outbox of a call of an earlier process, which is left from now on."""

        def make() -> Outbox:
            return Outbox(call_id, self._store, self._bus, after=self._store.last(call_id))

        return self._sessions.take_up(call_id, make)


def _ended_hints(at_ms: int, events: list[Event]) -> list[HintCleared]:
    """The end of the hint that still stood when the call broke off, whether or not a coach can score it."""
    cleared = {event.hint for event in events if isinstance(event, HintCleared)}
    raised = [event.hint for event in events if isinstance(event, HintRaised)]
    return [HintCleared(at_ms, hint, "call_ended") for hint in raised[-1:] if hint not in cleared]


def _failure(events: list[Event]) -> StageFailed | None:
    """Why this call was not scored so far, as it was told last."""
    found = None
    for event in events:
        if isinstance(event, StageFailed | StageBack) and event.stage == "score":
            found = event if isinstance(event, StageFailed) else None
    return found
