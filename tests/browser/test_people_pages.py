"""Signing in and the pages about people in a real browser: the built pages alone, their server played by this test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chromium import CHROMIUM, FLAGS

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.people import DIST, NOW, ORIGIN, PASSWORD, People, desk

AXE = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
PAGES = (
    "/login",
    "/admin",
    "/admin/teams",
    "/admin/tokens",
    "/admin/desks",
    "/admin/settings",
    "/admin/audit",
    "/me",
    "/qa/import",
)
READY = {"/login": "sign-in", "/admin": "person-linxw", "/admin/teams": "team-A", "/admin/tokens": "tokens",
         "/admin/desks": "desk-前台 07 号机",
         "/admin/settings": "settings-version", "/admin/audit": "row-8", "/me": "session",
         "/qa/import": "job-done"}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, timezone_id="Asia/Shanghai")
    page.clock.set_fixed_time(NOW)
    yield page
    page.close()


def served(page: Page, path: str, role: str | None = "admin") -> People:
    role = "qa" if path.startswith("/qa") else role
    people = People(page, None if path.startswith("/login") else role)
    page.goto(ORIGIN + path)
    return people


def serious(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA, of serious or critical impact."""
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: list[dict[str, Any]] = page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags }).then(({ violations }) => violations)", tags
    )
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (make setup)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_no_serious_fault_of_accessibility_and_no_sideways_scroll(browser: Browser, path: str, scheme: Any) -> None:
    page = browser.new_page(color_scheme=scheme, timezone_id="Asia/Shanghai")
    page.clock.set_fixed_time(NOW)
    served(page, path)
    for width in (380, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.get_by_test_id(READY[path]).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert serious(page) == [], width
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_english_by_the_switch(page: Page, path: str) -> None:
    served(page, path)
    expect(page.get_by_test_id(READY[path]).first).to_be_visible()
    page.get_by_test_id("language").click()
    names = "郑岩|许岚|周琳|王敏|林晓雯|陈晓东|傅强|锦和物业客服中心|组|弹屏|旧报表|手机号|旧前台|前台|夜班|号机"
    back = "中"  # the way back to Chinese
    said = re.sub(f"{names}|{back}", "", page.locator("body").inner_text())
    assert not [letter for letter in said if "\u4e00" <= letter <= "\u9fff"], said


def try_to_sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_test_id("field-login").fill(name)
    page.get_by_test_id("field-password").fill(password)
    page.keyboard.press("Enter")


def test_a_wrong_password_says_the_same_of_any_name_and_a_right_one_goes_on(page: Page) -> None:
    served(page, "/login?next=/admin/audit")
    said = []
    for name, left in (("linxw", 3), ("nobody", 2)):
        try_to_sign_in(page, name, "wrong")
        problem = page.get_by_test_id("sign-in-problem")
        expect(problem).to_contain_text(f"还可以试 {left} 次")
        said.append(problem.inner_text()[:9])
    assert said == ["登录名或密码不对，"] * 2
    expect(page.get_by_test_id("field-password")).to_be_focused()
    try_to_sign_in(page, "zhengyan", PASSWORD)
    expect(page.get_by_test_id("audit")).to_be_visible()
    expect(page.get_by_test_id("who")).to_have_text("管理员 郑岩")


@pytest.mark.parametrize("away", ["//evil.example/x", "https://evil.example", "javascript:alert(1)", "/api/me/data"])
def test_a_sign_in_leads_to_no_other_place(page: Page, away: str) -> None:
    people = People(page, None)
    page.goto(f"{ORIGIN}/login?next={away}")
    try_to_sign_in(page, "zhengyan", PASSWORD)
    expect(page.get_by_test_id("people")).to_be_visible()
    assert page.url == f"{ORIGIN}/admin"
    assert people.role == "admin"


def test_slowed_down_shows_a_clock_and_lets_another_name_try(page: Page) -> None:
    people = served(page, "/login")
    people.wait_s = 277
    try_to_sign_in(page, "1044", "wrong")
    expect(page.get_by_test_id("slowed")).to_contain_text("4:3")
    expect(page.get_by_test_id("sign-in-go")).to_be_disabled()
    page.get_by_test_id("field-login").fill("1027")
    expect(page.get_by_test_id("field-password")).to_be_visible()


def test_the_last_wrong_password_shows_the_clock_at_once(page: Page) -> None:
    people = served(page, "/login")
    people.tries_left = 1
    try_to_sign_in(page, "1044", "wrong")
    expect(page.get_by_test_id("slowed")).to_contain_text("0:")
    expect(page.get_by_test_id("sign-in-go")).to_be_disabled()


def test_the_first_administrator_by_a_link_whose_secret_leaves_the_address(page: Page) -> None:
    people = People(page, None)
    people.link = {"purpose": "first", "login": "", "name": "", "expires_at": NOW + 1458}
    page.goto(f"{ORIGIN}/login#a-secret")
    form = page.get_by_test_id("link-form")
    expect(form).to_contain_text("建立第一个管理员")
    expect(form).to_contain_text("24:18")
    assert page.url == f"{ORIGIN}/login"
    page.reload()
    expect(form).to_be_visible()
    for field, text in (("company", "锦和"), ("name", "郑岩"), ("login", "zhengyan"), ("new-password", "short")):
        page.get_by_test_id(f"field-{field}").fill(text)
    expect(page.get_by_test_id("password-length")).to_contain_text("5 位，至少 12 位")
    page.get_by_test_id("field-new-password").fill("password1234")
    page.get_by_test_id("field-repeat").fill("password123x")
    expect(page.get_by_test_id("password-same")).to_contain_text("两次不一样")
    expect(page.get_by_test_id("link-go")).to_be_disabled()
    page.get_by_test_id("field-repeat").fill("password1234")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("password-length")).to_contain_text("这个密码太常见")
    for field in ("new-password", "repeat"):
        page.get_by_test_id(f"field-{field}").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("people")).to_be_visible()
    secrets = [body["secret"] for path, body in people.asked if path.startswith("POST /api/links/")]
    assert set(secrets) == {"a-secret"}
    assert "a-secret" not in page.evaluate("JSON.stringify(history.state) + location.href")


def test_without_an_administrator_who_has_an_account_signs_in_all_the_same(page: Page) -> None:
    people = People(page, None)
    people.is_first_run = True
    page.goto(f"{ORIGIN}/login")
    first = page.get_by_test_id("first-run")
    expect(first).to_contain_text("还没有管理员")
    expect(first).to_contain_text("服务器启动时的提示里有完整的命令")
    expect(first).to_contain_text("callcoach users link")
    try_to_sign_in(page, "linxw", PASSWORD)
    expect(page.get_by_test_id("sign-in")).to_be_hidden()
    assert people.role == "agent"


def test_a_link_that_is_gone_names_the_command(page: Page) -> None:
    people = People(page, None)
    page.goto(f"{ORIGIN}/login#used")
    gone = page.get_by_test_id("link-gone")
    expect(gone).to_contain_text("这条链接过期了")
    expect(gone).to_contain_text("callcoach users link")
    people.link = {"purpose": "reset", "login": "linxw", "name": "林晓雯", "expires_at": NOW + 600}
    page.evaluate("location.hash = 'another'")  # pasted into the same tab: the page is the same
    expect(page.get_by_test_id("link-form")).to_contain_text("林晓雯")
    people.link = 410
    page.goto(f"{ORIGIN}/login#used-too")
    expect(gone).to_contain_text("这条链接过期了")
    page.get_by_test_id("to-sign-in").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()


def test_a_token_is_shown_once(page: Page) -> None:
    people = served(page, "/admin/tokens")
    page.get_by_test_id("add-token").click()
    page.get_by_test_id("token-name").fill("前台 07 号机")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("secret")).to_have_text("cc_telephone_7Qm2-Zt9K-f4Ws-8aXc-VdHe")
    page.get_by_test_id("secret-kept").click()
    expect(page.locator("body")).not_to_contain_text("cc_telephone_")
    page.reload()
    expect(page.get_by_test_id("token-前台 07 号机")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("cc_telephone_")
    revoke = page.get_by_test_id("token-前台 07 号机").get_by_role("button")
    revoke.click()
    assert not [path for path, _ in people.asked if path.startswith("DELETE")]
    revoke.click()
    expect(page.get_by_test_id("token-前台 07 号机")).to_contain_text("已吊销")


def test_desks_and_a_code_that_runs_down_until_a_machine_comes(page: Page) -> None:
    people = served(page, "/admin/desks")
    expect(page.get_by_test_id("desks-count")).to_have_text("4 台在用 · 2 台在线")
    expect(page.get_by_test_id("desk-前台 07 号机")).to_contain_text("林晓雯")
    expect(page.get_by_test_id("desk-前台 07 号机")).not_to_contain_text("时钟")
    expect(page.get_by_test_id("desk-前台 08 号机")).to_contain_text("时钟慢 5 分")
    expect(page.get_by_test_id("desk-夜班 02 号机")).to_contain_text("离线 · 最后在线 12 分前")
    page.clock.install(time=NOW)
    page.reload()
    expect(page.get_by_test_id("desks-count")).to_be_visible()
    tab_to(page, "add-desk")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("secret")).to_have_text(f"callcoach desk enrol {ORIGIN} K7QM-2ZT9-KF4W-S8AX")
    expect(page.get_by_test_id("secret-card")).to_be_focused()
    page.clock.run_for(60_000)
    expect(page.get_by_test_id("code-left")).to_have_text("还剩 9:00")
    people.desks.append(desk(9, "新前台", "FRONT-09 · Windows 11", is_here=False, seen_at=None))
    page.clock.run_for(5_000)
    expect(page.get_by_test_id("desk-came")).to_contain_text("新前台 已加入")
    expect(page.get_by_test_id("secret")).to_have_count(0)
    page.get_by_test_id("add-desk").click()
    expect(page.get_by_test_id("secret")).to_be_visible()
    page.clock.run_for(600_000)
    expect(page.get_by_test_id("code-over")).to_contain_text("这个代码过期了")
    expect(page.locator("body")).not_to_contain_text("K7QM")
    revoke = page.get_by_test_id("desk-新前台").get_by_role("button")
    revoke.click()
    assert not [path for path, _ in people.asked if path.startswith("DELETE")]
    revoke.click()
    expect(page.get_by_test_id("desk-新前台")).to_contain_text("已撤销")


def test_people_by_keyboard_alone_and_a_role_that_is_refused_stays(page: Page) -> None:
    people = served(page, "/admin")
    expect(page.get_by_test_id("people-count")).to_have_text("7 人 · 管理员 1 · 质检 2 · 班长 1 · 坐席 3")
    expect(page.get_by_test_id("person-chenxd")).to_contain_text("锁定，剩 2 分")
    page.keyboard.press("/")
    page.keyboard.type("1027")
    expect(page.get_by_test_id("person-zhengyan")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("person")).to_contain_text("林晓雯")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("person")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    admin = page.get_by_test_id("person-zhengyan").get_by_role("combobox")
    admin.select_option("agent")
    expect(page.get_by_test_id("people-problem")).to_have_text("没有做成：这是最后一个能登录的管理员，请先再设一个")
    expect(admin).to_have_value("admin")
    page.clock.set_fixed_time(NOW + 5)  # the page's own clock moves on every 10 s, and the list is read anew between
    page.get_by_test_id("add-person").click()
    page.get_by_test_id("person-name").fill("新人")
    page.get_by_test_id("person-login").fill("xinren")
    page.get_by_test_id("person-team").select_option("A")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("secret")).to_have_text(f"{ORIGIN}/login#a-secret-of-the-test")
    assert people.users[-1]["team"] == "A"
    expect(page.get_by_test_id("person-xinren")).to_be_visible()
    assert "在用" in page.get_by_test_id("person-zhengyan").inner_text()


def tab_to(page: Page, test_id: str) -> None:
    """As somebody without a mouse gets there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.dataset.testid") == test_id:
            return
    pytest.fail(f"Tab never gets to {test_id}")


def test_a_person_is_added_by_tab_and_enter_alone(page: Page) -> None:
    people = served(page, "/admin")
    expect(page.get_by_test_id("person-linxw")).to_be_visible()
    tab_to(page, "add-person")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("person-name")).to_be_focused()
    page.keyboard.type("新人")
    tab_to(page, "person-login")
    page.keyboard.type("xinren")
    tab_to(page, "person-team")
    page.keyboard.press("ArrowDown")
    tab_to(page, "person-save")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("secret")).to_have_text(f"{ORIGIN}/login#a-secret-of-the-test")
    assert (people.users[-1]["name"], people.users[-1]["team"]) == ("新人", "A")
    expect(page.get_by_test_id("secret-card")).to_be_focused()
    tab_to(page, "secret-kept")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("secret")).to_have_count(0)


def test_the_audit_by_keyboard_with_names_of_today(page: Page) -> None:
    people = served(page, "/admin/audit")
    expect(page.get_by_test_id("chain")).to_contain_text("链条完整")
    expect(page.get_by_test_id("row-3")).to_contain_text("已移除的人")
    expect(page.get_by_test_id("group-refused")).to_have_text("被拒绝 1")
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    row = page.get_by_test_id("audit-row")
    expect(row).to_contain_text("A 组")
    expect(row).to_contain_text("改后 · 录音90")
    expect(row.locator("ol li")).to_have_count(3)
    page.keyboard.press("f")
    expect(page.get_by_test_id("filter-day")).to_be_focused()
    page.get_by_test_id("filter-actor").select_option(label="许岚")
    expect(page.get_by_test_id("audit-count")).to_have_text("1 行")
    page.get_by_test_id("row-4").click()  # anywhere on it
    expect(row).to_contain_text("听录音")
    people.broken = {"number": 48_102, "what": "changed"}
    page.reload()
    expect(page.get_by_test_id("chain")).to_contain_text("第 48,102 行起对不上")


def test_settings_are_kept_with_a_reason_and_the_second_writer_is_told(page: Page) -> None:
    people = served(page, "/admin/settings")
    page.get_by_test_id("set-retention_audio_days").fill("60")
    expect(page.get_by_test_id("settings-save")).to_be_disabled()
    page.get_by_test_id("settings-reason").fill("合规部要求")
    page.get_by_test_id("settings-save").click()
    expect(page.get_by_test_id("settings-said")).to_contain_text("已存为第 1 版")
    people.version = 7
    page.get_by_test_id("set-retention_audio_days").fill("30")
    page.get_by_test_id("settings-reason").fill("再改")
    page.get_by_test_id("settings-save").click()
    expect(page.get_by_test_id("settings-said")).to_contain_text("别人刚改过")
    expect(page.get_by_test_id("settings-version")).to_have_text("第 7 版")


@pytest.mark.parametrize(
    ("role", "sections"),
    [("agent", ["实时提示", "我的账号"]), ("qa", ["通话", "导入", "实时提示", "我的账号"]),
     ("lead", ["大屏", "通话", "导入", "实时提示", "班组设置", "我的账号"]),
     ("admin", ["人员", "班组", "令牌", "坐席电脑", "班组设置", "审计", "我的账号"])],
)  # fmt: skip
def test_each_role_is_offered_what_is_there_for_it(page: Page, role: str, sections: list[str]) -> None:
    served(page, "/me", role)
    expect(page.get_by_role("navigation").get_by_role("link")).to_have_text(sections)
    if role != "admin":
        page.goto(f"{ORIGIN}/admin")
        expect(page.get_by_test_id("not-yours")).to_be_visible()


def test_a_session_that_ends_shows_a_sign_in_over_what_is_shown(page: Page) -> None:
    people = served(page, "/admin")
    expect(page.get_by_test_id("person-linxw")).to_be_visible()
    people.role = None
    page.get_by_test_id("person-linxw").get_by_role("combobox").select_option("lead")
    over = page.get_by_test_id("session-ended")
    expect(over).to_be_visible()
    expect(over).to_contain_text("callcoach users link")  # whoever sits at a desk has no password
    expect(page.get_by_test_id("person-linxw")).to_be_visible()
    page.keyboard.press("Escape")
    expect(over).to_be_visible()
    over.get_by_test_id("field-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(over).to_have_count(0)
    assert page.url == f"{ORIGIN}/admin"
