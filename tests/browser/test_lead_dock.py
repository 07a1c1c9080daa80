"""What the agent sees of the team lead, in a real browser, during a call that runs: help, a sentence, who listens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.events.call import CallEnded
from pipeline.events.help import (
    HelpAsked,
    HelpClosed,
    HelpReceived,
    HelpTaken,
    ListenEnded,
    ListenStarted,
    WhisperSeen,
    WhisperSent,
)
from pipeline.events.hints import SilentCallStep
from pipeline.floor.telling import Telling
from pipeline.ports import HelpMessage
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
SHOTS = os.environ.get("CALLCOACH_SHOTS")  # a folder for pictures to look at
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = {"mini": (380, 600), "low": (380, 300), "tablet": (900, 700), "wide": (1280, 800)}


@pytest.fixture(autouse=True)
def floor_is_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lead has a page open here, which the server's own floor would say again and again."""
    monkeypatch.setattr(Telling, "due", lambda telling: [])


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


@pytest.fixture
def call(desk: OwnDesk) -> Iterator[RunningCall]:
    call = RunningCall(desk, "0192f0c1-2222-7bbb-8ccc-000000000001")
    yield call
    call.end()


def open_page(browser: Browser, desk: OwnDesk, size: str = "mini") -> Page:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    desk.sign_in(context)
    page = context.new_page()
    page.set_default_timeout(1_000 * LIMIT_S)
    page.goto(f"{desk.base}/agent")
    expect(page.get_by_test_id("clock")).to_be_visible()
    return page


def look(page: Page, name: str) -> None:
    """Pictures of one state in all sizes, light and dark, where somebody wants to look."""
    if not SHOTS:
        return
    before = page.viewport_size
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(DRAWN)
            page.screenshot(path=f"{SHOTS}/{name}-{size}-{scheme}.png")
    page.emulate_media(color_scheme="light")
    assert before is not None
    page.set_viewport_size(before)


def last(call: RunningCall, kind: type) -> object:
    return next((event for event in reversed(call.told) if isinstance(event, kind)), None)


@pytest.mark.parametrize("size", ["mini", "wide"])
def test_help_is_asked_for_received_taken_and_closed(
    browser: Browser, desk: OwnDesk, call: RunningCall, size: str
) -> None:
    page = open_page(browser, desk, size)
    state = page.get_by_test_id("help-state")
    stage = page.get_by_test_id("stage")
    corner = stage.bounding_box()
    look(page, f"0-next-{size}")
    page.keyboard.press("F8")
    expect(state).to_have_text("正在送出，还没有回音")
    wait_until(lambda: last(call, HelpAsked))
    expect(state).to_have_text("正在送出，还没有回音")  # at the call, and at no lead yet
    call.mailbox.put_floor(HelpReceived(0, ()))
    expect(state).to_have_text("已送到，没有班长在看")
    call.mailbox.put_floor(HelpReceived(0, ("王敏", "刘洋")))
    expect(state).to_have_text("王敏、刘洋 已收到，还没人接手")
    page.keyboard.press("1")
    expect(page.get_by_test_id("reason-superior")).to_have_attribute("aria-pressed", "true")
    wait_until(lambda: getattr(last(call, HelpAsked), "reason", "") == "superior")
    look(page, f"1-help-{size}")
    assert stage.bounding_box() == corner  # nothing jumps
    page.reload()
    expect(state).to_have_text("王敏、刘洋 已收到，还没人接手")
    expect(page.get_by_test_id("help")).to_contain_text("目标 1 分钟内接手")
    call.mailbox.put_floor(HelpReceived(0, ("刘洋",), 90, is_escalated=True))
    expect(state).to_have_text("还没人接手，已提醒在线的 刘洋")
    expect(page.get_by_test_id("help")).to_contain_text("目标 90 秒内接手")
    look(page, f"1b-escalated-{size}")
    call.mailbox.put_floor(HelpTaken(0, "王敏", "u"))
    expect(state).to_have_text("王敏 接手了")
    look(page, f"2-taken-{size}")
    call.mailbox.put_floor(HelpClosed(0, "closed", "王敏"))
    expect(state).to_have_text("已办结")
    expect(page.get_by_test_id("help")).to_have_count(0)
    page.keyboard.press("F8")
    expect(state).to_be_visible()
    page.keyboard.press("F8")
    expect(page.get_by_test_id("help")).to_have_count(0)
    wait_until(lambda: getattr(last(call, HelpClosed), "because", "") == "withdrawn")


@pytest.mark.parametrize("size", ["mini", "wide"])
def test_a_sentence_stays_until_it_is_seen_and_who_listens_is_shown(
    browser: Browser, desk: OwnDesk, call: RunningCall, size: str
) -> None:
    page = open_page(browser, desk, size)
    message = page.get_by_test_id("lead-message")
    call.mailbox.put_floor(ListenStarted(0, "王敏", "u"))
    expect(page.get_by_test_id("listening")).to_have_text("王敏 正在监听")
    call.mailbox.put_floor(WhisperSent(0, "w1", "今晚 19:00 可派师傅，先别承诺赔偿", "王敏", "u"))
    expect(message).to_contain_text("先别承诺赔偿")
    call.mailbox.put_floor(WhisperSent(0, "w2", "对方是老客户，语气放缓", "王敏", "u"))
    expect(page.get_by_test_id("more-messages")).to_have_text("另 1 条")
    expect(message).to_contain_text("先别承诺赔偿")
    look(page, f"3-message-{size}")
    page.reload()
    expect(message).to_contain_text("先别承诺赔偿")
    expect(page.get_by_test_id("listening")).to_be_visible()
    page.keyboard.press("s")
    expect(message).to_contain_text("语气放缓")
    wait_until(lambda: getattr(last(call, WhisperSeen), "whisper", "") == "w1")
    page.get_by_test_id("message-seen").click()
    expect(message).to_have_count(0)
    wait_until(lambda: getattr(last(call, WhisperSeen), "whisper", "") == "w2")
    call.mailbox.put_floor(ListenEnded(0, "王敏", "u"))
    expect(page.get_by_test_id("listening")).to_have_count(0)


def test_a_sentence_waits_for_the_end_of_a_silent_call(browser: Browser, desk: OwnDesk, call: RunningCall) -> None:
    page = open_page(browser, desk)
    say = {"say": "您好！请问有什么可以帮您？", "next_say": "非常抱歉，您的电话没有声音，请您换一部电话再打来，再见！"}
    call.tell(SilentCallStep(0, 2, "wait", **say, wait_from_ms=0, wait_ms=5_000))
    call.mailbox.put_floor(WhisperSent(0, "w1", "先挂，我来回拨", "王敏", "u"))
    expect(page.get_by_test_id("message-waits")).to_contain_text("班长有一句话")
    expect(page.get_by_test_id("lead-message")).to_have_count(0)
    look(page, "4-waits")
    page.keyboard.press("s")
    expect(page.get_by_test_id("lead-message")).to_contain_text("先挂，我来回拨")
    expect(page.get_by_test_id("step-say")).to_be_visible()
    assert last(call, WhisperSeen) is None  # shown, and not yet said to be seen
    look(page, "5-opened")
    page.keyboard.press("s")
    wait_until(lambda: last(call, WhisperSeen))
    expect(page.get_by_test_id("message-waits")).to_have_count(0)


def test_what_cannot_be_sent_is_said_and_sent_once_the_line_is_back(
    browser: Browser, desk: OwnDesk, call: RunningCall
) -> None:
    page = open_page(browser, desk)
    page.evaluate("""() => {
      const Plain = WebSocket
      window.cut = true
      window.WebSocket = class extends Plain {
        constructor(...given) { super(window.cut ? "ws://127.0.0.1:1/" : given[0]) }
      }
    }""")
    page.context.set_offline(True)
    expect(page.locator("body")).to_have_attribute("data-connection", "offline")
    page.keyboard.press("F8")
    expect(page.get_by_test_id("help-state")).to_have_text("求助没发出去，正在重试")
    look(page, "6-unsent")
    assert last(call, HelpAsked) is None
    page.context.set_offline(False)
    page.evaluate("() => { window.cut = false }")
    wait_until(lambda: last(call, HelpAsked))
    expect(page.get_by_test_id("help-state")).to_have_text("正在送出，还没有回音")


def test_the_replay_tells_what_the_page_showed_of_the_lead(browser: Browser, desk: OwnDesk) -> None:
    call = RunningCall(desk, "0192f0c1-2222-7bbb-8ccc-000000000002")
    call.mailbox.put(HelpMessage("help", "dialect"))
    for note in (
        HelpReceived(0, ("王敏",)),
        WhisperSent(0, "w1", "先别承诺赔偿", "王敏", "u"),
        ListenStarted(0, "王敏", "u"),
    ):
        call.mailbox.put_floor(note)
        wait_until(partial(last, call, type(note)))
    call.tell(CallEnded(0, "finished"))
    wait_until(lambda: last(call, CallEnded))
    call.end()
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    desk.sign_in(context, "xu")
    page = context.new_page()
    page.goto(f"{desk.base}/qa/calls/{call.call.session.call_id}")
    expect(page.get_by_test_id("seen")).to_be_visible()
    page.keyboard.press("ArrowRight")
    story = page.get_by_test_id("lead-story")
    expect(story.locator("li > span")).to_have_text(
        ["求助：方言听不懂", "王敏 已收到求助", "班长 王敏：先别承诺赔偿", "王敏 开始监听"]
    )
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/7-replay.png")
