"""Routes of a person's own account: sessions, password, own data, and who opened their calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.measures import AgentBaseline
from pipeline.events.score import CallScored
from pipeline.people.accounts import Accounts
from pipeline.people.audit import Audit, Deed, Wanted
from pipeline.people.audit_chain import Row
from pipeline.people.directory import Directory
from pipeline.people.entrance import OpenSession, TooManyTries, WrongPassword
from pipeline.people.permissions import Action
from pipeline.people.person import Within
from pipeline.people.tokens import Tokens
from pipeline.reviews.keeping import ReviewsKept
from pipeline.server.answers import CHANGING, READING, Fault, Responses
from pipeline.server.bodies import Given
from pipeline.server.fields import takes, text
from pipeline.server.gate import Asker
from pipeline.server.needs import NotPermitted, gate_of, needs
from pipeline.server.sign_in import LONGEST_PASSWORD, Door, Slowed, WrongSecret, told_slow, told_wrong
from pipeline.store.archive import Archive

_OTHERS = ("peer", "customer_name")  # facts that are somebody else's data
_CALLS_AT_ONCE = 500
_PASSWORD: Responses = {**CHANGING, 401: {"model": WrongSecret | Fault}, 429: {"model": Slowed}}


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session that is open. `is_here`: the one that asks. Times in seconds since 1970."""

    id: str
    begun_at: float
    seen_at: float
    address: str
    agent: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody has opened or heard a call of one's own; `name`: "" where they are here no more.

    `actor`: "" for whoever did so at the machine where callcoach runs.
    """

    call_id: str
    actor: str
    name: str
    action: str
    at: float


@dataclass(frozen=True, slots=True)
class Own:
    """What is kept of one person, from all places that keep it."""

    accounts: Accounts
    directory: Directory
    tokens: Tokens
    audit: Audit
    archive: Archive
    baseline: Callable[[str], AgentBaseline | None]
    reviews: ReviewsKept

    def opened(self, person: OpenSession) -> list[Opening]:
        agent_id = person.person.agent_id
        if agent_id is None:
            return []
        names = {user.id: user.name for user in self.directory.users()}
        names |= {token.person.id: token.name for token in self.tokens.tokens()}
        return [
            Opening(row.object or "", row.actor or "", names.get(row.actor or "", ""), row.action, row.at)
            for row in self.audit.opened(agent_id)
            if row.actor != person.person.id and row.outcome == "done"
        ]

    def data(self, signed_in: OpenSession) -> dict[str, Any]:
        user_id, agent_id = signed_in.person.id, signed_in.person.agent_id
        user = self.directory.user(user_id)
        baseline = self.baseline(agent_id) if agent_id is not None else None
        rows = {row.number: row for wanted in (Wanted(actor=user_id), Wanted(object=user_id))
                for row in self.audit.rows(wanted)}  # fmt: skip
        return {
            "account": asdict(user) if user is not None else None,
            "sessions": [
                {name: value for name, value in asdict(one).items() if name not in ("secret", "user_id")}
                for one in self.accounts.sessions(user_id)
            ],
            "usual_for_the_voice": asdict(baseline) if baseline is not None else None,
            "calls": self._calls(agent_id) if agent_id is not None else [],
            "reviews": self._reviews(agent_id) if agent_id is not None else [],
            "who_opened_the_calls": [asdict(opening) for opening in self.opened(signed_in)],
            "audit": [_row(row, user_id) for _, row in sorted(rows.items()) if not _tells_of_others(row, user_id)],
        }

    def _reviews(self, agent_id: str) -> list[dict[str, Any]]:
        """What people have said of the calls, by their role."""
        return [
            {"call_id": call_id, "at": entry.at, "role": entry.role, **asdict(entry.act)}
            for call_id in self.reviews.reviewed(Within(agent_id), None, None)
            for entry in self.reviews.entries(call_id)
        ]

    def _calls(self, agent_id: str) -> list[dict[str, Any]]:
        """The newest first: when, its facts, and its score."""
        call_ids = self.archive.calls(within=Within(agent_id))
        calls: dict[str, dict[str, Any]] = {call_id: {"call_id": call_id} for call_id in call_ids}
        kinds = {cls.__name__ for cls in (CallStarted, FactsNoted, CallEnded, CallScored)}
        for first in range(0, len(call_ids), _CALLS_AT_ONCE):
            for record in self.archive.pick(call_ids[first : first + _CALLS_AT_ONCE], kinds):
                calls[record.call_id] |= _of_call(record.event)
        return list(calls.values())


Self = Annotated[Asker, Depends(needs(Action.SELF))]


def _signed_in(asker: Self) -> OpenSession:
    assert asker.signed_in is not None  # the table gives Action.SELF to no machine
    return asker.signed_in


Me = Annotated[OpenSession, Depends(_signed_in)]


def _session_routes(own: Own) -> APIRouter:
    routes = APIRouter(prefix="/sessions")

    @routes.get("", responses=READING)
    def sessions(me: Me) -> list[OwnSession]:
        return [
            OwnSession(one.id, one.begun_at, one.seen_at, one.address, one.agent, one.id == me.session_id)
            for one in own.accounts.sessions(me.person.id)
        ]

    @routes.delete("", status_code=204, responses=CHANGING)
    def end_all(asker: Self, me: Me) -> Response:
        """This one too."""
        with own.audit.together():
            own.accounts.end_sessions(me.person.id)
            own.audit.note(me.person.id, Deed.SIGN_OUT, me.person.id, asker.origin, details={"everywhere": True})
        return Response(status_code=204)

    @routes.delete("/{id}", status_code=204, responses=CHANGING)
    def end(id: str, asker: Self, me: Me) -> Response:
        there_is_none = "there is no such session"
        if own.accounts.whose_session(id) not in (None, me.person.id):
            raise NotPermitted(asker, Action.SELF, id, 404, there_is_none)
        with own.audit.together():
            if not own.accounts.end_session(me.person.id, id):
                raise HTTPException(404, there_is_none)
            own.audit.note(me.person.id, Deed.SIGN_OUT, me.person.id, asker.origin, details={"session": id})
        return Response(status_code=204)

    return routes


def own_routes(own: Own, door: Door) -> APIRouter:
    routes = APIRouter(prefix="/me")
    routes.include_router(_session_routes(own))

    @routes.put("/password", status_code=204, responses=_PASSWORD, openapi_extra=takes("old", "new", needed=2))
    async def password(asker: Self, me: Me, given: Given) -> Response:
        """Its row is written behind the change, in a transaction of its own: no lock waits for the hashing."""
        old, new = (text(given, name, LONGEST_PASSWORD) for name in ("old", "new"))
        who, origin = me.person.id, asker.origin
        try:
            await door.slowly(lambda: own.accounts.change_password(me, old, new, origin))
        except WrongPassword as error:
            await door.note(who, Deed.PASSWORD_CHANGED, who, origin, "refused")
            return told_wrong(error)
        except TooManyTries as error:
            await door.gate.note_refused(asker, Deed.SLOWED, who, origin)  # not each: they cost nothing
            return told_slow(error)
        await door.note(who, Deed.PASSWORD_CHANGED, who, origin)
        return Response(status_code=204)

    @routes.get("/opened", responses=READING)
    def opened(me: Me) -> list[Opening]:
        """The newest first."""
        return own.opened(me)

    async def exporter(asker: Self, request: Request) -> None:
        await gate_of(request).note(asker, Deed.DATA_EXPORTED, asker.person.id)

    @routes.get("/data", dependencies=[Depends(exporter)], responses=READING, response_model=dict[str, Any])
    def data(me: Me) -> Response:
        """All that is kept of the person, as one file. Of calls their own facts, not the customer's."""
        body = json.dumps(own.data(me), ensure_ascii=False, indent=1)
        headers = {"Content-Disposition": 'attachment; filename="callcoach.json"', "Cache-Control": "no-store"}
        return Response(body, media_type="application/json", headers=headers)

    return routes


def _of_call(event: object) -> dict[str, Any]:
    match event:
        case CallStarted():
            return {"started_at": event.started_at, "facts": _own_facts(event.facts)}
        case FactsNoted():
            return {"facts": _own_facts(event.facts)}
        case CallEnded():
            return {"duration_ms": event.at_ms}
        case CallScored():
            return {"score": event.total, "groups": {group.name: group.points for group in event.groups}}
    return {}


def _own_facts(facts: CallFacts) -> dict[str, Any]:
    return {name: value for name, value in asdict(facts).items() if name not in _OTHERS}


def _tells_of_others(row: Row, user_id: str) -> bool:
    """A row for what was answered as if it were not there tells that it is, with its object or without."""
    return row.actor == user_id and row.outcome == "refused" and row.object not in (None, user_id)


def _row(row: Row, user_id: str) -> dict[str, Any]:
    """Where somebody else did it from is theirs."""
    told = {"at": row.at, "actor": row.actor, "action": row.action, "object": row.object, "outcome": row.outcome}
    return told | ({"address": row.address, "agent": row.agent} if row.actor == user_id else {})
