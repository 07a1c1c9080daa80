"""The list of calls and the records of one, both stored and not stored yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.record import Record
from pipeline.events.score import CallScored, UnscoredReason
from pipeline.session.known import records_of
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive

PAGE_RECORDS = 500  # per read: about 20 ms of CPU time

_KINDS = frozenset({"CallStarted", "FactsNoted", "CallEnded", "CallScored"})


@dataclass(frozen=True, slots=True)
class CallSummary:
    """One call in the list. `ended` and `duration_ms` are null while it runs.

    `score`, `fatal`, `to_confirm` and `unscored_reason` are null until it is scored; `score` stays null where
    `unscored_reason` says why there is no total (CallScored).
    `started_at` is "" where the record of its start cannot be read.
    """

    __pydantic_config__ = ConfigDict(json_schema_serialization_defaults_required=True)  # every answer has every field

    call_id: str
    started_at: str
    facts: CallFacts
    ended: Literal["finished", "interrupted"] | None = None
    duration_ms: int | None = None
    score: float | None = None
    fatal: int | None = None
    to_confirm: int | None = None
    unscored_reason: UnscoredReason | None = None
    unkept: int = 0  # number of its records that are not stored yet
    private_gone: bool = False  # what identifies a person is erased in it, for its agent too
    unheard: bool = False  # it runs at another server, of which nothing is heard just now


def page_of(archive: Archive, running: Sessions, call_id: str, after: int) -> list[Record]:
    """The next PAGE_RECORDS records after `after`; fewer means that they are the last ones. Raises StoreError."""
    return records_of(archive, running, call_id, after, PAGE_RECORDS)


def summarise(archive: Archive, running: Sessions, call_ids: Sequence[str]) -> list[CallSummary]:
    """One summary per call, in the order given; what cannot be read of one is not known of it."""
    fields: dict[str, dict[str, object]] = {
        call_id: {"call_id": call_id, "started_at": "", "facts": CallFacts()} for call_id in call_ids
    }
    waiting = {call_id: running.unkept(call_id) for call_id in call_ids}
    unkept = [record for call_id in call_ids for record in waiting[call_id]]
    for record in [*archive.pick(call_ids, _KINDS), *unkept]:
        known = fields[record.call_id]
        match record.event:
            case CallStarted(started_at=started_at, facts=facts):
                known.update(started_at=started_at, facts=facts)
            case FactsNoted(facts=facts):
                known.update(facts=facts)
            case CallEnded(at_ms=at_ms, reason=reason):
                known.update(ended=reason, duration_ms=at_ms)
            case CallScored(total=total, fatal=fatal) as card:
                told = {"to_confirm": card.to_confirm, "unscored_reason": card.unscored_reason}
                known.update(score=total, fatal=fatal, **told)
    silent, gone = archive.unheard(call_ids), archive.private_gone(call_ids)
    for call_id, known in fields.items():
        known.update(unkept=len(waiting[call_id]), unheard=call_id in silent, private_gone=call_id in gone)
    return [CallSummary(**known) for known in fields.values()]  # type: ignore[arg-type]


def has_ended(archive: Archive, running: Sessions, call_id: str) -> bool:
    """From its CallEnded on, slightly before it leaves the running calls. One of another server may run there."""
    is_unkept = any(isinstance(record.event, CallEnded) for record in running.unkept(call_id))
    return is_unkept or bool(archive.pick([call_id], {"CallEnded"}))
