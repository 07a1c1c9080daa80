"""Routes of an agent's own calls: what was said of them, and the one thing to practise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query

from pipeline.events.call import CallFacts
from pipeline.events.hints import Citation, HintRaised
from pipeline.events.record import Record
from pipeline.people.permissions import Action
from pipeline.people.person import Person
from pipeline.reviews.keeping import OwnRow, OwnTab
from pipeline.reviews.practice import FEWEST_CALLS, Example, Practice
from pipeline.reviews.review import Stage
from pipeline.server.answers import MOST, READING
from pipeline.server.gate import Asker
from pipeline.server.listing import CallSummary, summarise
from pipeline.server.masked import Masking
from pipeline.server.needs import needs
from pipeline.server.strips import Strip, strip_of
from pipeline.session.reviewing import DAY_S, Reviewed, Reviewing
from pipeline.store import glances
from pipeline.store.database import Database
from pipeline.store.glances import EMPTY, Glance

RECENT_S = 7 * DAY_S


@dataclass(frozen=True, slots=True)
class OwnReview:
    """What became of the items: `open` until `until` (seconds since 1970), accepted, appealed, out of time.

    `total`: of people. `undecided`, `changed`: of the appeals; changed where the verdict was another then.
    """

    stage: Stage
    total: float | None
    until: float | None
    unseen: int
    open: int
    accepted: int
    expired: int
    appealed: int
    undecided: int
    changed: int


@dataclass(frozen=True, slots=True)
class OwnCall:
    """One call of one's own. `number`: its place in the list. `started_at`: seconds since 1970."""

    number: int
    call_id: str
    started_at: float | None
    facts: CallFacts
    duration_ms: int | None
    score: float | None
    fatal: int | None
    to_confirm: int | None
    is_scored: bool
    assessed_share: float | None
    strip: Strip
    review: OwnReview


@dataclass(frozen=True, slots=True)
class OwnCounts:
    """How many calls are to be found under each tab."""

    week: int
    commented: int
    to_answer: int
    appealed: int


@dataclass(frozen=True, slots=True)
class OwnCalls:
    """`more`: behind which number it goes on; null at the end."""

    counts: OwnCounts
    calls: tuple[OwnCall, ...]
    more: int | None


@dataclass(frozen=True, slots=True)
class PracticeWeek:
    """So many times it was done, of those in which it was judged."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class OwnPractice:
    """`say`: words that the rulebook has for it, or an order (`form`); "" where it has none."""

    rule: str
    title: str
    title_en: str
    note: str
    note_en: str
    say: str
    say_en: str
    form: str
    cite: Citation | None
    weeks: tuple[PracticeWeek, ...]  # the present one last
    example: Example | None


@dataclass(frozen=True, slots=True)
class OwnAdvice:
    """`judged`: calls of the last four weeks with a verdict; advice from `needed` on. Null: nothing is lost."""

    judged: int
    needed: int
    practice: OwnPractice | None


_Tab = Annotated[OwnTab, Query()]
_After = Annotated[int | None, Query(ge=0, le=MOST)]
Agent = Annotated[Asker, Depends(needs(Action.REVIEW_ANSWER))]


def own_call_routes(reviewing: Reviewing, masking: Masking, database: Database) -> APIRouter:
    routes = APIRouter(prefix="/me")
    archive = masking.calls.archive

    @routes.get("/calls", responses=READING)
    def calls(
        asker: Agent,
        tab: _Tab = "week",
        after: _After = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        call: Annotated[str | None, Query(max_length=200)] = None,
    ) -> OwnCalls:
        """Newest first. With `call` that one alone, under whatever tab it stands."""
        kept, agent_id = reviewing.kept, asker.person.agent_id
        if agent_id is None:
            return OwnCalls(OwnCounts(0, 0, 0, 0), (), None)
        since = kept.now() - RECENT_S
        rows = kept.own(agent_id, tab, since, limit + 1, after, call)
        listed = _listed(asker, rows[:limit], reviewing, masking, database)
        if call is not None and not listed:
            raise HTTPException(404, f"there is no call {call} of yours that has ended")
        more = rows[limit - 1].number if len(rows) > limit else None
        return OwnCalls(OwnCounts(**kept.own_counts(agent_id, since)), listed, more)

    @routes.get("/practice", responses=READING)
    def practice(asker: Agent) -> OwnAdvice:
        agent_id = asker.person.agent_id
        if agent_id is None:
            return OwnAdvice(0, FEWEST_CALLS, None)
        advice = reviewing.advise(agent_id)
        one = advice.practice
        said = _said(one, archive.pick([one.faulty], {HintRaised.__name__})) if one is not None else None
        return OwnAdvice(advice.judged, FEWEST_CALLS, said)

    return routes


def _listed(
    asker: Asker, rows: list[OwnRow], reviewing: Reviewing, masking: Masking, database: Database
) -> tuple[OwnCall, ...]:
    archive, call_ids = masking.calls.archive, [row.call_id for row in rows]
    told = {one.call_id: one for one in summarise(archive, masking.calls.running, call_ids)}
    reviews = reviewing.several(call_ids)
    with database.reading() as connection:
        seen = glances.read(connection, [row.number for row in rows])
    return tuple(
        _call(asker, row, told[row.call_id], seen.get(row.number, EMPTY), reviews.get(row.call_id), masking)
        for row in rows
    )


def _call(
    asker: Asker, row: OwnRow, told: CallSummary, glance: Glance, reviewed: Reviewed | None, masking: Masking
) -> OwnCall:
    return OwnCall(
        number=row.number,
        call_id=row.call_id,
        started_at=row.started_at,
        facts=masking.facts(asker.person, row.call_id, told.facts),
        duration_ms=told.duration_ms,
        score=told.score,
        fatal=told.fatal,
        to_confirm=told.to_confirm,
        is_scored=reviewed is not None,
        assessed_share=row.assessed_share,
        strip=strip_of(glance),
        review=_review(reviewed, asker.person)
        if reviewed is not None
        else OwnReview(Stage.NONE, None, None, row.unseen, 0, 0, 0, 0, 0, 0),
    )


def _review(reviewed: Reviewed, person: Person) -> OwnReview:
    review = reviewed.review
    heard = {item.rule: item.verdict for item in reviewed.card.items} if reviewed.card is not None else {}
    items = review.items.values()
    answers = [one.answer for one in items]
    appeals = [one for one in items if one.appeal is not None]
    decided = [one for one in appeals if one.decision is not None]
    before = {one.rule: getattr(one.verdict.act, "verdict", None) if one.verdict else heard.get(one.rule)
              for one in decided}  # fmt: skip
    return OwnReview(
        stage=review.stage,
        total=reviewed.total(person),
        until=review.until,
        unseen=review.unseen,
        open=answers.count("open"),
        accepted=answers.count("accepted"),
        expired=answers.count("expired"),
        appealed=len(appeals),
        undecided=len(appeals) - len(decided),
        changed=sum(one.judged != before[one.rule] for one in decided),
    )


def _said(one: Practice, records: list[Record]) -> OwnPractice:
    """With the words that the coach had for it in the newest call where it was missing."""
    hint = next((record.event for record in reversed(records)
                 if isinstance(record.event, HintRaised) and record.event.rule == one.rule), None)  # fmt: skip
    return OwnPractice(
        rule=one.rule,
        title=one.title,
        title_en=one.title_en,
        note=one.note,
        note_en=one.note_en,
        say=hint.say if hint is not None else "",
        say_en=hint.say_en if hint is not None else "",
        form=hint.form if hint is not None else "",
        cite=one.cite,
        weeks=tuple(PracticeWeek(week.done, week.of) for week in one.weeks),
        example=one.example,
    )
