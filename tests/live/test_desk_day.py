"""A desk's day in Chromium, with real processes: enrolled, a call, the network pulled and back, QA, the next agent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.ports import SAMPLE_RATE_HZ
from tests.in_page import until
from tests.live.pulse import Pulse
from tests.live.team import PASSWORD, Team
from tests.sound import ms, speech, stereo
from tests.waiting import LIMIT_S, wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.replayed import HEARING, position

WIDTHS = (380, 1280, 1920)
ENDS_WITHIN_S = 15.0  # Ctrl-C, a call among it that is scored first
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


def shoot(page: Page, name: str, widths: tuple[int, ...] = (1280,)) -> None:
    for width in widths if SHOTS is not None else ():
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": 1280, "height": 800})
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
    enrol(chromium, team)
    team.desk.start("live", "--no-browser", "--server", team.address)
    page = page_of(chromium, team.desk.url)
    page.goto("/agent")
    expect(page.get_by_test_id("desk-note")).to_contain_text("desk one")
    sign_in(page, "lin")
    expect(page.get_by_test_id("centre")).to_have_attribute("data-state", "connected")
    shoot(page, "1-ready")
    call = Call(team, page)
    words_come(call, pulse, question(tmp_path))
    the_network_goes_and_comes_back(team, call, pulse, tmp_path / "call.wav")
    call.end()
    wait_until(lambda: [one for one in call.events("WordsHeard") if one.get("heard_later")])
    for hint in (silences := [one for one in call.events("HintRaised") if "正在做什么" in one["say"]]):
        assert hint["at_ms"] - hint["start_ms"] <= 5_500
    assert silences
    qa_hears_it(chromium, team, call)
    the_next_agent_sees_nothing_of_it(page, team, call)
    assert "Traceback" not in team.desk.end()


def test_ctrl_c_while_the_network_is_silent(chromium: Browser, team: Team, pulse: Pulse, tmp_path: Path) -> None:
    """In mid-call: the desk ends in time, and the next start, of the same shift, brings what it had."""
    enrol(chromium, team)
    team.desk.start("live", "--no-browser", "--server", team.address)
    page = page_of(chromium, team.desk.url)
    page.goto("/agent")
    sign_in(page, "lin")
    expect(page.get_by_test_id("centre")).to_have_attribute("data-state", "connected")
    call = Call(team, page)
    words_come(call, pulse, question(tmp_path))
    team.network.silence()
    played = pulse.play(tmp_path / "call.wav")
    expect(page.get_by_test_id("hint-say")).to_contain_text("正在做什么")
    had = len(call.records())
    said = team.desk.end(ENDS_WITHIN_S)
    played.wait(LIMIT_S)
    assert "1 call waits here for the centre" in said
    assert "Traceback" not in said
    team.network.mend()
    assert len(call.records()) == had
    team.desk.start("live", "--no-browser", "--server", team.address)
    page.reload()
    state = page.get_by_test_id("centre")
    expect(state).to_have_attribute("data-state", "connected")  # nobody had to sign in again
    wait_until(lambda: call.events("CallScored"))
    wait_until(lambda: call.recording())
    wait_until(lambda: [one for one in call.events("WordsHeard") if one.get("heard_later")])
    assert any("正在做什么" in one["say"] for one in call.events("HintRaised"))
    assert "Traceback" not in team.desk.end()
    assert team.records(team.centre, call.id) == team.records(team.desk, call.id)


class Call:
    """Begun by the agent's key, with the consent to its recording; asked for at the centre."""

    def __init__(self, team: Team, page: Page) -> None:
        self.page = page
        self._team = team
        page.get_by_test_id("facts-recording_consent").check()
        page.keyboard.press("F2")
        expect(page.get_by_test_id("recording")).to_have_attribute("data-state", "on")
        self.id: str = wait_until(lambda: self._ask("/api/calls"))[0]["call_id"]

    def end(self) -> None:
        self.page.keyboard.press("F2")  # asks
        self.page.keyboard.press("F2")
        wait_until(lambda: self.events("CallScored"))

    def records(self) -> list[Any]:
        return [one["event"] for one in self._ask(f"/api/calls/{self.id}/records")]

    def events(self, kind: str) -> list[Any]:
        return [one for one in self.records() if one["kind"] == kind]

    def recording(self) -> list[Path]:
        return list((self._team.centre.folder / "recordings").glob(f"{self.id}.*"))

    def _ask(self, path: str) -> Any:
        return self._team.centre.ask("GET", path, self._team.reader)[1]


def words_come(call: Call, pulse: Pulse, played: Path) -> None:
    assert pulse.play(played).wait(LIMIT_S) == 0
    wait_until(lambda: call.events("WordsHeard"))
    expect(call.page.get_by_test_id("line").first).to_be_visible()
    shoot(call.page, "2-words")


def the_network_goes_and_comes_back(team: Team, call: Call, pulse: Pulse, played: Path) -> None:
    """What a telephone system tells of the call is there before."""
    page, state = call.page, call.page.get_by_test_id("centre")
    named = {"customer_name": "王女士"}
    assert team.centre.ask("PUT", f"/api/calls/{call.id}/facts", team.telephone, named)[0] == 202
    wait_until(lambda: call.events("FactsNoted"))
    team.network.silence()
    assert pulse.play(played).wait(LIMIT_S) == 0
    expect(page.get_by_test_id("hint-say")).to_contain_text("正在做什么")
    expect(state).to_contain_text("中心失联")  # 15 s: what was asked is overdue by then
    shoot(page, "3-away", WIDTHS)
    team.network.mend()
    expect(state).to_have_attribute("data-state", "connected")
    shoot(page, "4-back", WIDTHS)


def qa_hears_it(chromium: Browser, team: Team, call: Call) -> None:
    """The recording is at the centre, and what was said while the network was away is marked."""
    wait_until(lambda: call.recording())
    page = page_of(chromium, team.centre.url)
    page.add_init_script(HEARING)
    page.goto(f"/qa/calls/{call.id}")
    sign_in(page, "zhou")
    expect(page.get_by_test_id("replay")).to_have_attribute("data-ready", "true")
    marks = page.get_by_test_id("replay-transcript").get_by_test_id("heard-later")
    expect(marks.first).to_have_text("事后补听")
    page.get_by_test_id("replay-line").filter(has=page.get_by_test_id("heard-later")).first.click()
    begins = position(page)
    page.get_by_test_id("play").click()
    until(page, "() => window.tap && loudness() > 0.01")  # two seconds of words: looked for in the page
    assert position(page) > begins
    page.get_by_test_id("play").click()
    shoot(page, "5-qa", WIDTHS)


def the_next_agent_sees_nothing_of_it(page: Page, team: Team, call: Call) -> None:
    """At the same machine, in the same browser."""
    of_it = page.locator(f"a[href*='{call.id}']")
    page.goto("/agent")
    expect(of_it.first).to_be_visible()
    page.get_by_test_id("account").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("desk-note")).to_contain_text("desk one")
    shoot(page, "6-signed-out")
    sign_in(page, "zhao")
    expect(page.get_by_test_id("centre")).to_have_attribute("data-state", "connected")
    expect(page.get_by_text("等待来电").first).to_be_visible()
    expect(of_it).to_have_count(0)
    shoot(page, "7-next", WIDTHS)
    assert page.request.get(f"/api/calls/{call.id}/records").status == 404
    page.goto(f"/agent?call={call.id}")
    expect(page.get_by_test_id("status-line")).to_contain_text("没有这通电话的记录")


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
    expect(admin.get_by_test_id("desk-came")).to_be_visible()
