"""What a page sends as the slices of a call, on a clock that the test moves: jitter, loss, drift, absence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pytest

from benchmarks.drift import BEGAN_S, Device
from pipeline.audio.capture.slicing import LiveSource
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel, Heard
from pipeline.ingest.browser import FIRST_S, GONE_MS, BrowserMicrophone, Side
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, Slice

A, C = Channel.AGENT, Channel.CUSTOMER
Told = TypeVar("Told")


class World(threading.Condition):
    """The clock of a test, and what happens on it: whoever waits moves it on to the next thing that happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = BEGAN_S
        self._due: list[tuple[float, Callable[[], None]]] = []

    def plan(self, at_s: float, happens: Callable[[], None]) -> None:
        self._due.append((at_s, happens))
        self._due.sort(key=lambda due: due[0])

    def wait(self, timeout: float | None = None) -> bool:
        until_s = self.now_s + (timeout or 0.0)
        if self._due and self._due[0][0] <= until_s:
            at_s, happens = self._due.pop(0)
            self.now_s = max(self.now_s, at_s)
            happens()
            return True
        self.now_s = until_s
        return False

    def wait_for(self, predicate: Callable[[], Told], timeout: float | None = None) -> Told:
        ends_s = self.now_s + (timeout or 0.0)
        while not (told := predicate()) and self.now_s < ends_s:
            self.wait(ends_s - self.now_s)
        return told


class Page:
    """Sends a device's blocks, each with its place."""

    def __init__(self, world: World, channels: tuple[Channel, ...] = (A,), rate_hz: int = SAMPLE_RATE_HZ) -> None:
        self.world = world
        self.rate_hz = rate_hz
        self.microphone = BrowserMicrophone(channels, news=world, clock=lambda: world.now_s)
        self.is_over = False

    def sides(self, *channels: Channel) -> list[Side]:
        return [Side(channel, f"device of {channel}", self.rate_hz) for channel in channels]

    def send(
        self,
        channel: Channel,
        from_s: float,
        until_s: float,
        *,
        ppm: float = 0.0,
        lost: Callable[[int], bool] = lambda number: False,
        late_s: Callable[[int], float] = lambda number: 0.0,
    ) -> None:
        """Blocks of 20 ms of seconds since BEGAN_S; frames count from `from_s` on, as of a page that opens then.

        `lost`: which never leave the page; `late_s`: how late they come.
        """
        frame, last_s = 0, 0.0
        for number, (arrival_s, samples) in enumerate(Device(self.rate_hz, ppm).blocks(until_s)):
            if arrival_s < BEGAN_S + from_s:
                continue
            if not lost(number):
                last_s = max(last_s, arrival_s + late_s(number))  # a socket keeps the order
                self.world.plan(last_s, partial(self.microphone.put, channel, frame, samples))
            frame += len(samples)

    def slices(self, seconds: float) -> Iterator[Slice]:
        from_s = self.microphone.first_s(lambda: False)
        source = LiveSource(self.microphone, CallFacts(), from_s=from_s, ended=lambda: self.is_over, notes=lambda: ())
        for piece in source:
            yield piece
            if piece.end_ms >= seconds * 1000:
                return


def tones(slices: list[Slice], channel: Channel = A) -> list[float]:
    """Where the device's tones begin, in ms of the call: one every five seconds."""
    pcm = np.concatenate([piece.pcm[channel] for piece in slices]).astype(int)
    loud = np.flatnonzero(np.abs(pcm) > 3_000)
    begins = loud[np.diff(loud, prepend=-SAMPLE_RATE_HZ) > SAMPLE_RATE_HZ]
    return [at / SAMPLE_RATE_HZ * 1000 for at in begins]


def heard_ms(slices: list[Slice], heard: Heard, channel: Channel = A) -> int:
    return SLICE_MS * sum(piece.heard[channel] is heard for piece in slices)


@pytest.fixture
def world() -> World:
    return World()


def test_a_page_with_jitter_is_a_grid_without_a_gap(world: World) -> None:
    page = Page(world)
    page.microphone.open(page.sides(A))
    late = np.random.default_rng(1).uniform(0, 0.12, 3_000)
    page.send(A, 0, 42, late_s=lambda number: float(late[number]))
    slices = list(page.slices(40))
    assert [piece.start_ms for piece in slices] == list(range(0, 40_000, SLICE_MS))
    assert heard_ms(slices, Heard.LOST) == 0
    first, *rest = np.diff(tones(slices))
    assert first == pytest.approx(5_000, abs=30)  # the earliest of the first blocks was late, as those behind it show
    assert rest == pytest.approx([5_000] * len(rest), abs=3)


def test_blocks_lost_in_the_page_are_a_hole_of_their_length_at_once(world: World) -> None:
    page = Page(world)
    page.microphone.open(page.sides(A))
    page.send(A, 0, 22, lost=lambda number: 550 <= number < 575)  # half a second
    slices = list(page.slices(20))
    assert heard_ms(slices, Heard.LOST) == pytest.approx(500, abs=SLICE_MS)
    assert np.diff(tones(slices)) == pytest.approx(5_000, abs=3)


@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_a_clock_200_ppm_off_does_not_drift(world: World, rate_hz: int) -> None:
    page = Page(world, (A, C), rate_hz)
    page.microphone.open(page.sides(A, C))
    page.send(A, 0, 92, ppm=200)
    page.send(C, 0, 92, ppm=-200)
    slices = list(page.slices(88))
    agent, customer = tones(slices), tones(slices, C)
    assert len(agent) == len(customer) >= 17
    assert max(abs(one - other) for one, other in zip(agent, customer, strict=True)) < 20  # 35 ms without
    assert heard_ms(slices, Heard.LOST) == heard_ms(slices, Heard.LOST, C) == 0


def test_a_page_that_is_back_after_ten_seconds_goes_on_in_the_same_call(world: World) -> None:
    page = Page(world)
    page.microphone.open(page.sides(A))
    page.send(A, 0, 12)
    world.plan(BEGAN_S + 12.03, page.microphone.close)
    world.plan(BEGAN_S + 22, lambda: page.microphone.open(page.sides(A)))
    page.send(A, 22, 42)
    slices = list(page.slices(40))
    assert heard_ms(slices, Heard.LOST) == pytest.approx(10_000, abs=60)
    lost = [piece.heard[A] is Heard.LOST for piece in slices]
    assert sum(one != before for before, one in pairwise(lost)) == 2  # one hole
    assert np.array(tones(slices)) % 5_000 == pytest.approx(tones(slices)[0] % 5_000, abs=10)


def test_a_call_whose_page_is_gone_for_a_minute_is_over(world: World) -> None:
    page = Page(world)
    page.microphone.open(page.sides(A))
    page.send(A, 0, 5)
    world.plan(BEGAN_S + 5.03, page.microphone.close)
    world.plan(BEGAN_S + 67, lambda: page.microphone.open(page.sides(A)))
    slices = list(page.slices(200))
    assert slices[-1].end_ms == pytest.approx(5_000 + GONE_MS, abs=60)
    assert heard_ms(slices, Heard.LOST) == GONE_MS


def test_a_page_that_is_back_within_the_minute_ends_nothing(world: World) -> None:
    page = Page(world)
    page.microphone.open(page.sides(A))
    page.send(A, 0, 5)
    world.plan(BEGAN_S + 5.03, page.microphone.close)
    world.plan(BEGAN_S + 64, lambda: page.microphone.open(page.sides(A)))
    page.send(A, 64, 80)
    assert list(page.slices(75))[-1].end_ms == 75_000


def test_a_side_alone_that_is_missing_is_lost_and_ends_nothing(world: World) -> None:
    page = Page(world, (A, C))
    page.microphone.open(page.sides(A, C))
    page.send(A, 0, 100)
    page.send(C, 0, 10)
    world.plan(BEGAN_S + 10.03, lambda: page.microphone.open(page.sides(A), anew=False))
    slices = list(page.slices(90))
    assert heard_ms(slices, Heard.LOST, C) == pytest.approx(80_000, abs=100)
    assert heard_ms(slices, Heard.LOST) == 0


def test_a_muted_microphone_is_idle_and_silence_is_no_loss(world: World) -> None:
    page = Page(world)
    page.microphone.open(page.sides(A))
    for number in range(50 * 8):
        world.plan(BEGAN_S + number * 0.02, partial(page.microphone.put, A, number * 320, np.zeros(320, np.int16)))
    slices = list(page.slices(5))
    assert heard_ms(slices, Heard.IDLE) == 5_000


def test_a_call_begins_with_its_first_sound_and_without_one_all_the_same(world: World) -> None:
    page = Page(world)
    page.microphone.open(page.sides(A))
    page.send(A, 1, 4)
    assert page.microphone.first_s(lambda: False) - BEGAN_S == pytest.approx(1, abs=0.03)
    silent = Page(World())
    silent.microphone.open(silent.sides(A))
    assert silent.microphone.first_s(lambda: False) == pytest.approx(BEGAN_S + FIRST_S)
    assert silent.microphone.first_s(lambda: True) == pytest.approx(BEGAN_S + FIRST_S)  # ended before it began


def test_what_is_sent_twice_or_by_a_closed_side_changes_nothing(world: World) -> None:
    page = Page(world)
    page.microphone.put(A, 0, np.full(320, 9, np.int16))
    page.microphone.open(page.sides(A))
    page.send(A, 0, 12)
    again = np.full(320, 20_000, np.int16)
    world.plan(BEGAN_S + 6, lambda: page.microphone.put(A, 320, again))
    world.plan(BEGAN_S + 6, lambda: page.microphone.put(C, 320, again))
    slices = list(page.slices(10))
    assert max(int(np.abs(piece.pcm[A]).max()) for piece in slices if 5_500 < piece.start_ms < 8_000) < 3_000
    assert heard_ms(slices, Heard.LOST) == 0
