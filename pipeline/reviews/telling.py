"""What the agent is told of a review: nothing of one that is not finished, and no text that somebody took back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.events.score import CallScored
from pipeline.reviews.entries import TEXTS, Act, Commented, CommentsSeen, Entry, Undone
from pipeline.reviews.review import Review, fold


def told_to_agent(
    entries: Sequence[Entry], review: Review, card: CallScored | None, now: float, agent: str
) -> tuple[list[Entry], Review]:
    """`agent`: who asks. Comments are told all along; of a review in progress that it is in progress, and no more."""
    by_number = {entry.number: entry for entry in entries}
    gone = {entry.act.entry for entry in entries if isinstance(entry.act, Undone)}
    if review.finished is None:
        entries = [entry for entry in entries if _is_of_comments(entry.act, by_number)]
        review = replace(fold(entries, card, now), stage=review.stage, seen=review.seen)
    told = [_silent(one) if one.number in gone and one.actor != agent else one for one in entries]
    return told, review


def _is_of_comments(act: Act, by_number: dict[int, Entry]) -> bool:
    of = by_number[act.entry].act if isinstance(act, Undone) and act.entry in by_number else act
    return isinstance(of, Commented | CommentsSeen)


def _silent(entry: Entry) -> Entry:
    without = {name: "" for name in TEXTS if hasattr(entry.act, name)}
    return replace(entry, act=replace(entry.act, **without))  # type: ignore[arg-type]
