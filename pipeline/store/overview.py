"""What lists of calls show, filter by and search: kept beside each call as its records come, and found again.

`tell` is called with what was just written, in the same transaction. Nothing here decides anything: whatever is wrong
with it can be made anew from the records (`make_anew`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from pipeline.codec import event_from_json
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.words import WordsHeard
from pipeline.masking.view import peer_shown
from pipeline.people.person import Within
from pipeline.store import glances, hint_figures, reviewed
from pipeline.store.belonging import is_within
from pipeline.store.dialects import having_terms, index_terms, not_sought, now_s, one_by_one, search_by_index, upsert
from pipeline.store.schema import calls, marked, missed, records, said
from pipeline.store.terms import Indexed, indexed, query

_TELLING = (CallStarted.__name__, FactsNoted.__name__, CallEnded.__name__, CallScored.__name__)

Order = Literal["newest", "latest", "lowest", "longest"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: all that is given must hold, and does not where a figure is not known. Seconds since 1970."""

    within: Within | None = None  # None: of everybody
    teams: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    score_from: float | None = None
    score_below: float | None = None
    assessed_below: float | None = None  # share
    longer_ms: int | None = None
    shorter_ms: int | None = None
    direction: str | None = None
    is_fatal: bool = False
    missed: tuple[str, ...] = ()  # each of these rules, or it waits to be confirmed
    words: str = ""  # as terms.query
    stages: tuple[str, ...] = ()  # of its review, as of facets.stage_now; "" for one that nobody has judged
    marked_by: str | None = None  # a user's id
    call_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One call of a list. `peer`: the last digits; what is not known, or not yet, is null."""

    number: int
    call_id: str
    agent_id: str | None
    team: str | None
    started_at: float | None
    direction: str | None
    peer: str | None
    ending: str | None
    duration_ms: int | None
    score: float | None
    fatal: int | None
    to_confirm: int | None
    unscored_reason: str | None
    assessed_share: float | None
    stage: str = ""  # of its review, as of `stage_now`, and what else is told of one
    review_total: float | None = None
    review_fatal: int | None = None
    reviewer: str | None = None
    answer_until: float | None = None
    comments_unseen: int | None = None
    held_at: float | None = None


_FIELDS = tuple(Row.__dataclass_fields__)
_BY = {  # by what, and whether it falls; without it a call is not listed. Of the same, the later begun comes first
    "newest": (calls.c.number, True),
    "latest": (calls.c.started_at, True),
    "lowest": (calls.c.score, False),
    "longest": (calls.c.duration_ms, True),
}


FATAL_NOW = func.coalesce(calls.c.review_fatal, calls.c.fatal)
"""How many fatal items a call has as it stands: by people where they have judged it."""


def key_of(order: Order) -> str:
    """The field of Row by which a list is in this order, before `number`."""
    return str(_BY[order][0].name)


def find(
    connection: Connection, wanted: Wanted, order: Order = "newest", limit: int = 50, after: Row | None = None
) -> list[Row]:
    """`after`: the last row of the page before, so that a page stays where it is while calls come in."""
    key, falls = _BY[order]
    where = where_of(connection, wanted, key)
    if after is not None:
        value = getattr(after, key.name)
        beyond = key < value if falls else key > value
        where = and_(
            where, beyond if key is calls.c.number else or_(beyond, and_(key == value, calls.c.number < after.number))
        )
    told = [stage_now(connection).label(name) if name == "stage" else calls.c[name] for name in _FIELDS]
    listed: Select[Any] = select(*told).where(where).order_by(key.desc() if falls else key.asc(), calls.c.number.desc())
    for exact in _exactly(wanted.words):
        candidates = one_by_one(connection, listed).subquery()
        is_said = select(exact).where(said.c.number == candidates.c.number).scalar_subquery()
        ranked = candidates.c[key.name].desc() if falls else candidates.c[key.name].asc()
        listed = select(candidates).where(is_said).order_by(ranked, candidates.c.number.desc())
    return [Row(*row) for row in connection.execute(listed.limit(limit))]


def where_of(connection: Connection, wanted: Wanted, key: Column[Any]) -> ColumnElement[bool]:
    """`key`: what the list is ordered by. In that order calls are looked through, or by whose they are, or when."""
    c = calls.c
    is_by_time = key is c.number or key is c.started_at
    parts: list[ColumnElement[bool]] = [c.last_seq > 0 if key is c.number else key.is_not(None)]
    if wanted.within is not None:
        parts.append(is_within(wanted.within))
    for column, values in ((c.team, wanted.teams), (c.agent_id, wanted.agents)):
        if values:
            parts.append(column.in_(values))
    for column, least, below in (
        (c.started_at, wanted.since, wanted.until),
        (c.score, wanted.score_from, wanted.score_below),
        (c.assessed_share, None, wanted.assessed_below),
        (c.duration_ms, wanted.longer_ms, wanted.shorter_ms),
    ):
        is_sought = column is key or (is_by_time and column is c.started_at)
        compared = column if is_sought else not_sought(connection, column)
        parts += [compared >= least] if least is not None else []
        parts += [compared < below] if below is not None else []
    if wanted.direction is not None:
        parts.append(c.direction == wanted.direction)
    if wanted.is_fatal:
        parts.append(FATAL_NOW > 0)
    for rule in wanted.missed:
        parts.append(c.number.in_(select(missed.c.number).where(missed.c.rule == rule)))
    if wanted.stages:
        parts.append(stage_now(connection).in_(wanted.stages))
    if wanted.marked_by is not None:
        parts.append(c.number.in_(select(marked.c.number).where(marked.c.user_id == wanted.marked_by)))
    if wanted.call_ids:
        parts.append(c.call_id.in_(wanted.call_ids))
    if wanted.words.strip():
        parts.append(c.number.in_(_candidates(connection, wanted.words)))
    return and_(*parts)


def stage_now(connection: Connection) -> ColumnElement[str]:
    """How far a call's review is; what the agent may no longer answer is done, what nobody checked in time decided."""
    c = calls.c
    now = now_s(connection)
    is_over = (c.review_stage == "to_answer") & (func.coalesce(c.answer_until, 0) <= now)
    is_unchecked = (c.review_stage == "to_check") & (c.check_until <= now)
    return case((is_over, "done"), (is_unchecked, "to_decide"), else_=func.coalesce(c.review_stage, ""))


def _candidates(connection: Connection, words: str) -> Select[tuple[int]]:
    """The numbers of the calls that have the terms of what was asked; of what nothing can be found by, none."""
    terms = query(words).terms
    if not terms:
        return select(said.c.number).where(false())
    # First, and once: else a database may look through calls in their order, and read of each what was said.
    search_by_index(connection)
    found = having_terms(connection, said, terms).cte("found").prefix_with("MATERIALIZED")
    return select(found.c.number)


def _exactly(words: str) -> list[ColumnElement[bool]]:
    """Terms tell that all pairs are there, not that they follow each other: of one pair alone that is the same."""
    asked = query(words)
    exact = [said.c.text.contains(part, autoescape=True) for part in asked.texts if len(part) > 2]
    exact += [said.c.sound.contains(part, autoescape=True) for part in asked.sounds if len(part.split()) > 2]
    return [and_(*exact)] if exact else []


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in a call, line by line, and what it is found by, which takes long: to be made before the lock."""

    text: str
    indexed: Indexed


def said_in(events: Iterable[Event]) -> Said:
    text = _lines(event for event in events if isinstance(event, WordsHeard))
    return Said(text, indexed(text))


def tell(connection: Connection, call_id: str, events: Sequence[Event], known: Said | None = None) -> None:
    """To be called with events just written, in the same transaction. `known`: of all of the call's events."""
    told: dict[str, Any] = {}
    for event in events:
        told |= _told_by(event)
    if told:
        connection.execute(update(calls).where(calls.c.call_id == call_id).values(told))
    cards = [event for event in events if isinstance(event, CallScored)]
    if cards:
        number = _number(connection, call_id)
        _keep_missed(connection, number, cards[-1])
        glances.keep(connection, number, call_id, cards[-1])
        reviewed.refresh(connection, call_id, cards[-1])
    if any(isinstance(event, CallEnded | WordsHeard) for event in events):
        keep_said(connection, call_id, known)
    if any(isinstance(event, CallEnded) for event in events):
        hint_figures.keep(connection, call_id)


def _told_by(event: Event) -> dict[str, Any]:
    match event:
        case CallStarted():
            return {"started_at": _seconds(event.started_at), **_of_facts(event.facts)}
        case FactsNoted():
            return _of_facts(event.facts)
        case CallEnded():
            return {"ending": event.reason, "duration_ms": event.at_ms}
        case CallScored():
            share = event.assessed / event.offered if event.assessed is not None and event.offered else None
            return {
                "score": event.total, "fatal": event.fatal, "to_confirm": event.to_confirm,
                "unscored_reason": event.unscored_reason, "assessed_share": share,
            }  # fmt: skip
    return {}


def _of_facts(facts: CallFacts) -> dict[str, Any]:
    return {"direction": facts.direction, "peer": peer_shown(facts.peer)}


def _seconds(started_at: str) -> float | None:
    try:
        return datetime.fromisoformat(started_at).timestamp()
    except (ValueError, OverflowError):
        return None


def _keep_missed(connection: Connection, number: int, card: CallScored) -> None:
    connection.execute(delete(missed).where(missed.c.number == number))
    rules = sorted({item.rule for item in card.items if glances.is_fault(item)})
    if rules:
        connection.execute(insert(missed), [{"number": number, "rule": rule} for rule in rules])


def keep_said(connection: Connection, call_id: str, known: Said | None = None) -> None:
    """Of a call that has ended: before, its words change too often. `known` counts where it is of what is kept."""
    ended = select(calls.c.number).where(calls.c.call_id == call_id, calls.c.ended)
    number = connection.execute(ended).scalar()
    if number is None:
        return
    wanted = select(records.c.event).where(records.c.call_id == call_id, records.c.kind == WordsHeard.__name__)
    text = _lines(_readable(connection.execute(wanted).scalars()))
    now = known.indexed if known is not None and known.text == text else indexed(text)
    before = connection.execute(select(said.c.text).where(said.c.number == number)).scalar()
    upsert(connection, said, {"number": number, "text": now.text, "sound": now.sound}, "number")
    index_terms(connection, number, now.terms, indexed(before).terms if before is not None else ())


def _lines(heard: Iterable[WordsHeard]) -> str:
    lines = sorted((event.start_ms, event.shown or event.text) for event in heard)
    return "\n".join(" ".join(line.split()) for _, line in lines)


def forget_said(connection: Connection, number: int, terms: frozenset[str] | None = None) -> None:
    """Nothing said in the call of this number finds it any more. `terms`: what it is found by, where that is known."""
    text = connection.execute(select(said.c.text).where(said.c.number == number)).scalar()
    if text is not None:
        index_terms(connection, number, (), indexed(text).terms if terms is None else terms)
        connection.execute(delete(said).where(said.c.number == number))


def _readable(bodies: Any) -> list[WordsHeard]:
    found = []
    for body in bodies:
        try:
            event = event_from_json(body)
        except ValueError:
            continue  # damaged, or of a newer callcoach
        if isinstance(event, WordsHeard):
            found.append(event)
    return found


def _number(connection: Connection, call_id: str) -> int:
    return int(connection.execute(select(calls.c.number).where(calls.c.call_id == call_id)).scalar_one())


def make_anew(connection: Connection, call_id: str) -> None:
    """As `tell` would have it, from the records that are kept."""
    wanted = select(records.c.event).where(records.c.call_id == call_id, records.c.kind.in_(_TELLING))
    events: list[Event] = []
    for body in connection.execute(wanted.order_by(records.c.seq)).scalars():
        try:
            events.append(event_from_json(body))
        except ValueError:
            continue
    tell(connection, call_id, events)


def make_all_anew(connection: Connection) -> None:
    """For a database that was brought over from an earlier version."""
    for call_id in connection.execute(select(calls.c.call_id).order_by(calls.c.number)).scalars().all():
        make_anew(connection, call_id)
