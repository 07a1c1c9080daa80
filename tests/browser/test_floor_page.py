"""The floor in a real browser: the built page on a server that plays a made-up floor (benchmarks/floor/played.py)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS
from benchmarks.floor.made_up import MadeUp
from benchmarks.floor.played import DIST, Played, served

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.browser.floor_said import records
from tests.browser.test_people_pages import AXE, serious

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
HELP, COMPLAINT, SILENCE = "1003", "1004", "1005"  # whose cases MadeUp opens first, of 48
SHOTS = os.environ.get("CALLCOACH_SHOTS")  # a folder for pictures to look at


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


@contextmanager
def shown(browser: Browser, agents: int = 48, **context: Any) -> Iterator[tuple[Page, Played]]:
    floor = MadeUp(agents)
    played = Played(floor)
    for call in floor.calls.values():
        played.records[call["call_id"]] = records(call["call_id"], call["digest"]["at_ms"])
    with served(played) as address:
        size = {"viewport": {"width": 1280, "height": 800}, "timezone_id": "Asia/Shanghai"}
        page = browser.new_page(**{**size, **context})
        page.goto(f"{address}/floor")
        expect(page.get_by_test_id("seats")).to_be_visible()
        yield page, played
        page.close()


def case(page: Page, agent_id: str) -> Any:
    return page.locator(f'[data-testid=shelf-case][data-agent-case="{agent_id}"]')


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("agents", [6, 48, 200])
def test_nothing_serious_is_found_by_axe_and_nothing_scrolls_sideways(
    browser: Browser, agents: int, scheme: Any
) -> None:
    with shown(browser, agents, color_scheme=scheme) as (page, _):
        for width in (380, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            assert serious(page) == [], width
            page.keyboard.press("1")
            expect(page.get_by_test_id("sees-now")).to_be_visible()
            assert serious(page) == [], width
            page.keyboard.press("Escape")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("path", "ready"), [("plan", "plan-A 组"), ("day", "day-case")])
def test_nothing_serious_is_found_by_axe_on_the_plan_and_the_day(
    browser: Browser, path: str, ready: str, scheme: Any
) -> None:
    with shown(browser, 48, color_scheme=scheme) as (page, _):
        page.goto(page.url.replace("/floor", f"/floor/{path}"))
        expect(page.get_by_test_id(ready).first).to_be_visible()
        for width in (380, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            assert serious(page) == [], width
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/floor-{path}-{scheme}.png")


def test_a_lead_opens_says_a_sentence_takes_and_closes_by_keys(browser: Browser) -> None:
    with shown(browser) as (page, played):
        played.floor.calls[HELP] |= {"customer": "张女士", "peer": "…6021", "company": "华信"}
        expect(case(page, HELP)).to_contain_text("张女士：“床都湿了")
        assert case(page, HELP).get_attribute("data-taken") == "false"
        page.keyboard.press("1")
        expect(page.get_by_test_id("open-tile")).to_have_attribute("data-agent-open", HELP)
        expect(page.get_by_test_id("who")).to_have_text("A 组 · 1003 · 张女士 · …6021 · 华信")
        expect(page.get_by_test_id("sees-now")).to_contain_text("先听，不解释")
        expect(page.get_by_test_id("figures")).to_contain_text("语速 146 正常")
        expect(page.get_by_test_id("line")).to_have_count(8)
        lanes = page.get_by_test_id("lanes")
        expect(lanes).to_be_visible()  # at 800, too
        expect(lanes.locator("path.customer")).to_have_attribute("d", re.compile(r"M[34]\d "))  # a minute ago
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/floor-open.png")
        page.keyboard.press("s")
        page.keyboard.type("约他明天 10:00 面谈，我到场")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("whisper-newest")).to_have_attribute("data-seen", "false")
        played.floor.whisper(f"call-{HELP}", "约他明天 10:00 面谈，我到场", is_seen=True)
        expect(page.get_by_test_id("whisper-newest")).to_have_attribute("data-seen", "true")
        page.get_by_test_id("whisper-text").blur()
        page.keyboard.press("t")
        expect(case(page, HELP)).to_have_attribute("data-taken", "true")
        expect(case(page, HELP)).to_contain_text("王敏 处理中")
        expect(page.get_by_test_id(f"seat-{HELP}")).to_have_class(re.compile("taken"))
        page.get_by_test_id("transfer").click()
        expect(page.get_by_test_id("whisper-newest")).to_contain_text("请把电话转给我，我来接")
        page.keyboard.press("x")
        page.get_by_test_id("close-reason").first.click()
        page.get_by_test_id("close-now").click()
        expect(case(page, HELP)).to_have_count(0)
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("rail")).to_have_count(0)


def test_an_agent_with_two_causes_is_one_card_taken_whole_and_closed_by_what_is_chosen(browser: Browser) -> None:
    with shown(browser, viewport={"width": 1920, "height": 1080}) as (page, played):
        played.floor.also(HELP, "dead_air", "warning")
        expect(case(page, HELP).get_by_test_id("other-causes")).to_contain_text("另有 静默")
        expect(case(page, HELP)).to_have_count(1)
        expect(page.get_by_test_id("filter-needs").locator("b")).to_have_text("7")
        expect(page.get_by_test_id("tab-alerts").locator("b")).to_have_text("7")
        expect(page.get_by_test_id("goal")).to_have_text("目标 60 秒内接手 · 今天求助中位 38 秒")
        expect(page.get_by_test_id("day-take_s")).to_contain_text("中位，目标 60 秒")
        expect(page.get_by_test_id("day-score")).to_contain_text(re.compile(r"84\.2 \d+ 通 · 昨天 83\.1"))
        page.keyboard.press("1")
        page.keyboard.press("t")
        expect(case(page, HELP)).to_have_attribute("data-taken", "true")
        page.keyboard.press("x")
        page.get_by_test_id("closes-dead_air").uncheck()
        page.get_by_test_id("close-reason").first.click()
        page.get_by_test_id("close-now").click()
        expect(case(page, HELP)).to_have_attribute("data-rank", "warning")
        expect(case(page, HELP)).to_contain_text("静默")
        expect(case(page, HELP)).to_have_attribute("data-taken", "true")


def test_all_causes_of_an_agent_are_closed_by_one_request(browser: Browser) -> None:
    with shown(browser) as (page, played):
        other = played.floor.also(HELP, "dead_air", "warning")
        expect(case(page, HELP).get_by_test_id("other-causes")).to_contain_text("另有 静默")
        closed: list[tuple[str, Any]] = []
        page.on("request", lambda one: closed.append((one.url, one.post_data_json)) if "/close" in one.url else None)
        page.keyboard.press("1")
        page.keyboard.press("x")
        page.get_by_test_id("close-reason").first.click()
        page.get_by_test_id("close-now").click()
        expect(case(page, HELP)).to_have_count(0)
        [(url, told)] = closed
        assert (url.split("/")[-2:], told["also"]) == ([f"k-{HELP}", "close"], [other])


def test_all_is_well_stands_over_no_seat_that_has_a_colour(browser: Browser) -> None:
    with shown(browser) as (page, played):
        call = played.floor.calls["1001"]["digest"]
        call |= {"step": 2, "step_ms": call["at_ms"], "hints": []}
        for seat in list(played.floor.cases.values()):
            played.floor.close(seat["id"])
        expect(page.get_by_test_id("all-calm")).to_contain_text("没有告警，1 座正有情况")
        call["step"] = 0
        expect(page.get_by_test_id("all-calm")).to_contain_text("一切正常")


def test_a_sentence_is_one_line_of_24_characters(browser: Browser) -> None:
    with shown(browser) as (page, _):
        page.keyboard.press("1")
        field = page.get_by_test_id("whisper-text")
        field.fill("一" * 25)
        expect(page.get_by_test_id("whisper-send")).to_be_disabled()
        expect(page.get_by_test_id("whisper-note")).to_have_text("超过 24 字，缩短后再发")
        field.fill("一" * 24)
        expect(page.get_by_test_id("whisper-send")).to_be_enabled()


def test_a_sentence_that_may_not_have_come_is_sent_again_as_the_same(browser: Browser) -> None:
    with shown(browser) as (page, _):
        ids: list[str] = []

        def answer(route: Route) -> None:
            ids.append(route.request.post_data_json["whisper"])
            route.fulfill(status=503 if len(ids) == 1 else 200, json={})

        page.route("**/whispers", answer)
        page.keyboard.press("1")
        field = page.get_by_test_id("whisper-text")
        for said in ("我到场", "", "再约时间"):
            if said:
                field.fill(said)
            with page.expect_response("**/whispers"):
                field.press("Enter")
            expect(field).to_have_value("我到场" if len(ids) == 1 else "")
        first, again, other = ids
        assert first == again != other


def test_no_seat_moves_whatever_happens(browser: Browser) -> None:
    places = """() => [...document.querySelectorAll('[data-agent]')].map((seat) => {
        const { left, top } = seat.getBoundingClientRect()
        return [seat.dataset.agent, Math.round(left), Math.round(top)] })"""
    with shown(browser) as (page, played):
        before = page.evaluate(places)
        assert len(before) == 48
        page.keyboard.press("2")
        expect(page.get_by_test_id("rail")).to_be_visible()
        assert page.evaluate(places) == before
        page.keyboard.press("Escape")
        played.floor.close(f"k-{COMPLAINT}")
        expect(case(page, COMPLAINT)).to_have_count(0)
        page.keyboard.press("f")
        assert page.evaluate(places) == before


def test_the_shelf_does_not_move_under_a_pointer(browser: Browser) -> None:
    with shown(browser) as (page, played):
        order = "() => [...document.querySelectorAll('[data-agent-case]')].map((one) => one.dataset.agentCase)"
        before = page.evaluate(order)
        case(page, before[2]).hover()
        played.floor.close(f"k-{before[0]}")
        expect(case(page, before[0])).to_have_count(0)
        assert page.evaluate(order)[-3:] == before[1:]  # a waiting case came to the free slot; nobody else moved
        page.mouse.move(640, 700)
        expect(case(page, COMPLAINT)).to_be_visible()
        assert page.evaluate(order)[0] == COMPLAINT


def test_arrows_go_over_the_seats_and_enter_opens(browser: Browser) -> None:
    with shown(browser) as (page, _):
        focused = "document.activeElement.dataset.agent"
        page.keyboard.press("ArrowRight")
        assert page.evaluate(focused) == "1001"
        for key, agent in (("ArrowRight", "1002"), ("ArrowDown", "1008"), ("ArrowLeft", "1007"), ("ArrowUp", "1001")):
            page.keyboard.press(key)
            assert page.evaluate(focused) == agent
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("open-tile")).to_have_attribute("data-agent-open", "1001")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_test_id("key-help")).to_be_visible()


def test_wall_mode_has_no_rail_no_buttons_and_no_words_of_customers(browser: Browser) -> None:
    with shown(browser, viewport={"width": 1920, "height": 1080}) as (page, _):
        expect(page.get_by_test_id("rail")).to_be_visible()
        expect(page.get_by_test_id("shelf")).to_contain_text("床都湿了")
        page.keyboard.press("w")
        expect(page.get_by_test_id("rail")).to_have_count(0)
        expect(page.locator("[data-testid=shelf] button")).to_have_count(0)
        assert "床都湿了" not in page.locator("body").inner_text()
        page.keyboard.press("1")
        expect(page.get_by_test_id("rail")).to_have_count(0)
        page.reload()
        expect(page.get_by_test_id("seats")).to_be_visible()
        expect(page.get_by_test_id("rail")).to_have_count(0)


def test_a_wall_that_hears_nothing_says_since_when_and_is_right_again(browser: Browser) -> None:
    with shown(browser) as (page, played):
        played.is_silent = True
        expect(page.get_by_test_id("stale")).to_contain_text("画面停在 15:29")
        assert page.get_by_test_id("seat-1001").evaluate("(seat) => getComputedStyle(seat).opacity") == "0.6"
        clock = page.locator("[data-testid=seat-1001] .clock")
        stood = clock.inner_text()
        page.wait_for_timeout(1_500)
        assert clock.inner_text() == stood
        played.floor.close(f"k-{HELP}")
        played.is_silent = False
        expect(page.get_by_test_id("live")).to_be_visible()
        expect(case(page, HELP)).to_have_count(0)


@pytest.mark.parametrize("agents", [48, 500])
@pytest.mark.parametrize("width", [1280, 1920])
def test_no_word_is_cut_nor_lies_over_another_in_english(browser: Browser, agents: int, width: int) -> None:
    cut = """() => [...document.querySelectorAll('.floor *')]
        .filter((one) => !one.children.length && one.textContent.trim() && one.clientWidth > 1
            && getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth)
        .map((one) => one.textContent)"""
    overlaps = """() => [...document.querySelectorAll('[data-testid^=day-] small')].filter((words) => {
        const line = words.closest('[data-testid]').querySelector('svg')?.getBoundingClientRect()
        const { right, top } = words.getBoundingClientRect()
        return line && right > line.left && top < line.bottom })
        .map((one) => one.textContent)"""
    with shown(browser, agents, viewport={"width": width, "height": 1080}) as (page, _):
        page.evaluate("localStorage.setItem('callcoach.language', 'en')")
        page.reload()
        expect(page.get_by_test_id("seats")).to_be_visible()
        assert page.evaluate(cut) == []
        assert page.evaluate(overlaps) == []
        counts = page.locator(".counts")
        assert counts.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        page.keyboard.press("1")
        expect(page.get_by_test_id("sees-now")).to_be_visible()
        assert page.evaluate(cut) == []


def test_the_rail_lies_over_whole_columns_of_seats(browser: Browser) -> None:
    for agents in (6, 48):
        with shown(browser, agents) as (page, _):
            page.keyboard.press("1")
            left = (page.get_by_test_id("rail").bounding_box() or {})["x"]
            seats = page.locator("[data-agent]").evaluate_all(
                "(all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right])"
            )
            assert [seat for seat in seats if seat[0] < left < seat[1]] == []


def test_english_by_the_switch(browser: Browser) -> None:
    with shown(browser) as (page, played):
        page.get_by_test_id("menu").click()
        page.get_by_test_id("language").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        said = page.locator("body").inner_text()
        customers = (call["customer"] for call in played.floor.calls.values() if call["customer"])
        for name in [*customers, *(seat["name"] for seat in played.floor.seats), "王敏", "刘洋", "组", "中", *SAID]:
            said = said.replace(name, "")
        assert not [letter for letter in said if "\u4e00" <= letter <= "\u9fff"], said


SAID = ("床都湿了，你们今天到底能不能来人？", "语调有起伏", "放慢语速")  # in the words of the call and of the coach
