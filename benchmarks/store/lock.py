"""What the lock costs by which positions are seen in order: PostgreSQL with and without it, in turns."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks.store.order import events
from pipeline.store.sql import SqlStore

APPENDS, BATCH_RECORDS = 10, 3


def lines(stores: Mapping[str, SqlStore], seconds: float) -> Iterator[str]:
    """`stores`: with the lock, then without."""
    for writers in (1, 8):
        took: dict[str, list[float]] = {name: [] for name in stores}
        ends_s, number = time.monotonic() + seconds, 0
        with ThreadPoolExecutor(writers) as pool:
            while time.monotonic() < ends_s:
                number += 1
                for name, store in stores.items():
                    calls = [f"{writers}-{writer}-{number}" for writer in range(writers)]
                    began = time.perf_counter()
                    list(pool.map(_write, [store] * writers, calls))
                    took[name].append(time.perf_counter() - began)
        locked, free = (median(times) for times in took.values())
        rate = writers * APPENDS * BATCH_RECORDS / locked
        yield f"{writers} writers: {locked / free:.2f} times as long with the lock, {rate:,.0f} records/s"


def _write(store: SqlStore, call_id: str) -> None:
    owner = store.own(call_id, patient=True)
    for number in range(APPENDS):
        first = 1 + number * BATCH_RECORDS
        store.append(call_id, owner, first, events(first, BATCH_RECORDS), patient=True)
