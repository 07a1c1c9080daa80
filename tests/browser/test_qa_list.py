"""The list of calls in a real browser, on the server itself: filters, search, keys, and the way there and back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

from pipeline.people.audit import Deed, Wanted
from tests.browser.office import Office, open_office
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
    with open_office(tmp_path_factory.mktemp("list")) as opened:
        yield opened


def rows(page: Page) -> list[str | None]:
    """Ids of the calls that are drawn, from above."""
    found = page.get_by_test_id("call-row").all()
    at = sorted((one.bounding_box() or {"y": 0})["y"] for one in found)
    by_place = {(one.bounding_box() or {"y": 0})["y"]: one.get_attribute("data-call") for one in found}
    return [by_place[place] for place in at]


def listed(office: Office, path: str = "/qa", who: str = "xu", **context: Any) -> Page:
    page = office.page(who, path, **context)
    expect(page.get_by_test_id("call-row").first).to_be_visible()
    return page


def test_it_is_what_qa_comes_to_first_and_shows_what_went_wrong(office: Office) -> None:
    office.call()
    page = listed(office, "/")
    expect(page).to_have_url(re.compile("/qa$"))
    row = page.get_by_test_id("call-row").first
    expect(row).to_contain_text("禁语“不清楚” · 待确认")
    expect(row).to_contain_text("林晓雯")
    expect(row).to_contain_text("待评")
    expect(page.get_by_test_id("totals")).to_contain_text("通")
    page.context.close()


def test_filters_are_in_the_address_with_a_chip_each_and_go_by_a_click(office: Office) -> None:
    office.call()
    judged = office.call()
    office.say("xu", judged, "judge", "verdict", rule="name", verdict="met", reason="在 00:04 说了")
    page = listed(office)
    page.get_by_test_id("filter-stage-reviewing").check()
    expect(page).to_have_url(re.compile(r"stage=reviewing"))
    expect(page.get_by_test_id("chip")).to_have_text(re.compile("复核中"))
    expect(page.get_by_test_id("call-row")).to_have_count(1)
    page.reload()
    expect(page.get_by_test_id("call-row")).to_have_count(1)
    assert rows(page) == [judged]
    page.go_back()
    page.go_forward()
    page.get_by_test_id("chip").click()
    expect(page).to_have_url(re.compile("/qa$"))
    page.get_by_test_id("view-low").click()
    expect(page).to_have_url(re.compile("score_below=70"))
    page.context.close()


def test_words_are_found_by_pinyin_and_what_nobody_said_says_so(office: Office) -> None:
    office.call()
    page = listed(office)
    page.keyboard.press("/")
    page.keyboard.type("bu qing chu")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("words="))
    expect(page.get_by_test_id("call-row").first).to_be_visible()
    page.get_by_test_id("search-words").fill("量子力学")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("empty")).to_contain_text("没有符合条件的通话")
    page.context.close()


def test_a_call_that_was_found_opens_at_what_was_searched_for(office: Office) -> None:
    office.call()
    page = listed(office, "/qa?words=cha+qing+chu")  # 172000: not where its first problem is
    expect(page.get_by_test_id("found-line").first).to_contain_text("02:52")
    page.get_by_test_id("open-call").first.click()
    expect(page.get_by_test_id("search-found")).to_have_text("1 / 1")
    expect(page.get_by_test_id("search-call")).to_have_value("cha qing chu")
    expect(page.get_by_test_id("position")).to_have_attribute("data-ms", "172000")
    expect(page.get_by_test_id("cursor")).to_be_visible()
    page.context.close()


def test_an_input_method_searches_for_nothing_while_it_composes(office: Office) -> None:
    office.call()
    page = listed(office)
    page.get_by_test_id("search-words").focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "bu q", "selectionStart": 4, "selectionEnd": 4})
    session.send(
        "Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 229, "code": "Enter"}
    )
    expect(page).to_have_url(re.compile("/qa$"))
    session.send("Input.insertText", {"text": "不清楚"})
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("words="))
    page.context.close()


def test_by_the_keyboard_alone_to_a_call_and_back_to_its_row(office: Office) -> None:
    for _ in range(3):
        office.call()
    page = listed(office)
    before = rows(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-testid=call-row][aria-selected=true]")).to_have_attribute("data-call", str(before[1]))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/qa/calls/{before[1]}"))
    expect(page.get_by_test_id("score-pane")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=call-row][aria-selected=true]")).to_have_attribute("data-call", str(before[1]))
    page.keyboard.press("g")  # on to the next that nobody has judged
    expect(page).to_have_url(re.compile("/qa/calls/"))
    page.context.close()


def test_nothing_moves_under_the_pointer_when_a_call_comes_in(office: Office) -> None:
    office.call()
    page = listed(office)
    before = rows(page)
    office.call()
    page.keyboard.press("j")
    assert rows(page) == before
    page.reload()
    expect(page.get_by_test_id("call-row").first).to_be_visible()
    assert len(rows(page)) == len(before) + 1 or len(before) > 15
    page.context.close()


def test_a_mark_and_a_view_are_there_in_the_next_browser(office: Office) -> None:
    call_id = office.call()
    page = listed(office)
    row = page.locator(f"[data-testid=call-row][data-call='{call_id}']")
    row.click()
    page.keyboard.press("m")
    expect(row.get_by_test_id("mark")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("view-marked").click()
    page.get_by_test_id("longer").select_option("60000")
    page.get_by_test_id("save-view").click()
    page.get_by_test_id("view-name").fill("长的")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("own-view")).to_have_text("长的")
    page.context.close()
    again = listed(office, "/qa?marked=true")
    expect(again.get_by_test_id("own-view")).to_have_text("长的")
    assert rows(again) == [call_id]
    again.context.close()
    other = office.page("he", "/qa?marked=true")
    expect(other.get_by_test_id("empty")).to_be_visible()
    other.context.close()


def test_the_list_is_taken_away_as_it_is_filtered_and_that_is_noted(office: Office, tmp_path: Path) -> None:
    office.call()
    page = listed(office)
    for kind in ("csv", "xlsx"):
        with page.expect_download() as download:
            page.get_by_test_id(f"export-{kind}").click()
        download.value.save_as(tmp_path / f"calls.{kind}")
    table = list(csv.DictReader(io.StringIO((tmp_path / "calls.csv").read_text(encoding="utf-8-sig"))))
    assert {row["通话编号"] for row in table} >= set(filter(None, rows(page)))
    assert (tmp_path / "calls.xlsx").read_bytes()[:2] == b"PK"
    noted = office.centre.registry.audit.rows(Wanted(action=Deed.LIST_EXPORTED))
    assert [row.actor for row in noted[:2]] == [office.centre.person("xu").id] * 2
    page.context.close()


def test_a_lead_has_the_list_of_the_team_and_an_agent_none(office: Office) -> None:
    office.call()
    page = listed(office, who="wang")
    page.context.close()
    page = office.page("lin", "/qa")
    expect(page).to_have_url(re.compile("/agent"))
    page.context.close()


def test_beside_the_list_the_chosen_call_has_its_groups(office: Office) -> None:
    call_id = office.call()
    page = office.page("xu", f"/qa?call={call_id}")
    page.get_by_test_id("call-row").wait_for()
    page.keyboard.press("j")
    groups = page.get_by_test_id("preview-groups")
    expect(groups).to_contain_text("流程0 / 20")
    expect(groups.locator("dt")).to_have_text(["开场", "语言", "流程"])
    page.context.close()


def test_rules_are_told_with_how_many_people_have_judged(office: Office) -> None:
    call_id = office.call()
    office.say("xu", call_id, "judge", "verdict", rule="name", verdict="met", reason="在 00:04 说了")
    page = office.page("xu", "/qa/rules")
    row = page.get_by_test_id("rule-row").filter(has_text="自报公司与姓名")
    expect(row).to_contain_text("样本少")
    page.keyboard.press("j")  # the first, with most disagreement
    expect(row.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    look = page.get_by_test_id("rule-look")
    expect(look).to_contain_text(re.compile("人和机器判得不一样：\\d+ 通"))
    expect(look.get_by_text("在 00:04 说了").first).to_be_visible()
    look.locator(f"[data-testid=disputed][href*='{call_id}']").click()
    expect(page).to_have_url(re.compile(f"/qa/calls/{call_id}\\?item=name&at=148000"))
    page.go_back()
    expect(look).to_be_visible()  # as it was left
    look.get_by_test_id("missed-calls").click()
    expect(page).to_have_url(re.compile("/qa\\?rule=name"))
    expect(page.get_by_test_id("call-row").first).to_be_visible()
    page.context.close()


def test_a_card_is_printed_on_a4_with_all_that_it_rests_on(office: Office) -> None:
    call_id = office.call()
    office.say("xu", call_id, "judge", "verdict", rule="name", verdict="met", reason="在 00:04 说了")
    page = office.page("xu", f"/qa/calls/{call_id}/card")
    sheet = page.get_by_test_id("sheet")
    expect(sheet).to_contain_text("判为达标 在 00:04 说了")
    expect(sheet).to_contain_text("02:28–02:31 坐席 这个我也不清楚")
    page.evaluate("() => { window.print = () => { window.printed = true } }")
    page.keyboard.press("p")
    until(page, "() => window.printed")
    noted = office.centre.registry.audit.rows(Wanted(action=Deed.CALL_EXPORTED, object=call_id))
    assert [row.details for row in noted] == ['{"as":"print"}']
    page.emulate_media(media="print")
    body = page.pdf(prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", body)
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(595, 842)}  # A4, in points
    expect(page.locator(".top")).to_be_hidden()
    page.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(office: Office, scheme: Any) -> None:
    call_id = office.call()
    for path, there in (
        ("/qa", "call-row"), ("/qa?words=%E9%87%8F%E5%AD%90", "empty"), ("/qa/rules", "rules"),
        (f"/qa/calls/{call_id}/card", "sheet"),
    ):  # fmt: skip
        page = office.page("xu", path, color_scheme=scheme)
        for width in (1280, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            expect(page.get_by_test_id(there).first).to_be_visible()
            assert serious(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        page.context.close()
