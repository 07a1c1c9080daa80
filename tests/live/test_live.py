"""`callcoach live` as a user has it: a sound server, the process, the page in Chromium, and a telephone system."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest
import soundfile

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.ports import SAMPLE_RATE_HZ
from tests.entering import BEARER, keep_token
from tests.live.pulse import FAR, MIC, Pulse
from tests.ports import free_port
from tests.sound import UNHURRIED, ms, speech, stereo
from tests.waiting import LIMIT_S, wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, expect, sync_playwright

CALLCOACH = str(Path(sys.executable).parent / "callcoach")


class Live:
    """`callcoach live` in a process of its own."""

    def __init__(self, pulse: Pulse, folder: Path, *flags: str, **settings: str) -> None:
        self.port = free_port()
        self.folder = folder
        keep_token(folder)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [CALLCOACH, "live", "--no-browser", "--model", "none", "--port", str(self.port), *flags],
                env={**pulse.environ, **UNHURRIED, "CALLCOACH_DATA": str(folder), **settings}, stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(lambda: all(line["state"] in ("ok", "idle", "absent") for line in self.headset()["lines"]))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def link(self) -> str:
        """As it was printed."""
        return self.log.read_text(encoding="utf-8").partition("callcoach live: ")[2].split()[0]

    def headset(self) -> Any:
        try:
            return self.ask("GET", "/api/headset")[1]
        except (urllib.error.URLError, ConnectionError):
            return {"lines": [{"state": "opening"}]}

    @cached_property
    def agent(self) -> OpenerDirector:
        """The browser of the desk's agent, signed in by the printed link."""
        browser = build_opener(HTTPCookieProcessor())
        browser.addheaders = [("Origin", self.url)]
        browser.open(self.link, timeout=LIMIT_S).close()
        return browser

    def ask(self, method: str, path: str, body: Any = None, by: OpenerDirector | None = None) -> tuple[int, Any]:
        """As a telephone system asks: with the token, from nowhere in particular; `by`: as this browser does."""
        data = json.dumps(body).encode() if body is not None else None
        request = Request(self.url + path, data, {} if by else BEARER, method=method)
        try:
            with (by or build_opener()).open(request, timeout=LIMIT_S) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def events(self, call_id: str, kind: str) -> list[Any]:
        records = self.ask("GET", f"/api/calls/{call_id}/records")[1]
        return [record["event"] for record in records if record["event"]["kind"] == kind]

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (make setup says how to get it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield browser.new_page(viewport={"width": 1280, "height": 800})
        browser.close()


def test_a_call_from_the_first_key_to_its_recording(pulse: Pulse, page: Page, tmp_path: Path) -> None:
    live = Live(pulse, tmp_path / "data", "--mic", MIC, "--far", FAR)
    try:
        page.goto(live.link)
        expect(page.get_by_test_id("check-agent")).to_have_attribute("data-state", "idle")
        expect(page.get_by_test_id("check-customer")).to_have_attribute("data-state", "idle")
        page.get_by_test_id("facts-customer_name").fill("王女士")
        page.get_by_test_id("facts-recording_consent").check()
        page.keyboard.press("F2")
        expect(page.get_by_test_id("recording")).to_have_attribute("data-state", "on")
        call_id = live.headset()["call_id"]
        begun = live.events(call_id, "CallStarted")[0]
        assert (begun["facts"]["customer_name"], begun["facts"]["agent_id"]) == ("王女士", "desk")
        person = begun["actor"]
        assert live.ask("POST", "/api/calls", {})[0] == 409

        play_a_question(pulse, tmp_path)
        slow = 1_000 * LIMIT_S  # the silence itself takes 5 s, as long as the page is waited for elsewhere
        expect(page.get_by_test_id("hint-say")).to_contain_text("正在做什么", timeout=slow)
        live.ask("PUT", f"/api/calls/{call_id}/facts", {"direction": "outbound"})
        wait_until(lambda: live.events(call_id, "FactsNoted"))
        assert live.events(call_id, "FactsNoted")[-1]["actor"].startswith("token:")
        assert live.ask("POST", f"/api/calls/{call_id}/announcement", {"name": "music", "duration_ms": 500})[0] == 202
        wait_until(lambda: live.events(call_id, "PromptPlayed"))

        pulse.unplug(FAR)
        expect(page.get_by_test_id("status-line")).to_contain_text("听不到客户")
        pulse.plug(FAR)
        expect(page.get_by_test_id("status-line")).not_to_contain_text("听不到客户")

        page.keyboard.press("F2")
        page.keyboard.press("F2")
        wait_until(lambda: live.events(call_id, "CallScored"))
        assert live.events(call_id, "CallEnded")[0]["actor"] == person
        wait_until(lambda: live.headset()["call_id"] is None)
        recording = live.folder / "recordings" / f"{call_id}.flac"
        wait_until(recording.exists)
        assert_scored_again_the_same(recording, live.events(call_id, "TurnEnded"))

        page.get_by_test_id("withdraw-ask").click()  # the customer has second thoughts
        page.get_by_test_id("withdraw-yes").click()
        expect(page.get_by_test_id("withdraw")).to_have_attribute("data-state", "gone")
        assert not recording.exists()
        assert live.events(call_id, "RecordingStopped")[-1]["actor"] == person
        assert live.ask("GET", f"/api/calls/{call_id}/audio")[0] == 404
    finally:
        live.end()
    assert live.process.returncode in (0, 130), live.log.read_text()
    assert "Traceback" not in live.log.read_text()


def play_a_question(pulse: Pulse, folder: Path) -> None:
    """The agent greets, the customer asks, then nobody speaks."""
    greeting, question = speech("您好", speed=220), speech("我想查一下订单", speed=220)
    asked_ms = 300 + ms(greeting) + 500
    soundfile.write(
        folder / "call.wav", stereo([(300, greeting)], [(asked_ms, question)], asked_ms + ms(question) + 100),
        SAMPLE_RATE_HZ,
    )  # fmt: skip
    assert pulse.play(folder / "call.wav").wait(LIMIT_S) == 0


def assert_scored_again_the_same(recording: Path, told: list[Any]) -> None:
    scored = subprocess.run(
        [CALLCOACH, "score", "--model", "none", "--json", "-", str(recording)],
        capture_output=True, check=True, timeout=LIMIT_S,
    )  # fmt: skip
    again = sorted(json.loads(scored.stdout)["turns"], key=lambda turn: (turn["channel"], turn["start_ms"]))
    live = sorted(told, key=lambda turn: (turn["channel"], turn["start_ms"]))
    assert [turn["channel"] for turn in again] == [turn["channel"] for turn in live]
    assert len(live) >= 2
    for one, other in zip(again, live, strict=True):
        assert abs(one["start_ms"] - other["start_ms"]) <= 40
        assert abs(one["end_ms"] - other["end_ms"]) <= 40


def test_a_kill_leaves_the_call_interrupted_and_its_recording_whole(pulse: Pulse, tmp_path: Path) -> None:
    live = Live(pulse, tmp_path / "data", "--mic", MIC, "--far", FAR)
    status, answer = live.ask("POST", "/api/calls", {"recording_consent": True})
    assert status == 201
    call_id = answer["call_id"]
    play_a_question(pulse, tmp_path)
    reached_ms = live.ask("GET", f"/api/calls/{call_id}/records")[1][-1]["event"]["at_ms"]
    live.process.kill()
    live.process.wait(LIMIT_S)

    again = Live(pulse, tmp_path / "data", "--mic", MIC, "--far", FAR)
    try:
        (call,) = again.ask("GET", "/api/calls")[1]
        assert (call["call_id"], call["ended"]) == (call_id, "interrupted")
        assert call["duration_ms"] >= reached_ms
        with soundfile.SoundFile(again.folder / "recordings" / f"{call_id}.flac") as recording:
            assert recording.frames / recording.samplerate * 1000 > call["duration_ms"] - 1_000
        assert again.ask("POST", f"/api/calls/{call_id}/end")[0] == 200  # a telephone system may be late
    finally:
        again.end()


def test_the_first_voice_begins_a_call_and_quiet_ends_it(pulse: Pulse, tmp_path: Path) -> None:
    live = Live(pulse, tmp_path / "data", "--mic", MIC, "--far", "none", "--auto", CALLCOACH_EDGES__QUIET_MS="3000")
    try:
        assert live.headset()["is_auto"]
        customer = live.headset()["lines"][1]
        assert (customer["channel"], customer["state"]) == ("customer", "absent")
        assert "--far" in customer["reason"]
        assert live.ask("GET", "/api/calls/latest") == (204, None)
        play_a_question(pulse, tmp_path)
        wait_until(lambda: live.ask("GET", "/api/calls/latest")[0] == 200)
        call_id = live.ask("GET", "/api/calls/latest")[1]["call_id"]
        wait_until(lambda: live.events(call_id, "CallScored"))
        assert live.events(call_id, "CallStarted")[0]["channels"] == ["agent"]
        first = live.events(call_id, "TurnStarted")[0]
        assert 300 <= first["start_ms"] <= 700  # what was said before it was known to be a voice belongs to the call
        assert {silence["silence"] for silence in live.events(call_id, "SilenceStarted")} == {"agent"}
        assert not (live.folder / "recordings" / f"{call_id}.flac").exists()  # nobody consented
    finally:
        live.end()
