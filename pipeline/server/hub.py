"""The in-process Bus: passes records from the threads of calls to the websockets on the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.codec import to_json
from pipeline.events.record import Record
from pipeline.ports import Bus

log = logging.getLogger(__name__)

BACKLOG_RECORDS = 5_000  # records queued for one client: beyond this it is too slow


@dataclass(frozen=True, slots=True)
class Message:
    """A record with its JSON text, encoded once for all clients."""

    record: Record
    text: str


class TooSlow(Exception):
    """The queue of a client has overflowed."""


class Subscription:
    """The queue of one client. Used on the event loop only."""

    def __init__(self, call_id: str | None, backlog: int = BACKLOG_RECORDS) -> None:
        self.call_id = call_id
        self._backlog = backlog
        self._messages: deque[Message] = deque()
        self._news = asyncio.Event()
        self.overflowed = asyncio.Event()

    def offer(self, messages: Sequence[Message]) -> None:
        """Queues messages; when the queue overflows it is emptied and `overflowed` is set."""
        if self.overflowed.is_set():
            return
        if len(self._messages) + len(messages) > self._backlog:
            self._messages.clear()
            self.overflowed.set()
        self._messages.extend(messages)
        self._news.set()

    async def take(self) -> list[Message]:
        """Waits for messages and takes all. Raises TooSlow after an overflow."""
        await self._news.wait()
        self._news.clear()
        if self.overflowed.is_set():
            raise TooSlow
        messages = list(self._messages)
        self._messages.clear()
        return messages

    def skip(self) -> None:
        """Drops the queued messages, for a client that reads the same from the store."""
        if not self.overflowed.is_set():
            self._messages.clear()
            self._news.clear()


class Hub:
    """A Bus. `publish` from any thread: never blocks, and does nothing while no server runs."""

    def __init__(self, backlog: int = BACKLOG_RECORDS) -> None:
        self._backlog = backlog
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriptions: set[Subscription] = set()
        self._taps: list[Bus] = []

    def tap(self, bus: Bus) -> None:
        """From now on this bus gets all that is published, also while no server runs."""
        self._taps.append(bus)

    def open(self) -> None:
        """Called on the event loop that serves the sockets."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        self._loop = None

    def publish(self, records: Sequence[Record]) -> None:
        """Sends records of one call to its subscribers; a record that cannot be encoded is logged and left out."""
        for tap in self._taps:
            tap.publish(records)
        loop = self._loop
        if loop is None or not records:
            return
        call_id = records[0].call_id  # one publication has records of one call only
        if not any(one.call_id in (None, call_id) for one in tuple(self._subscriptions)):
            return  # nobody watches: nothing is written out
        messages = []
        for record in records:
            try:
                messages.append(Message(record, to_json(record)))
            except ValueError:
                log.exception("a record of call %s cannot be sent", record.call_id)
        try:
            loop.call_soon_threadsafe(self._deliver, messages)
        except RuntimeError:  # the event loop was closed meanwhile: there are no clients
            return

    @contextmanager
    def subscribe(self, call_id: str | None) -> Iterator[Subscription]:
        """Subscribes to records published from now on, of one call or (None) of all. On the event loop only."""
        subscription = Subscription(call_id, self._backlog)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def _deliver(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        call_id = messages[0].record.call_id  # one publication has records of one call only
        for subscription in self._subscriptions:
            if subscription.call_id is None or subscription.call_id == call_id:
                subscription.offer(messages)
