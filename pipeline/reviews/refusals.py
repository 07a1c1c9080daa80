"""What may be said of a call, by whom and when: every refusal in one place, each in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents import shown
from pipeline.errors import ReviewRefused
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.people.permissions import Action, Role
from pipeline.quantities import is_seen
from pipeline.reviews.card import differs
from pipeline.reviews.entries import (
    LONGEST_TEXT,
    MOST_SPANS,
    Act,
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
    is_in_a_call,
    rule_of,
    spans_of,
    undated,
)
from pipeline.reviews.review import UNCHECKED_S, ItemReview, Review, standing

ACTIONS: dict[type[Act], Action] = {
    VerdictGiven: Action.REVIEW_JUDGE,
    ReviewFinished: Action.REVIEW_JUDGE,
    AppealDecided: Action.REVIEW_JUDGE,
    ItemAccepted: Action.REVIEW_ANSWER,
    ItemAppealed: Action.REVIEW_ANSWER,
    CommentsSeen: Action.REVIEW_ANSWER,
    AppealChecked: Action.REVIEW_CHECK,
    ItemReopened: Action.REVIEW_CHECK,
    Commented: Action.REVIEW_COMMENT,
}
"""By which action each is permitted; to take something back, the same."""

_WORTH = {Verdict.PARTLY: 1, Verdict.MET: 2, Verdict.NOT_APPLICABLE: 2}  # to the agent; what is a whole fault: 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants to add what, having seen the entries up to number `seen`. `now`: seconds since 1970.

    `agent`: the user whose call it is, whatever they are today; null where nobody is known.
    """

    act: Act
    actor: str
    role: Role
    seen: int
    now: float
    agent: str | None = None


def check(asked: Asked, entries: Sequence[Entry], review: Review, card: CallScored | None) -> None:
    """Raises ReviewRefused: `changed` where somebody else was quicker, `not_now` where it is not the time for it."""
    act = asked.act
    if not all(is_in_a_call(span) for span in spans_of(act)):
        raise ReviewRefused("a span begins before the call, ends before it begins, or is longer than a day", "wrong")
    if isinstance(act, Commented):
        _comment(act, entries, card)
        return
    if isinstance(act, CommentsSeen):
        if not 0 <= act.upto <= review.seen:
            raise ReviewRefused(f"there is no entry {act.upto} to have seen; the newest is {review.seen}", "unknown")
        return
    if card is None:
        raise ReviewRefused("the call is not scored: there is nothing to judge", "not_now")
    _not_own(asked, entries)
    newer = [entry for entry in entries if entry.number > asked.seen and entry.actor != asked.actor]
    if isinstance(act, Undone):
        _undo(act, asked, entries, review)
        return
    if isinstance(act, ReviewFinished):
        if any(not isinstance(entry.act, Commented | CommentsSeen) for entry in newer):
            raise ReviewRefused("somebody else has judged this call meanwhile", "changed")
        _finish(review)
        return
    rule = rule_of(act)
    item = next((item for item in card.items if item.rule == rule), None)
    if item is None:
        raise ReviewRefused(f"the card has no item {shown(rule)}", "unknown")
    one = review.items.get(rule, ItemReview(rule))
    if one.last > asked.seen and any(entry.number == one.last for entry in newer):
        raise ReviewRefused("somebody else has said something of this item meanwhile", "changed")
    _item(act, asked, item, one, review)


def _not_own(asked: Asked, entries: Sequence[Entry]) -> None:
    """Who was the agent of a call may have become QA or lead since."""
    if ACTIONS.get(type(asked.act)) not in (Action.REVIEW_JUDGE, Action.REVIEW_CHECK):
        return
    has_answered = any(e.actor == asked.actor and isinstance(e.act, ItemAccepted | ItemAppealed) for e in entries)
    if has_answered or asked.actor == asked.agent:
        raise ReviewRefused("nobody judges, checks or decides a call of their own: somebody else has to", "own")


def _item(act: Act, asked: Asked, item: ScoreItem, one: ItemReview, review: Review) -> None:
    match act:
        case VerdictGiven():
            if review.finished is not None:
                raise ReviewRefused("the review is finished: an appeal is decided, or the finish taken back", "not_now")
            if differs(item, act.verdict):
                _reason(act.reason)
        case ItemAccepted() | ItemAppealed():
            _answer(act, one)
        case AppealChecked():
            _reason(act.reason)
            if one.appeal is None or one.decision is not None:
                raise ReviewRefused("there is no appeal to check", "not_now")
        case AppealDecided():
            _decision(act, asked, item, one)
        case ItemReopened():
            _reason(act.reason)
            if one.answer != "expired":
                raise ReviewRefused("only an item whose time for an answer is over is opened again", "not_now")


def _answer(act: ItemAccepted | ItemAppealed, one: ItemReview) -> None:
    if one.answer == "expired":
        raise ReviewRefused("the time for an answer is over; the team's lead may open the item again", "not_now")
    if one.answer != "open":
        raise ReviewRefused("there is nothing to answer at this item", "not_now")
    if isinstance(act, ItemAppealed):
        _reason(act.reason)
        if act.verdict is one.judged:
            raise ReviewRefused("the item is judged so already", "not_now")
        if len(act.evidence) > MOST_SPANS:
            raise ReviewRefused(f"evidence has {len(act.evidence)} spans; at most {MOST_SPANS}", "wrong")


def _decision(act: AppealDecided, asked: Asked, item: ScoreItem, one: ItemReview) -> None:
    _reason(act.reason)
    if one.appeal is None or one.decision is not None:
        raise ReviewRefused("there is no appeal to decide", "not_now")
    if one.check is None and asked.now < one.appeal.at + UNCHECKED_S:
        raise ReviewRefused("the team's lead has not checked the appeal yet", "not_now")
    given = one.verdict.act if one.verdict is not None else None
    appealed = given.verdict if isinstance(given, VerdictGiven) else item.verdict
    if _WORTH.get(act.verdict, 0) < _WORTH.get(appealed, 0):
        raise ReviewRefused(f"the verdict that was appealed is {appealed}: a decision is not worse", "worse")


def _finish(review: Review) -> None:
    if review.finished is not None:
        raise ReviewRefused("the review is finished already", "not_now")
    if review.card is not None and review.card.to_confirm:
        left = "the items to confirm come first: somebody has to listen"
        raise ReviewRefused(left, "not_now")


def _undo(act: Undone, asked: Asked, entries: Sequence[Entry], review: Review) -> None:
    entry = next((entry for entry in entries if entry.number == act.entry), None)
    if entry is None or isinstance(entry.act, Undone | CommentsSeen):
        raise ReviewRefused(f"there is no entry {act.entry} that could be taken back", "unknown")
    if any(isinstance(one.act, Undone) and one.act.entry == act.entry for one in entries):
        raise ReviewRefused("it is taken back already", "not_now")
    if entry.actor != asked.actor:
        raise ReviewRefused("only who said something takes it back", "not_now")
    if isinstance(entry.act, Commented):
        return
    is_answered = review.finished is not None and not isinstance(entry.act, ReviewFinished)
    if isinstance(entry.act, VerdictGiven) and is_answered:
        raise ReviewRefused("the review is finished: take that back first", "not_now")
    if isinstance(entry.act, ReviewFinished):
        if any(one.accepted or one.appeal for one in review.items.values()):
            raise ReviewRefused("the agent has answered: the finish stands", "not_now")
        return
    rule = rule_of(entry.act)
    of_item = [one for one in standing(entries) if rule_of(one.act) == rule and not isinstance(one.act, Commented)]
    if of_item[-1].number != entry.number:
        raise ReviewRefused("something was said of this item since", "changed")


def _comment(act: Commented, entries: Sequence[Entry], card: CallScored | None) -> None:
    _reason(act.text, "a comment")
    if act.rule and not any(item.rule == act.rule for item in (card.items if card is not None else ())):
        raise ReviewRefused(f"the card has no item {shown(act.rule)}", "unknown")
    if act.answers and not any(e.number == act.answers and isinstance(e.act, Commented) for e in entries):
        raise ReviewRefused(f"there is no comment {act.answers} to answer", "unknown")


def _reason(text: str, what: str = "a reason") -> None:
    if not is_seen(text):
        raise ReviewRefused(f"{what} is needed: 1 to {LONGEST_TEXT} characters", "reason")
    if len(text) > LONGEST_TEXT:
        raise ReviewRefused(f"{what} has {len(text)} characters; at most {LONGEST_TEXT}", "reason")


def is_repeated(asked: Asked, entries: Sequence[Entry]) -> bool:
    """Whether it is said already, by the same person, with nothing of it since: its answer was lost, and it came again.

    `asked.act`: as it would be kept, but for times.
    """
    by_number = {entry.number: entry.act for entry in entries}

    def subject(act: Act, actor: str) -> object:
        of = by_number.get(act.entry, act) if isinstance(act, Undone) else act
        return (actor, of) if isinstance(of, Commented | CommentsSeen) else rule_of(of)

    about = subject(asked.act, asked.actor)
    newer = [one for one in entries if one.number > asked.seen and subject(one.act, one.actor) == about]
    return bool(newer) and newer[-1].actor == asked.actor and undated(newer[-1].act) == undated(asked.act)
