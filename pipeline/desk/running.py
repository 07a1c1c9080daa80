"""A desk put together: everything between `callcoach live` on an agent's machine and its centre."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.desk.centre import CentreState, CentreStatus, WhyRefused, Words
from pipeline.desk.clock import CentreClock
from pipeline.desk.credentials import DeskCredentials
from pipeline.desk.delivery import RecordDelivery
from pipeline.desk.digests import Digests
from pipeline.desk.enrolment import machine, program
from pipeline.desk.entrance import DeskEntrance
from pipeline.desk.given import RULEBOOK, TEAMS, GivenByCentre
from pipeline.desk.link import Credentials, Link, LinkStatus, State
from pipeline.desk.live_sound import LiveSound
from pipeline.desk.still_here import Inventory
from pipeline.desk.told import ToldByCentre
from pipeline.desk.transcriber import RemoteTranscriber
from pipeline.desk.uploads import Uploads
from pipeline.desk_protocol.kinds import MAJOR, NEWEST
from pipeline.desk_protocol.messages import Hello, NotSignedIn, ShiftOver, SignedIn, SignIn, SignOut, Welcome
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.call import CallStarted
from pipeline.session.buses import ManyBuses
from pipeline.session.consent import Consents
from pipeline.session.desk import CallControl
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.store.deliveries import SqlDeliveries
from pipeline.store.sql import SqlStore

ENGINE = "centre-engine.json"  # in the data folder
_STATES: dict[State, CentreState] = {
    "connecting": "connecting", "open": "connected", "away": "away", "refused": "refused",
}  # fmt: skip
_REASONS: dict[str, WhyRefused] = {
    "token": "token", "version": "version", "certificate": "certificate", "taken": "taken",
}  # fmt: skip
_LATE_S = 3.0


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """Where this desk keeps what. `desk_id`: by which its centre knows it. `say` is for the terminal."""

    desk_id: str
    folder: Path
    store: SqlStore
    sessions: Sessions
    recordings: FolderRecordings
    say: Callable[[str], None]


def forget_given(folder: Path) -> None:
    """What a centre has told this machine, which is its desk no more."""
    for name in (RULEBOOK, TEAMS, ENGINE):
        (folder / name).unlink(missing_ok=True)


class RunningDesk:
    """To be called in this order: the constructor, `serve`, `start`, `close`. A `CentreOfDesk` for the pages."""

    def __init__(
        self,
        credentials: Callable[[], DeskCredentials],
        place: DeskPlace,
        is_calling: Callable[[], bool],
        changed: Callable[[Rulebook], None],
    ) -> None:
        """`credentials`: asked for at each try; `changed`: told of the centre's rulebook."""
        shown = credentials()
        self._credentials = credentials
        self._place = place
        self._address = shown.address.url
        self._name = shown.name
        self._process = uuid4().hex
        self._told: ToldByCentre | None = None
        self.link = Link(self._show, self._hello)
        self.clock = CentreClock(self.link)
        self.given = GivenByCentre(self.link, place.folder, changed, place.say)
        self.transcriber = RemoteTranscriber(self.link, place.folder / ENGINE)
        self.entrance = DeskEntrance.of(place.store.database, place.desk_id, self, is_calling)
        self.kept = SqlDeliveries(place.store.database)
        self.delivery = RecordDelivery(
            self.link, place.store, place.sessions, self.kept, self._shift_of, place.say,
            is_own_clock=lambda: self.clock.is_own,
        )  # fmt: skip
        self.digests = Digests(self.link)
        self.live_sound = LiveSound(self.link, place.sessions)
        self.bus = ManyBuses(self.delivery, self.digests)
        self.uploads = Uploads(self.link, place.recordings, self.kept, is_calling, place.say)
        self.inventory = Inventory(self.link, place.recordings, self.kept, self.delivery)
        self.link.on(SignedIn, self._signed_in)
        self.link.on(ShiftOver, lambda said, body: self.entrance.shifts.over(said))
        self.link.when_open(self._opened)
        self.link.when_changed(self._say)

    def serve(self, control: CallControl, consents: Consents) -> None:
        """What the centre tells is done by these."""
        self._told = ToldByCentre(self.link, control, self._place.sessions, consents)

    def start(self) -> None:
        self.transcriber.start()
        self.delivery.start()
        self.digests.start()
        self.live_sound.start()
        self.uploads.start()
        self.inventory.start()
        self.link.start()

    def close(self, within_s: float) -> None:
        """What the centre can still be given within that time is."""
        self.delivery.close(within_s)
        self.digests.close()
        self.live_sound.close()
        with suppress(StoreError):
            if waiting := self.kept.unfinished():
                are = "1 call waits" if waiting == 1 else f"{waiting} calls wait"
                self._place.say(f"{are} here for the centre: callcoach live delivers them when it runs again")
        self.uploads.close()
        self.inventory.close()
        self.transcriber.close()
        if self._told is not None:
            self._told.close()
        self.link.close()
        self.given.close()

    # --- what the pages ask --------------------------------------------------------------------------------------

    def status(self) -> CentreStatus:
        link = self.link.status
        since = time.time() - (time.monotonic() - link.since_s)
        state = _STATES[link.state]
        reason: WhyRefused = _REASONS.get(link.why, "other") if state == "refused" else ""
        welcome = self.link.welcome
        return CentreStatus(
            state, since, reason, link.detail,
            name=welcome.centre if welcome is not None else "",
            address=self._address,
            desk=welcome.name if welcome is not None else self._name,
            waiting_records=self.kept.count() if self.delivery.waiting else 0,
            waiting_recordings=self.uploads.waiting,
            waiting_utterances=self.transcriber.waiting,
            offset_ms=self.clock.ahead_ms,
            words=self._words(),
        )  # fmt: skip

    def ask(self, said: SignIn) -> SignedIn | NotSignedIn:
        found = self.link.ask(lambda id: SignIn(id, said.login, said.password))
        if not isinstance(found, SignedIn | NotSignedIn):
            raise CallcoachError("the centre answers what nobody has asked")
        return found

    def say(self, said: SignOut) -> bool:
        return self.link.say(said)

    def _words(self) -> Words:
        if self.transcriber.engine == "none" or self.transcriber.fault:
            return "none"
        return "late" if self.transcriber.oldest_s > _LATE_S else "ok"

    # --- what the link asks --------------------------------------------------------------------------------------

    def _show(self) -> Credentials:
        known = self._credentials()
        return Credentials(known.address.socket_url, known.token, known.context)

    def _hello(self) -> Hello:
        sitting = self.entrance.shifts.now()
        return Hello(
            f"{MAJOR}.{NEWEST}", self._credentials().installation, self._process, machine(), program(),
            round(time.time() * 1000), sitting.shift.id if sitting is not None else None,
            tuple(self._place.sessions.ids()), self.given.digest,
        )  # fmt: skip

    def _say(self, link: LinkStatus) -> None:
        match link.state:
            case "open":
                self._place.say(f"connected to the centre, {self._address}")
            case "away":
                self._place.say(f"the centre is away: {link.detail}; calls go on, and are delivered when it is back")
            case "refused":
                self._place.say(f"the centre refuses this machine: {link.detail}; calls go on, and stay here")

    def _opened(self, welcome: Welcome) -> None:
        for said in self.entrance.shifts.to_tell():
            self.link.say(said)

    def _signed_in(self, told: SignedIn, body: bytes) -> None:
        if not self.link.answer(told.id, told):  # too late: nobody sits here by it
            self.link.say(SignOut(told.shift))

    def _shift_of(self, started: CallStarted) -> str | None:
        began = datetime.fromisoformat(started.started_at).timestamp() + (self.clock.ahead_ms or 0) / 1000
        found = self.entrance.shifts.of(started.facts.agent_id, began)
        return found.id if found is not None else None
