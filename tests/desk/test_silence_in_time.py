"""The clock of silences at a desk while its line is cut and swallowed and the centre starts again: never late.

The call is heard in real time. How late the page was told is printed; by how much it may be is asked in `make proof`
alone, on a machine that does nothing else.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.paced import Paced
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts
from pipeline.events.record import Record
from pipeline.events.turns import SilenceReached
from pipeline.ports import Pcm, Source
from pipeline.session.buses import ManyBuses
from pipeline.session.call_id import new_call_id
from pipeline.settings import CallSettings
from tests.desk.places import DeskHere, ServedCentre, places
from tests.sound import Played, ms, speech, stereo
from tests.waiting import let_pass, wait_until

MOST_MS = 150 if "CALLCOACH_PROOF_DESK_CUTS" in os.environ else 1_500


class Page:
    """A Bus that notes when it was told."""

    def __init__(self) -> None:
        self.began_s: float | None = None
        self.told: list[tuple[SilenceReached, float]] = []  # and how late that was, in ms

    def clock(self) -> float:
        """Of the source: its first reading is when the call began."""
        now_s = time.monotonic()
        if self.began_s is None:
            self.began_s = now_s
        return now_s

    def publish(self, records: Sequence[Record]) -> None:
        now_s = time.monotonic()
        for event in (record.event for record in records):
            if isinstance(event, SilenceReached):
                assert self.began_s is not None
                self.told.append((event, (now_s - self.began_s) * 1_000 - event.at_ms))


def now() -> str:
    return datetime.now().astimezone().isoformat()


def call_with_silences() -> Pcm:
    asked, answered = speech("您好，请问有什么可以帮您？"), speech("我想查一下账单。", variant="m3")
    second = 800 + ms(asked) + 6_500
    return stereo([(800, asked)], [(second, answered)], second + ms(answered) + 6_500)


def attack(centre: ServedCentre, desk: DeskHere, over: threading.Event) -> None:
    while not over.is_set():
        for blow in (desk.proxy.cut, desk.proxy.silence, centre.stop):
            blow()
            let_pass(0.6)
            if blow == centre.stop:
                centre.start()
            desk.proxy.cut()
            desk.proxy.mend()
            let_pass(0.4)


def test_no_silence_is_told_late(tmp_path: Path, rulebook: Rulebook, capsys: pytest.CaptureFixture[str]) -> None:
    pcm, call_id, page, over = call_with_silences(), new_call_id(), Page(), threading.Event()
    with places(tmp_path) as (centre, (desk,)):

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
        session = desk.sessions.begin(call_id, desk.store, ManyBuses(page, desk.delivery))
        attacking = threading.Thread(target=attack, args=(centre, desk, over))
        attacking.start()
        played = Played(pcm)
        played.facts = CallFacts(agent_id=desk.agent_id)
        source = Paced(played, clock=page.clock)
        session.run(
            listen(
                source, NoTranscriber(), rulebook, CallSettings(), call_id=call_id,
                started_at=now(),
            )
        )  # fmt: skip
        desk.sessions.end(call_id)
        over.set()
        attacking.join()
        desk.proxy.mend()
        wait_until(lambda: desk.is_same_there(call_id))
    late = [ms_late for _, ms_late in page.told]
    with capsys.disabled():
        print(f" silences told late by {', '.join(f'{one:.0f} ms' for one in late)}", end=" ", flush=True)
    assert [event for event, _ in page.told] == undisturbed != []
    assert max(late) <= MOST_MS
