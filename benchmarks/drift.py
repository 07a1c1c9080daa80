"""Two devices with different clocks on one grid: how far they drift apart over hours, faster than real time.

    python -m benchmarks.drift [--hours 8] [--ppm 200] [--rate 16000] [--json FILE]

One device runs fast and one slow by `--ppm`; blocks of 20 ms arrive with jitter of 3 ms, once an hour with a burst of
2 s and a gap of 1 s. Each plays a short tone every five seconds, whose position on the grid shows the displacement. The
peer in the same run counts samples: the same blocks at their nominal rate, as a recorder without a control loop places
them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pipeline.audio.capture.timeline import Timeline, position_of
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES

BEGAN_S = 5_000.0  # host time
PERIOD_S = 5.0  # a tone is played at multiples of this host time
LATENCY_S = 0.02
JITTER_S = 0.003


class Device:
    """A device whose clock is `ppm` off; it delivers a short tone every PERIOD_S, else faint noise."""

    def __init__(self, rate_hz: int, ppm: float, seed: int = 1) -> None:
        self.rate_hz = rate_hz
        self.true_hz = rate_hz * (1 + ppm * 1e-6)
        self._block = rate_hz // 50
        self._random = np.random.default_rng(seed)
        self._tone = (20_000 * np.sin(2 * np.pi * 1000 * np.arange(rate_hz // 250) / rate_hz)).astype(np.int16)

    def blocks(self, seconds: float) -> Iterator[tuple[float, NDArray[np.int16]]]:
        """(arrival in host seconds, mono int16)."""
        for number in range(int(seconds * self.true_hz / self._block)):
            start_s = BEGAN_S + number * self._block / self.true_hz
            samples = self._random.integers(-3, 4, self._block).astype(np.int16)
            tone_s = np.floor(start_s / PERIOD_S) * PERIOD_S
            for at_s in (tone_s, tone_s + PERIOD_S):
                offset = round((at_s - start_s) * self.true_hz)
                first, last = max(0, offset), min(self._block, offset + len(self._tone))
                if first < last:
                    samples[first:last] = self._tone[first - offset : last - offset]
            end_s = start_s + self._block / self.true_hz
            yield end_s + LATENCY_S + abs(self._random.normal(0, JITTER_S)), samples


class Grid:
    """Takes slices as soon as they are complete and notes the positions of the tones."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._at = position_of(BEGAN_S + 2)
        self.displaced_ms: dict[float, float] = {}  # by the time at which the tone was played
        self.slices = 0
        self.holes = 0  # samples that no device delivered

    def feed(self) -> None:
        while self._timeline.end >= self._at + SLICE_SAMPLES:
            pcm, there = self._timeline.take(self._at, SLICE_SAMPLES)
            self.holes += SLICE_SAMPLES - there
            loud = np.nonzero(np.abs(pcm.astype(int)) > 3000)[0]
            if len(loud):
                at_s = (self._at + loud[0]) / SAMPLE_RATE_HZ
                spoken_s = round(at_s / PERIOD_S) * PERIOD_S
                self.displaced_ms.setdefault(spoken_s, (at_s - spoken_s) * 1000)
            self._at += SLICE_SAMPLES
            self.slices += 1


def hear(device: Device, seconds: float, faults: bool = False) -> tuple[Timeline, Grid]:
    """The device's audio through a timeline; with `faults` an hourly burst of 2 s and an hourly gap of 1 s."""
    timeline = Timeline()
    timeline.open(device.rate_hz)
    grid = Grid(timeline)
    held: list[NDArray[np.int16]] = []
    for arrival_s, samples in device.blocks(seconds):
        in_hour_s = (arrival_s - BEGAN_S) % 3600
        if faults and 1800 <= in_hour_s < 1801:
            continue
        held.append(samples)
        if faults and 1200 <= in_hour_s < 1202:
            continue
        for part in held:
            timeline.feed(arrival_s, part)
        held.clear()
        grid.feed()
    return timeline, grid


def apart_ms(one: Grid, other: Grid) -> list[float]:
    common = sorted(one.displaced_ms.keys() & other.displaced_ms.keys())
    return [abs(one.displaced_ms[at] - other.displaced_ms[at]) for at in common]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--ppm", type=float, default=200)
    parser.add_argument("--rate", type=int, default=SAMPLE_RATE_HZ)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    seconds = options.hours * 3600
    fast, slow = Device(options.rate, +options.ppm), Device(options.rate, -options.ppm, seed=2)
    began = time.process_time()
    (fast_line, fast_grid), (slow_line, slow_grid) = hear(fast, seconds, True), hear(slow, seconds, True)
    cpu_s = time.process_time() - began
    apart = apart_ms(fast_grid, slow_grid)
    counted_ms = seconds * 1000 * (fast.true_hz - slow.true_hz) / options.rate
    rows = {
        "hours": options.hours,
        "crystals apart, ppm": 2 * options.ppm,
        "tones compared": len(apart),
        "channels apart at worst, ms": round(max(apart), 2),
        "channels apart, median ms": round(float(np.median(apart)), 3),
        "peer: apart at the end by counting samples, ms": round(counted_ms, 1),
        "peer / ours": round(counted_ms / max(apart)),
        "slices expected and given": [int((seconds - 2) * 50), min(fast_grid.slices, slow_grid.slices)],
        "inserted, ms (1 s an hour was cut out)": [fast_line.inserted // 16, slow_line.inserted // 16],
        "dropped, ms": [fast_line.dropped // 16, slow_line.dropped // 16],
        "CPU with the simulation, ms per s of both": round(cpu_s / seconds * 1000, 2),
    }
    table = Table("figure", "value", title="Two clocks, one grid")
    for name, value in rows.items():
        table.add_row(name, str(value))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
