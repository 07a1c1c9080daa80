"""A server in process, with stores and calls that the test moves by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.testclient import TestClient

from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import Citation, HintRaised, Severity
from pipeline.events.record import Event, Record
from pipeline.events.turns import TurnStarted
from pipeline.ports import Bus, Store
from pipeline.server.app import create_app
from pipeline.server.hub import Hub
from pipeline.session.buses import ManyBuses
from pipeline.session.sessions import Sessions
from pipeline.store.sqlite import SqliteStore

ADDRESS = "http://127.0.0.1:8000"


def started(call_id: str) -> CallStarted:
    return CallStarted(
        0, call_id, "2026-11-22T09:00:00+08:00", (Channel.AGENT, Channel.CUSTOMER), CallFacts(agent_name="小林"),
        "support-zh", "1", "abc", "none",
    )  # fmt: skip


def hint(at_ms: int, number: int) -> HintRaised:
    return HintRaised(
        at_ms, number, "pace-fast", Severity.WARNING, "语速偏快", "慢一点", "345 字/分", "回到 180 以下",
        Citation("004", "语速适中"), at_ms - 20, at_ms,
    )  # fmt: skip


def turn(at_ms: int) -> TurnStarted:
    return TurnStarted(at_ms, Channel.AGENT, at_ms)


class Call:
    """A session whose slices the test feeds, and that remembers what it has published."""

    def __init__(self, call_id: str, store: Store, bus: Bus, sessions: Sessions | None = None) -> None:
        self.records: list[Record] = []
        self.session = (sessions or Sessions()).begin(call_id, store, ManyBuses(self, bus))
        self.feed = self.session.outbox.feed
        self.end = self.session.outbox.end

    @property
    def at_ms(self) -> int:
        return self.session.outbox.at_ms

    def publish(self, records: Sequence[Record]) -> None:
        self.records += [record for record in records if record.seq is not None]


class Centre:
    """Everything a server needs, and calls whose slices the test feeds."""

    def __init__(self, folder: Path, backlog: int = 5_000) -> None:
        self.store = SqliteStore(folder / "calls.db")
        self.hub = Hub(backlog)
        self.running = Sessions()
        self.calls: dict[str, Call] = {}
        self.dist = folder / "dist"
        self.app = create_app(self.store, self.hub, self.running, dist=self.dist)

    def call(self, call_id: str) -> Call:
        call = self.calls[call_id] = Call(call_id, self.store, self.hub, self.running)
        call.feed([started(call_id)])
        return call

    def finished_call(self, call_id: str, events: list[Event]) -> list[Record]:
        call = self.call(call_id)
        call.feed(events)
        call.feed([CallEnded(call.at_ms + 20, "finished")])
        self.running.end(call_id)
        return call.records


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


def page_of(app: FastAPI, address: str = ADDRESS) -> dict[str, str]:
    """What a browser sends from a page that was opened by its link."""
    given = Response()
    app.state.writers.give_cookie(given, is_secure=False)
    return {"origin": address, "cookie": given.headers["set-cookie"].partition(";")[0]}


@pytest.fixture
def client(centre: Centre) -> Iterator[TestClient]:
    with TestClient(centre.app, base_url=ADDRESS, headers=page_of(centre.app)) as client:
        yield client
