"""From the slice to the painted pixel: how late a hint is on the agent page, measured by the page itself.

    python -m benchmarks.latency [--file CALL] [--model demo|none] [--json FILE] [--port 8123]
    python -m benchmarks.latency --live [--rounds 20] [--json FILE]      from the sound in a sink, split by stage

Plays a call through `callcoach demo` in real time with the page open in headless Chromium. The page takes its own time
after the frame in which the hint was painted, on the server's clock, and tells it (`painted`); the figures are read
back from the call's records. The peer printed beside it is the same run's bare round trip of the page's clock request:
what any web page on this machine pays.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.chromium import FLAGS
from tests.entering import BEARER, keep_token

BROWSER = "/usr/bin/chromium"
LONGEST_S = 900


def get(url: str) -> Any:
    asked = urllib.request.Request(url, headers=BEARER)
    with urllib.request.urlopen(asked, timeout=5) as answer:
        return json.loads(answer.read())


def wait_for(url: str, seconds: float) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            return get(url)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{url} did not answer within {seconds:.0f} s")


def measure(server: str, link: str) -> tuple[list[float], list[float]]:
    """Paint times of all hints of the call, and round trips of a bare request, both in milliseconds."""
    trips = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=[*FLAGS])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(link)
        until = time.monotonic() + LONGEST_S
        call = wait_for(f"{server}/api/calls/latest", 30)
        while call["ended"] is None and time.monotonic() < until:
            page.wait_for_timeout(2_000)
            trips.append(
                page.evaluate("async () => {const t = performance.now(); await fetch('/api/clock');"
                              " return performance.now() - t}")
            )  # fmt: skip
            call = get(f"{server}/api/calls/latest")
        browser.close()
    records = get(f"{server}/api/calls/{call['call_id']}/records")
    paints = [r["event"]["paint_ms"] for r in records if r["event"]["kind"] == "HintShown"]
    return [p for p in paints if p is not None], trips


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    if options.live:
        from benchmarks.headset import measure as measure_live

        tell("Sound in the sink to hint in the DOM", measure_live(options.rounds), options.json)
        return
    command = [str(Path(sys.executable).parent / "callcoach"), "demo", "--no-browser", "--port", str(options.port),
               "--model", options.model, *(["--file", str(options.file)] if options.file else [])]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        keep_token(Path(folder))
        demo = subprocess.Popen(
            command, env={**os.environ, "CALLCOACH_DATA": folder}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        assert demo.stdout is not None
        try:
            link = next(line for line in demo.stdout if line.startswith("callcoach demo: ")).split()[2]
            threading.Thread(target=demo.stdout.read, daemon=True).start()  # what it goes on printing
            paints, trips = measure(f"http://127.0.0.1:{options.port}", link)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(10)
    rows = {
        "hints painted": len(paints),
        "slice to paint, median ms": round(statistics.median(paints), 1),
        "slice to paint, p95 ms": round(quantile(paints, 0.95), 1),
        "bare request, median ms": round(statistics.median(trips), 1),
        "bare request, p95 ms": round(quantile(trips, 0.95), 1),
    }
    tell("Hint on the page", rows, options.json)


def tell(title: str, rows: dict[str, Any], file: Path | None) -> None:
    table = Table("figure", "value", title=title)
    for name, value in rows.items():
        table.add_row(name, str(value))
    Console().print(table)
    if file is not None:
        file.write_text(json.dumps(rows, indent=2, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
