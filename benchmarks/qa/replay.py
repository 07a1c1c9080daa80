"""A long call opened for replay and sought through; many calls opened one after another."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from benchmarks.qa.desk import signed_in, told
from benchmarks.reload import held, until
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted
from pipeline.session.recordings import FolderRecordings
from pipeline.store.sql import SqlStore
from tests.long_call import long_call
from tests.reviews.cards import card_of
from tests.writing import add

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LONG = "long-call"
SHORT_HOURS = 0.05  # of each of the many
RATE_HZ = 16_000
HEARING = "const P = Audio; window.Audio = class extends P { constructor() { super(); window.media = this } }"
READY = (
    "document.querySelector('[data-testid=cursor]') !== null && document.querySelector('.row.agent') !== null"
    " && document.querySelector('[data-testid=waves] div')?.shadowRoot?.querySelector('canvas') != null"
)
SEEK = """async (share) => {
  const lines = [...document.querySelectorAll("[data-testid=replay-line]")]
  const line = lines[Math.floor(share * lines.length)]
  const begun = performance.now()
  const sought = media.src ? new Promise((done) => media.addEventListener("seeked", done, { once: true })) : null
  line.click()
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  await sought
  return performance.now() - begun
}"""
GO = """(to) => {
  history.pushState(history.state, '', to)
  dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
}"""


def write(data: Path, hours: float, many: int) -> int:
    """A call of `hours`, and `many` short ones, with recordings, in the folder of a server. Records of the long one."""
    sound = data / "recordings"
    sound.mkdir()
    store = SqlStore(data / "calls.db")
    records = _write_call(store, LONG, hours)
    _write_sound(sound / f"{LONG}.flac", hours)
    for number in range(many):
        _write_call(store, short(number), SHORT_HOURS, seed=number)
        if number == 0:
            _write_sound(sound / f"{short(0)}.flac", SHORT_HOURS)
        else:
            os.link(sound / f"{short(0)}.flac", sound / f"{short(number)}.flac")
    store.close()
    kept = FolderRecordings(sound)
    for call_id in kept.ids():
        kept.peaks(call_id)  # as an import makes them
    return records


def short(number: int) -> str:
    return f"short-call-{number}"


def _write_call(store: SqlStore, call_id: str, hours: float, seed: int = 7) -> int:
    count, waiting = 0, list[Event]()
    for events in long_call(call_id, hours, seed):
        if not count and not waiting:
            begun, *others = events
            assert isinstance(begun, CallStarted)
            waiting = [replace(begun, facts=replace(begun.facts, recording_consent=True)), RecordingStarted(0), *others]
        else:
            waiting += events
        if len(waiting) > 2_000:
            count += len(add(store, call_id, waiting))
            waiting = []
    end_ms = round(hours * 3_600_000) + 60_000
    return count + len(add(store, call_id, [*waiting, CallEnded(end_ms, "finished"), replace(card_of(), at_ms=end_ms)]))


def _write_sound(path: Path, hours: float) -> None:
    """Both sides as tones that come and go."""
    time_s = np.arange(RATE_HZ * 60) / RATE_HZ
    loud = np.sin(time_s / 2) > 0
    sides = np.stack([np.sin(1_400 * time_s) * loud, np.sin(2_200 * time_s) * ~loud], axis=1)
    minute = (9_000 * sides).astype("int16")
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, format="FLAC") as file:
        for _ in range(round(hours * 60)):
            file.write(minute)


def opened(browser: Browser, address: str) -> tuple[Page, float]:
    """From the start of the navigation until cursor, transcript and both waves are there."""
    page = signed_in(browser, address, HEARING)
    begun = time.monotonic()
    page.goto(f"{address}/qa/calls/{LONG}", wait_until="commit")
    until(page, READY)
    return page, 1000 * (time.monotonic() - begun)


def lines(browser: Browser, address: str, rounds: int, seeks: int) -> Iterator[str]:
    first, first_ms = opened(browser, address)
    yield told("opened the first time", [first_ms])  # what is private in it is looked for, and kept at hand
    first.close()
    pages = [opened(browser, address) for _ in range(rounds)]
    yield told("opened", [ms for _, ms in pages])
    page = pages[-1][0]
    for other, _ in pages[:-1]:
        other.close()
    yield told("sought by a line, silent", _seeks(page, seeks))
    page.get_by_test_id("play").click()
    until(page, "media.currentTime > 0.2")
    yield told("sought by a line, until it plays on", _seeks(page, seeks))
    page.close()


def _seeks(page: Page, count: int) -> list[float]:
    """From the click until the page has the position and has drawn two frames, and the player can go on."""
    chance = random.Random(3)
    return [float(page.evaluate(SEEK, chance.random())) for _ in range(count)]


def one_after_another(browser: Browser, address: str, calls: int) -> Iterator[str]:
    """In one page that is never loaded anew: each opened, played for a moment, left."""
    page = signed_in(browser, address, HEARING)
    page.goto(f"{address}/me", wait_until="commit")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    heaps, nodes = [], []
    for number in range(calls):
        page.evaluate(GO, f"/qa/calls/{short(number)}")
        until(page, READY)
        page.get_by_test_id("play").click()
        until(page, "media.currentTime > 0.2")
        page.evaluate(GO, "/me")
        until(page, "document.querySelector('[data-testid=cursor]') === null")
        if number % 10 == 9:
            found = held(page, session)
            heaps.append(float(found["heap MB"]))
            nodes.append(int(found["nodes"]))
    yield f"heap, MB, after each ten of {calls} calls: {heaps}"
    yield f"nodes of the page then: {nodes[0]} to {nodes[-1]}"
    half = heaps[len(heaps) // 2 :]
    if len(half) > 1:
        slope = float(np.polyfit(range(0, 10 * len(half), 10), half, 1)[0])
        yield f"second half: {1000 * slope:+.1f} kB a call"
    page.close()
