"""What people have said of a call as lines of JSON; read back nothing of it is believed that could not be said here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter

from pipeline.codec import YEARS
from pipeline.documents import shown
from pipeline.events.score import CallScored
from pipeline.quantities import is_one_line, is_seen
from pipeline.reviews.entries import (
    LONGEST_TEXT,
    MOST_SPANS,
    TEXTS,
    Act,
    AppealChecked,
    AppealDecided,
    Commented,
    Entry,
    ItemAppealed,
    ItemReopened,
    ReviewFinished,
    is_in_a_call,
    rule_of,
    spans_of,
)

MOST_ENTRIES = 10_000  # of one call
_LONGEST_ID = 200  # characters
_LAST_S = datetime(YEARS[-1] + 1, 1, 1, tzinfo=UTC).timestamp()
_ENTRY = TypeAdapter(Entry)


def lines_of(entries: Iterable[Entry]) -> str:
    return "".join(f"{_ENTRY.dump_json(entry).decode()}\n" for entry in entries)


def entry_of(line: bytes, number: int) -> Entry:
    """Raises ValueError for what is not entry `number` of a call."""
    entry = _ENTRY.validate_json(line, strict=True)
    json.loads(line, parse_int=_figure, parse_float=_figure, parse_constant=_figure)
    if entry.number != number:
        raise ValueError(f"it has the number {entry.number}")
    if number > MOST_ENTRIES:
        raise ValueError(f"there are more than {MOST_ENTRIES:,}")
    if not (1 <= len(entry.actor) <= _LONGEST_ID and is_one_line(entry.actor)):
        raise ValueError("actor is empty, too long or no line of text")
    times = [entry.at, *([entry.act.until] if isinstance(entry.act, ReviewFinished | ItemReopened) else ())]
    if not all(0 <= at < _LAST_S for at in times):
        raise ValueError(f"it is of no year up to {YEARS[-1]}")
    _check_texts(entry.act)
    return entry


def check_rules(entries: Iterable[Entry], cards: Iterable[CallScored]) -> None:
    """Raises ValueError for what is said of a rule that is on none of the call's cards."""
    known = {item.rule for card in cards for item in card.items}
    for entry in entries:
        rule = rule_of(entry.act)
        if rule and rule not in known:
            raise ValueError(f"line {entry.number} is of the rule {shown(rule)}, which is on no card of the call")


def _check_texts(act: Act) -> None:
    for name in TEXTS:
        if len(getattr(act, name, "")) > LONGEST_TEXT:
            raise ValueError(f"{name} has more than {LONGEST_TEXT:,} characters")
    if isinstance(act, ItemAppealed | AppealChecked | AppealDecided | ItemReopened) and not is_seen(act.reason):
        raise ValueError("reason is empty")
    if isinstance(act, Commented) and not is_seen(act.text):
        raise ValueError("text is empty")
    if any(len(text) > LONGEST_TEXT for span in spans_of(act) for text in (span.quote, span.quote_en)):
        raise ValueError(f"a quote has more than {LONGEST_TEXT:,} characters")
    if isinstance(act, ItemAppealed) and len(act.evidence) > MOST_SPANS:
        raise ValueError(f"evidence has more than {MOST_SPANS} spans")
    if not all(is_in_a_call(span) for span in spans_of(act)):
        raise ValueError("it has a span that is in no call")


def goes_on(here: Sequence[Entry], brought: Sequence[Entry]) -> bool:
    """Whether all that is brought is here: what was said here since stays."""
    return list(here[: len(brought)]) == list(brought)


def _figure(written: str) -> float:
    number = float(written)
    if not abs(number) <= _LAST_S:  # NaN is not, either
        raise ValueError(f"the number {written[:40]} is out of range")
    return number
