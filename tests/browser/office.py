"""A server with people who judge calls, for tests of their pages in a browser."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.people.permissions import Role
from tests.browser.people import DIST
from tests.reviews.cards import ITEMS, card_of
from tests.server.conftest import AGENT, Centre
from tests.server.test_real_server import serving
from tests.waiting import LIMIT_S, wait_until

PEOPLE: dict[str, tuple[Role, dict[str, Any]]] = {
    "lin": (Role.AGENT, {"team": "a"}), "wang": (Role.LEAD, {"team": "a"}),
    "xu": (Role.QA, {"assigned": ("a",)}), "he": (Role.QA, {"assigned": ("a",)}),
}  # fmt: skip
NAMES = {"lin": "林晓雯", "wang": "王敏", "xu": "许岚", "he": "何静"}
TITLES = dict(zip([item.rule for item in ITEMS],
                  ["早上来电加“早上好”", "自报公司与姓名", "禁语“不清楚”", "不说粗话", "请等待时说明多久", "无声电话"],
                  strict=True))  # fmt: skip
CARD = card_of([replace(item, title=TITLES[item.rule], title_en=item.rule) for item in ITEMS])
LINES = [
    (Channel.CUSTOMER, 140_000, 147_000, "那维修师傅的电话你能给我吗"),
    (Channel.AGENT, 148_000, 151_000, "这个我也不清楚，您问一下供暖公司吧"),
    (Channel.CUSTOMER, 155_000, 160_000, "你们物业怎么什么都不清楚"),
    (Channel.AGENT, 172_000, 176_000, "我帮您查清楚再回复您"),
]


# Whether IndexedDB tells a draft with this text.
JOURNAL_HAS = """(text) => new Promise((resolve) => {
  const asked = indexedDB.open('callcoach.drafts')
  asked.onsuccess = () => {
    const all = asked.result.transaction('drafts').objectStore('drafts').getAll()
    all.onsuccess = () => resolve(all.result.some((draft) => JSON.parse(draft).text === text))
  }
})"""


@dataclass
class Office:
    """A server with people, whose pages the browser opens. `calls`: made so far."""

    centre: Centre
    address: str
    chromium: BrowserType
    browser: Browser
    calls: int = 0

    def call(self) -> str:
        """A call of the agent that is scored, and judged by nobody."""
        self.calls += 1
        call_id = f"0192f0c1-1122-7bbb-8ccc-{self.calls:012d}"
        facts = CallFacts(agent_id=AGENT, agent_name="林晓雯", team="a", customer_name="张女士")
        events: list[Any] = []
        for channel, start_ms, end_ms, text in LINES:
            turn = (TurnStarted(start_ms + 100, channel, start_ms), TurnEnded(end_ms + 300, channel, start_ms, end_ms))
            events += [*turn, WordsHeard(end_ms + 700, channel, start_ms, end_ms, text, (), 0)]
        self.centre.finished_call(call_id, [*events, CARD], facts, engine="base")
        return call_id

    def say(self, who: str, call_id: str, route: str, kind: str, **fields: Any) -> dict[str, Any]:
        """What somebody says on another computer."""
        headers = {**self.centre.page(who), "origin": self.address, "content-type": "application/json"}
        of_call = f"{self.address}/api/calls/{call_id}/review"
        with urlopen(Request(of_call, headers=headers), timeout=LIMIT_S) as reply:
            seen = json.load(reply)["seen"]
        body = json.dumps({"act": {"kind": kind, **fields}, "seen": seen}).encode()
        with urlopen(Request(f"{of_call}/{route}", body, headers), timeout=LIMIT_S) as reply:
            told: dict[str, Any] = json.load(reply)
        return told

    def appealed(self, rule: str = "name", reason: str = "我在四秒就报了姓名") -> str:
        """A call of which an item is appealed."""
        call_id = self.call()
        self.say("xu", call_id, "judge", "verdict", rule="not-clear", verdict="missed")
        self.say("xu", call_id, "judge", "finished")
        self.say("lin", call_id, "answer", "appealed", rule=rule, verdict="met", reason=reason, evidence=[])
        return call_id

    def page(self, who: str, path: str, **context: Any) -> Page:
        told = {
            "viewport": {"width": 1920, "height": 1080},
            "timezone_id": "Asia/Shanghai",
            "bypass_csp": True,
            **context,
        }
        opened = self.browser.new_context(**told)
        opened.add_cookies([self.cookie(who)])
        page = opened.new_page()
        page.goto(self.address + path)
        return page

    def cookie(self, who: str) -> Any:
        """Of a session of this person."""
        name, value = self.centre.page(who)["cookie"].split("=", 1)
        return {"name": name, "value": value, "url": self.address}

    def entries(self, call_id: str) -> list[Any]:
        return [entry.act for entry in self.centre.registry.reviews.entries(call_id)]


@contextmanager
def open_office(folder: Path) -> Iterator[Office]:
    """With the people of PEOPLE, and no call yet."""
    centre = Centre(folder)
    centre.dist = DIST
    centre.app = centre.make_app()
    centre.registry.directory.add_team("A 组", "a")
    for login, (role, fields) in PEOPLE.items():
        centre.page(login, role, **fields)
        centre.registry.directory.change(centre.person(login).id, {"name": NAMES[login]})
    with sync_playwright() as playwright, serving(centre.app) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield Office(centre, address, playwright.chromium, browser)
        browser.close()


def item(page: Page, rule: str) -> Any:
    return page.locator(f"[data-testid=score-item][data-rule={rule}]")


def opened(page: Page, rule: str) -> Any:
    """The item, open."""
    found = item(page, rule)
    found.locator(".name").click()
    expect(found.get_by_test_id("item-panel")).to_be_visible()
    return found


@contextmanager
def browsing(office: Office, profile: Path) -> Iterator[tuple[Page, Callable[[], None]]]:
    """A page of QA in a browser of its own with a kept profile, and what kills that browser."""
    told = profile / "DevToolsActivePort"
    told.unlink(missing_ok=True)
    for held in profile.glob("Singleton*"):  # by the browser that was killed
        held.unlink()
    options = ("--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", "--window-size=1920,1080")
    command = [str(CHROMIUM), *FLAGS, *options, "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def kill() -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT_S)

    port = wait_until(lambda: told.exists() and told.read_text(encoding="utf-8").split("\n")[0])
    browser = office.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
    context = browser.contexts[0]
    context.add_cookies([office.cookie("xu")])
    yield context.new_page(), kill
    if process.poll() is None:
        kill()
