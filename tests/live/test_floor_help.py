"""The floor with a centre, three desks and a lead in Chromium: sees trouble, opens it, listens, says a word, helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.people.directory import UserFields
from pipeline.people.permissions import Role
from tests.live.pulse import Pulse
from tests.live.team import Process, Team
from tests.live.test_desk_day import chromium, page_of, question, shoot, sign_in
from tests.waiting import LIMIT_S, wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect

from tests.browser.replayed import HEARING

__all__ = ["chromium"]
PEOPLE = (
    UserFields("lin", "林晓雯", Role.AGENT, "hotline", agent_id="1042"),
    UserFields("zhao", "赵明", Role.AGENT, "hotline", agent_id="1031"),
    UserFields("gao", "高雅", Role.AGENT, "hotline", agent_id="1045"),
    UserFields("wang", "王敏", Role.LEAD, "hotline"),
)
SEATS = ("1031", "1042", "1045")
TOLD = [
    "HelpAsked", "HelpReceived", "HelpAsked", "HelpTaken", "ListenStarted", "ListenEnded", "WhisperSent", "WhisperSeen",
    "HelpClosed",
]  # fmt: skip
WORDS = "先别承诺赔偿，我马上来"


@pytest.fixture
def team(pulse: Pulse, tmp_path: Path) -> Iterator[Team]:
    made = Team(pulse, tmp_path, PEOPLE, "hotline", others=3)
    yield made
    made.close()


def agent_at(chromium: Browser, desk: Process, team: Team, login: str) -> Page:
    desk.start("live", "--no-browser", "--server", team.address)
    page = page_of(chromium, desk.url)
    page.goto("/agent")
    sign_in(page, login)
    expect(page.get_by_test_id("centre")).to_have_attribute("data-state", "connected")
    return page


def seat(lead: Page, agent_id: str) -> Any:
    return lead.get_by_test_id(f"seat-{agent_id}")


def seats_of(lead: Page) -> list[str]:
    found: list[str] = lead.locator("[data-testid^=seat-]").evaluate_all(
        "(all) => all.map((one) => one.dataset.testid)"
    )
    return found


def test_the_lead_sees_trouble_and_helps(chromium: Browser, team: Team, pulse: Pulse, tmp_path: Path) -> None:
    lead = page_of(chromium, team.centre.url)
    lead.add_init_script(HEARING)
    lead.goto("/floor")
    sign_in(lead, "wang")
    pages = [
        agent_at(chromium, desk, team, login) for desk, login in zip(team.others, ("lin", "zhao", "gao"), strict=True)
    ]
    lin = pages[0]
    for agent_id in SEATS:
        expect(seat(lead, agent_id)).to_contain_text("空闲")
    for page in pages:
        page.keyboard.press("F2")
    for agent_id in SEATS:
        expect(seat(lead, agent_id)).not_to_contain_text("空闲")
    order = seats_of(lead)

    played = pulse.play(question(tmp_path))  # and then nobody speaks: dead air at all three
    it_sees_help(lead, lin)
    it_listens(lead, lin, pulse, tmp_path / "call.wav")
    it_says_a_word(lead, lin)
    it_closes(lead, lin)
    assert played.wait(LIMIT_S) == 0
    the_line_goes_and_comes_back(lead, team)
    assert seats_of(lead) == order
    lin.keyboard.press("F2")
    lin.keyboard.press("F2")
    expect(seat(lead, "1042")).to_contain_text(re.compile("话后|空闲"))
    kinds = [type(one).__name__ for one in records_of(team, "1042")]
    assert [kind for kind in kinds if kind in TOLD] == TOLD
    for desk in team.others:
        assert "Traceback" not in desk.end()
    assert "Traceback" not in team.centre.end()


def it_sees_help(lead: Page, agent: Page) -> None:
    agent.keyboard.press("F8")
    expect(agent.get_by_test_id("help")).to_contain_text("王敏")  # the centre has it, and who sees it
    agent.keyboard.press("1")
    case = lead.get_by_test_id("shelf-case").filter(has_text="林晓雯")
    expect(case).to_contain_text("求助")
    shoot(lead, "floor-1-help", (1280, 1920))
    case.get_by_test_id("open-case").click()
    expect(lead.get_by_test_id("open-tile")).to_contain_text("林晓雯")
    expect(lead.get_by_test_id("take-open")).to_be_visible()
    expect(lead.get_by_test_id("live")).to_be_visible()  # a wall that hears nothing takes no key
    lead.keyboard.press("t")
    expect(agent.get_by_test_id("help")).to_contain_text("王敏 接手了")
    expect(case).to_contain_text("王敏")
    shoot(agent, "floor-2-taken", (380, 1280))


def it_listens(lead: Page, agent: Page, pulse: Pulse, played: Path) -> None:
    expect(agent.get_by_test_id("listening")).to_have_count(0)
    lead.keyboard.press("l")
    lead.keyboard.press("l")
    expect(lead.get_by_test_id("listen")).to_have_attribute("data-state", "on")
    expect(agent.get_by_test_id("listening")).to_contain_text("王敏")
    playing = pulse.play(played)
    wait_until(lambda: lead.evaluate("window.tap ? loudness() : 0") > 0.01)
    late = re.search(r"晚 ([\d.]+) 秒", lead.get_by_test_id("listen").inner_text())
    assert late is not None
    assert float(late[1]) <= 1.0
    shoot(lead, "floor-3-listening", (1280, 1920))
    lead.keyboard.press("Escape")
    expect(agent.get_by_test_id("listening")).to_have_count(0)
    assert playing.wait(LIMIT_S) == 0


def it_says_a_word(lead: Page, agent: Page) -> None:
    lead.get_by_test_id("whisper-text").fill(WORDS)
    lead.keyboard.press("Enter")
    expect(agent.get_by_test_id("lead-message")).to_contain_text(WORDS)
    expect(lead.get_by_test_id("whisper-newest")).to_contain_text(WORDS)
    expect(lead.get_by_test_id("whisper-newest")).to_have_attribute("data-seen", "false")
    shoot(agent, "floor-4-message", (380, 1280))
    agent.keyboard.press("s")
    expect(lead.get_by_test_id("whisper-newest")).to_have_attribute("data-seen", "true")


def it_closes(lead: Page, agent: Page) -> None:
    lead.locator("body").click(position={"x": 2, "y": 2})
    lead.keyboard.press("x")
    lead.get_by_test_id("close-form").get_by_test_id("close-reason").first.click()
    lead.get_by_test_id("close-now").click()
    expect(agent.get_by_test_id("help")).to_have_count(0)
    expect(lead.get_by_test_id("shelf-case").filter(has_text="求助")).to_have_count(0)


def the_line_goes_and_comes_back(lead: Page, team: Team) -> None:
    """All three desks are out of reach; they coach on, and the wall says so, and is right soon after."""
    team.network.silence()
    for agent_id in SEATS:
        expect(seat(lead, agent_id)).to_contain_text("失联")
    shoot(lead, "floor-5-lost", (1280, 1920))
    team.network.mend()
    for desk_agent in SEATS:
        expect(seat(lead, desk_agent)).not_to_contain_text("失联")


def records_of(team: Team, agent_id: str) -> list[Any]:
    calls = team.centre.ask("GET", "/api/calls", team.reader)[1]
    mine = next(one["call_id"] for one in calls if one["facts"]["agent_id"] == agent_id)
    return list(team.records(team.centre, mine))
