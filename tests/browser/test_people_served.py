"""The pages about people against the server itself: from the first link to a signed-out second browser."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.people import DIST, PASSWORD
from tests.waiting import LIMIT_S

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]

PLACES = "(all) => [...all.querySelectorAll('*')].map((one) => JSON.stringify(one.getBoundingClientRect()))"


@pytest.fixture
def first_link(tmp_path: Path) -> Iterator[str]:
    """`callcoach serve` in an empty data folder, and the link that it prints."""
    command = [sys.executable, "-c", "from pipeline.cli.app import main; main()", "serve", "--port", "0"]
    env = {**os.environ, "CALLCOACH_DATA": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    served = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert served.stdout is not None
    said = [served.stdout.readline()]
    while said[-1] and "#" not in said[-1]:
        said.append(served.stdout.readline())
    assert said[-1], said
    yield said[-1].split()[-1]
    served.send_signal(signal.SIGINT)
    served.communicate(timeout=LIMIT_S)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


def fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.get_by_test_id(f"field-{name.replace('_', '-')}").fill(text)
    page.keyboard.press("Enter")


def an_administrator(browser: Browser, first_link: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(first_link)
    fill(page, company="锦和", name="郑岩", login="zhengyan", new_password=PASSWORD, repeat=PASSWORD)
    expect(page.get_by_test_id("people-count")).to_contain_text("1 人")
    return page


def invited(admin: Page) -> str:
    """A team, an agent of it, and the link that they are to be given."""
    admin.get_by_test_id("nav-teams").click()
    admin.get_by_test_id("add-team").click()
    admin.get_by_test_id("team-id").fill("A")
    admin.get_by_test_id("team-name").fill("A 组")
    admin.keyboard.press("Enter")
    expect(admin.get_by_test_id("team-A")).to_be_visible()
    admin.get_by_test_id("nav-people").click()
    admin.get_by_test_id("add-person").click()
    admin.get_by_test_id("person-name").fill("林晓雯")
    admin.get_by_test_id("person-login").fill("linxw")
    admin.get_by_test_id("person-team").select_option("A")
    admin.get_by_test_id("person-agent-id").fill("1027")
    admin.keyboard.press("Enter")
    link = admin.get_by_test_id("secret").inner_text()
    admin.get_by_test_id("secret-kept").click()
    return link


def test_from_the_first_link_to_two_people_at_work(browser: Browser, first_link: str) -> None:
    home = first_link.split("/login")[0]
    admin = an_administrator(browser, first_link)
    invitation = invited(admin)

    agent = browser.new_page()  # a browser context of its own
    agent.goto(invitation)
    fill(agent, new_password=PASSWORD, repeat=PASSWORD)
    agent.wait_for_url(f"{home}/agent")
    expect(agent.get_by_test_id("stage")).to_contain_text("等待来电")
    agent.goto(f"{home}/admin")
    agent.wait_for_url(f"{home}/agent")  # not theirs
    agent.goto(invitation)
    expect(agent.get_by_test_id("link-gone")).to_be_visible()  # once only
    agent.goto(f"{home}/me")
    with agent.expect_download() as data:
        agent.get_by_test_id("own-data").click()
    told = json.loads(data.value.path().read_text(encoding="utf-8"))
    assert told["account"]["agent_id"] == "1027"
    assert "zhengyan" not in json.dumps(told)

    other = browser.new_page()
    other.goto(home)
    expect(other.get_by_test_id("sign-in")).to_be_visible()
    fill(other, login="1027", password="a wrong long password")
    expect(other.get_by_test_id("sign-in-problem")).to_contain_text("4")
    fill(other, password=PASSWORD)
    other.wait_for_url(f"{home}/agent")
    other.goto(f"{home}/me")
    expect(other.get_by_test_id("session")).to_have_count(2)
    agent.goto(f"{home}/agent")
    expect(agent.get_by_test_id("stage")).to_be_visible()
    meter = agent.get_by_test_id("microphone-agent")
    drawn = meter.evaluate(PLACES)
    end_all = other.get_by_test_id("end-all")
    end_all.click()
    end_all.click()  # surely
    other.wait_for_url(f"{home}/login")
    expect(agent.get_by_test_id("session-ended")).to_be_visible()
    expect(agent.get_by_test_id("stage")).to_contain_text("等待来电")  # what is shown stays
    expect(agent.get_by_test_id("session-ended").get_by_test_id("sign-in-go")).to_be_visible()
    assert meter.evaluate(PLACES) == drawn  # and where it was
    fill(agent, password=PASSWORD)
    expect(agent.get_by_test_id("session-ended")).to_have_count(0)
    expect(admin.get_by_test_id("session-ended")).to_have_count(0)  # nobody else's

    row = admin.get_by_test_id("person-linxw")
    row.get_by_role("combobox").select_option("lead")
    expect(row).to_contain_text("本组的通话")
    expect(agent.get_by_test_id("status-line")).to_contain_text("只能看，不能操作")  # an agent no longer


def test_wrong_passwords_are_slowed_down_and_an_administrator_ends_that(browser: Browser, first_link: str) -> None:
    admin = an_administrator(browser, first_link)
    invited(admin)
    stranger = browser.new_page()
    stranger.goto(first_link.split("/login")[0])
    stranger.get_by_test_id("field-login").fill("linxw")
    for left in ("4", "3", "2", "1"):
        fill(stranger, password="a wrong long password")
        expect(stranger.get_by_test_id("sign-in-problem")).to_contain_text(f"{left} 次")
    fill(stranger, password="a wrong long password")
    expect(stranger.get_by_test_id("slowed")).to_contain_text(re.compile(r"0:[0-3]\d"))
    admin.reload()
    row = admin.get_by_test_id("person-linxw")
    expect(row).to_contain_text("锁定")
    row.get_by_role("button").click()
    admin.get_by_test_id("person-release").click()
    admin.keyboard.press("Escape")
    admin.reload()
    expect(row).not_to_contain_text("锁定")


def test_what_an_administrator_changes_is_kept_and_noted(browser: Browser, first_link: str) -> None:
    admin = an_administrator(browser, first_link)
    invited(admin)
    admin.get_by_test_id("nav-tokens").click()
    admin.get_by_test_id("add-token").click()
    admin.get_by_test_id("token-name").fill("CTI 弹屏")
    admin.keyboard.press("Enter")
    expect(admin.get_by_test_id("secret")).to_have_text(re.compile(r"^cc_telephone_[\w-]{30,}$"))
    admin.get_by_test_id("secret-kept").click()
    admin.get_by_test_id("nav-settings").click()
    expect(admin.get_by_test_id("team-settings").get_by_role("group").nth(0)).to_contain_text("录音同意")
    for version, days in ((1, "60"), (2, "30")):
        admin.get_by_test_id("set-retention_audio_days").fill(days)
        admin.get_by_test_id("settings-reason").fill("合规部要求")
        admin.get_by_test_id("settings-save").click()
        expect(admin.get_by_test_id("settings-version")).to_have_text(f"第 {version} 版")
    second = admin.context.new_page()
    second.goto(admin.url)
    second.get_by_test_id("set-retention_audio_days").fill("10")
    second.get_by_test_id("settings-reason").fill("别的")
    admin.get_by_test_id("set-retention_audio_days").fill("20")
    admin.get_by_test_id("settings-reason").fill("再改")
    admin.get_by_test_id("settings-save").click()
    expect(admin.get_by_test_id("settings-version")).to_have_text("第 3 版")
    second.get_by_test_id("settings-save").click()
    expect(second.get_by_test_id("settings-said")).to_contain_text("别人刚改过")
    admin.get_by_test_id("nav-audit").click()
    expect(admin.get_by_test_id("chain")).to_contain_text("链条完整")
    for done in ("建令牌", "改班组设置", "加人"):
        expect(admin.get_by_test_id("audit")).to_contain_text(done)
    admin.get_by_test_id("filter-action").select_option(label="建令牌")
    expect(admin.get_by_test_id("audit-count")).to_have_text("1 行")


ASKED = """(address) => new Promise((done) => {
  document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), { once: true })
  const socket = new WebSocket(address)
  socket.onopen = () => done("open")
  socket.onclose = () => setTimeout(() => done("closed"), 500)
})"""


def test_a_page_speaks_to_its_own_server_alone(browser: Browser, first_link: str) -> None:
    admin = an_administrator(browser, first_link)
    own = first_link.split("/login")[0].replace("http", "ws")
    assert admin.evaluate(ASKED, f"{own}/ws/floor") == "open"
    for other in ("ws://127.0.0.1:1/", "wss://collector.example/", own.replace("127.0.0.1", "localhost")):
        assert admin.evaluate(ASKED, other) == "connect-src"
