"""The desks of agents whose microphone is a page of the centre: which page listens, and the call that it carries."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.capture.slicing import LiveSource
from pipeline.codec import facts_from
from pipeline.errors import CallBusy, CallcoachError, NoMicrophone
from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.ingest.browser import FIRST_S, BrowserMicrophone, Side
from pipeline.people.person import Person
from pipeline.people.team_settings import Consent
from pipeline.ports import Source
from pipeline.session.call_id import new_call_id
from pipeline.session.desk import CallControl, HeadsetStatus, SideStatus
from pipeline.session.holding import CallHolder, HeldCall
from pipeline.session.session import Session

log = logging.getLogger(__name__)

_BEGIN_S = FIRST_S + 2.0  # how long a call may take to be kept once it was begun
_SILENT_S = 3.0  # a page that has told no level for so long is taken for lost
SIDES = (Channel.AGENT, Channel.CUSTOMER)
ConsentOf = Callable[[str | None], Consent]
"""What calls of a team begin with."""


class Page(Protocol):
    """A page that listens, as its socket hands on what it is told. From any thread; never blocks, never raises."""

    @property
    def key(self) -> str:
        """The page's own, the same after a reload or a new connection; another tab has another."""
        ...

    @property
    def agent_name(self) -> str | None:
        """Of who is signed in there."""
        ...

    @property
    def team(self) -> str | None: ...

    def started(self, call_id: str) -> None:
        """A call runs: send what is heard."""
        ...

    def ended(self, call_id: str) -> None: ...

    def taken_over(self) -> None:
        """Another page of this agent listens from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Attached:
    """What becomes of a page that wants to listen. `held`: another page does; only if asked to it takes over."""

    state: Literal["ready", "held"]
    call_id: str | None  # of the running call


class BrowserDesk:
    """A Desk and its CallControl: at most one page that listens, and at most one call. From any thread.

    Between calls a page sends levels only; sound is taken while a call runs, and nowhere else.
    """

    def __init__(
        self, agent_id: str, standing: CallFacts, holder: Callable[[], CallHolder], consent: ConsentOf
    ) -> None:
        """`standing`: until a page says who is there."""
        self.agent_id = agent_id
        self._facts = replace(standing, agent_id=agent_id, agent_name=None)
        self._holder = holder
        self._consent = consent
        self._lock = threading.Lock()
        self._page: Page | None = None
        self._sides: dict[Channel, Side] = {}
        self._levels: dict[Channel, tuple[float, float | None]] = {}  # when it was told, dBFS
        self._since_s = time.monotonic()
        self._call: HeldCall | None = None
        self._microphone: BrowserMicrophone | None = None  # of the running call
        self._thread: threading.Thread | None = None
        self._latest: str | None = None

    # --- the page ------------------------------------------------------------------------------------------------

    def attach(self, page: Page, sides: Sequence[Side], *, take_over: bool) -> Attached:
        """A page wants to listen, or hears other sides than before."""
        with self._lock:
            before, call_id = self._page, self._running
            if before is not None and before is not page and before.key != page.key and not take_over:
                return Attached("held", call_id)
            self._page, self._sides = page, {side.channel: side for side in sides}
            self._facts = replace(self._facts, agent_name=page.agent_name, team=page.team)
            self._levels, self._since_s = {}, time.monotonic()
            if self._microphone is not None:
                self._microphone.open(sides, anew=before is not page)
        if before is not None and before is not page:
            before.taken_over()
        return Attached("ready", call_id)

    def detach(self, page: Page) -> None:
        """The page is gone: a call that runs is deaf until it is back, or another page takes over."""
        with self._lock:
            if self._page is not page:
                return
            self._page, self._sides, self._since_s = None, {}, time.monotonic()
            if self._microphone is not None:
                self._microphone.close()

    def put(self, page: Page, channel: Channel, frame: int, samples: NDArray[np.int16]) -> None:
        """A block of what a page hears; of one that listens no more, or without a call, nothing is taken."""
        microphone = self._microphone
        if microphone is not None and self._page is page:
            microphone.put(channel, frame, samples)

    def level(self, page: Page, channel: Channel, dbfs: float | None) -> None:
        """How loud a side is just now, as the page has measured it."""
        with self._lock:
            if self._page is page and channel in self._sides:
                self._levels[channel] = time.monotonic(), dbfs

    @property
    def is_attached(self) -> bool:
        return self._page is not None

    # --- Desk and CallControl ------------------------------------------------------------------------------------

    @property
    def control(self) -> CallControl:
        return self

    def latest(self) -> str | None:
        return self._latest

    def carries(self, call_id: str) -> bool:
        return call_id in (self._running, self._latest)

    def status(self) -> HeadsetStatus:
        now = time.monotonic()
        with self._lock:
            lines, facts, running = tuple(self._line(channel, now) for channel in SIDES), self._facts, self._running
        return HeadsetStatus(lines, False, facts, running, "page", self._consent(facts.team))

    def start(self, facts: Mapping[str, Any], *, actor: Actor = None) -> str:
        told = facts_from(facts, self._facts, "the call's facts")
        with self._lock:
            self._refuse()
        holder = self._holder()  # the first call of a process waits for its recogniser
        with self._lock:
            page = self._refuse()
            call = self._call = HeldCall(new_call_id(), told, time.monotonic(), actor)
            microphone = self._microphone = BrowserMicrophone([c for c in SIDES if c in self._sides])
            microphone.open(list(self._sides.values()))
            held = (call, microphone, holder)
            self._thread = threading.Thread(target=self._hold, args=held, name=f"call-{call.call_id}")
        page.started(call.call_id)
        self._thread.start()
        call.begun.wait(_BEGIN_S)
        return call.call_id

    def end(self, call_id: str, *, actor: Actor = None) -> bool:
        with self._lock:
            call, microphone = self._call, self._microphone
            if call is None or microphone is None or call.call_id != call_id:
                return False
        call.end(actor)
        microphone.wake()
        return True

    def close(self) -> None:
        """Ends its call; `wait` waits for that."""
        with self._lock:
            call = self._call
        if call is not None:
            self.end(call.call_id)

    def wait(self, most_s: float) -> None:
        if self._thread is not None:
            self._thread.join(most_s)

    # --- the thread of a call ------------------------------------------------------------------------------------

    def _hold(self, call: HeldCall, microphone: BrowserMicrophone, holder: CallHolder) -> None:
        def sound(facts: CallFacts, session: Session) -> Source:
            call.from_s = microphone.first_s(call.ended.is_set)
            ended, notes = call.ended.is_set, session.take
            return LiveSource(microphone, facts, from_s=call.from_s, ended=ended, notes=notes)

        def is_over(at_ms: int, events: list[Event]) -> bool:
            self._latest = call.call_id
            return False

        holder.hold(call, sound, is_over, lambda: self._release(call))

    def _release(self, call: HeldCall) -> None:
        with self._lock:
            page, self._call, self._microphone = self._page, None, None
        call.begun.set()  # of one that never began nobody waits any longer
        if page is not None:
            page.ended(call.call_id)

    @property
    def _running(self) -> str | None:
        call = self._call
        return call.call_id if call is not None else None

    def _refuse(self) -> Page:
        """The page that listens. Raises CallBusy, NoMicrophone."""
        if self._call is not None:
            raise CallBusy(self._call.call_id)
        if self._page is None or Channel.AGENT not in self._sides:
            raise NoMicrophone
        return self._page

    def _line(self, channel: Channel, now: float) -> SideStatus:
        side, since_s = self._sides.get(channel), round(now - self._since_s, 1)
        if side is None:
            return SideStatus(channel, "absent", "", "", since_s, None)
        told_s, dbfs = self._levels.get(channel, (self._since_s, None))
        if channel not in self._levels and now - told_s < _SILENT_S:
            return SideStatus(channel, "opening", side.device, "", since_s, None)
        if now - told_s > _SILENT_S:
            return SideStatus(channel, "lost", side.device, "", round(now - told_s, 1), None)
        return SideStatus(channel, "ok" if dbfs is not None else "idle", side.device, "", since_s, dbfs)


class BrowserDesks:
    """A desk of each agent who signs in at this centre. `standing`: facts that every call begins with."""

    def __init__(
        self,
        standing: CallFacts,
        make_holder: Callable[[], CallHolder],
        consent: ConsentOf = lambda team: "asked",
    ) -> None:
        """`make_holder`: called once, when the first call begins or `prepare` is called; it may take seconds."""
        self._standing = standing
        self._make_holder = make_holder
        self._consent = consent
        self._making = threading.Lock()
        self._holder: CallHolder | None = None
        self._lock = threading.Lock()
        self._desks: dict[str, BrowserDesk] = {}

    def of(self, person: Person) -> BrowserDesk | None:
        if person.agent_id is None:
            return None
        with self._lock:
            if person.agent_id not in self._desks:
                standing = replace(self._standing, team=person.team)
                made = BrowserDesk(person.agent_id, standing, self._ready_holder, self._consent)
                self._desks[person.agent_id] = made
            return self._desks[person.agent_id]

    def of_agent(self, agent_id: str | None) -> BrowserDesk | None:
        with self._lock:
            return self._desks.get(agent_id) if agent_id is not None else None

    def carrying(self, call_id: str) -> BrowserDesk | None:
        with self._lock:
            desks = list(self._desks.values())
        return next((desk for desk in desks if desk.carries(call_id)), None)

    def listening(self) -> set[str]:
        """Agents with a page that listens."""
        with self._lock:
            return {agent_id for agent_id, desk in self._desks.items() if desk.is_attached}

    def prepare(self) -> None:
        """In the background: whoever opens the microphone will begin a call soon."""
        if self._holder is None and not self._making.locked():
            threading.Thread(target=self._prepare, name="recogniser", daemon=True).start()

    def close(self, most_s: float) -> None:
        """Ends all calls, and waits for what they write."""
        with self._lock:
            desks = list(self._desks.values())
        for desk in desks:
            desk.close()
        ends_s = time.monotonic() + most_s
        for desk in desks:
            desk.wait(max(0.0, ends_s - time.monotonic()))

    def _prepare(self) -> None:
        try:
            self._ready_holder()
        except CallcoachError as error:  # whoever begins a call is told
            log.warning("no call can begin: %s", error)

    def _ready_holder(self) -> CallHolder:
        with self._making:
            if self._holder is None:
                self._holder = self._make_holder()
            return self._holder
