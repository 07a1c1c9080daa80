"""What a route needs: the action it names, as a FastAPI dependency that gives who asks, or refuses and notes that.

401 (socket: 4401) for nobody that is known. 403 (4403) for what a role may never do: the routes are no secret. 404
(4404), in the same words as for a call there is not, for a call that may not be seen: which calls there are is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

import anyio.to_thread
from fastapi import HTTPException, Request, WebSocketException
from fastapi.responses import JSONResponse, Response
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from pipeline.documents import shown
from pipeline.people.audit import Audit
from pipeline.people.permissions import Action
from pipeline.server.call_index import NotOwnDesk
from pipeline.server.gate import Asker, Gate, origin_of

CLOSE_NOT_SIGNED_IN = 4401
CLOSE_NOT_PERMITTED = 4403
CLOSE_UNKNOWN_CALL = 4404
_CLOSE = {401: CLOSE_NOT_SIGNED_IN, 403: CLOSE_NOT_PERMITTED, 404: CLOSE_UNKNOWN_CALL}
_NOTED = frozenset(
    {Action.CALL_CONTROL, Action.CALL_SPEAK, Action.CALL_CONSENT, Action.HEADSET_CHANGE, Action.FLOOR_WATCH}
)
_NOTED_OF_CALLS = _NOTED | {Action.CALL_READ, Action.REVIEW_READ}
NOT_SIGNED_IN = "nobody is signed in: open /login; programs send `Authorization: Bearer TOKEN` (docs/cti.md)"
OVER = "the session has ended, or permits other things than before: sign in"


class NotPermitted(Exception):
    """Of something whose owner the route alone knows: refused with this status, and noted as any refusal is."""

    def __init__(self, asker: Asker, action: Action, target: str | None, status: int, why: str) -> None:
        super().__init__(why)
        self.asker = asker
        self.action = action
        self.target = target
        self.status = status


async def not_permitted(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotPermitted)
    await gate_of(request).note_refused(error.asker, error.action, error.target, error.asker.origin)
    return JSONResponse({"detail": str(error)}, status_code=error.status)


@dataclass(frozen=True, slots=True)
class AskedCall:
    """A call that the asker may do the action to; `latest` has become its id."""

    asker: Asker
    call_id: str


@dataclass(frozen=True, slots=True)
class Need:
    """For an action that has no call in its address."""

    action: Action

    async def __call__(self, seen: HTTPConnection) -> Asker:
        asker = await _permitted(seen, self.action)
        if self.action in _NOTED:
            await gate_of(seen).note(asker, self.action, None)
        return asker


@dataclass(frozen=True, slots=True)
class CallNeed:
    """For an action to the call of `{call_id}` in the address."""

    action: Action

    async def __call__(self, seen: HTTPConnection, call_id: str) -> AskedCall:
        asker, gate = await _permitted(seen, self.action), gate_of(seen)
        known, is_permitted = await anyio.to_thread.run_sync(_sought, gate, asker, self.action, call_id)
        if known is None or not is_permitted:
            if known is not None:
                await gate.note_refused(asker, self.action, known, asker.origin)
            await _refuse(seen, 404, f"there is no call {shown(call_id)}")
        if self.action in _NOTED_OF_CALLS:
            await gate.note(asker, self.action, known)
        return AskedCall(asker, known)


@dataclass(frozen=True, slots=True)
class DeskNeed:
    """For an action at one's own headset here; what is said where there is none, the route says."""

    action: Action

    async def __call__(self, seen: HTTPConnection) -> Asker:
        asker, gate = await _permitted(seen, self.action), gate_of(seen)
        try:
            gate.calls.own_desk(asker.person, self.action)
        except NotOwnDesk:
            await gate.note_refused(asker, self.action, None, asker.origin)
            await _refuse(seen, 403, "this headset is another agent's")
        if self.action in _NOTED:
            await gate.note(asker, self.action, None)
        return asker


def needs(action: Action) -> Need:
    return Need(action)


def needs_call(action: Action) -> CallNeed:
    return CallNeed(action)


def needs_desk(action: Action) -> DeskNeed:
    return DeskNeed(action)


def gate_of(seen: HTTPConnection) -> Gate:
    gate = seen.app.state.gate
    assert isinstance(gate, Gate)
    return gate


async def _permitted(seen: HTTPConnection, action: Action) -> Asker:
    gate = gate_of(seen)
    asker = await gate.asker(seen)
    if asker is None:
        await gate.note_refused(None, action, None, origin_of(seen))
        await _refuse(seen, 401, NOT_SIGNED_IN)
    if not asker.person.may(action):
        await gate.note_refused(asker, action, None, asker.origin)
        await _refuse(seen, 403, f"the role {asker.person.role} does not permit {action}")
    seen.state.asker = asker
    return asker


async def still_permitted(request: Request) -> None:
    """Refuses who was let in when the request began, and has been signed out or given another role since."""
    asker = getattr(request.state, "asker", None)
    if asker is not None and not await gate_of(request).holds(asker):
        await _refuse(request, 401, OVER)


@contextmanager
def together(audit: Audit, asker: Asker) -> Iterator[None]:
    """One transaction, in which the asker still holds: it may have waited behind the one that put them out."""
    with audit.together():
        if not asker.still_holds():
            raise HTTPException(401, OVER)
        yield


def _sought(gate: Gate, asker: Asker, action: Action, call_id: str) -> tuple[str | None, bool]:
    known = gate.calls.find(asker.person, call_id)
    return known, known is not None and gate.calls.may(asker.person, action, known)


async def _refuse(seen: HTTPConnection, status: int, why: str) -> NoReturn:
    """A socket is accepted first: a browser tells its page nothing of one that was refused."""
    if isinstance(seen, WebSocket):
        await seen.accept()
        raise WebSocketException(_CLOSE[status], why[:120])
    raise HTTPException(status, why, {"WWW-Authenticate": "Bearer"} if status == 401 else None)
