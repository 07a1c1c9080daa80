"""The QA desk in a browser, on a server with many calls and on one with an hour-long call.

python -m benchmarks.qa list [--calls 100000] [--repeats 9]
python -m benchmarks.qa replay [--hours 1] [--rounds 5] [--seeks 30] [--opened 200]

Wanted: a page of the list within 200 ms, from key to paint within 300 ms; an hour opened within 2 s and sought within
200 ms; memory flat over two hundred calls. What the database alone takes for a list: python -m benchmarks.store lists.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.chromium import CHROMIUM, FLAGS
from benchmarks.qa import lists, replay
from benchmarks.qa.desk import served
from benchmarks.store.lists import fill
from pipeline.store.sql import SqlStore


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["list", "replay"])
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--hours", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeks", type=int, default=30)
    parser.add_argument("--opened", type=int, default=200)
    asked = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        if asked.what == "list":
            store = SqlStore(data / "calls.db")
            print(f"{asked.calls} calls made in {fill(store, asked.calls):.0f} s", flush=True)
            store.close()
        else:
            records = replay.write(data, asked.hours, asked.opened)
            print(f"a call of {asked.hours} h, {records} records, and {asked.opened} short ones", flush=True)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with served(data) as address:
            if asked.what == "list":
                told = [lists.lines(browser, address, asked.repeats)]
            else:
                told = [
                    replay.lines(browser, address, asked.rounds, asked.seeks),
                    replay.one_after_another(browser, address, asked.opened),
                ]
            for some in told:
                for line in some:
                    print(line, flush=True)
        browser.close()
    print(f"load of this machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
