"""What a team lead does on the floor, and what is told of it afterwards: cases, sentences, the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any

import anyio
import anyio.to_thread
import uuid_utils
from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response

from pipeline.documents import shown
from pipeline.errors import CallOver, MailboxFull
from pipeline.events.help import WHISPER, WhisperSent
from pipeline.floor.cases import CaseRefused, OpenCase
from pipeline.floor.day import bounds, day_of
from pipeline.floor.day_table import day_table
from pipeline.floor.floor import Floor
from pipeline.floor.messages import Case
from pipeline.floor.past import FloorDay, PastCase, PastCases
from pipeline.floor.watchers import Watcher
from pipeline.masking.view import text_masked
from pipeline.people.audit import Audit
from pipeline.people.permissions import Action
from pipeline.people.person import Whose
from pipeline.quantities import is_one_line, is_seen
from pipeline.server.answers import CHANGING, READING, WRITING
from pipeline.server.bodies import Given
from pipeline.server.fields import flag, identifier, takes, text, texts
from pipeline.server.floor_plan import plan_routes
from pipeline.server.floor_socket import teams_of
from pipeline.server.gate import Asker, Gate
from pipeline.server.needs import AskedCall, NotPermitted, needs, needs_call, together
from pipeline.store.cases import KeptCase, SqlCases
from pipeline.store.database import Database
from pipeline.store.floor_day import FloorDays
from pipeline.store.seats import SqlSeats

_HELPS, _WATCHES = Depends(needs(Action.FLOOR_HELP)), Depends(needs(Action.FLOOR_WATCH))
WHISPER_ID = 36  # characters of a UUID: it stands in digests
_WHISPER = takes("text", "whisper", needed=1, others={"transfer": {"type": "boolean", "default": False}})
_CLOSE = takes("reason", needed=0, others={"also": {"type": "array", "items": {"type": "string"}, "default": []}})
OnDay = Annotated[date | None, Query(ge=date(1970, 1, 2), le=date(2999, 12, 31))]  # what clocks of machines can tell


@dataclass(frozen=True, slots=True)
class SentWhisper:
    """Its id: the digest of the call tells whether it was seen."""

    whisper: str


@dataclass(frozen=True, slots=True)
class Late:
    """So many agents need a lead for longer than their team wants, and nobody has taken it."""

    agents: int


def floor_routes(gate: Gate, floor: Floor, database: Database, audit: Audit) -> APIRouter:
    routes = APIRouter()
    routes.include_router(_deeds(gate, floor, audit))
    routes.include_router(_ringing(floor))
    routes.include_router(plan_routes(floor, SqlSeats(database), audit))
    routes.include_router(_days(floor, SqlCases(database), FloorDays(database)))
    return routes


def _deeds(gate: Gate, floor: Floor, audit: Audit) -> APIRouter:
    routes = APIRouter()
    one_by_one = anyio.Lock()  # of two who take a case at once only one is noted to have it

    @routes.get("/floor/late", responses=READING)
    async def late(asker: Annotated[Asker, _HELPS]) -> Late:
        """Asked by every page of a lead that is seen, now and then: so they are told wherever they are."""
        return Late(floor.late(Watcher(asker.person.id, asker.name, teams_of(asker.person))))

    @routes.post("/floor/cases/{id}/take", responses=CHANGING)
    async def take(id: str, asker: Annotated[Asker, _HELPS]) -> Case:
        """With the agent's other cases that nobody has. 409 where another lead has it."""
        async with one_by_one:
            also = [one.id for one in floor.cases.with_(id) if one.taken_by is None] if id in floor.cases.open else []
            deed = partial(floor.take, id, asker.person.id)
            return await _noted(floor, audit, asker, "take", [id, *also], deed)

    @routes.post("/floor/cases/{id}/close", responses=CHANGING, openapi_extra=_CLOSE)
    async def close(id: str, asker: Annotated[Asker, _HELPS], given: Given) -> Case:
        """With `also`, other cases of the same agent, or none of them: 409 where another lead has one, 404 where one is
        not open. Of its reason a mark is kept in the place of what is private.
        """
        reason = text(given, "reason").strip() if given.get("reason") else ""
        if not is_one_line(reason) or (reason and not is_seen(reason)):
            raise HTTPException(422, f"reason is {shown(reason)}; it must be one line with something to see in it")
        reason = text_masked(reason)
        async with one_by_one:
            cases = list(dict.fromkeys([id, *(texts(given, "also") if "also" in given else ())]))
            deed = partial(floor.close, cases, asker.person.id, reason)
            return await _noted(floor, audit, asker, "close", cases, deed)

    @routes.post("/calls/{call_id}/whispers", responses=WRITING, openapi_extra=_WHISPER)
    async def whisper(asked: Annotated[AskedCall, Depends(needs_call(Action.FLOOR_HELP))], given: Given) -> SentWhisper:
        """A sentence on the agent's page until it is seen, once, however often the same `whisper` (its id) is sent.

        `transfer`: it asks the agent to put the call through to whoever sends it, and the audit says so. 503 where the
        agent's machine does not answer: nobody knows whether it has come there.
        """
        return await _whisper(gate, audit, asked, given)

    return routes


async def _noted(
    floor: Floor, audit: Audit, asker: Asker, kind: str, cases: Sequence[str], deed: Callable[[], Case]
) -> Case:
    """Done with the first and the others of the same agent once it is noted, and not noted where it is not done: until
    then none of them ends by itself. Kept when it is answered.

    Raises NotPermitted, as for a case there is not, where it is another team's.
    """
    case_id, *others = cases
    known, none = floor.cases.open.get(case_id), f"there is no open case {shown(case_id)}"
    if known is None:
        raise HTTPException(404, none)
    if not asker.person.may(Action.FLOOR_HELP, Whose(team=known.kept.team)):
        raise NotPermitted(asker, Action.FLOOR_HELP, known.kept.call_id, 404, none)
    of_agent = {one.id: one.cause for one in floor.cases.with_(case_id)}
    if stranger := next((one for one in others if one not in of_agent), None):
        raise HTTPException(404, f"the agent has no other open case {shown(stranger)}")
    try:
        for one in cases:
            floor.cases.free_for(one, asker.person.id)
    except CaseRefused as error:
        raise HTTPException(409, str(error)) from None
    person, call_id, also = asker.person.id, known.kept.call_id, [of_agent[one] for one in others]
    details = {"deed": kind, "cause": known.kept.cause, **({"also": also} if also else {})}
    with floor.cases.holding(cases):
        await anyio.to_thread.run_sync(
            lambda: audit.note(person, Action.FLOOR_HELP, call_id, asker.origin, details=details)
        )
        done = deed()
    await floor.keep()
    return done


def _ringing(floor: Floor) -> APIRouter:
    routes = APIRouter()
    described = takes("agent_id", needed=1, others={"ringing": {"type": "boolean", "default": True}})

    @routes.post("/ringing", status_code=204, responses=WRITING, openapi_extra=described)
    async def ring(asker: Annotated[Asker, Depends(needs(Action.CALL_CONTROL))], given: Given) -> None:
        """An agent's telephone rings, or has stopped: the floor shows it until the call begins, 60 s at most."""
        agent_id = text(given, "agent_id")
        is_ringing = flag(given, "ringing") if "ringing" in given else True
        agent, none = floor.people.agents.get(agent_id), f"there is no agent {shown(agent_id)}"
        if agent is None:
            raise HTTPException(404, none)
        if not asker.person.may(Action.CALL_CONTROL, Whose(agent_id=agent_id, team=agent.team)):
            raise NotPermitted(asker, Action.CALL_CONTROL, agent_id, 404, none)
        floor.ring(agent_id, is_ringing=is_ringing)

    return routes


async def _whisper(gate: Gate, audit: Audit, asked: AskedCall, given: Mapping[str, Any]) -> SentWhisper:
    said, asker = text(given, "text", WHISPER).strip(), asked.asker
    if not is_seen(said) or not is_one_line(said):
        raise HTTPException(422, f"text is {shown(said)}; it must be one line of 1 to {WHISPER} characters")
    sent = WhisperSent(0, _id_of(given), said, asker.name or "", asker.person.id)
    deed = "transfer" if "transfer" in given and flag(given, "transfer") else "whisper"
    mailbox = gate.calls.running.mailbox(asked.call_id)
    try:
        if mailbox is None:
            raise CallOver
        await anyio.to_thread.run_sync(_note_deed, audit, asked, deed)
        await mailbox.tell_floor(sent)  # a desk may take its time: no thread waits for it
    except CallOver:
        raise HTTPException(409, f"call {asked.call_id} does not run") from None
    except MailboxFull as error:
        raise HTTPException(429, str(error), {"Retry-After": "2"}) from None
    return SentWhisper(sent.whisper)


def _note_deed(audit: Audit, asked: AskedCall, deed: str) -> None:
    asker = asked.asker
    with together(audit, asker):
        audit.note(asker.person.id, Action.FLOOR_HELP, asked.call_id, asker.origin, details={"deed": deed})


def _id_of(given: Mapping[str, Any]) -> str:
    if given.get("whisper") is None:
        return str(uuid_utils.uuid7())
    return identifier(given, "whisper", WHISPER_ID)


def _days(floor: Floor, cases: SqlCases, counts: FloorDays) -> APIRouter:
    routes = APIRouter()

    def past(asker: Asker, day: date) -> tuple[PastCase, ...]:
        since, until = bounds(day)
        kept = cases.between(round(since * 1000), round(until * 1000), teams_of(asker.person))
        return tuple(_past(floor, case) for case in kept)

    def of_day(asker: Asker, day: date | None) -> FloorDay:
        then = day or datetime.now().date()
        ahead_s = datetime.fromtimestamp(bounds(then)[0]).astimezone().utcoffset() or timedelta()
        return FloorDay(
            str(then),
            round(ahead_s.total_seconds() / 60),
            day_of(counts, cases, teams_of(asker.person), then),
            past(asker, then),
        )

    @routes.get("/floor/cases", responses=READING)
    def listed(asker: Annotated[Asker, _WATCHES], day: OnDay = None) -> PastCases:
        return PastCases(past(asker, day or datetime.now().date()))

    @routes.get("/floor/day", responses=READING)
    def shift(asker: Annotated[Asker, _WATCHES], day: OnDay = None) -> FloorDay:
        """What is handed over with a shift."""
        return of_day(asker, day)

    @routes.get("/floor/day.csv", responses=READING, response_class=Response)
    def table(asker: Annotated[Asker, _WATCHES], day: OnDay = None, english: bool = False) -> Response:
        found = of_day(asker, day)
        headers = {"Content-Disposition": f'attachment; filename="floor-{found.day}.csv"'}
        return Response(day_table(found, english=english), media_type="text/csv; charset=utf-8", headers=headers)

    return routes


def _past(floor: Floor, kept: KeptCase) -> PastCase:
    case, people = floor.shown(OpenCase(kept)), floor.people
    told = {one.name: getattr(case, one.name) for one in fields(Case)}
    agent = people.agents.get(kept.agent_id)
    return PastCase(
        **told, name=agent.name if agent is not None else "", closed_at=kept.closed_at,
        closed_because=kept.closed_because or "", closed_by=people.names.get(kept.closed_by or "", ""),
        closed_reason=kept.reason or "",
    )  # fmt: skip
