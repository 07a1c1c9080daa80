"""What the store takes and gives, on SQLite and PostgreSQL one after the other.

python -m benchmarks.store order [--records 100000] [--rounds 3]
python -m benchmarks.store lists [--calls 100000]
python -m benchmarks.store lock [--seconds 20] [--disk-ms 8]
python -m benchmarks.store beside [--seconds 20] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
from statistics import median

from benchmarks.store import beside, lists, lock, order
from benchmarks.store.databases import both

LOCKED = ("SQLite", "PostgreSQL")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["order", "lock", "lists", "beside"])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--disk-ms", type=int, default=0, help="that each sync of the disk takes longer")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if asked.what == "order":
        show_order(asked.records, asked.rounds)
    elif asked.what == "lock":
        show_lock(asked.seconds, asked.disk_ms)
    elif asked.what == "lists":
        show_lists(asked.calls)
    else:
        show_beside(asked.seconds, asked.rounds)
    print(f"load of this machine at the end: {os.getloadavg()[0]:.1f}")


def show_order(records: int, rounds: int) -> None:
    with both() as stores:
        for number in range(rounds):
            for name in LOCKED:
                found = order.run(stores[name](), records)
                missed, doubled = sum(read.missed for read in found.reads), sum(read.doubled for read in found.reads)
                waits = sorted(found.appends_ms)
                print(
                    f"{name}, round {number + 1}: {records / found.seconds:,.0f} records/s; append p50"
                    f" {median(waits):.1f} p99 {waits[len(waits) * 99 // 100]:.1f} worst {waits[-1]:.0f} ms; readers"
                    f" missed {missed}, doubled {doubled}, in order {all(read.is_in_order for read in found.reads)}",
                    flush=True,
                )


def show_lock(seconds: float, disk_ms: int) -> None:
    with both(disk_ms) as stores:
        opened = {name: stores[name]()() for name in stores if name not in LOCKED[:1]}
        for line in lock.lines(opened, seconds):
            print(line, flush=True)
        for store in opened.values():
            store.close()


def show_lists(count: int) -> None:
    with both() as stores:
        filled = {name: stores[name]()() for name in reversed(LOCKED)}  # PostgreSQL looks at what it has meanwhile
        for name, store in filled.items():
            print(f"{name}: {count} calls made in {lists.fill(store, count):.0f} s", flush=True)
        for name, store in filled.items():
            print(name)
            for page in lists.pages(store):
                limit_ms = lists.SEARCH_MS if page.is_search else lists.LIST_MS
                over = "  OVER" if page.worst_ms > limit_ms else ""
                print(
                    f"  {page.name:45} p50 {page.p50_ms:6.1f}  p95 {page.p95_ms:6.1f}  max {page.worst_ms:6.1f}{over}"
                )
            store.close()


def show_beside(seconds: float, rounds: int) -> None:
    with both() as stores:
        for name in LOCKED:
            for line in beside.lines(stores[name](), seconds, rounds):
                print(f"{name}: {line}", flush=True)


if __name__ == "__main__":
    main()
