"""A desk in full use: call after call with recordings, words, signing in, and facts that the centre tells its calls."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.desk.link import LinkLost
from pipeline.desk.told import ToldByCentre
from pipeline.desk.transcriber import RemoteTranscriber
from pipeline.desk_protocol.messages import SignedIn, SignIn
from pipeline.errors import AsrError, NobodyHere
from pipeline.events.actor import Actor
from pipeline.events.call import ClockTicked, FactsNoted, PhaseChanged
from pipeline.events.channels import Channel
from pipeline.ports import Pending, Utterance
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.session import Session
from tests.desk.killed_centre import KilledCentre
from tests.desk.places import DeskHere
from tests.live.team import PASSWORD
from tests.waiting import let_pass

RECORDS = 150  # of a call
WORDS_EVERY = 30  # records
SIGN_IN_EVERY = 2  # calls


class NoControl:
    """Nobody begins or ends calls here from elsewhere."""

    def status(self) -> Any:
        raise NotImplementedError

    def start(self, facts: Mapping[str, Any], *, actor: Actor = None) -> str:
        raise NobodyHere

    def end(self, call_id: str, *, actor: Actor = None) -> bool:
        return False


@dataclass
class BusyDesk(DeskHere):
    """With the recogniser of its centre, and what that tells its calls."""

    def join(self) -> None:
        self.transcriber = RemoteTranscriber(self.link, self.folder / "centre-engine.json")
        self.transcriber.start()
        consents = Consents(self.store, self.sessions, NoBus(), self.recordings)
        self.told = ToldByCentre(self.link, NoControl(), self.sessions, consents)

    def leave(self) -> None:
        self.told.close()
        self.transcriber.close()

    def sign_in(self) -> bool:
        """Whether the centre has answered, and let the agent in."""
        try:
            answer = self.link.ask(lambda id: SignIn(id, f"a{self.agent_id}", PASSWORD))
        except LinkLost:
            return False
        if isinstance(answer, SignedIn):
            shift = self.centre.here.registry.desks.shift(answer.shift)
            assert shift is not None
            self.shift = shift
        return isinstance(answer, SignedIn)


@dataclass
class Talk:
    """An agent's day, until it is told to end. `calls`: by id, false where the desk was started anew within it."""

    desk: BusyDesk
    centre: KilledCentre
    seed: int
    slice_s: float
    over: threading.Event = field(default_factory=threading.Event)
    restart: threading.Event = field(default_factory=threading.Event)
    calls: dict[str, bool] = field(default_factory=dict)
    promised: list[tuple[str, int]] = field(default_factory=list)  # call, and number of its customer
    words: list[Pending] = field(default_factory=list)
    sign_ins: int = 0

    def go_on(self) -> None:
        while not self.over.is_set() or not self.calls:
            if len(self.calls) % SIGN_IN_EVERY == 0:
                self._sign_in()
            session = self.desk.call()
            self.calls[session.call_id] = self._talk(session)
            if self.calls[session.call_id]:
                self.desk.record(session.call_id, 3.0, self.seed + len(self.calls))
                self.desk.finish(session)

    def tell(self) -> None:
        """What the telephone system tells the centre of the calls of this desk."""
        told = 0
        while not self.over.is_set():
            for call_id in self.desk.sessions.ids():
                told += 1
                path = f"/api/calls/{call_id}/facts"
                if self.centre.tell("PUT", path, {"customer_name": str(told)})[0] == 202:
                    self.promised.append((call_id, told))
            let_pass(0.3)

    def heard(self) -> tuple[int, int]:
        """Utterances that were answered with words, be there any or none, and that were not recognised."""
        failed = 0
        for pending in self.words:
            try:
                pending.result()
            except AsrError:
                failed += 1
        return len(self.words) - failed, failed

    def forgotten(self) -> list[tuple[str, int]]:
        """What was promised of calls that went to their end, and neither that nor anything newer is their last word."""
        newest = {call_id: 0 for call_id, is_whole in self.calls.items() if is_whole}
        for record in self.desk.store.pick(list(newest), {"FactsNoted"}):
            if isinstance(record.event, FactsNoted):
                newest[record.call_id] = int(record.event.facts.customer_name or 0)
        return [(call_id, told) for call_id, told in self.promised if told > newest.get(call_id, told)]

    def _sign_in(self) -> None:
        while not self.over.is_set() and not self.desk.sign_in():
            let_pass(0.5)
        self.sign_ins += 1

    def _talk(self, session: Session) -> bool:
        """False where the desk was started anew meanwhile: the call has ended by that."""
        sound = np.random.default_rng(self.seed).integers(-2_000, 2_000, 4_800).astype(np.int16)
        for number in range(1, RECORDS):
            if self.restart.is_set():
                self.desk.end()
                self.desk.begin()
                self.desk.end_left(session.call_id)
                self.restart.clear()
                return False
            at_ms = session.outbox.at_ms + 20
            notes = [replace(note, at_ms=at_ms) for note in session.take() if isinstance(note, FactsNoted)]
            session.outbox.feed([*notes, PhaseChanged(at_ms, f"phase {number}"), ClockTicked(at_ms)])
            if number % WORDS_EVERY == 0:
                utterance = Utterance(sound, session.call_id, Channel.AGENT, True, "zh")
                self.words.append(self.desk.transcriber.ask(utterance))
            let_pass(self.slice_s)
        return True
