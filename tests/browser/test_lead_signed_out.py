"""A lead whose session ends, or whose team becomes another, while their floor is open, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.events.channels import Channel
from pipeline.events.words import WordsHeard
from tests.waiting import LIMIT_S

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.own_desk import OwnDesk
from tests.browser.people import DIST
from tests.browser.running_call import RunningCall

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
SEAT = '[data-agent="1042"]'


@contextmanager
def opened(folder: Path) -> Iterator[tuple[OwnDesk, RunningCall, Page]]:
    """Wang's floor, with the call of the team that is opened, and a word of it."""
    desk = OwnDesk(folder)
    call = RunningCall(desk, "0192f0c1-3333-7bbb-8ccc-000000000002")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
            context = browser.new_context(viewport={"width": 1920, "height": 900}, locale="zh-CN")
            desk.sign_in(context, "wang")
            page = context.new_page()
            page.set_default_timeout(1_000 * LIMIT_S)
            page.goto(f"{desk.base}/floor")
            page.locator(SEAT).first.click()
            call.tell(said("家里漏水了"))
            expect(page.get_by_test_id("line")).to_have_count(1)
            yield desk, call, page
            browser.close()
    finally:
        call.end()
        desk.close()


def said(text: str) -> WordsHeard:
    return WordsHeard(0, Channel.CUSTOMER, 0, 20, text, (), 20)


def test_who_signs_in_again_reads_on_in_the_call_that_was_open(tmp_path: Path) -> None:
    with opened(tmp_path) as (desk, call, page):
        accounts = desk.centre.registry.accounts
        accounts.end_sessions(desk.centre.person("wang").id)
        expect(page.get_by_test_id("session-ended")).to_be_visible()
        desk.sign_in(page.context, "wang")
        expect(page.get_by_test_id("session-ended")).to_have_count(0)
        call.tell(said("还在漏"))
        expect(page.get_by_test_id("line").last).to_contain_text("还在漏")


def test_a_lead_of_another_team_now_has_its_floor_and_nothing_of_the_one_before(tmp_path: Path) -> None:
    with opened(tmp_path) as (desk, _, page):
        directory = desk.centre.registry.directory
        directory.add_team("B 组", "b")
        directory.change(desk.centre.person("wang").id, {"team": "b"})
        expect(page.locator(SEAT)).to_have_count(0)
        expect(page.get_by_test_id("floor")).to_have_attribute("data-stale", "false")
        expect(page.get_by_test_id("session-ended")).to_have_count(0)
        expect(page.get_by_text("漏水")).to_have_count(0)
