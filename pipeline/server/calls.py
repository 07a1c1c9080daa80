"""HTTP routes of calls: start, end, facts, and announcements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import JSONResponse, Response

from pipeline.codec import LONGEST_FACT
from pipeline.documents import shown
from pipeline.errors import (
    AudioError,
    CallBusy,
    CallcoachError,
    CallOver,
    FactsError,
    MailboxFull,
    NobodyHere,
    NoMicrophone,
)
from pipeline.events.call import CallFacts
from pipeline.events.prompts import PromptTold
from pipeline.people.permissions import Action, Scope, scope_of
from pipeline.people.person import Whose
from pipeline.ports import Mailbox
from pipeline.server.answers import WRITING, Fault, described
from pipeline.server.bodies import Given
from pipeline.server.gate import Asker, Gate
from pipeline.server.listing import has_ended
from pipeline.server.masked import Masking
from pipeline.server.needs import AskedCall, NotPermitted, needs_call, needs_desk
from pipeline.server.patient import Patient
from pipeline.session.consent import Consents
from pipeline.session.desk import CallControl, Desk, Desks, HeadsetStatus
from pipeline.store.ownership import owner

NO_HEADSET = "there is no headset here: `callcoach live` has one, and an agent's page of `callcoach serve`"
LONGEST_TOLD_MS = 3_600_000
FACTS_SCHEMA = {"$ref": "#/components/schemas/CallFacts"}  # each may be left out
TAKES_FACTS = {"requestBody": {"content": {"application/json": {"schema": FACTS_SCHEMA}}}}


@dataclass(frozen=True, slots=True)
class CallId:
    """The call that was meant; `latest` is answered with its id."""

    call_id: str


class Busy(Fault):
    """Why no call begins; `call_id` is the call that runs, where that is why."""

    call_id: str | None = None


BEGINNING: dict[int | str, dict[str, Any]] = {**WRITING, 409: {"model": Busy}}


def busy(error: CallBusy) -> Response:
    body = Busy(detail=str(error), call_id=error.call_id)
    return JSONResponse(body.model_dump(exclude={"reason"}), status_code=409)


def call_routes(gate: Gate, consents: Consents, masking: Masking, is_signed: bool = False) -> APIRouter:
    """`is_signed`: an agent signs in at this desk, and its calls are theirs, whatever a telephone system tells."""
    routes, calls = APIRouter(route_class=Patient), gate.calls
    archive, running = calls.archive, calls.running

    @routes.get("/headset", response_model=HeadsetStatus, responses={204: {}, **described(401)})
    def headset(asker: Annotated[Asker, Depends(needs_desk(Action.HEADSET_READ))]) -> HeadsetStatus | Response:
        """204 where there is none: pages ask everywhere, and a browser's console shows every 404 as an error."""
        control = _control_of(calls.desks.of(asker.person))
        if control is None:
            return Response(status_code=204)
        status = control.status()
        return replace(status, facts=masking.facts(asker.person, status.call_id or "", status.facts))

    @routes.post("/calls", status_code=201, responses=BEGINNING, openapi_extra=TAKES_FACTS, response_model=CallId)
    def start(asker: Annotated[Asker, Depends(needs_desk(Action.CALL_CONTROL))], facts: Given) -> CallId | Response:
        """A person's call has the person's agent id, name and team where nothing else is told of them."""
        control = _control_of(calls.desks.of(asker.person) or _told_desk(calls.desks, asker, facts))
        if control is None:
            raise HTTPException(409, NO_HEADSET)
        _refuse_others(asker, facts, owner(control.status().facts), is_signed=is_signed)
        return _start(control, asker, facts)

    @routes.post("/calls/{call_id}/end", responses=WRITING)
    def end(asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_CONTROL))]) -> CallId:
        known = asked.call_id
        control = _control_of(calls.desks.carrying(known))
        is_ending = control is not None and control.end(known, actor=asked.asker.person.id)
        if not is_ending and not has_ended(archive, running, known):
            raise HTTPException(409, f"call {known} runs, but not on a headset: it ends by itself")
        return CallId(known)

    @routes.put("/calls/{call_id}/facts", status_code=202, responses=WRITING, openapi_extra=TAKES_FACTS)
    def tell(asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_CONTROL))], facts: Given) -> CallFacts:
        _refuse_others(asked.asker, facts, calls.whose(asked.call_id), asked.call_id, is_signed=is_signed)
        told = _told(consents, asked, running.mailbox(asked.call_id), facts)
        return masking.facts(asked.asker.person, asked.call_id, told)

    @routes.post("/calls/{call_id}/announcement", status_code=202, responses=WRITING)
    def announce(asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_CONTROL))], given: Given) -> CallId:
        _announce(asked.call_id, running.mailbox(asked.call_id), given, asked.asker.person.id)
        return CallId(asked.call_id)

    @routes.delete("/calls/{call_id}/audio", status_code=202, responses=WRITING)
    def withdraw(asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_CONSENT))]) -> CallFacts:
        """Takes the consent to the recording back: what was recorded is deleted."""
        told = _told(consents, asked, running.mailbox(asked.call_id), {"recording_consent": False})
        return masking.facts(asked.asker.person, asked.call_id, told)

    return routes


def _control_of(desk: Desk | None) -> CallControl | None:
    return desk.control if desk is not None else None


def _told_desk(desks: Desks, asker: Asker, facts: dict[str, Any]) -> Desk | None:
    """Of the agent of whom a telephone system says that a call begins; nobody else says so of another."""
    agent_id = facts.get("agent_id")
    may_say = scope_of(asker.person.role, Action.CALL_CONTROL) is Scope.ALL
    return desks.of_agent(agent_id) if may_say and isinstance(agent_id, str) else None


def _own(asker: Asker) -> dict[str, str]:
    """What a call begun by a person begins with."""
    if asker.signed_in is None:
        return {}
    told = {"agent_id": asker.person.agent_id, "agent_name": asker.signed_in.name, "team": asker.person.team}
    return {name: value for name, value in told.items() if value}


def _refuse_others(
    asker: Asker, facts: dict[str, Any], now: Whose, call_id: str | None = None, *, is_signed: bool
) -> None:
    """Nobody makes a call another's: only who may do so to all calls says whose it is. `now`: whose it is.

    Raises NotPermitted. `call_id`: null for a call that is to begin. Where agents sign in, no machine does so either,
    and no agent gives another name.
    """
    if scope_of(asker.person.role, Action.CALL_CONTROL) is Scope.ALL:
        if is_signed and facts.get("agent_id", now.agent_id) != now.agent_id:
            why = f"agent_id is {shown(facts['agent_id'])}; calls of this desk are of who is signed in here"
            raise NotPermitted(asker, Action.CALL_CONTROL, call_id, 403, why)
        return
    own_name = asker.signed_in.name if asker.signed_in is not None else None
    if is_signed and facts.get("agent_name", own_name) != own_name:
        why = f"agent_name is {shown(facts['agent_name'])}; at this desk sits {shown(own_name)}"
        raise NotPermitted(asker, Action.CALL_CONTROL, call_id, 403, why)
    for name, own, told in (("agent_id", asker.person.agent_id, now.agent_id), ("team", asker.person.team, now.team)):
        if name in facts and facts[name] not in (own, told):
            why = f"{name} is {shown(facts[name])}; a person's call is their own and of their team"
            raise NotPermitted(asker, Action.CALL_CONTROL, call_id, 403, why)


def _announce(call_id: str, mailbox: Mailbox | None, given: dict[str, Any], actor: str) -> None:
    try:
        if mailbox is None:
            raise CallOver
        mailbox.put_prompt(_announcement(given), actor=actor)
    except CallOver:
        raise HTTPException(409, f"call {call_id} has ended") from None
    except MailboxFull as error:
        raise HTTPException(429, str(error), {"Retry-After": "1"}) from None


def _announcement(given: dict[str, Any]) -> PromptTold:
    if unknown := sorted(set(given) - {"name", "duration_ms", "playing"}):
        known = "name, duration_ms, playing"
        raise HTTPException(422, f"there is no {shown(unknown[0])} in an announcement; known: {known}")
    playing, name, duration_ms = given.get("playing", True), given.get("name"), given.get("duration_ms")
    if not isinstance(playing, bool):
        raise HTTPException(422, f"playing is {shown(playing)}; it must be true or false")
    is_name = isinstance(name, str) and name.strip() and len(name) <= LONGEST_FACT
    if (name is not None or playing) and not is_name:
        wanted = f"the recording's name, as text of at most {LONGEST_FACT} characters"
        raise HTTPException(422, f"name is {shown(name)}; it must be {wanted}")
    if duration_ms is not None and (type(duration_ms) is not int or not 0 < duration_ms <= LONGEST_TOLD_MS):
        wanted = f"whole milliseconds from 1 to {LONGEST_TOLD_MS}, or null"
        raise HTTPException(422, f"duration_ms is {shown(duration_ms)}; it must be {wanted}")
    return PromptTold((name or "").strip(), duration_ms, playing)


def _start(control: CallControl, asker: Asker, facts: dict[str, Any]) -> CallId | Response:
    standing = control.status().facts
    usual = {name: value for name, value in _own(asker).items() if getattr(standing, name) is None}
    try:
        return CallId(control.start({**usual, **facts}, actor=asker.person.id))
    except CallBusy as error:
        return busy(error)
    except (NoMicrophone, NobodyHere) as error:
        raise HTTPException(409, str(error)) from None
    except FactsError as error:
        raise HTTPException(422, str(error)) from None
    except CallcoachError as error:  # no call can be held: a rulebook that cannot be read
        raise HTTPException(503, str(error)) from None


def _told(consents: Consents, asked: AskedCall, mailbox: Mailbox | None, facts: dict[str, Any]) -> CallFacts:
    call_id, actor = asked.call_id, asked.asker.person.id
    try:
        if mailbox is not None:
            return mailbox.put_facts(facts, actor=actor)
    except FactsError as error:
        raise HTTPException(422, str(error)) from None
    except MailboxFull as error:
        raise HTTPException(429, str(error), {"Retry-After": "1"}) from None
    except CallOver:
        pass
    return _withdrawn(consents, call_id, facts, actor)


def _withdrawn(consents: Consents, call_id: str, facts: dict[str, Any], actor: str) -> CallFacts:
    """After the end of a call only its consent to recording can be changed, to false."""
    if facts != {"recording_consent": False}:
        raise HTTPException(409, f"call {call_id} has ended: only the consent to its recording can be withdrawn")
    if not has_ended(consents.archive, consents.sessions, call_id):
        raise HTTPException(409, f"call {call_id} runs at another server, or at a desk that is away: it is told there")
    try:
        return consents.withdraw(call_id, actor=actor)
    except AudioError as error:
        raise HTTPException(503, str(error)) from None
