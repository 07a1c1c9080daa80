"""A centre, three desks and an agent's page on one machine, cut at random for a minute: nothing is lost or doubled.

The centre is a process of its own, killed, or stopped, and started again. Desks have calls with recordings, words,
signings in and facts that the centre tells; the page speaks as the browser does. Lines are cut before, within and
behind messages of each kind, or swallow all that comes. `make proof`: ten desks, 200 blows of 0.1 to 60 s each.
CALLCOACH_SEED=the printed one: the same blows.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from math import exp, log
from pathlib import Path

import pytest
import soundfile
from sqlalchemy import select

from pipeline.events.call import CallEnded, CallStarted
from pipeline.store.schema import calls
from tests.desk.busy import BusyDesk, Talk
from tests.desk.cutting import Blow
from tests.desk.killed_centre import KilledCentre
from tests.desk.page_agent import AGENT_ID, PageAgent
from tests.waiting import let_pass, wait_until

IS_PROOF = "CALLCOACH_PROOF_DESK_CUTS" in os.environ
CUTS = int(os.environ.get("CALLCOACH_PROOF_DESK_CUTS", "10000"))
DESKS = 10 if IS_PROOF else 3
SECONDS = 7_200.0 if IS_PROOF else 60.0
SHORTEST_S, LONGEST_S = (0.1, 60.0) if IS_PROOF else (0.02, 1.5)
SLICE_S = 0.03 if IS_PROOF else 0.015
PATIENCE_S = 8.0 if IS_PROOF else 4.0  # for a message of the kind that is to be struck
AT_ITS_BEGINNING = ("hello", "welcome", "still_here", "missing")  # of a line: it is cut first
KINDS = (
    *AT_ITS_BEGINNING, "records", "kept", "recording", "recording_from", "piece", "recording_kept", "alive",
    "heard", "words", "digested", "facts", "done", "sign_in", "signed_in",
)  # fmt: skip
BLOWS = [Blow(kind, where) for kind in KINDS for where in ("before", "within", "after")]  # type: ignore[arg-type]


@dataclass
class Struck:
    """`missed`: no message of the kind came in time, and the line was cut all the same."""

    kinds: dict[str, int] = field(default_factory=dict)
    missed: int = 0
    killed: int = 0
    stopped: int = 0
    page: int = 0

    @property
    def count(self) -> int:
        return sum(self.kinds.values())


def plan(chance: random.Random) -> list[list[Blow]]:
    """For each desk. Every kind and place comes before one comes again."""
    blows = list[Blow]()
    while len(blows) < min(CUTS, 500):
        blows += chance.sample(BLOWS, len(BLOWS))
    mixed = [Blow(one.kind, one.where, "silence") if chance.random() < 1 / 3 else one for one in blows[:CUTS]]
    return [mixed[at::DESKS] for at in range(DESKS)]


def strike(talk: Talk, blows: Sequence[Blow], chance: random.Random, is_over: Callable[[], bool], told: Struck) -> None:
    proxy = talk.desk.proxy
    for blow in blows:
        if is_over():
            return
        proxy.arm(blow)
        if blow.kind in AT_ITS_BEGINNING:
            proxy.cut()
            proxy.mend()
        if proxy.struck.wait(PATIENCE_S):
            told.kinds[blow.kind] = told.kinds.get(blow.kind, 0) + 1
        else:
            told.missed += 1
        proxy.disarm()
        if chance.random() < 1 / 10:
            talk.restart.set()
        let_pass(exp(chance.uniform(log(SHORTEST_S), log(LONGEST_S))))
        proxy.cut()  # what was swallowed is dead for good
        proxy.mend()
        wait_until(lambda: talk.desk.link.is_open or is_over())


def strike_page(page: PageAgent, chance: random.Random, is_over: Callable[[], bool], told: Struck) -> None:
    while not is_over():
        let_pass(chance.uniform(1.0, 6.0))
        chance.choice([page.proxy.cut, page.proxy.silence])()
        told.page += 1
        let_pass(exp(chance.uniform(log(0.05), log(5.0))))
        page.proxy.cut()
        page.proxy.mend()


def strike_centre(
    centre: KilledCentre, talks: Sequence[Talk], chance: random.Random, is_over: Callable[[], bool], told: Struck
) -> None:
    """It alone, or it and a desk at once."""
    while not is_over():
        let_pass(chance.uniform(5.0, 30.0 if IS_PROOF else 12.0))
        if chance.random() < 1 / 2:
            chance.choice(list(talks)).restart.set()
        if told.killed <= told.stopped:
            centre.kill()
            told.killed += 1
        else:
            centre.stop()
            told.stopped += 1
        let_pass(chance.uniform(0.1, 5.0 if IS_PROOF else 0.5))
        centre.start()


@dataclass
class Office:
    centre: KilledCentre
    talks: list[Talk]
    page: PageAgent


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    centre = KilledCentre(tmp_path / "centre")
    desks = [BusyDesk(tmp_path / f"desk-{at}", centre, f"desk-{at}", f"10{at:02d}") for at in range(DESKS)]
    page = PageAgent(centre)
    try:
        for desk in desks:
            wait_until(lambda desk=desk: desk.link.is_open)  # type: ignore[misc]
        yield Office(centre, [Talk(desk, centre, 1_000 * at, SLICE_S) for at, desk in enumerate(desks)], page)
    finally:
        for desk in desks:
            desk.end()
            desk.proxy.close()
        page.proxy.close()
        centre.close()


def live_through(office: Office, seed: int) -> Struck:
    told, talks, page = Struck(), office.talks, office.page
    ends_s = time.monotonic() + SECONDS
    threads = ThreadPoolExecutor(3 * DESKS + 4)

    def is_over() -> bool:
        return time.monotonic() > ends_s or (IS_PROOF and all(one.done() for one in blows))

    blows: list[Future[None]] = []
    work = [threads.submit(does) for talk in talks for does in (talk.go_on, talk.tell)]
    work += [threads.submit(page.listen), threads.submit(page.call)]
    for at, (talk, part) in enumerate(zip(talks, plan(random.Random(seed)), strict=True)):
        blows.append(threads.submit(strike, talk, part, random.Random(seed + at), is_over, told))
    others = [
        threads.submit(strike_page, page, random.Random(seed - 1), is_over, told),
        threads.submit(strike_centre, office.centre, talks, random.Random(seed - 2), is_over, told),
    ]
    try:
        for one in (*blows, *others):
            one.result()
    finally:
        for over in (page.over, *(talk.over for talk in talks)):
            over.set()
        threads.shutdown()
    for one in work:
        one.result()
    return told


def test_nothing_is_lost_and_nothing_is_twice(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("CALLCOACH_SEED", "") or (random.randrange(10**6) if IS_PROOF else 20261128))
    told = live_through(office, seed)
    talks, page, count = office.talks, office.page, sum(len(talk.calls) for talk in office.talks)
    with capsys.disabled():
        print(f" seed {seed}: {told}; {count} calls of {DESKS} desks, {len(page.calls)} of a page", end=" ", flush=True)
    sounds = 0
    for talk in talks:
        for call_id in talk.calls:
            wait_until(lambda desk=talk.desk, call_id=call_id: desk.is_same_there(call_id))  # type: ignore[misc]
            wait_until(lambda desk=talk.desk, call_id=call_id: desk.is_sound_same_there(call_id))  # type: ignore[misc]
            sounds += talk.desk.recordings.find(call_id) is not None
    assert [line for talk in talks for line in talk.desk.said] == []
    assert [one for talk in talks for one in talk.forgotten()] == []
    heard, failed = (sum(counts) for counts in zip(*(talk.heard() for talk in talks), strict=True))
    others = set(kept_ids(office.centre)) - {call_id for talk in talks for call_id in talk.calls}
    assert others >= set(page.calls)
    look_at_calls_of_the_page(office.centre, others)
    promised, sign_ins = sum(len(talk.promised) for talk in talks), sum(talk.sign_ins for talk in talks)
    with capsys.disabled():
        print(
            f"all equal, {sounds} recordings of desks; {promised} facts told, {sign_ins} signings in, "
            f"{heard} utterances answered, {failed} not; {page.lines} lines of the page", end=" ", flush=True,
        )  # fmt: skip
    assert min(told.count, told.killed, promised, sign_ins, heard, len(page.calls)) > 0


def kept_ids(centre: KilledCentre) -> list[str]:
    with centre.here.store.database.reading() as connection:
        return list(connection.execute(select(calls.c.call_id).where(calls.c.last_seq > 0)).scalars())


def look_at_calls_of_the_page(centre: KilledCentre, call_ids: set[str]) -> None:
    """Each is one call from begin to end, however often its page was away, with a score and what was recorded."""
    store = centre.here.store
    for call_id in call_ids:
        wait_until(lambda call_id=call_id: store.pick([call_id], {"CallScored"}))  # type: ignore[misc]
        events = [record.event for record in store.read(call_id)]
        (begun,) = (event for event in events if isinstance(event, CallStarted))
        (end,) = (event for event in events if isinstance(event, CallEnded))
        assert begun.facts.agent_id == AGENT_ID
        if end.reason == "finished":
            path = wait_until(lambda call_id=call_id: centre.recordings.find(call_id))  # type: ignore[misc]
            assert abs(1_000 * soundfile.info(path).duration - end.at_ms) <= 100, call_id
