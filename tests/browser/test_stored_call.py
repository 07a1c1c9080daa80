"""Calls of before in a real browser, on `callcoach serve`: their evidence is heard, or the page says why it is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import soundfile

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import CaptureMeasured, Channel, Heard
from pipeline.events.hints import Span
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted
from pipeline.events.score import CallScored, ScoreGroup, ScoreItem, Verdict
from pipeline.folders import bundled
from pipeline.people.audit import Wanted
from pipeline.people.permissions import Action
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.store.audit import SqlAuditLog
from pipeline.store.sql import SqlStore
from pipeline.store.sqlite_file import SqliteFile
from tests.live.talk import BOTH, NO, YES, Talk, record
from tests.ports import free_port
from tests.sound import UNHURRIED
from tests.waiting import LIMIT_S
from tests.writing import add

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
]
CALL_MS = 4_000
PASSWORD = "qing feng ming yue 9"


def stored(call_id: str, facts: CallFacts) -> list[Event]:
    """A call on a headset with one missed rule, whose evidence is its second second."""
    shown = legend(load_rulebook(bundled("rules", "handbook.yaml")), 5_000, 15_000)
    evidence = (Span(Channel.AGENT, 1_000, 2_000, "346 字/分", "346 chars/min"),)
    item = ScoreItem("pace", "语速", "声音", Verdict.MISSED, 8, 0, False, evidence, title_en="Pace")
    begun = CallStarted(
        0, call_id, "2026-11-22T09:00:00+08:00", BOTH, facts, "handbook", "1", "a", "base", legend=shown
    )
    return [
        begun,
        CaptureMeasured(20, Channel.AGENT, "USB", Heard.YES, 40, 0, 0),
        *([RecordingStarted(20)] if facts is YES else []),
        CallEnded(CALL_MS, "finished"),
        CallScored(CALL_MS, 50, 0, (ScoreGroup("声音", 0, 8),), (item,)),
    ]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Address of `callcoach serve` over an older call, one whose recording was cut off by a kill, and one without."""
    store = SqlStore(tmp_path / "calls.db")
    for call_id, facts in (("older", YES), ("c1", YES), ("silent", NO)):
        add(store, call_id, stored(call_id, facts))
    store.close()
    record(Talk(CALL_MS), tmp_path / "recordings")  # c1.wav: what a kill leaves
    soundfile.write(tmp_path / "recordings" / "older.flac", Talk(CALL_MS).pcm, SAMPLE_RATE_HZ, format="FLAC")
    port = free_port()
    command = [str(Path(sys.executable).parent / "callcoach"), "serve", "--port", str(port)]
    environment = {**os.environ, **UNHURRIED, "CALLCOACH_DATA": str(tmp_path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline()]
    while said[-1] and "127.0.0.1" not in said[-1]:
        said.append(process.stdout.readline())
    assert said[-1], said
    for login, role in (("zheng", ["admin"]), ("zhou", ["qa", "--team", "*"])):
        added = subprocess.run(
            [command[0], "users", "add", login, "--password-stdin", "--role", *role],
            env=environment, input=f"{PASSWORD}\n", capture_output=True, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


def open_call(browser: Browser, address: str, call_id: str, asked: list[str] | None = None) -> Page:
    """`asked`: the addresses that the page asks for are added to it."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.on("request", lambda request: asked.append(request.url) if asked is not None else None)
    page.goto(f"{address}/agent?call={call_id}")  # leads to the sign-in page, and from there back
    page.get_by_label("登录名或工号").fill("zhou")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_test_id("open-scorecard").click()
    return page


def test_evidence_of_stored_calls_is_heard_in_serve(browser: Browser, served: str) -> None:
    for call_id in ("older", "c1"):
        page = open_call(browser, served, call_id)
        chip = page.get_by_test_id("scorecard").get_by_test_id("play-evidence")
        chip.click()
        expect(chip).to_have_attribute("data-playing", "true")
        expect(chip).to_have_attribute("data-playing", "false")  # from a second before to its end: it has played


def listened(folder: Path) -> int:
    """Rows of the audit that say so."""
    with closing(SqliteFile(folder / "calls.db")) as database:
        return len(SqlAuditLog(database).rows(Wanted(action=Action.CALL_LISTEN)))


def test_who_opens_a_call_has_not_listened_to_it(browser: Browser, served: str, tmp_path: Path) -> None:
    asked: list[str] = []
    page = open_call(browser, served, "older", asked)
    chip = page.get_by_test_id("scorecard").get_by_test_id("play-evidence")
    expect(chip).to_have_attribute("data-playing", "false")
    page.wait_for_load_state("networkidle")
    assert (sum("/audio" in url for url in asked), listened(tmp_path)) == (0, 0)
    for _ in range(2):
        chip.click()
        expect(chip).to_have_attribute("data-playing", "true")
        expect(chip).to_have_attribute("data-playing", "false")
    assert any("/audio" in url for url in asked)
    assert listened(tmp_path) == 1


def test_a_chip_that_cannot_play_says_why(browser: Browser, served: str) -> None:
    page = open_call(browser, served, "silent")
    expect(page.get_by_test_id("no-recording")).to_contain_text("客户没有同意")
    chip = page.get_by_test_id("scorecard").get_by_test_id("evidence-time")
    expect(chip).to_have_attribute("title", "没有录音：客户没有同意")
