"""A desk's day in Chromium, with real processes: enrol, sign in, a call, the network pulled and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.ports import SAMPLE_RATE_HZ
from tests.live.pulse import Pulse
from tests.live.team import PASSWORD, Team
from tests.sound import ms, speech, stereo
from tests.waiting import LIMIT_S, wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

SLOW = 1_000 * LIMIT_S
SHOTS = os.environ.get("SHOTS")  # a folder for pictures of each station


@pytest.fixture
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (make setup says how to get it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def team(pulse: Pulse, tmp_path: Path) -> Iterator[Team]:
    made = Team(pulse, tmp_path)
    yield made
    made.close()


def shoot(page: Page, name: str) -> None:
    if SHOTS is None:
        return
    page.screenshot(path=f"{SHOTS}/{name}.png")
    if name in ("3-away", "4-back"):
        page.set_viewport_size({"width": 380, "height": 800})
        page.screenshot(path=f"{SHOTS}/{name}-380.png")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=f"{SHOTS}/{name}-dark.png")
        page.emulate_media(color_scheme="light")


def page_of(chromium: Browser, url: str) -> Page:
    return chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=url, locale="zh-CN").new_page()


def sign_in(page: Page, login: str) -> None:
    page.get_by_test_id("field-login").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_test_id("sign-in-go").click()


def question(folder: Path) -> Path:
    """The agent greets, the customer asks, then nobody speaks."""
    greeting, asked = speech("您好", speed=220), speech("我想查一下订单", speed=220)
    asked_ms = 300 + ms(greeting) + 500
    until_ms = asked_ms + ms(asked) + 100
    soundfile.write(
        folder / "call.wav", stereo([(300, greeting)], [(asked_ms, asked)], until_ms), SAMPLE_RATE_HZ
    )  # fmt: skip
    return folder / "call.wav"


def test_a_desks_day(chromium: Browser, team: Team, pulse: Pulse, tmp_path: Path) -> None:
    reader, telephone = team.reader, team.telephone
    enrol(chromium, team)
    team.desk.start("live", "--no-browser", "--server", team.address)
    page = page_of(chromium, team.desk.url)
    page.goto("/agent")
    expect(page.get_by_test_id("desk-note")).to_contain_text("desk one", timeout=SLOW)
    sign_in(page, "lin")
    state = page.get_by_test_id("centre")
    expect(state).to_have_attribute("data-state", "connected")
    shoot(page, "1-ready")

    def events(kind: str) -> list[Any]:
        return [one["event"] for one in records(team, call_id, reader) if one["event"]["kind"] == kind]

    page.get_by_test_id("facts-recording_consent").check()
    page.keyboard.press("F2")
    expect(page.get_by_test_id("recording")).to_have_attribute("data-state", "on", timeout=SLOW)
    call_id = wait_until(lambda: calls(team, reader))[0]["call_id"]
    played = question(tmp_path)
    assert pulse.play(played).wait(LIMIT_S) == 0
    wait_until(lambda: events("WordsHeard"))
    expect(page.get_by_test_id("line").first).to_be_visible()
    shoot(page, "2-words")
    status, _ = team.centre.ask("PUT", f"/api/calls/{call_id}/facts", telephone, {"customer_name": "王女士"})
    assert status == 202
    wait_until(lambda: events("FactsNoted"))

    team.network.silence()
    assert pulse.play(played).wait(LIMIT_S) == 0
    expect(page.get_by_test_id("hint-say")).to_contain_text("正在做什么", timeout=SLOW)
    expect(state).to_contain_text("中心失联", timeout=SLOW)  # 15 s: what was asked is overdue by then
    shoot(page, "3-away")
    team.network.mend()
    expect(state).to_have_attribute("data-state", "connected", timeout=SLOW)
    shoot(page, "4-back")
    page.keyboard.press("F2")
    page.keyboard.press("F2")
    wait_until(lambda: events("CallScored"))
    wait_until(lambda: [one for one in events("WordsHeard") if one.get("heard_later")])
    for hint in (silences := [one for one in events("HintRaised") if "正在做什么" in one["say"]]):
        assert hint["at_ms"] - hint["start_ms"] <= 5_500
    assert silences
    assert "Traceback" not in team.desk.end()


def enrol(chromium: Browser, team: Team) -> None:
    """By the code of the administrator's page."""
    admin = page_of(chromium, team.centre.url)
    admin.goto("/admin/desks")
    sign_in(admin, "zheng")
    admin.get_by_test_id("add-desk").click()
    expect(admin.get_by_test_id("code-left")).to_be_visible()
    command = admin.get_by_text("callcoach desk enrol").first.inner_text()
    shoot(admin, "0-code")
    team.enrol(command.split()[-1])
    expect(admin.get_by_test_id("desk-came")).to_be_visible(timeout=SLOW)


def calls(team: Team, reader: str) -> Any:
    return team.centre.ask("GET", "/api/calls", reader)[1]


def records(team: Team, call_id: str, reader: str) -> Any:
    return team.centre.ask("GET", f"/api/calls/{call_id}/records", reader)[1]
