"""The floor's keys in a real browser: on whom they act, and what they say where they can do nothing."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_floor_page import (
    COMPLAINT,
    HELP,
    SILENCE,
    browser as browser,
    case,
    pytestmark as pytestmark,
    shown,
)


def says(page: Page, key: str, why: str) -> None:
    page.keyboard.press(key)
    expect(page.get_by_test_id("why-not")).to_have_text(why)


def focus_on_the_shelf(page: Page, agent_id: str) -> None:
    case(page, agent_id).get_by_test_id("open-case").focus()


def test_a_key_that_can_do_nothing_says_why_and_the_line_is_gone_soon(browser: Browser) -> None:
    with shown(browser) as (page, played):
        line = page.get_by_test_id("why-not")
        assert line.get_attribute("role") == "status"
        for key in "txls":
            says(page, key, "先选一个座位，或需关注的一项")
        says(page, "6", "需关注的第 6 项是空的")
        idle = next(seat for seat in played.floor.seats if seat["agent_id"] not in played.floor.calls)
        page.get_by_test_id(f"seat-{idle['agent_id']}").click()
        for keys, why in (("ls", "现在没有通话"), ("tx", "没有要处理的事")):
            for key in keys:
                says(page, key, f"{idle['name']} {why}")
        expect(line).to_be_empty()
        played.floor.take(f"k-{HELP}", "刘洋")
        played.floor.cases[f"k-{HELP}"]["taken"]["by_id"] = "u-liuyang"
        expect(case(page, HELP)).to_contain_text("刘洋 处理中")
        page.keyboard.press("1")
        says(page, "t", "刘洋 已接手")
        says(page, "x", "刘洋 已接手")
        page.keyboard.press("w")
        for key in "txlsa1":
            says(page, key, "墙面模式不能操作，按 W 退出")


def test_in_english(browser: Browser) -> None:
    with shown(browser) as (page, _):
        page.evaluate("localStorage.setItem('callcoach.language', 'en')")
        page.reload()
        expect(page.get_by_test_id("seats")).to_be_visible()
        says(page, "t", "Choose a seat first, or a case of the shelf")


def test_keys_act_on_the_case_in_focus_whoever_is_open(browser: Browser) -> None:
    with shown(browser, viewport={"width": 1920, "height": 1080}) as (page, _):
        page.keyboard.press("1")
        opened = page.get_by_test_id("open-tile")
        expect(opened).to_have_attribute("data-agent-open", HELP)
        focus_on_the_shelf(page, COMPLAINT)
        page.keyboard.press("t")
        expect(case(page, COMPLAINT)).to_have_attribute("data-taken", "true")
        expect(case(page, HELP)).to_have_attribute("data-taken", "false")
        page.keyboard.press("x")
        expect(opened).to_have_attribute("data-agent-open", COMPLAINT)
        expect(page.get_by_test_id("close-form")).to_be_visible()
        page.keyboard.press("Escape")
        focus_on_the_shelf(page, SILENCE)
        page.keyboard.press("l")
        expect(opened).to_have_attribute("data-agent-open", SILENCE)
        expect(page.get_by_test_id("listen")).to_have_attribute("data-state", "asked")
        focus_on_the_shelf(page, HELP)
        page.keyboard.press("s")
        expect(opened).to_have_attribute("data-agent-open", HELP)
        expect(page.get_by_test_id("whisper-text")).to_be_focused()


def test_a_slot_by_its_number_leaves_no_other_in_focus(browser: Browser) -> None:
    with shown(browser) as (page, _):
        case(page, COMPLAINT).get_by_test_id("open-case").click()
        page.keyboard.press("1")
        page.keyboard.press("t")
        expect(case(page, HELP)).to_have_attribute("data-taken", "true")
        expect(case(page, COMPLAINT)).to_have_attribute("data-taken", "false")


def test_what_the_server_refused_is_said_where_no_rail_says_it(browser: Browser) -> None:
    with shown(browser) as (page, _):

        def refuse(route: Route) -> None:
            route.fulfill(status=409, json={"detail": "another lead has it"})

        page.route("**/take", refuse)
        case(page, HELP).get_by_test_id("take").click()
        expect(page.get_by_test_id("why-not")).to_contain_text("没有办成")
