"""Recordings dropped on the page in a real browser: its server played by this test, and the server itself."""

from __future__ import annotations

import io
import json
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
from tests.browser.people import DIST, ORIGIN, People, import_job
from tests.sound import speech, stereo
from tests.waiting import LIMIT_S

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
CALLCOACH = [sys.executable, "-c", "from pipeline.cli.app import main; main()"]
DROP = """([zone, files]) => {
  const transfer = new DataTransfer()
  for (const [name, text] of Object.entries(files)) transfer.items.add(new File([text], name))
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


def dropped(page: Page, *names: str, **texts: str) -> None:
    """`texts`: of files that are named .csv."""
    files = {**dict.fromkeys(names, "x"), **{f"{name}.csv": text for name, text in texts.items()}}
    page.evaluate(DROP, [page.get_by_test_id("imports").element_handle(), files])


def sent(people: People) -> list[dict[str, Any]]:
    return [query for asked, query in people.asked if asked == "POST /api/imports" and "name" in query]


def test_what_is_at_work_is_told_and_survives_a_reload(page: Page) -> None:
    opened(page)
    for _ in range(2):
        expect(page.get_by_test_id("count-done")).to_have_text("1")
        expect(page.get_by_test_id("job-scoring")).to_contain_text("评分 72%")
        expect(page.get_by_test_id("job-waiting")).to_contain_text("排队")
        expect(page.get_by_test_id("refused")).to_contain_text("录到一半断了")
        expect(page.get_by_test_id("so-far")).to_contain_text("81.9平均分")
        expect(page.get_by_test_id("job-done").get_by_role("link")).to_have_attribute("href", "/agent?call=c-1")
        page.reload()


def test_names_are_shown_before_anything_is_sent(page: Page) -> None:
    people = opened(page)
    names = [f"{agent}_{letter}.wav" for agent in (1027, 1044) for letter in "abcd"] + ["x.wav"]
    dropped(page, *names)
    expect(page.get_by_test_id("dropped").get_by_role("listitem")).to_have_text([*names[:8], "另有 1 个"])
    page.get_by_test_id("pattern").fill("nothing")
    expect(page.get_by_test_id("pattern-problem")).to_contain_text("文件名的样子看不懂")
    expect(page.get_by_test_id("names")).not_to_contain_text("--names")
    expect(page.get_by_test_id("start")).to_be_disabled()
    page.get_by_test_id("pattern").fill("")
    page.get_by_test_id("put-agent").click()
    page.get_by_test_id("put-any").click()
    expect(page.get_by_test_id("pattern")).to_have_value("{agent}_*")
    expect(page.get_by_test_id("fits")).to_have_text("9 个里认出 4 个")
    expect(page.get_by_test_id("troubled").nth(4)).to_contain_text("x.wav")  # though it is the last of nine
    expect(page.get_by_test_id("many-elsewhere")).to_contain_text("4 个的工号是别的班组的")
    expect(page.get_by_test_id("start")).to_have_text("开始评分（5 个）")
    expect(page.get_by_test_id("many-unknown")).to_contain_text("1 个没认出")
    expect(page.get_by_test_id("proof").first).to_contain_text("林晓雯 1027")
    assert not sent(people)
    page.get_by_test_id("team").select_option("B")
    expect(page.get_by_test_id("proof").first).to_contain_text("陈晓东 1044")
    page.get_by_test_id("side").select_option("right")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("job-waiting")).to_have_count(10)
    assert [(one["name"], one["team"], one["names"], one["agent_channel"]) for one in sent(people)] == [
        (name, "B", "{agent}_*", "right") for name in names
    ]
    expect(page.get_by_test_id("names")).to_have_count(0)


def test_a_table_that_is_dropped_beside_the_files_tells_of_them(page: Page) -> None:
    people = opened(page)
    dropped(page, facts="file,caller\na.wav,1\n")
    expect(page.get_by_test_id("table-alone")).to_be_visible()
    dropped(page, "a.wav", "b.wav", "c.wav")
    expect(page.get_by_test_id("table-fault")).to_contain_text("没有“caller”这一列")
    expect(page.get_by_test_id("start")).to_be_disabled()
    page.get_by_test_id("table-away").click()
    with page.expect_download() as download:
        page.get_by_test_id("table-empty").click()
    assert download.value.path().read_text("utf-8-sig").splitlines()[1:] == ["a.wav,,,,", "b.wav,,,,", "c.wav,,,,"]
    dropped(page, facts="file,agent_id,direction,company\na.wav,1027,呼出,\nsub/b.wav,1,,\nc.wav,1027,?,华信\n")
    expect(page.get_by_test_id("table-told")).to_have_text("3 行，对上 2 个文件")
    expect(page.get_by_test_id("many-wrong")).to_contain_text("1 个在对照表里写得不对")
    expect(page.get_by_test_id("troubled").first).to_contain_text("对照表里 direction 写得不对")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("job-waiting")).to_have_count(4)
    assert [json.loads(one.get("cells", "{}")) for one in sent(people)] == [
        {"agent_id": "1027", "direction": "呼出"}, {}, {"agent_id": "1027", "direction": "?", "company": "华信"}
    ]  # fmt: skip


def test_an_import_is_paused_goes_on_and_is_called_off(page: Page) -> None:
    people = opened(page)
    people.imports[3]["ahead"], people.others = 7, 6
    expect(page.get_by_test_id("job-waiting")).to_contain_text("前面还有 7 个")
    expect(page.get_by_test_id("jobs")).to_contain_text("别人还有 6 个，大家轮流评")
    page.get_by_test_id("pause").click()
    expect(page.get_by_test_id("left")).to_have_text("已暂停")
    expect(page.get_by_test_id("jobs")).not_to_contain_text("服务器接着评")
    page.get_by_test_id("pause").click()
    expect(page.get_by_test_id("pause")).to_have_text("暂停")
    expect(page.get_by_test_id("jobs")).to_contain_text("服务器接着评")
    assert [body for asked, body in people.asked if asked == "PUT /api/imports/pause"] == [
        {"is_wanted": True}, {"is_wanted": False}
    ]  # fmt: skip
    page.get_by_test_id("clear-all").click()
    expect(page.get_by_test_id("job-waiting")).to_be_visible()  # pressed twice
    page.get_by_test_id("clear-all").click()
    expect(page.get_by_test_id("ended")).to_be_visible()
    expect(page.get_by_test_id("job-done")).to_be_visible()


def test_what_has_no_room_waits_on_the_page_and_is_sent_later(page: Page) -> None:
    people = opened(page)
    people.room = 1
    dropped(page, "a.wav", "b.wav")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("full")).to_contain_text("排队的放满了")
    expect(page.get_by_test_id("bad")).not_to_contain_text("b.wav")
    people.room = 1
    expect(page.get_by_test_id("job-waiting")).to_have_count(3)
    expect(page.get_by_test_id("full")).to_have_count(0)


def test_what_was_deleted_is_no_fault_and_anothers_call_has_no_link(page: Page) -> None:
    people = opened(page)
    people.imports.append(import_job(7, "a.wav", "refused", reason="deleted", detail="x"))
    people.imports.append(import_job(8, "b.wav", "done", share=1.0, is_known=True))
    expect(page.get_by_test_id("count-known")).to_have_text("2")
    expect(page.get_by_test_id("count-done")).to_have_text("1")  # a call of before is none that was scored now
    expect(page.get_by_test_id("count-bad")).to_have_text("1")
    expect(page.get_by_test_id("faults")).to_have_text("1")
    anothers = page.get_by_test_id("job-done").filter(has_text="b.wav")
    expect(anothers).to_contain_text("那通电话您看不到；要看请找管理员")
    expect(anothers.get_by_role("link")).to_have_count(0)


def test_a_call_without_a_score_says_why(page: Page) -> None:
    people = opened(page)
    figures = {"score": None, "assessed_share": None, "to_confirm": 0, "is_mixed": False}
    people.imports.append(import_job(7, "a.wav", "done", share=1.0, call_id="c-7", figures=figures))
    expect(page.get_by_test_id("job-done").filter(has_text="a.wav")).to_contain_text("没评分：通话太短，或能评的太少")


def test_what_is_refused_is_told_in_the_language_of_the_page(page: Page) -> None:
    opened(page)
    page.evaluate(DROP, [page.get_by_test_id("imports").element_handle(), {"empty.wav": "", "large.wav": "x"}])
    expect(page.get_by_test_id("start")).to_have_text("开始评分（1 个）")
    page.get_by_test_id("pattern").fill("nothing")
    expect(page.get_by_test_id("pattern-problem")).to_contain_text("文件名的样子看不懂")
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("pattern-problem")).to_contain_text("this is no pattern")
    page.get_by_test_id("pattern").fill("")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("bad")).to_contain_text("the file is empty")
    expect(page.get_by_test_id("bad")).to_contain_text("a recording may have 500 MB")
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("bad")).to_contain_text("文件是空的")
    expect(page.get_by_test_id("bad")).to_contain_text("文件太大")


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
    expect(page.get_by_test_id("unsent")).to_contain_text("文件太大")
    expect(page.get_by_test_id("job-waiting")).to_have_count(2)  # the other one was sent all the same
    page.get_by_test_id("unsent").get_by_role("button").click()
    expect(page.get_by_test_id("unsent")).to_be_visible()
    assert [asked for asked, _ in people.asked].count("POST /api/imports") == 3


def test_where_nothing_is_imported_that_is_said_first(page: Page) -> None:
    People(page, "qa").file_mb = 0
    page.goto(f"{ORIGIN}/qa/import")
    expect(page.get_by_test_id("no-imports")).to_contain_text("这台服务器不导入录音")
    expect(page.get_by_test_id("choose")).to_be_disabled()


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
    page.get_by_test_id("call-list").wait_for()
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
    expect(page.get_by_test_id("many-nobody")).to_contain_text("2 个的工号现在没有人")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("ended")).to_be_visible(timeout=LIMIT_S * 1000)
    expect(page.get_by_test_id("refused")).to_contain_text("不是声音文件")
    page.reload()
    page.get_by_test_id("job-done").get_by_role("link").click()
    expect(page.get_by_test_id("stage")).to_be_visible()
    assert "call=" in page.url
