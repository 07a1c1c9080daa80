"""The load of the workers from times that are told."""

from __future__ import annotations

import pytest

from pipeline.asr.engine.load import Load
from pipeline.asr.engine.weights import EngineSettings


def test_the_expected_time_is_that_of_the_window_not_of_the_speech() -> None:
    load = Load(4_000, workers=1)
    assert load.expected_ms(10_000) == 0
    load.add(ended_s=1.0, took_s=1.25, window_s=10.0)
    window_ms = EngineSettings().window_ms(4 * 16_000)  # of ordinary weights, for four seconds of speech
    assert load.expected_ms(window_ms) == pytest.approx(1_250)


def test_the_share_of_busy_time_is_that_of_all_workers_and_forgets() -> None:
    load = Load(4_000, workers=2)
    load.add(ended_s=1.0, took_s=1.0, window_s=10.0)
    load.add(ended_s=2.0, took_s=1.0, window_s=10.0)
    assert load.busy_share(2.0) == pytest.approx(0.25)
    assert load.busy_share(5.5) == pytest.approx(0.125)
    assert load.busy_share(7.0) == 0
