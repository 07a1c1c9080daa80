"""A server process: its port, database and sessions, and the aftercare of calls that have ended.

`open` runs before anything else is loaded, so that a taken port or a database in use is reported at once.
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.actor import Actor
from pipeline.people.audit import ITSELF, Deed
from pipeline.people.audit_heads import AuditSettings
from pipeline.people.entrance import LinkPurpose, link_path
from pipeline.people.settings import PeopleSettings
from pipeline.people.users import User
from pipeline.ports import Bus, Recordings
from pipeline.private import is_exposed, narrow
from pipeline.server.app import NO_EDGES, Edges, Site, create_app
from pipeline.server.hub import Hub
from pipeline.server.metrics import RecordMetrics, new_registry
from pipeline.server.pages import HOMES
from pipeline.server.registry import TOKEN_FILE, Registry
from pipeline.server.serve import ServerSettings, address_of, bind, certificate_of, check_network, make_server
from pipeline.session.aftercare import USUAL, Aftercare
from pipeline.session.consent import Consents
from pipeline.session.nightly import Nightly
from pipeline.session.sessions import Sessions
from pipeline.session.sweep import sweep_of
from pipeline.store.audit import open_audit
from pipeline.store.baselines import BaselineSettings
from pipeline.store.claim import claim
from pipeline.store.leases import Leases, Renewal
from pipeline.store.opening import StoreSettings, open_database
from pipeline.store.sql import SqlStore
from pipeline.store.sqlite_file import SqliteFile

REVOKE = "whoever has read it is let in. `callcoach tokens revoke telephone` ends it, `tokens add` makes another"
_ELSEWHERE = "mend that, or name another folder with --data"
_MENDING = {
    "full": "make room there, or name a folder on another disk with --data",
    "locked": "end the program that has it open",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """What is set for all of the people and servers: how long sessions and links hold, where the head of the audit is
    kept besides (None: nowhere, the demo), and the database."""

    people: PeopleSettings = field(default_factory=PeopleSettings)
    audit: AuditSettings | None = field(default_factory=AuditSettings)
    store: StoreSettings = field(default_factory=StoreSettings)


USUAL_SHARED = Shared()


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """The parts of a server process. `say` prints a line on the terminal.

    To be called in this order: `open`, `app`, `look_after`, `run`, `aftercare.close`. The application is put together
    before the aftercare begins, so that its threads find the process as it stays.
    """

    bound: socket.socket
    store: SqlStore
    hub: Hub
    sessions: Sessions
    aftercare: Aftercare
    settings: ServerSettings
    registry: Registry
    say: Callable[[str], None]
    renewal: Renewal | None  # of the lease, where other servers share the database
    metrics: CollectorRegistry = field(default_factory=new_registry)
    closing: list[Callable[[], None]] = field(default_factory=list)  # what is to be ended with the server

    @classmethod
    def open(
        cls,
        settings: ServerSettings,
        database: Path,
        say: Callable[[str], None],
        learning: BaselineSettings | None = None,
        turn_taking: TurnTakingSettings = USUAL,
        shared: Shared = USUAL_SHARED,
    ) -> ServerProcess:
        """Takes the port and the database, and ends the calls that an earlier process left.

        `database`: the file, where `shared` names no other database; its folder is the data folder all the same.
        `learning`: baselines of agents are learned from the calls of this process; `turn_taking`: by which calls that
        were cut off are scored. Raises SettingsError when the port is not available, or other machines would be let in
        without TLS; StoreError when the database cannot be used; if it only refuses writes, `say` reports that.
        """
        check_network(settings)
        bound = bind(settings.host, settings.port)
        if is_exposed(token := database.parent / TOKEN_FILE):
            say(f"{token} could be read by others on this machine until now: {REVOKE}")
        for path in narrow(database.parent):
            say(f"{path} can be read by others on this machine, and its rights cannot be changed")
        try:
            store, renewal = _open_store(database, learning, address_of(bound, settings), shared.store, say)
            hub, sessions = Hub(settings.backlog_records), Sessions()
            aftercare = Aftercare(store, hub, sessions, say, turn_taking)
            for call_id in aftercare.end_unfinished():
                say(f"call {call_id} was cut off when callcoach stopped: marked as interrupted")
            registry = Registry.of(store, open_audit(store.database, database.parent, shared.audit, say), shared.people)
            registry.keep_former_token(database.parent, settings.token)
        except CallcoachError:
            bound.close()
            raise
        try:
            store.probe()
        except StoreError as error:
            say(f"NOTHING IS KEPT just now: {error}. Calls are coached all the same, and kept once that is mended")
        return cls(bound, store, hub, sessions, aftercare, settings, registry, say, renewal)

    @property
    def address(self) -> str:
        return address_of(self.bound, self.settings)

    def first_link(self) -> str | None:
        """A one-time URL that makes the first administrator; None where there is one."""
        return self._link(LinkPurpose.FIRST) if self.registry.accounts.is_first_run() else None

    def desk_link(self, user: User) -> str:
        """A one-time URL that signs a person in at this machine. Raises AccountRefused for one who may not come in."""
        return self._link(LinkPurpose.DESK, user.id, HOMES[user.role])

    def _link(self, purpose: LinkPurpose, user_id: str | None = None, page: str = "/agent") -> str:
        """Kept with its row of the audit, or not at all."""
        with self.registry.audit.together():
            secret, _ = self.registry.accounts.make_link(purpose, user_id)
            self.registry.audit.note(None, Deed.LINK_MADE, user_id, ITSELF, details={"purpose": purpose})
        return self.address + link_path(purpose, secret, page)

    def note_deleted(self, call_id: str, actor: Actor) -> None:
        """A recording without consent is gone, whether that can be noted or not. From any thread."""
        try:
            self.registry.audit.note(actor, Deed.RECORDING_DELETED, call_id, ITSELF, details={"reason": "consent"})
        except StoreError as error:
            self.say(f"that the recording of call {call_id} was deleted could not be noted in the audit: {error}")

    def consents(self, recordings: Recordings | None, bus: Bus | None = None) -> Consents:
        """Consents of the calls in this database; `bus`: where changes are published, by default the hub."""
        return Consents(self.store, self.sessions, bus or self.hub, recordings)

    def app(self, dist: Path, edges: Edges = NO_EDGES) -> FastAPI:
        """The web application; `dist`: folder of the built dashboard."""
        port = self.bound.getsockname()[1]
        site = Site(dist, self.settings.host, self.settings.names, port, certificate_of(self.settings))
        edges = replace(edges, metrics=self.metrics)
        return create_app(self.store, self.hub, self.sessions, self.registry, site, edges)

    def look_after(self, rulebook: Callable[[], Rulebook], consents: Consents) -> None:
        """Starts the aftercare: until `aftercare.close`, calls that have ended are stored completely and scored.

        Now and each night deletes recordings whose consent was withdrawn, elsewhere or while that failed.
        """
        self.metrics.register(RecordMetrics(self.sessions))
        if self.renewal is not None:
            self.renewal.start()
            self.closing.append(self.renewal.close)
        audit, teams = self.registry.audit, self.registry.team_settings

        def delete_left() -> None:
            consents.delete_left(self.say)

        nightly = Nightly(sweep_of(self.store.database, audit, teams, consents.recordings), self.say, first=delete_left)
        nightly.start()
        self.closing.append(nightly.close)

        def noted() -> Rulebook:
            book = rulebook()
            with suppress(StoreError):  # calls are scored all the same
                self.registry.audit.note_rulebook(f"{book.id} {book.version}")
            return book

        self.aftercare.start(noted, delete_left)

    def run(self, app: FastAPI, ready: Callable[[], None]) -> None:
        """Blocks and serves until Ctrl-C or SIGTERM; calls `ready` once it serves."""
        # After its shutdown uvicorn raises the signal again; the default SIGTERM would skip our clean-up.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        if hasattr(signal, "SIGHUP"):  # the terminal was closed
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        gc.collect()
        gc.freeze()  # what is loaded by now stays: looking through all of it took 0.1 s, in the midst of an answer
        try:
            make_server(app, ready, self.settings).run(sockets=[self.bound])
        except KeyboardInterrupt:
            self.say("")
        finally:
            gc.unfreeze()  # else devices outlast the interpreter's end, and their resampler prints that it leaked
            for close in self.closing:
                close()
            with suppress(StoreError, OSError):  # the next start keeps it
                self.registry.audit.keep_head()


_held: list[object] = []  # keeps the claims until the process ends


def _open_store(
    path: Path, learning: BaselineSettings | None, address: str, settings: StoreSettings, say: Callable[[str], None]
) -> tuple[SqlStore, Renewal | None]:
    _held.append(claim(path, address))
    try:
        database = open_database(settings, path.parent, path.name)
    except StoreError as error:
        mend = (
            "mend that, or change `address` in [store]" if settings.address else _MENDING.get(error.cause, _ELSEWHERE)
        )
        raise StoreError(f"{error}: {mend}", error.cause) from error
    if isinstance(database, SqliteFile):
        database.put_back = lambda: _held.append(claim(path, address))  # the lock file was deleted too
    if not database.is_shared:
        return SqlStore(database, learning, is_live=True), None
    leases = Leases(database, settings.place_of(path.parent))
    leases.begin()
    return SqlStore(database, learning, leases, is_live=True), Renewal(leases, say)
