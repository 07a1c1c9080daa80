"""A server in process, with stores and calls that the test moves by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import Citation, HintRaised, Severity
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnStarted
from pipeline.people.audit import Audit
from pipeline.people.directory import UserFields
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.person import Person
from pipeline.people.users import User
from pipeline.ports import Bus, Store
from pipeline.server.app import NO_EDGES, Edges, Site, create_app
from pipeline.server.call_index import CallIndex
from pipeline.server.hub import Hub
from pipeline.server.masked import Eyes, Masking
from pipeline.server.registry import Registry
from pipeline.session.buses import ManyBuses
from pipeline.session.sessions import Sessions
from pipeline.store.audit import SqlAuditLog
from pipeline.store.sql import SqlStore

PORT = 8000
ADDRESS = f"http://127.0.0.1:{PORT}"
SCORED = CallScored(20, None, 0, (), (), unscored_reason="too_short")
READER = Person("token:of the tests", MachineRole.RECORDS)
BEGUN = "2026-11-22T09:00:00+08:00"
AGENT = "1042"  # agent id of the calls that the tests make


def started(call_id: str) -> CallStarted:
    return CallStarted(
        0, call_id, BEGUN, (Channel.AGENT, Channel.CUSTOMER),
        CallFacts(agent_id=AGENT, agent_name="小林"), "support-zh", "1", "abc", "none",
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

    def __init__(self, folder: Path, backlog: int = 5_000, store: SqlStore | None = None) -> None:
        """`store`: in another database than a file of the folder."""
        self.store = store or SqlStore(folder / "calls.db")
        self.hub = Hub(backlog)
        self.running = Sessions()
        self.calls: dict[str, Call] = {}
        self.dist = folder / "dist"
        self.audit = Audit(SqlAuditLog(self.store.database), b"a key of the tests")
        self.registry = Registry.of(self.store, self.audit)

    @cached_property
    def app(self) -> FastAPI:
        return self.make_app()

    def make_app(self, edges: Edges = NO_EDGES, *, host: str = "127.0.0.1", hosts: Sequence[str] = ()) -> FastAPI:
        site = Site(self.dist, host, hosts, PORT)
        return create_app(self.store, self.hub, self.running, self.registry, site, edges)

    def page(self, login: str = "lin", role: Role = Role.AGENT, **fields: Any) -> dict[str, str]:
        """What a browser sends from a page where this person is signed in."""
        told = UserFields(login, login.title(), role, **({"agent_id": AGENT} if login == "lin" else {}) | fields)
        directory, accounts = self.registry.directory, self.registry.accounts
        if directory.user_named(login) is None:
            directory.add(told)
        opened = accounts.enter(self.link(login), Origin("127.0.0.1"))
        return {"origin": ADDRESS, "cookie": f"callcoach-{PORT}={opened.secret}"}

    def link(self, login: str = "lin") -> str:
        """The secret of a one-time link that signs this person in."""
        return self.registry.accounts.make_link(LinkPurpose.DESK, self.person(login).id)[0]

    def bearer(self, role: MachineRole = MachineRole.TELEPHONE) -> dict[str, str]:
        """What a machine sends."""
        known = {token.name for token in self.registry.tokens.tokens()}
        secret, _ = self.registry.tokens.add(f"{role} {len(known)}", role)
        return {"authorization": f"Bearer {secret}"}

    def eyes(self) -> Eyes:
        """What it sees of calls."""
        return Eyes(Masking(CallIndex(self.store, self.running), self.registry.team_settings), READER)

    def machine(self) -> str:
        """The actor of the token that was added last."""
        return self.registry.tokens.tokens()[-1].person.id

    def person(self, login: str = "lin") -> User:
        found = self.registry.directory.user_named(login)
        assert found is not None
        return found

    def call(self, call_id: str, facts: CallFacts | None = None, engine: str = "none", started_at: str = BEGUN) -> Call:
        call = self.calls[call_id] = Call(call_id, self.store, self.hub, self.running)
        begun = replace(started(call_id), engine=engine, started_at=started_at)
        call.feed([replace(begun, facts=facts) if facts is not None else begun])
        return call

    def finished_call(
        self,
        call_id: str,
        events: list[Event],
        facts: CallFacts | None = None,
        engine: str = "none",
        started_at: str = BEGUN,
    ) -> list[Record]:
        call = self.call(call_id, facts, engine, started_at)
        call.feed(events)
        call.feed([CallEnded(call.at_ms + 20, "finished")])
        self.running.end(call_id)
        return call.records


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


def page_of(centre: Centre, address: str = ADDRESS) -> dict[str, str]:
    """What a browser sends from the page of the agent whose calls the tests make."""
    return {**centre.page(), "origin": address}


@pytest.fixture
def client(centre: Centre) -> Iterator[TestClient]:
    with TestClient(centre.app, base_url=ADDRESS, headers=page_of(centre)) as client:
        yield client
