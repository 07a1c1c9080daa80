"""Two teams with their people on a server of its own, for a whole day of QA, and what each of them may not do there."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import soundfile
from playwright.sync_api import Browser, Locator, Page, expect

from pipeline.people.audit import Wanted
from pipeline.people.permissions import Role
from pipeline.ports import SAMPLE_RATE_HZ
from tests.browser.own_desk import CALL_MS, SAID, A, OwnDesk, card
from tests.browser.replayed import HEARING
from tests.reviews.cards import CONFIRM, MET, card_of
from tests.waiting import wait_until

PASSWORD = "qing feng ming yue 9"
CALL, COLLEAGUES, ELSEWHERE = "day", "of-a-colleague", "of-team-b"
OF_A_CALL = ("", "/records", "/review", "/audio")
# Beside those of OwnDesk, who are of team a: login, name, role, more.
OTHERS: tuple[tuple[str, str, Role, dict[str, Any]], ...] = (
    ("zhou", "周倩", Role.AGENT, {"team": "a", "agent_id": "1033"}),
    ("wu", "吴凡", Role.AGENT, {"team": "b", "agent_id": "1066"}),
    ("chen", "陈立", Role.LEAD, {"team": "b"}),
    ("he", "何静", Role.QA, {"assigned": ("b",)}),
)
OVERRIDDEN = "11 秒起已说明要稍等，录音可听"
NOTE = "客户着急，这里先道歉"
MINE = "我最后说了再回复您"
CHECKED = "18 秒处有"
DECIDED = "听过录音，只说了一半"
Post = tuple[str, dict[str, Any]]
Refused = Sequence[tuple[str, str] | tuple[str, str, dict[str, Any]]]


@dataclass
class Day:
    """The call of the day is `CALL`. `scored`: its automatic score as it lay in the database at first."""

    desk: OwnDesk
    browser: Browser
    scored: bytes

    def page(self, width: int = 1920, height: int = 1080, **context: Any) -> Page:
        """Of a browser where nobody has signed in yet."""
        told = {"timezone_id": "Asia/Shanghai", "accept_downloads": True, **context}
        page = self.browser.new_context(viewport={"width": width, "height": height}, **told).new_page()
        page.add_init_script(HEARING)
        return page

    def refused(self, page: Page, own: Post, asked: Refused) -> None:
        """403 of each, or 404 where not even that it is there is told; `own`, which is theirs to say, is heard."""
        assert self._status(page, "POST", *own) in (409, 422), own  # it is about no item of the card
        for method, path, *given in asked:
            assert self._status(page, method, path, *given) in (403, 404), (method, path)

    def _status(self, page: Page, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        """By the API, with the session of this page's browser."""
        address, headers = f"{self.desk.base}/api{path}", {"origin": self.desk.base}
        return page.context.request.fetch(address, method=method, data=body, headers=headers).status

    def said(self) -> list[tuple[str, str]]:
        """Who said what of the call, from the first entry on."""
        names = {user.id: user.login for user in self.desk.centre.registry.directory.users()}
        return [(names[entry.actor], entry.act.kind) for entry in self.desk.kept.entries(CALL)]

    def noted(self, action: str) -> set[tuple[str, str | None]]:
        """Logins, and of what the audit says that they did this."""
        names = {user.id: user.login for user in self.desk.centre.registry.directory.users()}
        rows = self.desk.centre.registry.audit.rows(Wanted(action=action, outcome="done"))
        return {(names[row.actor or ""], row.object) for row in rows}


def open_day(folder: Path, browser: Browser) -> Day:
    desk = OwnDesk(folder)
    directory, accounts = desk.centre.registry.directory, desk.centre.registry.accounts
    directory.add_team("B 组", "b")
    for login, name, role, fields in OTHERS:
        desk.centre.page(login, role, **fields)
        directory.change(desk.centre.person(login).id, {"name": name})
    for login in ("xu", "lin", "wang"):
        accounts.set_password(desk.centre.person(login).id, PASSWORD)
    only_heard = card_of([replace(one, verdict=CONFIRM) if one.rule == "not-clear" else one for one in card().items])
    desk.call(CALL, replace(only_heard, at_ms=CALL_MS), hours=2)
    desk.call(COLLEAGUES, card(wait=MET, fatal=False), hours=3, number=1, agent_id="1033", agent_name="周倩")
    desk.call(ELSEWHERE, card(), hours=1, number=2, agent_id="1066", agent_name="吴凡", team="b")
    one_at_a_time(folder / "recordings" / f"{CALL}.flac")
    return Day(desk, browser, scored(folder))


def scored(folder: Path) -> bytes:
    """The row of the automatic score, byte for byte."""
    with closing(sqlite3.connect(folder / "calls.db")) as database:
        found = database.execute("SELECT * FROM records WHERE call_id = ? AND kind = 'CallScored'", (CALL,)).fetchall()
    assert len(found) == 1
    return repr(found[0]).encode()


def one_at_a_time(path: Path) -> None:
    """A recording in which each side is heard in its own lines alone."""
    rng = np.random.default_rng(7)
    sound = np.zeros((CALL_MS * SAMPLE_RATE_HZ // 1000, 2), np.int16)
    for channel, start_ms, end_ms, _ in SAID:
        begin, end = start_ms * SAMPLE_RATE_HZ // 1000, end_ms * SAMPLE_RATE_HZ // 1000
        sound[begin:end, 0 if channel is A else 1] = rng.integers(-6_000, 6_000, end - begin)
    soundfile.write(path, sound, SAMPLE_RATE_HZ, format="FLAC")


def row(page: Page, call_id: str = CALL) -> Locator:
    return page.locator(f"[data-testid=call-row][data-call='{call_id}']")


def item(page: Page, rule: str) -> Locator:
    return page.locator(f"[data-rule={rule}]")


def loudness_is(page: Page, *, loud: bool) -> None:
    wait_until(lambda: (page.evaluate("window.tap ? loudness() : -1") > 0.02) is loud)


def heard_ms(page: Page) -> float:
    told: float = page.evaluate("media.currentTime * 1000")
    return told


def cursor(page: Page) -> float:
    """Where the line over the lanes is, in pixels."""
    box = page.get_by_test_id("cursor").bounding_box()
    assert box is not None
    return box["x"]


def tab_to(page: Page, target: Locator) -> None:
    """By the Tab key alone, as far as it is: what cannot be reached so is out of reach for some."""
    for _ in range(200):
        if target.count() and target.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by Tab")


def composed(page: Page, spelled: Sequence[str], text: str) -> None:
    """As a Chinese input method writes: what is spelled, Enter and Ctrl+Enter while it is, and then the characters."""
    method = page.context.new_cdp_session(page)
    for letters in spelled:
        at = {"selectionStart": len(letters), "selectionEnd": len(letters)}
        method.send("Input.imeSetComposition", {"text": letters, **at})
    for modifiers in (0, 2):
        key = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        method.send("Input.dispatchKeyEvent", {**key, "modifiers": modifiers})
    method.send("Input.insertText", {"text": text})
    method.detach()


def sheet(path: Path) -> list[dict[str, str]]:
    """Rows of an XLSX file by the names in its first."""
    of = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with ZipFile(path) as parts:
        rows = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml")).iterfind(".//x:row", of)
        told = []
        for row in rows:
            cells = {}
            for cell in row.iterfind("x:c", of):
                cells[(cell.get("r") or "").rstrip("0123456789")] = "".join(cell.itertext())
            told.append(cells)
    return [{name: cells.get(at, "") for at, name in told[0].items()} for cells in told[1:]]


def qa_may_not(day: Day, page: Page) -> None:
    """Calls of a team that was not assigned, and what is the agent's or the lead's to say."""
    own = judging("judge", "verdict", rule="nothing", verdict="met", reason="属实")
    day.refused(page, own, [("GET", f"/calls/{ELSEWHERE}{more}") for more in (*OF_A_CALL, "/audio/peaks")])
    day.refused(page, own, [
        ("POST", *judging("judge", "finished", ELSEWHERE, until=0)),
        ("POST", *judging("answer", "accepted", rule="summary")),
        ("POST", *CHECK),
        ("GET", "/users"),
    ])  # fmt: skip


def agent_may_not(day: Day, page: Page) -> None:
    """Open the list of QA, or a colleague's call, or say anything of that."""
    own = judging("answer", "accepted", rule="nothing")
    day.refused(page, own, [("GET", f"/calls/{COLLEAGUES}{more}") for more in OF_A_CALL])
    day.refused(page, own, [
        ("POST", *judging("answer", "accepted", COLLEAGUES, rule="summary")),
        ("POST", *judging("comment", "commented", COLLEAGUES, text="好")),
        ("POST", *judging("judge", "verdict", rule="summary", verdict="met", reason="说了")),
        ("POST", *CHECK),
        ("GET", "/reviews/agreement"),
    ])  # fmt: skip
    page.goto(f"{day.desk.base}/qa")
    expect(page).to_have_url(re.compile("/agent"))
    page.goto(f"{day.desk.base}/qa/calls/{COLLEAGUES}")
    expect(page.get_by_test_id("failed")).to_contain_text("不在您的权限内")
    page.goto(f"{day.desk.base}/agent/calls?call={COLLEAGUES}")
    expect(page.get_by_test_id("nothing-open")).to_have_text("没有这通电话，或不是您的")


def lead_may_not(day: Day, page: Page) -> None:
    """Decide what QA decides, answer for the agent, or see another team's call."""
    own = judging("check", "checked", rule="nothing", is_right=True, reason="属实")
    day.refused(page, own, [("GET", f"/calls/{ELSEWHERE}{more}") for more in OF_A_CALL])
    day.refused(page, own, [
        ("POST", *judging("judge", "decided", rule="summary", verdict="met", reason="属实")),
        ("POST", *judging("answer", "accepted", rule="summary")),
        ("POST", *judging("check", "checked", ELSEWHERE, rule="summary", is_right=True, reason="是")),
    ])  # fmt: skip


def others_may_not(day: Day) -> None:
    """The lead and the QA of the other team, and the agent beside: each may what concerns the own team alone."""
    for login, own in (
        ("chen", judging("check", "checked", ELSEWHERE, rule="nothing", is_right=True, reason="属实")),
        ("he", judging("judge", "verdict", ELSEWHERE, rule="nothing", verdict="met", reason="属实")),
        ("zhou", judging("answer", "accepted", COLLEAGUES, rule="nothing")),
    ):
        page = day.page()
        day.desk.sign_in(page.context, login)
        day.refused(page, own, [("GET", f"/calls/{CALL}{more}") for more in OF_A_CALL])
        page.context.close()


def judging(route: str, kind: str, call_id: str = CALL, **fields: Any) -> Post:
    """Where somebody says this of a call, and how."""
    return f"/calls/{call_id}/review/{route}", {"act": {"kind": kind, **fields}, "seen": 99}


CHECK = judging("check", "checked", rule="summary", is_right=True, reason="属实")
