"""The floor's clock: it goes with the machine's, and never back."""

from __future__ import annotations

from pipeline.floor.floor import FloorClock


def test_it_goes_on_with_a_clock_that_was_set_ahead_and_never_back() -> None:
    monotonic_s, wall_s = 100.0, 1_000_000.0
    clock = FloorClock(lambda: monotonic_s, lambda: wall_s)
    assert clock.now_ms() == 1_000_000_000
    monotonic_s, wall_s = 101.0, 1_000_001.5  # drift
    assert clock.now_ms() == 1_000_001_000
    monotonic_s, wall_s = 102.0, 1_028_802.0  # it slept for eight hours
    assert clock.now_ms() == 1_028_802_000
    monotonic_s, wall_s = 103.0, 1_000_003.0  # set back
    assert clock.now_ms() == 1_028_803_000
