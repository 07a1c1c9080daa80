"""A long call in a real browser, through a proxy of our own that swallows the page's line without closing it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from pipeline.events.channels import Channel
from pipeline.events.turns import WaitRequested
from pipeline.folders import dashboard
from pipeline.people.entrance import LinkPurpose, link_path
from tests.long_call import long_call
from tests.proxy import Proxy
from tests.server.conftest import Centre
from tests.server.test_real_server import serving
from tests.waiting import wait_until
from tests.writing import add

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_agent_page import browser as browser, pytestmark as pytestmark

CALL = "long"


class Served:
    def __init__(self, centre: Centre, proxy: Proxy, link: str) -> None:
        self.centre, self.proxy, self.link = centre, proxy, link
        self.call = centre.call(CALL)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}{self.link.replace('/agent', f'/agent/{CALL}', 1)}"


@contextmanager
def ticking(served: Served) -> Iterator[None]:
    """The call's clock goes on, as long as the block lasts."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(0.02):
            served.call.feed([])

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    centre = Centre(tmp_path)
    centre.dist = dashboard()
    centre.page()  # the agent of the call
    with serving(centre.make_app()) as address:
        proxy = Proxy(partial(socket.create_connection, ("127.0.0.1", int(address.rsplit(":", 1)[1]))))
        try:
            yield Served(centre, proxy, link_path(LinkPurpose.DESK, centre.link()))
        finally:
            proxy.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(
        """window.frames_ = []
        window.sockets_ = 0
        window.states_ = []
        new MutationObserver(() => {
          const state = document.body?.dataset.connection
          if (state && state !== window.states_.at(-1)) window.states_.push(state)
        }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-connection"] })
        const Plain = WebSocket
        window.WebSocket = class extends Plain {
          constructor(...given) {
            super(...given)
            window.sockets_ += 1
            this.addEventListener("message", ({ data }) => window.frames_.push(data.length))
          }
        }"""
    )
    yield page
    page.close()


def test_a_swallowed_line_is_noticed_and_another_one_opened(served: Served, page: Page) -> None:
    for events in long_call(CALL, 0.02):
        served.call.feed(events)
    with ticking(served):
        page.goto(served.url)
        body = page.locator("body")
        expect(body).to_have_attribute("data-connection", "open")
        expect(page.get_by_test_id("line").first).to_be_visible()
        assert page.evaluate("window.sockets_") == 1
        served.proxy.swallow()
        # Offline may last for a quarter of a second only: the page itself remembers it.
        wait_until(lambda: page.evaluate("window.states_").count("open") > 1)
        assert page.evaluate("window.states_")[-2:] == ["offline", "open"]
        assert page.evaluate("window.sockets_") == 2
        expect(page.get_by_test_id("status-line")).to_have_attribute("data-kind", "phase")


CLAIMS = """() => {
  window.claims_ = []
  const note = () => {
    const text = document.querySelector("#app").innerText
    const heard = document.querySelector("[data-testid=channel-customer]").title
    window.claims_.push({
      state: document.body.dataset.connection,
      isWaiting: text.includes("等待数据"),
      claim: /还剩|正常|正在说/.exec(text + document.querySelector("[role=timer]")?.ariaLabel)?.[0] ?? "",
      counts: document.querySelector("[data-testid=countdown]")?.textContent ?? "",
      heard,
    })
  }
  const all = { childList: true, subtree: true, characterData: true, attributes: true }
  new MutationObserver(note).observe(document.body, all)
}"""


def test_nothing_counts_down_or_is_called_fine_while_the_line_is_swallowed(served: Served, page: Page) -> None:
    served.call.feed([WaitRequested(0, Channel.AGENT, 0, 0, "请稍等", None, 600_000)])
    with ticking(served):
        page.goto(served.url)
        expect(page.get_by_test_id("countdown")).to_have_text(re.compile(r"\d"))
        page.evaluate(CLAIMS)
        served.proxy.swallow()
        wait_until(lambda: page.evaluate("window.states_").count("open") > 1)
        expect(page.get_by_test_id("countdown")).to_have_text(re.compile(r"\d"))
        claims = page.evaluate("window.claims_")
    first = next(at for at, one in enumerate(claims) if one["isWaiting"])
    dead = next(at for at, one in enumerate(claims) if one["state"] == "offline")
    assert first < dead
    silent = claims[first:dead]
    assert {one["claim"] for one in silent} == {""}
    assert {one["counts"] for one in silent} == {"—"}
    assert all("无数据" in one["heard"] for one in silent)


def test_a_page_opened_late_gets_little_and_holds_little(served: Served, page: Page) -> None:
    events = list(chain.from_iterable(long_call(CALL, 1)))[1:]  # the call has its CallStarted
    add(served.centre.store, CALL, events, patient=True)
    with ticking(served):
        page.goto(served.url)
        expect(page.get_by_test_id("earlier")).to_be_visible()
        assert page.get_by_test_id("line").count() == 300
        largest, messages = page.evaluate("[Math.max(...window.frames_), window.frames_.length]")
        assert largest < 1_000_000
        assert messages < 200
        assert len(events) > 15_000
        assert page.evaluate("document.querySelectorAll('*').length") < 6_000
