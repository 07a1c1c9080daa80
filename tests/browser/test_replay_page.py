"""A stored call replayed in a real browser, on `callcoach serve`: heard, followed, seen as its agent saw it then."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM
from tests.waiting import wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect

from tests.browser import replayed
from tests.browser.replayed import Served, at, position

DIST = Path(__file__).parents[2] / "dashboard" / "dist"
AXE = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
served, launched, browser = replayed.served, replayed.launched, replayed.browser
TOLD = 200  # moments of the call at which both pages are compared

TOLD_BY_TEST = """window.WebSocket = class extends EventTarget {
  static OPEN = 1
  static CONNECTING = 0
  readyState = 1
  constructor() {
    super()
    window.tell = (records) => records.forEach((record) => this.onmessage({ data: JSON.stringify(record) }))
    queueMicrotask(() => this.onopen())
  }
  send() {}
  close() {}
}"""  # the line of a live page: what comes over it comes at the moment the test says

STAGE = """() => {
  const stage = document.querySelector("[data-testid=stage]").cloneNode(true)
  stage.querySelectorAll(".sr-only").forEach((one) => one.remove()) // what was said aloud a moment before is no picture
  for (const one of [stage, ...stage.querySelectorAll("*")]) {
    for (const { name } of [...one.attributes]) if (name.startsWith("data-v-")) one.removeAttribute(name)
  }
  return stage.outerHTML.replaceAll("<!---->", "").replaceAll("<!--v-if-->", "")
}"""


def advances(page: Page, from_ms: int, by_ms: int = 300) -> None:
    wait_until(lambda: position(page) > from_ms + by_ms)


def test_it_plays_on_from_where_one_goes_and_only_then_was_listened_to(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    expect(page.get_by_test_id("waves")).to_be_visible()  # drawn from the peaks
    assert (page.evaluate("media.src"), served.listened()) == ("", 0)
    line = page.get_by_test_id("replay-line").nth(5)
    line.click()
    begins = position(page)
    assert begins > 10_000
    page.get_by_test_id("play").click()
    advances(page, begins)
    assert page.evaluate("media.currentTime * 1000") > begins
    expect(page.get_by_test_id("seen").get_by_test_id("stage")).to_be_visible()
    expect(page.get_by_test_id("figure-word").first).to_have_text(
        re.compile("^(正常|偏慢|偏快|偏平|起伏大|偏轻|偏响)$")
    )
    board = page.get_by_test_id("board").bounding_box()
    assert board is not None
    page.mouse.click(board["x"] + board["width"] * 0.75, board["y"] + 60)
    wait_until(lambda: 85_000 < position(page) < 95_000)
    advances(page, 90_000)
    page.get_by_test_id("play").click()
    assert served.listened() == 1


def test_twice_as_fast_the_voice_is_as_high_as_before(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("=")
    advances(page, 0)
    assert page.evaluate("[media.playbackRate, media.preservesPitch]") == [2, True]
    expect(page.get_by_test_id("speed-2")).to_have_attribute("aria-checked", "true")


def test_a_span_is_heard_again_and_again(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    page.get_by_test_id("replay-line").nth(3).click()
    begins = position(page)
    page.keyboard.press("l")
    expect(page.get_by_test_id("loop-span")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("=")
    page.keyboard.press("Space")
    advances(page, begins, 200)
    seen = [begins]

    def has_come_back() -> bool:
        seen.append(position(page))
        return seen[-1] < max(seen) - 500

    wait_until(has_come_back)
    assert begins <= seen[-1] < max(seen)


def test_a_loop_up_to_the_end_of_the_call_goes_round(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    page.get_by_test_id("play").click()
    wait_until(lambda: page.evaluate("media.duration > 0"))
    page.get_by_test_id("play").click()
    end = page.evaluate("Math.floor(media.duration * 1000)")
    at(page, end - 1500)
    board = page.get_by_test_id("board").bounding_box()
    assert board is not None
    page.mouse.move(board["x"] + board["width"] * 0.985, board["y"] + 60)
    page.mouse.down()
    page.mouse.move(board["x"] + board["width"] + 20, board["y"] + 60, steps=4)
    page.mouse.up()
    page.keyboard.press("l")
    begins = position(page)
    assert end - 4_000 < begins < end
    page.evaluate("() => { window.ends = 0; media.addEventListener('ended', () => window.ends++) }")
    page.keyboard.press("Space")
    wait_until(lambda: page.evaluate("window.ends") >= 2)
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "暂停")


def test_one_side_is_heard_alone(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    at(page, 108_000)  # the agent alone speaks for seconds
    page.keyboard.press("Space")
    wait_until(lambda: page.evaluate("window.tap ? loudness() : 0") > 0.02)
    page.get_by_test_id("sides").select_option("customer")
    wait_until(lambda: page.evaluate("loudness()") < 0.003)
    assert position(page) < 128_000
    page.get_by_test_id("sides").select_option("agent")
    wait_until(lambda: page.evaluate("loudness()") > 0.02)


def test_evidence_plays_with_its_lead_in_marked_and_stops_behind_it(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    items = page.get_by_test_id("score-item")
    count = items.count()
    for _ in range(count):
        page.keyboard.press("ArrowDown")
        if page.get_by_test_id("lane-evidence").count():
            break
    page.keyboard.press("p")
    expect(page.get_by_test_id("lead-in")).to_have_count(1)
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "暂停")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "播放")  # by itself
    expect(page.get_by_test_id("lead-in")).to_have_count(0)


def test_the_keyboard_is_enough(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    page.keyboard.press("]")
    first = position(page)
    page.keyboard.press("]")
    second = position(page)
    assert 0 < first < second
    page.keyboard.press("[")
    assert position(page) == first
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    assert position(page) == first + 4_000
    page.keyboard.press(",")
    before = position(page)
    page.keyboard.press(".")
    assert position(page) > before
    page.keyboard.press("/")
    page.keyboard.type("qingshaodeng")  # 请稍等
    expect(page.get_by_test_id("search-found")).to_have_text("1 / 1")
    expect(page.locator(".row.found")).to_contain_text("请稍等")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("循环此段")
    page.keyboard.press("Enter")  # no more than to close it
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("]")
    assert position(page) != before
    page.keyboard.press("Escape")
    page.wait_for_url("**/qa")


def test_words_not_known_then_are_hidden_until_asked_for(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    records = page.request.get(f"{served.address}/api/calls/{served.call_id}/records").json()
    late = next(one["event"] for one in records if one["event"]["kind"] == "WordsHeard")
    at(page, late["at_ms"] - 20)
    expect(page.get_by_test_id("seen")).not_to_contain_text(late["text"][:4])
    page.get_by_test_id("shows-unknown").check()
    expect(page.get_by_test_id("unknown-line")).to_contain_text(late["text"][:4])
    at(page, late["at_ms"])
    expect(page.get_by_test_id("unknown-line")).to_have_count(0)


def test_without_a_recording_everything_but_sound_is_there(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu", "silent")
    expect(page.get_by_test_id("mute")).to_contain_text("未同意录音，只有记录")
    expect(page.get_by_test_id("play")).to_be_disabled()
    expect(page.get_by_test_id("score-item")).to_have_count(1)
    page.keyboard.press("Shift+ArrowRight")
    assert position(page) == 1_000


def test_a_recording_that_is_withdrawn_meanwhile_plays_no_further_and_says_why(
    browser: Browser, served: Served
) -> None:
    page = served.page(browser, "xu")
    page.get_by_test_id("play").click()
    advances(page, 0)
    last = page.evaluate("fetch(`/api/calls/${location.pathname.split('/').pop()}/records`).then((a) => a.json())")[-1]
    gone = {"kind": "RecordingStopped", "at_ms": last["event"]["at_ms"], "reason": "withdrawn", "actor": "lin"}
    told = json.dumps([{"call_id": last["call_id"], "seq": last["seq"] + 1, "event": gone}])
    page.route("**/records?after=*", lambda asked: asked.fulfill(body=told, content_type="application/json"))
    expect(page.get_by_text("录音同意已撤回，录音已删除").first).to_be_visible()
    assert page.evaluate("[media.paused, media.getAttribute('src')]") == [True, None]
    assert page.get_by_test_id("waves").count() == 0


def test_another_agents_call_is_not_theirs_and_ones_own_is(browser: Browser, served: Served) -> None:
    page = served.page(browser, "lin")
    expect(page.get_by_test_id("score-item").first).to_be_visible()
    page = served.signed(browser, "wu").new_page()
    page.goto(f"{served.address}/qa/calls/{served.call_id}")
    expect(page.get_by_test_id("failed")).to_contain_text("不在您的权限内")


def test_who_may_not_listen_sees_everything_else(browser: Browser, served: Served) -> None:
    context = served.signed(browser, "xu")
    page = context.new_page()

    def answer(route: Any) -> None:
        told = route.fetch().json()
        told["person"]["may"].remove("call.listen")
        route.fulfill(json=told)

    page.route("**/api/session", answer)
    page.goto(f"{served.address}/qa/calls/{served.call_id}")
    expect(page.get_by_test_id("mute")).to_contain_text("您没有听录音的权限")
    expect(page.get_by_test_id("play")).to_be_disabled()
    expect(page.get_by_test_id("replay-line").first).to_be_visible()


def test_lines_are_marked_where_something_was_found(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    told = page.request.get(f"{served.address}/api/calls/{served.call_id}/records").json()
    quotes = {
        span["quote"] for one in told if one["event"]["kind"] == "HintRaised" for span in one["event"]["evidence"]
    }
    marked = page.locator("[data-testid=replay-line] .marked")
    expect(marked.first).to_be_visible()
    assert set(marked.all_inner_texts()) & quotes
    assert all(page.get_by_test_id("line-mark").all_inner_texts())


def test_where_nobody_knows_what_is_private_that_is_the_reason_not_ones_rights(
    browser: Browser, served: Served
) -> None:
    page = served.signed(browser, "xu").new_page()
    page.route("**/audio", lambda route: route.fulfill(status=403))  # tests/server/test_masked.py has when
    page.goto(f"{served.address}/qa/calls/{served.call_id}")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("mute")).to_contain_text("隐私还静不了音")


def test_at_random_moments_the_stage_is_what_the_live_page_showed(browser: Browser, served: Served) -> None:
    """The same records come to a live page one after another, its clock stopped at each moment."""
    replayed = served.page(browser, "xu")
    told = replayed.request.get(f"{served.address}/api/calls/{served.call_id}/records").json()
    over = next(one["event"]["at_ms"] for one in told if one["event"]["kind"] == "CallEnded")
    live = served.signed(browser, "xu", viewport={"width": 436, "height": 640}).new_page()
    live.clock.install()
    live.clock.pause_at("2030-01-01")
    live.add_init_script(TOLD_BY_TEST)
    live.goto(f"{served.address}/agent?call={served.call_id}")
    wait_until(
        lambda: live.evaluate(
            "typeof window.tell === 'function' && document.querySelector('[data-testid=stage]') !== null"
        )
    )
    live.clock.run_for(25)  # the page looks at its clock every 50 ms: half between two looks
    seen, done = set(), 0
    for ms in sorted(random.Random(5).sample(range(50, over, 50), TOLD)):
        fresh = [one for one in told[done:] if one["event"]["at_ms"] <= ms]
        done += len(fresh)
        fresh.append({"call_id": served.call_id, "seq": None, "event": {"kind": "ClockTicked", "at_ms": ms}})
        live.evaluate("(records) => tell(records)", fresh)
        live.clock.run_for(50)
        at(replayed, ms)
        shown, again = live.evaluate(STAGE), replayed.evaluate(STAGE)
        assert again == shown, f"at {ms} ms"
        seen.add(json.dumps(re.findall(r'data-(?:stage|rule)="([^"]*)"', shown)))
    assert len(seen) > 5  # the call has hints, waits and rest


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_nothing_serious_is_found_by_axe(browser: Browser, served: Served, width: int, colours: str) -> None:
    size: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": colours, "bypass_csp": True}
    page = served.page(browser, "xu", **size)
    page.keyboard.press("]")
    page.keyboard.press("ArrowDown")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.get_by_test_id("waves").wait_for()
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    serious = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
