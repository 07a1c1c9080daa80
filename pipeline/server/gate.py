"""The gate: who asks, and whether that still holds. What each route lets through, it says by `needs.py`.

A person shows the cookie of a session, a machine `Authorization: Bearer TOKEN`; an address permits nothing, as machines
are shared, proxied and remote-controlled. Against requests of other sites, what a cookie permits to change must come
from a page of ours (`hosts.is_own_page`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import anyio.to_thread
from starlette.requests import HTTPConnection

from pipeline.errors import StoreError
from pipeline.events.actor import Actor
from pipeline.people.entrance import Entrance, Origin, SignedIn
from pipeline.people.permissions import Action
from pipeline.people.person import Person
from pipeline.server.call_index import CallIndex
from pipeline.server.cookies import SessionCookie
from pipeline.server.hosts import is_own_page
from pipeline.server.noted import Noted

log = logging.getLogger(__name__)

LOOK_S = 0.5  # how often an open socket looks whether its session still holds
LOOK_ANYWAY_S = 60.0  # also where nothing was changed: a session may have come to its end
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ONLY_NOTED = frozenset({Action.CALL_READ, Action.CALL_LISTEN, Action.FLOOR_WATCH})  # to nobody else's call unseen


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and from where. `signed_in`: the session; None for a machine. `secret`: what was shown for it."""

    person: Person
    origin: Origin
    signed_in: SignedIn | None = None
    secret: str = field(default="", repr=False)

    @property
    def name(self) -> str | None:
        """Of a person; a machine has none."""
        return self.signed_in.name if self.signed_in is not None else None


class Audit(Protocol):
    """What the gate needs of `people.audit`."""

    def note(
        self,
        actor: Actor,
        action: Action,
        object: str | None,
        origin: Origin,
        *,
        outcome: Literal["done", "refused"] = "done",
        details: Mapping[str, object] | None = None,
    ) -> object: ...


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
        self._audit = audit
        self._noted = Noted(clock)
        self._clock = clock
        self._changes = (float("-inf"), 0)  # when it was looked, and what was seen
        self._looking = asyncio.Lock()

    async def asker(self, seen: HTTPConnection) -> Asker | None:
        """None: nobody that is known. Whoever is known keeps the place of the connection. May raise StoreError."""
        asker = await anyio.to_thread.run_sync(self._asker, seen)
        if asker is not None and (keep_place := getattr(seen.state, "keep_place", None)) is not None:
            keep_place()
        return asker

    async def until_over(self, asker: Asker) -> None:
        """Returns when the session or token has ended, or its person may do other things than before."""
        seen, looked_s = None, self._clock()
        while True:
            changes = await self._latest_changes()
            if changes != seen or self._clock() - looked_s >= LOOK_ANYWAY_S:
                if not await self._holds(asker):
                    return
                seen, looked_s = changes, self._clock()
            await asyncio.sleep(LOOK_S)

    async def note(self, asker: Asker, action: Action, target: str | None) -> None:
        """That something was opened, heard or changed; the same by the same person once in a while.

        Raises StoreError where another's call was to be opened and that cannot be noted.
        """
        if not self._noted.is_due(asker.person.id, action, target):
            return
        try:
            await anyio.to_thread.run_sync(lambda: self._audit.note(asker.person.id, action, target, asker.origin))
        except StoreError:
            self._noted.forget(asker.person.id, action, target)
            if action in _ONLY_NOTED and not self._is_own(asker.person, target):
                raise
            log.warning("%s of %s by %s could not be noted in the audit", action, target, asker.person.id)

    async def note_refused(self, asker: Asker | None, action: Action, target: str | None, origin: Origin) -> None:
        """A refusal stays one where it cannot be noted. `asker`: None for nobody that is known."""
        actor = asker.person.id if asker is not None else None
        who = actor or origin.address
        if not self._noted.is_due(who, f"refused {action}", target if actor is not None else None):
            return
        try:
            await anyio.to_thread.run_sync(lambda: self._audit.note(actor, action, target, origin, outcome="refused"))
        except StoreError as error:
            log.warning("a refusal could not be noted in the audit: %s", error)

    def _asker(self, seen: HTTPConnection) -> Asker | None:
        origin = origin_of(seen)
        scheme, _, token = seen.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            machine = self.entrance.machine(token.strip())
            return Asker(machine, origin, secret=token.strip()) if machine is not None else None
        secret = self.cookie.read(seen.headers)
        is_reading = seen.scope["type"] == "http" and seen.scope["method"] in _READING
        if not secret or not (is_reading or is_own_page(seen.headers)):
            return None
        signed_in = self.entrance.signed_in(secret)
        return Asker(signed_in.person, origin, signed_in, secret) if signed_in is not None else None

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

    async def _holds(self, asker: Asker) -> bool:
        """A call is not cut off from its page because the database cannot be read just now."""
        try:
            return await anyio.to_thread.run_sync(self._now, asker) == asker.person
        except StoreError:
            return True

    def _now(self, asker: Asker) -> Person | None:
        if asker.signed_in is None:
            return self.entrance.machine(asker.secret)
        signed_in = self.entrance.signed_in(asker.secret)
        return signed_in.person if signed_in is not None else None

    def _is_own(self, person: Person, target: str | None) -> bool:
        if target is None or person.agent_id is None:
            return False
        return self.calls.whose(target).agent_id == person.agent_id


def origin_of(seen: HTTPConnection) -> Origin:
    address = seen.client.host if seen.client is not None else ""
    return Origin(address, seen.headers.get("user-agent", "")[:200])
