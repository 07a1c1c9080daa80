"""The finished recording in Chromium, over HTTP as the server gives it: it plays, and seeks without fetching all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from benchmarks.chromium import CHROMIUM, FLAGS
from pipeline.audio.recording.recorder import RecordingSettings, finish
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.server.audio import MEDIA_TYPES
from pipeline.server.serve import address_of, bind, make_server
from tests.waiting import LIMIT_S

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, sync_playwright

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (make setup says how to get it)"),
]
MINUTES = 10
HEAR = """async (to_s) => {
  const audio = document.querySelector('audio');
  const until = name => new Promise((done, fail) => {
    audio.addEventListener(name, done, {once: true});
    audio.addEventListener('error', () => fail(audio.error.message), {once: true});
  });
  if (audio.readyState < 1) await until('loadedmetadata');
  const context = new AudioContext(), meter = context.createAnalyser();
  context.createMediaElementSource(audio).connect(meter);
  const began = performance.now();
  audio.currentTime = to_s;
  await until('seeked');
  const seek_ms = performance.now() - began;
  await audio.play();
  const wave = new Float32Array(meter.fftSize);
  while (audio.currentTime < to_s + 0.2) await new Promise(requestAnimationFrame);
  meter.getFloatTimeDomainData(wave);
  const bins = new Float32Array(meter.frequencyBinCount);
  meter.getFloatFrequencyData(bins);
  const hz = bins.indexOf(Math.max(...bins)) * context.sampleRate / meter.fftSize;
  audio.pause();
  return {duration_s: audio.duration, seek_ms, hz};
}"""


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"],
        )
        yield browser.new_page()
        browser.close()


def test_chromium_plays_and_seeks_it(page: Page, tmp_path: Path) -> None:
    file = recording(tmp_path)
    asked: list[str | None] = []

    def give(request: Request) -> Response:
        asked.append(request.headers.get("range"))
        return FileResponse(file, media_type=MEDIA_TYPES[file.suffix])

    def show(_: Request) -> Response:
        return HTMLResponse("<audio src='/recording' preload='metadata'></audio>")

    app, ready = Starlette(routes=[Route("/recording", give), Route("/", show)]), threading.Event()
    server = make_server(app, ready.set)  # type: ignore[arg-type]
    with bind("127.0.0.1", 0) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            assert ready.wait(LIMIT_S)
            page.goto(address_of(bound))
            heard = page.evaluate(HEAR, (MINUTES - 1) * 60)
        finally:
            page.close()
            server.should_exit = True
            thread.join(LIMIT_S)
    assert heard["duration_s"] == pytest.approx(MINUTES * 60, abs=0.02)
    assert heard["hz"] == pytest.approx(pitch_of(MINUTES - 1), abs=30), heard  # the tone of that very minute
    assert heard["seek_ms"] < 1_000, heard
    assert any(part and not part.startswith("bytes=0-") for part in asked), asked


def recording(folder: Path) -> Path:
    """Each minute has a tone of its own."""
    time_s = np.arange(60 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = np.random.default_rng(1).normal(0, 300, len(time_s))
    minutes = [8_000 * np.sin(2 * np.pi * pitch_of(minute) * time_s) + noise for minute in range(MINUTES)]
    pcm = np.concatenate(minutes).astype(np.int16)
    soundfile.write(folder / "c1.wav", np.stack([pcm, pcm], axis=1), SAMPLE_RATE_HZ, subtype="PCM_16")
    done = finish(folder, "c1", RecordingSettings())
    assert done is not None
    return done


def pitch_of(minute: int) -> int:
    return 400 + 200 * minute
