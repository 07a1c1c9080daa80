"""A QA person's whole day in a real browser, from the sign-in to the printed card; agent and lead have their own.

Once by mouse, once by the keyboard alone. At each step: what each of them may not do, on the pages and by the API.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pipeline.reviews.entries import Commented, ItemAppealed, VerdictGiven
from tests.browser.people import DIST
from tests.browser.qa_day import (
    CALL,
    CHECKED,
    DECIDED,
    ELSEWHERE,
    MINE,
    NOTE,
    OVERRIDDEN,
    PASSWORD,
    Day,
    agent_may_not,
    cursor,
    heard_ms,
    item,
    lead_may_not,
    loudness_is,
    open_day,
    others_may_not,
    qa_may_not,
    row,
    scored,
    sheet,
    tab_to,
)
from tests.browser.qa_day_keys import (
    answers_by_keys,
    by_keys,
    finds_by_keys,
    hears_by_keys,
    judges_by_keys,
    press,
    says_of_the_appeal,
)
from tests.browser.replayed import position
from tests.browser.test_replay_page import advances
from tests.in_page import until
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def day(browser: Browser, tmp_path: Path) -> Iterator[Day]:
    opened = open_day(tmp_path, browser)
    yield opened
    for context in browser.contexts:
        context.close()
    opened.desk.close()


def by_mouse(day: Day, login: str, path: str, width: int = 1920, height: int = 1080) -> Page:
    """Signed in, in a browser of their own, on the way to `path`."""
    page = day.page(width, height)
    page.goto(day.desk.base + path)
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_test_id("field-login").click()
    page.keyboard.type(login)
    page.get_by_label("密码", exact=True).click()
    page.keyboard.type(PASSWORD)
    page.get_by_test_id("sign-in-go").click()
    expect(page.get_by_test_id("who")).to_be_visible()
    return page


def finds_the_call(page: Page) -> None:
    """By a rule, by what was said, and by how that is spelled."""
    expect(row(page)).to_be_visible()
    expect(row(page, ELSEWHERE)).to_have_count(0)
    page.get_by_test_id("filter-rule-wait-told").click()
    expect(page.get_by_test_id("chip")).to_have_count(1)
    expect(page.get_by_test_id("call-row")).to_have_count(1)
    page.get_by_test_id("chip").click()
    expect(page.get_by_test_id("call-row")).to_have_count(2)
    for words in ("维修师傅", "wei xiu shi fu", "查清楚再回复"):
        page.get_by_test_id("search-words").click()
        page.keyboard.press("Control+A")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("chip")).to_contain_text(words)
        expect(row(page)).to_be_visible()
        expect(row(page, ELSEWHERE)).to_have_count(0)


def hears_it(page: Page) -> None:
    """Position, cursor and player go together; a line leads to where it begins; a span comes back; one side; speed."""
    page.get_by_test_id("play").click()
    advances(page, 0)
    first, left = heard_ms(page), cursor(page)
    wait_until(lambda: heard_ms(page) > first + 200 and cursor(page) > left)
    page.get_by_test_id("replay-line").nth(5).click()
    wait_until(lambda: 18_000 <= position(page) < 20_800 and 18_000 <= heard_ms(page) < 20_800)
    loudness_is(page, loud=True)
    page.get_by_test_id("loop").click()
    expect(page.get_by_test_id("loop-span")).to_be_visible()
    page.get_by_test_id("speed-2").click()
    assert page.evaluate("[media.playbackRate, media.preservesPitch]") == [2, True]
    wait_until(lambda: heard_ms(page) > 20_000)
    wait_until(lambda: 18_000 <= heard_ms(page) < 19_000)  # it has come back
    page.get_by_test_id("sides").select_option("customer")
    loudness_is(page, loud=False)
    page.get_by_test_id("sides").select_option("agent")
    loudness_is(page, loud=True)
    page.get_by_test_id("loop").click()
    page.get_by_test_id("play").click()
    page.get_by_test_id("replay-line").nth(3).click()
    assert position(page) == 9_200


def judges_it(page: Page) -> None:
    """One fault is none, for a reason; one that was only heard is confirmed; a comment; the end of the review."""
    auto = page.get_by_test_id("auto-total").inner_text()
    expect(page.get_by_test_id("finish")).to_be_disabled()
    panel = item(page, "wait-told")
    panel.locator(".name").click()
    panel.get_by_test_id("choose-met").click()
    panel.get_by_test_id("send").click()
    expect(panel.get_by_test_id("review-problem")).to_have_text("理由必填，坐席看得到")
    panel.get_by_test_id("reason").click()
    page.keyboard.type(OVERRIDDEN)
    panel.get_by_test_id("send").click()
    expect(panel.get_by_test_id("item-people")).to_have_text("达标")
    panel = item(page, "not-clear")
    expect(panel.get_by_test_id("item-panel")).to_be_visible()  # what waits to be confirmed comes next
    panel.get_by_test_id("choose-missed").click()
    panel.get_by_test_id("send").click()
    expect(panel.get_by_test_id("item-people")).to_have_text("未达")
    comments = page.get_by_test_id("comments")
    comments.get_by_test_id("reason").click()
    page.keyboard.type(NOTE)
    comments.get_by_test_id("send").click()
    expect(comments.get_by_test_id("comment-span")).to_contain_text("00:09–00:11")
    page.get_by_test_id("finish").click()
    expect(page.get_by_test_id("review-stage")).to_contain_text("待坐席回应")
    assert page.get_by_test_id("auto-total").inner_text() == auto


def answers_it(page: Page) -> None:
    """The agent sees what was found, why, and the comment; accepts one fault, and appeals the other with a quote."""
    page.get_by_test_id("nav-ownCalls").click()
    expect(page.get_by_test_id("open-call")).to_have_attribute("data-ready", "true")
    expect(page.get_by_test_id("own-call")).to_have_count(1)
    expect(item(page, "wait-told")).to_contain_text("请等待时说明多久")
    item(page, "wait-told").locator("button.name").click()
    expect(item(page, "wait-told")).to_contain_text(OVERRIDDEN)
    expect(item(page, "wait-told").get_by_test_id("entry")).to_contain_text("许岚")
    expect(page.get_by_test_id("comments")).to_contain_text(NOTE)
    item(page, "not-clear").get_by_test_id("own-evidence").click()
    expect(page.get_by_test_id("play")).to_have_accessible_name("暂停")
    item(page, "not-clear").get_by_test_id("accept").click()
    expect(item(page, "not-clear")).to_have_attribute("data-state", "accepted")
    item(page, "summary").get_by_test_id("start-appeal").click()
    appeal = page.get_by_test_id("appeal")
    appeal.get_by_test_id("choose-met").click()
    appeal.get_by_test_id("reason").click()
    page.keyboard.type(MINE)
    appeal.get_by_test_id("quote").click()
    appeal.get_by_test_id("quotable").get_by_text("我帮您查清楚再回复您").click()
    appeal.get_by_test_id("send").click()
    expect(item(page, "summary")).to_have_attribute("data-state", "appealed")


def checks_it(page: Page) -> None:
    """The lead finds it in the inbox, says whether it is right, and is offered no decision."""
    expect(page.get_by_test_id("to-decide")).to_have_count(0)
    page.get_by_test_id("to-check").locator(f"[data-call={CALL}]").click()
    panel = item(page, "summary")
    expect(panel.get_by_test_id("item-panel")).to_have_attribute("data-panel", "check")
    expect(panel).to_contain_text(MINE)
    expect(panel.get_by_test_id("choose-met")).to_have_count(0)
    expect(page.get_by_test_id("finish")).to_have_count(0)
    panel.get_by_test_id("play-evidence").click()
    expect(page.get_by_test_id("play")).to_have_accessible_name("暂停")
    panel.get_by_test_id("choose-right").click()
    panel.get_by_test_id("reason").click()
    page.keyboard.type(CHECKED)
    panel.get_by_test_id("send").click()
    expect(panel.get_by_test_id("entry").last).to_contain_text(CHECKED)
    expect(panel.get_by_test_id("item-panel")).to_have_attribute("data-panel", "none")


def decides_it(page: Page) -> None:
    page.get_by_test_id("nav-appeals").click()
    waiting = page.get_by_test_id("to-decide").locator(f"[data-call={CALL}]")
    expect(waiting).to_contain_text(MINE)
    waiting.click()
    panel = item(page, "summary")
    expect(panel).to_contain_text(CHECKED)
    panel.get_by_test_id("choose-partly").click()
    panel.get_by_test_id("reason").click()
    page.keyboard.type(DECIDED)
    panel.get_by_test_id("send").click()
    expect(page.get_by_test_id("review-stage")).to_contain_text("已评")


def is_told(page: Page, totals: str) -> None:
    """The agent's page, that stood open all the time, says by itself what was decided."""
    expect(item(page, "summary").get_by_test_id("became")).to_have_text("申诉通过")
    expect(item(page, "summary")).to_contain_text(DECIDED)
    expect(page.get_by_test_id("people-total")).to_have_text(totals)


def the_same_row(folder: Path, page: Page) -> None:
    """Both files, and the list itself."""
    (plain,) = [
        one
        for one in csv.DictReader(io.StringIO((folder / "calls.csv").read_text(encoding="utf-8-sig")))
        if one["通话编号"] == CALL
    ]
    (book,) = [one for one in sheet(folder / "calls.xlsx") if one["通话编号"] == CALL]
    assert book == plain
    assert (plain["坐席"], plain["工号"], plain["班组"], plain["复核状态"]) == ("林晓雯", "1042", "A 组", "done")
    assert plain["复核人"] == "许岚"
    shown = row(page)
    expect(shown).to_contain_text(str(round(float(plain["自动得分"]))))
    assert float(plain["人工总分"]) < 60  # a fatal fault was confirmed
    assert ELSEWHERE not in (folder / "calls.csv").read_text(encoding="utf-8-sig")


def the_card_on_paper(page: Page) -> None:
    paper = page.get_by_test_id("sheet")
    for text in (OVERRIDDEN, MINE, CHECKED, DECIDED, "禁语“不清楚”", "这个我也不清楚"):
        expect(paper).to_contain_text(text)
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"


def at_the_end(day: Day) -> None:
    said = day.said()
    assert [one for one in said if one[1] != "seen"] == [
        ("xu", "verdict"), ("xu", "verdict"), ("xu", "commented"), ("xu", "finished"),
        ("lin", "accepted"), ("lin", "appealed"), ("wang", "checked"), ("xu", "decided"),
    ]  # fmt: skip
    acts = [entry.act for entry in day.desk.kept.entries(CALL)]
    (appeal,) = [act for act in acts if isinstance(act, ItemAppealed)]
    (comment,) = [act for act in acts if isinstance(act, Commented)]
    assert [span.quote for span in appeal.evidence] == ["我帮您查清楚再回复您"]
    assert comment.span is not None
    assert comment.span.start_ms == 9_200
    assert {act.rule: act.verdict for act in acts if isinstance(act, VerdictGiven)} == {
        "wait-told": "met", "not-clear": "missed",
    }  # fmt: skip
    assert scored(day.desk.folder) == day.scored
    assert day.noted("call.listen") == {("xu", CALL), ("lin", CALL), ("wang", CALL)}
    assert {who for who, _ in day.noted("list.export")} == {"xu"}
    assert day.noted("call.export") == {("xu", CALL)}


def test_by_mouse_from_the_sign_in_to_the_printed_card(day: Day, tmp_path: Path) -> None:
    qa = by_mouse(day, "xu", "/qa")
    expect(qa).to_have_url(re.compile("/qa$"))
    finds_the_call(qa)
    qa_may_not(day, qa)
    assert day.noted("call.listen") == set()
    row(qa).get_by_test_id("open-call").click()
    expect(qa.get_by_test_id("waves")).to_be_visible()
    hears_it(qa)
    judges_it(qa)
    others_may_not(day)

    agent = by_mouse(day, "lin", "/agent/calls", 1280, 800)
    agent_may_not(day, agent)
    answers_it(agent)

    lead = by_mouse(day, "wang", "/qa/appeals")
    lead_may_not(day, lead)
    checks_it(lead)

    decides_it(qa)
    is_told(agent, "52.5")  # 15 + 0 + 16.5 of 60

    qa.get_by_test_id("nav-calls").click()
    expect(row(qa)).to_contain_text("已评")
    for kind in ("csv", "xlsx"):
        with qa.expect_download() as download:
            qa.get_by_test_id(f"export-{kind}").click()
        download.value.save_as(tmp_path / f"calls.{kind}")
    the_same_row(tmp_path, qa)
    row(qa).dblclick()
    qa.get_by_test_id("open-card-print").click()
    qa.evaluate("() => { window.print = () => { window.printed = true } }")
    qa.get_by_test_id("print").click()
    until(qa, "() => window.printed")
    the_card_on_paper(qa)
    at_the_end(day)


def test_the_same_by_the_keyboard_alone(day: Day, tmp_path: Path) -> None:
    qa = by_keys(day, "xu", "/qa")
    finds_by_keys(qa)
    hears_by_keys(qa)
    judges_by_keys(day, qa)
    press(qa, "Escape")
    expect(qa.locator("[data-testid=call-row][aria-selected=true]")).to_have_attribute("data-call", CALL)

    agent = by_keys(day, "lin", "/agent/calls", 1280, 800)
    answers_by_keys(day, agent)
    says_of_the_appeal(by_keys(day, "wang", "/qa/appeals"), "1", CHECKED)
    tab_to(qa, qa.get_by_test_id("nav-appeals"))
    press(qa, "Enter")
    says_of_the_appeal(qa, "2", DECIDED)
    is_told(agent, "52.5")

    tab_to(qa, qa.get_by_test_id("open-card-print"))
    press(qa, "Enter")
    expect(qa.get_by_test_id("sheet")).to_be_visible()
    qa.evaluate("() => { window.print = () => { window.printed = true } }")
    press(qa, "p")
    until(qa, "() => window.printed")
    the_card_on_paper(qa)
    tab_to(qa, qa.get_by_test_id("nav-calls"))
    press(qa, "Enter")
    expect(row(qa)).to_contain_text("已评")
    for kind in ("csv", "xlsx"):
        tab_to(qa, qa.get_by_test_id(f"export-{kind}"))
        with qa.expect_download() as download:
            press(qa, "Enter")
        download.value.save_as(tmp_path / f"calls.{kind}")
    the_same_row(tmp_path, qa)
    at_the_end(day)
