"""The agent page in a real browser, on the real server, while a real call runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.ports import SAMPLE_RATE_HZ
from tests.in_page import until
from tests.ports import free_port
from tests.sound import UNHURRIED, ms, speech, stereo
from tests.waiting import LIMIT_S, wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield launched
        launched.close()


class Demo:
    """`callcoach demo` in a process of its own, as a user would start it."""

    def __init__(self, file: Path, folder: Path, model: str = "none") -> None:
        self.port = free_port()
        self._file, self._folder, self._model = file, folder, model
        self.start()

    def start(self, *, file: Path | None = None) -> None:
        command = [
            str(Path(sys.executable).parent / "callcoach"), "demo", "--no-browser", "--port", str(self.port),
            "--model", self._model, "--file", str(file or self._file),
        ]  # fmt: skip
        environment = {**os.environ, **UNHURRIED, "CALLCOACH_DATA": str(self._folder)}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        said = [self.process.stdout.readline()]
        while said[-1] and "127.0.0.1" not in said[-1]:
            said.append(self.process.stdout.readline())
        assert said[-1], said
        self.url = said[-1].split()[2]  # with the key that signs one page in
        self.lead_url = next(line for line in self.process.stdout if "as team lead" in line).split()[-1]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=LIMIT_S)

    def kill_recogniser(self) -> None:
        """Its worker process: spawned by multiprocessing, and not as nice as the one that scores the week.

        That one is as prompt until it is loaded, which may take longer than the first caption.
        """

        def prompt() -> list[int]:
            children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
            pids = [int(pid) for file in children for pid in file.read_text(encoding="ascii").split()]
            spawned = [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            return [pid for pid in spawned if os.getpriority(os.PRIO_PROCESS, pid) < 19]

        wait_until(lambda: len(prompt()) == 1)
        os.kill(prompt()[0], signal.SIGKILL)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.communicate(timeout=LIMIT_S)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Opening, five seconds of nothing, the second opening, then a customer; dead air; an answer."""
    opening, again = speech("您好，请问有什么可以帮您？"), speech("您好！请问有什么可以帮您？")
    second = 500 + ms(opening) + 5_600
    answer = second + ms(again) + 1_500
    matter = speech("我家的水管漏水了，请你们来看一下。", "m3", 160, 40)
    reply = answer + ms(matter) + 6_500
    samples = stereo(
        [(500, opening), (second, again), (reply, speech("好的，我帮您安排维修师傅。"))],
        [(answer, matter)],
        reply + 4_000,
    )
    path = tmp_path_factory.mktemp("call") / "call.wav"
    soundfile.write(path, samples, SAMPLE_RATE_HZ)
    return path


@pytest.fixture
def demo(call: Path, tmp_path: Path) -> Iterator[Demo]:
    started = Demo(call, tmp_path)
    yield started
    started.stop()


def open_page(browser: Browser, url: str, width: int = 380, height: int = 600) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(1_000 * LIMIT_S)
    page.goto(url)
    return page


WATCH_WORDS = """() => {
  const words = document.querySelector("[data-testid=words-state]")
  const note = () => { document.body.dataset.seen = `${document.body.dataset.seen} ${words.dataset.state}` }
  new MutationObserver(note).observe(words, { attributes: true })
}"""


WATCH_AGREED = """() => {
  const note = () => {
    const agreed = document.querySelector("[data-testid=guess] .agreed")?.textContent
    if (agreed) document.body.dataset.agreed ??= agreed
  }
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true })
}"""


def step(page: Page) -> tuple[str | None, str | None]:
    shown = page.get_by_test_id("step").first
    return shown.get_attribute("data-step"), shown.get_attribute("data-state")


def test_a_call_is_coached_reloaded_killed_and_shown_as_it_was(browser: Browser, demo: Demo) -> None:
    requests: list[str] = []
    page = open_page(browser, demo.url)
    page.on("request", lambda request: requests.append(request.url))
    wide = open_page(browser, demo.lead_url, 1280, 800)  # two people at once: the lead's first page is the desk's list
    wide.goto(f"http://127.0.0.1:{demo.port}/agent")

    # The silent call: words to say, countdown, next step.
    stage = page.get_by_test_id("stage")
    expect(stage).to_contain_text("请问有什么可以帮您")
    corner = stage.bounding_box()
    page.wait_for_selector('[data-testid=step][data-step="1"][data-state="wait"]')
    page.wait_for_selector('[data-testid=step][data-step="2"][data-state="say"]')
    page.reload()
    page.wait_for_selector('[data-testid=step][data-step="2"]')  # a reload shows the call as it was
    page.wait_for_selector("[data-testid=step]", state="detached")

    # Dead air, one hint, done by speaking.
    hint = page.get_by_test_id("hint")
    expect(hint).to_have_attribute("data-rule", "midcall-dead-air")
    expect(page.get_by_test_id("hint-say")).to_be_visible()
    assert page.get_by_test_id("hint").count() == 1
    assert stage.bounding_box() == corner  # nothing jumps
    expect(wide.get_by_test_id("past-hint")).to_have_count(1)
    expect(page.get_by_test_id("latency")).to_contain_text(re.compile(r"\d+ ms"))

    # At the end the scorecard: without words too little could be judged for a total.
    expect(page.get_by_test_id("unscored")).to_contain_text("能评的太少")
    groups = page.get_by_test_id("score-groups").text_content() or ""
    assert re.search(r"\d", groups)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert all(url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:")) for url in requests)

    # kill -9: the page says so; after a restart the same call is still there, as it was.
    finished = page.evaluate("fetch('/api/calls/latest').then(r => r.json()).then(c => c.call_id)")
    demo.kill()
    expect(page.locator("body")).to_have_attribute("data-connection", "offline")
    demo.start()
    page.goto(f"{demo.url}&call={finished}")
    expect(page.get_by_test_id("score-groups")).to_have_text(groups)


def test_a_call_cut_off_by_kill_is_shown_as_interrupted(browser: Browser, demo: Demo) -> None:
    page = open_page(browser, demo.url)
    page.wait_for_selector('[data-testid=step][data-step="1"][data-state="wait"]')
    cut_off = page.evaluate("fetch('/api/calls/latest').then(r => r.json()).then(c => c.call_id)")
    demo.kill()
    demo.start()
    page.goto(f"{demo.url}&call={cut_off}")
    expect(page.get_by_test_id("interrupted")).to_be_visible()


def test_the_page_follows_another_recording(browser: Browser, demo: Demo, tmp_path: Path) -> None:
    page = open_page(browser, demo.url)
    page.wait_for_selector("[data-testid=step]")
    other = tmp_path / "tone.wav"
    soundfile.write(other, np.zeros((SAMPLE_RATE_HZ * 20, 2)), SAMPLE_RATE_HZ)
    demo.kill()
    demo.start(file=other)
    expect(page.locator("body")).to_have_attribute("data-connection", "open")
    # The socket is open before the new call has begun; until then there is no call (204).
    running = """async () => {
        const answer = await fetch('/api/calls/latest')
        return answer.status === 200 && (await answer.json()).ended === null
    }"""
    until(page, running)


def test_keys_dismiss_a_hint_and_english_is_a_switch(browser: Browser, demo: Demo) -> None:
    page = open_page(browser, demo.url, 1280, 800)
    page.wait_for_selector("[data-testid=hint][data-rule=midcall-dead-air]")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("hint")).to_have_count(0)
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("stage")).not_to_contain_text("正常")
    dismissed = "fetch('/api/calls/latest').then(r=>r.json()).then(c=>fetch(`/api/calls/${c.call_id}/records`))" \
        ".then(r=>r.json()).then(rs=>rs.filter(r=>r.event.kind==='HintDismissed').length)"  # fmt: skip
    assert wait_until(lambda: page.evaluate(dismissed)) == 1


@pytest.mark.model
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for the worker in /proc")
def test_captions_are_agreed_on_settled_and_come_back_after_the_recogniser_was_killed(
    browser: Browser, tmp_path: Path
) -> None:
    """The same sentence over and over: on a busy machine captions are given up first, and a later one is seen."""
    opening = speech("您好，请问有什么可以帮您？")
    every_ms = ms(opening) + 3_000
    often = [(500 + n * every_ms, opening) for n in range(40)]
    soundfile.write(tmp_path / "often.wav", stereo(often, [], 41 * every_ms), SAMPLE_RATE_HZ)
    demo = Demo(tmp_path / "often.wav", tmp_path, model="demo")
    try:
        page = open_page(browser, demo.url, 1280, 800)
        page.evaluate(WATCH_AGREED)
        begun = wait_until(lambda: page.evaluate("document.body.dataset.agreed ?? ''"))
        lines = page.get_by_test_id("line")
        expect(lines.last).to_contain_text("请问有什么可以帮您")
        assert begun in lines.last.inner_text()
        page.evaluate(WATCH_WORDS)  # it is gone for less time than a test looks away
        demo.kill_recogniser()
        expect(page.locator("body")).to_have_attribute("data-seen", re.compile("none"))
        expect(page.get_by_test_id("words-state")).to_have_attribute("data-state", "notice")  # back
        before = lines.count()
        wait_until(lambda: lines.count() > before)
    finally:
        demo.stop()
