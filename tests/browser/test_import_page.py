"""Recordings dropped on the page in a real browser: its server played by this test, and the server itself."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile

from benchmarks.chromium import CHROMIUM, FLAGS

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pipeline.ports import SAMPLE_RATE_HZ
from tests.browser.people import DIST, ORIGIN, People
from tests.sound import speech, stereo
from tests.waiting import LIMIT_S

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
CALLCOACH = [sys.executable, "-c", "from pipeline.cli.app import main; main()"]
DROP = """([zone, names]) => {
  const transfer = new DataTransfer()
  for (const name of names) transfer.items.add(new File(['x'], name))
  const event = (kind) => new DragEvent(kind, { dataTransfer: transfer, bubbles: true })
  for (const kind of ['dragover', 'drop']) zone.dispatchEvent(event(kind))
}"""


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 1280, "height": 800}, timezone_id="Asia/Shanghai")


def opened(page: Page) -> People:
    people = People(page, "qa")
    page.goto(f"{ORIGIN}/qa/import")
    expect(page.get_by_test_id("choose")).to_be_enabled()
    return people


def dropped(page: Page, *names: str) -> None:
    page.evaluate(DROP, [page.get_by_test_id("imports").element_handle(), list(names)])


def sent(people: People) -> list[dict[str, Any]]:
    return [query for asked, query in people.asked if asked == "POST /api/imports" and "names" in query]


def test_what_is_at_work_is_told_and_survives_a_reload(page: Page) -> None:
    opened(page)
    for _ in range(2):
        expect(page.get_by_test_id("count-done")).to_have_text("1")
        expect(page.get_by_test_id("job-scoring")).to_contain_text("评分 72%")
        expect(page.get_by_test_id("job-waiting")).to_contain_text("排队")
        expect(page.get_by_test_id("refused")).to_contain_text("录到一半断了")
        expect(page.get_by_test_id("job-done").get_by_role("link")).to_have_attribute("href", "/agent?call=c-1")
        page.reload()


def test_names_are_shown_before_anything_is_sent(page: Page) -> None:
    people = opened(page)
    dropped(page, "1027_a.wav", "1027_b.wav", "x.wav")
    page.get_by_test_id("pattern").fill("nothing")
    expect(page.get_by_test_id("pattern-problem")).to_be_visible()
    expect(page.get_by_test_id("start")).to_be_disabled()
    page.get_by_test_id("pattern").fill("{agent}_*")
    expect(page.get_by_test_id("fits")).to_have_text("3 个里认出 2 个")
    expect(page.get_by_test_id("names")).to_contain_text("没认出，归到“待认领”")
    assert not sent(people)
    page.get_by_test_id("team").select_option("B")
    page.get_by_test_id("side").select_option("right")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("job-waiting")).to_have_count(4)
    assert [(one["name"], one["team"], one["names"], one["agent_channel"]) for one in sent(people)] == [
        (name, "B", "{agent}_*", "right") for name in ("1027_a.wav", "1027_b.wav", "x.wav")
    ]
    expect(page.get_by_test_id("names")).to_have_count(0)


def test_the_keyboard_is_enough(page: Page) -> None:
    file: Any = {"name": "a.wav", "mimeType": "audio/wav", "buffer": b"x"}
    page.on("filechooser", lambda chooser: chooser.set_files([file]))  # early: it takes a moment to be heeded
    people = opened(page)
    page.keyboard.press("o")
    expect(page.get_by_test_id("names")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_test_id("job-waiting")).to_have_count(2)
    page.get_by_role("button", name="去掉 a.wav").press("Enter")
    expect(page.get_by_test_id("job-waiting")).to_have_count(1)
    assert [one["name"] for one in people.imports][-1] != "a.wav"


def test_what_the_server_refuses_is_told_and_can_be_tried_again(page: Page) -> None:
    people = opened(page)
    dropped(page, "large.wav", "small.wav")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("unsent")).to_contain_text("large.wav")
    expect(page.get_by_test_id("job-waiting")).to_have_count(2)  # the other one was sent all the same
    page.get_by_test_id("unsent").get_by_role("button").click()
    expect(page.get_by_test_id("unsent")).to_be_visible()
    assert [asked for asked, _ in people.asked].count("POST /api/imports") == 3


def test_somebody_without_a_team_is_told_so(page: Page) -> None:
    people = People(page, "qa")
    people.teams, people.imports = [], []
    page.goto(f"{ORIGIN}/qa/import")
    expect(page.get_by_test_id("no-team")).to_be_visible()
    expect(page.get_by_test_id("choose")).to_be_disabled()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """`callcoach serve`, and a link that signs in somebody of QA there."""
    env = {**os.environ, "CALLCOACH_DATA": str(tmp_path), "CALLCOACH_ASR__MODEL": "none", "PYTHONUNBUFFERED": "1"}

    def run(*arguments: str) -> str:
        return subprocess.run([*CALLCOACH, *arguments], env=env, capture_output=True, text=True, check=True).stdout

    run("teams", "add", "A 组", "--id", "A")
    run("users", "add", "zhengyan", "--name", "郑岩", "--role", "admin")
    run("users", "add", "xulan", "--name", "许岚", "--role", "qa", "--team", "A")
    server = subprocess.Popen([*CALLCOACH, "serve", "--port", "0"], env=env, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert "callcoach: http" in server.stdout.readline()
    yield next(word for word in run("users", "link", "xulan").split() if "://" in word)
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=LIMIT_S)


def test_a_recording_becomes_a_call_and_a_web_page_does_not(browser: Browser, served: str) -> None:
    page = browser.new_page(timezone_id="Asia/Shanghai")
    page.goto(served)
    for name in ("new-password", "repeat"):
        page.get_by_test_id(f"field-{name}").fill("a long enough password")
    page.keyboard.press("Enter")
    page.get_by_test_id("stage").wait_for()
    page.goto(f"{served.split('/login')[0]}/qa/import")
    sound = io.BytesIO()
    soundfile.write(
        sound, stereo([(100, speech("您好"))], [(900, speech("你好", "m3"))], 2_000), SAMPLE_RATE_HZ, format="WAV"
    )
    page.get_by_test_id("picker").set_input_files([
        {"name": "1027_20261103_091204_in.wav", "mimeType": "audio/wav", "buffer": sound.getvalue()},
        {"name": "1028_20261103_091204_in.wav", "mimeType": "audio/wav", "buffer": b"<!doctype html>" * 50},
    ])  # fmt: skip
    page.get_by_test_id("pattern").fill("{agent}_{date}_{time}_{direction}")
    expect(page.get_by_test_id("fits")).to_have_text("2 个里认出 2 个")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("ended")).to_be_visible(timeout=LIMIT_S * 1000)
    expect(page.get_by_test_id("refused")).to_contain_text("不是声音文件")
    page.reload()
    page.get_by_test_id("job-done").get_by_role("link").click()
    expect(page.get_by_test_id("stage")).to_be_visible()
    assert "call=" in page.url
