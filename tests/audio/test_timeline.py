"""A device's clock against the host's: drift, jitter, bursts, gaps and duplicate blocks, faster than real time."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drift import BEGAN_S, Device, Grid, apart_ms, hear
from pipeline.audio.capture.timeline import Timeline
from pipeline.ports import SLICE_SAMPLES


def test_two_clocks_400_ppm_apart_stay_within_20_ms() -> None:
    # Four minutes, in which they would drift 96 ms apart; `python -m benchmarks.drift` runs eight hours.
    fast, agent = hear(Device(16_000, +200), 240)
    slow, customer = hear(Device(8_000, -200, seed=2), 240)
    apart = apart_ms(agent, customer)
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
    displaced = list(grid.displaced_ms.values())
    assert max(displaced) - min(displaced) < 5


def test_audio_lost_on_the_way_leaves_a_hole_of_its_length_and_is_counted() -> None:
    timeline = Timeline()
    timeline.open(16_000)
    grid = Grid(timeline)
    for number, (arrival_s, samples) in enumerate(Device(16_000, 0).blocks(60)):
        if 1_000 <= number < 1_050:  # one second never arrives
            continue
        timeline.feed(arrival_s, samples, overflowed=number == 1_050)
        grid.feed()
    assert timeline.inserted / 16 == pytest.approx(1_000, abs=10)
    late = [grid.displaced_ms[at] for at in grid.displaced_ms if at > BEGAN_S + 25]
    early = [grid.displaced_ms[at] for at in grid.displaced_ms if at < BEGAN_S + 20]
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
            timeline.feed(arrival_s, np.roll(samples, 7))  # two surplus blocks, of other samples
            timeline.feed(arrival_s, np.roll(samples, 9))
        grid.feed()
    assert timeline.dropped / 16 == pytest.approx(80, abs=10)
    assert max(grid.displaced_ms.values()) - min(grid.displaced_ms.values()) < 10


def test_what_comes_after_its_slice_is_dropped() -> None:
    timeline = Timeline()
    timeline.open(16_000)
    for arrival_s, samples in list(Device(16_000, 0).blocks(2)):
        timeline.feed(arrival_s, samples)
    ahead = timeline.end
    timeline.take(ahead, SLICE_SAMPLES)  # the grid has waited long enough
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
