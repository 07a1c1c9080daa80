"""How much pitch varies, on tracks whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.audio.variation import PitchMeter, VariationSettings, variation


def test_octave_slips_do_not_make_a_voice_lively() -> None:
    steady = np.full(1000, 200.0)
    steady[::20] = 400.0
    found = variation(steady)
    assert found is not None
    assert found.sd_semitones < 0.1


def test_the_whole_call_takes_no_more_room_the_longer_it_is() -> None:
    meter = PitchMeter(VariationSettings())
    for _ in range(50):
        meter.feed(np.full(1000, 210.0))
    call = meter.call()
    assert call is not None
    assert call.median_hz == pytest.approx(210, rel=0.002)
    assert call.voiced_ms == 500_000
