"""The lanes of a replayed call in a real browser: what is drawn of its figures and sound, spans chosen on them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM
from tests.waiting import wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect

from tests.browser import replayed
from tests.browser.people import DIST
from tests.browser.replayed import Served, at, position

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
served, launched, browser = replayed.served, replayed.launched, replayed.browser
WINDOW_MS = 120_000  # of the call that is shown first

INK = """([lane, from, to]) => {
  const canvas = document.querySelector(`[data-testid=${lane}] canvas`)
  const [left, right] = [from, to].map((share) => Math.round(share * canvas.width))
  const { data } = canvas.getContext("2d").getImageData(left, 0, right - left, canvas.height)
  const isAgents = (at) => [0x1a, 0x57, 0xc2].every((part, of) => Math.abs(data[at + of] - part) < 40)
  return Array.from({ length: data.length / 4 }, (_, at) => isAgents(4 * at)).filter(Boolean).length
}"""  # pixels of the agent's line between two shares of a lane's width


def drag(page: Page, from_share: float, to_share: float) -> None:
    """Over the lanes, by the mouse; shares of their width."""
    board = page.get_by_test_id("board").bounding_box()
    assert board is not None
    page.mouse.move(board["x"] + board["width"] * from_share, board["y"] + 60)
    page.mouse.down()
    page.mouse.move(board["x"] + board["width"] * to_share, board["y"] + 70, steps=4)
    page.mouse.up()


def place(page: Page, name: str) -> tuple[float, float]:
    """Where in the lanes, or in the strip of the whole call, it begins and ends, in per cent."""
    found = page.get_by_test_id(name).evaluate(
        """(one) => {
          const [{ left, right }, lane] = [one.getBoundingClientRect(), one.parentElement.getBoundingClientRect()]
          return [left, right].map((x) => (100 * (x - lane.left)) / lane.width)
        }"""
    )
    return found[0], found[1]


def spot(start_ms: float, end_ms: float) -> Any:
    """The same of a span of the call, while the first two minutes are shown."""
    return pytest.approx((100 * start_ms / WINDOW_MS, 100 * end_ms / WINDOW_MS), abs=0.3)


def told(page: Page, served: Served, what: str) -> Any:
    return page.request.get(f"{served.address}/api/calls/{served.call_id}/{what}").json()


def test_the_team_is_called_by_its_name(browser: Browser, served: Served) -> None:
    expect(served.page(browser, "xu").get_by_test_id("team")).to_have_text("一组")


def test_no_figure_is_drawn_where_the_agent_does_not_speak(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    expect(page.get_by_test_id("pitch-label")).to_contain_text("变化，半音低于 1.2 偏平")
    records = told(page, served, "records")
    turns = [
        one["event"] for one in records if one["event"]["kind"] == "TurnEnded" and one["event"]["channel"] == "agent"
    ]
    pauses = [(one["end_ms"] + 400, after["start_ms"] - 400) for one, after in pairwise(turns)]
    long = [(start, end) for start, end in pauses if start < end < WINDOW_MS]
    assert len(long) > 5
    for lane in ("lane-pace", "lane-pitch"):
        wait_until(lambda lane=lane: page.evaluate(INK, [lane, 0, 1]) > 200)
        drawn = [page.evaluate(INK, [lane, start / WINDOW_MS, end / WINDOW_MS]) for start, end in long]
        assert drawn == [0] * len(long), lane
    at(page, 60_000)  # by then the usual variation of this voice is known
    expect(page.get_by_test_id("pitch-label")).not_to_contain_text("1.2")


def test_what_is_muted_or_was_lost_is_hatched_and_said(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    expect(page.get_by_test_id("lane-muted")).to_have_attribute("title", re.compile("已消音"))
    (muted,) = told(page, served, "audio/peaks")["muted"]
    assert place(page, "lane-muted") == spot(muted["start_ms"], muted["end_ms"])
    own = served.page(browser, "lin")
    expect(own.get_by_test_id("waves")).to_be_visible()
    expect(own.get_by_test_id("lane-muted")).to_have_count(0)  # who may know hears all

    def lose(route: Any) -> None:
        records = route.fetch().json()
        gone = {"kind": "ChannelLost", "at_ms": 31_000, "channel": "customer", "start_ms": 30_000}
        back = {"kind": "ChannelBack", "at_ms": 36_000, "channel": "customer", "start_ms": 30_000, "end_ms": 36_000}
        then = next(at for at, one in enumerate(records) if one["event"]["at_ms"] > 36_000)
        records[then:then] = [{**records[then], "event": event} for event in (gone, back)]
        route.fulfill(json=records)

    page.route("**/records", lose)
    page.reload()
    expect(page.get_by_test_id("lane-lost")).to_have_attribute("title", "没有声音数据")
    assert place(page, "lane-lost") == spot(30_000, 36_000)
    expect(page.get_by_test_id("player").get_by_role("list", name="提示与证据")).to_contain_text(
        "00:30–00:36 客户 没有声音"
    )


def test_a_span_that_is_dragged_is_looped_commented_and_let_go(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    drag(page, 0.30, 0.25)
    chosen = place(page, "chosen-span")
    assert chosen == spot(30_000, 36_000)
    assert position(page) == pytest.approx(30_000, abs=300)
    page.keyboard.press("l")
    assert place(page, "loop-span") == pytest.approx(chosen, abs=0.2)
    page.get_by_test_id("comments").get_by_role("textbox").fill("这一段再听听")
    drag(page, 0.5, 0.55)  # meanwhile another one
    assert place(page, "loop-span") == spot(60_000, 66_000)
    page.get_by_test_id("comments").get_by_role("textbox").press("Control+Enter")
    expect(page.get_by_test_id("comment-span")).to_have_count(1)
    (span,) = [
        one["act"]["span"] for one in told(page, served, "review")["entries"] if one["act"]["kind"] == "commented"
    ]
    assert (span["start_ms"], span["end_ms"]) == pytest.approx((60_000, 66_000), abs=300)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    for name in ("chosen-span", "loop-span"):
        expect(page.get_by_test_id(name)).to_have_count(0)
    assert page.url.endswith(served.call_id)  # that was no way back to the list
    drag(page, 0.1, 0.2)
    expect(page.get_by_test_id("chosen-span")).to_have_count(1)
    drag(page, 0.4, 0.4)
    expect(page.get_by_test_id("chosen-span")).to_have_count(0)
    assert position(page) == pytest.approx(48_000, abs=300)


def test_closer_the_sound_is_drawn_finer(browser: Browser, served: Served) -> None:
    """The whole is coarse here as that of an hour is."""
    page = served.page(browser, "xu")

    def coarse(route: Any) -> None:
        route.continue_(url=route.request.url.replace("points=20000", "points=200"))

    page.route("**/audio/peaks?points=20000", coarse)
    page.reload()
    waves = page.get_by_test_id("waves")
    expect(waves).to_have_attribute("data-per-ms", "40")  # two minutes: 880 ms were too coarse for them
    at(page, 60_000)
    left, right = place(page, "overview-window")
    page.keyboard.press("z")
    page.get_by_test_id("zoom-in").click()
    expect(waves).to_have_attribute("data-per-ms", "20")
    closer = place(page, "overview-window")
    assert closer[1] - closer[0] == pytest.approx((right - left) / 4, abs=0.1)
    assert closer[0] < 100 * 60_000 / 172_320 < closer[1]
    page.keyboard.down("Control")
    page.get_by_test_id("board").hover()
    page.mouse.wheel(0, 120)
    page.keyboard.up("Control")
    wait_until(
        lambda: place(page, "overview-window")[1] - place(page, "overview-window")[0] > 1.9 * (closer[1] - closer[0])
    )
    page.keyboard.press("x")
    page.keyboard.press("x")
    expect(page.get_by_test_id("zoom-out")).to_be_disabled()


def test_an_item_of_the_address_is_in_sight_with_the_position_at_its_evidence(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    records = page.request.get(f"{served.address}/api/calls/{served.call_id}/records").json()
    score = next(one["event"] for one in records if one["event"]["kind"] == "CallScored")
    late = [one for one in score["items"] if one["evidence"] and one["evidence"][0]["start_ms"] > WINDOW_MS]
    page.goto(f"{served.address}/qa/calls/{served.call_id}?item={late[0]['rule']}")
    wait_until(lambda: position(page) == late[0]["evidence"][0]["start_ms"])
    expect(page.get_by_test_id("cursor")).to_be_visible()
    expect(page.get_by_test_id("lane-evidence").first).to_be_visible()
    page.goto(f"{served.address}/qa/calls/{served.call_id}?at=1")
    page.get_by_test_id("cursor").wait_for()
    page.locator(f"[data-testid=score-item][data-rule={late[0]['rule']}] .name").click()
    expect(page.get_by_test_id("lane-evidence").first).to_be_visible()


def test_of_several_pieces_of_evidence_the_one_heard_last_is_looped(browser: Browser, served: Served) -> None:
    page = served.page(browser, "xu")
    score = next(one["event"] for one in told(page, served, "records") if one["event"]["kind"] == "CallScored")
    items = {item["rule"]: item["evidence"] for item in score["items"]}
    (_, second), (other, *_) = items["self-identify"], items["speech-rate-150"]
    page.get_by_test_id("score-item").filter(has_text="自报家门").locator(".name").click()
    pieces = page.get_by_test_id("one-evidence")
    expect(pieces).to_have_count(2)
    expect(pieces.first).to_have_attribute("aria-current", "true")
    pieces.nth(1).click()
    expect(pieces.nth(1)).to_have_attribute("aria-current", "true")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-label", "播放")  # over by itself
    page.keyboard.press("l")
    assert place(page, "loop-span") == spot(second["start_ms"], second["end_ms"])
    page.keyboard.press("l")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("l")
    assert place(page, "loop-span") == spot(other["start_ms"], other["end_ms"])
