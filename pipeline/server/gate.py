"""The gate: who asks, and whether that still holds. What each route lets through, it says by `needs.py`.

A person shows the cookie of a session, a machine `Authorization: Bearer TOKEN`; an address permits nothing, as machines
are shared, proxied and remote-controlled. Against requests of other sites, what a cookie permits to change must come
from a page of ours (`hosts.is_own_page`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import anyio.to_thread
from starlette.requests import HTTPConnection

from pipeline.errors import StoreError
from pipeline.people.audit import Audit, Deed
from pipeline.people.entrance import Entrance, OpenSession, Origin
from pipeline.people.noted import Noted
from pipeline.people.permissions import Action
from pipeline.people.person import Person
from pipeline.printable import printable
from pipeline.server.call_index import CallIndex
from pipeline.server.cookies import SessionCookie
from pipeline.server.hosts import is_own_page

log = logging.getLogger(__name__)

LOOK_S = 0.5  # how often an open socket looks whether its session still holds
LOOK_ANYWAY_S = 60.0  # also where nothing was changed: a session may have come to its end
_KNOWN = 1_000
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What open pages ask for by themselves, every few seconds: a page that nobody uses keeps no session from its idle end.
_ASKED_BY_ITSELF = frozenset(
    {"/api/session", "/api/calls/latest", "/api/recogniser", "/api/headset", "/api/centre", "/api/floor/late"}
)
_ONLY_NOTED = frozenset(
    {Action.CALL_READ, Action.CALL_LISTEN, Action.CALL_LISTEN_UNHEARD, Action.FLOOR_WATCH, Action.REVIEW_READ}
)  # to nobody else's call unseen


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and from where. `signed_in`: the session; None for a machine. `secret`: what was shown for it."""

    person: Person
    origin: Origin
    signed_in: OpenSession | None = None
    secret: str = field(default="", repr=False)
    looked_up: Callable[[], Asker | None] = field(default=lambda: None, repr=False, compare=False)  # as it is now

    def still_holds(self) -> bool:
        """Whether they are still known, and may do the same as before. Raises StoreError."""
        now = self.looked_up()
        return now is not None and now.person == self.person

    @property
    def name(self) -> str | None:
        """Of a person; a machine has none."""
        return self.signed_in.name if self.signed_in is not None else None


class Gate:
    """On the event loop; what asks the database runs in threads."""

    def __init__(
        self,
        entrance: Entrance,
        audit: Audit,
        calls: CallIndex,
        cookie: SessionCookie,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.entrance = entrance
        self.calls = calls
        self.cookie = cookie
        self.audit = audit
        self._noted = Noted(clock)
        self._known: dict[str, Asker] = {}  # by what they showed, as long as it held
        self._clock = clock
        self._changes = (float("-inf"), 0)  # when it was looked, and what was seen
        self._looking = asyncio.Lock()

    async def asker(self, seen: HTTPConnection) -> Asker | None:
        """None: nobody that is known. Whoever is known keeps the place of the connection. May raise StoreError.

        While the database cannot be read, those are still known who were before: calls go on meanwhile.
        """
        origin, secret, is_machine = self._shown(seen)
        is_used = seen.scope["type"] != "http" or seen.url.path not in _ASKED_BY_ITSELF
        asker = await anyio.to_thread.run_sync(self._who, secret, is_machine, origin, is_used) if secret else None
        if asker is not None and (keep_place := getattr(seen.state, "keep_place", None)) is not None:
            keep_place(asker.person.id)
        return asker

    async def until_over(self, asker: Asker) -> None:
        """Returns when the session or token has ended, or its person may do other things than before."""
        seen, looked_s = None, self._clock()
        while True:
            changes = await self._latest_changes()
            if changes != seen or self._clock() - looked_s >= LOOK_ANYWAY_S:
                if not await self.holds(asker):
                    return
                seen, looked_s = changes, self._clock()
            await asyncio.sleep(LOOK_S)

    async def note(self, asker: Asker, action: Action | Deed, target: str | None) -> None:
        """That something was opened, heard or changed; the same by the same person once in a while.

        Raises StoreError where another's call was to be opened and that cannot be noted.
        """
        if not self._noted.is_due(asker.person.id, action, target):
            return
        try:
            await anyio.to_thread.run_sync(lambda: self.audit.note(asker.person.id, action, target, asker.origin))
        except StoreError:
            self._noted.forget(asker.person.id, action, target)
            if action in _ONLY_NOTED and not self._is_own(asker.person, target):
                raise
            log.warning("%s of %s by %s could not be noted in the audit", action, target, asker.person.id)

    async def note_refused(
        self, asker: Asker | None, action: Action | Deed, target: str | None, origin: Origin
    ) -> None:
        """A refusal stays one where it cannot be noted. `asker`: None for nobody that is known."""
        actor = asker.person.id if asker is not None else None
        who = actor or origin.address
        if not self._noted.is_due(who, f"refused {action}", target if actor is not None else None):
            return
        try:
            await anyio.to_thread.run_sync(lambda: self.audit.note(actor, action, target, origin, outcome="refused"))
        except StoreError as error:
            log.warning("a refusal could not be noted in the audit: %s", error)

    def _shown(self, seen: HTTPConnection) -> tuple[Origin, str, bool]:
        """Where a request comes from, the secret it shows ("": none that counts), and whether that is a token."""
        scheme, _, token = seen.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return origin_of(seen), token.strip(), True
        is_reading = seen.scope["type"] == "http" and seen.scope["method"] in _READING
        counts = is_reading or is_own_page(seen.headers)
        return origin_of(seen), self.cookie.read(seen) if counts else "", False

    def _who(self, secret: str, is_machine: bool, origin: Origin, is_used: bool) -> Asker | None:
        try:
            asker = self._looked_up(secret, is_machine, origin, is_used)
        except StoreError:
            if secret not in self._known:
                raise
            return replace(self._known[secret], origin=origin)
        if asker is None:
            self._known.pop(secret, None)
            return None
        self._known[secret] = asker
        if len(self._known) > _KNOWN:
            self._known.pop(next(iter(self._known)), None)
        return asker

    def _looked_up(self, secret: str, is_machine: bool, origin: Origin, is_used: bool = False) -> Asker | None:
        signed_in = None if is_machine else self.entrance.signed_in(secret, is_used)
        person = self.entrance.machine(secret) if is_machine else signed_in.person if signed_in is not None else None
        if person is None:
            return None
        return Asker(person, origin, signed_in, secret, partial(self._looked_up, secret, is_machine, origin))

    async def _latest_changes(self) -> int | None:
        """The number of `Entrance.changes`, read once for all sockets; None where it cannot be read."""
        async with self._looking:
            at_s, changes = self._changes
            if self._clock() - at_s >= LOOK_S / 2:
                try:
                    changes = await anyio.to_thread.run_sync(self.entrance.changes)
                except StoreError:
                    return None
                self._changes = self._clock(), changes
            return changes

    async def holds(self, asker: Asker) -> bool:
        """Whether the asker is still known, and may do the same as before.

        True while the database cannot be read: a call is not cut off from its page by that.
        """
        try:
            return await anyio.to_thread.run_sync(asker.still_holds)
        except StoreError:
            return True

    def _is_own(self, person: Person, target: str | None) -> bool:
        if target is None or person.agent_id is None:
            return False
        return self.calls.whose(target).agent_id == person.agent_id


def origin_of(seen: HTTPConnection, earlier: str = "") -> Origin:
    """`earlier`: the secret of a session that the browser still shows: a new one takes its place."""
    address = seen.client.host if seen.client is not None else ""  # as a named proxy tells it, which may be any text
    return Origin(printable(address), printable(seen.headers.get("user-agent", "")[:200]), earlier)
