"""A device's clock against the host's: drift, jitter, bursts, gaps and doubled blocks, faster than real time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.audio.sources.timeline import Timeline, position_of
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES

BEGAN_S = 5_000.0
PERIOD_S = 5.0  # a mark is spoken so often, at whole multiples
LATENCY_S = 0.02


class Device:
    """A device whose crystal is `ppm` off, and what it would deliver: a short tone every PERIOD_S, else faint noise."""

    def __init__(self, rate_hz: int, ppm: float, seed: int = 1) -> None:
        self.rate_hz = rate_hz
        self._true_hz = rate_hz * (1 + ppm * 1e-6)
        self._block = rate_hz // 50
        self._random = np.random.default_rng(seed)
        self._tone = (20_000 * np.sin(2 * np.pi * 1000 * np.arange(rate_hz // 250) / rate_hz)).astype(np.int16)

    def blocks(self, seconds: float) -> Iterator[tuple[float, np.ndarray]]:
        """(arrival, samples); arrivals jitter by some milliseconds."""
        for number in range(int(seconds * self._true_hz / self._block)):
            start_s = BEGAN_S + number * self._block / self._true_hz
            samples = self._random.integers(-3, 4, self._block).astype(np.int16)
            mark_s = np.floor(start_s / PERIOD_S) * PERIOD_S
            for at_s in (mark_s, mark_s + PERIOD_S):
                offset = round((at_s - start_s) * self._true_hz)
                first, last = max(0, offset), min(self._block, offset + len(self._tone))
                if first < last:
                    samples[first:last] = self._tone[first - offset : last - offset]
            end_s = start_s + self._block / self._true_hz
            yield end_s + LATENCY_S + abs(self._random.normal(0, 0.003)), samples


class Grid:
    """Takes slices as soon as they are complete and notes where the marks lie."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._at = position_of(BEGAN_S + 2)
        self.marks_ms: dict[float, float] = {}  # spoken at -> displacement
        self.holes = 0

    def feed(self) -> None:
        while self._timeline.end >= self._at + SLICE_SAMPLES:
            pcm, there = self._timeline.take(self._at, SLICE_SAMPLES)
            self.holes += SLICE_SAMPLES - there
            loud = np.nonzero(np.abs(pcm.astype(int)) > 3000)[0]
            if len(loud):
                at_s = (self._at + loud[0]) / SAMPLE_RATE_HZ
                spoken_s = round(at_s / PERIOD_S) * PERIOD_S
                self.marks_ms.setdefault(spoken_s, (at_s - spoken_s) * 1000)
            self._at += SLICE_SAMPLES


def heard(device: Device, seconds: float) -> tuple[Timeline, Grid]:
    timeline = Timeline()
    timeline.open(device.rate_hz)
    grid = Grid(timeline)
    for arrival_s, samples in device.blocks(seconds):
        timeline.feed(arrival_s, samples)
        grid.feed()
    return timeline, grid


def test_two_crystals_400_ppm_apart_stay_within_20_ms() -> None:
    # Eight hours of this are `python -m benchmarks.drift`; here four minutes, in which they would be 96 ms apart.
    fast, agent = heard(Device(16_000, +200), 240)
    slow, customer = heard(Device(8_000, -200, seed=2), 240)
    apart = [abs(agent.marks_ms[at] - customer.marks_ms[at]) for at in agent.marks_ms.keys() & customer.marks_ms.keys()]
    assert len(apart) > 40
    assert max(apart) < 20
    assert (fast.inserted, fast.dropped, slow.inserted, slow.dropped) == (0, 0, 0, 0)
    assert agent.holes == customer.holes == 0
    assert fast.rate_error * 1e6 == pytest.approx(200, abs=30)
    assert slow.rate_error * 1e6 == pytest.approx(-200, abs=30)


def test_bursts_of_two_seconds_keep_their_place_and_are_known_to_be_late() -> None:
    timeline = Timeline()
    timeline.open(16_000)
    grid = Grid(timeline)
    burst: list[np.ndarray] = []
    begun_s = BEGAN_S
    for arrival_s, samples in Device(16_000, 0).blocks(40):
        burst.append(samples)
        if arrival_s - begun_s >= 2:
            for part in burst:
                timeline.feed(arrival_s, part)
            grid.feed()
            burst, begun_s = [], arrival_s
    assert timeline.inserted == timeline.dropped == 0
    assert 1_900 < timeline.late_ms < 2_200
    displaced = list(grid.marks_ms.values())
    assert max(displaced) - min(displaced) < 5


def test_audio_lost_on_the_way_leaves_a_hole_of_its_length_and_is_counted() -> None:
    timeline = Timeline()
    timeline.open(16_000)
    grid = Grid(timeline)
    for number, (arrival_s, samples) in enumerate(Device(16_000, 0).blocks(60)):
        if 1_000 <= number < 1_050:  # one second never comes
            continue
        timeline.feed(arrival_s, samples, overflowed=number == 1_050)
        grid.feed()
    assert timeline.inserted / 16 == pytest.approx(1_000, abs=10)
    late = [grid.marks_ms[at] for at in grid.marks_ms if at > BEGAN_S + 25]
    early = [grid.marks_ms[at] for at in grid.marks_ms if at < BEGAN_S + 20]
    assert max(late) == pytest.approx(max(early), abs=5)


def test_doubled_and_surplus_blocks_are_dropped_and_counted() -> None:
    timeline = Timeline()
    timeline.open(16_000)
    grid = Grid(timeline)
    for number, (arrival_s, samples) in enumerate(Device(16_000, 0).blocks(40)):
        timeline.feed(arrival_s, samples)
        if number in (700, 900):
            timeline.feed(arrival_s, samples)  # the same block again
        if number == 1_100:
            timeline.feed(arrival_s, np.roll(samples, 7))  # two blocks too many, of other samples
            timeline.feed(arrival_s, np.roll(samples, 9))
        grid.feed()
    assert timeline.dropped / 16 == pytest.approx(80, abs=10)
    assert max(grid.marks_ms.values()) - min(grid.marks_ms.values()) < 10


def test_what_comes_after_its_slice_is_dropped() -> None:
    timeline = Timeline()
    timeline.open(16_000)
    for arrival_s, samples in list(Device(16_000, 0).blocks(2)):
        timeline.feed(arrival_s, samples)
    ahead = timeline.end
    timeline.take(ahead, SLICE_SAMPLES)  # the grid could wait no longer
    dropped = timeline.dropped
    timeline.feed(BEGAN_S + 2.3, np.ones(320, np.int16))
    assert timeline.dropped - dropped == pytest.approx(320, abs=10)


def test_digital_silence_has_no_level() -> None:
    timeline = Timeline()
    timeline.open(16_000)
    for number in range(100):
        timeline.feed(BEGAN_S + number * 0.02, np.zeros(320, np.int16))
    assert timeline.level_dbfs() is None
    for number in range(100, 200):
        timeline.feed(BEGAN_S + number * 0.02, np.full(320, 3277, np.int16) * np.int16((-1) ** number))
    assert timeline.level_dbfs() == pytest.approx(-20, abs=1)
