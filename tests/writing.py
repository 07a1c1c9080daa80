"""Records of a call that nobody runs, written as a successor would."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events.record import Event, Record
from pipeline.store.archive import Archive


def add(archive: Archive, call_id: str, events: Sequence[Event], *, patient: bool = False) -> list[Record]:
    """Takes a call over and writes behind its last record; the records of `events`. For one that nobody runs any more.

    Raises StoreError as `Store.append`.
    """
    if not events:
        return []
    owner = archive.own(call_id, patient=patient)
    last = archive.last(call_id)
    first_seq = 1 + ((last.seq or 0) if last is not None else 0)
    archive.append(call_id, owner, first_seq, events, patient=patient)
    return [Record(call_id, seq, event) for seq, event in enumerate(events, start=first_seq)]
