"""Many processes write, others read along: does a reader at position p miss or double one before p, and what it costs.

Each writer runs calls of its own, one after the other, in batches as slices have them. Each reader asks for what comes
after the last position it has seen, again and again, until it has all.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.queues import Queue

from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import TurnStarted
from pipeline.store.archive import Archive

Open = Callable[[], Archive]
"""Opens the store in a process of its own: must be picklable."""

CALL_RECORDS = 200
BATCH_RECORDS = 6
PAGE_RECORDS = 500
LEAST_LIMIT_S, SLOWEST_RECORDS_S = 120, 25  # a run that takes longer hangs
PAUSE_S = 0.02  # of a reader that has all there is


@dataclass(frozen=True)
class Read:
    """What one reader found: nothing of `missed` and `doubled` may be."""

    count: int
    missed: int  # records of a call that came after a later one of it, or never
    doubled: int
    is_in_order: bool


@dataclass(frozen=True)
class Order:
    reads: list[Read]
    seconds: float
    appends_ms: list[float]  # of all writers


def run(open_: Open, records: int, writers: int = 8, readers: int = 4) -> Order:
    limit_s = LEAST_LIMIT_S + records / SLOWEST_RECORDS_S
    context = multiprocessing.get_context("spawn")
    told: Queue[list[float] | Read] = context.Queue()
    share = [records // writers + (number < records % writers) for number in range(writers)]
    made = [context.Process(target=_write, args=(open_, number, count, told)) for number, count in enumerate(share)]
    made += [context.Process(target=_read, args=(open_, records, limit_s, told)) for _ in range(readers)]
    began = time.perf_counter()
    for process in made:
        process.start()
    answers = [told.get(timeout=limit_s) for _ in made]
    seconds = time.perf_counter() - began
    for process in made:
        process.join()
    reads = [answer for answer in answers if isinstance(answer, Read)]
    return Order(reads, seconds, [ms for answer in answers if not isinstance(answer, Read) for ms in answer])


def _write(open_: Open, writer: int, count: int, told: Queue[list[float] | Read]) -> None:
    chance, store, took = random.Random(writer), open_(), []
    for call in range(0, count, CALL_RECORDS):
        call_id, seq, last = f"{writer}-{call}", 1, min(CALL_RECORDS, count - call)
        owner = store.own(call_id, patient=True)
        while seq <= last:
            batch = events(seq, min(chance.randint(1, BATCH_RECORDS), last - seq + 1))
            began = time.perf_counter()
            store.append(call_id, owner, seq, batch, patient=True)
            took.append((time.perf_counter() - began) * 1000)
            seq += len(batch)
    told.put(took)


def events(seq: int, count: int) -> list[Event]:
    return [TurnStarted(number * 20, Channel.AGENT, number * 20) for number in range(seq, seq + count)]


def _read(open_: Open, records: int, limit_s: float, told: Queue[list[float] | Read]) -> None:
    store, position, ends_s = open_(), 0, time.monotonic() + limit_s
    last: dict[str, int] = {}
    count = missed = doubled = 0
    is_in_order = True
    while count < records and time.monotonic() < ends_s:
        page = store.read_all(position, PAGE_RECORDS)
        if not page:
            time.sleep(PAUSE_S)
        for at, record in page:
            before, seq = last.get(record.call_id, 0), record.seq or 0
            missed += max(0, seq - before - 1)
            doubled += seq <= before
            is_in_order &= at > position
            last[record.call_id], position, count = seq, at, count + 1
    told.put(Read(count, missed + max(0, records - count), doubled, is_in_order))
