"""A page opened, or reloaded, late in a call; and a page that is open all day.

    python -m benchmarks.reload [--hours 2 8] [--rounds 5] [--day] [--tree DIR] [--json FILE]

A synthetic call (tests/long_call.py) of so many hours runs on. Chromium opens its page; painted: from the start of the
navigation until the newest line of the transcript is on the screen, median of the rounds; busy: what the page's main
thread did meanwhile, a steadier figure on a machine that has other work.
Frames and characters are what the page's socket brought, nodes and heap (after a collection) what the page then holds.
`--day` streams eight hours into an open page, as fast as it takes them: its heap and nodes after one hour and after
eight. `--tree` measures another checkout of callcoach with its own built dashboard, so that both sides can be had in
one session.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from benchmarks.chromium import CHROMIUM
from tests.writing import add

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

ROOT = Path(__file__).resolve().parents[1]
CALL = "long-call"
COUNTING = """
window.socketFrames = 0; window.socketCharacters = 0; window.painted = null
const Plain = WebSocket
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given)
    this.addEventListener("message", ({ data }) => { window.socketFrames += 1; window.socketCharacters += data.length })
  }
}
const look = () => {
  const lines = document.querySelectorAll("[data-testid=line]")
  const newest = lines[lines.length - 1]
  if (newest?.querySelector("time")?.textContent === WANTED) {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => { window.painted ??= performance.now() }
    port2.postMessage(null)
  } else requestAnimationFrame(look)
}
requestAnimationFrame(look)
"""


# --- the server, a process of its own, of whichever checkout ---------------------------------------------------


def serve(database: Path, story: Path | None) -> None:
    """A call that runs on in `database`; each line of stdin feeds so many more records of `story` into it."""
    from pipeline.events.call import CallStarted
    from pipeline.people.directory import UserFields
    from pipeline.people.entrance import LinkPurpose, Origin
    from pipeline.people.permissions import Role
    from pipeline.people.person import EVERY_TEAM
    from pipeline.server.app import Site, create_app
    from pipeline.server.hub import Hub
    from pipeline.server.registry import Registry
    from pipeline.server.serve import address_of, bind, make_server
    from pipeline.session.sessions import Sessions
    from pipeline.store.audit import open_audit
    from pipeline.store.sql import SqlStore

    store, hub, running = SqlStore(database), Hub(), Sessions()
    outbox = running.begin(CALL, store, hub).outbox
    kept = store.read(CALL)
    outbox.at_ms = kept[-1].event.at_ms if kept else 0
    told = [record.event for record in SqlStore(story).read(CALL)] if story else []
    dist = Path(sys.modules["pipeline"].__path__[0]).parent / "dashboard" / "dist"
    bound = bind("127.0.0.1", 0)
    registry = Registry.of(store, open_audit(store.database, None, print))
    app = create_app(store, hub, running, registry, Site(dist, port=bound.getsockname()[1]))
    viewer = registry.directory.user_named("viewer") or registry.directory.add(
        UserFields("viewer", "viewer", Role.QA, assigned=(EVERY_TEAM,))
    )
    link, _ = registry.accounts.make_link(LinkPurpose.DESK, viewer.id)
    secret = registry.accounts.enter(link, Origin("here")).secret
    server = make_server(app, lambda: print(address_of(bound), secret, flush=True))
    threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True).start()
    lock = threading.Lock()

    def tick() -> None:
        while True:
            time.sleep(0.02)
            with lock:
                if kept or outbox.at_ms:
                    outbox.feed([])

    if not told:
        threading.Thread(target=tick, daemon=True).start()
    for line in sys.stdin:
        taken, told = told[: int(line)], told[int(line) :]
        for begin in range(0, len(taken), 4):
            outbox.feed(taken[begin : begin + 4])
        if any(isinstance(event, CallStarted) for event in taken):
            kept = store.read(CALL)
        print(outbox.at_ms, flush=True)


@contextmanager
def served(tree: Path, database: Path, story: Path | None = None) -> Iterator[tuple[str, IO[str], IO[str]]]:
    command = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--serve",
        str(database),
        *([str(story)] if story else []),
    ]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address, secret = process.stdout.readline().split()
        cookie = {"name": f"callcoach-{address.rsplit(':', 1)[1]}", "value": secret, "url": address}
        yield address, cookie, process.stdin, process.stdout
    finally:
        process.kill()
        process.wait()


def write_call(path: Path, hours: float) -> tuple[int, int]:
    """Records and the start of the newest line."""
    from pipeline.events.record import Event
    from pipeline.events.words import WordsHeard
    from pipeline.store.sql import SqlStore
    from tests.long_call import long_call

    store, waiting, count, newest = SqlStore(path), list[Event](), 0, 0
    for events in long_call(CALL, hours):
        waiting += events
        count += len(events)
        newest = max([newest, *(event.start_ms for event in events if isinstance(event, WordsHeard))])
        if len(waiting) > 2_000:
            add(store, CALL, waiting)
            waiting = []
    add(store, CALL, waiting)
    store.close()
    return count, newest


# --- the page --------------------------------------------------------------------------------------------------


def clock(ms: int) -> str:
    hours, minutes, seconds = ms // 3_600_000, ms // 60_000 % 60, ms // 1000 % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def until(page: Page, expression: str, seconds: float = 300) -> None:
    """Polls, because the page's security policy forbids wait_for_function."""
    ends = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > ends:
            raise TimeoutError(f"after {seconds} s still not so in the page: {expression}")
        page.wait_for_timeout(20)


def metrics_of(session: CDPSession) -> dict[str, float]:
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


def held(page: Page, session: CDPSession) -> dict[str, Any]:
    session.send("HeapProfiler.collectGarbage")
    nodes = page.evaluate("document.querySelectorAll('*').length")
    return {"heap MB": round(metrics_of(session)["JSHeapUsedSize"] / 1e6, 1), "nodes": nodes}


def opened(browser: Browser, wanted: str) -> tuple[Page, CDPSession]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(COUNTING.replace("WANTED", wanted))
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    return page, session


def reloads(browser: Browser, tree: Path, hours: float, rounds: int, folder: Path) -> dict[str, Any]:
    database = folder / f"{hours}.db"
    records, newest = write_call(database, hours)
    painted, busy, seen = [], [], dict[str, Any]()
    with served(tree, database) as (address, cookie, _, _):
        for _ in range(rounds):
            page, session = opened(browser, json.dumps(clock(newest)))
            page.context.add_cookies([cookie])
            page.goto(f"{address}/agent/{CALL}", wait_until="commit")
            until(page, "window.painted !== null")
            painted.append(page.evaluate("window.painted"))
            busy.append(1000 * metrics_of(session)["TaskDuration"])
            seen = page.evaluate("({ frames: window.socketFrames, characters: window.socketCharacters })")
            seen |= held(page, session)
            page.close()
    return {"hours": hours, "records": records, "painted ms": round(statistics.median(painted)),
            "best": round(min(painted)), "worst": round(max(painted)), "busy ms": round(statistics.median(busy)),
            **seen}  # fmt: skip


def day(browser: Browser, tree: Path, folder: Path, hours: int = 8) -> list[dict[str, Any]]:
    story, database, rows = folder / "story.db", folder / "day.db", []
    records, _ = write_call(story, hours)
    with served(tree, database, story) as (address, cookie, feed, told):
        feed.write("5\n")
        feed.flush()
        told.readline()
        page, session = opened(browser, "null")
        page.context.add_cookies([cookie])
        page.goto(f"{address}/agent/{CALL}")
        until(page, "window.socketFrames >= 5")
        wanted, at_ms, hour = 5, 0, 1
        while wanted < records:
            count = min(1_000, records - wanted)
            feed.write(f"{count}\n")
            feed.flush()
            at_ms, wanted = int(told.readline()), wanted + count
            until(page, f"window.socketFrames >= {wanted}")
            if at_ms >= hour * 3_600_000 or wanted >= records:
                if hour in (1, 2, 4) or wanted >= records:
                    rows.append({"streamed hours": round(at_ms / 3_600_000, 1), **held(page, session)})
                hour = at_ms // 3_600_000 + 1
    return rows


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        rows = [reloads(browser, options.tree, hours, options.rounds, Path(folder)) for hours in options.hours]
        if options.day:
            rows += day(browser, options.tree, Path(folder))
        browser.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, nargs="*", default=[2, 8])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--day", action="store_true")
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", type=Path, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve[0], options.serve[1] if len(options.serve) > 1 else None)
        return
    rows = measure(options)
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
