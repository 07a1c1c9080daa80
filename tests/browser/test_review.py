"""People judge a call in a real browser, on the server itself: verdicts, drafts, appeals, comments, two at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Error, expect

from tests.browser.office import JOURNAL_HAS, Office, browsing, item, open_office, opened
from tests.browser.people import DIST
from tests.browser.test_people_pages import AXE, serious
from tests.in_page import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as made:
        yield made


def test_from_a_call_that_is_finished_g_leads_to_the_next_that_nobody_has_judged(office: Office) -> None:
    calls = [office.call(), office.call()]
    office.say("xu", calls[1], "judge", "verdict", rule="not-clear", verdict="missed")
    page = office.page("xu", "/qa?order=lowest")
    row = page.locator(f"[data-testid=call-row][data-call='{calls[1]}']")
    row.get_by_test_id("open-call").click()
    page.get_by_test_id("finish").click()
    expect(page.get_by_test_id("next-waiting")).to_contain_text("评下一通")
    expect(page.get_by_test_id("next-item")).to_contain_text("评下一通")  # where the card lies over the page
    page.keyboard.press("g")
    page.wait_for_url(f"**/qa/calls/{calls[0]}*")
    expect(page.get_by_test_id("finish")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/qa?order=lowest*")  # the list that both were opened from
    page.context.close()


def test_a_verdict_has_a_reason_and_the_automatic_score_stays(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa/calls/{call_id}")
    automatic = page.get_by_test_id("auto-total").inner_text()
    panel = opened(page, "name")
    page.get_by_test_id("send").first.click()
    expect(panel.get_by_test_id("review-problem")).to_have_text("先选一项")
    page.keyboard.press("Escape")
    panel.get_by_test_id("choose-met").click()
    panel.get_by_test_id("send").click()
    expect(panel.get_by_test_id("review-problem")).to_have_text("理由必填，坐席看得到")
    assert office.entries(call_id) == []
    panel.get_by_test_id("reason").fill("00:04 已报姓名")
    page.keyboard.press("Control+Enter")
    expect(panel.get_by_test_id("item-people")).to_have_text("达标")
    expect(item(page, "not-clear").get_by_test_id("item-panel")).to_be_visible()  # the next that waits
    assert [(act.rule, act.verdict, act.reason) for act in office.entries(call_id)] == [
        ("name", "met", "00:04 已报姓名")
    ]
    assert page.get_by_test_id("auto-total").inner_text() == automatic
    expect(page.get_by_test_id("people-total")).not_to_have_text("—")
    page.context.close()


def test_behind_the_last_verdict_keys_are_keys_again(office: Office) -> None:
    call_id = office.call()
    for rule in ("not-clear", "name", "wait-told"):
        office.say("xu", call_id, "judge", "verdict", rule=rule, verdict="missed")
    page = office.page("xu", f"/qa/calls/{call_id}?item=name")
    panel = item(page, "name")
    expect(panel.get_by_test_id("choose-met")).to_be_visible()
    page.keyboard.press("1")
    expect(panel.get_by_test_id("reason")).to_be_focused()
    page.keyboard.type("说了")
    page.keyboard.press("Control+Enter")
    expect(panel.get_by_test_id("item-people")).to_have_text("达标")
    expect(panel.get_by_test_id("reason")).not_to_be_focused()
    page.keyboard.press("g")
    expect(panel.get_by_test_id("reason")).to_have_value("")
    page.context.close()


def test_what_was_heard_is_confirmed_by_one_click_and_dismissed_with_a_reason(office: Office) -> None:
    for choice, reason, verdict in (("missed", "", "missed"), ("met", "是客户说的", "met")):
        call_id = office.call()
        page = office.page("xu", f"/qa/calls/{call_id}")
        expect(page.get_by_test_id("finish")).to_be_disabled()
        panel = opened(page, "not-clear")
        expect(panel.get_by_test_id("choose-missed")).to_contain_text("确认听到")
        expect(panel.get_by_test_id("choose-met")).to_contain_text("不成立")
        panel.get_by_test_id(f"choose-{choice}").click()
        panel.get_by_test_id("reason").fill(reason)
        panel.get_by_test_id("send").click()
        expect(page.get_by_test_id("finish")).to_be_enabled()
        assert [(act.verdict, act.reason) for act in office.entries(call_id)] == [(verdict, reason)]
        page.get_by_test_id("finish").click()
        expect(page.get_by_test_id("review-stage")).to_contain_text("待坐席回应")
        page.get_by_test_id("unfinish").click()
        expect(page.get_by_test_id("review-stage")).to_contain_text("复核中")
        page.context.close()


def test_what_is_half_written_outlasts_a_crash_of_the_page(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa/calls/{call_id}?item=name")
    panel = item(page, "name")
    panel.get_by_test_id("choose-partly").click()
    panel.get_by_test_id("reason").press_sequentially("只说了姓，没有报公")
    expect(panel.get_by_test_id("draft")).to_contain_text("草稿已存本机")
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")  # its process ends without a word to the page
    again = page.context.new_page()
    again.goto(f"{office.address}/qa/calls/{call_id}?item=name")
    panel = item(again, "name")
    expect(panel.get_by_test_id("reason")).to_have_value("只说了姓，没有报公")
    expect(panel.get_by_test_id("choose-partly")).to_have_attribute("aria-pressed", "true")
    opened(again, "wait-told")
    expect(item(again, "wait-told").get_by_test_id("reason")).to_have_value("")
    assert office.entries(call_id) == []
    page.context.close()


def test_what_is_half_written_outlasts_a_kill_of_the_whole_browser(office: Office, tmp_path: Path) -> None:
    address = f"{office.address}/qa/calls/{office.call()}?item=name"
    with browsing(office, tmp_path) as (page, kill):
        page.goto(address)
        panel = item(page, "name")
        panel.get_by_test_id("choose-partly").click()
        panel.get_by_test_id("reason").press_sequentially("只说了姓，没有报公司")
        until(page, JOURNAL_HAS, "只说了姓，没有报公司")  # localStorage itself may take five seconds
        kill()
    with browsing(office, tmp_path) as (page, _):
        page.goto(address)
        panel = item(page, "name")
        expect(panel.get_by_test_id("reason")).to_have_value("只说了姓，没有报公司")
        expect(panel.get_by_test_id("choose-partly")).to_have_attribute("aria-pressed", "true")


def test_of_two_reviewers_the_second_is_told_and_nothing_is_overwritten(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa/calls/{call_id}?item=name")
    panel = item(page, "name")
    panel.get_by_test_id("choose-partly").click()
    panel.get_by_test_id("reason").fill("只说了姓")
    page.route("**/review", lambda route: route.abort() if route.request.method == "GET" else route.continue_())
    office.say("he", call_id, "judge", "verdict", rule="name", verdict="met", reason="00:04 说了")
    page.keyboard.press("Control+Enter")
    expect(panel.get_by_test_id("changed-by")).to_contain_text("何静 刚改过这一项，先看看")
    expect(panel.get_by_test_id("entry")).to_contain_text("00:04 说了")
    expect(panel.get_by_test_id("reason")).to_have_value("只说了姓")
    page.keyboard.press("Control+Enter")  # not even now: it was not looked at
    expect(panel.get_by_test_id("send")).to_be_enabled()
    assert [act.reason for act in office.entries(call_id)] == ["00:04 说了"]
    panel.get_by_test_id("looked").click()
    expect(panel.get_by_test_id("changed-by")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(panel.get_by_test_id("item-people")).to_have_text("警示")
    assert [act.reason for act in office.entries(call_id)] == ["00:04 说了", "只说了姓"]
    page.context.close()


def test_what_another_says_comes_by_itself_while_one_writes(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa/calls/{call_id}?item=name")
    panel = item(page, "name")
    panel.get_by_test_id("choose-partly").click()
    panel.get_by_test_id("reason").press_sequentially("只说了")
    office.say("he", call_id, "judge", "verdict", rule="name", verdict="met", reason="说了")
    expect(panel.get_by_test_id("changed-by")).to_contain_text("何静")  # it is asked for every few seconds
    expect(panel.get_by_test_id("reason")).to_be_focused()
    panel.get_by_test_id("reason").press_sequentially("姓")
    expect(panel.get_by_test_id("reason")).to_have_value("只说了姓")
    page.keyboard.press("Control+Enter")
    expect(panel.get_by_test_id("send")).to_be_enabled()
    assert len(office.entries(call_id)) == 1
    page.context.close()


def test_an_appeal_goes_from_inbox_to_inbox_by_the_keyboard_alone(office: Office) -> None:
    call_id = office.appealed()
    for who, list_of, reason in (("wang", "to-check", "属实，四秒处有"), ("xu", "to-decide", "听过，属实")):
        page = office.page(who, "/qa/appeals")
        row = page.get_by_test_id(list_of).locator(f"[data-call='{call_id}']")
        expect(row).to_contain_text("我在四秒就报了姓名")
        name = "checks" if who == "wang" else "appeals"
        waiting = page.get_by_test_id(list_of).get_by_test_id("waiting-call").count()
        expect(page.get_by_test_id(f"count-of-{name}")).to_contain_text(str(waiting))
        for _ in range(waiting):
            page.keyboard.press("j")
            if row.evaluate("(row) => row === document.activeElement"):
                break
        page.keyboard.press("Enter")
        page.wait_for_url("**/qa/calls/*")
        panel = item(page, "name")
        expect(panel.get_by_test_id("item-panel")).to_be_visible()
        page.keyboard.press("1")
        expect(panel.get_by_test_id("reason")).to_be_focused()
        page.keyboard.type(reason)
        page.keyboard.press("Control+Enter")
        expect(panel.get_by_test_id("entry").last).to_contain_text(reason)
        expect(page.get_by_test_id("next-waiting")).to_be_visible()
        page.context.close()
    assert [act.kind for act in office.entries(call_id)][2:] == ["appealed", "checked", "decided"]
    assert office.say("he", call_id, "comment", "commented", text="好")["stage"] == "to_answer"  # the other faults


def test_from_one_appeal_that_is_decided_one_click_leads_to_the_next(office: Office) -> None:
    calls = [office.appealed(reason=f"第 {number} 通") for number in (1, 2)]
    for call_id in calls:
        office.say("wang", call_id, "check", "checked", rule="name", is_right=False, reason="没有")
    page = office.page("xu", f"/qa/calls/{calls[0]}?item=name")
    panel = item(page, "name")
    expect(panel.get_by_test_id("choose-missed")).to_contain_text("维持")
    expect(panel.get_by_test_id("choose-met")).to_contain_text("改为达标")
    panel.get_by_test_id("choose-missed").click()
    panel.get_by_test_id("reason").fill("没有报")
    panel.get_by_test_id("send").click()
    page.get_by_test_id("next-waiting").click()
    page.wait_for_url(f"**/qa/calls/{calls[1]}")
    expect(item(page, "name").get_by_test_id("item-panel")).to_have_attribute("data-panel", "decide")
    expect(item(page, "name")).to_contain_text("第 2 通")
    page.context.close()


def test_before_the_lead_has_checked_an_appeal_nobody_is_offered_to_decide_it(office: Office) -> None:
    call_id = office.appealed()
    page = office.page("xu", f"/qa/calls/{call_id}?item=name")
    panel = item(page, "name").get_by_test_id("item-panel")
    expect(panel).to_have_attribute("data-panel", "none")
    expect(panel).to_contain_text("我在四秒就报了姓名")
    expect(page.get_by_test_id("review-steps")).to_contain_text("剩 6 天")
    page.context.close()


def test_a_comment_on_a_span_is_answered_and_taken_back(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa/calls/{call_id}?item=name&at=149000")
    comments = page.get_by_test_id("comments")
    expect(comments.get_by_test_id("on-span")).to_be_checked()
    comments.get_by_test_id("reason").fill("这里可以先道歉")
    page.keyboard.press("Control+Enter")
    expect(comments.get_by_test_id("comment-span")).to_contain_text("02:28–02:31")
    assert [(act.text, act.span.start_ms) for act in office.entries(call_id)] == [("这里可以先道歉", 148_000)]
    comments.get_by_test_id("reply").click()
    expect(comments.get_by_test_id("reason")).to_be_focused()
    comments.get_by_test_id("reason").fill("同意")
    comments.get_by_test_id("send").click()
    expect(comments.get_by_test_id("entry")).to_have_count(2)
    assert office.entries(call_id)[1].answers == 1
    comments.get_by_test_id("undo").last.click()
    expect(comments.get_by_test_id("entry").last).to_contain_text("已撤回")
    assert [act.kind for act in office.entries(call_id)] == ["commented", "commented", "undone"]
    page.context.close()


def test_what_an_input_method_composes_sends_nothing_and_moves_nothing(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa/calls/{call_id}?item=name")
    panel = item(page, "name")
    panel.get_by_test_id("choose-partly").click()
    panel.get_by_test_id("reason").focus()
    session = page.context.new_cdp_session(page)
    for composed in ("z", "zh", "zhi", "只说了姓"):
        session.send("Input.imeSetComposition", {"text": composed, "selectionStart": len(composed), "selectionEnd": 0})
    for key in ("Enter", "Control+Enter", "1", "g", "ArrowDown"):
        page.keyboard.down("Control") if "+" in key else None
        code = {"type": "rawKeyDown", "key": key.split("+")[-1], "windowsVirtualKeyCode": 229}
        session.send("Input.dispatchKeyEvent", {**code, "modifiers": 2 if "+" in key else 0})
        page.keyboard.up("Control") if "+" in key else None
    expect(panel.get_by_test_id("choose-partly")).to_have_attribute("aria-pressed", "true")
    expect(panel.get_by_test_id("item-panel")).to_be_visible()
    assert office.entries(call_id) == []
    session.send("Input.insertText", {"text": "只说了姓"})
    expect(panel.get_by_test_id("reason")).to_have_value("只说了姓")
    page.keyboard.type(" g1cp3l")
    expect(panel.get_by_test_id("reason")).to_have_value("只说了姓 g1cp3l")
    expect(panel.get_by_test_id("choose-partly")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+Enter")
    expect(panel.get_by_test_id("item-people")).to_have_text("警示")
    assert [act.reason for act in office.entries(call_id)] == ["只说了姓 g1cp3l"]
    page.context.close()


def test_a_call_is_judged_by_the_keyboard_alone(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa/calls/{call_id}")
    expect(page.get_by_test_id("finish")).to_be_visible()
    page.keyboard.press("g")  # what is to be confirmed comes first
    expect(item(page, "not-clear").get_by_test_id("item-panel")).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("Control+Enter")
    expect(item(page, "wait-told").get_by_test_id("item-panel")).to_be_visible()  # then the next fault below
    page.keyboard.press("1")
    page.keyboard.type("说了")
    page.keyboard.press("Control+Enter")
    expect(item(page, "name").get_by_test_id("item-panel")).to_be_visible()  # and then from the top
    page.keyboard.press("ArrowUp")
    expect(item(page, "greeting").get_by_test_id("item-panel")).to_be_visible()
    said = [(act.rule, act.verdict) for act in office.entries(call_id)]
    assert said == [("not-clear", "missed"), ("wait-told", "met")]
    page.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_of_accessibility_while_somebody_judges(office: Office, scheme: Any) -> None:
    call_id = office.appealed()
    office.say("wang", call_id, "check", "checked", rule="name", is_right=True, reason="属实")
    office.say("xu", call_id, "comment", "commented", text="这里可以先道歉")
    for path in (f"/qa/calls/{call_id}?item=name", "/qa/appeals"):
        page = office.page("xu", path, color_scheme=scheme)
        shown = item(page, "name").get_by_test_id("item-panel") if "?" in path else page.get_by_test_id("to-decide")
        for width in (380, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            expect(shown).to_be_visible()
            assert serious(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        page.context.close()


def test_the_inbox_in_english_and_for_whom_it_is_not(office: Office) -> None:
    office.appealed()
    page = office.page("wang", "/qa/appeals")
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("to-check")).to_contain_text("For you to check")
    expect(page.get_by_test_id("nav-checks")).to_contain_text("Checks")
    page.context.close()
    page = office.page("lin", "/qa/appeals")
    expect(page.get_by_test_id("not-yours")).to_be_visible()
    page.context.close()
