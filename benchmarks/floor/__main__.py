"""The floor page in Chromium: what a tick costs, whether any task is long, and whether its memory stays flat.

python -m benchmarks.floor trace [--agents 60 500] [--seconds 20]
python -m benchmarks.floor memory [--agents 60] [--minutes 3] [--hours 8]

Wanted: no task over 50 ms once the page stands; scripting and layout of 250 ms at most 8 ms at 60 seats, 40 ms at 500;
no slope of the memory over eight hours of a floor whose clock runs that much faster. The floor is made up and played by
a server of this process (played.py): every call tells something new four times a second, which no real floor exceeds.
"""

from __future__ import annotations

import argparse
import os

from benchmarks.chromium import CHROMIUM, FLAGS
from benchmarks.floor import memory, trace


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["trace", "memory"])
    parser.add_argument("--agents", type=int, nargs="+", default=[60, 500])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--hours", type=float, default=8)
    asked = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for agents in asked.agents:
            if asked.what == "trace":
                told = trace.lines(browser, agents, asked.seconds)
            else:
                told = memory.lines(browser, agents, asked.minutes, asked.hours)
            for line in told:
                print(line, flush=True)
        browser.close()
    print(f"load of this machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
