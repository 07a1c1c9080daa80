"""Routes of signing in and out, and of one-time links: all that is open to nobody in particular."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from pipeline.desk.centre import CentreOfDesk, CentreState, CentreStatus, WhyRefused
from pipeline.documents import shown
from pipeline.errors import StoreError
from pipeline.people.audit import Deed, Outcome
from pipeline.people.entrance import (
    AccountRefused,
    FirstAdmin,
    LinkGone,
    LinkPurpose,
    Opened,
    OpenSession,
    Origin,
    TooManyTries,
    WrongPassword,
)
from pipeline.people.permissions import TABLE, Action, Role
from pipeline.people.turns import TooBusy, Turns
from pipeline.server.answers import Fault, LinkUseRefused, Responses, described
from pipeline.server.bodies import Given
from pipeline.server.gate import Gate, origin_of
from pipeline.server.hosts import is_own_page

LONGEST = 200  # of a login, a name, a secret; passwords are the entrance's to judge
LONGEST_PASSWORD = 1_000
BUSY_S = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SessionPerson:
    """Who is signed in. `may`: the actions that are permitted for some object at least."""

    id: str
    login: str
    name: str
    role: Role
    team: str | None
    agent_id: str | None
    may: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class DeskOfCentre:
    """This machine, whose agents sign in with their accounts of the centre. `state`, `reason`: of CentreStatus."""

    name: str
    centre: str
    address: str
    state: CentreState
    reason: WhyRefused


@dataclass(frozen=True, slots=True)
class Session:
    """`person`: null while nobody is signed in. `is_first_run`: there is no administrator yet. `desk`: null where this
    is no desk of a centre.
    """

    person: SessionPerson | None
    company: str
    is_first_run: bool
    desk: DeskOfCentre | None = None


class WrongSecret(Fault):
    """`tries_left`: before it gets slow, which lasts `wait_s`; the same whether there is such a name or not."""

    tries_left: int
    wait_s: float = 0.0


class Slowed(Fault):
    """`wait_s`: until a password is looked at again."""

    wait_s: float


def told_wrong(error: WrongPassword) -> Response:
    return JSONResponse({"detail": str(error), "tries_left": error.tries_left, "wait_s": error.wait_s}, 401)


def told_slow(error: TooManyTries) -> Response:
    headers = {"Retry-After": f"{error.wait_s:.0f}"}
    return JSONResponse({"detail": str(error), "wait_s": error.wait_s}, 429, headers)


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What a one-time link is for; `login` and `name` are "" for the first administrator's."""

    purpose: LinkPurpose
    login: str
    name: str
    expires_at: float  # seconds since 1970


def _fields(*names: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The OpenAPI description of a body of texts."""
    text = {"type": "string"}
    schema = {"type": "object", "properties": dict.fromkeys((*names, *optional), text), "required": list(names)}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


_SIGNING: Responses = {**described(408, 409, 413, 422, 503), 401: {"model": WrongSecret}, 429: {"model": Slowed}}
_LINKS = described(404, 408, 410, 413, 422, 503)


class Door:
    """What signing in and links have in common."""

    def __init__(self, gate: Gate, centre: CentreOfDesk | None = None, turns: Turns | None = None) -> None:
        """`centre`: of the desk that this is; `turns`: at passwords, of this process."""
        self.gate = gate
        self._centre = centre
        self._turns = turns or Turns()

    async def slowly(self, work: Callable[[], T]) -> T:
        """In its turn: passwords cost much, and calls and pages are to go on meanwhile."""
        try:
            return await self._turns.take(work)
        except TooBusy:
            busy = f"too many sign in just now: try again in {BUSY_S} s"
            raise HTTPException(503, busy, {"Retry-After": str(BUSY_S)}) from None

    async def by_link(self, work: Callable[[], T], origin: Origin) -> T:
        """As `slowly`; links that are gone, and what cannot be taken, as answers."""
        try:
            return await self.slowly(work)
        except LinkGone as error:
            await self.gate.note_refused(None, Deed.LINK_USED, None, origin)
            how = "a new one is made at the machine: `callcoach users link`"
            raise HTTPException(410 if error.was_known else 404, f"{error}; {how}") from None
        except AccountRefused as error:
            raise LinkUseRefused(str(error), error.reason) from None

    async def note(
        self, who: str | None, deed: Deed, target: str | None, origin: Origin, outcome: Outcome = "done"
    ) -> None:
        await anyio.to_thread.run_sync(lambda: self.gate.audit.note(who, deed, target, origin, outcome=outcome))

    async def told(self, signed_in: OpenSession | None) -> Session:
        entrance = self.gate.entrance

        def session() -> Session:
            desk = _desk(self._centre.status()) if self._centre is not None else None
            return Session(_person(signed_in), entrance.company(), entrance.is_first_run(), desk)

        return await anyio.to_thread.run_sync(session)

    async def opened(self, request: Request, response: Response, opened: Opened) -> Session:
        self.gate.cookie.give(response, opened.secret, request)
        return await self.told(opened.signed_in)


def session_routes(door: Door) -> APIRouter:
    routes = APIRouter()
    gate = door.gate

    @routes.get("/session", responses=described(503))
    async def session(request: Request) -> Session:
        asker = await gate.asker(request)
        return await door.told(asker.signed_in if asker is not None else None)

    @routes.post("/session", dependencies=[Depends(_own_page)], response_model=Session, responses=_SIGNING,
                 openapi_extra=_fields("login", "password"))  # fmt: skip
    async def sign_in(request: Request, response: Response, given: Given) -> Session | Response:
        login, password = _text(given, "login"), _text(given, "password", LONGEST_PASSWORD)
        origin = origin_of(request, gate.cookie.read(request))
        try:
            opened = await door.slowly(lambda: gate.entrance.sign_in(login, password, origin))
        except WrongPassword as error:
            await door.note(None, Deed.SIGN_IN, error.user_id, origin, "refused")
            return told_wrong(error)
        except TooManyTries as error:
            await gate.note_refused(None, Deed.SLOWED, None, origin)  # not each: they cost nothing
            return told_slow(error)
        await door.note(opened.signed_in.person.id, Deed.SIGN_IN, None, origin)
        return await door.opened(request, response, opened)

    @routes.delete("/session", dependencies=[Depends(_own_page)], status_code=204, responses=described(503))
    async def sign_out(request: Request) -> Response:
        """The cookie stays, and opens nothing: by it the browser is known, so no stranger keeps its user out."""
        secret, asker = gate.cookie.read(request), await gate.asker(request)
        if secret:
            await anyio.to_thread.run_sync(gate.entrance.sign_out, secret, origin_of(request))
        if asker is not None and asker.signed_in is not None:
            await door.note(asker.person.id, Deed.SIGN_OUT, None, asker.origin)
        return Response(status_code=204)

    return routes


def link_routes(door: Door) -> APIRouter:
    routes = APIRouter()
    entrance = door.gate.entrance

    @routes.post("/links/look", dependencies=[Depends(_own_page)], responses=_LINKS, openapi_extra=_fields("secret"))
    async def look(request: Request, given: Given) -> LinkStatus:
        secret = _text(given, "secret")
        link = await door.by_link(lambda: entrance.look(secret), origin_of(request))
        return LinkStatus(link.purpose, link.login, link.name, link.expires_at)

    @routes.post("/links/use", dependencies=[Depends(_own_page)], responses=_LINKS,
                 openapi_extra=_fields("secret", "password", optional=("company", "name", "login")))  # fmt: skip
    async def use(request: Request, response: Response, given: Given) -> Session:
        secret, password = _text(given, "secret"), _text(given, "password", LONGEST_PASSWORD)
        named = {"company", "name", "login"} & set(given)
        first = FirstAdmin(*(_text(given, name) for name in ("company", "login", "name"))) if named else None
        origin = origin_of(request, door.gate.cookie.read(request))
        opened = await door.by_link(lambda: entrance.use(secret, password, origin, first), origin)
        person = opened.signed_in.person.id
        await door.note(person, Deed.LINK_USED, person, origin)
        return await door.opened(request, response, opened)

    return routes


async def opened_by(gate: Gate, request: Request, link: str) -> Opened | None:
    """The session that a DESK link begins; None where it was used, has expired or never was."""
    origin = origin_of(request, gate.cookie.read(request))

    def enter() -> Opened:
        opened = gate.entrance.enter(link[:LONGEST], origin)
        gate.audit.note(opened.signed_in.person.id, Deed.LINK_USED, opened.signed_in.person.id, origin)
        return opened

    try:
        return await anyio.to_thread.run_sync(enter)
    except (LinkGone, StoreError):
        return None


def _own_page(request: Request) -> None:
    """What changes a browser's session is asked by a page of ours alone."""
    if not is_own_page(request.headers):
        raise HTTPException(403, "only a page of this server may ask for this")


def _text(given: dict[str, Any], name: str, longest: int = LONGEST) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        told = "missing" if value is None else "a text too long" if isinstance(value, str) and value else shown(value)
        raise HTTPException(422, f"{name} is {told}; it must be a text of at most {longest} characters")
    return value


def _desk(told: CentreStatus) -> DeskOfCentre:
    return DeskOfCentre(told.desk, told.name, told.address, told.state, told.reason)


def _person(signed_in: OpenSession | None) -> SessionPerson | None:
    if signed_in is None:
        return None
    person = signed_in.person
    role = Role(person.role)
    may = tuple(TABLE[role])
    return SessionPerson(person.id, signed_in.login, signed_in.name, role, person.team, person.agent_id, may)
