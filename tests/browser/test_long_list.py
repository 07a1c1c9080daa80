"""A list of more calls than fit: back to a row far down, its order, views, what to take away, moments to hear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

from pipeline.people.permissions import Role
from tests.browser.office import Office, open_office
from tests.browser.people import DIST
from tests.browser.test_people_pages import AXE, serious
from tests.in_page import until
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
CALLS = 130  # three pages
CHOSEN = "[data-testid=call-row][aria-selected=true]"
TOP = "(row) => row.getBoundingClientRect().top"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("long")) as opened:
        for _ in range(CALLS):
            opened.call()
        yield opened


def listed(office: Office, path: str = "/qa", **context: Any) -> Page:
    page = office.page("xu", path, **context)
    expect(page.get_by_test_id("call-row").first).to_be_visible()
    return page


def ids(page: Page) -> list[str]:
    """Of the calls that are drawn, from above."""
    found: list[str] = page.get_by_test_id("call-row").evaluate_all(
        "(rows) => rows.toSorted((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((row) => row.dataset.call)"
    )
    return found


def pressed(page: Page, key: str, times: int) -> None:
    for _ in range(times):
        page.keyboard.press(key)


def test_by_keys_through_all_pages_and_back_to_a_row_far_down(office: Office) -> None:
    page = listed(office)
    shown, chosen = page.get_by_test_id("shown"), page.locator(CHOSEN)
    expect(shown).to_contain_text(re.compile(rf"\d\d / {CALLS}"))
    pages = {shown.inner_text()}
    for row in range(1, 101):
        page.keyboard.press("j")
        expect(chosen).to_have_attribute("aria-rowindex", str(row))
        pages.add(shown.inner_text())
    expect(shown).to_contain_text(f"{CALLS} / {CALLS}")
    pages.add(shown.inner_text())
    assert len(pages) > 1  # it came in several, however far ahead of the keys
    assert page.get_by_test_id("call-row").count() < 80  # those alone that show, and a few around
    expect(page.locator(CHOSEN)).to_have_attribute("aria-rowindex", "100")
    call_id = page.locator(CHOSEN).get_attribute("data-call")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/qa/calls/{call_id}"))
    expect(page.get_by_test_id("score-pane")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(CHOSEN)).to_have_attribute("data-call", str(call_id))
    expect(page.locator(CHOSEN)).to_be_in_viewport()
    page.keyboard.press("k")
    expect(page.locator(CHOSEN)).to_have_attribute("aria-rowindex", "99")
    page.context.close()


def test_the_next_to_review_is_found_far_below_what_is_loaded(office: Office) -> None:
    """From the first page, of which all calls are begun: the server knows the first that waits behind them."""
    page = listed(office)
    first = ids(page)[0]
    loaded = page.request.get(f"{office.address}/api/qa/calls?order=latest&limit=60").json()["rows"]
    for row in loaded:
        office.say("xu", row["call_id"], "judge", "verdict", rule="greeting", verdict="met", reason="")
    waits = page.request.get(f"{office.address}/api/qa/calls?order=latest&limit=61").json()["rows"][60]["call_id"]
    page.reload()
    expect(page.get_by_test_id("shown")).to_contain_text(re.compile(rf"\b\d\d / {CALLS}"))
    assert ids(page)[0] == first
    page.keyboard.press("g")
    expect(page).to_have_url(re.compile(f"/qa/calls/{waits}"))
    page.context.close()


def test_nothing_moves_while_one_goes_down_and_a_call_comes_in(office: Office) -> None:
    page = listed(office)
    expect(page.get_by_test_id("shown")).to_contain_text("75 / ")  # and no more until one goes down
    before = ids(page)
    row = page.locator(f"[data-call='{before[3]}']")
    top = row.evaluate(TOP)
    added = office.call()
    pressed(page, "j", 3)
    page.get_by_test_id("call-row").nth(2).hover()
    page.keyboard.press("m")
    expect(page.locator(CHOSEN).get_by_test_id("mark")).to_have_attribute("aria-pressed", "true")
    assert (ids(page), row.evaluate(TOP)) == (before, top)
    page.reload()
    page.locator(f"[data-call='{added}']").wait_for()
    page.context.close()


def test_a_column_head_puts_the_list_in_order_and_the_address_keeps_it(office: Office) -> None:
    page = listed(office)
    for order, sort in (("lowest", "ascending"), ("longest", "descending"), ("latest", "descending")):
        head = page.get_by_test_id(f"order-{order}")
        head.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"[aria-sort={sort}]").get_by_test_id(f"order-{order}")).to_be_visible()
        expect(page).to_have_url(re.compile("/qa$" if order == "latest" else f"order={order}"))
    page.context.close()


def test_views_have_their_numbers_and_say_where_they_were_changed(office: Office) -> None:
    page = listed(office)
    views = page.get_by_label("常用视图")
    expect(views.get_by_test_id("view-total").first).to_have_text(re.compile(r"^1\d\d$"))
    page.get_by_test_id("view-low").click()
    expect(page).to_have_url(re.compile("view=low"))
    expect(page.get_by_test_id("changed")).to_have_count(0)
    page.get_by_test_id("longer").select_option("60000")
    expect(views.get_by_test_id("changed")).to_have_text("已改")
    page.get_by_test_id("save-view").click()
    page.get_by_test_id("view-name").fill("低分")
    page.keyboard.press("Enter")
    page.get_by_test_id("own-view").click()
    expect(page.get_by_test_id("changed")).to_have_count(0)
    page.get_by_test_id("chip").first.click()
    own = page.get_by_label("我的视图")
    expect(own.get_by_test_id("changed")).to_have_text("已改")
    page.get_by_test_id("save-view").click()
    expect(page.get_by_test_id("view-name")).to_have_value("低分")
    page.keyboard.press("Enter")
    expect(own.get_by_test_id("changed")).to_have_count(0)
    expect(page.get_by_test_id("own-view")).to_have_count(1)
    page.context.close()


def test_an_empty_list_says_what_to_take_away(office: Office) -> None:
    page = office.page("xu", "/qa?direction=inbound&score_from=100&score_below=101")
    expect(page.get_by_test_id("without").filter(has_text="呼入")).to_have_text("去掉“呼入”可见 0 通")
    page.goto(f"{office.address}/qa?team=a&words=%E9%87%8F%E5%AD%90%E5%8A%9B")
    without = page.get_by_test_id("without").filter(has_text="量子力")
    expect(without).to_have_text(re.compile(r"可见 1\d\d 通$"))
    without.click()
    expect(page.get_by_test_id("call-row").first).to_be_visible()
    page.context.close()


def test_a_slow_first_page_shows_its_lines_and_old_rows_stay(office: Office) -> None:
    page = office.page("xu", "/me")
    held: list[Any] = []
    page.route("**/api/qa/calls?*", lambda route: held.append(route))
    page.goto(f"{office.address}/qa")
    expect(page.get_by_test_id("loading")).to_be_visible()
    wait_until(lambda: page.evaluate("0") or held)  # what is asked is told later than what the page then shows
    held.pop().continue_()
    expect(page.get_by_test_id("call-row").first).to_be_visible()
    expect(page.get_by_test_id("loading")).to_have_count(0)
    before = ids(page)
    page.get_by_test_id("view-low").click()
    expect(page).to_have_url(re.compile("score_below"))
    until(page, "() => document.querySelector('[role=table]').ariaBusy === 'true'")
    assert ids(page) == before
    page.context.close()


def test_three_moments_are_heard_beside_the_list_with_a_lead_in(office: Office) -> None:
    page = office.page("xu", "/me")
    page.add_init_script("""
      window.heard = []
      HTMLMediaElement.prototype.play = function () { heard.push(this.currentTime); return Promise.resolve() }
      HTMLMediaElement.prototype.pause = function () { heard.push("stop") }
      Object.defineProperty(HTMLMediaElement.prototype, "currentTime", { writable: true, value: 0 })
    """)
    page.goto(f"{office.address}/qa")
    page.get_by_test_id("call-row").first.click()
    expect(page.get_by_test_id("preview")).to_be_visible()
    expect(page.get_by_test_id("play-other")).to_have_count(2)
    page.keyboard.press(" ")
    page.keyboard.press(" ")
    assert page.evaluate("heard") == [147, "stop"]
    page.get_by_test_id("play-other").first.click()
    assert page.evaluate("heard")[2:] == [147]
    page.context.close()


def test_at_640_pixels_filters_are_behind_a_button(office: Office) -> None:
    page = listed(office, viewport={"width": 640, "height": 800})
    expect(page.get_by_test_id("view-low")).to_be_hidden()
    page.get_by_test_id("fold").click()
    page.get_by_test_id("view-low").click()
    expect(page).to_have_url(re.compile("score_below"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_of_accessibility(office: Office, scheme: Any) -> None:
    page = listed(office, color_scheme=scheme)
    page.keyboard.press("j")
    for width in (640, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert serious(page) == [], width
    page.context.close()


def test_who_has_no_calls_is_told_how_they_come(office: Office) -> None:
    office.centre.page("new", Role.QA)
    page = office.page("new", "/qa")
    expect(page.get_by_test_id("empty")).to_contain_text("还没有通话")
    page.context.close()
