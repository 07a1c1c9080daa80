"""Where a call begins and ends when nobody says so."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Event
from pipeline.events.turns import SilenceKind, SilenceStarted, TurnEnded, TurnStarted
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.session.auto_call import EdgeSettings, FirstVoice, Quiet
from pipeline.settings import CallSettings
from tests.sound import silence, speech

SIDES = (Channel.AGENT, Channel.CUSTOMER)


def slices(customer: Pcm, heard: Heard = Heard.YES) -> list[Slice]:
    pieces = []
    for number in range(len(customer) // SLICE_SAMPLES):
        part = customer[number * SLICE_SAMPLES : (number + 1) * SLICE_SAMPLES]
        pcm = {Channel.AGENT: np.zeros(SLICE_SAMPLES, np.int16), Channel.CUSTOMER: part}
        pieces.append(Slice(number * SLICE_MS, pcm, {Channel.AGENT: Heard.IDLE, Channel.CUSTOMER: heard}))
    return pieces


def test_the_first_voice_of_either_side_is_found_with_its_onset() -> None:
    first = FirstVoice(SIDES, CallSettings())
    call = np.concatenate([silence(2_000), speech("你好，我想查一下订单"), silence(1_000)])
    onsets = [onset for piece in slices(call) if (onset := first.feed(piece)) is not None]
    assert onsets[0] == pytest.approx(2_000, abs=40)


def test_a_knock_and_lost_audio_are_no_voice() -> None:
    knock = np.concatenate([silence(2_000), np.full(SLICE_SAMPLES, 9_000, np.int16), silence(2_000)])
    assert all(FirstVoice(SIDES, CallSettings()).feed(piece) is None for piece in slices(knock))
    first = FirstVoice(SIDES, CallSettings())
    assert all(first.feed(piece) is None for piece in slices(speech("你好，我想查一下订单"), Heard.LOST))


def ends_at(events: list[Event], until_ms: int = 300_000) -> int | None:
    """When a call with these events is over."""
    quiet = Quiet(EdgeSettings())
    waiting = sorted(events, key=lambda event: event.at_ms)
    for at_ms in range(SLICE_MS, until_ms, SLICE_MS):
        now = [event for event in waiting if at_ms - SLICE_MS < event.at_ms <= at_ms]
        if quiet.feed(at_ms, now):
            return at_ms
    return None


def test_a_minute_without_a_voice_ends_the_call() -> None:
    assert ends_at([]) == 60_000
    turn: list[Event] = [TurnStarted(1_100, Channel.AGENT, 1_000), TurnEnded(8_300, Channel.AGENT, 1_000, 8_000)]
    assert ends_at(turn) == 68_000


def test_nobody_is_cut_off_while_speaking() -> None:
    assert ends_at([TurnStarted(1_100, Channel.CUSTOMER, 1_000)]) is None


def test_a_promised_wait_is_waited_for() -> None:
    turn: list[Event] = [TurnStarted(1_100, Channel.AGENT, 1_000), TurnEnded(4_300, Channel.AGENT, 1_000, 4_000)]
    wait = SilenceStarted(5_000, 4_000, SilenceKind.ANNOUNCED, 120_000)
    alone = SilenceStarted(5_000, 4_000, SilenceKind.AGENT, 15_000)
    assert ends_at([*turn, wait]) == 154_000
    assert ends_at([*turn, alone]) == 64_000
