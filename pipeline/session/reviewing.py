"""People judge a call: what they say is checked, masked, kept with its row of the audit, and told in lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import ReviewRefused
from pipeline.events.call import CallStarted
from pipeline.events.hints import HintRaised
from pipeline.events.record import Event
from pipeline.events.score import CallScored, ScoreItem
from pipeline.events.words import WordsHeard
from pipeline.masking.view import TELLING, MaskedView, masked_records
from pipeline.people.audit import Audit
from pipeline.people.entrance import Origin
from pipeline.people.permissions import Action, Role
from pipeline.people.person import Person, Within
from pipeline.people.team_settings import SettingsOfTeams
from pipeline.reviews.agreement import Dispute, RuleAgreement, agreement, disputes
from pipeline.reviews.entries import (
    TEXTS,
    Act,
    Entry,
    ItemReopened,
    ReviewFinished,
    Undone,
    without_quotes,
)
from pipeline.reviews.keeping import ReviewsKept, outline_of
from pipeline.reviews.masking import masked_act
from pipeline.reviews.practice import WEEK_S, WEEKS, Advice, OwnCard, advise
from pipeline.reviews.quoting import quoted_as_said
from pipeline.reviews.refusals import ACTIONS, Asked, check, is_repeated
from pipeline.reviews.review import Review, Stage, fold
from pipeline.reviews.telling import told_to_agent
from pipeline.store.archive import Archive

DAY_S = 86_400.0
_AT_ONCE = 200  # cards read in one question
_BEGUN = frozenset({CallStarted.__name__})
_MOST_OWN = 2_000  # calls of one agent in four weeks


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All that people have said of a call, and how far that is. `card`: the newest automatic one, null without one."""

    entries: tuple[Entry, ...]
    review: Review
    card: CallScored | None

    def to(self, person: Person, now: float) -> Reviewed:
        """As they are told: an agent hears of no judgement before the review is finished."""
        if person.role is not Role.AGENT:
            return self
        entries, review = told_to_agent(self.entries, self.review, self.card, now, person.id)
        return Reviewed(tuple(entries), review, self.card)

    def total(self, person: Person) -> float | None:
        """By people."""
        is_told = self.review.finished is not None or person.role is not Role.AGENT
        return outline_of(self.review).total if is_told else None


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One rule, as the newest card and the newest hint have it, where there is one; and where people disagreed.

    `begun`: how each of these calls began.
    """

    item: ScoreItem | None
    hint: HintRaised | None
    disputes: tuple[Dispute, ...]
    begun: Mapping[str, Event]


class Reviewing:
    """From any thread. Everything raises StoreError."""

    def __init__(self, kept: ReviewsKept, archive: Archive, teams: SettingsOfTeams, audit: Audit) -> None:
        self.kept = kept
        self._archive = archive
        self._teams = teams
        self.audit = audit

    def of(self, call_id: str) -> Reviewed:
        entries, card = self.kept.entries(call_id), self._cards([call_id]).get(call_id)
        return Reviewed(tuple(entries), fold(entries, card, self.kept.now()), card)

    def say(self, call_id: str, act: Act, actor: str, role: Role, seen: int, origin: Origin) -> Reviewed:
        """`seen`: number of the newest entry that was looked at. Raises ReviewRefused, and nothing is kept then.

        What one has said already, and comes again since its answer was lost, is not added once more.

        Texts are kept as those see them who may not know what is private in the call: others read them.
        """
        with self.audit.together():
            before = self.of(call_id)
            now = self.kept.now()
            asked = Asked(act, actor, role, seen, now, self.kept.agent_of(call_id))
            told = self._masked(call_id, act, before.card)
            if is_repeated(replace(asked, act=told), before.entries):
                return before
            check(asked, before.entries, before.review, before.card)
            entry = self.kept.add(call_id, actor, role, self._dated(call_id, told, now))
            entries = (*before.entries, entry)
            after = Reviewed(entries, fold(entries, before.card, self.kept.now()), before.card)
            self.kept.outline(call_id, outline_of(after.review))
            details = {"kind": act.kind, "entry": entry.number}
            self.audit.note(actor, action_of(act, before.entries), call_id, origin, details=details)
        return after

    def several(self, call_ids: Sequence[str]) -> dict[str, Reviewed]:
        """As `of`, of those that are scored."""
        now = self.kept.now()
        return {
            call_id: Reviewed(tuple(entries), fold(entries, card, now), card)
            for call_id, card in self._cards(call_ids).items()
            for entries in [self.kept.entries(call_id)]
        }

    def advise(self, agent_id: str) -> Advice:
        """What this agent practises, by their own calls of the last weeks."""
        now = self.kept.now()
        rows = self.kept.own_scored(agent_id, now - WEEKS * WEEK_S, _MOST_OWN)
        cards = self._cards([row.call_id for row in rows])
        known = [
            OwnCard(row.call_id, row.started_at, cards[row.call_id],
                    self.kept.entries(row.call_id) if row.stage not in (Stage.NONE, Stage.REVIEWING) else ())
            for row in rows
            if row.started_at is not None and row.call_id in cards
        ]  # fmt: skip
        return advise(known, now)

    def agreement(
        self, within: Within | None, since: float | None = None, until: float | None = None
    ) -> list[RuleAgreement]:
        """Of the calls that began then; as `agreement`."""
        call_ids = self.kept.reviewed(within, since, until)
        cards = self._cards(call_ids)
        judged = ((cards[one], self.kept.entries(one)) for one in call_ids if one in cards)
        return agreement(judged, self.kept.of_no_use(within, since, until), self.kept.now())

    def looked_at(
        self, rule: str, within: Within | None, since: float | None = None, until: float | None = None
    ) -> LookedAt:
        """One rule in the calls that began then, the newest first."""
        call_ids = self.kept.reviewed(within, since, until)[::-1]
        cards = self._cards(call_ids)
        judged = [(one, cards[one], self.kept.entries(one)) for one in call_ids if one in cards]
        items = (item for _, card, _ in judged for item in card.items if item.rule == rule)
        found = disputes(rule, judged, self.kept.now())
        begun = {one.call_id: one.event for one in self._archive.pick([one.call_id for one in found], _BEGUN)}
        return LookedAt(next(items, None), self._hint(rule, call_ids), tuple(found), begun)

    def _hint(self, rule: str, call_ids: Sequence[str]) -> HintRaised | None:
        """The newest one, as those see it who may not know what is private in its call."""
        for record in self._archive.pick(call_ids[:_AT_ONCE], {HintRaised.__name__})[::-1]:
            if isinstance(record.event, HintRaised) and record.event.rule == rule:
                of_call = self._archive.pick([record.call_id], {*TELLING, HintRaised.__name__})
                seen = {one.seq: one.event for one in masked_records(of_call)}[record.seq]
                return seen if isinstance(seen, HintRaised) else None
        return None

    def _dated(self, call_id: str, act: Act, now: float) -> Act:
        if not isinstance(act, ReviewFinished | ItemReopened):
            return act
        whose = self._archive.whose(call_id)
        days = self._teams.current(whose.team if whose is not None else None).settings.appeal_days
        return replace(act, until=round(now + days * DAY_S, 3))

    def _masked(self, call_id: str, act: Act, card: CallScored | None) -> Act:
        written: dict[str, Any] = {name: getattr(act, name).strip() for name in TEXTS if hasattr(act, name)}
        heard = self._archive.pick([call_id], TELLING)
        if any(isinstance(record.event, WordsHeard) and record.event.is_erased for record in heard):
            act = without_quotes(act)  # of a page that was opened before the words went
        view = MaskedView(heard)
        lines = [one.event for record in heard for one in (record, view.masked(record))]
        act = quoted_as_said(act, [line for line in lines if isinstance(line, WordsHeard)], card)
        return masked_act(replace(act, **written), view)

    def _cards(self, call_ids: Sequence[str]) -> dict[str, CallScored]:
        """The newest of each."""
        found: dict[str, CallScored] = {}
        for begin in range(0, len(call_ids), _AT_ONCE):
            for record in self._archive.pick(call_ids[begin : begin + _AT_ONCE], {CallScored.__name__}):
                if isinstance(record.event, CallScored):
                    found[record.call_id] = record.event
        return found


def action_of(act: Act, entries: Sequence[Entry]) -> Action:
    """By which it is permitted. Raises ReviewRefused for what takes back an entry that there is none of."""
    if isinstance(act, Undone):
        entry = next((entry for entry in entries if entry.number == act.entry), None)
        if entry is None or type(entry.act) not in ACTIONS:
            raise ReviewRefused(f"there is no entry {act.entry} that could be taken back", "unknown")
        return ACTIONS[type(entry.act)]
    return ACTIONS[type(act)]
