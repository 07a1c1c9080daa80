"""History in pages: what a client has not taken yet is in the store, not in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.codec import record_to_dict
from pipeline.errors import StoreError
from pipeline.events.record import Record
from pipeline.server import feeds, listing
from pipeline.server.feeds import History, call_feed
from tests.server.conftest import Call, Centre, turn
from tests.server.test_sockets import WS, seqs

PAGE = 7


class Reads:
    """What is read from the store, and how much at once."""

    def __init__(self, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (feeds, listing):
            monkeypatch.setattr(module, "PAGE_RECORDS", PAGE)
        self.sizes: list[int] = []
        self.fails_after = 10**6
        self._read, self._read_all = centre.store.read, centre.store.read_all
        monkeypatch.setattr(centre.store, "read", self.read)
        monkeypatch.setattr(centre.store, "read_all", self.read_all)

    def read(self, *wanted: Any) -> list[Record]:
        return self._seen(self._read(*wanted))

    def read_all(self, *wanted: Any) -> list[tuple[int, Record]]:
        return self._seen(self._read_all(*wanted))

    def _seen(self, found: list[Any]) -> list[Any]:
        self.sizes.append(len(found))
        if len(self.sizes) > self.fails_after:
            raise StoreError("calls.db cannot be read")
        return found


@pytest.fixture
def reads(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Reads:
    return Reads(centre, monkeypatch)


@pytest.fixture
def call(centre: Centre) -> Call:
    """A call of 30 records beside a finished one of 23."""
    centre.finished_call("over", [turn(20) for _ in range(21)])
    call = centre.call("a")
    call.feed([turn(20) for _ in range(29)])
    return call


async def take(lines: AsyncIterator[str], count: int) -> None:
    for _ in range(count):
        await anext(lines)


def test_the_next_page_is_read_when_the_last_was_taken(centre: Centre, reads: Reads, call: Call) -> None:
    async def watch() -> None:
        history = History(centre.store, centre.running)
        centre.hub.open()
        with centre.hub.subscribe(None) as subscription:
            lines = call_feed(history, subscription, "a", 0, lambda facts: True, centre.eyes())
            for pages in (1, 2, 3):
                await take(lines, 1)
                assert reads.sizes == [PAGE] * pages
                await take(lines, PAGE - 1)
                assert reads.sizes == [PAGE] * pages

    asyncio.run(watch())


def test_pages_have_no_gap_and_no_repeat(client: TestClient, centre: Centre, reads: Reads, call: Call) -> None:
    with client.websocket_connect(WS + "/ws/calls/a?after=2") as socket:
        assert seqs(socket, 28) == list(range(3, 31))
        call.feed([turn(40)])
        assert seqs(socket, 1) == [31]
    assert max(reads.sizes) == PAGE


def test_what_is_published_while_history_is_sent_comes_after_it(centre: Centre, reads: Reads, call: Call) -> None:
    async def watch() -> list[tuple[str, int]]:
        centre.hub.open()
        with centre.hub.subscribe(None) as subscription:
            history = History(centre.store, centre.running)
            lines = call_feed(history, subscription, "a", 0, lambda facts: True, centre.eyes())
            sent = []
            for n in range(40):
                record = json.loads(await anext(lines))
                sent.append((record["call_id"], record["seq"]))
                if n < 10:
                    call.feed([turn(40 + n)])
            return sent

    sent = asyncio.run(watch())
    assert [seq for call_id, seq in sent if call_id == "a"] == list(range(1, 41))
    assert max(reads.sizes) == PAGE


@pytest.mark.parametrize("after", [-(2**53), 0, 5, 14, 22, 23, 2**53])
def test_records_come_as_one_array(client: TestClient, centre: Centre, reads: Reads, call: Call, after: int) -> None:
    answer = client.get(f"/api/calls/over/records?after={after}")
    reads.sizes.clear()
    assert answer.json() == [record_to_dict(r) for r in reads._read("over") if (r.seq or 0) > after]


def test_a_store_that_fails_on_the_way_leaves_no_whole_array(client: TestClient, reads: Reads, call: Call) -> None:
    reads.fails_after = 0
    assert client.get("/api/calls/over/records").status_code == 503
    reads.sizes.clear()
    reads.fails_after = 2
    with pytest.raises(ValueError, match="Expecting"):
        client.get("/api/calls/over/records").json()
