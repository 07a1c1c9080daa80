"""What is known of a call just now: the records that are kept, and those that still wait to be."""

from __future__ import annotations

from pipeline.events.record import Record
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive


def records_of(
    archive: Archive, running: Sessions, call_id: str, after: int = 0, limit: int | None = None
) -> list[Record]:
    """Records of a call with a seq above `after`, by seq, including those not stored yet. Raises StoreError."""
    unkept = running.unkept(call_id, after)  # read before the store, so that a record stored in between is not missed
    stored = archive.read(call_id, after, limit)
    last = (stored[-1].seq or 0) if stored else after
    return [*stored, *(record for record in unkept if (record.seq or 0) > last)][:limit]
