"""A live call on a sound server, each of its stages timed: from the sound in the sink to the hint in the DOM.

    python -m benchmarks.latency --live [--rounds 20] [--json FILE]

A customer's question is played into a null sink of a private PulseAudio server, then silence; five seconds later the
hint must be on the page in headless Chromium. Sound in the sink is timed by the player's output clock (PortAudio's DAC
time); the stages by wrappers around the pipeline's own protocols, all in one process with the server, as in
`callcoach live`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.chromium import FLAGS
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.capture.devices import find_far_end, find_microphone, list_devices, portaudio
from pipeline.audio.capture.headset import CaptureSettings, Headset
from pipeline.cli.first_people import at_desk
from pipeline.cli.people import DESK
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.call import CallFacts
from pipeline.events.hints import HintRaised, HintShown
from pipeline.events.record import Event
from pipeline.events.turns import SilenceReached
from pipeline.folders import bundled, dashboard
from pipeline.people.entrance import LinkPurpose, link_path
from pipeline.ports import SAMPLE_RATE_HZ, Slice
from pipeline.server.app import Edges, Site, create_app
from pipeline.server.hub import Hub
from pipeline.server.registry import Registry
from pipeline.server.serve import address_of, bind, make_server
from pipeline.session.auto_call import EdgeSettings
from pipeline.session.consent import Consents
from pipeline.session.headset_desk import HeadsetDesk, LiveSettings
from pipeline.session.holding import Outlets
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.audit import open_audit
from pipeline.store.sql import SqlStore
from tests.live.pulse import FAR, MIC, Pulse
from tests.sound import speech

PULLS = 5
BLIND = "document.querySelector('[data-testid=status-line]').textContent.includes('听不到客户')"
STAGES = ("device", "slice", "decision", "store", "socket", "paint")
WATCH_SOCKET = """
const Plain = window.WebSocket;
window.hintCame = {};
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (message) => {
      const record = JSON.parse(message.data);
      if (record.event && record.event.kind === "HintRaised") window.hintCame[record.event.at_ms] = Date.now();
    });
  }
};
"""


@dataclass(slots=True)
class Timing:
    """Host times in seconds, by the at_ms of the slice."""

    sliced: dict[int, float] = field(default_factory=dict)
    decided: dict[int, float] = field(default_factory=dict)
    kept: dict[int, float] = field(default_factory=dict)
    reached: list[tuple[int, int]] = field(default_factory=list)  # (at_ms, start_ms) of every SilenceReached
    shown: list[float] = field(default_factory=list)  # paint_ms of every painted hint
    raised: list[int] = field(default_factory=list)


class TimedHeadset(Headset):
    timing: Timing
    began_s: float = 0.0

    def slices(self, from_s: float, ended: Callable[[], bool]) -> Iterator[Slice]:
        self.began_s = from_s
        for piece in super().slices(from_s, ended):
            self.timing.sliced[piece.end_ms] = time.monotonic()
            yield piece


class TimedStore(SqlStore):
    timing: Timing

    def append(
        self, call_id: str, owner: int, first_seq: int, events: Sequence[Event], *, patient: bool = False
    ) -> None:
        decided = time.monotonic()
        super().append(call_id, owner, first_seq, events, patient=patient)
        kept = time.monotonic()
        for event in events:
            if isinstance(event, HintRaised):
                self.timing.decided[event.at_ms], self.timing.kept[event.at_ms] = decided, kept
                self.timing.raised.append(event.at_ms)
            elif isinstance(event, SilenceReached):
                self.timing.reached.append((event.at_ms, event.start_ms))
            elif isinstance(event, HintShown) and event.paint_ms is not None:
                self.timing.shown.append(event.paint_ms)


class Player:
    """Plays into the sink and knows when each sample left it."""

    def __init__(self, sink_rate_hz: int = 48_000) -> None:
        self._sound = portaudio()
        self._rate_hz = sink_rate_hz

    def play(self, samples: np.ndarray) -> float:
        """Plays stereo int16 of shape (n, 2) at the sink's rate; the host time at which the last sample was heard."""
        place, first_s = 0, 0.0
        over = threading.Event()

        def fill(out: Any, count: int, times: Any, _status: Any) -> None:
            nonlocal place, first_s
            if place == 0:
                first_s = time.monotonic() + times.outputBufferDacTime - times.currentTime
            part = samples[place : place + count]
            out[: len(part)], out[len(part) :] = part, 0
            place += count
            if place > len(samples) + self._rate_hz // 5:
                over.set()

        with self._sound.OutputStream(
            device="pulse", samplerate=self._rate_hz, channels=2, dtype="int16", latency=0.02, callback=fill,
            blocksize=self._rate_hz // 100,
        ):  # fmt: skip
            over.wait(30)
        return first_s + len(samples) / self._rate_hz


def question() -> np.ndarray:
    """A customer's question at 48 kHz on the right, silence on the left."""
    pcm = np.repeat(speech("我想查一下订单", speed=200), 48_000 // SAMPLE_RATE_HZ)
    return np.stack([np.zeros_like(pcm), pcm], axis=1)


def measure(rounds: int) -> dict[str, Any]:
    """Rows for the table, in milliseconds."""
    folder = Path(tempfile.mkdtemp())
    pulse = Pulse(folder / "pulse")
    os.environ.update(pulse.environ, PULSE_SINK="call", PULSE_LATENCY_MSEC="20")
    try:
        return _measure(folder, pulse, rounds)
    finally:
        pulse.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, pulse: Pulse, rounds: int) -> dict[str, Any]:
    timing = Timing()
    devices = list_devices()
    microphone = find_microphone(MIC, devices)
    headset = TimedHeadset(microphone, find_far_end(FAR, devices, microphone), CaptureSettings())
    store = TimedStore(folder / "calls.db")
    headset.timing = store.timing = timing
    headset.start()
    hub, sessions, recordings = Hub(), Sessions(), FolderRecordings(folder / "recordings")
    consents = Consents(store, sessions, hub, recordings)
    desk = HeadsetDesk(
        headset, NoTranscriber(), load_rulebook(bundled("rules", "handbook.yaml")),
        LiveSettings(CallSettings(), EdgeSettings(), CallFacts(agent_id=DESK, recording_consent=True)),
        outlets=Outlets(store, hub, sessions, recordings, consents, print),
    )  # fmt: skip
    bound = bind("127.0.0.1", 0)
    registry = Registry.of(store, open_audit(store.database, None, print))
    person = at_desk(registry.directory, None, None)
    secret, _ = registry.accounts.make_link(LinkPurpose.DESK, person.id)
    site = Site(dashboard(), port=bound.getsockname()[1])
    app = create_app(store, hub, sessions, registry, site, Edges(desk, recordings))
    server = make_server(app)
    threads = [threading.Thread(target=desk.run), threading.Thread(target=server.run, kwargs={"sockets": [bound]})]
    for thread in threads:
        thread.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(WATCH_SOCKET)
            page.goto(address_of(bound) + link_path(LinkPurpose.DESK, secret))
            page.wait_for_timeout(4_000)
            spoken, blind = _hold_call(page, desk, pulse, rounds)
            came = page.evaluate("window.hintCame")
            browser.close()
    finally:
        desk.close()
        server.should_exit = True
        for thread in threads:
            thread.join(10)
        headset.close()
    rows = _rows(timing, headset.began_s, spoken, {int(at): float(ms) / 1000 for at, ms in came.items()})
    return {**rows, "unplugged to “coach blind” in the DOM, median / worst ms": _both([s * 1000 for s in blind])}


def _hold_call(page: Page, desk: HeadsetDesk, pulse: Pulse, rounds: int) -> tuple[list[float], list[float]]:
    """One call with `rounds` questions, each left unanswered for six seconds; when each had been spoken.

    Also how long the page took to say that the far end is gone, for PULLS times.
    """
    call_id = desk.start({})
    player, asked, spoken = Player(), question(), []
    page.wait_for_timeout(1_500)
    for _ in range(rounds):
        spoken.append(player.play(asked))
        page.wait_for_timeout(5_900)
    page.wait_for_timeout(500)
    blind = [_pull(page, pulse) for _ in range(PULLS)]
    desk.end(call_id)
    page.wait_for_timeout(500)
    return spoken, blind


def _pull(page: Page, pulse: Pulse) -> float:
    """The far end is unplugged: seconds until the page says so; then it is plugged in again."""
    pulled_s = time.monotonic()
    pulse.unplug(FAR)
    while not page.evaluate(BLIND):  # wait_for_function needs eval, which the page's policy forbids
        page.wait_for_timeout(10)
    told_s = time.monotonic()
    pulse.plug(FAR)
    while page.evaluate(BLIND):
        page.wait_for_timeout(100)
    page.wait_for_timeout(4_000)
    return told_s - pulled_s


def _rows(timing: Timing, began_s: float, spoken: list[float], came: dict[int, float]) -> dict[str, Any]:
    wall_s = time.time() - time.monotonic()
    by_stage: dict[str, list[float]] = {stage: [] for stage in STAGES}
    totals = []
    paints = dict(zip(timing.raised, timing.shown, strict=False))
    for at_ms, start_ms in timing.reached:
        if at_ms not in came or at_ms not in paints:
            continue
        quiet_s = began_s + start_ms / 1000
        said_s = min(spoken, key=lambda s: abs(s - quiet_s))
        if abs(said_s - quiet_s) > 0.5:
            continue  # the silence before the first question
        due_s, slice_s = said_s + 5.0, timing.sliced[at_ms]
        painted_s = began_s + (at_ms + paints[at_ms]) / 1000
        stages = {
            "device": quiet_s - said_s,
            "slice": slice_s - (began_s + at_ms / 1000) + (at_ms - start_ms - 5_000) / 1000,
            "decision": timing.decided[at_ms] - slice_s,
            "store": timing.kept[at_ms] - timing.decided[at_ms],
            "socket": came[at_ms] - wall_s - timing.kept[at_ms],
            "paint": painted_s - (came[at_ms] - wall_s),
        }
        for stage, seconds in stages.items():
            by_stage[stage].append(seconds * 1000)
        totals.append((painted_s - due_s) * 1000)
    rows: dict[str, Any] = {"hints": len(totals), "asked": len(spoken)}
    for stage in STAGES:
        rows[f"{stage}, median / p95 ms"] = _both(by_stage[stage])
    rows["sound to DOM beyond 5 s, median / p95 ms"] = _both(totals)
    return rows


def _both(values: list[float]) -> list[float]:
    values = sorted(values)
    return [round(statistics.median(values), 1), round(values[min(len(values) - 1, int(0.95 * len(values)))], 1)]
