"""A desk with a database of its own, and a line to a real centre's shifts that the test cuts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from pipeline.desk.centre import CentreState, CentreStatus, WhyRefused, Words
from pipeline.desk.entrance import DeskEntrance
from pipeline.desk_protocol.messages import NotSignedIn, ShiftOver, SignedIn, SignIn, SignOut
from pipeline.errors import CallcoachError
from pipeline.people.entrance import Origin
from pipeline.store.sql import SqlStore
from tests.ingest.conftest import Office
from tests.people.conftest import Clock

NETWORK = Origin("10.0.0.21", "callcoach 0.1")


class FakeCentre:
    """A Centre port: what it is asked, the centre's own part answers, while it is connected."""

    def __init__(self, office: Office, name: str = "A-01") -> None:
        self.office = office
        self.name = name
        self.desk_id = office.desk(name)
        self.tell: Callable[[ShiftOver], None] = lambda said: None
        self.meanwhile: Callable[[], None] = lambda: None  # happens while the centre is asked
        self.state: CentreState = "connected"
        self.reason: WhyRefused = ""
        self.since = office.clock.now
        self.offset_ms: int | None = 12
        self.words: Words = "ok"
        self.waiting = 0

    def status(self) -> CentreStatus:
        return CentreStatus(
            self.state, self.since, self.reason, "", "锦和物业客服中心", "https://coach.example.com", self.name,
            self.waiting, 0, 0, self.offset_ms, self.words,
        )  # fmt: skip

    def ask(self, said: SignIn) -> SignedIn | NotSignedIn:
        if self.state != "connected":
            raise CallcoachError("no answer from coach.example.com")
        answer = asyncio.run(self.office.shifts.sign_in(self.desk_id, said, NETWORK))
        self._told([over for desk_id, over in answer.over if desk_id == self.desk_id])
        self.meanwhile()
        return answer.said

    def say(self, said: SignOut) -> bool:
        if self.state == "connected":
            asyncio.run(self.office.shifts.sign_out(self.desk_id, said, NETWORK))
        return self.state == "connected"

    def look(self) -> None:
        """The centre looks whose shifts are over."""
        self._told([over for desk_id, over in self.office.shifts.look() if desk_id == self.desk_id])

    def _told(self, over: list[ShiftOver]) -> None:
        for said in over:
            self.tell(said)


class Desk:
    """`entrance` as the server asks it; `is_calling`: a call runs."""

    def __init__(self, folder: Path, centre: FakeCentre, clock: Clock) -> None:
        self.folder = folder
        self.centre = centre
        self.clock = clock
        self.is_calling = False
        self.store = SqlStore(folder / "desk.db")
        self.start()

    def start(self) -> None:
        """As after a restart of callcoach at this machine."""
        self.entrance = DeskEntrance.of(
            self.store.database, self.centre.desk_id, self.centre, lambda: self.is_calling, self.clock
        )  # fmt: skip
        self.shifts = self.entrance.shifts
        self.centre.tell = self.shifts.over
