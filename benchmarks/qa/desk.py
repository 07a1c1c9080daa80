"""A server over a folder of calls, and somebody of QA who is signed in there with a browser."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "qing feng ming yue 9"


@contextmanager
def served(data: Path) -> Iterator[str]:
    """`callcoach serve` over `data`; its address."""
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


def signed_in(browser: Browser, address: str, script: str, width: int = 1920, height: int = 1080) -> Page:
    """A page without an address; `script` runs in it before those of the page."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.add_init_script(script)
    given = {"login": "zhou", "password": PASSWORD}
    assert page.request.post(f"{address}/api/session", data=given, headers={"origin": address}).ok
    return page


def told(name: str, figures: Sequence[float]) -> str:
    ordered = sorted(figures)
    p95 = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return f"{name:48} p50 {statistics.median(ordered):7.1f}  p95 {p95:7.1f}  max {ordered[-1]:7.1f} ms"
