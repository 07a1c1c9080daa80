"""The records a websocket sends: first the history, then what is published, without gap or repeat.

All feeds subscribe before they read the history, and read the records not stored yet before the stored ones, so that
none is missed; a record that comes twice is recognised by its seq and sent once.

History is read in pages, each when the one before was sent (back-pressure), so that a slow client costs no memory.
After the first page clients take turns, so that many histories do not delay live records.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.codec import to_json
from pipeline.errors import StoreError
from pipeline.events.call import CallFacts
from pipeline.events.faults import RecordsWaiting
from pipeline.events.record import Record
from pipeline.server.condensing import condensed_history
from pipeline.server.hub import Message, Subscription
from pipeline.server.listing import PAGE_RECORDS, page_of
from pipeline.server.masked import Eyes
from pipeline.server.messages import as_text
from pipeline.session.known import records_of
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive
from pipeline.store.ownership import facts_told

log = logging.getLogger(__name__)


class History:
    """Reads records of calls in pages; shared by all clients of a server."""

    def __init__(self, archive: Archive, running: Sessions) -> None:
        self.archive = archive
        self.running = running
        self.turn = asyncio.Lock()

    async def of_call(self, call_id: str, after: int, subscription: Subscription) -> AsyncIterator[list[Record]]:
        """Pages of the records with a seq above `after`; records published meanwhile come in a later page."""
        page = await self._page(call_id, after, subscription)
        while len(page) == PAGE_RECORDS:
            yield page
            async with self.turn:
                page = await self._page(call_id, page[-1].seq or after, subscription)
        yield page

    async def _page(self, call_id: str, after: int, subscription: Subscription) -> list[Record]:
        subscription.skip()
        return await asyncio.to_thread(page_of, self.archive, self.running, call_id, after)

    async def knows(self, call_id: str, seq: int) -> Record | None:
        """The record of this seq; None means that the seq comes from another database."""
        if seq <= 0:
            return None
        found = await asyncio.to_thread(records_of, self.archive, self.running, call_id, seq - 1, 1)
        return found[0] if found else None


class NotTheirs(Exception):
    """The facts of a call have made it another's: whoever watched it may no longer see it."""


Sees = Callable[[CallFacts], bool]
"""Whether whoever watches a call may still see it, by its facts."""


async def call_feed(
    history: History, subscription: Subscription, call_id: str, after: int, sees: Sees, eyes: Eyes
) -> AsyncIterator[str]:
    """Records of one call with a seq above `after` as JSON, then live ones, also display-only ones. Never ends.

    Raises StoreError when the history cannot be read, TooSlow when the client does not keep up, NotTheirs.
    """
    seen = await history.knows(call_id, after)
    last_seq, at_ms = (after, seen.event.at_ms) if seen is not None else (0, 0)
    async for page in history.of_call(call_id, last_seq, subscription):
        for text in await asyncio.to_thread(_texts, eyes, page):
            yield text
        if page:
            last_seq, at_ms = page[-1].seq or last_seq, page[-1].event.at_ms
    async for text in _follow(history, subscription, Past(call_id, last_seq, at_ms), sees, eyes):
        yield text


async def condensed_feed(
    history: History, subscription: Subscription, call_id: str, after: int, sees: Sees, eyes: Eyes
) -> AsyncIterator[str]:
    """As `call_feed`, but with a condensed history, in one first message that is not a record.

    Sent only to clients that ask for it, because other clients expect records only.
    """
    past = await asyncio.to_thread(condensed_history, history.archive, history.running, call_id, after)
    yield await asyncio.to_thread(lambda: as_text(replace(past, records=tuple(eyes.see(past.records)))))
    at_ms = past.records[-1].event.at_ms if past.records else 0
    async for text in _follow(history, subscription, Past(call_id, past.seq, at_ms), sees, eyes):
        yield text


@dataclass(frozen=True, slots=True)
class Past:
    """Where the history of a call ended that was sent."""

    call_id: str
    seq: int
    at_ms: int


async def _follow(
    history: History, subscription: Subscription, past: Past, sees: Sees, eyes: Eyes
) -> AsyncIterator[str]:
    """Published records after the past."""
    call_id, last_seq, at_ms = past.call_id, past.seq, past.at_ms
    now = history.running.facts(call_id)
    if now is not None and not sees(now):  # it became another's between being let in and reading the history
        raise NotTheirs
    if waiting := len(history.running.unkept(call_id)):
        yield to_json(Record(call_id, None, RecordsWaiting(at_ms, waiting)))
    while True:
        messages = await subscription.take()
        async for message in _seen(messages, eyes):
            seq = message.record.seq
            if seq is None and message.record.event.at_ms < at_ms:
                continue  # a caption from before the end of the history, replaced by final words
            if seq is not None:
                if seq <= last_seq:
                    continue
                last_seq = seq
            if (facts := facts_told(message.record)) is not None and not sees(facts):
                raise NotTheirs
            yield message.text


async def _seen(messages: Sequence[Message], eyes: Eyes) -> AsyncIterator[Message]:
    """Whoever sees all, as an agent their own call, waits for no thread."""
    if eyes.see_all:
        for message in messages:
            yield message
        return
    seen = await asyncio.to_thread(eyes.see, [message.record for message in messages])
    for message, record in zip(messages, seen, strict=True):
        yield message if record is message.record else Message(record, to_json(record))


def _texts(eyes: Eyes, records: Sequence[Record]) -> list[str]:
    return list(map(to_json, eyes.see(records)))


async def records_as_json(history: History, call_id: str, after: int, eyes: Eyes) -> AsyncIterator[str]:
    """A JSON array of a call's records, in pieces. Raises StoreError when the first page cannot be read."""
    page = await asyncio.to_thread(_seen_page, history, call_id, after, eyes)
    return _as_json(history, call_id, page, eyes)


def _seen_page(history: History, call_id: str, after: int, eyes: Eyes) -> list[Record]:
    return eyes.see(page_of(history.archive, history.running, call_id, after))


async def _as_json(history: History, call_id: str, page: list[Record], eyes: Eyes) -> AsyncIterator[str]:
    yield "["
    between = ""
    while page:
        yield between + await asyncio.to_thread(",".join, map(to_json, page))
        between = ","
        if len(page) < PAGE_RECORDS:
            break
        try:
            page = await asyncio.to_thread(_seen_page, history, call_id, page[-1].seq or 0, eyes)
        except StoreError as error:
            log.warning("the records of call %s broke off: %s", call_id, error)
            return  # without its closing bracket the array is invalid JSON, so that a client notices
    yield "]"
