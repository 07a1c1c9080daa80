"""What must hold of a whole call, shown on sound made for the purpose (issue: the main job)."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from functools import cache
from itertools import chain
from typing import Any, TypeVar

import librosa
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.resample import saturate
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import HintRaised, SilentCallStep
from pipeline.events.measures import PaceMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.score import CallScored, Verdict
from pipeline.events.turns import SilenceEnded, SilenceReached, TurnEnded, TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Transcriber
from pipeline.settings import CallSettings
from tests.conftest import Hear, Slices
from tests.prompter import Prompter
from tests.sound import FACTS, ms, speech, stereo

DEMO = bundled("demo", "call.opus")
LIVELY = "您好，这里是客服中心，我帮您查一下这个月的费用，一共是一百二十元，您看可以吗？"
MONOTONE = "pitch-variation"

E_ = TypeVar("E_")


def only(events: list[Event], kind: type[E_]) -> list[E_]:
    return [e for e in events if isinstance(e, kind)]


def turns(events: list[Event], channel: Channel = Channel.AGENT) -> list[tuple[int, int]]:
    return [(e.start_ms, e.end_ms) for e in only(events, TurnEnded) if e.channel is channel]


def whole_call(events: list[Event], kind: type[E_], channel: Channel = Channel.AGENT) -> E_:
    """The last reading is the one over the whole call."""
    return [e for e in only(events, kind) if e.channel is channel][-1]  # type: ignore[attr-defined]


def two_sided() -> Pcm:
    hello, answer = speech("您好，请问有什么可以帮您？"), speech("我家的水管漏水了。", "m3", 150, 40)
    return stereo([(1000, hello), (9000, speech(LIVELY))], [(5000, answer)], 24_000)


def shifted(event: Event, by_ms: int) -> dict[str, Any]:
    """The event as it would read `by_ms` later."""

    def move(value: Any, name: str) -> Any:
        if name in ("at_ms", "start_ms", "end_ms", "wait_from_ms") and value is not None:
            return value + by_ms
        if isinstance(value, dict):
            return {k: move(v, k) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [move(v, "") for v in value]
        return value

    return {"kind": type(event).__name__, **{f.name: move(asdict(event)[f.name], f.name) for f in fields(event)}}


def test_silence_in_front_shifts_every_time_and_changes_nothing_else(hear: Hear, demo_model: Transcriber) -> None:
    call = two_sided()
    front = np.zeros((7_300 * SAMPLE_RATE_HZ // 1000, 2), np.int16)
    plain, late = hear(call, demo_model), hear(np.concatenate([front, call]), demo_model)

    def later(events: list[Event], by_ms: int) -> list[dict[str, Any]]:
        """From the first turn on; figures of the whole call begin at 0 and the first silence is longer."""
        begin = next(i for i, e in enumerate(events) if isinstance(e, TurnStarted))
        skip = (CallStarted, CallEnded, CallScored, SilenceEnded)
        kept = [e for e in events[begin:] if not isinstance(e, skip) and getattr(e, "start_ms", 1) != 0]
        return [shifted(e, by_ms) for e in kept]

    def windows_from_zero(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [e for e in events if e["kind"] not in ("PitchMeasured",)]

    assert windows_from_zero(later(plain, 7_300)) == windows_from_zero(later(late, 0))
    figures = [(p.median_hz, p.sd_semitones, p.voiced_ms) for p in only(plain, PitchMeasured)]
    assert figures == [(p.median_hz, p.sd_semitones, p.voiced_ms) for p in only(late, PitchMeasured)]


def test_channels_swapped_swap_the_roles(hear: Hear) -> None:
    call = two_sided()
    plain, swapped = hear(call), hear(np.ascontiguousarray(call[:, ::-1]))
    assert turns(plain, Channel.AGENT) == turns(swapped, Channel.CUSTOMER) != []
    assert turns(plain, Channel.CUSTOMER) == turns(swapped, Channel.AGENT) != []
    assert turns(plain, Channel.AGENT) == turns(hear(np.ascontiguousarray(call[:, ::-1]), agent_channel="right"))


def long_talk(pitch_range: int = 50) -> Pcm:
    text = LIVELY + "维修师傅今天下午三点到五点到您家里，到之前会先给您打电话。修好以后请您签字确认。"
    return speech(text, "f2", 150, 50, pitch_range)


def test_a_faster_tempo_raises_the_rate_as_much(hear: Hear) -> None:
    """By given words, and nearly as much by the sound alone."""
    texts = ["我帮您查清楚再回复您", "维修师傅今天下午到您家里", "这次上门维修不收任何费用"]
    phrases = [speech(text) for text in texts]
    rates: dict[str, list[float]] = {"words": [], "acoustic": []}
    for tempo in (1.0, 1.25):
        start_ms, placed = 1_000, []
        for phrase in phrases:
            # Windows of 32 ms: the usual 128 would smear the dips between the syllables.
            stretched = librosa.effects.time_stretch(phrase.astype(np.float32) / 32768, rate=tempo, n_fft=512)
            sound = phrase if tempo == 1.0 else saturate(stretched.astype(np.float32))
            placed.append((start_ms, sound))
            start_ms += ms(sound) + 1_500
        paces = only(hear(stereo(placed, [], start_ms), Prompter(texts)), PaceMeasured)
        for basis, found in rates.items():
            found.append([p.speaking_rate for p in paces if p.basis == basis][-1])
    assert rates["words"][1] / rates["words"][0] == pytest.approx(1.25, rel=0.05)
    assert rates["acoustic"][1] / rates["acoustic"][0] == pytest.approx(1.25, rel=0.08)


def test_four_semitones_up_raise_the_median_and_keep_the_variation(hear: Hear) -> None:
    talk = long_talk()
    up = librosa.effects.pitch_shift(talk.astype(np.float32) / 32768, sr=SAMPLE_RATE_HZ, n_steps=4)
    low, high = (
        whole_call(hear(stereo([(1000, pcm)], [], 2000 + ms(pcm))), PitchMeasured)
        for pcm in (talk, saturate(up.astype(np.float32)))
    )
    assert high.median_hz / low.median_hz == pytest.approx(2 ** (4 / 12), rel=0.02)
    assert high.sd_semitones == pytest.approx(low.sd_semitones, rel=0.1)


def test_flattened_pitch_raises_the_monotone_hint_and_the_original_does_not(hear: Hear) -> None:
    raised = []
    for pitch_range in (50, 0):
        talk = long_talk(pitch_range)
        events = hear(stereo([(1000, talk)], [(ms(talk) + 2000, speech("好的，谢谢。", "m3"))], ms(talk) + 5000))
        raised.append([h.rule for h in only(events, HintRaised)].count(MONOTONE))
    assert raised == [0, 1]


@pytest.mark.parametrize(("gap_ms", "fires"), [(4_900, False), (5_100, True)])
def test_five_seconds_are_exact_in_digital_silence(hear: Hear, gap_ms: int, fires: bool) -> None:
    first, second = speech("我帮您看一下。"), speech("查到了，是这样的。")
    start = 3_000
    end = start + ms(first)
    customer = speech("你好。", "m3")
    call = stereo([(start, first), (end + gap_ms, second)], [(500, customer)], end + gap_ms + ms(second) + 1000)
    reached = [e for e in only(hear(call), SilenceReached) if e.start_ms >= end - 20]
    assert bool(reached) is fires
    if fires:
        # The turn ends with the slice that holds its last sample; the limit is full 5,000 ms later, in that slice.
        assert reached[0].at_ms == reached[0].start_ms + 5_000
        assert abs(reached[0].start_ms - end) <= 20


def test_without_a_model_turns_silences_and_pitch_are_the_same(hear: Hear, demo_model: Transcriber) -> None:
    with_words, without = hear(two_sided(), demo_model), hear(two_sided())
    assert only(with_words, WordsHeard)
    assert not only(without, WordsHeard)
    for kind in (TurnStarted, TurnEnded, PitchMeasured):
        assert only(with_words, kind) == only(without, kind) != []
    # The same silences; only words can tell that one was announced ("我帮您查一下").
    silences = [[(s.start_ms, s.end_ms) for s in only(events, SilenceEnded)] for events in (with_words, without)]
    assert silences[0] == silences[1] != []


def _short() -> Pcm:
    return two_sided()[: 9 * SAMPLE_RATE_HZ]


@cache  # by the function that hears: of one test
def _short_in_usual_packets(hear: Hear) -> list[Event]:
    return hear(_short())


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 9_000))
def test_packets_cut_at_random_give_the_same_events(hear: Hear, block_frames: int) -> None:
    assert hear(_short(), block_frames=block_frames) == _short_in_usual_packets(hear)


def test_the_customers_first_word_ends_the_silent_call_for_good(hear: Hear) -> None:
    opening, again = speech("您好，锦和客服中心，请问有什么可以帮您？"), speech("您好！请问有什么可以帮您？")
    said = 1000 + ms(opening)
    second = said + 6_000
    word = second + ms(again) + 2_000
    call = stereo(
        [(1000, opening), (second, again), (word + 12_000, again)], [(word, speech("喂，你好。", "m3"))], word + 30_000
    )
    events = hear(call)
    steps = [(s.step, s.state) for s in only(events, SilentCallStep)]
    assert [step for i, step in enumerate(steps) if i == 0 or step != steps[i - 1]] == [
        (1, "say"), (1, "wait"), (2, "say"), (2, "wait"), (0, "over")
    ]  # fmt: skip
    over = next(s.at_ms for s in only(events, SilentCallStep) if s.state == "over")
    assert word + 300 <= over <= word + 900
    assert [s for s in only(events, SilentCallStep) if s.at_ms > over] == []
    assert len([r for r in only(events, SilenceReached) if r.at_ms > over]) >= 2  # silent again, and yet no step


def test_outbound_calls_have_no_silent_call(hear: Hear) -> None:
    call = stereo([(1000, speech("您好。"))], [], 12_000)
    assert only(hear(call), SilentCallStep)
    assert not only(hear(call, facts=replace(FACTS, direction="outbound")), SilentCallStep)


def test_the_demo_call_shows_every_capability(demo_call: Slices) -> None:
    events = [event for events in demo_call for event in events]
    steps = [(s.step, s.state) for s in only(events, SilentCallStep)]
    assert steps[-1] == (0, "over")
    hints = [h.rule for h in only(events, HintRaised)]
    for rule in ("speech-rate-150", "midcall-dead-air", "ban-bu-qingchu", "hold-just-a-moment-30s", MONOTONE,
                 "no-interrupt"):  # fmt: skip
        assert hints.count(rule) == 1, rule
    score = only(events, CallScored)[0]
    assert score.total is not None


def test_the_demo_call_without_words_has_the_same_verdicts_or_none(demo_call: Slices, rulebook: Rulebook) -> None:
    source = FileSource(bundled("demo", "call.opus"), facts=FACTS)
    call = listen(source, NoTranscriber(), rulebook, CallSettings(), call_id="test", started_at="2026-11-22")
    heard, mute = only(list(chain(*demo_call)), CallScored)[0], only(list(chain(*call)), CallScored)[0]
    same = {(item.rule, item.verdict) for item in heard.items}
    judged = {(item.rule, item.verdict) for item in mute.items if item.verdict is not Verdict.NOT_APPLICABLE}
    assert judged <= same
    assert {rule for rule, _ in judged} == {"silent-call-sequence", MONOTONE}
    assert (mute.total, mute.unscored_reason) == (None, "too_little")
