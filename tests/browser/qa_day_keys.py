"""A day of QA by the keyboard alone, step by step."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.qa_day import (
    CALL,
    COLLEAGUES,
    MINE,
    NOTE,
    OVERRIDDEN,
    PASSWORD,
    Day,
    composed,
    heard_ms,
    item,
    row,
    tab_to,
)
from tests.browser.replayed import position
from tests.browser.test_replay_page import advances
from tests.waiting import wait_until


def by_keys(day: Day, login: str, path: str, width: int = 1920, height: int = 1080) -> Page:
    """As `by_mouse`, by Tab and Enter."""
    page = day.page(width, height)
    page.goto(day.desk.base + path)
    tab_to(page, page.get_by_test_id("field-login"))
    page.keyboard.type(login)
    tab_to(page, page.get_by_label("密码", exact=True))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("who")).to_be_visible()
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def finds_by_keys(page: Page) -> None:
    """Words, a filter taken off, a rule ticked, the rows, one heard from the list, marked, opened, and back."""
    expect(row(page)).to_be_visible()
    press(page, "/")
    page.keyboard.type("wei xiu shi fu")
    press(page, "Enter", "Escape")
    expect(page.get_by_test_id("chip")).to_contain_text("wei xiu shi fu")
    tab_to(page, page.get_by_test_id("chip"))
    press(page, "Enter")
    expect(page.get_by_test_id("chip")).to_have_count(0)
    chosen = page.locator("[data-testid=call-row][aria-selected=true]")
    press(page, "j", "j")
    expect(chosen).to_have_attribute("data-call", COLLEAGUES)
    press(page, "k")
    expect(chosen).to_have_attribute("data-call", CALL)
    tab_to(page, page.get_by_test_id("filter-rule-wait-told"))
    press(page, "Space")  # it ticks the box, although a row is chosen that Space would play
    expect(page.get_by_test_id("call-row")).to_have_count(1)
    press(page, "m")
    expect(row(page).get_by_test_id("mark")).to_have_attribute("aria-pressed", "true")
    tab_to(page, page.get_by_role("table"))
    sounds = row(page).get_by_test_id("play-problem")
    press(page, "Space")
    expect(sounds).to_have_accessible_name("停止")
    press(page, "Space")
    expect(sounds).not_to_have_accessible_name("停止")
    press(page, "Enter")
    expect(page.get_by_test_id("waves")).to_be_visible()
    press(page, "Escape")
    expect(chosen).to_have_attribute("data-call", CALL)
    press(page, "g")
    expect(page.get_by_test_id("waves")).to_be_visible()


def hears_by_keys(page: Page) -> None:
    press(page, "Space")
    advances(page, 0)
    press(page, "Space", "]")
    assert position(page) == 13_400  # the hint
    for key, ms in (
        ("ArrowRight", 18_400), ("ArrowLeft", 13_400), ("Shift+ArrowRight", 14_400), ("Shift+ArrowLeft", 13_400),
        (",", 11_400), (".", 18_000), ("[", 13_400), (".", 18_000),
    ):  # fmt: skip
        press(page, key)
        assert position(page) == ms, key
    press(page, "l", "=", "=", "=", "Space")
    assert page.evaluate("[media.playbackRate, media.preservesPitch]") == [2, True]
    wait_until(lambda: heard_ms(page) > 20_000)
    wait_until(lambda: 18_000 <= heard_ms(page) < 19_000)
    press(page, "l", "-", "-", "-", "Space")
    assert page.evaluate("[media.playbackRate, media.paused]") == [1, True]
    press(page, "ArrowDown", "p")
    expect(page.get_by_test_id("play")).to_have_accessible_name("暂停")
    expect(page.get_by_test_id("play")).to_have_accessible_name("播放")  # behind the evidence, by itself


def judges_by_keys(day: Day, page: Page) -> None:
    panel = item(page, "wait-told")
    press(page, "1")
    expect(panel.get_by_test_id("reason")).to_be_focused()
    composed(page, ("y", "yi", "yi shuo"), OVERRIDDEN)
    expect(panel.get_by_test_id("reason")).to_have_value(OVERRIDDEN)
    assert day.said() == []
    press(page, "Control+Enter")
    expect(item(page, "not-clear").get_by_test_id("item-panel")).to_be_visible()
    press(page, "3", "Control+Enter")
    expect(item(page, "not-clear").get_by_test_id("item-people")).to_have_text("未达")
    for _ in range(10):  # from the evidence of the item that opened
        if position(page) > 9_200:
            press(page, ",")
    assert position(page) == 9_200
    comments = page.get_by_test_id("comments")
    tab_to(page, comments.get_by_test_id("reason"))
    composed(page, ("ke", "ke hu"), NOTE)
    assert [kind for _, kind in day.said()] == ["verdict", "verdict"]
    press(page, "Control+Enter")
    expect(comments.get_by_test_id("comment-span")).to_contain_text("00:09–00:11")
    tab_to(page, page.get_by_test_id("finish"))
    press(page, "Enter")
    expect(page.get_by_test_id("review-stage")).to_contain_text("待坐席回应")


def answers_by_keys(day: Day, page: Page) -> None:
    expect(page.get_by_test_id("open-call")).to_have_attribute("data-ready", "true")
    expect(page.get_by_test_id("comments")).to_contain_text(NOTE)
    press(page, "p")
    expect(page.get_by_test_id("play")).to_have_accessible_name("暂停")
    press(page, "y")
    expect(item(page, "not-clear")).to_have_attribute("data-state", "accepted")
    press(page, "ArrowDown")
    expect(item(page, "wait-told")).to_contain_text(OVERRIDDEN)
    press(page, "ArrowDown", "a")
    appeal = page.get_by_test_id("appeal")
    expect(appeal.get_by_test_id("reason")).to_be_focused()
    composed(page, ("wo", "wo zui hou"), MINE)
    tab_to(page, appeal.get_by_test_id("quote"))
    press(page, "Enter")
    tab_to(page, appeal.get_by_test_id("quotable").get_by_role("button", name="我帮您查清楚再回复您"))
    press(page, "Enter")
    tab_to(page, appeal.get_by_test_id("choose-met"))
    press(page, "Enter")
    assert day.said()[-1] == ("lin", "accepted")
    press(page, "Control+Enter")
    expect(item(page, "summary")).to_have_attribute("data-state", "appealed")


def says_of_the_appeal(page: Page, key: str, reason: str) -> None:
    """Lead or QA, from the inbox."""
    expect(page.get_by_test_id("waiting-call")).to_have_count(1)
    press(page, "j", "Enter")
    panel = item(page, "summary")
    expect(panel).to_contain_text(MINE)
    press(page, "p")
    expect(page.get_by_test_id("play")).to_have_accessible_name("暂停")
    press(page, key)
    expect(panel.get_by_test_id("reason")).to_be_focused()
    composed(page, ("t", "ting"), reason)
    press(page, "Control+Enter")
    expect(panel.get_by_test_id("entry").last).to_contain_text(reason)
