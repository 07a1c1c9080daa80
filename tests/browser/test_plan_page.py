"""Two leads arrange one plan in real browsers: the second is told by whom, and chooses; nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM
from pipeline.people.permissions import Role
from tests.browser.people import DIST

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect

from tests.browser.office import Office, open_office

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
SHOTS = os.environ.get("CALLCOACH_SHOTS")  # a folder for pictures to look at


def place(page: Page, agent_id: str) -> int:
    return int(page.locator(f"[data-agent='{agent_id}']").get_attribute("data-place") or "-1")


def move(page: Page, agent_id: str, right: int) -> None:
    page.locator(f"[data-agent='{agent_id}']").focus()
    for key in ["Enter", *["ArrowRight"] * right, "Enter"]:
        page.keyboard.press(key)


def opened(office: Office, who: str, **context: Any) -> Page:
    page = office.page(who, "/floor/plan", viewport={"width": 1280, "height": 720}, **context)
    expect(page.locator("[data-agent='2']")).to_be_visible()
    return page


def test_of_two_leads_the_second_is_told_and_chooses(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        for login, name, told in (("zhao", "赵强", {}), ("sun", "孙丽", {"agent_id": "2"})):
            office.centre.page(login, Role.AGENT if told else Role.LEAD, team="a", **told)
            office.centre.registry.directory.change(office.centre.person(login).id, {"name": name})
        first, second = opened(office, "wang"), opened(office, "zhao", locale="zh-CN")
        begun = place(second, "2")
        move(first, "2", 3)
        first.get_by_test_id("save-plan").click()
        expect(first.get_by_test_id("save-plan")).to_be_disabled()
        move(second, "2", 5)
        second.get_by_test_id("save-plan").click()
        told = second.get_by_test_id("plan-outdated")
        expect(told).to_contain_text("王敏")
        expect(told).to_contain_text("1 处不同")
        assert place(second, "2") == begun + 5  # mine is still there
        if SHOTS:
            second.screenshot(path=f"{SHOTS}/plan-outdated.png")
        second.get_by_test_id("take-theirs").click()
        expect(second.locator("[data-agent='2']")).to_have_attribute("data-place", str(begun + 3))
        second.get_by_test_id("save-mine").click()
        expect(told).not_to_be_visible()
        first.reload()
        expect(first.locator("[data-agent='2']")).to_have_attribute("data-place", str(begun + 5))
