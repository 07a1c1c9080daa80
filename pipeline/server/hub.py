"""The in-process bus: records from the calls' threads to the sockets of the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.codec import to_json
from pipeline.events.record import Record

log = logging.getLogger(__name__)

BACKLOG_RECORDS = 5_000  # published but not yet sent: beyond this a client is too slow


@dataclass(frozen=True, slots=True)
class Message:
    """A record with its JSON, written once for all who watch."""

    record: Record
    text: str


class TooSlow(Exception):
    """A client has fallen further behind than the hub keeps for it."""


class Subscription:
    """What is waiting for one client. Used on the event loop only."""

    def __init__(self, call_id: str | None, backlog: int = BACKLOG_RECORDS) -> None:
        self.call_id = call_id
        self._backlog = backlog
        self._messages: deque[Message] = deque()
        self._news = asyncio.Event()
        self.overflowed = asyncio.Event()

    def offer(self, messages: Sequence[Message]) -> None:
        if self.overflowed.is_set():
            return
        if len(self._messages) + len(messages) > self._backlog:
            self._messages.clear()
            self.overflowed.set()
        self._messages.extend(messages)
        self._news.set()

    async def take(self) -> list[Message]:
        """All waiting messages, at least one. Raises TooSlow when some had to be dropped."""
        await self._news.wait()
        self._news.clear()
        if self.overflowed.is_set():
            raise TooSlow
        messages = list(self._messages)
        self._messages.clear()
        return messages

    def skip(self) -> None:
        """Drops what waits, for somebody who reads it from the store instead."""
        if not self.overflowed.is_set():
            self._messages.clear()
            self._news.clear()


class Hub:
    """`publish` from any thread; it never blocks and does nothing while no server runs."""

    def __init__(self, backlog: int = BACKLOG_RECORDS) -> None:
        self._backlog = backlog
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriptions: set[Subscription] = set()

    def open(self) -> None:
        """Called on the event loop that serves the sockets."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        self._loop = None

    def publish(self, records: Sequence[Record]) -> None:
        loop = self._loop
        if loop is None or not self._subscriptions:
            return
        messages = []
        for record in records:
            try:
                messages.append(Message(record, to_json(record)))
            except ValueError:
                log.exception("a record of call %s cannot be sent", record.call_id)
        try:
            loop.call_soon_threadsafe(self._deliver, messages)
        except RuntimeError:  # the loop was closed meanwhile: nobody watches any more
            return

    @contextmanager
    def subscribe(self, call_id: str | None) -> Iterator[Subscription]:
        """Everything published from now on, of one call or (None) of all."""
        subscription = Subscription(call_id, self._backlog)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def _deliver(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        call_id = messages[0].record.call_id  # one publication is of one call
        for subscription in self._subscriptions:
            if subscription.call_id is None or subscription.call_id == call_id:
                subscription.offer(messages)
