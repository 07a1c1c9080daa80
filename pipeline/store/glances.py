"""What one sees of a call at a glance in a list: who spoke when, the hints, the first problem. Kept with its score.

Of what was said there is nothing in it: rules by their ids, places in thousandths of the call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from pipeline.events.hints import Span
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.masking.view import text_masked
from pipeline.store.dialects import upsert
from pipeline.store.schema import records, rules, strips

WHOLE = 1_000  # of a call
_GAP = 2  # between turns that are drawn as one
_SPANS = 2  # of what was missed besides: with the first problem three to hear
_SILENT_MS = 5_000  # shorter ones are not drawn
_DRAWN = ("TurnEnded", "SilenceEnded", "HintRaised")


@dataclass(frozen=True, slots=True)
class Problem:
    """What to look at first: a rule, and where it is heard; `from_ms` null: nowhere in particular."""

    rule: str
    is_fatal: bool
    verdict: Verdict
    channel: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Of the card, as of ScoreGroup, with its title in English, "" where there is none."""

    name: str
    name_en: str
    points: float
    weight: int


@dataclass(frozen=True, slots=True)
class Glance:
    """Places are pairs from, to in thousandths of the call, one behind the other. `others`: rules missed besides.

    `spans`: where the first of the others are heard, from, to in ms; null: nowhere in particular. `groups`: empty in
    what was kept before they were told.
    """

    turns: dict[str, list[int]]
    silences: list[int]
    hints: list[tuple[int, str]]  # where, and its severity
    problem: Problem | None
    others: list[str]
    good: str | None  # what was done well and is heard somewhere
    spans: tuple[tuple[int, int] | None, ...] = ()
    groups: tuple[Group, ...] = ()


EMPTY = Glance({}, [], [], None, [], None)


def keep(connection: Connection, number: int, call_id: str, card: CallScored) -> None:
    """In the transaction that keeps the card."""
    wanted = select(records.c.event).where(records.c.call_id == call_id, records.c.kind.in_(_DRAWN))
    events = [json.loads(text) for text in connection.execute(wanted.order_by(records.c.seq)).scalars()]
    ended = select(records.c.event).where(records.c.call_id == call_id, records.c.kind == "CallEnded")
    length_ms = max([json.loads(text).get("at_ms", 0) for text in connection.execute(ended).scalars()] or [card.at_ms])
    glance = replace(_drawn(events, length_ms, card), groups=_groups(connection, call_id, card))
    upsert(connection, strips, {"number": number, "drawn": written(glance)}, "number")
    known = titles(connection)
    for item in card.items:
        # A title may quote what was said, and what is private in it is nobody's who reads a list.
        title, title_en = text_masked(item.title), text_masked(item.title_en)
        if known.get(item.rule) != (title, title_en):
            upsert(connection, rules, {"rule": item.rule, "title": title, "title_en": title_en}, "rule")


def read(connection: Connection, numbers: Sequence[int]) -> dict[int, Glance]:
    """Of those among the calls that have one."""
    found = connection.execute(select(strips).where(strips.c.number.in_(numbers)))
    return {row.number: _read(json.loads(row.drawn)) for row in found}


def titles(connection: Connection) -> dict[str, tuple[str, str]]:
    """Of each rule of any card, as it was called last, and in English."""
    return {row.rule: (row.title, row.title_en) for row in connection.execute(select(rules))}


def _drawn(events: Iterable[Mapping[str, Any]], length_ms: int, card: CallScored) -> Glance:
    turns: dict[str, list[int]] = {}
    silences: list[int] = []
    hints: list[tuple[int, str]] = []

    def place(ms: int) -> int:
        return max(0, min(WHOLE, round(WHOLE * ms / length_ms))) if length_ms else 0

    for event in events:
        match event["kind"]:
            case "TurnEnded":
                _join(turns.setdefault(event["channel"], []), place(event["start_ms"]), place(event["end_ms"]))
            case "SilenceEnded" if event["end_ms"] - event["start_ms"] >= _SILENT_MS:
                silences += [place(event["start_ms"]), place(event["end_ms"])]
            case "HintRaised":
                hints.append((place(event["at_ms"]), event["severity"]))
    faults = sorted((item for item in card.items if is_fault(item)), key=_gravity)
    praise = [item for item in card.items if item.verdict is Verdict.MET and item.evidence and not item.is_ban]
    good = max(praise, key=lambda item: item.weight).rule if praise and not faults else None
    spans = tuple(_span(item) for item in faults[1 : 1 + _SPANS])
    return Glance(turns, silences, hints, _problem(faults), [item.rule for item in faults[1:]], good, spans)


def _groups(connection: Connection, call_id: str, card: CallScored) -> tuple[Group, ...]:
    begun = select(records.c.event).where(records.c.call_id == call_id, records.c.kind == "CallStarted")
    told = [json.loads(text) for text in connection.execute(begun).scalars()]
    legend = [group for one in told for group in (one.get("legend") or {}).get("groups", ())]
    english = {group["id"]: group.get("title_en", "") for group in legend}
    return tuple(Group(one.name, english.get(one.name, ""), one.points, one.weight) for one in card.groups)


def _join(places: list[int], start: int, end: int) -> None:
    end = max(end, start + 1)
    if places and start - places[-1] < _GAP:
        places[-1] = max(places[-1], end)
    else:
        places += [start, end]


def is_fault(item: ScoreItem) -> bool:
    """What lists tell of a call, and what it is found by: missed, or it waits to be confirmed."""
    return item.verdict in (Verdict.MISSED, Verdict.TO_CONFIRM)


def _gravity(item: ScoreItem) -> tuple[bool, int]:
    return not item.fatal, -item.weight


def _span(item: ScoreItem) -> tuple[int, int] | None:
    span = next(iter(item.evidence), None)
    return (span.start_ms, span.end_ms) if isinstance(span, Span) else None


def _problem(faults: Sequence[ScoreItem]) -> Problem | None:
    if not faults:
        return None
    first, span = faults[0], next(iter(faults[0].evidence), None)
    where = (str(span.channel), span.start_ms, span.end_ms) if isinstance(span, Span) else (None, None, None)
    return Problem(first.rule, first.fatal, first.verdict, *where)


def written(glance: Glance) -> str:
    """As `strips` has it."""
    problem = glance.problem
    told = (
        [problem.rule, problem.is_fatal, problem.verdict, problem.channel, problem.from_ms, problem.to_ms]
        if problem
        else None
    )
    kept = {
        "t": glance.turns, "s": glance.silences, "h": glance.hints, "p": told, "o": glance.others, "g": glance.good,
        "w": glance.spans, "r": [astuple(group) for group in glance.groups],
    }  # fmt: skip
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _read(kept: Mapping[str, Any]) -> Glance:
    problem = None
    if kept["p"] is not None:
        rule, is_fatal, verdict, *where = kept["p"]
        problem = Problem(rule, is_fatal, Verdict(verdict), *where)
    hints = [(where, severity) for where, severity in kept["h"]]
    spans = tuple(None if span is None else (span[0], span[1]) for span in kept["w"])
    return Glance(
        kept["t"],
        kept["s"],
        hints,
        problem,
        kept["o"],
        kept["g"],
        spans,
        tuple(Group(*group) for group in kept.get("r", ())),
    )
