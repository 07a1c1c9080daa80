"""The silent call over the whole chain, while the customer's side plays recordings and tones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.prompts import PromptSettings
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel
from pipeline.events.hints import SilentCallStep
from pipeline.events.prompts import PromptPlayed, PromptTold
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, Pcm
from pipeline.settings import CallSettings
from tests.sound import Played, ms, silence, speech, stereo

SIDES = (Channel.AGENT, Channel.CUSTOMER)
IN_TIME = pytest.approx(5.05, abs=0.06)  # a pending onset may hold a limit back by 100 ms
BUSY = "您好，坐席全忙，请稍候，我们将尽快为您接通"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> CallSettings:
    """Settings of a site whose one prompt is stored."""
    folder = tmp_path_factory.mktemp("prompts")
    soundfile.write(folder / "busy.wav", speech(BUSY), SAMPLE_RATE_HZ)
    return replace(CallSettings(), prompts=PromptSettings(folder=str(folder)))


Told = Mapping[int, PromptTold]
UNTOLD: Told = {}


def call(customer: Pcm, rulebook: Rulebook, settings: CallSettings, told: Told = UNTOLD) -> list[Event]:
    """The agent opens at 300 ms, the customer's side begins 1 s after it; `told` counts from there."""
    opening = speech("您好，请问有什么可以帮您", speed=170)
    begin = 300 + ms(opening) + 1_000
    notes = {(begin + at_ms) // SLICE_MS * SLICE_MS: note for at_ms, note in told.items()}
    samples = stereo([(300, opening)], [(begin, customer)], begin + max(ms(customer) + 500, 6_000))
    heard = listen(Played(samples, notes), NoTranscriber(), rulebook, settings, call_id="c", started_at="t")
    return [event for events in heard for event in events]


def steps(events: list[Event]) -> list[tuple[int, float]]:
    """Step and how long after the end of the opening it came, for those shown."""
    opened_ms = next(e.end_ms for e in events if isinstance(e, TurnEnded) and e.channel is Channel.AGENT)
    return [
        (e.step, (e.at_ms - opened_ms) / 1000)
        for e in events
        if isinstance(e, SilentCallStep) and (e.state == "over" or e.step > 1)
    ]


def test_a_known_prompt_is_no_customer(rulebook: Rulebook, known: CallSettings) -> None:
    events = call(speech(BUSY), rulebook, known)
    heard = [e for e in events if isinstance(e, PromptPlayed)]
    assert {(e.name, e.by) for e in heard} == {("busy", "fingerprint")}
    assert steps(events) == [(2, IN_TIME)]


def test_a_prompt_that_plays_again_and_again_is_none_either(rulebook: Rulebook, known: CallSettings) -> None:
    assert steps(call(np.concatenate([speech(BUSY), silence(700)] * 2), rulebook, known)) == [(2, IN_TIME)]


def test_an_unknown_prompt_is_taken_for_a_voice(rulebook: Rulebook) -> None:
    """What the fingerprint is for: without one this cannot be told from a person."""
    assert [step for step, _ in steps(call(speech(BUSY), rulebook, CallSettings()))] == [0]


def test_a_live_customer_with_the_same_words_ends_it(rulebook: Rulebook, known: CallSettings) -> None:
    events = call(speech(BUSY, variant="m3"), rulebook, known)
    assert not [e for e in events if isinstance(e, PromptPlayed)]
    assert [step for step, _ in steps(events)] == [0]


def test_a_customer_who_answers_after_the_prompt_ends_it(rulebook: Rulebook, known: CallSettings) -> None:
    answer = speech("喂，你好，我想查一下订单", variant="m3")
    events = call(np.concatenate([speech(BUSY), silence(500), answer]), rulebook, known)
    assert [step for step, _ in steps(events)][-1] == 0


PROMPT = speech(BUSY)
ANSWER = speech("喂，你好，我想查一下订单", variant="m3")
STARTS, ENDS = PromptTold("busy"), PromptTold("", playing=False)


@pytest.mark.parametrize("late_ms", [-200, 0, 400])
@pytest.mark.parametrize("duration_ms", [ms(PROMPT), None], ids=["known", "until-told"])
def test_a_prompt_that_only_telephony_knows_is_no_customer(
    rulebook: Rulebook, late_ms: int, duration_ms: int | None
) -> None:
    told = {late_ms: PromptTold("busy", duration_ms)}
    if duration_ms is None:
        told[ms(PROMPT) + late_ms] = ENDS
    events = call(PROMPT, rulebook, CallSettings(), told)
    assert {(e.name, e.by) for e in events if isinstance(e, PromptPlayed)} == {("busy", "telephony")}
    assert steps(events) == [(2, IN_TIME)]


def test_who_spoke_long_before_the_announcement_is_a_customer(rulebook: Rulebook) -> None:
    events = call(PROMPT, rulebook, CallSettings(), {1_000: STARTS})
    assert [step for step, _ in steps(events)] == [0]


def test_who_answers_after_its_end_was_told_is_a_customer(rulebook: Rulebook) -> None:
    customer = np.concatenate([PROMPT, silence(700), ANSWER])
    events = call(customer, rulebook, CallSettings(), {0: STARTS, ms(PROMPT): ENDS})
    assert steps(events)[-1][0] == 0
    until_told = call(customer, rulebook, CallSettings(), {0: STARTS})
    assert steps(until_told) == [(2, IN_TIME)]  # nobody has told that it is over


def test_it_lies_in_the_time_of_the_call(rulebook: Rulebook) -> None:
    events = call(PROMPT, rulebook, CallSettings(), {0: STARTS, 2_000: PromptTold("music", 1_500)})
    busy, ended, music = (e for e in events if isinstance(e, PromptPlayed))
    began_ms = next(e.start_ms for e in events if isinstance(e, TurnStarted) and e.channel is Channel.CUSTOMER)
    assert busy.at_ms == pytest.approx(began_ms, abs=80)
    assert (busy.start_ms, busy.end_ms) == (busy.at_ms - 300, busy.at_ms + 60_000)
    assert ended == replace(busy, at_ms=busy.at_ms + 2_000, end_ms=busy.at_ms + 2_000)
    assert (music.at_ms, music.end_ms, music.name) == (ended.at_ms, ended.at_ms + 1_500, "music")


TIME_S = np.arange(6 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ


@pytest.mark.parametrize(
    "tone",
    [
        np.sin(2 * np.pi * 450 * TIME_S) * (TIME_S % 5 < 1),  # ring-back (YD/T 729)
        np.sin(2 * np.pi * 450 * TIME_S) * (TIME_S % 0.7 < 0.35),  # busy
        np.sin(2 * np.pi * 1100 * TIME_S) * (TIME_S % 3.5 < 0.5),  # fax calling tone (ITU-T T.30)
        np.sin(2 * np.pi * 2100 * TIME_S),  # modem answer tone (ITU-T V.25)
        (np.sin(2 * np.pi * 770 * TIME_S) + np.sin(2 * np.pi * 1336 * TIME_S)) / 2 * (TIME_S % 0.25 < 0.1),  # DTMF
        sum(np.sin(2 * np.pi * hz * TIME_S) for hz in (220, 277.2, 329.6)) / 3,  # a chord
    ],
    ids=["ring-back", "busy", "fax", "modem", "DTMF", "chord"],
)
def test_tones_never_reset_it(rulebook: Rulebook, tone: np.ndarray) -> None:
    assert steps(call((6_000 * tone).astype(np.int16), rulebook, CallSettings())) == [(2, IN_TIME)]
