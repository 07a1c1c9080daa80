"""Lines are cut before, within and behind each kind of message while calls run: what the centre has is what desks have.

`make proof` cuts 200 times, ten calls at once, for 0.1 to 60 s each. CALLCOACH_SEED=the printed one: the same blows.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import exp, log
from pathlib import Path

import pytest

from pipeline.events.call import ClockTicked, PhaseChanged
from pipeline.session.session import Session
from tests.desk.cutting import Blow
from tests.desk.places import DeskHere, ServedCentre, places
from tests.waiting import let_pass, wait_until

CUTS = int(os.environ.get("CALLCOACH_PROOF_DESK_CUTS", "30"))
IS_PROOF = "CALLCOACH_PROOF_DESK_CUTS" in os.environ
DESKS = 10 if IS_PROOF else 3
LONGEST_S = 60.0 if IS_PROOF else 0.4
SHORTEST_S = 0.1 if IS_PROOF else 0.02
KINDS = ("hello", "welcome", "records", "kept", "recording", "recording_from", "piece", "recording_kept", "alive")
BLOWS = [Blow(kind, where) for kind in KINDS for where in ("before", "within", "after")]  # type: ignore[arg-type]
RECORDS = 150  # of a call
TALK_S = 0.03 if IS_PROOF else 0.004
PATIENCE_S = 4.0  # for a message of the kind that is to be struck


@dataclass
class Talk:
    """An agent's day: call after call at one desk, each with its recording, until it is told to end."""

    desk: DeskHere
    seed: int
    over: threading.Event = field(default_factory=threading.Event)
    restart: threading.Event = field(default_factory=threading.Event)
    calls: list[str] = field(default_factory=list)

    def go_on(self) -> None:
        while not self.over.is_set() or not self.calls:
            session = self.desk.call()
            self.calls.append(session.call_id)
            if self._talk(session):
                self.desk.record(session.call_id, 3.0, self.seed + len(self.calls))
                self.desk.finish(session)

    def _talk(self, session: Session) -> bool:
        """False where the desk was started anew meanwhile: the call has ended by that."""
        for number in range(1, RECORDS):
            if self.restart.is_set():
                self.desk.end()
                self.desk.begin()
                self.desk.end_left(session.call_id)
                self.restart.clear()
                return False
            session.outbox.feed([PhaseChanged(20 * number, f"phase {number}"), ClockTicked(20 * number)])
            let_pass(TALK_S)
        return True


def strike(talk: Talk, blows: Sequence[Blow], chance: random.Random) -> int:
    """How many of them struck; where no message of the kind came, the line is cut all the same."""
    struck = 0
    proxy = talk.desk.proxy
    for blow in blows:
        proxy.arm(blow)
        if blow.kind in ("hello", "welcome"):
            proxy.cut()
            proxy.mend()
        struck += proxy.struck.wait(PATIENCE_S)
        proxy.disarm()
        if chance.random() < 1 / 10:
            talk.restart.set()
        let_pass(exp(chance.uniform(log(SHORTEST_S), log(LONGEST_S))))
        proxy.cut()  # what was swallowed is dead for good
        proxy.mend()
        wait_until(lambda: talk.desk.link.is_open)
    return struck


def plan(chance: random.Random) -> list[list[Blow]]:
    blows = [chance.choice(BLOWS) if at >= len(BLOWS) else BLOWS[at] for at in range(CUTS)]
    silent = [Blow(blow.kind, blow.where, "silence") if chance.random() < 1 / 3 else blow for blow in blows]
    chance.shuffle(silent)
    return [silent[at::DESKS] for at in range(DESKS)]


def test_the_centre_has_what_desks_have_wherever_lines_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("pipeline.desk.link", "pipeline.ingest.desk_line"):
        monkeypatch.setattr(f"{module}.ALIVE_EVERY_MS", 600)
        monkeypatch.setattr(f"{module}.DEAD_MS", 15_000 if IS_PROOF else 2_500)
    seed = int(os.environ.get("CALLCOACH_SEED", "") or (random.randrange(10**6) if IS_PROOF else 20261128))
    chance = random.Random(seed)
    with places(tmp_path, desks=DESKS) as (centre, desks):
        talks = [Talk(desk, 1_000 * at) for at, desk in enumerate(desks)]
        with ThreadPoolExecutor(2 * DESKS) as pool:
            days = [pool.submit(talk.go_on) for talk in talks]
            blows = [
                pool.submit(strike, talk, part, random.Random(seed + at))
                for at, (talk, part) in enumerate(zip(talks, plan(chance), strict=True))
            ]
            try:
                restarts = _restart_centre_meanwhile(centre, talks, blows, chance)
                struck = sum(one.result() for one in blows)
            finally:
                for talk in talks:
                    talk.over.set()
            for day in days:
                day.result()
        calls = [(talk.desk, call_id) for talk in talks for call_id in talk.calls]
        with capsys.disabled():
            told = f"{CUTS} blows, {struck} at their message, {restarts} restarts of the centre, {len(calls)} calls"
            print(f" seed {seed}: {told}", end=" ", flush=True)
        for desk, call_id in calls:
            wait_until(lambda desk=desk, call_id=call_id: desk.is_same_there(call_id))  # type: ignore[misc]
            wait_until(lambda desk=desk, call_id=call_id: desk.is_sound_same_there(call_id))  # type: ignore[misc]
        assert struck >= CUTS // 2
        assert [line for talk in talks for line in talk.desk.said] == []
        assert centre.here.store.unfinished() == []


def _restart_centre_meanwhile(
    centre: ServedCentre, talks: Sequence[Talk], blows: Sequence[object], chance: random.Random
) -> int:
    """Of the centre alone, and of it and a desk at once, until all blows were dealt."""
    restarts = 0
    while not all(one.done() for one in blows):  # type: ignore[attr-defined]
        let_pass(chance.uniform(2.0, 20.0 if IS_PROOF else 5.0))
        if chance.random() < 1 / 2:
            chance.choice(list(talks)).restart.set()
        centre.stop()
        let_pass(chance.uniform(0.1, 5.0 if IS_PROOF else 0.3))
        centre.start()
        restarts += 1
    return restarts
