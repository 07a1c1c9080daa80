"""Routes of desks: the machines of agents. A code lets one in; a list says which there are, and who sits there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from pipeline.desk_protocol.kinds import MAJOR, NEWEST
from pipeline.errors import AccountRefused
from pipeline.people.audit import Deed
from pipeline.people.desks import Desk
from pipeline.people.entrance import Origin, TooManyTries
from pipeline.people.permissions import Action
from pipeline.people.slowing import Key, Slowing
from pipeline.server.answers import CHANGING, READING, described
from pipeline.server.bodies import Given
from pipeline.server.fields import identifier, takes, text
from pipeline.server.gate import Asker, Gate, origin_of
from pipeline.server.needs import needs, together
from pipeline.server.registry import Registry
from pipeline.server.sign_in import Slowed

_MAY_CHANGE = Depends(needs(Action.DESKS_CHANGE))
_MACHINE = Depends(needs(Action.DESK_CONNECT))
_ENROLMENT = ("code", "name", "installation", "machine", "program")
_INSTALLATION = 64  # characters, as in the messages of desks


@dataclass(frozen=True, slots=True)
class NewDeskCode:
    """Typed at the machine: `callcoach desk enrol ADDRESS CODE`. Times in seconds since 1970 and seconds."""

    code: str
    expires_at: float
    left_s: float


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`token`: the machine's, shown this once. `centre`: what the company is called."""

    desk_id: str
    token: str
    name: str
    centre: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who has begun a shift there. `name`: null for somebody who was removed."""

    user_id: str
    agent_id: str
    name: str | None
    since: float


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """An agent's machine. Times in seconds since 1970; `offset_ms`: how far its clock was ahead when it was seen."""

    id: str
    name: str
    machine: str
    program: str
    enrolled_at: float
    seen_at: float | None
    offset_ms: int | None
    revoked_at: float | None
    is_here: bool
    agent: Sitting | None


@dataclass(frozen=True, slots=True)
class DeskItself:
    """What a machine is told of its own token. `version`: of the messages spoken here; `clock_ms` since 1970."""

    id: str
    name: str
    centre: str
    version: str
    program: str
    clock_ms: float


def nobody_is_here(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class DeskOffice:
    """`certificate`: DER, of the TLS that ends in this process. `is_here`: whether a desk is connected, by its id."""

    registry: Registry
    certificate: bytes | None = None
    is_here: Callable[[str], bool] = nobody_is_here

    def enrol(self, told: dict[str, str], origin: Origin) -> Enrolled:
        with self.registry.audit.together():  # a name that is taken leaves the code as it was
            secret, desk = self.registry.desks.enrol(**told)
            self.registry.audit.note(None, Deed.DESK_ENROLLED, f"token:{desk.id}", origin)
        return Enrolled(desk.id, secret, desk.name, self.registry.accounts.company())

    def revoke(self, asker: Asker, desk_id: str) -> None:
        with together(self.registry.audit, asker):
            token = self.registry.desks.revoke(desk_id)
            self.registry.audit.note(asker.person.id, Deed.DESK_REVOKED, token.person.id, asker.origin)

    def entry(self, desk: Desk) -> DeskEntry:
        told = {name: value for name, value in asdict(desk).items() if name != "installation"}
        return DeskEntry(**told, is_here=desk.revoked_at is None and self.is_here(desk.id), agent=self._sitting(desk))

    def itself(self, asker: Asker) -> DeskItself:
        desk = self.desk_of(asker)
        centre = self.registry.accounts.company()
        program = f"callcoach {version('callcoach')}"
        return DeskItself(desk.id, desk.name, centre, f"{MAJOR}.{NEWEST}", program, time.time() * 1000)

    def desk_of(self, asker: Asker) -> Desk:
        """Raises AccountRefused for a token that no desk was given."""
        desk = self.registry.desks.desk(asker.person.id.removeprefix("token:"))
        if desk is None:
            raise AccountRefused("this token is no desk's: `callcoach desk enrol` gives a machine its own", "unknown")
        return desk

    def _sitting(self, desk: Desk) -> Sitting | None:
        shift = self.registry.desks.shift_at(desk.id) if desk.revoked_at is None else None
        if shift is None:
            return None
        user = self.registry.directory.user(shift.user_id)
        name = user.name if user is not None and user.removed_at is None else None
        return Sitting(shift.user_id, shift.agent_id, name, shift.begun_at)


def desk_routes(office: DeskOffice) -> APIRouter:
    """Of administrators."""
    routes = APIRouter(prefix="/desks")
    desks, audit = office.registry.desks, office.registry.audit

    @routes.get("", dependencies=[Depends(needs(Action.DESKS_READ))], responses=READING)
    def listed() -> list[DeskEntry]:
        """Those revoked too, in the order they were enrolled."""
        return [office.entry(desk) for desk in desks.desks()]

    @routes.post("/codes", status_code=201, responses=CHANGING)
    def make_code(asker: Annotated[Asker, _MAY_CHANGE], response: Response) -> NewDeskCode:
        with together(audit, asker):
            code, kept = desks.make_code(asker.person.id, office.certificate)
            audit.note(asker.person.id, Deed.DESK_CODE_MADE, None, asker.origin)
        response.headers["Cache-Control"] = "no-store"
        return NewDeskCode(code, kept.expires_at, kept.expires_at - time.time())

    return routes


def _enrolment(given: dict[str, Any]) -> dict[str, str]:
    told = {name: text(given, name) for name in _ENROLMENT}
    return told | {"installation": identifier(given, "installation", _INSTALLATION)}


def machine_routes(office: DeskOffice, gate: Gate) -> APIRouter:
    """Of the machines themselves, and of those that are to become desks."""
    routes = APIRouter(prefix="/desks")
    slowing = Slowing()  # of its own: whoever guesses codes keeps nobody of the office from signing in

    @routes.post("/enrol", status_code=201, response_model=Enrolled,
                 responses={**described(404, 408, 409, 413, 422, 503), 429: {"model": Slowed}},
                 openapi_extra=takes(*_ENROLMENT, needed=5))  # fmt: skip
    async def enrol(request: Request, response: Response, given: Given) -> Enrolled | Response:
        """Open to whoever has a code. The code is used up by this alone that was done."""
        told = _enrolment(given)
        origin = origin_of(request)
        address = Key.of_address(origin.address)
        try:
            slowing.begin([address])
        except TooManyTries as error:
            await gate.note_refused(None, Deed.SLOWED, None, origin)
            return _slowed(error)
        try:
            enrolled = await anyio.to_thread.run_sync(office.enrol, told, origin)
        except AccountRefused as error:
            if error.reason == "unknown":  # anything else is said to who had a code
                await gate.note_refused(None, Deed.DESK_ENROLLED, None, origin)
            else:
                slowing.take_back(address)
            raise
        slowing.take_back(address)
        response.headers["Cache-Control"] = "no-store"
        return enrolled

    @routes.get("/self", responses=READING)
    def itself(asker: Annotated[Asker, _MACHINE]) -> DeskItself:
        return office.itself(asker)

    @routes.delete("/self", status_code=204, responses=CHANGING)
    def leave(asker: Annotated[Asker, _MACHINE]) -> Response:
        """Its token holds no longer."""
        office.revoke(asker, office.desk_of(asker).id)
        return Response(status_code=204)

    @routes.delete("/{id}", status_code=204, responses=CHANGING)
    def revoke(id: str, asker: Annotated[Asker, _MAY_CHANGE]) -> Response:
        """For good, and at once."""
        office.revoke(asker, id)
        return Response(status_code=204)

    return routes


def _slowed(error: TooManyTries) -> Response:
    told: dict[str, Any] = {"detail": "too many wrong codes came from this address: wait", "wait_s": error.wait_s}
    return JSONResponse(told, 429, {"Retry-After": f"{error.wait_s:.0f}"})
