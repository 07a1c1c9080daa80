"""Runs a call to its end: each slice's events are kept in one transaction, then published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.events.record import Event
from pipeline.ports import Bus, Store
from pipeline.session.mailbox import Mailbox


def run_call(
    events: Iterable[Sequence[Event]], *, call_id: str, store: Store, bus: Bus, mailbox: Mailbox | None = None
) -> None:
    """Run a call to its end: one item of `events` per slice, as `call.listen()` yields them.

    Its records are then in the store; nothing of a call that lasts for hours is held here. A call that breaks off, by
    an error or because its events just stop, gets CallEnded(reason="interrupted"); the error goes on to the caller.
    """
    outbox = (mailbox or Mailbox()).opened(call_id, store, bus)
    try:
        for slice_events in events:
            outbox.feed(slice_events)
    finally:
        outbox.end()
