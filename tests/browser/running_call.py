"""A call of a server of this process that runs on while pages look at it: its sound and its notes, slice by slice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.call import CallFacts, CallStarted, ClockTicked, PhaseChanged
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Event
from pipeline.folders import bundled
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Mailbox, Pcm, Slice
from tests.browser.own_desk import OwnDesk
from tests.server.conftest import AGENT, Call
from tests.waiting import let_pass

SIDES = (Channel.AGENT, Channel.CUSTOMER)
TICK_MS = 200


class Played:
    """A Source: a recording of two sides over and over, of shape (n, 2), as soon as it is spoken."""

    channels = SIDES
    facts = CallFacts()
    can_wait = False
    notices = ()

    def __init__(self, pcm: Pcm) -> None:
        self.pcm = pcm[: len(pcm) // SLICE_SAMPLES * SLICE_SAMPLES]

    def __iter__(self) -> Iterator[Slice]:
        begun, start_ms = time.monotonic(), 0
        while True:
            let_pass(max(0.0, begun + (start_ms + SLICE_MS) / 1000 - time.monotonic()))
            at = start_ms // SLICE_MS * SLICE_SAMPLES % len(self.pcm)
            pcm = {side: self.pcm[at : at + SLICE_SAMPLES, column] for column, side in enumerate(SIDES)}
            yield Slice(start_ms, pcm, dict.fromkeys(SIDES, Heard.YES))
            start_ms += SLICE_MS


class RunningCall:
    """Of lin, until it is closed. `tell`: events of the next slice."""

    def __init__(self, desk: OwnDesk, call_id: str, pcm: Pcm | None = None) -> None:
        facts = CallFacts(agent_id=AGENT, agent_name="林晓雯", team="a", customer_name="张女士")
        shown = legend(load_rulebook(bundled("rules", "handbook.yaml")), 5_000, 15_000)
        at = datetime.now(UTC).isoformat()
        begun = CallStarted(0, call_id, at, SIDES, facts, "handbook", "2026-11", "a", "base", legend=shown)
        self.call = Call(call_id, desk.centre.store, desk.centre.hub, desk.centre.running)
        self.call.feed([begun, PhaseChanged(0, "opening")])
        self.running = desk.centre.running
        self._source = self.call.session.watched(Played(np.zeros((SLICE_SAMPLES, 2), np.int16) if pcm is None else pcm))
        self._told: list[Event] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def mailbox(self) -> Mailbox:
        return self.call.session.mailbox

    @property
    def told(self) -> list[Event]:
        return [record.event for record in self.call.records]

    def tell(self, *events: Event) -> None:
        self._told += events

    def end(self) -> None:
        self._is_over.set()
        self._thread.join()
        self.running.end(self.call.session.call_id)

    def _run(self) -> None:
        for piece in self._source:
            if self._is_over.is_set():
                return
            told, self._told = self._told, []
            events: Sequence[Event] = [*told, *self.call.session.take()]  # type: ignore[list-item]
            now = [replace(event, at_ms=piece.end_ms) for event in events]
            if piece.end_ms % TICK_MS == 0:
                now.append(ClockTicked(piece.end_ms))
            if now:
                self.call.feed(now)
