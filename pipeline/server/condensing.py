"""The condensed history of a call, for a page that is opened late: see pipeline/store/condensed.py."""

from __future__ import annotations

from pipeline.codec import event_to_json
from pipeline.events.record import Record
from pipeline.server.messages import CondensedPast, LeftOut
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive
from pipeline.store.condensed import RULES, Head, condense


def condensed_history(archive: Archive, running: Sessions, call_id: str, after: int) -> CondensedPast:
    """The records with a seq above `after` that a page still needs, including those not stored yet.

    An `after` beyond the last record comes from another database and counts as 0. Raises StoreError.
    """
    unkept = running.unkept(call_id)  # read first: a record stored in between is then seen twice, not missed
    heads = archive.heads(call_id, after)
    stored = heads[-1].seq if heads else 0
    unkept = [record for record in unkept if (record.seq or 0) > stored]
    newest = (unkept[-1].seq or 0) if unkept else stored
    if after > newest and newest > 0:
        return condensed_history(archive, running, call_id, 0)
    heads += [_head(record) for record in unkept]
    found = condense(head for head in heads if head.seq > after)
    wanted = set(found.seqs)
    kept = archive.take(call_id, [seq for seq in found.seqs if seq <= stored])
    records = [*kept, *(record for record in unkept if record.seq in wanted)]
    left_out = LeftOut(found.lines, found.hints, found.suppressed)
    return CondensedPast(newest, left_out, tuple(records))


def _head(record: Record) -> Head:
    kind = type(record.event).__name__
    return Head(record.seq or 0, kind, event_to_json(record.event) if RULES[kind].keep != "none" else "")
