"""What became of the hints of a call that has ended, as figures: followed, in time; and how far a silent call came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from pipeline.store.dialects import upsert
from pipeline.store.floor_schema import hint_figures
from pipeline.store.schema import calls, records

FOLLOWED_MS = 10_000
IN_TIME_MS = 150
_COUNTED = ("HintRaised", "HintCleared", "HintShown", "SilentCallStep")
_FOLLOWED = ("done", "cause_gone")
_UNDECIDED = ("replaced", "call_ended")


@dataclass(frozen=True, slots=True)
class HintFigures:
    """As the table has it."""

    silent_step: int = 0
    hints: int = 0
    followed: int = 0
    painted: int = 0
    in_time: int = 0
    slowest_ms: float | None = None


def keep(connection: Connection, call_id: str) -> None:
    """Of a call whose end is kept, in the same transaction."""
    number = connection.execute(select(calls.c.number).where(calls.c.call_id == call_id)).scalar_one()
    wanted = select(records.c.event).where(records.c.call_id == call_id, records.c.kind.in_(_COUNTED))
    figures = figures_of(json.loads(text) for text in connection.execute(wanted.order_by(records.c.seq)).scalars())
    upsert(connection, hint_figures, {"number": number, **asdict(figures)}, "number")


def figures_of(events: Iterable[Mapping[str, Any]]) -> HintFigures:
    """Of these kinds alone, as they are kept, in order. One that lacks something counts for nothing."""
    step, raised, paints = 0, dict[int, int](), dict[int, float]()
    hints = followed = 0
    for event in events:
        kind, hint, at_ms = event.get("kind"), event.get("hint", 0), event.get("at_ms", 0)
        if kind == "SilentCallStep":
            step = max(step, event.get("step", 0))
        elif kind == "HintRaised":
            raised[hint] = at_ms
        elif kind == "HintShown" and (paint_ms := event.get("paint_ms")) is not None:
            paints.setdefault(hint, paint_ms)  # of several pages the first
        elif kind == "HintCleared" and hint in raised and event.get("reason") not in _UNDECIDED:
            hints += 1
            followed += event.get("reason") in _FOLLOWED and at_ms - raised[hint] <= FOLLOWED_MS
    in_time = sum(paint_ms <= IN_TIME_MS for paint_ms in paints.values())
    return HintFigures(step, hints, followed, len(paints), in_time, max(paints.values(), default=None))
