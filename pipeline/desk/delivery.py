"""Records of this desk's calls on their way to the centre: from what is kept here, in order, until they are kept there.

The desk's own database is the outbox. One message is under way at a time; while it is, more gathers, so that the next
one is larger: what is slow is asked less often. After a cut the same is said again, which changes nothing there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pipeline.codec import event_to_json
from pipeline.desk.asking import Asking
from pipeline.desk.link import Link
from pipeline.desk.pace import Pace
from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.kinds import RECORDS_AT_ONCE, RECORDS_BYTES
from pipeline.desk_protocol.messages import Kept, Records, Refused, Welcome
from pipeline.errors import StoreError
from pipeline.events.call import CallStarted
from pipeline.events.record import Record
from pipeline.session.known import records_of
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive
from pipeline.store.deliveries import SqlDeliveries

log = logging.getLogger(__name__)

NOTE_EVERY_S = 5.0  # how often it is noted here what the centre has: after a crash the rest is said again
LOOK_S = 1.0
ENOUGH_BYTES = RECORDS_BYTES // 2


@dataclass(slots=True)
class _Call:
    kept_seq: int
    is_own_clock: bool
    shift: str | None = None
    is_new: bool = False  # begun by this process, and not noted yet
    noted_seq: int = 0
    noted_s: float = 0.0
    has_gap: bool = False  # a record waits for its turn at the store
    stuck: Literal["", "for good", "unread"] = ""  # nobody's who has signed in here, or refused; "unread": until then


class RecordDelivery:
    """A Bus, and a thread from `start` to `close`. `publish` from any thread."""

    def __init__(
        self,
        link: Link,
        archive: Archive,
        sessions: Sessions,
        kept: SqlDeliveries,
        shift_of: Callable[[CallStarted], str | None],
        say: Callable[[str], None],
        *,
        is_own_clock: Callable[[], bool] = lambda: False,
    ) -> None:
        """`shift_of`: in which shift a call was held; None: nobody's who has signed in. `say` is for the terminal.

        `is_own_clock`: whether calls that begin now are dated by this machine's clock, and not by the centre's.
        """
        self._link = link
        self._archive = archive
        self._sessions = sessions
        self._kept = kept
        self._shift_of = shift_of
        self._say = say
        self._is_own_clock = is_own_clock
        self._news = threading.Condition()
        self._again: dict[str, int] = {}  # calls of which the centre has lost some: it has them up to this number
        self._fresh: dict[str, None] = {}  # calls of which more is known here than there, those longest so first
        self._calls: dict[str, _Call] = {}
        self._took_live = False
        self._looked_s = 0.0
        self._pace = Pace(Records)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="records to the centre", daemon=True)
        self._asking = Asking[Kept | Refused](link, (Kept, Refused), self._news, lambda: self._closing)
        link.when_open(self._opened)

    def start(self) -> None:
        for left in self._kept.left():
            self._calls[left.call_id] = _Call(left.kept_seq, left.is_own_clock, noted_seq=left.kept_seq)
            self._fresh[left.call_id] = None
        self._thread.start()

    def close(self, within_s: float = 0.0) -> None:
        """What can still be delivered within that time is."""
        until = time.monotonic() + within_s
        with self._news:
            self._news.wait_for(lambda: not self._fresh or not self._link.is_open, max(0.0, until - time.monotonic()))
            self._closing = True
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(LOOK_S)
        for call_id, call in list(self._calls.items()):
            self._note(call_id, call)

    def publish(self, records: Sequence[Record]) -> None:
        numbered = [record for record in records if record.seq is not None]
        if not numbered:
            return
        with self._news:
            if numbered[0].seq == 1 and numbered[0].call_id not in self._calls:
                self._calls[numbered[0].call_id] = _Call(0, self._is_own_clock(), is_new=True)
            known = self._calls.get(numbered[0].call_id)
            if known is None or not known.stuck:
                self._fresh[numbered[0].call_id] = None
                self._news.notify_all()

    def bring_again(self, call_id: str, after: int) -> None:
        """The centre has lost what was behind that number. Raises StoreError."""
        self._kept.keep(call_id, after)  # at once: what it has lost must not go from here meanwhile
        with self._news:
            self._again[call_id] = after
            self._fresh[call_id] = None
            self._news.notify_all()

    def has(self, call_id: str) -> bool:
        """Whether anything of this call is here, or will be. Raises StoreError."""
        is_running = self._sessions.mailbox(call_id) is not None
        return is_running or bool(records_of(self._archive, self._sessions, call_id, 0, 1))

    def give_up(self, call_id: str, because: RefusedBecause, detail: str) -> None:
        """The centre takes nothing more of the call."""
        what = "its recording goes, and its records later" if because == "held" else "it stays here"
        self._say(f"call {call_id} is not taken by the centre ({because}): {detail}; {what}")
        if because == "unread":
            return
        if (known := self._calls.get(call_id)) is not None:
            known.stuck = "for good"
        try:
            self._kept.refuse(call_id, f"{because}: {detail}")
            if because == "held":
                self._kept.ask_about_sound(call_id)
        except StoreError as error:  # it is asked again after the next start
            log.warning("that call %s is refused cannot be noted here: %s", call_id, error)

    @property
    def waiting(self) -> int:
        """Calls of which the centre has not all."""
        return len(self._fresh)

    # --- the link's thread ---------------------------------------------------------------------------------------

    def _opened(self, welcome: Welcome) -> None:
        with self._news:
            for call_id, call in self._calls.items():
                if call.stuck == "unread":  # the centre may be another version by now
                    call.stuck = ""
                    self._fresh[call_id] = None
            self._news.notify_all()

    # --- its own thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            with self._news:
                self._news.wait_for(lambda: self._closing or (self._link.is_open and self._fresh), LOOK_S)
                call_id = self._next() if self._link.is_open and not self._closing else None
            self._look_after()
            if call_id is None:
                continue
            self._pace.wait()
            try:
                self._deliver(call_id)
            except StoreError as error:
                log.warning("records of call %s cannot be read just now: %s", call_id, error)
                with self._news:
                    self._fresh[call_id] = None
                    self._news.wait_for(lambda: self._closing, LOOK_S)

    def _next(self) -> str | None:
        """A call that runs and one of before, in turn: the floor is to see what happens now."""
        free = list(self._fresh)
        live = [call_id for call_id in free if self._sessions.mailbox(call_id) is not None]
        before = [call_id for call_id in free if call_id not in live]
        self._took_live = bool(live) and not (self._took_live and before)
        chosen = (live if self._took_live else before)[:1]
        for call_id in chosen:
            del self._fresh[call_id]
            return call_id
        return None

    def _of(self, call_id: str) -> _Call:
        """Raises StoreError."""
        if call_id not in self._calls:
            known = self._kept.of(call_id)
            found = _Call(known.kept_seq, known.is_own_clock, noted_seq=known.kept_seq)
            found.stuck = "for good" if known.is_refused else ""
            with self._news:
                self._calls.setdefault(call_id, found)
        return self._calls[call_id]

    def _look_after(self) -> None:
        """Once a second: what the centre has is noted here, and calls that are done are forgotten."""
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        for call_id, call in list(self._calls.items()):
            if now_s - call.noted_s >= NOTE_EVERY_S:
                self._note(call_id, call)
            with self._news:
                if call.has_gap:
                    call.has_gap = False
                    self._fresh[call_id] = None
                elif not self._is_needed(call_id, call):
                    del self._calls[call_id]

    def _is_needed(self, call_id: str, call: _Call) -> bool:
        is_noted = call.noted_seq == call.kept_seq > 0 and not call.is_new
        is_waiting = call_id in self._fresh or call.stuck == "unread"  # which may be read by the centre's next version
        return is_waiting or not is_noted or self._sessions.mailbox(call_id) is not None

    def _deliver(self, call_id: str) -> None:
        call = self._of(call_id)
        if (lost := self._again.pop(call_id, None)) is not None:
            call.kept_seq, call.noted_seq = min(call.kept_seq, lost), lost
        if call.stuck or (call.shift is None and not self._find_shift(call_id, call)):
            return
        records = records_of(self._archive, self._sessions, call_id, call.kept_seq, RECORDS_AT_ONCE)
        lines, first = _some(records, call.kept_seq)
        if not lines:
            call.has_gap = bool(records)
            return
        assert call.shift is not None
        said = Records(call_id, call.shift, first, call.is_own_clock)
        answer = self._asking.ask(said, "\n".join(lines).encode())
        if answer is not None:
            self._take_answer(call_id, call, answer)
        else:
            with self._news:
                self._fresh[call_id] = None

    def _take_answer(self, call_id: str, call: _Call, answer: Kept | Refused) -> None:
        if isinstance(answer, Refused):
            call.stuck = "unread" if answer.because == "unread" else "for good"
            self.give_up(call_id, answer.because, answer.detail)
            return
        call.kept_seq = answer.seq  # fewer than before where the centre has lost some
        is_all = not records_of(self._archive, self._sessions, call_id, call.kept_seq, 1)
        with self._news:
            if not is_all:
                self._fresh[call_id] = None
            self._news.notify_all()
        if (self._sessions.mailbox(call_id) is None and is_all) or time.monotonic() - call.noted_s >= NOTE_EVERY_S:
            self._note(call_id, call)

    def _find_shift(self, call_id: str, call: _Call) -> bool:
        first = records_of(self._archive, self._sessions, call_id, 0, 1)
        started = first[0].event if first else None
        call.shift = self._shift_of(started) if isinstance(started, CallStarted) else None
        if call.shift is None:
            call.stuck = "for good"
            self._say(f"call {call_id} stays here: its agent has not signed in at this desk")
        return call.shift is not None

    def _note(self, call_id: str, call: _Call) -> None:
        """On a full disk, too, the centre is told what happens."""
        if call.noted_seq == call.kept_seq and not call.is_new:
            return
        call.noted_s = time.monotonic()
        try:
            if call.is_new:
                self._kept.begin(call_id, is_own_clock=call.is_own_clock)
                call.is_new = False
            if call.noted_seq != call.kept_seq:
                self._kept.keep(call_id, call.kept_seq)
        except StoreError as error:
            log.warning("what the centre has of call %s cannot be noted here: %s", call_id, error)
            return
        call.noted_seq = call.kept_seq


def _some(records: Sequence[Record], after: int) -> tuple[list[str], int]:
    """As many as go into one message, and the first's number. What waits for its turn at the store may leave a gap."""
    numbered = [record for record in records if record.seq is not None]
    gap = next((at for at, (one, other) in enumerate(pairwise(numbered), 1) if other.seq != (one.seq or 0) + 1), None)
    if not numbered or numbered[0].seq != after + 1:
        return [], 0
    lines: list[str] = []
    size = 0
    for record in numbered[:gap]:
        line = event_to_json(record.event)
        size += len(line.encode()) + 1
        if lines and size > ENOUGH_BYTES:
            break
        lines.append(line)
    return lines, after + 1
