"""An agent's own calls in a real browser, on the real server: seen, answered, appealed, and left for one that rings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from pipeline.people.audit import Wanted
from pipeline.reviews.entries import (
    AppealChecked,
    AppealDecided,
    Commented,
    ItemAppealed,
    ReviewFinished,
    VerdictGiven,
)
from tests.browser.own_desk import OwnDesk, card
from tests.browser.people import DIST
from tests.browser.test_people_pages import AXE, serious
from tests.reviews.cards import MET, MISSED

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
REASON = "客户要维修师傅的电话，应先说“我帮您查”。"
MINE = "客户要的是外单位师傅电话，我随后主动改口"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OwnDesk]:
    opened = OwnDesk(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def context(browser: Browser, desk: OwnDesk) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Asia/Shanghai")
    desk.sign_in(opened)
    yield opened
    opened.close()


def reviewed(desk: OwnDesk, call_id: str = "c1", *, hours: float = 1) -> None:
    """A call whose fatal fault QA has confirmed: three items are to be answered."""
    desk.call(call_id, card(), hours=hours)
    desk.say("xu", call_id, VerdictGiven("not-clear", MISSED, REASON))
    desk.say("xu", call_id, ReviewFinished())


def opened(desk: OwnDesk, context: BrowserContext, call_id: str = "") -> Page:
    page = context.new_page()
    page.goto(f"{desk.base}/agent/calls" + (f"?call={call_id}" if call_id else ""))
    ready(page)
    return page


def ready(page: Page) -> None:
    expect(page.get_by_test_id("open-call")).to_have_attribute("data-ready", "true")


def item(page: Page, rule: str) -> Locator:
    return page.locator(f"[data-testid=own-item][data-rule={rule}]")


def reason(page: Page) -> Locator:
    return page.get_by_test_id("appeal").get_by_test_id("reason")


def kinds(desk: OwnDesk, call_id: str = "c1") -> list[str]:
    return [entry.act.kind for entry in desk.kept.entries(call_id)]


def test_a_fault_is_accepted_with_one_click_and_the_list_says_so(desk: OwnDesk, context: BrowserContext) -> None:
    reviewed(desk)
    page = opened(desk, context)
    row = page.get_by_test_id("own-call")
    expect(row).to_contain_text("待您回应 3 项")
    expect(page.get_by_test_id("deadline")).to_contain_text("截止，逾期按复核结果")
    expect(item(page, "not-clear")).to_contain_text("您说：“这个我也不清楚，您问一下供暖公司吧”")
    expect(item(page, "not-clear")).to_contain_text(REASON)
    expect(page.get_by_test_id("people-total")).to_have_text("30")
    for rule in ("not-clear", "wait-told", "summary"):
        item(page, rule).get_by_test_id("accept").click()
        expect(item(page, rule)).to_have_attribute("data-state", "accepted")
    expect(row).to_contain_text("您已确认")
    expect(page.get_by_test_id("tab-to_answer")).to_contain_text("0")
    assert kinds(desk)[-3:] == ["accepted"] * 3


def test_an_appeal_has_a_verdict_a_reason_and_a_line_that_was_picked(desk: OwnDesk, context: BrowserContext) -> None:
    reviewed(desk)
    page = opened(desk, context)
    item(page, "not-clear").get_by_test_id("start-appeal").click()
    appeal = page.get_by_test_id("appeal")
    reason(page).fill("  ")
    appeal.get_by_test_id("send").click()
    expect(appeal.get_by_test_id("review-problem")).to_be_visible()
    appeal.get_by_test_id("choose-partly").click()
    expect(appeal.get_by_test_id("choose-missed")).to_have_count(0)
    reason(page).fill(MINE)
    appeal.get_by_test_id("quote").click()
    appeal.get_by_test_id("quotable").get_by_text("我帮您查清楚再回复您").click()
    expect(appeal.get_by_test_id("own-quote")).to_have_text("▸ 00:18“我帮您查清楚再回复您”")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")  # only its own frames scroll
    appeal.get_by_test_id("send").click()
    expect(item(page, "not-clear")).to_have_attribute("data-state", "appealed")
    expect(item(page, "not-clear")).to_be_in_viewport()
    expect(page.get_by_test_id("tab-appealed")).to_contain_text("1")
    act = desk.kept.entries("c1")[-1].act
    assert isinstance(act, ItemAppealed)
    assert (act.rule, act.verdict, act.reason) == ("not-clear", "partly", MINE)
    assert [(span.start_ms, span.quote) for span in act.evidence] == [(18_000, "我帮您查清楚再回复您")]


def test_a_draft_outlives_the_page_that_crashes(desk: OwnDesk, context: BrowserContext) -> None:
    reviewed(desk)
    page = opened(desk, context)
    item(page, "not-clear").get_by_test_id("start-appeal").click()
    page.get_by_test_id("choose-partly").click()
    page.get_by_test_id("quote").click()
    page.get_by_test_id("quotable").get_by_text("我帮您查清楚再回复您").click()
    reason(page).press_sequentially(MINE)
    expect(page.get_by_test_id("appeal").get_by_test_id("draft")).to_contain_text("草稿已存本机")
    with page.expect_event("crash"):
        crash(page)
    page = opened(desk, context)
    expect(reason(page)).to_have_value(MINE)
    expect(page.get_by_test_id("choose-partly")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("own-quote")).to_contain_text("我帮您查清楚再回复您")
    reason(page).press("Control+Enter")
    expect(item(page, "not-clear")).to_have_attribute("data-state", "appealed")
    page.reload()
    ready(page)
    expect(page.get_by_test_id("appeal")).to_have_count(0)  # what was sent is no draft


def crash(page: Page) -> None:
    try:
        page.goto("chrome://crash")
    except Exception:
        return


def test_after_the_deadline_nothing_is_answered(desk: OwnDesk, context: BrowserContext) -> None:
    desk.call("c1", card())
    desk.finish_long_ago("c1", VerdictGiven("not-clear", MISSED, REASON))
    page = opened(desk, context)
    expect(page.get_by_test_id("own-call")).to_contain_text("已截止")
    expect(page.get_by_test_id("deadline")).to_contain_text("已截止，按复核结果")
    expect(page.get_by_test_id("accept")).to_have_count(0)
    expect(page.get_by_test_id("start-appeal")).to_have_count(0)
    for key in ("y", "a"):
        page.keyboard.press(key)
    assert "accepted" not in kinds(desk)
    expect(page.get_by_test_id("appeal")).to_have_count(0)


def test_what_was_decided_stands_with_both_scores_or_with_the_reason(desk: OwnDesk, context: BrowserContext) -> None:
    for call_id, right in (("c1", True), ("c2", False)):
        desk.call(call_id, card(fatal=False))
        desk.say("xu", call_id, ReviewFinished())
        for rule in ("wait-told", "summary"):
            desk.say("lin", call_id, ItemAppealed(rule, MET, "说了"))
            desk.say("wang", call_id, AppealChecked(rule, right, "听了录音"))
            desk.say("xu", call_id, AppealDecided(rule, MET if right else MISSED, "以录音为准"))
    page = opened(desk, context, "c1")
    expect(page.locator("[data-call=c1][data-testid=own-call]")).to_contain_text("申诉通过人工 100，自动 71.7")
    expect(item(page, "wait-told").get_by_test_id("became")).to_have_text("申诉通过")
    page.locator("[data-call=c2][data-testid=own-call]").click()
    expect(page.locator("[data-call=c2][data-testid=own-call]")).to_contain_text("维持原判理由已附")
    ready(page)
    expect(item(page, "wait-told").get_by_test_id("became")).to_have_text("维持原判")
    expect(item(page, "wait-told")).to_contain_text("以录音为准")


def test_a_call_that_begins_leads_back_and_the_draft_stays(desk: OwnDesk, context: BrowserContext) -> None:
    reviewed(desk)
    page = opened(desk, context)
    page.keyboard.press("a")
    reason(page).press_sequentially("写到一半")
    desk.ring("ringing")
    page.wait_for_url(f"{desk.base}/agent")
    expect(page.get_by_test_id("clock")).to_be_visible()
    again = context.new_page()
    again.goto(f"{desk.base}/agent/calls")
    again.wait_for_url(f"{desk.base}/agent")  # no score while a call runs
    drafts = again.evaluate("() => Object.values(localStorage).filter((one) => one.includes('写到一半')).length")
    assert drafts == 1


def test_all_of_it_with_the_keyboard_alone(desk: OwnDesk, context: BrowserContext) -> None:
    reviewed(desk, "c1", hours=2)
    desk.call("c2", card(fatal=False), hours=1)
    page = opened(desk, context)
    expect(page.get_by_test_id("open-call")).to_have_attribute("data-call", "c2")  # the newest
    page.keyboard.press("j")
    expect(page.get_by_test_id("open-call")).to_have_attribute("data-call", "c1")
    ready(page)
    expect(item(page, "not-clear").locator("button.name")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(item(page, "wait-told").locator("button.name")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("y")
    expect(item(page, "wait-told")).to_have_attribute("data-state", "accepted")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    expect(reason(page)).to_be_focused()
    page.keyboard.type("ya说了")  # letters are letters here
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(item(page, "summary")).to_have_attribute("data-state", "appealed")
    assert kinds(desk) == ["verdict", "finished", "accepted", "appealed"]


def test_what_an_input_method_composes_is_not_sent(desk: OwnDesk, context: BrowserContext) -> None:
    reviewed(desk)
    page = opened(desk, context)
    page.keyboard.press("a")
    page.get_by_test_id("choose-partly").click()
    reason(page).click()
    page.keyboard.insert_text("我随后")
    input_method = context.new_cdp_session(page)
    composing: dict[str, Any] = {"text": "gaikou", "selectionStart": 6, "selectionEnd": 6}
    input_method.send("Input.imeSetComposition", composing)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("y")
    expect(item(page, "not-clear")).to_have_attribute("data-state", "open")
    assert kinds(desk) == ["verdict", "finished"]
    input_method.send("Input.insertText", {"text": "改口"})
    page.keyboard.press("Control+Enter")
    expect(item(page, "not-clear")).to_have_attribute("data-state", "appealed")


def test_a_comment_is_new_until_it_was_on_the_screen_and_is_answered(desk: OwnDesk, context: BrowserContext) -> None:
    desk.call("c1", card(fatal=False), hours=2)
    desk.call("c2", card(fatal=False), hours=3)
    desk.say("wang", "c2", Commented("开场很稳，继续保持"))
    page = opened(desk, context, "c1")
    row = page.locator("[data-call=c2][data-testid=own-call]")
    expect(row).to_contain_text("有 1 条意见待看")
    page.get_by_test_id("tab-commented").click()
    expect(page.get_by_test_id("own-call")).to_have_count(1)
    row.click()
    expect(page.get_by_test_id("tab-commented")).to_have_attribute("aria-selected", "true")  # the list stays
    expect(page.get_by_test_id("comments")).to_contain_text("开场很稳，继续保持")
    expect(row).to_contain_text("自动评分")
    assert kinds(desk, "c2") == ["commented", "seen"]
    page.get_by_test_id("reply").click()
    page.get_by_test_id("comments").get_by_test_id("reason").fill("谢谢")
    page.get_by_test_id("comments").get_by_test_id("send").click()
    expect(page.get_by_test_id("comments")).to_contain_text("谢谢")
    expect(page.get_by_test_id("tab-commented")).to_contain_text("1")


def test_evidence_is_heard_from_a_second_before_and_others_are_named_who_heard_it(
    desk: OwnDesk, browser: Browser, context: BrowserContext
) -> None:
    reviewed(desk)
    lead = browser.new_context()
    desk.sign_in(lead, "wang")
    assert lead.request.get(f"{desk.base}/api/calls/c1/audio").status == 200
    lead.close()
    page = opened(desk, context)
    expect(page.get_by_test_id("listened")).to_contain_text("王敏 听录音")
    assert not heard_by_agent(desk)
    page.keyboard.press("p")
    position = page.get_by_test_id("position")
    expect(position).to_have_text("00:08")  # it stops where the evidence ends, at 8.8 s
    expect(page.get_by_test_id("play")).to_have_accessible_name("播放")
    assert heard_by_agent(desk)


def heard_by_agent(desk: OwnDesk) -> bool:
    """Whether the agent's page has asked for the sound: only when somebody pressed play."""
    rows = desk.centre.registry.audit.rows(Wanted(object="c1"))
    return any(row.action == "call.listen" and row.actor == desk.centre.person("lin").id for row in rows)


def test_what_to_practise_leads_to_the_agents_own_example(desk: OwnDesk, context: BrowserContext) -> None:
    desk.call("now", card(fatal=False), hours=1)
    for at in range(20):
        desk.call(f"c{at}", card(wait=MET if at == 3 else MISSED, fatal=False), hours=200 + at)
    page = opened(desk, context)
    practice = page.get_by_test_id("practice")
    expect(practice.get_by_role("heading")).to_have_text("请等待时说明多久")
    expect(practice).to_contain_text("可以说：“大概一分钟，您看可以吗？”")
    expect(page.get_by_test_id("own-call")).to_have_count(1)  # the others are of longer ago
    page.get_by_test_id("practice-hear").click()
    expect(page.get_by_test_id("open-call")).to_have_attribute("data-call", "c3")
    expect(page.get_by_test_id("position")).to_have_text("00:13")  # heard to the end of the sentence


def test_of_somebody_elses_call_the_page_says_that_it_is_none(desk: OwnDesk, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{desk.base}/agent/calls?call=nobody-has-it")
    expect(page.get_by_test_id("nothing-open")).to_have_text("没有这通电话，或不是您的")
    expect(page.get_by_test_id("no-calls")).to_have_text("还没有通话。接完第一通，这里就有。")
    expect(page.get_by_test_id("practice")).to_contain_text("满 20 通后给建议")


def test_the_live_page_leads_to_what_was_said_of_the_call(desk: OwnDesk, context: BrowserContext) -> None:
    reviewed(desk)
    page = context.new_page()
    page.goto(f"{desk.base}/agent?call=c1")
    page.get_by_test_id("to-own-call").click()
    page.wait_for_url(f"{desk.base}/agent/calls?call=c1")
    ready(page)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_of_accessibility_and_no_sideways_scroll(desk: OwnDesk, browser: Browser, scheme: Any) -> None:
    reviewed(desk)
    desk.say("wang", "c1", Commented("开场很稳"))
    context = browser.new_context(color_scheme=scheme, timezone_id="Asia/Shanghai", bypass_csp=True)
    desk.sign_in(context)
    page = opened(desk, context)
    page.keyboard.press("a")
    page.get_by_test_id("quote").click()
    for width in (380, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert serious(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    context.close()
