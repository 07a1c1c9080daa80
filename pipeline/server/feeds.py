"""What a socket sends: first what the store has or has refused so far, then what is published, without gap or repeat.

Both feeds subscribe before they read, and read what the store has refused before the store, so nothing can fall
between; what then comes twice is known by its number and sent once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

from pipeline.codec import record_to_dict, to_json
from pipeline.events import Record, RecordsWaiting
from pipeline.run import RunningCalls
from pipeline.server.hub import Subscription
from pipeline.server.listing import records_of
from pipeline.store.archive import Archive


async def call_feed(
    archive: Archive, running: RunningCalls, subscription: Subscription, call_id: str, after: int
) -> AsyncIterator[str]:
    """Records of one call with a seq above `after`, and the display-only ones that are still news."""
    known = await asyncio.to_thread(records_of, archive, running, call_id)
    if not known or after > (known[-1].seq or 0):
        after = 0  # seen in another database: what that client knows is not this call
    last_seq, at_ms = 0, 0
    for record in known:
        last_seq, at_ms = record.seq or last_seq, record.event.at_ms
        if last_seq > after:
            yield to_json(record)
    if waiting := len(running.unkept(call_id)):
        yield to_json(Record(call_id, None, RecordsWaiting(at_ms, waiting)))
    while True:
        for line in await subscription.take():
            seq = line.record.seq
            if seq is None and line.record.event.at_ms < at_ms:
                continue  # a guess from before the snapshot, settled since
            if seq is not None:
                if seq <= last_seq:
                    continue
                last_seq = seq
            yield line.text


class FloorFeed:
    """Records of all calls, each with its `position` in the store, which is what `after` means on the floor.

    Without `after` it starts with the running calls from their beginning (their position is null: whoever
    starts so again gets them again), with it everything kept since, of whatever call; a position that was never
    reached is of another database and counts as none. Live records are read from the store in the order they
    were kept, because two calls may publish in another order than they wrote. Records that the store refuses have
    a null position too: who was sent them and reconnects gets them again.
    """

    def __init__(self, archive: Archive, running: RunningCalls, subscription: Subscription) -> None:
        self._archive = archive
        self._running = running
        self._subscription = subscription
        self._position = 0
        self._last_seq: dict[str, int] = {}

    async def __call__(self, after: int | None) -> AsyncIterator[str]:
        for text in await asyncio.to_thread(self._snapshot, after):
            yield text
        while True:
            lines = await self._subscription.take()
            if any(line.record.seq is not None for line in lines):
                for text in await asyncio.to_thread(self._since, self._position):
                    yield text
            for line in lines:
                if line.record.seq is None:
                    yield _positioned(line.record, None)

    def _snapshot(self, after: int | None) -> list[str]:
        position = self._archive.position()
        if after is not None and after <= position:
            return self._since(after)
        self._position = position
        running = [record for call_id in self._archive.unfinished() for record in self._archive.read(call_id)]
        return [*self._new(running), *self._since(position)]

    def _since(self, after: int) -> list[str]:
        self._position = after
        unkept = self._running.all_unkept(self._last_seq)
        texts = []
        for position, record in self._archive.read_all(self._position):
            self._position = position
            texts += self._new([record], position)
        return [*texts, *self._new(unkept)]

    def _new(self, records: Sequence[Record], position: int | None = None) -> list[str]:
        texts = []
        for record in records:
            if record.seq is not None and record.seq > self._last_seq.get(record.call_id, 0):
                self._last_seq[record.call_id] = record.seq
                texts.append(_positioned(record, position))
        return texts


def _positioned(record: Record, position: int | None) -> str:
    return json.dumps({**record_to_dict(record), "position": position}, ensure_ascii=False, separators=(",", ":"))
