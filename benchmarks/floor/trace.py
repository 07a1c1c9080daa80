"""A trace of the page's main thread: the cost of each 250 ms, and the longest task."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.floor.made_up import MadeUp
from benchmarks.floor.played import Played, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TICK_US = 250_000
LONG_US = 50_000
SCRIPT = {
    "FunctionCall",
    "EvaluateScript",
    "TimerFire",
    "RunMicrotasks",
    "v8.callFunction",
    "WebSocketReceive",
    "EventDispatch",
}
LAYOUT = {"Layout", "UpdateLayoutTree", "PrePaint"}
PAINT = {"Paint", "Layerize", "Commit", "UpdateLayer"}
GARBAGE = {"MinorGC", "MajorGC", "V8.GCScavenger", "V8.GC_MC_INCREMENTAL"}
KINDS = {"script": SCRIPT, "layout": LAYOUT, "paint": PAINT, "garbage": GARBAGE}
CATEGORIES = "devtools.timeline,disabled-by-default-devtools.timeline,toplevel,v8"


def lines(browser: Browser, agents: int, seconds: float) -> Iterator[str]:
    with served(Played(MadeUp(agents))) as address:
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{address}/floor")
        page.wait_for_selector("[data-known=true]")
        page.wait_for_timeout(3000)
        events = _traced(page, browser, seconds)
        page.close()
    yield from told(agents, _main_thread(events))


def _traced(page: Any, browser: Any, seconds: float) -> list[dict[str, Any]]:
    session = browser.new_browser_cdp_session()
    found: list[dict[str, Any]] = []
    done: list[bool] = []
    session.on("Tracing.dataCollected", lambda told: found.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda _: done.append(True))
    session.send(
        "Tracing.start", {"traceConfig": {"includedCategories": CATEGORIES.split(",")}, "transferMode": "ReportEvents"}
    )
    page.wait_for_timeout(1000 * seconds)
    session.send("Tracing.end")
    while not done:
        page.wait_for_timeout(100)
    session.detach()
    return found


def _main_thread(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the renderer with the most to tell: other pages of this browser are empty."""
    mains = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    by: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for one in events:
        if one.get("ph") == "X" and (one["pid"], one["tid"]) in mains:
            by[one["pid"], one["tid"]].append(one)
    return max(by.values(), key=len)


def told(agents: int, events: list[dict[str, Any]]) -> Iterator[str]:
    tasks = [one for one in events if one["name"] in ("RunTask", "ThreadControllerImpl::RunTask")]
    begun = min(one["ts"] for one in events)
    ticks: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    until = 0.0
    for one in sorted(events, key=lambda one: (one["ts"], -one.get("dur", 0))):
        kind = next((kind for kind, names in KINDS.items() if one["name"] in names), None)
        if kind is None or one["ts"] < until:  # nested in one that is counted
            continue
        until = one["ts"] + one["dur"]
        tick = ticks[int((one["ts"] - begun) // TICK_US)]
        tick[kind] += one.get("tdur", one["dur"]) / 1000
        tick["wall"] += one["dur"] / 1000 if kind != "paint" else 0
    whole = [tick for _, tick in sorted(ticks.items())][1:-1]
    for name, costs in (
        ("scripting and layout, of the processor", [tick["script"] + tick["layout"] for tick in whole]),
        ("scripting and layout, by the clock", [tick["wall"] for tick in whole]),
        ("painting, of the processor", [tick["paint"] for tick in whole]),
    ):
        ordered = sorted(costs)
        p95 = ordered[len(ordered) * 95 // 100]
        p50, most = statistics.median(ordered), ordered[-1]
        yield f"{agents:4} seats  {name:40} p50 {p50:5.1f}  p95 {p95:5.1f}  max {most:5.1f} ms"
    for name, field in (("of the processor", "tdur"), ("by the clock", "dur")):
        took = [one.get(field, one["dur"]) for one in tasks]
        long = sum(one > LONG_US for one in took)
        yield f"{agents:4} seats  longest task {name:27} {max(took) / 1000:5.1f} ms, over 50 ms: {long} of {len(took)}"
