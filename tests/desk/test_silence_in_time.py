"""The clock of silences at a desk while its line is cut and swallowed and the centre starts again: never late.

The call is heard in real time, and its page is a client of the desk's own websocket. How late that was told is printed;
by how much it may be is asked in `make proof` alone, on a machine that does nothing else.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from websockets.sync.client import connect

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.paced import Paced
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.codec import from_json
from pipeline.events.call import CallEnded, CallFacts
from pipeline.events.turns import SilenceReached
from pipeline.ports import Pcm, Source
from pipeline.session.buses import ManyBuses
from pipeline.session.call_id import new_call_id
from pipeline.settings import CallSettings
from tests.desk.killed_centre import KilledCentre
from tests.desk.places import DeskHere
from tests.server.conftest import Centre
from tests.server.test_real_server import serving
from tests.sound import Played, ms, speech, stereo
from tests.waiting import LIMIT_S, let_pass, wait_until

MOST_MS = 150 if "CALLCOACH_PROOF_DESK_CUTS" in os.environ else 1_500


class Page:
    """A page of the call at its desk, as a browser's: it notes when it was told, and how late that was, in ms."""

    def __init__(self, desk: DeskHere, call_id: str, folder: Path) -> None:
        self.began_s: float | None = None
        self.told: list[tuple[SilenceReached, float]] = []
        self.here = Centre(folder, store=desk.store)
        self.here.running = desk.sessions
        self._desk = desk
        self._call_id = call_id

    def clock(self) -> float:
        """Of the source: its first reading is when the call began."""
        now_s = time.monotonic()
        if self.began_s is None:
            self.began_s = now_s
        return now_s

    def watch(self, address: str) -> None:
        """Until the call has ended."""
        seen = {**self.here.page("lin", agent_id=self._desk.agent_id), "origin": address}
        wait_until(lambda: self._desk.store.last(self._call_id))
        socket = f"{address.replace('http', 'ws')}/ws/calls/{self._call_id}"
        with connect(socket, additional_headers=seen, proxy=None) as page:
            while not isinstance(event := from_json(str(page.recv(LIMIT_S))).event, CallEnded):
                if isinstance(event, SilenceReached):
                    assert self.began_s is not None
                    self.told.append((event, (time.monotonic() - self.began_s) * 1_000 - event.at_ms))


def now() -> str:
    return datetime.now().astimezone().isoformat()


def call_with_silences() -> Pcm:
    asked, answered = speech("您好，请问有什么可以帮您？"), speech("我想查一下账单。", variant="m3")
    second = 800 + ms(asked) + 6_500
    return stereo([(800, asked)], [(second, answered)], second + ms(answered) + 6_500)


@contextmanager
def one_desk(folder: Path) -> Iterator[tuple[KilledCentre, DeskHere]]:
    """The centre is a process of its own, as in life: what it does when it starts holds up no desk."""
    centre = KilledCentre(folder / "centre")
    desk = DeskHere(folder / "desk", centre)
    try:
        wait_until(lambda: desk.link.is_open)
        yield centre, desk
    finally:
        desk.end()
        desk.proxy.close()
        centre.close()


def attack(centre: KilledCentre, desk: DeskHere, over: threading.Event) -> None:
    while not over.is_set():
        for blow in (desk.proxy.cut, desk.proxy.silence, centre.kill):
            blow()
            let_pass(0.6)
            if blow == centre.kill:
                centre.start()
            desk.proxy.cut()
            desk.proxy.mend()
            let_pass(0.4)


def test_no_silence_is_told_late(tmp_path: Path, rulebook: Rulebook, capsys: pytest.CaptureFixture[str]) -> None:
    pcm, call_id, over = call_with_silences(), new_call_id(), threading.Event()
    with one_desk(tmp_path) as (centre, desk):
        page = Page(desk, call_id, tmp_path / "page")

        def events(source: Source) -> list[list[SilenceReached]]:
            heard = listen(
                source,
                NoTranscriber(),
                rulebook,
                CallSettings(),
                call_id="x",
                started_at=now(),
            )
            return [[event for event in told if isinstance(event, SilenceReached)] for told in heard]

        undisturbed = [event for told in events(Played(pcm)) for event in told]
        session = desk.sessions.begin(call_id, desk.store, ManyBuses(page.here.hub, desk.delivery))
        played = Played(pcm)
        played.facts = CallFacts(agent_id=desk.agent_id)
        source = Paced(played, clock=page.clock)
        with serving(page.here.app) as address, ThreadPoolExecutor(2) as threads:
            attacking = threads.submit(attack, centre, desk, over)
            watching = threads.submit(page.watch, address)
            try:
                heard = listen(source, NoTranscriber(), rulebook, CallSettings(), call_id=call_id, started_at=now())
                session.run(heard)
                watching.result()
            finally:
                over.set()
            attacking.result()
        desk.sessions.end(call_id)
        desk.proxy.mend()
        wait_until(lambda: desk.is_same_there(call_id))
    late = [ms_late for _, ms_late in page.told]
    with capsys.disabled():
        print(f" silences told late by {', '.join(f'{one:.0f} ms' for one in late)}", end=" ", flush=True)
    assert [event for event, _ in page.told] == undisturbed != []
    assert max(late) <= MOST_MS
