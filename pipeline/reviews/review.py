"""How far the review of a call is: a fold of its entries, over the automatic card.

    (none) -> reviewing -> to_answer -> to_check -> to_decide -> done

QA judges, and finishes; the agent accepts or appeals each fault within the days the team sets; the lead checks each
appeal, QA decides it. What nobody answered in time is as it was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.reviews.card import JudgedCard, judged
from pipeline.reviews.entries import (
    AppealChecked,
    AppealDecided,
    Commented,
    CommentsSeen,
    Entry,
    ItemAccepted,
    ItemAppealed,
    ItemReopened,
    ReviewFinished,
    Undone,
    VerdictGiven,
    rule_of,
)

FAULTS = frozenset({Verdict.MISSED, Verdict.PARTLY})
UNCHECKED_S = 7 * 86_400.0  # so long a decision waits for the lead's check, and no longer: somebody may be away


class Stage(StrEnum):
    """Whose turn it is, with what waits longest first. None: nobody has begun.

    Appeals are checked and decided while the agent may still answer other items.
    """

    NONE = ""
    REVIEWING = "reviewing"  # QA's
    TO_ANSWER = "to_answer"  # the agent's
    TO_CHECK = "to_check"  # the lead's
    TO_DECIDE = "to_decide"  # QA's
    DONE = "done"


Answer = Literal["", "open", "accepted", "appealed", "expired"]


@dataclass(frozen=True, slots=True)
class ItemReview:
    """What people have said of one item, as entries: the last of each that stands, null where there is none.

    `answer`: of the agent; "" where nothing is to be answered. `until`: how long it may be, seconds since 1970.
    """

    rule: str
    verdict: Entry | None = None
    accepted: Entry | None = None
    appeal: Entry | None = None
    check: Entry | None = None
    decision: Entry | None = None
    reopened: Entry | None = None
    answer: Answer = ""
    until: float | None = None
    last: int = 0  # number of the newest entry about it, also of one that was taken back

    @property
    def judged(self) -> Verdict | None:
        """By people; null where it is as the machine found it."""
        given = self.decision or self.verdict
        return given.act.verdict if given and isinstance(given.act, VerdictGiven | AppealDecided) else None


@dataclass(frozen=True, slots=True)
class Review:
    """`items`: those that somebody has said something of, or is to. `unseen`: comments that the agent has not seen.

    `until`: until when the agent may answer what is open; null where nothing is. `reviewer`: who finished it last, or
    judged last. `seen`: number of the newest entry. `check_until`: when what is to be checked is decided without.
    """

    stage: Stage
    card: JudgedCard | None
    items: dict[str, ItemReview]
    comments: tuple[Entry, ...]
    finished: Entry | None
    until: float | None
    check_until: float | None
    reviewer: str | None
    unseen: int
    seen: int


@dataclass(slots=True)
class _Fold:
    items: dict[str, ItemReview] = field(default_factory=dict)
    comments: list[Entry] = field(default_factory=list)
    finished: Entry | None = None
    reviewer: str | None = None
    seen_upto: int = 0

    def add(self, entry: Entry) -> None:
        match entry.act:
            case ReviewFinished():
                self.finished, self.reviewer = entry, entry.actor
            case CommentsSeen(upto=upto):
                self.seen_upto = max(self.seen_upto, upto)
            case Commented():
                self.comments.append(entry)
            case VerdictGiven() | ItemAccepted() | ItemAppealed() | AppealChecked() | AppealDecided() | ItemReopened():
                rule = rule_of(entry.act)
                self.items[rule] = _told(self.items.get(rule, ItemReview(rule)), entry)
        if isinstance(entry.act, VerdictGiven) and self.finished is None:
            self.reviewer = entry.actor


def _told(one: ItemReview, entry: Entry) -> ItemReview:
    match entry.act:
        case VerdictGiven():
            return replace(one, verdict=entry)
        case ItemAccepted():
            return replace(one, accepted=entry)
        case ItemAppealed():
            return replace(one, appeal=entry)
        case AppealChecked():
            return replace(one, check=entry)
        case AppealDecided():
            return replace(one, decision=entry)
        case _:  # it is opened again: the answers of before count no more
            return replace(one, accepted=None, appeal=None, check=None, decision=None, reopened=entry)


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """Without what was taken back, and what took it back."""
    known = list(entries)
    gone = {entry.act.entry for entry in known if isinstance(entry.act, Undone)}
    return [entry for entry in known if entry.number not in gone and not isinstance(entry.act, Undone)]


def fold(entries: Sequence[Entry], card: CallScored | None, now: float) -> Review:
    """`card`: the newest automatic one. `now`: seconds since 1970, by the clock of the entries."""
    folded = _Fold()
    for entry in standing(entries):
        folded.add(entry)
    items = folded.items
    verdicts = {rule: verdict for rule, one in items.items() if (verdict := one.judged) is not None}
    found = judged(card, verdicts) if card is not None else None
    if folded.finished is not None and found is not None:
        for item in found.items:
            _answered(items, item, folded.finished, now)
    _number(items, entries)
    open_until = [one.until for one in items.values() if one.answer == "open" and one.until is not None]
    check_until = _check_until(folded)
    return Review(
        stage=_stage(folded, is_unchecked=check_until is not None and now < check_until),
        card=found,
        items=items,
        comments=tuple(folded.comments),
        finished=folded.finished,
        until=max(open_until, default=None),
        check_until=check_until,
        reviewer=folded.reviewer,
        unseen=sum(one.number > folded.seen_upto and one.role != "agent" for one in folded.comments),
        seen=entries[-1].number if entries else 0,
    )


def _answered(items: dict[str, ItemReview], item: ScoreItem, finished: Entry, now: float) -> None:
    """What became of an item that the agent could answer: a fault, or one that was appealed and is none any more."""
    one = items.get(item.rule, ItemReview(item.rule))
    if item.verdict not in FAULTS and one.appeal is None:
        return
    until = max(entry.act.until for entry in (finished, one.reopened)
                if entry and isinstance(entry.act, ReviewFinished | ItemReopened))  # fmt: skip
    answer: Answer = "open" if now < until else "expired"
    if one.appeal is not None:
        answer = "appealed"
    elif one.accepted is not None:
        answer = "accepted"
    items[item.rule] = replace(one, answer=answer, until=until)


def _number(items: dict[str, ItemReview], entries: Sequence[Entry]) -> None:
    by_number = {entry.number: entry for entry in entries}
    for entry in entries:
        of = by_number.get(entry.act.entry, entry) if isinstance(entry.act, Undone) else entry
        if (rule := rule_of(of.act)) in items and not isinstance(of.act, Commented):
            items[rule] = replace(items[rule], last=entry.number)


def _waiting(folded: _Fold) -> list[ItemReview]:
    return [one for one in folded.items.values() if one.appeal is not None and one.decision is None]


def _check_until(folded: _Fold) -> float | None:
    """Of the appeals that nobody has checked, the last one's."""
    return max((one.appeal.at + UNCHECKED_S for one in _waiting(folded) if one.appeal and not one.check), default=None)


def _stage(folded: _Fold, *, is_unchecked: bool) -> Stage:
    if folded.finished is None:
        return Stage.REVIEWING if any(one.verdict for one in folded.items.values()) else Stage.NONE
    if is_unchecked:
        return Stage.TO_CHECK
    if _waiting(folded):
        return Stage.TO_DECIDE
    return Stage.TO_ANSWER if any(one.answer == "open" for one in folded.items.values()) else Stage.DONE
