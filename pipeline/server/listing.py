"""The list of calls, as far as their records tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.events import CallEnded, CallFacts, CallScored, CallStarted, FactsNoted
from pipeline.run import RunningCalls
from pipeline.store.archive import Archive

_KINDS = frozenset({"CallStarted", "FactsNoted", "CallEnded", "CallScored"})


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call in the list. `ended` and `duration_ms` are null while it runs, `score` until it is scored."""

    call_id: str
    started_at: str
    facts: CallFacts
    ended: Literal["finished", "interrupted"] | None = None
    duration_ms: int | None = None
    score: float | None = None
    fatal: int | None = None


def summarise(archive: Archive, call_ids: Sequence[str]) -> list[CallSummary]:
    """One summary per call, in the order given; calls whose CallStarted was not kept are left out."""
    fields: dict[str, dict[str, object]] = {call_id: {} for call_id in call_ids}
    for record in archive.pick(call_ids, _KINDS):
        known = fields[record.call_id]
        match record.event:
            case CallStarted(started_at=started_at, facts=facts):
                known.update(call_id=record.call_id, started_at=started_at, facts=facts)
            case FactsNoted(facts=facts):
                known.update(facts=facts)
            case CallEnded(at_ms=at_ms, reason=reason):
                known.update(ended=reason, duration_ms=at_ms)
            case CallScored(total=total, fatal=fatal):
                known.update(score=total, fatal=fatal)
    return [CallSummary(**known) for known in fields.values() if "call_id" in known]  # type: ignore[arg-type]


def find_call(archive: Archive, running: RunningCalls, call_id: str) -> str | None:
    """The id of a call, where `latest` is the newest one; None when there is no such call."""
    if call_id == "latest":
        return None if running.is_expecting else next(iter(archive.calls()), None)
    return call_id if archive.pick([call_id], {"CallStarted", "CallEnded"}) else None
