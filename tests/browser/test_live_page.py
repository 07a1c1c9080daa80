"""The agent page of a live headset in a real browser: the built page alone, its server played by this test."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.folders import bundled
from tests.browser.people import MAY
from tests.in_page import until
from tests.waiting import wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect, sync_playwright

DIST = Path(__file__).parents[2] / "dashboard" / "dist"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
ORIGIN = "http://localhost:8000"  # of this host: a browser gives the mini window to no other http address
HANDBOOK = bundled("rules", "handbook.yaml")
FACTS: dict[str, Any] = {
    "direction": "inbound", "peer": None, "customer_name": None, "company": "锦和", "agent_id": None,
    "agent_name": None, "team": None, "timezone": None, "recording_consent": None,
}  # fmt: skip


TICKING = """const Plain = WebSocket
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given)
    const event = { kind: "ClockTicked", at_ms: 1000 }
    const data = JSON.stringify({ call_id: "c1", seq: null, event })
    setInterval(() => this.readyState === 1 && this.dispatchEvent(new MessageEvent("message", { data })), 500)
  }
}"""  # a running call's clock, which this test cannot tell while it waits: a line silent for 2.5 s is taken for dead


class Server:
    """Answers the page as `callcoach live` does; the test tells what happens in the call."""

    def __init__(self, page: Page, *, far: str = "idle", has_headset: bool = True, role: str | None = "agent") -> None:
        self.far, self.has_headset, self.role = far, has_headset, role
        self.asked: list[tuple[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.running: str | None = None
        self._page = page
        self._socket: WebSocketRoute | None = None
        self.joined = 0  # sockets so far
        page.route(f"{ORIGIN}/**", self._answer)
        page.route_web_socket(re.compile(r"ws://localhost:8000/ws/.*"), self._join)
        page.add_init_script(TICKING)
        page.goto(f"{ORIGIN}/agent")

    def tell(self, kind: str, **fields: Any) -> None:
        self.records.append(
            {"call_id": "c1", "seq": len(self.records) + 1, "event": {"kind": kind, "at_ms": 1000, **fields}}
        )
        if self._socket is not None:
            self._socket.send(json.dumps(self.records[-1]))

    def measure(self, **change: Any) -> None:
        figures = {"device": "USB", "heard": "yes", "late_ms": 60, "inserted_ms": 0, "dropped_ms": 0}
        self.tell("CaptureMeasured", **{"channel": "agent", **figures, **change})

    def _join(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        self.joined += 1
        socket.on_message(lambda text: self._hear(json.loads(text)))
        for record in self.records:
            socket.send(json.dumps(record))

    def _hear(self, message: dict[str, Any]) -> None:
        """That a hint is painted is the page's own report: when it comes is the browser's affair."""
        if message["type"] not in ("shown", "painted"):
            self.asked.append(("socket", message))

    def _answer(self, route: Route) -> None:
        path, method = route.request.url.removeprefix(ORIGIN).split("?")[0], route.request.method
        if not path.startswith("/api/"):
            file = DIST / ("index.html" if path == "/agent" else path.lstrip("/"))
            route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0])
            return
        body: dict[str, Any] = json.loads(route.request.post_data or "{}")
        if method != "GET":
            self.asked.append((f"{method} {path}", body))
        status, answer = self._reply(method, path, body)
        route.fulfill(status=status, content_type="application/json", body=json.dumps(answer))

    def _reply(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        match method, path:
            case "GET", "/api/session":
                return 200, self._session()
            case "POST", "/api/session":
                self.role = "agent"
                return 200, self._session()
            case "POST", _ if self.role != "agent":
                return 403 if self.role else 401, {"detail": "an agent's"}
            case "GET", "/api/headset" if self.has_headset:
                return 200, {"lines": self._lines(), "is_auto": False, "facts": FACTS, "call_id": self.running}
            case "GET", "/api/calls/latest" if self.records:
                return 200, {"call_id": "c1"}
            case "GET", "/api/calls/latest":
                return 204, None
            case "POST", "/api/calls":
                self.start({**FACTS, **body})
                return 201, {"call_id": "c1"}
            case "POST", "/api/calls/c1/end":
                self.running = None
                self.tell("CallEnded", reason="finished")
                self.tell("CallScored", total=90, fatal=0, groups=[], items=[])
                return 200, {"call_id": "c1"}
            case "PUT", "/api/calls/c1/facts":
                self.tell("FactsNoted", facts={**FACTS, **body})
                return 202, {**FACTS, **body}
        return 404, {"detail": "nothing here"}

    def _session(self) -> dict[str, Any]:
        person = self.role and {
            "id": f"u-{self.role}", "login": "linxw", "name": "林晓雯", "role": self.role, "team": "A",
            "agent_id": "1027", "may": MAY[self.role],
        }  # fmt: skip
        return {"person": person, "company": "锦和", "is_first_run": False}

    def close(self, code: int) -> None:
        assert self._socket is not None
        self._socket.close(code=code)

    def expect_joined(self, times: int) -> None:
        """So many sockets were opened, the last one with the page's knowledge."""

        def is_here() -> bool:
            self._page.evaluate("0")
            return self.joined >= times

        wait_until(is_here)
        expect(self._page.locator("body")).to_have_attribute("data-connection", "open")

    def expect_asked(self, *last: tuple[str, Any]) -> None:
        """What the page sent last, once it is here: a socket's message comes later than what the page then shows."""

        def is_here() -> bool:
            self._page.evaluate("0")  # lets the browser's messages in
            return tuple(self.asked[-len(last) :]) == last

        wait_until(is_here)

    def _lines(self) -> list[dict[str, Any]]:
        line = {"reason": "", "since_s": 3.0, "level_dbfs": -40.0}
        device = "" if self.far == "absent" else "Far"
        agent = {**line, "channel": "agent", "state": "ok", "device": "USB"}
        return [agent, {**line, "channel": "customer", "state": self.far, "device": device, "level_dbfs": None}]

    def start(self, facts: dict[str, Any]) -> None:
        self.running = "c1"
        channels = ["agent"] if self.far == "absent" else ["agent", "customer"]
        self.tell(
            "CallStarted", at_ms=0, call_id="c1", started_at="2026-11-22T09:00:00+08:00", channels=channels,
            facts=facts, rulebook_id="handbook", rulebook_version="1", settings_hash="x", engine="demo",
            engine_notice="", legend=asdict(legend(load_rulebook(HANDBOOK), 5_000, 15_000)),
        )  # fmt: skip
        self.measure(at_ms=20)
        if facts["recording_consent"]:
            self.tell("RecordingStarted", at_ms=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The new headless mode is the browser itself, with its mini window.
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            headless=False,
            args=["--headless=new", *FLAGS],
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    yield opened
    opened.close()


def test_a_call_is_filled_in_started_and_ended_by_key(page: Page) -> None:
    server = Server(page)
    expect(page.get_by_test_id("check-agent")).to_have_attribute("data-state", "ok")
    expect(page.get_by_test_id("check-customer")).to_contain_text("已就绪")  # nothing played is no fault
    corner = page.get_by_test_id("stage").bounding_box()
    page.get_by_test_id("facts-customer_name").press_sequentially("李 小 d")
    page.get_by_test_id("facts-recording_consent").check()
    page.keyboard.press("F2")
    expect(page.get_by_test_id("recording")).to_have_attribute("data-state", "on")
    server.expect_asked(("POST /api/calls", {"customer_name": "李 小 d", "recording_consent": True}))
    assert len(server.asked) == 1

    expect(page.get_by_test_id("end-call")).to_be_visible()  # once the headset, asked again, knows of the call
    page.keyboard.press("F2")
    expect(page.get_by_test_id("status-line")).to_contain_text("再按一次 F2 结束")
    expect(page.get_by_test_id("end-call")).to_have_attribute("data-armed", "false")  # once is nothing
    page.keyboard.press("F2")
    page.keyboard.press("F2")
    expect(page.get_by_test_id("score-total")).to_have_text("90")
    assert page.get_by_test_id("stage").bounding_box() == corner  # nothing jumps
    page.keyboard.press("f")
    expect(page.get_by_test_id("facts-customer_name")).to_have_value("")  # the next call is another customer's
    expect(page.get_by_test_id("facts-recording_consent")).not_to_be_checked()


def test_consent_is_told_and_taken_back_during_the_call(page: Page) -> None:
    server = Server(page)
    page.get_by_test_id("start-call").click()
    expect(page.get_by_test_id("recording")).to_have_attribute("data-state", "off")
    page.keyboard.press("f")
    page.get_by_test_id("facts-recording_consent").check()
    expect(page.get_by_test_id("facts-state")).to_have_attribute("data-state", "saved")
    server.expect_asked(("PUT /api/calls/c1/facts", {"recording_consent": True}))
    server.tell("RecordingStarted")
    server.tell("RecordingStopped", reason="withdrawn", detail="")
    expect(page.get_by_test_id("recording")).to_contain_text("录音已删除")
    server.tell("RecordingStarted")
    server.tell("RecordingStopped", at_ms=252_000, reason="disk_full", detail="")
    expect(page.get_by_test_id("status-line")).to_contain_text("磁盘已满 · 录音停在 04:12")


def test_a_missing_far_end_and_poor_sound_are_said(page: Page) -> None:
    server = Server(page, far="absent")
    expect(page.get_by_test_id("check-customer")).to_contain_text("--far")
    page.get_by_test_id("start-call").click()
    expect(page.get_by_test_id("channel-customer")).to_contain_text("无设备")
    expect(page.get_by_test_id("status-line")).to_contain_text("客户一侧没有设备")
    server.measure(inserted_ms=380, late_ms=1240)
    expect(page.get_by_test_id("channel-agent")).to_have_attribute("data-poor", "true")
    page.get_by_test_id("channel-agent").click()
    expect(page.get_by_test_id("capture-inserted")).to_contain_text("380 ms")
    expect(page.get_by_test_id("capture-no-far-end")).to_be_visible()


def test_without_a_headset_there_is_nothing_to_start(page: Page) -> None:
    server = Server(page, has_headset=False)
    server.start(FACTS)
    expect(page.get_by_test_id("clock")).to_be_visible()
    expect(page.get_by_test_id("open-facts")).to_be_visible()  # facts may be told in any running call
    expect(page.get_by_test_id("start-call")).to_have_count(0)
    expect(page.get_by_test_id("end-call")).to_have_count(0)


def test_the_page_lives_in_the_mini_window_and_comes_back(page: Page) -> None:
    server = Server(page)
    page.get_by_test_id("start-call").click()
    expect(page.get_by_test_id("clock")).to_be_visible()
    if not page.evaluate("'documentPictureInPicture' in window"):
        pytest.skip("this browser has no Document Picture-in-Picture")
    page.get_by_test_id("pip").click()
    expect(page.get_by_test_id("away")).to_contain_text("正在小窗中显示")
    small = "documentPictureInPicture.window.document"
    server.tell(
        "HintRaised", hint=1, rule="x", severity="warning", title="语速", say="放慢语速", why="w", clears_when="c",
        cite={"document": "001", "quote": ""}, start_ms=0, end_ms=900, evidence=[],
    )  # fmt: skip
    until(page, f"() => {small}.querySelector('[data-testid=hint]') !== null")
    assert page.evaluate(f"{small}.documentElement.lang") == "zh-CN"
    assert page.evaluate(f"getComputedStyle({small}.querySelector('[data-testid=hint]')).borderLeftWidth") == "8px"
    page.evaluate(f"{small}.body.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'd', bubbles: true }}))")
    server.expect_asked(("socket", {"type": "done", "hint_seq": len(server.records)}))
    page.get_by_test_id("bring-back").click()
    expect(page.get_by_test_id("hint")).to_be_visible()
    expect(page.get_by_test_id("away")).to_have_count(0)


def test_words_are_shown_for_reading_and_what_was_not_believed_after_the_call(page: Page) -> None:
    server = Server(page)
    server.start(FACTS)
    said = "这是公司规定一共三千五百元"
    times = [{"text": c, "start_ms": 200 * i, "end_ms": 200 * i + 200, "confidence": 0.9} for i, c in enumerate(said)]
    heard: dict[str, Any] = {"channel": "agent", "start_ms": 0, "end_ms": 2600}
    server.tell(
        "WordsHeard", at_ms=3000, **heard, text=said, words=times, lag_ms=400, shown="这是公司规定，一共3500元。"
    )
    evidence = [{**heard, "start_ms": 400, "end_ms": 1200, "quote": "公司规定"}]
    server.tell(
        "HintRaised", at_ms=3000, hint=1, rule="ban-policy", severity="warning", title="禁语", say="说明原因", why="",
        clears_when="", cite={"document": "001", "quote": ""}, start_ms=0, end_ms=2600, evidence=evidence,
    )  # fmt: skip
    line = page.get_by_test_id("line")
    expect(line.locator(".text")).to_contain_text("这是公司规定，一共3500元。")
    expect(line.locator(".marked")).to_have_text("公司规定")
    doubted = {"channel": "customer", "start_ms": 3000, "end_ms": 5000, "text": "字幕由志愿者提供"}
    server.tell("WordsSuppressed", at_ms=6000, **doubted, reason="phantom_line")
    expect(page.get_by_test_id("suppressed")).to_have_count(0)  # nothing the agent needs now
    server.tell("CallEnded", at_ms=9000, reason="finished")
    page.get_by_test_id("suppressed").locator("summary").click()
    expect(page.get_by_test_id("suppressed")).to_contain_text("字幕由志愿者提供")
    expect(page.get_by_test_id("suppressed")).to_contain_text("空想字幕")


def test_the_countdown_of_a_silent_call_stops_when_the_agent_speaks_on(page: Page) -> None:
    server = Server(page)
    server.start(FACTS)
    said = {"say": "您好，请问有什么可以帮您？", "next_say": "您好！", "wait_ms": 5000}
    server.tell("SilentCallStep", step=1, state="wait", wait_from_ms=900, **said)
    step = page.get_by_test_id("step")
    expect(step.get_by_test_id("countdown")).to_be_visible()
    server.tell("TurnStarted", at_ms=1500, channel="agent", start_ms=1400)
    expect(step).to_have_attribute("data-state", "say")
    expect(step.get_by_test_id("countdown")).to_have_count(0)
    server.tell("TurnEnded", at_ms=3300, channel="agent", start_ms=1400, end_ms=3000)
    server.tell("SilentCallStep", at_ms=3300, step=1, state="wait", wait_from_ms=3000, **said)
    expect(step.get_by_test_id("countdown")).to_be_visible()


def test_notifications_are_asked_for_by_a_click_and_stay_off_where_they_are_refused(page: Page) -> None:
    page.add_init_script("""window.asked = 0
Object.defineProperty(Notification, "permission", { get: () => window.asked ? "denied" : "default" })
Notification.requestPermission = async () => { window.asked += 1; return "denied" }""")
    Server(page)
    page.get_by_test_id("open-settings").click()
    box = page.get_by_test_id("setting-notification")
    expect(box).not_to_be_checked()
    assert page.evaluate("window.asked") == 0
    box.click()
    expect(box).to_be_disabled()
    expect(box).not_to_be_checked()
    assert page.evaluate("window.asked") == 1


def test_a_role_that_only_looks_sees_everything_and_is_told_whose_the_rest_is(page: Page) -> None:
    server = Server(page, role="qa")
    line = page.get_by_test_id("status-line")
    expect(line).to_contain_text("只能看，不能操作")
    server.start(FACTS)
    raise_hint(server)
    expect(page.get_by_test_id("hint-say")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("hint-say")).to_be_visible()
    page.get_by_test_id("account").click()
    expect(page.get_by_test_id("who")).to_contain_text("质检")
    assert not [message for to, message in server.asked if to == "socket" and message["type"] == "dismissed"]


def test_a_session_that_ends_leaves_the_call_on_the_page_and_the_same_person_goes_on(page: Page) -> None:
    server = Server(page)
    server.start(FACTS)
    raise_hint(server)
    expect(page.get_by_test_id("hint-say")).to_be_visible()
    joined, server.role = server.joined, None
    server.close(4401)
    over = page.get_by_test_id("session-ended")
    expect(over).to_be_visible()
    expect(page.get_by_test_id("hint-say")).to_be_visible()
    over.get_by_test_id("field-password").fill("a long enough password")
    page.keyboard.press("Enter")
    expect(over).to_have_count(0)
    server.expect_joined(joined + 1)  # the page opens its line anew, and may send then
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("hint-say")).not_to_be_visible()
    server.expect_asked(("socket", {"type": "dismissed", "hint_seq": server.records[-1]["seq"]}))


def raise_hint(server: Server) -> None:
    server.tell(
        "HintRaised", hint=1, rule="midcall-dead-air", severity="warning", title="静默", say="请问还在吗？", why="5 秒",
        clears_when="", cite={"document": "002", "quote": ""}, start_ms=0, end_ms=5000, evidence=[],
    )  # fmt: skip
