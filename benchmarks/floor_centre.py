"""What the floor costs its centre: ten leads who all watch 500 calls.

    python -m benchmarks.floor_centre [--calls 500] [--leads 10] [--seconds 30]

A server of its own with as many agents, each on a call at a desk whose digests come as a desk says them: one a second,
and one more with every change of who speaks; a line that was said every five seconds, masked. Desks are made up behind
their connection: what a frame of a desk costs to receive is not in it. The leads are a process of their own, which
reads all and answers heartbeats. CPU is that of the server's process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import signal
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from websockets.sync.client import connect

from pipeline.digest import Digest, from_json, to_json
from pipeline.digesting import fold
from pipeline.events.channels import Channel
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event, Record
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.ingest.digests_in import HeldDigest
from pipeline.people.directory import UserFields
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import Role
from pipeline.server.app import Edges
from pipeline.server.process import ServerProcess
from pipeline.server.serve import ServerSettings

TEAM = "a"
STEP_S = 0.25
SAID = ("你好，请问有什么可以帮您", "我家厨房一直在漏水", "电话是一三八零零一三八零零零", "好的，我马上给您派师傅")
WARM_S = 8.0


@dataclass(frozen=True)
class _Desk:
    id: str


@dataclass(eq=False)
class _Line:
    desk: _Desk
    hello: Any = None
    heard_s: float = 0.0


@dataclass
class MadeUpCentre:
    """As a RunningCentre, as far as a server looks at it."""

    calls: dict[str, HeldDigest] = field(default_factory=dict)
    lines: dict[str, _Line] = field(default_factory=dict)

    @property
    def digests(self) -> MadeUpCentre:
        return self

    @property
    def centre(self) -> MadeUpCentre:
        return self

    def line_of(self, desk_id: str) -> Any:
        return self.lines.get(desk_id)

    def is_here(self, desk_id: str) -> bool:
        return desk_id in self.lines

    def publish(self, records: Sequence[Record]) -> None:
        """None of its calls ends."""

    def desks(self, pages: Any) -> Any:
        return pages

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield


class Calls:
    """Calls that go on, each on a clock of its own."""

    def __init__(self, count: int, centre: MadeUpCentre, publish: Callable[[Sequence[Record]], None]) -> None:
        self._chance = random.Random(1)
        self._centre = centre
        self._publish = publish
        self._digests = [self._begun(at) for at in range(count)]
        self._steps = 0

    def _begun(self, at: int) -> Digest:
        self._centre.lines[f"d{at}"] = _Line(_Desk(f"d{at}"))
        return Digest(
            f"call-{at}", str(1000 + at), "2026-11-22T09:00:00+08:00", at * 100, pace_low=120, pace_high=240
        )  # fmt: skip

    def step(self, now_s: float) -> int:
        """What desks say in a quarter of a second; how many digests that were."""
        self._steps += 1
        said = 0
        for at, digest in enumerate(self._digests):
            line = self._centre.lines[f"d{at}"]
            line.heard_s = now_s
            is_turn, is_second = self._chance.random() < 0.15, (at + self._steps) % 4 == 0
            if not is_turn and not is_second:
                continue
            for event in self._events(digest, is_turn=is_turn):
                digest = fold(digest, event)
            if (at + self._steps) % 20 == 0:
                digest = self._say(digest)
            self._digests[at] = digest
            heard = from_json(to_json(digest))
            self._centre.calls[digest.call_id] = HeldDigest(heard, now_s, line)  # type: ignore[arg-type]
            said += 1
        return said

    def _events(self, digest: Digest, *, is_turn: bool) -> Iterator[Event]:
        at_ms, side = digest.at_ms + 1_000, self._chance.choice((Channel.AGENT, Channel.CUSTOMER))
        if is_turn and digest.speaking:
            yield TurnEnded(at_ms, digest.speaking[0].channel, at_ms - 900, at_ms)
        elif is_turn:
            yield TurnStarted(at_ms, side, at_ms)
        rate = self._chance.uniform(150, 300)
        yield PaceMeasured(at_ms, Channel.AGENT, 0, at_ms, rate, rate, 50, 10_000, 9_000, "words")

    def _say(self, digest: Digest) -> Digest:
        at_ms, text = digest.at_ms, self._chance.choice(SAID)
        heard = WordsHeard(at_ms, Channel.CUSTOMER, at_ms - 900, at_ms, text, (), 0)
        self._publish([Record(digest.call_id, None, heard)])
        return fold(digest, heard)


@dataclass
class Figures:
    digests: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    own_cpu_s: float = 0.0  # of making up what desks say
    rss_mb: list[float] = field(default_factory=list)


def watch(address: str, headers: dict[str, str], seconds: float, told: Any) -> None:
    """One lead: tells that it is there, reads all, answers heartbeats, and tells bytes and messages at the end."""
    count = messages = 0
    with connect(address, additional_headers=headers, max_size=None, ping_interval=None) as socket:
        socket.recv()
        told.put(None)
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s:
            text = socket.recv()
            count, messages = count + len(str(text).encode()), messages + 1
            if '"type":"alive"' in text[-20:]:
                socket.send('{"type":"alive"}')
    told.put((count, messages))


def watch_all(address: str, cookies: Sequence[dict[str, str]], seconds: float, told: Any) -> None:
    threads = [threading.Thread(target=watch, args=(address, one, seconds, told)) for one in cookies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def measured(calls: Calls, seconds: float, figures: Figures) -> None:
    """Beside the server, in a thread: what desks say, and what the process has cost meanwhile."""
    begun_s, begun_cpu = time.monotonic(), time.process_time()
    next_s = begun_s
    while time.monotonic() - begun_s < seconds:
        before = time.thread_time()
        figures.digests += calls.step(time.monotonic())
        figures.own_cpu_s += time.thread_time() - before
        figures.rss_mb.append(rss_mb())
        next_s += STEP_S
        time.sleep(max(0.0, next_s - time.monotonic()))
    figures.wall_s, figures.cpu_s = time.monotonic() - begun_s, time.process_time() - begun_cpu


def people(process: ServerProcess, calls: int, leads: int) -> list[dict[str, str]]:
    """Agents and leads of one team; what a browser of each lead sends."""
    directory, accounts = process.registry.directory, process.registry.accounts
    directory.add_team("A", TEAM)
    for at in range(calls):
        directory.add(UserFields(f"agent{at}", f"坐席{at}", Role.AGENT, TEAM, agent_id=str(1000 + at)))
    cookies = []
    for at in range(leads):
        user = directory.add(UserFields(f"lead{at}", f"班长{at}", Role.LEAD, TEAM))
        opened = accounts.enter(accounts.make_link(LinkPurpose.DESK, user.id)[0], Origin("127.0.0.1"))
        port = process.bound.getsockname()[1]
        cookies.append({"origin": process.address, "cookie": f"callcoach-{port}={opened.secret}"})
    return cookies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--leads", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process = ServerProcess.open(ServerSettings(port=0), Path(folder) / "calls.db", print)
        cookies = people(process, asked.calls, asked.leads)
        centre, alone, watched = MadeUpCentre(), Figures(), Figures()
        app = process.app(Path(folder), Edges(centre=centre))  # type: ignore[arg-type]
        calls = Calls(asked.calls, centre, process.hub.publish)
        spawning = multiprocessing.get_context("spawn")
        told = spawning.Queue()
        address = f"{process.address.replace('http', 'ws')}/ws/floor"

        def run() -> None:
            measured(calls, WARM_S, Figures())
            measured(calls, asked.seconds, alone)
            target = (address, cookies, asked.seconds, told)
            pages = spawning.Process(target=watch_all, args=target)
            pages.start()
            for _ in cookies:
                told.get()  # it is there
            measured(calls, WARM_S / 2, Figures())
            measured(calls, asked.seconds, watched)
            show(alone, watched, [told.get() for _ in cookies], asked.seconds)
            pages.join()
            os.kill(os.getpid(), signal.SIGTERM)

        process.run(app, threading.Thread(target=run, daemon=True).start)


def show(alone: Figures, watched: Figures, read: Sequence[tuple[int, int]], seconds: float) -> None:
    table = Table("", "nobody watches", f"{len(read)} leads watch")
    share = "{:.1%} of one core".format
    table.add_row("the floor's CPU", *(share((one.cpu_s - one.own_cpu_s) / one.wall_s) for one in (alone, watched)))
    table.add_row("making up and reading digests", *(share(one.own_cpu_s / one.wall_s) for one in (alone, watched)))
    table.add_row("digests a second", *(f"{one.digests / one.wall_s:.0f}" for one in (alone, watched)))
    table.add_row("a lead is sent", "", f"{sum(one for one, _ in read) / len(read) / seconds / 1e3:.0f} kB/s")
    table.add_row("messages a second", "", f"{sum(count for _, count in read) / len(read) / seconds:.1f}")
    table.add_row(
        "memory, first and last", *(f"{one.rss_mb[0]:.0f}, {one.rss_mb[-1]:.0f} MB" for one in (alone, watched))
    )
    Console().print(table)


if __name__ == "__main__":
    main()
