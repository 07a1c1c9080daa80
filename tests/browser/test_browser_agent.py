"""An agent without an installed client: a real Chromium whose microphone plays a file, and a centre that listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.chromium import CHROMIUM
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.file import PairSource
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.settings import CallSettings
from tests.sound import FACTS, silence, speech
from tests.waiting import wait_until

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

from tests.browser.listening import ListeningCentre, agents_browser, keep_as_device, open_microphone
from tests.browser.people import DIST

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
    pytest.mark.skipif(not (DIST / "index.html").exists(), reason="the dashboard is not built (make setup)"),
]
LEAD_MS = 3_000  # silence at the file's start, in which the microphone is opened and the call begun
SAID = ("您好锦和物业小林为您服务", "请问您贵姓", "请您稍等一分钟", "感谢您的来电再见")
APART_MS = 60


@pytest.fixture
def centre(tmp_path: Path, rulebook: Rulebook) -> Iterator[ListeningCentre]:
    centre = ListeningCentre(tmp_path, rulebook)
    yield centre
    centre.close()


def spoken() -> np.ndarray:
    """The sentences with pauses of different lengths between them."""
    parts = [silence(LEAD_MS)]
    for number, text in enumerate(SAID):
        parts += [speech(text, speed=190), silence(600 + 170 * (number % 4))]
    return np.concatenate(parts)


def turns(events: list[Event]) -> list[tuple[int, int]]:
    return [(e.start_ms, e.end_ms) for e in events if isinstance(e, TurnEnded) and e.channel is Channel.AGENT]


def scored(pcm: np.ndarray, folder: Path, rulebook: Rulebook) -> list[tuple[int, int]]:
    """The agent's turns as `callcoach score --agent-wav --customer-wav` finds them beside a silent customer."""
    agent, customer = folder / "agent.wav", folder / "customer.wav"
    soundfile.write(agent, pcm, SAMPLE_RATE_HZ)
    soundfile.write(customer, np.zeros_like(pcm), SAMPLE_RATE_HZ)
    source = PairSource(agent, customer, facts=FACTS)
    slices = listen(source, NoTranscriber(), rulebook, CallSettings(), call_id="c", started_at="2026-11-22T09:00:00Z")
    return turns([event for events in slices for event in events])


def test_the_turns_of_a_page_are_those_of_the_file(centre: ListeningCentre, tmp_path: Path, rulebook: Rulebook) -> None:
    """Both begin at their first turn: where the call begins in the file nobody knows."""
    pcm = spoken()
    file = tmp_path / "device.wav"
    keep_as_device(pcm, file)
    wanted = scored(pcm, tmp_path, rulebook)
    with agents_browser(centre, file) as context:
        page = open_microphone(context, centre)
        page.get_by_test_id("start-call").click()
        wait_until(lambda: centre.running)
        call_id = centre.running
        assert call_id is not None
        wait_until(lambda: len(turns(centre.events(call_id))) >= len(wanted), look_s=0.2)
        page.keyboard.press("F2")
        page.keyboard.press("F2")
        expect(page.get_by_test_id("start-call").first).to_be_visible()
    events = centre.events(call_id)
    assert next(event for event in events if isinstance(event, CallEnded)).reason == "finished"
    heard = turns(events)
    assert len(heard) == len(wanted) >= 3
    apart = [
        max(abs((a - heard[0][0]) - (c - wanted[0][0])), abs((b - heard[0][0]) - (d - wanted[0][0])))
        for (a, b), (c, d) in zip(heard, wanted, strict=True)
    ]
    assert max(apart) <= APART_MS, apart
    assert not any(isinstance(event, RecordingStarted) for event in events)  # nobody has told a consent
    assert centre.recordings.ids() == []


def test_a_reloaded_page_goes_on_and_a_second_one_is_asked(centre: ListeningCentre, tmp_path: Path) -> None:
    file = tmp_path / "device.wav"
    keep_as_device(np.concatenate([speech(SAID[0])] * 8), file)
    with agents_browser(centre, file) as context:
        first = open_microphone(context, centre)
        first.get_by_test_id("start-call").click()
        wait_until(lambda: centre.running)
        call_id = centre.running
        assert call_id is not None

        def has(kind: type[Event]) -> bool:
            return any(isinstance(event, kind) for event in centre.events(call_id))

        wait_until(lambda: has(CallStarted))
        first.goto("about:blank")
        wait_until(lambda: has(ChannelLost))
        first.go_back()
        wait_until(lambda: has(ChannelBack))  # nobody has pressed anything
        assert centre.running == call_id

        second = context.new_page()
        second.goto(f"{centre.base}/agent")
        line = second.get_by_test_id("status-line")
        expect(line).to_contain_text("声音不在这个页面")
        second.get_by_role("button", name="用这里的麦克风接着听").click()
        expect(line).to_contain_text("在另一个页面通话中，接过来？")
        expect(first.get_by_test_id("status-line")).not_to_contain_text("接过去")
        second.get_by_role("button", name="接过来").click()
        expect(line).not_to_contain_text("接过来")
        expect(first.get_by_test_id("status-line")).to_contain_text("已由另一个页面接过去")
        second.keyboard.press("F2")
        second.keyboard.press("F2")
        wait_until(lambda: centre.running is None)
    assert centre.calls() == [call_id]
