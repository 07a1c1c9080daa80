"""A lead who is not before the wall is told on any other page that agents wait for too long, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.chromium import CHROMIUM
from tests.browser.people import DIST

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Route, expect

from tests.browser.office import open_office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
SHOTS = os.environ.get("CALLCOACH_SHOTS")  # a folder for pictures to look at


def test_a_lead_on_another_page_is_told_and_led_to_the_wall(tmp_path: Path) -> None:
    late = 0

    def answer(route: Route) -> None:
        route.fulfill(json={"agents": late})

    with open_office(tmp_path) as office:
        page = office.page("wang", "/me", locale="zh-CN", viewport={"width": 1280, "height": 720})
        told = page.get_by_test_id("late")
        expect(page.get_by_test_id("nav-floor")).to_be_visible()
        expect(told).to_have_count(0)
        page.route("**/api/floor/late", answer)
        late = 2
        expect(told).to_have_text("2 位坐席需要班长，过了目标时间还没人接手")
        expect(page.get_by_test_id("count-of-floor")).to_contain_text("2")
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/late-help.png")
        told.click()
        expect(page).to_have_url(f"{office.address}/floor")
        reviewer = office.page("xu", "/me")
        with reviewer.expect_response("**/api/reviews/waiting"):
            reviewer.reload()
        expect(reviewer.get_by_test_id("late")).to_have_count(0)
