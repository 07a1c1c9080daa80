"""What every page keeps: at 200 % zoom, in forced colours, from another machine, and for those who read by headings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import FLAGS
from pipeline.folders import dashboard
from pipeline.server.app import Edges, create_app
from pipeline.server.writers import Writers
from tests.server.conftest import Centre, hint
from tests.server.test_real_server import serving
from tests.waiting import wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_live_page import (
    CHROMIUM,
    FACTS,
    Server,
    browser as browser,
    page as page,
    pytestmark as pytestmark,
)

DESK = "desk-7.example"
TOKEN = "a-token-of-the-test"
SPOKEN: dict[str, Any] = {"channel": "agent", "start_ms": 0, "end_ms": 2600, "text": "这是公司规定", "lag_ms": 400}
LEVEL: dict[str, Any] = {"speech_dbfs": -24.0, "snr_db": 22.0, "clipped_share": 0.0}
DEVICES = [
    {"name": "usb-mic", "label": "USB 耳机", "kind": "microphone", "is_default": True, "state": "ok", "reason": "",
     "level_dbfs": -31.0},
    {"name": "out.monitor", "label": "耳机放音", "kind": "loopback", "is_default": True, "state": "idle", "reason": "",
     "level_dbfs": None},
]  # fmt: skip


class WithDevices(Server):
    """The played server, with devices to choose among."""

    def _reply(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/api/headset/trial":
            return 200, {"devices": DEVICES, "mic": "default", "far": "auto"}
        if path == "/api/headset/devices":
            return 200, {**body, "kept_in": "callcoach.toml", "fault": ""}
        return super()._reply(method, path, body)


def talk(server: Server) -> None:
    server.start(FACTS)
    words = [{"text": c, "start_ms": 200 * i, "end_ms": 200 * i + 200, "confidence": 0.9} for i, c in enumerate("这是")]
    server.tell("WordsHeard", **SPOKEN, words=words, shown="这是公司规定。")
    server.tell("LevelMeasured", channel="agent", start_ms=0, end_ms=2600, **LEVEL)
    server.tell("SilenceStarted", start_ms=500, silence="both", limit_ms=5000)


def inside(page: Page, test_id: str) -> bool:
    """Whether all of it is on the screen and nothing lies in front of it."""
    found: bool = page.get_by_test_id(test_id).evaluate(
        """(element) => {
          const { left, top, right, bottom } = element.getBoundingClientRect()
          const front = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
          return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && element.contains(front)
        }"""
    )
    return found


@pytest.mark.parametrize("size", [(640, 360), (683, 384), (768, 432), (960, 540)])
def test_words_level_and_silence_stay_on_a_laptop_at_200_percent(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    server = Server(page)
    talk(server)
    expect(page.get_by_test_id("line")).to_have_text([r"00:00坐席这是公司规定。"], use_inner_text=False)
    expect(page.get_by_test_id("level-value")).to_have_text("−24")
    assert [inside(page, part) for part in ("line", "meter-level", "meter-silence", "stage")] == [True] * 4
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_mini_window_has_them_behind_a_key_and_a_hint_goes_before(page: Page) -> None:
    page.set_viewport_size({"width": 380, "height": 600})
    server = Server(page)
    talk(server)
    expect(page.get_by_test_id("clock")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_test_id("line")).to_be_visible()
    assert [inside(page, part) for part in ("line", "meter-level", "meter-silence")] == [True] * 3
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("details")).to_have_count(0)
    page.get_by_test_id("more").click()
    page.get_by_test_id("more-details").click()
    expect(page.get_by_test_id("details")).to_be_visible()
    cite = {"document": "001", "quote": ""}
    server.tell(
        "HintRaised", hint=1, rule="x", severity="tip", title="语速", say="慢一点", why="", clears_when="", cite=cite,
        start_ms=0, end_ms=900, evidence=[],
    )  # fmt: skip
    expect(page.get_by_test_id("details")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_keep_who_spoke_and_what_kind_a_hint_is(browser: Browser, scheme: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, forced_colors="active", color_scheme=scheme)
    server = Server(page)
    talk(server)
    back = "getComputedStyle(document.querySelector('[data-testid=transcript]')).backgroundColor"
    dot = "getComputedStyle(document.querySelector('[data-testid=line] .dot')).backgroundColor"
    expect(page.get_by_test_id("line")).to_be_visible()
    assert page.evaluate(dot) != page.evaluate(back)
    cite = {"document": "001", "quote": ""}
    lines = {}
    for number, severity in enumerate(("critical", "warning", "tip"), 1):
        server.tell(
            "HintRaised", hint=number, rule="x", severity=severity, title="语速", say="慢一点", why="", clears_when="",
            cite=cite, start_ms=0, end_ms=900, evidence=[],
        )  # fmt: skip
        card = page.get_by_test_id("hint")
        expect(card).to_have_attribute("data-severity", severity)
        lines[severity] = card.evaluate("(card) => getComputedStyle(card).borderLeftStyle")
        assert card.evaluate("(card) => parseInt(getComputedStyle(card).borderLeftWidth)") >= 8
    assert len(set(lines.values())) == 3
    page.close()


def test_every_page_has_one_heading_of_its_own(page: Page) -> None:
    server = Server(page)
    for width in (1280, 380):
        page.set_viewport_size({"width": width, "height": 600})
        expect(page.locator("h1")).to_have_count(1)
    talk(server)
    expect(page.get_by_test_id("clock")).to_be_visible()
    expect(page.locator("h1")).to_have_count(1)


def test_devices_are_tried_with_a_live_level_and_chosen(page: Page) -> None:
    server = WithDevices(page)
    page.get_by_test_id("channel-agent").click()
    page.get_by_test_id("open-devices").click()
    mic = page.get_by_test_id("device-usb-mic")
    expect(mic).to_contain_text("有声音")
    expect(mic.get_by_role("meter")).to_have_attribute("aria-valuenow", "-31")
    mic.get_by_role("radio").check()
    page.get_by_label("不接客户一侧").check()
    page.get_by_test_id("devices-choose").click()
    expect(page.get_by_test_id("devices-state")).to_contain_text("已写入 callcoach.toml")
    assert ("PUT /api/headset/devices", {"mic": "usb-mic", "far": "none"}) in server.asked


@pytest.fixture
def away(tmp_path: Path) -> Iterator[str]:
    """A server with a running call, by an address that is not this machine's own."""
    centre = Centre(tmp_path)
    centre.call("a").feed([hint(20, 1)])
    edges = Edges(writers=Writers(TOKEN))
    app = create_app(centre.store, centre.hub, centre.running, dist=dashboard(), edges=edges, hosts=[DESK])
    with serving(app) as address:
        yield address.replace("127.0.0.1", DESK)


def test_a_page_from_elsewhere_says_what_it_may_do_and_takes_the_token(browser: Browser, away: str) -> None:
    rules = f"--host-resolver-rules=MAP {DESK} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    elsewhere = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS[:-1], rules])
    page = elsewhere.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{away}/agent/a?call=a")
    line = page.get_by_test_id("status-line")
    expect(line).to_contain_text("从别的电脑打开，只能看")
    expect(page.locator("body")).not_to_contain_text("Authorization")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("hint")).to_be_visible()
    page.get_by_test_id("open-access").click()
    page.get_by_label("令牌").fill("a-guess-of-somebody")
    page.get_by_test_id("access-show").click()
    expect(page.get_by_test_id("access-state")).to_contain_text("令牌不对")
    page.get_by_label("令牌").fill(TOKEN)
    page.get_by_test_id("access-show").click()
    expect(page.get_by_test_id("access")).to_have_count(0)
    expect(line).not_to_contain_text("只能看")
    # The line is opened anew as one that is heard; until it is, an answer is not taken and the hint stays.
    wait_until(lambda: page.keyboard.press("Escape") or page.get_by_test_id("hint").count() == 0)
    elsewhere.close()
