"""Turns from lists of booleans, independent of the voice detector."""

from __future__ import annotations

import itertools

from hypothesis import given, strategies as st

from pipeline.audio.voice.turns import TurnSettings, TurnTracker
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.ports import SLICE_MS


def tracked(voiced: list[bool]) -> list[TurnStarted | TurnEnded]:
    tracker = TurnTracker(Channel.AGENT, TurnSettings())
    events: list[TurnStarted | TurnEnded] = []
    for i, v in enumerate(voiced):
        events += tracker.feed(i * SLICE_MS, v, (i + 1) * SLICE_MS)
    return events + tracker.finish(len(voiced) * SLICE_MS)


def slices(*runs: tuple[bool, int]) -> list[bool]:
    """Runs of (voiced, milliseconds)."""
    return [v for v, ms in runs for _ in range(ms // SLICE_MS)]


def test_a_turn_starts_and_ends_with_its_voiced_slices() -> None:
    events = tracked(slices((False, 1000), (True, 600), (False, 1000)))
    assert events == [
        TurnStarted(1100, Channel.AGENT, 1000),
        TurnEnded(1920, Channel.AGENT, 1000, 1600),
    ]


def test_gaps_up_to_300_ms_stay_inside() -> None:
    assert len(tracked(slices((True, 400), (False, 300), (True, 400)))) == 2
    assert len(tracked(slices((True, 400), (False, 320), (True, 400)))) == 4


def test_a_run_under_100_ms_is_no_turn() -> None:
    assert tracked(slices((True, 80), (False, 1000))) == []
    assert len(tracked(slices((True, 100), (False, 1000)))) == 2


def test_a_corrected_onset_moves_the_start_back_but_never_into_an_ended_turn() -> None:
    tracker = TurnTracker(Channel.AGENT, TurnSettings())
    for i in range(10):
        tracker.feed(i * SLICE_MS, True, (i + 1) * SLICE_MS)
    ended = [e for i in range(10, 40) for e in tracker.feed(i * SLICE_MS, False, (i + 1) * SLICE_MS)]
    assert ended == [TurnEnded(520, Channel.AGENT, 0, 200)]
    for start in (180, 200, 700, 720, 740, 760, 780):  # corrected onset: the first two are in the turn that has ended
        started = tracker.feed(start, True, 820)
    assert started == [TurnStarted(820, Channel.AGENT, 700)]


@given(st.lists(st.booleans(), max_size=400))
def test_starts_and_ends_alternate_and_turns_never_touch(voiced: list[bool]) -> None:
    events = tracked(voiced)
    assert [type(e) for e in events] == [TurnStarted, TurnEnded] * (len(events) // 2)
    assert all(a.at_ms <= b.at_ms for a, b in itertools.pairwise(events))
    turns = [e for e in events if isinstance(e, TurnEnded)]
    assert all(t.end_ms - t.start_ms >= 100 for t in turns)
    assert all(b.start_ms - a.end_ms > 300 for a, b in itertools.pairwise(turns))
