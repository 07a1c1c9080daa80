"""Routes of what people make of rules: how often they agree with each, and where they did not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response

from pipeline.documents import shown
from pipeline.events.call import CallStarted
from pipeline.events.hints import Citation
from pipeline.events.score import Verdict
from pipeline.people.permissions import Action
from pipeline.reports.agreement_table import agreement_csv
from pipeline.reviews.agreement import Dispute, Outcome
from pipeline.server.answers import MOST, READING, described
from pipeline.server.gate import Asker
from pipeline.server.needs import needs
from pipeline.session.reviewing import LookedAt, Reviewing

MOST_DISPUTES = 50
_Time = Annotated[float | None, Query(ge=0, le=MOST, allow_inf_nan=False)]
_Reader = Annotated[Asker, Depends(needs(Action.RULES_READ))]


@dataclass(frozen=True, slots=True)
class RuleJudged:
    """As of RuleAgreement. `share`: in which people found what the machine found; null where nobody has judged."""

    rule: str
    title: str
    title_en: str
    judged: int
    agreed: int
    false_faults: int
    missed_faults: int
    otherwise: int
    confirmed: int
    dismissed: int
    of_no_use: int
    share: float | None


@dataclass(frozen=True, slots=True)
class DisputedCall:
    """Where people found something else than the machine. `outcome`: a column of RuleJudged. `reason`: of people.

    `started_at`: seconds since 1970. `at_ms`: where its first evidence is, null without any.
    """

    call_id: str
    started_at: float | None
    outcome: Outcome
    heard: Verdict
    said: Verdict
    reason: str
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class RuleLooked:
    """One rule. `say`: words to say, or an order (`form`), and `why`, as of the newest hint in the calls that people
    judged; "" where there was none. `note`: of the newest card. `cite`: null in cards of earlier versions.

    `calls`: the newest MOST_DISPUTES of `disputed`.
    """

    rule: str
    title: str
    title_en: str
    say: str
    say_en: str
    form: str
    why: str
    why_en: str
    note: str
    note_en: str
    cite: Citation | None
    is_ban: bool
    disputed: int
    calls: tuple[DisputedCall, ...]


def rule_routes(reviewing: Reviewing) -> APIRouter:
    routes = APIRouter(prefix="/reviews")

    @routes.get("/agreement", responses=READING)
    def agreement(asker: _Reader, since: _Time = None, until: _Time = None) -> list[RuleJudged]:
        """Of the calls of one's teams that began in this time; rules with most disagreement first."""
        found = reviewing.agreement(asker.person.within(Action.RULES_READ), since, until)
        return [RuleJudged(**asdict(one), judged=one.judged, share=one.share) for one in found]

    @routes.get("/agreement.csv", responses=READING, response_class=Response)
    def agreement_table(asker: _Reader, since: _Time = None, until: _Time = None) -> Response:
        """The same as a table to take away; of rules, and of nobody's call."""
        found = reviewing.agreement(asker.person.within(Action.RULES_READ), since, until)
        name = {"Content-Disposition": 'attachment; filename="rules.csv"', "Cache-Control": "no-store"}
        return Response(agreement_csv(found), media_type="text/csv; charset=utf-8", headers=name)

    @routes.get("/agreement/{rule}", responses={**READING, **described(404)})
    def rule(asker: _Reader, rule: str, since: _Time = None, until: _Time = None) -> RuleLooked:
        """What a rule says, and the calls of that time in which people disagreed with it."""
        found = reviewing.looked_at(rule, asker.person.within(Action.RULES_READ), since, until)
        if found.item is None and found.hint is None:
            raise HTTPException(404, f"no call that people have judged has a rule {shown(rule)}")
        return _looked(rule, found)

    return routes


def _looked(rule: str, found: LookedAt) -> RuleLooked:
    item, hint = found.item, found.hint
    named = item or hint
    return RuleLooked(
        rule,
        named.title if named is not None else rule,
        named.title_en if named is not None else "",
        *((hint.say, hint.say_en, hint.form, hint.why, hint.why_en) if hint is not None else ("",) * 5),
        item.note if item is not None else "",
        item.note_en if item is not None else "",
        item.cite if item is not None and item.cite is not None else hint.cite if hint is not None else None,
        item is not None and item.is_ban,
        len(found.disputes),
        tuple(_call(one, found) for one in found.disputes[:MOST_DISPUTES]),
    )


def _call(one: Dispute, found: LookedAt) -> DisputedCall:
    begun = found.begun.get(one.call_id)
    started_at = None
    if isinstance(begun, CallStarted):
        started_at = datetime.fromisoformat(begun.started_at).timestamp()
    return DisputedCall(started_at=started_at, **asdict(one))
