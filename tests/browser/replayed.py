"""`callcoach serve` over the demo call, for tests of its replay in a browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.folders import bundled
from pipeline.people.audit import Wanted
from pipeline.people.permissions import Action
from pipeline.store.audit import SqlAuditLog
from pipeline.store.sql import SqlStore
from pipeline.store.sqlite_file import SqliteFile
from tests.browser.test_stored_call import stored
from tests.live.talk import NO
from tests.sound import UNHURRIED
from tests.waiting import LIMIT_S, wait_until
from tests.writing import add

CALLCOACH = str(Path(sys.executable).parent / "callcoach")
PASSWORD = "qing feng ming yue 9"
PEOPLE = {"lin": ("agent", "A", "--agent-id", "1027"), "xu": ("qa", "*"), "wu": ("agent", "A", "--agent-id", "1033")}
FACTS = "file,agent_id,agent_name,team,direction,customer_name,recording_consent\n"
ROW = "call.opus,1027,林晓雯,A,inbound,张女士,yes\n"

HEARING = """
const Plain = window.Audio
window.Audio = class extends Plain { constructor(...given) { super(...given); window.media = this } }
const connect = AudioNode.prototype.connect
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    if (window.tap?.context !== this.context) window.tap = new AnalyserNode(this.context, { fftSize: 2048 })
    connect.call(this, window.tap)
  }
  return connect.call(this, to, ...rest)
}
window.loudness = () => {
  const samples = new Float32Array(window.tap.fftSize)
  window.tap.getFloatTimeDomainData(samples)
  return Math.max(...samples.map(Math.abs))
}"""  # the page's own player, and what goes to the loudspeaker


@dataclass
class Served:
    address: str
    folder: Path
    call_id: str

    def page(self, browser: Browser, login: str, call_id: str | None = None, **size: Any) -> Page:
        """The replay of the demo call, opened by somebody."""
        page = self.signed(browser, login, **size).new_page()
        page.add_init_script(HEARING)
        page.goto(f"{self.address}/qa/calls/{call_id or self.call_id}")
        expect(page.get_by_test_id("replay")).to_have_attribute("data-ready", "true")
        return page

    def signed(self, browser: Browser, login: str, **size: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1920, "height": 1080}, **size})
        given = {"login": login, "password": PASSWORD}
        told = context.request.post(f"{self.address}/api/session", data=given, headers={"origin": self.address})
        assert told.ok, told.text()
        return context

    def listened(self) -> int:
        """Rows of the audit that say so."""
        with closing(SqliteFile(self.folder / "calls.db")) as database:
            return len(SqlAuditLog(database).rows(Wanted(action=Action.CALL_LISTEN)))


@contextmanager
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`callcoach serve` over the demo call, as `score --store` made it, and a call without consent to a recording."""
    folder = tmp_path_factory.mktemp("replayed")
    environment = {**os.environ, **UNHURRIED, "CALLCOACH_DATA": str(folder)}

    def run(*given: str, told: str | None = None) -> str:
        done = subprocess.run(
            [CALLCOACH, *given], env=environment, input=told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("teams", "add", "一组", "--id", "A")
    run("users", "add", "zheng", "--role", "admin", "--password-stdin", told=f"{PASSWORD}\n")
    for login, (role, team, *more) in PEOPLE.items():
        named = ("--role", role, "--team", team, *more)
        run("users", "add", login, *named, "--password-stdin", told=f"{PASSWORD}\n")
    files = tmp_path_factory.mktemp("files")
    shutil.copy(bundled("demo", "call.opus"), files / "call.opus")
    (files / "facts.csv").write_text(FACTS + ROW, encoding="utf-8")
    run("score", str(files / "call.opus"), "--store", "--model", "demo", "--facts", str(files / "facts.csv"))
    store = SqlStore(folder / "calls.db")
    (call_id,) = store.calls()
    add(store, "silent", stored("silent", NO))
    store.close()
    server = subprocess.Popen([CALLCOACH, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    said = server.stdout.readline()
    while said and "http" not in said:
        said = server.stdout.readline()
    try:
        yield Served(re.search(r"http://\S+", said)[0], folder, call_id)  # type: ignore[index]
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=LIMIT_S)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="module")
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def browser(launched: Browser) -> Iterator[Browser]:
    """Its pages are closed behind each test: they look for reviews every few seconds."""
    yield launched
    for context in launched.contexts:
        context.close()


def position(page: Page) -> int:
    return int(page.get_by_test_id("position").get_attribute("data-ms") or -1)


def at(page: Page, ms: int) -> None:
    """By the page's address, as a link to a moment of it does."""
    page.evaluate(
        """(ms) => {
          history.pushState(history.state, "", `?at=${ms}`)
          dispatchEvent(new PopStateEvent("popstate", { state: history.state }))
        }""",
        ms,
    )
    wait_until(lambda: position(page) == ms)
