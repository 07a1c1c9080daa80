"""A desk's page in a browser, over its real server and a centre whose line the test cuts."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.help import ListenStarted
from pipeline.events.recording import RecordingStarted
from pipeline.server.app import Edges, Site, create_app
from pipeline.server.centre import AtCentre
from pipeline.server.serve import make_server
from pipeline.store.sql import SqlStore
from tests.browser.people import DIST
from tests.desk.centre import Desk, FakeCentre
from tests.in_page import until
from tests.ingest.conftest import Office
from tests.people.conftest import PASSWORD, Clock
from tests.server.conftest import SCORED, Centre, turn
from tests.server.test_signed_desk import SignedHeadset
from tests.waiting import wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("CALLCOACH_SHOTS")  # a folder for pictures to look at


class Now(Clock):
    """The page counts by the machine's clock. `now`: that, and what the test adds."""

    def __init__(self) -> None:
        self.added = 0.0

    @property
    def now(self) -> float:  # type: ignore[override]
        return time.time() + self.added

    @now.setter
    def now(self, value: float) -> None:
        self.added = value - time.time()


class Place:
    """A desk's server, its centre, and a call of `lin` that is over."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(lambda: SqlStore(folder / "centre.db"), Now())
        for login, agent_id, name in (("lin", "1027", "林晓雯"), ("zhao", "1031", "赵明")):
            user = self.office.add(login, agent_id=agent_id, team="a")
            self.office.directory.change(user.id, {"name": name})
        self.centre = FakeCentre(self.office)
        self.desk = Desk(folder, self.centre, self.office.clock)
        server = Centre(folder, store=self.desk.store)
        facts = CallFacts(agent_id="1027", agent_name="林晓雯", team="a", customer_name="陈女士")
        server.finished_call("of-lin", [FactsNoted(0, facts), turn(20), SCORED], facts)
        bound = socket.create_server(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.headset = SignedHeadset(server, self.desk)
        edges = Edges(self.headset, at_centre=AtCentre(self.centre, self.desk.entrance))
        app = create_app(
            server.store, server.hub, server.running, server.registry, Site(DIST, port=port), edges
        )  # fmt: skip
        self._server = make_server(app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]})
        self._thread.start()
        wait_until(lambda: self._server.started)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def cut(self) -> None:
        self.centre.state, self.centre.since, self.centre.words = "away", self.office.clock.now, "none"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    if not DIST.is_dir():
        pytest.skip("the dashboard is not built")
    place = Place(tmp_path)
    yield place
    place.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, place: Place) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=place.base, locale="zh-CN")
    page = context.new_page()
    yield page
    context.close()


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_test_id("field-login").fill(login)
    page.locator("input[name=password]").fill(password)
    page.get_by_test_id("sign-in-go").click()


def look(page: Page, name: str) -> None:
    """A picture, where somebody wants to look."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", clip={"x": 0, "y": 0, "width": 1920, "height": 110})


def test_an_agents_shift_at_a_desk(page: Page, place: Place) -> None:
    page.goto("/agent")
    note = page.get_by_test_id("desk-note")
    expect(note).to_contain_text("工位 A-01")
    expect(note).to_contain_text("锦和物业客服中心")
    place.cut()
    expect(page.get_by_test_id("centre-away")).to_have_text("连不上中心，登录要等它回来，正在重试")
    sign_in(page, "lin")
    expect(page.get_by_test_id("sign-in-problem")).to_contain_text("登录要等它回来")
    place.centre.state = "connected"
    expect(page.get_by_test_id("centre-away")).to_have_count(0)
    sign_in(page, "lin", "not the one")
    expect(page.get_by_test_id("sign-in-problem")).to_contain_text("登录名或密码不对")
    sign_in(page, "1027")
    expect(page.get_by_test_id("centre")).to_have_attribute("data-state", "connected")
    expect(page.locator("a[href*=of-lin]")).to_be_visible()

    place.cut()
    place.centre.waiting, place.centre.offset_ms = 42, -3_200
    expect(page.get_by_test_id("centre")).to_contain_text("中心失联 00:0")
    line = page.get_by_test_id("status-line")
    expect(line).to_contain_text("2 项受限")
    line.get_by_role("button").click()
    expect(line.locator("li").nth(0)).to_contain_text("提示照常，文字等恢复 · 正在重试 · 暂存本机：记录 42 条")
    expect(line.locator("li").nth(1)).to_contain_text("本机时钟慢 3.2 秒")
    page.reload()  # the session holds without the centre
    expect(page.get_by_test_id("centre")).to_have_attribute("data-state", "away")
    place.centre.state, place.centre.reason, place.centre.offset_ms = "refused", "certificate", None
    expect(page.get_by_test_id("status-line")).to_contain_text("中心的证书变了")

    place.centre.state, place.centre.reason = "connected", ""
    lin = place.office.directory.user_of_agent("1027")
    assert lin is not None
    place.office.directory.change(lin.id, {"is_disabled": True})
    place.centre.look()
    expect(page.get_by_test_id("session-ended")).to_be_visible()
    sign_in(page, "zhao")
    expect(page.get_by_test_id("session-ended")).to_have_count(0)
    expect(page.get_by_test_id("centre")).to_have_attribute("data-state", "connected")
    expect(page.locator("a[href*=of-lin]")).to_have_count(0)
    expect(page.get_by_text("等待来电").first).to_be_visible()
    assert [one.agent_id for one in place.office.desks.open_shifts()] == ["1031"]


def test_who_is_no_agent_is_sent_to_the_centre(page: Page, place: Place) -> None:
    admin = place.office.first_admin()
    page.goto("/login")
    sign_in(page, admin.signed_in.login)
    expect(page.get_by_test_id("sign-in-problem")).to_contain_text("请打开上面的中心网址")
    expect(page.get_by_test_id("desk-note").get_by_role("link")).to_have_attribute("href", "https://coach.example.com")


def test_the_account_is_the_centres(page: Page, place: Place) -> None:
    """Its password is changed there, which ends the shift here; the agent's name is the one of there."""
    page.goto("/me")
    sign_in(page, "lin")
    expect(page.get_by_test_id("password-at-centre").get_by_role("link")).to_have_attribute(
        "href", "https://coach.example.com/me"
    )
    expect(page.get_by_test_id("own-password")).to_have_count(0)
    page.goto("/agent")
    page.get_by_test_id("open-facts").first.click()
    expect(page.get_by_test_id("facts-agent_name")).to_have_value("林晓雯")
    expect(page.get_by_test_id("facts-agent_name")).not_to_be_editable()
    lin = place.office.directory.user_of_agent("1027")
    assert lin is not None
    place.office.accounts.set_password(lin.id, "another one 7 bai yun")
    place.centre.look()
    expect(page.get_by_test_id("session-ended")).to_be_visible()
    sign_in(page, "lin", "another one 7 bai yun")
    expect(page.get_by_test_id("session-ended")).to_have_count(0)


CLIPPED = """header => [...header.querySelectorAll('*')].filter(one => {
    const style = getComputedStyle(one)
    return style.clipPath === 'none' && style.overflowX !== 'visible' && one.scrollWidth > one.clientWidth
}).map(one => one.textContent)"""


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_nothing_in_the_header_is_clipped_and_what_gives_way_says_so_by_its_tooltip(
    page: Page, place: Place, locale: str
) -> None:
    page.goto("/agent")
    sign_in(page, "lin")
    expect(page.get_by_test_id("centre")).to_be_visible()
    place.headset.start({})
    assert place.headset.running is not None
    call = place.headset.running[1]
    facts = CallFacts(agent_id="1027", agent_name="林晓雯", team="a", customer_name="欧阳女士", peer="13812346021")
    call.feed([FactsNoted(20, facts), RecordingStarted(20), ListenStarted(20, "王敏", "u-1")])
    expect(page.get_by_test_id("open-facts")).to_contain_text("欧阳女士")
    expect(page.get_by_test_id("listening")).to_be_visible()
    if locale == "en":
        page.get_by_test_id("language").click()
    header = page.locator("header.header")
    gives = {}
    for state in ("connected", "away"):
        place.centre.state = state  # type: ignore[assignment]
        expect(page.get_by_test_id("centre")).to_have_attribute("data-state", state)
        for width in (1024, 1280, 1366, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            until(page, "width => document.documentElement.clientWidth === width", width)
            page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            look(page, f"header-{locale}-{state}-{width}")
            assert header.evaluate("header => header.scrollWidth <= header.clientWidth"), (state, width)
            assert width < 1280 or header.evaluate(CLIPPED) == [], (state, width)
            gives[state, width] = (header.get_attribute("data-gives") or "").split()
    assert gives["connected", 1920] == []
    assert "names" not in gives["away", 1280]
    direction = "呼入" if locale == "zh-CN" else "inbound"
    assert page.get_by_test_id("open-facts").get_attribute("title") == f"欧阳女士 · {direction} · 138****6021"
    place.headset.finish()
