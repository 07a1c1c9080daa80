"""A live call beside 2,000 records a second that others write into the same database: are its slices slowed down?

The call feeds its slices in real time, events in every fifth as the demo call has them, and ends and begins anew every
ten seconds. What a slice takes is from handing its events over to their being on the bus. With and without the
others in turns, so that a machine that others use too is as busy for both.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier, Event as Flag
from statistics import median

from benchmarks.store.databases import Open
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.record import Event, Record
from pipeline.events.turns import TurnStarted
from pipeline.session.outbox import Outbox

SLICE_S, EVENT_SLICES, CALL_SLICES = 0.02, 5, 500
WRITERS, RECORDS_S, BATCH_RECORDS = 4, 2_000, 50  # at most


class Bus:
    def __init__(self) -> None:
        self.refused = 0

    def publish(self, records: list[Record]) -> None:
        self.refused += sum(isinstance(record.event, StageFailed) for record in records)


def lines(open_: Open, seconds: float, rounds: int) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    goes, ends, are_ready = context.Event(), context.Event(), context.Barrier(WRITERS + 1)
    written = [context.Value("L", 0) for _ in range(WRITERS)]
    open_().close()
    writers = [context.Process(target=_write, args=(open_, *one, goes, ends, are_ready)) for one in enumerate(written)]
    for writer in writers:
        writer.start()
    are_ready.wait()
    kept: dict[bool, list[tuple[float, float, float]]] = {False: [], True: []}
    for number in range(rounds):
        for beside in (False, True):
            (goes.set if beside else goes.clear)()
            before = sum(count.value for count in written)
            took, refused = _talk(open_, f"live-{number}-{beside}", seconds)
            rate = (sum(count.value for count in written) - before) / seconds
            figures = median(took), took[len(took) * 99 // 100], took[-1]
            kept[beside].append(figures)
            told = "p50 {:.2f} p99 {:.1f} worst {:.0f} ms".format(*figures)
            yield f"round {number + 1}, beside {rate:,.0f} records/s: slices {told}, refused {refused}"
    ends.set()
    goes.set()
    for writer in writers:
        writer.join()
    for beside, rows in kept.items():
        told = "p50 {:.2f} p99 {:.1f} worst {:.0f} ms".format(*(median(column) for column in zip(*rows, strict=True)))
        yield f"{'with' if beside else 'without'} the others, medians of {rounds}: {told}"


def _talk(open_: Open, name: str, seconds: float) -> tuple[list[float], int]:
    """Milliseconds of each slice that had events, sorted; how often the store refused."""
    store, bus, took = open_(), Bus(), []
    began = time.perf_counter()
    for number in range(int(seconds / SLICE_S)):
        at = number % CALL_SLICES
        if at == 0:
            outbox = Outbox(f"{name}-{number}", store, bus)
        time.sleep(max(0.0, began + number * SLICE_S - time.perf_counter()))
        events = _events(outbox.call_id, at)
        fed = time.perf_counter()
        outbox.feed(events)
        if events:
            took.append((time.perf_counter() - fed) * 1000)
    store.close()
    return sorted(took), bus.refused


def _events(call_id: str, at: int) -> list[Event]:
    if at == 0:
        sides = tuple(Channel)[:2]
        return [CallStarted(0, call_id, "2026-11-27T10:00:00+08:00", sides, CallFacts(), "handbook", "1", "", "none")]
    if at == CALL_SLICES - 1:
        return [CallEnded(at * 20, "finished")]
    return [TurnStarted(at * 20, Channel.AGENT, at * 20)] * 2 if at % EVENT_SLICES == 0 else []


def _write(open_: Open, writer: int, written: object, goes: Flag, ends: Flag, are_ready: Barrier) -> None:
    """Calls one after the other, in batches as slices have them, as fast as its share of the rate is."""
    chance, store, number = random.Random(writer), open_(), 0
    are_ready.wait()
    while not ends.is_set():
        goes.wait()
        call_id, seq = f"other-{writer}-{number}", 1
        number += 1
        owner = store.own(call_id, patient=True)
        due_s = time.monotonic()
        while seq < 200 and goes.is_set() and not ends.is_set():
            count = chance.randint(1, BATCH_RECORDS)
            batch: list[Event] = [TurnStarted(at * 20, Channel.AGENT, at * 20) for at in range(seq, seq + count)]
            store.append(call_id, owner, seq, batch, patient=True)
            seq += count
            written.value += count  # type: ignore[attr-defined]
            due_s += count / (RECORDS_S / WRITERS)
            time.sleep(max(0.0, due_s - time.monotonic()))
    store.close()
