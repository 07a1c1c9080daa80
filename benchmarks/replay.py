"""A long call opened for replay, sought through, and many calls opened one after another.

    python -m benchmarks.replay [--hours 1] [--rounds 5] [--seeks 30] [--calls 200] [--json FILE]

A synthetic call (tests/long_call.py) of so many hours with a recording of tones stands in a database of its own.
Opened: from the start of the navigation until cursor, transcript and both waves are there. Sought: from a click on a
line until the page has the position and has drawn two frames, without and with sound (until the player can go on).
Heap: after a collection, of one page that goes from call to call; its slope over the second half.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from benchmarks.chromium import CHROMIUM
from benchmarks.reload import held, until
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted
from pipeline.store.sql import SqlStore
from tests.long_call import long_call
from tests.writing import add

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CALL = "long-call"
RATE_HZ = 16_000
PASSWORD = "qing feng ming yue 9"
HEARING = "const P = Audio; window.Audio = class extends P { constructor() { super(); window.media = this } }"
READY = (
    "document.querySelector('[data-testid=cursor]') !== null && document.querySelector('.row.agent') !== null"
    " && document.querySelector('[data-testid=waves] div')?.shadowRoot?.querySelector('canvas') != null"
)
SEEK = """async (share) => {
  const lines = [...document.querySelectorAll("[data-testid=replay-line]")]
  const line = lines[Math.floor(share * lines.length)]
  const begun = performance.now()
  const sought = media.src ? new Promise((done) => media.addEventListener("seeked", done, { once: true })) : null
  line.click()
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  await sought
  return performance.now() - begun
}"""


def write_sound(path: Path, hours: float) -> None:
    """Both sides as tones that come and go."""
    path.parent.mkdir(exist_ok=True)
    time_s = np.arange(RATE_HZ * 60) / RATE_HZ
    loud = np.sin(time_s / 2) > 0
    sides = np.stack([np.sin(1_400 * time_s) * loud, np.sin(2_200 * time_s) * ~loud], axis=1)
    minute = (9_000 * sides).astype("int16")
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, format="FLAC") as file:
        for _ in range(round(hours * 60)):
            file.write(minute)


def write_call(path: Path, hours: float) -> int:
    """A finished call; its records."""
    store, waiting, count = SqlStore(path), list[Event](), 0
    for events in long_call(CALL, hours):
        agreed = [
            replace(event, facts=replace(event.facts, recording_consent=True))
            if isinstance(event, CallStarted)
            else event
            for event in events
        ]
        waiting += agreed if count or waiting else [*agreed, RecordingStarted(0)]
        if len(waiting) > 2_000:
            count += len(add(store, CALL, waiting))
            waiting = []
    count += len(add(store, CALL, [*waiting, CallEnded(round(hours * 3_600_000) + 60_000, "finished")]))
    store.close()
    return count


@contextmanager
def served(data: Path) -> Iterator[str]:
    """`callcoach serve` over `data`, and somebody of QA there."""
    callcoach = str(Path(sys.executable).parent / "callcoach")
    environment = {**os.environ, "CALLCOACH_DATA": str(data), "CALLCOACH_ASR__MODEL": "none", "PYTHONUNBUFFERED": "1"}
    for login, role in (("zheng", ["admin"]), ("zhou", ["qa", "--team", "*"])):
        subprocess.run(
            [callcoach, "users", "add", login, "--password-stdin", "--role", *role],
            env=environment, input=f"{PASSWORD}\n", capture_output=True, text=True, check=True,
        )  # fmt: skip
    server = subprocess.Popen(
        [callcoach, "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout is not None
    found = None
    while found is None and (line := server.stdout.readline()):
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found is not None
    try:
        yield found[0]
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate()


def opened(browser: Browser, address: str) -> tuple[Page, float]:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.add_init_script(HEARING)
    given = {"login": "zhou", "password": PASSWORD}
    assert page.request.post(f"{address}/api/session", data=given, headers={"origin": address}).ok
    begun = time.monotonic()
    page.goto(f"{address}/qa/calls/{CALL}", wait_until="commit")
    until(page, READY)
    return page, 1000 * (time.monotonic() - begun)


def seeks(page: Page, count: int) -> list[float]:
    chance = random.Random(3)
    return [float(page.evaluate(SEEK, chance.random())) for _ in range(count)]


def told(name: str, figures: list[float]) -> dict[str, Any]:
    return {"what": name, "median ms": round(statistics.median(figures)), "worst ms": round(max(figures))}


def memory(page: Page, calls: int) -> dict[str, Any]:
    """The page leaves the call and opens it again, without loading anew."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    heaps: list[float] = []
    for number in range(calls):
        for path in ("/me", f"/qa/calls/{CALL}"):
            page.evaluate(
                "(to) => { history.pushState(history.state, '', to);"
                " dispatchEvent(new PopStateEvent('popstate', { state: history.state })) }",
                path,
            )
            until(page, READY if path != "/me" else "document.querySelector('[data-testid=cursor]') === null")
        if number % 10 == 9:
            heaps.append(held(page, session)["heap MB"])
    half = heaps[len(heaps) // 2 :]
    slope = float(np.polyfit(range(0, 10 * len(half), 10), half, 1)[0]) if len(half) > 1 else 0.0
    return {"what": f"{calls} openings", "heap MB": heaps, "MB an opening, second half": round(slope, 4)}


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        records = write_call(data / "calls.db", options.hours)
        write_sound(data / "recordings" / f"{CALL}.flac", options.hours)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with served(data) as address:
            pages = [opened(browser, address) for _ in range(options.rounds)]
            rows = [{"hours": options.hours, "records": records, **told("opened", [ms for _, ms in pages])}]
            page = pages[-1][0]
            for other, _ in pages[:-1]:
                other.close()
            rows.append(told("sought, silent", seeks(page, options.seeks)))
            page.get_by_test_id("play").click()
            until(page, "media.currentTime > 0.2")
            rows.append(told("sought, playing", seeks(page, options.seeks)))
            page.close()
            if options.calls:
                rows.append(memory(opened(browser, address)[0], options.calls))
        browser.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeks", type=int, default=30)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = measure(options)
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
