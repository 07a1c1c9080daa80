"""A centre on a real port and desks that report to it, each with a folder of its own; calls are fed by the test."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

import numpy as np
import soundfile
from sqlalchemy import delete, select, update

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.codec import event_to_json
from pipeline.desk.clock import CentreClock
from pipeline.desk.delivery import RecordDelivery
from pipeline.desk.digests import Digests
from pipeline.desk.link import Credentials, Link
from pipeline.desk.live_sound import LiveSound
from pipeline.desk.still_here import Inventory
from pipeline.desk.uploads import Uploads
from pipeline.desk_protocol.kinds import MAJOR, NEWEST
from pipeline.desk_protocol.messages import Hello
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.record import Event, Record
from pipeline.ingest.assembly import CentreOptions, RunningCentre
from pipeline.ingest.shifts import Shifts
from pipeline.ingest.sign_ins import SignIns
from pipeline.people.desks import Shift
from pipeline.people.directory import UserFields
from pipeline.people.permissions import Role
from pipeline.people.turns import Turns
from pipeline.ports import Transcriber
from pipeline.server.app import Edges
from pipeline.server.registry import Registry
from pipeline.server.serve import ServerSettings, address_of, bind, make_server
from pipeline.session.buses import ManyBuses
from pipeline.session.call_id import new_call_id
from pipeline.session.consent import Consents
from pipeline.session.outbox import Outbox
from pipeline.session.recordings import FolderRecordings
from pipeline.session.session import Session
from pipeline.session.sessions import Sessions
from pipeline.store.bringing import Bringing
from pipeline.store.deliveries import SqlDeliveries
from pipeline.store.schema import calls, records
from pipeline.store.sql import SqlStore
from tests.desk.cutting import CuttingProxy
from tests.ports import free_port
from tests.server.conftest import Centre
from tests.waiting import LIMIT_S, wait_until

RULEBOOK = b"id: handbook\n"
Enrolled: TypeAlias = tuple[str, str, Shift]


class ServedCentre:
    """`start` and `stop` as often as wanted, on one port."""

    def __init__(self, folder: Path, transcriber: Transcriber | None = None) -> None:
        self.folder = folder
        self.transcriber = transcriber or NoTranscriber()
        self.here = Centre(folder)
        self.recordings = FolderRecordings(folder / "recordings")
        self._port = free_port()
        self.start()

    def start(self) -> None:
        here = self.here
        people = here.registry
        shifts = Shifts(people.accounts, people.directory, people.desks, people.audit, turns=Turns())
        consents = Consents(here.store, here.running, here.hub, self.recordings)
        self.running = RunningCentre(
            CentreOptions(
                people.desks, Bringing(here.store.database), here.hub, here.running, consents,
                self.folder / "recordings",
                lambda: self.transcriber, lambda: RULEBOOK, lambda: "华信", SignIns(shifts), people.team_settings,
            )
        )  # fmt: skip
        app = here.make_app(Edges(recordings=self.recordings, centre=self.running))
        ready = threading.Event()
        self._server = make_server(app, ready.set, ServerSettings())
        self._bound = bind("127.0.0.1", self._port)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._bound]})
        self._thread.start()
        assert ready.wait(LIMIT_S)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(LIMIT_S)
        self._bound.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def address(self) -> str:
        return address_of(self._bound)

    def connect(self) -> socket.socket:
        parts = urlsplit(self.address)
        return socket.create_connection((str(parts.hostname), int(parts.port or 0)))

    def enrol(self, name: str, agent_id: str, installation: str = "") -> Enrolled:
        return enrolled(self.here.registry, name, agent_id, installation)


def enrolled(registry: Registry, name: str, agent_id: str, installation: str = "") -> Enrolled:
    """The token of a new desk, its installation, and the shift of its agent there."""
    desks, directory = registry.desks, registry.directory
    installation = installation or uuid.uuid4().hex
    code, _ = desks.make_code(None)
    token, desk = desks.enrol(code, name, installation, f"machine of {name}", "callcoach")
    user = directory.user_of_agent(agent_id) or directory.add(
        UserFields(f"a{agent_id}", f"坐席{agent_id}", Role.AGENT, agent_id=agent_id)
    )
    shift, _ = desks.begin_shift(desk.id, user)
    return token, installation, shift


class AnyCentre(Protocol):
    """What a desk of the tests needs of its centre."""

    here: Centre
    recordings: FolderRecordings

    def connect(self) -> socket.socket: ...

    def enrol(self, name: str, agent_id: str, installation: str = "") -> Enrolled: ...


@dataclass
class DeskHere:
    """A desk whose calls the test feeds."""

    folder: Path
    centre: AnyCentre
    name: str = "desk-1"
    agent_id: str = "1042"
    ahead_s: float = 0.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.token, self.installation, self.shift = self.centre.enrol(self.name, self.agent_id)
        self.proxy = CuttingProxy(self.centre.connect)
        self.begin()

    def begin(self) -> None:
        """As a process that starts."""
        self.begin_store()
        self.sessions = Sessions()
        self.recordings = FolderRecordings(self.folder / "recordings")
        self.process = uuid.uuid4().hex
        self.link = Link(self.credentials, self.hello, wall=self.wall)
        self.clock = CentreClock(self.link, self.wall)
        self.delivery = RecordDelivery(
            self.link, self.store, self.sessions, self.kept, lambda started: self.shift.id, self.said.append,
            is_own_clock=lambda: self.clock.is_own,
        )  # fmt: skip
        self.digests = Digests(self.link)
        self.live_sound = LiveSound(self.link, self.sessions)
        self.uploads = Uploads(self.link, self.recordings, self.kept, lambda: False, self.said.append)
        self.inventory = Inventory(self.link, self.recordings, self.kept, self.delivery)
        self.join()
        self.link.start()
        self.delivery.start()
        self.digests.start()
        self.live_sound.start()
        self.uploads.start()
        self.inventory.start()

    def join(self) -> None:
        """What else uses the link."""

    def leave(self) -> None:
        """The same, when the desk ends."""

    def begin_store(self) -> None:
        self.store = SqlStore(self.folder / "calls.db", is_live=True)
        self.kept = SqlDeliveries(self.store.database)

    def end(self) -> None:
        """As a process that is stopped, whatever it was doing."""
        self.delivery.close()
        self.digests.close()
        self.live_sound.close()
        self.uploads.close()
        self.inventory.close()
        self.leave()
        self.link.close()
        self.store.close()

    def wall(self) -> float:
        """The machine's clock."""
        return time.time() + self.ahead_s

    def credentials(self) -> Credentials:
        return Credentials(f"ws://127.0.0.1:{self.proxy.port}/ws/desk", self.token, None)

    def hello(self) -> Hello:
        version = f"{MAJOR}.{NEWEST}"
        return Hello(
            version,
            self.installation,
            self.process,
            f"machine of {self.name}",
            "callcoach",
            round(self.wall() * 1000),
            self.shift.id,
            tuple(self.sessions.ids()),
        )

    def call(self, call_id: str | None = None, agent_id: str | None = None) -> Session:
        """A call that has begun, with its first record, dated as `callcoach live` does."""
        call_id = call_id or new_call_id()
        session = self.sessions.begin(call_id, self.store, ManyBuses(self.delivery, self.digests))
        facts = CallFacts(agent_id=agent_id or self.agent_id, recording_consent=True)
        sides = (Channel.AGENT, Channel.CUSTOMER)
        began = self.clock.now().isoformat(timespec="milliseconds")
        session.outbox.feed([CallStarted(0, call_id, began, sides, facts, "handbook", "1", "x", "none")])
        return session

    def add(self, call_id: str, events: Sequence[Event]) -> None:
        """What is said of a call that has ended."""
        Outbox(call_id, self.store, self.delivery, after=self.store.last(call_id)).add(events)

    def end_left(self, call_id: str) -> None:
        """What the aftercare of a process does to a call that the one before has left."""
        outbox = Outbox(call_id, self.store, self.delivery, after=self.store.last(call_id))
        outbox.end()

    def record(self, call_id: str, seconds: float, seed: int) -> None:
        """A finished recording of the call: noise, of which no two samples are alike."""
        self.recordings.folder.mkdir(parents=True, exist_ok=True)
        pcm = np.random.default_rng(seed).integers(-20_000, 20_000, (int(seconds * 16_000), 2), np.int16)
        aside = self.folder / "noise.flac"
        soundfile.write(aside, pcm, 16_000, subtype="PCM_16")
        aside.replace(self.recordings.folder / f"{call_id}.flac")

    def is_sound_same_there(self, call_id: str) -> bool:
        here, there = self.recordings.find(call_id), self.centre.recordings.find(call_id)
        return here is None or (there is not None and samples(here) == samples(there) and digest(here) == digest(there))

    def finish(self, session: Session) -> None:
        session.outbox.feed([CallEnded(session.outbox.at_ms + 20, "finished")])
        self.sessions.end(session.call_id)

    def lines(self, call_id: str) -> list[str]:
        """What is kept of a call here, as it is written."""
        return written(self.store.read(call_id))

    def is_same_there(self, call_id: str) -> bool:
        return self.lines(call_id) == written(self.centre.here.store.read(call_id)) != []


def lose(store: SqlStore, call_id: str, after: int) -> None:
    """What is behind that number: the database is of yesterday, or its power failed."""
    with store.database.together(), store.database.writing() as connection:
        first = select(records.c.seq).where(records.c.call_id == call_id)
        connection.execute(delete(records).where(records.c.call_id == call_id, records.c.seq > after))
        of_call = calls.c.call_id == call_id
        if connection.execute(first.limit(1)).scalar() is None:
            connection.execute(delete(calls).where(of_call))
        else:
            gone = {"last_seq": after, "ended": False, "kept_at": None, "duration_ms": None}
            connection.execute(update(calls).where(of_call).values(gone))


def written(kept: Sequence[Record]) -> list[str]:
    return [f"{record.seq} {event_to_json(record.event)}" for record in kept]


def samples(path: Path) -> bytes:
    pcm, _ = soundfile.read(path, dtype="int16")
    return bytes(pcm.tobytes())


def digest(path: Path | None) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else ""


@contextmanager
def places(
    folder: Path, desks: int = 1, transcriber: Transcriber | None = None
) -> Iterator[tuple[ServedCentre, list[DeskHere]]]:
    centre = ServedCentre(folder / "centre", transcriber)
    here = [DeskHere(folder / f"desk-{number}", centre, f"desk-{number}", f"10{number:02d}") for number in range(desks)]
    try:
        for desk in here:
            wait_until(lambda desk=desk: desk.link.is_open)  # type: ignore[misc]
        yield centre, here
    finally:
        for desk in here:
            desk.end()
            desk.proxy.close()
        centre.stop()
