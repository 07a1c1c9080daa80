"""Records of desks on their way into the centre's store: all that has come meanwhile is one transaction.

One thread writes, and begins a round `ROUND_S` after it began the one before at the soonest. What comes meanwhile waits
for it: so the more desks there are, the larger its transactions become, and not the more. A desk hears `Kept` once its
records outlast a crash, and sends no more before.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import anyio

from pipeline.bucket import Bucket
from pipeline.codec import YEARS, event_from_json
from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.frames import lines
from pipeline.desk_protocol.kinds import RECORDS_AT_ONCE, RECORDS_BYTES_A_SECOND, RECORDS_BYTES_AT_ONCE, Close
from pipeline.desk_protocol.messages import Kept, Records, Refused
from pipeline.documents import shown
from pipeline.errors import BehindEnd, CallDeleted, Conflict, NotOwner, StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.record import Event, Record
from pipeline.events.upcasting import NewerEvent
from pipeline.ingest.desk_line import Closing, DeskLine, Takes
from pipeline.ports import Bus
from pipeline.store.bringing import Brought

log = logging.getLogger(__name__)

ROUND_S = 0.03  # a transaction costs as much as the records of five messages
AT_ONCE_BYTES = 8 * 1024  # are read on the event loop; more, above all of an earlier version, would hold up all others
LONGEST_MS = 366 * 86_400_000  # of a call: sums of more, no database has
AGAIN_S = 1.0  # until it is tried again where the database refuses
WAITING_BATCHES = 4_000
_BECAUSE: dict[type[StoreError], RefusedBecause] = {NotOwner: "taken", BehindEnd: "over", CallDeleted: "deleted"}
_DETAIL: dict[RefusedBecause, str] = {
    "held": "the consent to its recording was taken back at the centre behind its end",
    "over": "it has ended at the centre, with other records than these",
}
_UNDER_WAY = 8  # of one desk


class Keeps(Protocol):
    """As of store.bringing.Bringing."""

    def bring(self, brought: Sequence[Brought]) -> list[int | StoreError]: ...

    def last_seq(self, call_id: str, desk_id: str) -> int: ...


class Writer:
    """Keeps what many desks bring, in a thread of its own from `start` until `close`."""

    def __init__(self, keeps: Keeps, bus: Bus) -> None:
        self._keeps = keeps
        self._bus = bus
        self._news = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="records of desks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join()

    def last_seq(self, call_id: str, desk_id: str) -> int:
        """Of what is kept of a call of this desk. Raises StoreError."""
        return self._keeps.last_seq(call_id, desk_id)

    async def keep(self, brought: Brought) -> int:
        """The owner number under which it was kept. Raises StoreError where it was not."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[int] = loop.create_future()
        with self._news:
            if self._closing or len(self._waiting) >= WAITING_BATCHES:
                raise StoreError("too many records of desks wait to be kept", "locked")
            self._waiting.append((brought, kept))
            if len(self._waiting) == 1:
                self._news.notify()
        return await kept

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._closing)
                if self._closing:
                    return
                taken, self._waiting = self._waiting, []
            began_s = time.monotonic()
            found = self._kept(taken)
            with suppress(RuntimeError):  # the event loop was closed meanwhile
                taken[0][1].get_loop().call_soon_threadsafe(_answer, taken, found)
            with self._news:
                self._news.wait_for(lambda: self._closing, began_s + ROUND_S - time.monotonic())

    def _kept(self, taken: Sequence[_Waiting]) -> Sequence[int | StoreError]:
        try:
            found = self._keeps.bring([brought for brought, _ in taken])
        except Exception as error:  # whatever it is: desks wait for an answer, and others come after them
            log.warning("records of %d desks cannot be kept just now: %s", len(taken), error)
            if not isinstance(error, StoreError):
                log.exception("records of desks")
            return [StoreError(str(error)) for _ in taken]  # each is raised to somebody else
        for (brought, _), one in zip(taken, found, strict=True):
            if not isinstance(one, StoreError):
                numbered = enumerate(brought.events, brought.first_seq)
                self._publish([Record(brought.call_id, seq, event) for seq, event in numbered])
        return found

    def _publish(self, records: Sequence[Record]) -> None:
        """They are kept: who shows them and fails ends neither this thread, nor what other desks bring."""
        try:
            self._bus.publish(records)
        except Exception:
            log.exception("records of call %s are not shown", records[0].call_id)


_Waiting: TypeAlias = tuple[Brought, asyncio.Future[int]]


def _answer(taken: Sequence[_Waiting], found: Sequence[int | StoreError]) -> None:
    """On the event loop."""
    for (_, kept), one in zip(taken, found, strict=True):
        if kept.cancelled():  # the line has ended
            continue
        if isinstance(one, StoreError):
            kept.set_exception(one)
        else:
            kept.set_result(one)


Refusal = Callable[[DeskLine, Records, Sequence[Event]], RefusedBecause | None]
"""Why the records of this call are not taken from this desk: they are of somebody who has not signed in there."""


Differs = Callable[[str, bool], RefusedBecause]
"""Why records of this call are not taken that are others here; true: its desk has ended it. In a thread."""


@dataclass(frozen=True, slots=True)
class CallAtDesk:
    """A call whose records come over this line. `owner`: None until its first were kept."""

    call_id: str
    line: DeskLine
    owner: int | None = None
    shift: str = ""  # in which they were taken
    last_seq: int = 0
    facts: CallFacts | None = None
    has_ended: bool = False


class RecordsIn:
    """On the event loop."""

    def __init__(
        self,
        writer: Writer,
        refusal: Refusal,
        seen: Callable[[CallAtDesk], None],
        gone: Callable[[CallAtDesk], None],
        known: Callable[[CallAtDesk], CallAtDesk],
        differs: Differs,
    ) -> None:
        """`seen`: told of a call whenever records of it were kept; `gone`: that its line has ended.

        `known`: the call with what earlier records of this desk tell, which came over another line. In a thread; may
        raise StoreError.
        """
        self._writer = writer
        self._refusal = refusal
        self._seen = seen
        self._gone = gone
        self._known = known
        self._differs = differs
        self.takes: Mapping[type[Any], Takes] = {Records: self._take}
        self._calls: dict[DeskLine, dict[str, CallAtDesk]] = {}
        self._under_way: dict[DeskLine, set[str]] = {}
        self._budgets: dict[str, Bucket] = {}  # of bytes, by desk: one that connects again has no more for it

    def call_at(self, line: DeskLine, call_id: str) -> CallAtDesk | None:
        """With this id, of which records were taken over this line."""
        return self._calls.get(line, {}).get(call_id)

    async def opened(self, line: DeskLine) -> None:
        """Calls that ran on through the cut can be told something before their next record."""
        for call_id in line.hello.calls if line.hello is not None else ():
            call = await self._as_known(CallAtDesk(call_id, line))
            is_running = call.facts is not None and not call.has_ended
            if is_running and call_id not in self._calls.setdefault(line, {}):
                self._calls[line][call_id] = call
                self._seen(call)

    def left(self, line: DeskLine) -> None:
        self._under_way.pop(line, None)
        for call in self._calls.pop(line, {}).values():
            self._gone(call)

    async def _take(self, line: DeskLine, said: Records, body: bytes) -> None:
        under_way = self._under_way.setdefault(line, set())
        if said.call_id in under_way or len(under_way) >= _UNDER_WAY:
            raise Closing(Close.FAULTY, f"records of call {said.call_id} are sent before the ones before are kept")
        under_way.add(said.call_id)
        line.spawn(self._keep, line, said, body)

    async def _keep(self, line: DeskLine, said: Records, body: bytes) -> None:
        try:
            await self._wait_its_turn(line, len(body))
            if (events := await self._events(line, said, body)) is None:
                return
            if (because := await self._refused(line, said, events)) is not None:
                self._refuse(line, said.call_id, because, "the agent of this call has not signed in at this desk")
                return
            await self._bring(line, said, events)
        finally:
            self._under_way.get(line, set()).discard(said.call_id)

    async def _wait_its_turn(self, line: DeskLine, size: int) -> None:
        """So that a desk that always has more to say, and waits for `Kept` alone, leaves the centre to the others."""
        budget = self._budgets.get(line.desk.id)
        if budget is None:
            budget = Bucket(RECORDS_BYTES_AT_ONCE, RECORDS_BYTES_A_SECOND, line.clock)
            self._budgets[line.desk.id] = budget
        while not budget.take(size):
            await anyio.sleep(size / RECORDS_BYTES_A_SECOND)

    async def _events(self, line: DeskLine, said: Records, body: bytes) -> list[Event] | None:
        """None where they are refused. Raises Closing."""
        try:
            events = _read(body) if len(body) <= AT_ONCE_BYTES else await anyio.to_thread.run_sync(_read, body)
        except NewerEvent as error:
            self._refuse(line, said.call_id, "unread", f"the centre is too old for it: {error}")
            return None
        except ValueError as error:
            raise Closing(Close.FAULTY, f"records of call {said.call_id}: {error}") from None
        if not 0 < len(events) <= RECORDS_AT_ONCE:
            raise Closing(Close.FAULTY, f"{len(events)} records at once; 1 to {RECORDS_AT_ONCE} are taken")
        if why := _misbegun(said, events):
            self._refuse(line, said.call_id, "conflict", why)  # and holds up no other call
            return None
        return events

    async def _refused(self, line: DeskLine, said: Records, events: Sequence[Event]) -> RefusedBecause | None:
        """A call that was taken in this shift stays its agent's until it tells other facts."""
        call = self.call_at(line, said.call_id)
        tells = any(isinstance(event, CallStarted | FactsNoted) for event in events)
        if call is not None and call.shift == said.shift and not tells:
            return None
        while True:
            try:
                told = events
                if said.first_seq > 1:  # else the call tells its facts itself, and nothing is known of it yet
                    before = await anyio.to_thread.run_sync(self._known, CallAtDesk(said.call_id, line))
                    told = [FactsNoted(0, before.facts), *events] if before.facts is not None else events
                return await anyio.to_thread.run_sync(self._refusal, line, said, told)
            except StoreError as error:
                log.warning("whose call %s is cannot be read just now: %s", said.call_id, error)
                await anyio.sleep(AGAIN_S)

    async def _bring(self, line: DeskLine, said: Records, events: Sequence[Event]) -> None:
        call = self.call_at(line, said.call_id) or CallAtDesk(said.call_id, line)
        ahead_s = line.ahead_ms / 1000 if said.is_own_clock else 0.0
        brought = Brought(said.call_id, line.desk.id, call.owner, said.first_seq, events, ahead_s)
        while line.state == "open":  # else the desk's next line has the call by now
            try:
                owner = await self._writer.keep(brought)
                break
            except (NotOwner, Conflict, BehindEnd, CallDeleted) as error:
                if isinstance(error, NotOwner) and brought.owner is not None:  # what another line had left behind
                    brought = replace(brought, owner=None)
                    continue
                await self._refuse_or_ask(call, said, events, error)
                return
            except StoreError:  # told by the writer; the desk waits, and keeps all
                await anyio.sleep(AGAIN_S)
        else:
            return
        if call.facts is None and said.first_seq > 1:
            call = await self._as_known(call)
        call = replace(told(call, events), owner=owner, shift=said.shift, last_seq=said.first_seq + len(events) - 1)
        self._calls.setdefault(line, {})[said.call_id] = call
        line.say(Kept(said.call_id, call.last_seq))
        self._seen(call)

    async def _as_known(self, call: CallAtDesk) -> CallAtDesk:
        try:
            return await anyio.to_thread.run_sync(self._known, call)
        except StoreError:
            return call

    async def _refuse_or_ask(
        self, call: CallAtDesk, said: Records, events: Sequence[Event],
        error: NotOwner | Conflict | BehindEnd | CallDeleted,
    ) -> None:  # fmt: skip
        """Where records are missing here (a database of yesterday, a power cut) the desk is told from where on."""
        line = call.line
        if not isinstance(error, Conflict):
            self._refuse(line, said.call_id, _BECAUSE[type(error)], str(error))
            return
        last = await anyio.to_thread.run_sync(self._writer.last_seq, said.call_id, line.desk.id)
        if last + 1 < said.first_seq:
            log.warning("desk %s: of call %s only %d records are here", line.desk.name, said.call_id, last)
            line.say(Kept(said.call_id, last))
            return
        if not last:  # nothing is here of it, or not of this desk: there are no two versions
            self._refuse(line, said.call_id, "conflict", str(error))
            return
        has_ended = any(isinstance(event, CallEnded) for event in events)
        because = await anyio.to_thread.run_sync(self._differs, said.call_id, has_ended)
        if because != "conflict":
            self._seen(replace(call, has_ended=True))
        self._refuse(line, said.call_id, because, f"{_DETAIL[because]}: {error}" if because in _DETAIL else str(error))

    def _refuse(self, line: DeskLine, call_id: str, because: RefusedBecause, detail: str) -> None:
        log.warning("desk %s: records of call %s are refused: %s", line.desk.name, call_id, detail)
        line.say(Refused(call_id, because, detail[:500]))


def _read(body: bytes) -> list[Event]:
    """Raises ValueError."""
    return [event_from_json(one) for one in lines(body)]


def _misbegun(said: Records, events: Sequence[Event]) -> str:
    """Why these are no records of this call; "" where its first one, and no other, says that it begins, and when."""
    for seq, event in enumerate(events, said.first_seq):
        if not 0 <= event.at_ms <= LONGEST_MS:
            return f"record {seq} is of {shown(event.at_ms)} ms; calls last up to {LONGEST_MS}"
        if isinstance(event, CallStarted) != (seq == 1):
            return f"record {seq} is {type(event).__name__}; CallStarted is record 1, and no other"
        if isinstance(event, CallStarted) and event.call_id != said.call_id:
            return f"its CallStarted is of call {shown(event.call_id)}"
        if isinstance(event, CallStarted) and not _is_time(event.started_at):
            return f"it began at {shown(event.started_at)}; a time with its zone is wanted"
    return ""


def _is_time(text: str) -> bool:
    """With its zone, and of years in which another zone's time can be told, too; also by a clock that has died."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    return at.tzinfo is not None and YEARS[0] - 1 <= at.year <= YEARS[-1]


def told(call: CallAtDesk, events: Sequence[Event]) -> CallAtDesk:
    """The call with what these events tell of it."""
    for event in events:
        if isinstance(event, CallStarted | FactsNoted):
            call = replace(call, facts=event.facts)
        elif isinstance(event, CallEnded):
            call = replace(call, has_ended=True)
    return call
