"""The course of a load test: desks come one after the other, hold their calls for a while together, and end them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from pipeline.desk.load import LoadDesk, Target, watch, watch_floor
from pipeline.desk.load_figures import Figures, ProcessFigures
from pipeline.desk.load_script import Voices, script
from pipeline.errors import CallcoachError

SCRIPTS = 20
AT_ONCE = 10  # desks that connect
TRIES = 3  # as a desk comes again by itself
WATCHED = 5  # calls
LONGEST_S = 3_600
SETTLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Load:
    """`pid`: of the centre, where it runs on this machine."""

    target: Target
    calls: int
    seconds: float
    name: Callable[[int], str]
    team: str
    voices: Voices | None = None
    pid: int | None = None
    has_captions: bool = False


async def run(load: Load, say: Callable[[str], None]) -> dict[str, Any]:
    """The figures. Raises CallcoachError where the centre lets the desks not in."""
    figures = Figures()
    coming_s = load.calls / 20 + SETTLE_S  # about as long as it takes until all are there
    scripts = [script(load.seconds + 4 * coming_s, seed, load.team) for seed in range(min(SCRIPTS, load.calls))]
    desks = [
        LoadDesk(
            number,
            load.name(number),
            load.target,
            scripts[number % len(scripts)],
            load.voices,
            figures,
            load.has_captions,
        )
        for number in range(load.calls)
    ]
    until = _Until()
    loads = list[asyncio.Future[None]]()
    try:
        loads = await _come(desks, until)
        say(f"{load.calls} desks are there, each with a call; measuring for {load.seconds:g} s")
        await until.sleep(SETTLE_S)
        watching = await _watched(desks)
        centre = ProcessFigures(load.pid) if load.pid is not None else None
        own, figures.began_s = ProcessFigures(os.getpid()), time.monotonic()
        await until.sleep(load.seconds)
        told = figures.as_json()
        told |= {"centre": centre.as_json(load.calls) if centre is not None else None}
        told |= {"this_program": own.as_json(load.calls), "load_average": [round(one, 1) for one in os.getloadavg()]}
        for one in watching:
            one.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    finally:
        until.stop()
        await asyncio.gather(*loads, return_exceptions=True)
    ended = {key: figures.counted[key] for key in ("records_not_kept",) if figures.counted[key]}
    return {"calls": load.calls, "seconds": load.seconds, **told, "at_the_end": ended}


class _Until:
    """The time of the end, which Ctrl-C brings at once."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self.stop)

    def stop(self) -> None:
        self.stopped.set()

    async def sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopped.wait(), seconds)


async def _come(desks: Sequence[LoadDesk], until: _Until) -> list[asyncio.Future[None]]:
    room, running = asyncio.Semaphore(AT_ONCE), list[asyncio.Future[None]]()

    async def come(desk: LoadDesk) -> None:
        async with room:
            for more in reversed(range(TRIES)):
                try:
                    await desk.open()
                    break
                except CallcoachError:
                    if not more:
                        raise
                    desk.figures.counted["came_again"] += 1
        running.append(asyncio.ensure_future(desk.run(until.stopped)))

    try:
        async with asyncio.TaskGroup() as tasks:
            for desk in desks:
                tasks.create_task(come(desk))
    except* CallcoachError as errors:
        until.stop()
        await asyncio.gather(*running, return_exceptions=True)
        raise errors.exceptions[0] from None
    return running


async def _watched(desks: Sequence[LoadDesk]) -> list[asyncio.Future[None]]:
    if not desks[0].target.watch_token:
        return []

    async def look(watching: Coroutine[None, None, None], what: str) -> None:
        with suppress(ConnectionClosed, InvalidHandshake, OSError):
            await watching
        desks[0].figures.gave(f"{what} was cut off")

    calls = desks[:: max(1, len(desks) // WATCHED)][:WATCHED]
    pages = [look(watch(desk), "a page that watches a call") for desk in calls]
    wall = look(watch_floor(desks[0].target, desks), "the wall")
    return [asyncio.ensure_future(one) for one in (*pages, wall)]
