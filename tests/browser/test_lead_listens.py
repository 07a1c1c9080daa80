"""A team lead hears a running call on the floor, in a real browser; the agent's page says so as long as it lasts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.events.help import ListenEnded, ListenStarted
from pipeline.people.audit import Deed
from pipeline.people.permissions import Action
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Pcm
from tests.sound import speech
from tests.waiting import LIMIT_S, wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.own_desk import OwnDesk
from tests.browser.people import DIST
from tests.browser.running_call import RunningCall

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
LATE_S = 1.0
HEARD_S = 4
# What the page plays, and what is behind it: each pair of samples, as the sound card would get it.
HEARS = """() => {
  const Plain = AudioWorkletNode
  window.heard = [[], []]
  window.AudioWorkletNode = class extends Plain {
    constructor(context, ...given) {
      super(context, ...given)
      const ear = context.createScriptProcessor(4096, 2, 2)
      ear.onaudioprocess = ({ inputBuffer }) => {
        for (const side of [0, 1]) window.heard[side].push(...inputBuffer.getChannelData(side))
      }
      this.connect(ear)
      ear.connect(context.destination)
    }
  }
}"""

# The lines of sound that the page opens from then on.
LINES = """() => {
  const Plain = WebSocket
  window.lines = []
  window.WebSocket = class extends Plain {
    constructor(address) {
      super(address)
      if (address.endsWith("/sound")) window.lines.push(this)
    }
  }
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OwnDesk]:
    desk = OwnDesk(tmp_path)
    yield desk
    desk.close()


def recording() -> Pcm:
    """Some seconds of a sentence on the agent's side, and of another one on the customer's."""
    agent = np.concatenate([speech("您好，锦和物业，小林为您服务"), np.zeros(4_000, np.int16)])
    customer = np.concatenate([np.zeros(6_000, np.int16), speech("我家的水管漏水了，请你们来看一下", "m3", 160, 40)])
    size = -(-max(len(agent), len(customer)) // SLICE_SAMPLES) * SLICE_SAMPLES
    return np.stack([np.pad(side, (0, size - len(side))) for side in (agent, customer)], axis=1)


def open_page(browser: Browser, desk: OwnDesk, login: str, path: str, width: int) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", bypass_csp=True)
    desk.sign_in(context, login)
    page = context.new_page()
    page.set_default_timeout(1_000 * LIMIT_S)
    page.goto(desk.base + path)
    return page


def likeness(heard: Pcm, said: Pcm) -> float:
    """Of a second that was heard to the stretch most like it of what is said over and over: 1 is the same."""
    size = 1 << int(np.ceil(np.log2(len(heard) + 2 * len(said))))
    twice = np.concatenate([said, said]).astype(float)
    products = np.fft.irfft(np.fft.rfft(twice, size) * np.conj(np.fft.rfft(heard, size)), size)[: len(said)]
    part = twice[int(np.argmax(products)) :][: len(heard)]
    return float(np.dot(part, heard) / (np.linalg.norm(part) * np.linalg.norm(heard) + 1e-9))


def alike(heard: Pcm, said: Pcm) -> float:
    """Of its seconds in which something is said the median: a busy machine may drop out between two."""
    seconds = [one for one in heard.reshape(-1, SAMPLE_RATE_HZ) if np.abs(one).max() > 0.02]
    assert len(seconds) >= HEARD_S / 2
    return float(np.median([likeness(one, said) for one in seconds]))


def lateness(lead: Page) -> float:
    text = lead.get_by_test_id("listen-late").inner_text()
    return float(text.split()[1])


def test_the_lead_hears_what_is_said_less_than_a_second_late(browser: Browser, desk: OwnDesk) -> None:
    said = recording()
    call = RunningCall(desk, "0192f0c1-3333-7bbb-8ccc-000000000001", said)
    try:
        agent = open_page(browser, desk, "lin", "/agent", 380)
        expect(agent.get_by_test_id("clock")).to_be_visible()
        expect(agent.get_by_test_id("listening")).to_have_count(0)
        lead = open_page(browser, desk, "wang", "/floor", 1920)
        lead.evaluate(HEARS)
        lead.locator('[data-agent="1042"]').first.click()
        lead.keyboard.press("l")
        expect(lead.get_by_test_id("listen")).to_have_attribute("data-state", "asked")
        assert not any(isinstance(event, ListenStarted) for event in call.told)  # asked, and nobody listens yet
        lead.keyboard.press("l")
        expect(lead.get_by_test_id("listen")).to_have_attribute("data-state", "on")
        expect(agent.get_by_test_id("listening")).to_have_text("王敏 正在监听")
        wait_until(lambda: lead.evaluate("window.heard[0].length") > (HEARD_S + 2) * SAMPLE_RATE_HZ)
        late_s = lateness(lead)
        heard = np.array(lead.evaluate(f"window.heard.map((side) => side.slice(-{HEARD_S * SAMPLE_RATE_HZ}))"))
        found = [[alike(heard[side], said[:, of]) for of in (0, 1)] for side in (0, 1)]
        print(f"late by {late_s} s; agent's and customer's side alike to theirs and the other's: {found}")
        assert 0.1 < late_s < LATE_S
        assert min(found[0][0], found[1][1]) > 0.9
        assert max(found[0][1], found[1][0]) < 0.5  # each on its own side
        lead.keyboard.press("Escape")
        expect(lead.get_by_test_id("listen")).to_have_count(0)
        expect(agent.get_by_test_id("listening")).to_have_count(0)
        wait_until(lambda: any(isinstance(event, ListenEnded) for event in call.told))
    finally:
        call.end()


def test_a_line_that_is_cut_comes_back_and_is_in_the_audit_as_another_time(browser: Browser, desk: OwnDesk) -> None:
    call = RunningCall(desk, "0192f0c1-3333-7bbb-8ccc-000000000003", recording())
    try:
        agent = open_page(browser, desk, "lin", "/agent", 380)
        lead = open_page(browser, desk, "wang", "/floor", 1920)
        lead.evaluate(LINES)
        lead.locator('[data-agent="1042"]').first.click()
        lead.keyboard.press("l")
        lead.keyboard.press("l")
        panel = lead.get_by_test_id("listen")
        expect(panel).to_have_attribute("data-state", "on")
        expect(agent.get_by_test_id("listening")).to_be_visible()
        lead.evaluate("window.lines.at(-1).close()")
        expect(panel).to_contain_text("正在重新连接")
        expect(panel).not_to_contain_text("坐席看得到")
        expect(agent.get_by_test_id("listening")).to_have_count(0)
        expect(panel).to_have_attribute("data-state", "on")
        expect(agent.get_by_test_id("listening")).to_have_text("王敏 正在监听")
        assert lead.evaluate("window.lines.length") == 2
        rows = [row.action for row in reversed(desk.centre.audit.rows())]
        listens = [action for action in rows if action in (Action.CALL_LISTEN_LIVE, Deed.LISTENING_ENDED)]
        assert listens == [Action.CALL_LISTEN_LIVE, Deed.LISTENING_ENDED, Action.CALL_LISTEN_LIVE]
        told = [type(event) for event in call.told if isinstance(event, ListenStarted | ListenEnded)]
        assert told == [ListenStarted, ListenEnded, ListenStarted]
    finally:
        call.end()


def test_a_call_that_ends_is_said_and_the_chip_goes_with_the_page(browser: Browser, desk: OwnDesk) -> None:
    call = RunningCall(desk, "0192f0c1-3333-7bbb-8ccc-000000000002", recording())
    try:
        agent = open_page(browser, desk, "lin", "/agent", 380)
        lead = open_page(browser, desk, "wang", "/floor", 1920)
        lead.locator('[data-agent="1042"]').first.click()
        lead.keyboard.press("l")
        lead.keyboard.press("l")
        expect(agent.get_by_test_id("listening")).to_be_visible()
        lead.goto("about:blank")  # left without a word
        expect(agent.get_by_test_id("listening")).to_have_count(0)
        lead.go_back()
        expect(agent.get_by_test_id("listening")).to_have_count(0)  # a press begins it, nothing else
    finally:
        call.end()
