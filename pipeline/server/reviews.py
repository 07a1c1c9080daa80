"""Routes of reviews: what people have said of a call, what waits for whom, how often people agree with a rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from pipeline.documents import shown
from pipeline.errors import ReviewRefused
from pipeline.events.score import ScoreGroup, Verdict
from pipeline.people.audit import Deed
from pipeline.people.directory import Directory
from pipeline.people.permissions import Action, Role
from pipeline.people.users import User
from pipeline.reviews.entries import KINDS, Act, AppealChecked, Entry, ItemAppealed, Undone, act_from_json
from pipeline.reviews.keeping import Waiting
from pipeline.reviews.review import UNCHECKED_S, Answer, ItemReview, Stage
from pipeline.server.answers import CHANGING, MOST, READING, Fault
from pipeline.server.bodies import Given
from pipeline.server.call_index import CallIndex
from pipeline.server.gate import Asker
from pipeline.server.needs import AskedCall, needs, needs_call
from pipeline.session.reviewing import Reviewed, Reviewing, action_of

_SAYING = (Action.REVIEW_JUDGE, Action.REVIEW_ANSWER, Action.REVIEW_CHECK, Action.REVIEW_COMMENT)


@dataclass(frozen=True, slots=True)
class SaidEntry:
    """One entry of the stream. `name`: "" of somebody who is here no more. `at`: seconds since 1970."""

    number: int
    at: float
    name: str
    role: Role
    is_own: bool  # by whoever asks
    is_undone: bool  # taken back since
    act: Act


@dataclass(frozen=True, slots=True)
class ReviewedItem:
    """An item as people judge it. `verdict` and `points` as on the card; the others are numbers of entries, or null.

    `answer`: what became of it at the agent: "" where there is nothing to answer, open, accepted, appealed, expired.
    """

    rule: str
    verdict: Verdict
    points: float | None
    is_judged: bool  # by people
    answer: Answer
    until: float | None
    given: int | None
    accepted: int | None
    appeal: int | None
    check: int | None
    decision: int | None
    reopened: int | None


@dataclass(frozen=True, slots=True)
class ReviewState:
    """How far the review of a call is. `seen`: to be told with what is said next. `may`: the actions of who asks.

    `total`, of people: null where nobody has judged, or too little is assessed. `assessed`, `offered`: weights.
    `team`, `agent`: names of the call's, their ids where nobody has them any more, "" without one.
    """

    call_id: str
    team: str
    agent: str
    seen: int
    stage: Stage
    entries: tuple[SaidEntry, ...]
    items: tuple[ReviewedItem, ...]
    total: float | None
    fatal: int
    to_confirm: int
    assessed: int
    offered: int
    groups: tuple[ScoreGroup, ...]
    reviewer: str  # name
    finished_at: float | None
    until: float | None
    unseen: int
    may: tuple[Action, ...]


class NotSaid(Fault):
    """`why`: changed (by somebody else; `review` is as it is now), not_now, reason, own, worse, unknown or wrong."""

    why: str
    review: ReviewState | None = None


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """The appeal that waits longest: the rule with its titles, what the agent would have and why. `until`: the lead
    checks it; `is_right`, `checked`: what the lead has found, and why; null and "" as long as nobody has.
    """

    rule: str
    title: str
    title_en: str
    verdict: Verdict
    reason: str
    until: float
    is_right: bool | None
    checked: str


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """`agent`, `team`: names, or their ids where nobody has them any more. `started_at`, `until`: seconds since 1970.

    `item`: null where none was asked for, or none is appealed.
    """

    call_id: str
    agent: str
    team: str | None
    started_at: float | None
    stage: Stage
    until: float | None
    unseen: int
    item: WaitingItem | None = None


@dataclass(frozen=True, slots=True)
class WaitingCalls:
    """What waits for whoever asks, by what they may do; each list with what ends first at its head.

    `reviewing`: what they have begun themselves.
    """

    to_answer: tuple[WaitingCall, ...]
    comments: tuple[WaitingCall, ...]
    to_check: tuple[WaitingCall, ...]
    to_decide: tuple[WaitingCall, ...]
    reviewing: tuple[WaitingCall, ...]


_ACTS = [{"$ref": f"#/components/schemas/{of.__name__}"} for of in KINDS.values()]
_SAID = {
    "type": "object",
    "required": ["act", "seen"],
    "properties": {"act": {"anyOf": _ACTS}, "seen": {"type": "integer"}},
}
_TAKES_ACT = {"requestBody": {"content": {"application/json": {"schema": _SAID}}}}
_SAYS: dict[int | str, dict[str, Any]] = {**CHANGING, 409: {"model": NotSaid}, 422: {"model": NotSaid | Fault}}


async def review_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ReviewRefused)
    status = 409 if error.reason in ("changed", "not_now", "own", "worse") else 422
    return JSONResponse({"detail": str(error), "why": error.reason}, status_code=status)


def review_routes(reviewing: Reviewing, directory: Directory, calls: CallIndex) -> APIRouter:
    routes = APIRouter()
    names = _Names(directory, calls)

    @routes.get("/calls/{call_id}/review", responses=READING)
    def review(asked: Annotated[AskedCall, Depends(needs_call(Action.REVIEW_READ))]) -> ReviewState:
        return _state(asked, reviewing, reviewing.of(asked.call_id), names)

    @routes.post("/calls/{call_id}/printed", status_code=204, responses=CHANGING)
    def printed(asked: Annotated[AskedCall, Depends(needs_call(Action.REVIEW_READ))]) -> Response:
        """A page tells that its card is about to be printed: it leaves the machine, as an export does."""
        who = asked.asker
        reviewing.audit.note(who.person.id, Deed.CALL_EXPORTED, asked.call_id, who.origin, details={"as": "print"})
        return Response(status_code=204)

    routes.include_router(_saying_routes(_Saying(reviewing, names)))

    @routes.get("/reviews/waiting", responses=READING)
    def waiting(
        asker: Annotated[Asker, Depends(needs(Action.REVIEW_READ))], items: Annotated[bool, Query()] = False
    ) -> WaitingCalls:
        """`items`: with the appeal of each that waits longest."""
        return _waiting(reviewing, asker, directory, with_items=items)

    return routes


def _saying_routes(saying: _Saying) -> APIRouter:
    routes = APIRouter(prefix="/calls/{call_id}/review")
    kept: dict[str, Any] = {"response_model": ReviewState, "responses": _SAYS, "openapi_extra": _TAKES_ACT}

    @routes.post("/judge", **kept)
    def judge(asked: Annotated[AskedCall, Depends(needs_call(Action.REVIEW_JUDGE))], given: Given) -> Any:
        """QA gives verdicts, finishes, and decides appeals."""
        return saying.say(asked, Action.REVIEW_JUDGE, given)

    @routes.post("/answer", **kept)
    def answer(asked: Annotated[AskedCall, Depends(needs_call(Action.REVIEW_ANSWER))], given: Given) -> Any:
        """The agent accepts or appeals."""
        return saying.say(asked, Action.REVIEW_ANSWER, given)

    @routes.post("/check", **kept)
    def check(asked: Annotated[AskedCall, Depends(needs_call(Action.REVIEW_CHECK))], given: Given) -> Any:
        """The lead checks an appeal, or opens an item again."""
        return saying.say(asked, Action.REVIEW_CHECK, given)

    @routes.post("/comment", **kept)
    def comment(asked: Annotated[AskedCall, Depends(needs_call(Action.REVIEW_COMMENT))], given: Given) -> Any:
        return saying.say(asked, Action.REVIEW_COMMENT, given)

    return routes


@dataclass(frozen=True, slots=True)
class _Saying:
    """What all four say in the same way."""

    reviewing: Reviewing
    names: _Names

    def say(self, asked: AskedCall, action: Action, given: Mapping[str, Any]) -> ReviewState | Response:
        act, seen = _act(given), _seen(given)
        who, call_id = asked.asker, asked.call_id
        assert isinstance(who.person.role, Role)  # the table gives these actions to no machine
        needed = action_of(act, self.reviewing.kept.entries(call_id))
        if needed is not action:
            raise HTTPException(422, f"{act.kind} is said by {needed}, not by {action}")
        try:
            after = self.reviewing.say(call_id, act, who.person.id, who.person.role, seen, who.origin)
        except ReviewRefused as error:
            if error.reason != "changed":
                raise
            told = {"detail": str(error), "why": error.reason, "review": self._now(asked)}
            return JSONResponse(jsonable_encoder(told), status_code=409)
        return _state(asked, self.reviewing, after, self.names)

    def _now(self, asked: AskedCall) -> ReviewState:
        return _state(asked, self.reviewing, self.reviewing.of(asked.call_id), self.names)


class _Names:
    """Names of today: of somebody who was removed there is none."""

    def __init__(self, directory: Directory, calls: CallIndex) -> None:
        self._directory = directory
        self._calls = calls

    def users(self) -> dict[str, User]:
        return {user.id: user for user in self._directory.users()}

    def agent(self, call_id: str) -> str:
        """Of a call, as of `team`."""
        agent_id = self._calls.whose(call_id).agent_id or ""
        return self._directory.agents().get(agent_id, agent_id)

    def team(self, call_id: str) -> str:
        """Of a call; the id of a team that was removed, "" without one."""
        team = self._calls.whose(call_id).team or ""
        return next((one.name for one in self._directory.teams() if one.id == team), team)


def _act(given: Mapping[str, Any]) -> Act:
    told = given.get("act")
    kind = told.get("kind") if isinstance(told, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise HTTPException(422, f"act is {_told(told)}; its kind must be one of {', '.join(sorted(KINDS))}")
    try:
        return act_from_json(kind, json.dumps(told))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise HTTPException(422, f"act.{where} is {shown(fault.get('input'))}: {fault['msg']}") from None


def _seen(given: Mapping[str, Any]) -> int:
    seen = given.get("seen")
    if type(seen) is not int or not 0 <= seen <= MOST:
        raise HTTPException(422, f"seen is {_told(seen)}; it must be the number of the newest entry that was seen")
    return seen


def _told(value: object) -> str:
    return "missing" if value is None else shown(value)


def _state(asked: AskedCall, reviewing: Reviewing, whole: Reviewed, names: _Names) -> ReviewState:
    person, users = asked.asker.person, names.users()
    reviewed = whole.to(person, reviewing.kept.now())
    review = reviewed.review
    undone = {entry.act.entry for entry in reviewed.entries if isinstance(entry.act, Undone)}
    card, reviewer = review.card, users.get(review.reviewer or "")
    return ReviewState(
        call_id=asked.call_id,
        team=names.team(asked.call_id),
        agent=names.agent(asked.call_id),
        seen=review.seen,
        stage=review.stage,
        entries=tuple(_said(entry, entry.number in undone, person.id, users) for entry in reviewed.entries),
        items=tuple(_item(item, review.items.get(item.rule)) for item in (card.items if card else ())),
        total=reviewed.total(person),
        fatal=card.fatal if card is not None else 0,
        to_confirm=card.to_confirm if card is not None else 0,
        assessed=card.assessed if card is not None else 0,
        offered=card.offered if card is not None else 0,
        groups=card.groups if card is not None else (),
        reviewer=reviewer.name if reviewer is not None else "",
        finished_at=review.finished.at if review.finished is not None else None,
        until=review.until,
        unseen=review.unseen,
        may=tuple(action for action in _SAYING if person.may(action)),
    )


def _said(entry: Entry, is_undone: bool, asker: str, users: Mapping[str, User]) -> SaidEntry:
    user = users.get(entry.actor)
    name = user.name if user is not None else ""
    return SaidEntry(entry.number, entry.at, name, entry.role, entry.actor == asker, is_undone, entry.act)


def _item(item: Any, one: ItemReview | None) -> ReviewedItem:
    one = one or ItemReview(item.rule)
    of: Callable[[Entry | None], int | None] = lambda entry: entry.number if entry is not None else None  # noqa: E731
    return ReviewedItem(
        item.rule, item.verdict, item.points, one.judged is not None, one.answer, one.until, of(one.verdict),
        of(one.accepted), of(one.appeal), of(one.check), of(one.decision), of(one.reopened),
    )  # fmt: skip


def _waiting(reviewing: Reviewing, asker: Asker, directory: Directory, *, with_items: bool) -> WaitingCalls:
    kept, person = reviewing.kept, asker.person
    agents, teams = directory.agents(), {team.id: team.name for team in directory.teams()}

    def of(action: Action, find: Callable[[Any], list[Waiting]]) -> tuple[WaitingCall, ...]:
        found = find(person.within(action)) if person.may(action) else []
        return tuple(_waiting_call(one, agents, teams) for one in found)

    def appealed(action: Action, stage: Stage) -> tuple[WaitingCall, ...]:
        found = of(action, lambda within: kept.waiting((stage,), within))
        if not with_items:
            return found
        return tuple(replace(one, item=_waiting_item(reviewing.of(one.call_id))) for one in found)

    def begun(within: Any) -> list[Waiting]:
        return [one for one in kept.waiting((Stage.REVIEWING,), within) if one.reviewer == person.id]

    asked = (Stage.TO_ANSWER, Stage.TO_CHECK, Stage.TO_DECIDE)
    return WaitingCalls(
        to_answer=of(Action.REVIEW_ANSWER, lambda within: kept.waiting(asked, within, only_open=True)),
        comments=of(Action.REVIEW_ANSWER, kept.unseen),
        to_check=appealed(Action.REVIEW_CHECK, Stage.TO_CHECK),
        to_decide=appealed(Action.REVIEW_JUDGE, Stage.TO_DECIDE),
        reviewing=of(Action.REVIEW_JUDGE, begun),
    )


def _waiting_call(one: Waiting, agents: Mapping[str, str], teams: Mapping[str, str]) -> WaitingCall:
    agent = agents.get(one.agent_id or "", one.agent_id or "")
    return WaitingCall(
        one.call_id, agent, teams.get(one.team or "", one.team), one.started_at, one.stage, one.until, one.unseen
    )


def _waiting_item(reviewed: Reviewed) -> WaitingItem | None:
    """Of those that the stage names: to check where any is, else to decide."""
    appeals = [one for one in reviewed.review.items.values() if one.appeal is not None and one.decision is None]
    waiting = [one for one in appeals if one.check is None] or appeals
    found = min(((one.appeal.at, one.rule) for one in waiting if one.appeal is not None), default=None)
    one = reviewed.review.items[found[1]] if found is not None else None
    if one is None or one.appeal is None or not isinstance(one.appeal.act, ItemAppealed):
        return None
    check = one.check.act if one.check is not None else None
    rule, is_right, checked = one.rule, None, ""
    if isinstance(check, AppealChecked):
        is_right, checked = check.is_right, check.reason
    item = next((item for item in reviewed.card.items if item.rule == rule), None) if reviewed.card else None
    title, title_en = (item.title, item.title_en) if item is not None else (rule, "")
    act, until = one.appeal.act, one.appeal.at + UNCHECKED_S
    return WaitingItem(rule, title, title_en, act.verdict, act.reason, until, is_right, checked)
