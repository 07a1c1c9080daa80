"""A machine that is too slow: what is left out and in which order, and what never is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.asr.session.recogniser import MOST_HELD_MS, RecogniserSession
from pipeline.audio.measures.pitch import HOP_MS
from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.paced import Paced
from pipeline.audio.sources.watched import SliceLag, Watched
from pipeline.audio.sources.wrapped import Wrapped
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel
from pipeline.events.faults import OverloadNoted
from pipeline.events.hints import SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.turns import OverlapNoted, SilenceEnded, SilenceReached, SilenceStarted, TurnEnded, TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled
from pipeline.overload import NO_CAPTIONS, NO_PITCH, WORDS_LATER, Overload, OverloadSettings
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, Pcm, Slice, Source, Transcriber
from pipeline.settings import CallSettings
from tests.prompter import Prompter
from tests.sound import FACTS, Played, ms, speech, stereo

CLOCK = (
    TurnStarted,
    TurnEnded,
    SilenceStarted,
    SilenceReached,
    SilenceEnded,
    OverlapNoted,
    SilentCallStep,
    LevelMeasured,
)
LATE_MS = 900


class Late(Wrapped):
    """A source whose slices come late in some spans; it cannot wait."""

    can_wait = False

    def __init__(self, source: Source, spans: Sequence[tuple[int, int]]) -> None:
        super().__init__(source)
        self._spans = spans

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._source:
            is_late = any(start <= piece.start_ms < end for start, end in self._spans)
            yield replace(piece, behind_ms=LATE_MS) if is_late else piece


def heard(
    source: Source, rulebook: Rulebook, transcriber: Transcriber | None = None, calm_ms: int = 1_000
) -> list[Event]:
    settings = CallSettings(overload=OverloadSettings(calm_ms=calm_ms))
    told = listen(source, transcriber or NoTranscriber(), rulebook, settings, call_id="x", started_at="")
    return [event for events in told for event in events]


def levels(behind: Sequence[tuple[int, int]], settings: OverloadSettings | None = None) -> list[tuple[int, int]]:
    """(at_ms, level) told for so many ms of each lateness."""
    overload, now, told = Overload(settings or OverloadSettings()), 0, []
    for late_ms, lasting_ms in behind:
        for _ in range(lasting_ms // SLICE_MS):
            now += SLICE_MS
            told += [(event.at_ms, event.level) for event in overload.feed(now, late_ms)]
    return told


def test_in_time_nothing_is_said_and_one_late_slice_is_a_hiccup() -> None:
    assert levels([(0, 60_000), (900, 200), (0, 60_000), (150, 60_000)]) == []


def test_what_is_left_out_grows_with_the_lateness_and_comes_back_one_by_one() -> None:
    told = levels([(250, 5_000), (450, 5_000), (900, 5_000), (0, 60_000)])
    assert [level for _, level in told] == [1, 2, 3, 3, 2, 1, 0]  # 3 twice: the second time that it is no longer late
    falls = [at for (at, level), (_, before) in zip(told[1:], told, strict=False) if level < before]
    assert [later - earlier for earlier, later in pairwise(falls)] == [15_000, 15_000]


def test_calm_that_was_too_short_is_doubled() -> None:
    short = OverloadSettings(calm_ms=1_000)
    told = levels([(250, 1_000), (0, 1_100), (250, 1_000), (0, 2_500)], short)
    (_, first), (eased, second), (again, third), (over, last) = told
    assert [first, second, third, last] == [1, 0, 1, 0]
    assert over - 4_100 + 1_000 > 1_000  # a second of calm was not enough this time
    assert over > again + 2_000 > eased


def test_turns_and_the_silence_clock_are_the_same_to_the_millisecond(rulebook: Rulebook) -> None:
    demo = FileSource(bundled("demo", "call.opus"), facts=FACTS)
    length = 190_000
    plain = heard(Late(demo, []), rulebook)
    shed = heard(Late(demo, [(20_000, 60_000), (90_000, length)]), rulebook)
    assert {event.level for event in shed if isinstance(event, OverloadNoted)} == {0, 1, 2, 3}
    assert not any(isinstance(event, OverloadNoted) for event in plain)
    assert [e for e in shed if isinstance(e, CLOCK)] == [e for e in plain if isinstance(e, CLOCK)]


def test_pitch_and_the_pace_by_sound_are_missing_not_wrong(rulebook: Rulebook) -> None:
    said = speech("您好，这里是客服中心，我帮您查一下这个月的费用，一共是一百二十元，您看可以吗？")
    gap = 1_500
    begins = [1_000 + number * (ms(said) + gap) for number in range(5)]
    call = stereo([(begin, said) for begin in begins], [], begins[-1] + ms(said) + 2_000)
    late = [(begins[2] - 900, begins[3] - 1_200)]
    plain, shed = heard(Late(Played(call), []), rulebook), heard(Late(Played(call), late), rulebook)

    def told(
        events: list[Event], kind: type[PitchMeasured] | type[PaceMeasured], since: int, until: int
    ) -> list[Event]:
        return [e for e in events if isinstance(e, kind) and since <= e.at_ms < until and e.start_ms]

    hole = begins[2] + 500, begins[3] - 1_200
    for kind in (PitchMeasured, PaceMeasured):
        assert told(plain, kind, *hole)
        assert not told(shed, kind, *hole)
        assert told(plain, kind, 0, begins[2] - 900) == told(shed, kind, 0, begins[2] - 900)
    before, after = (
        next(e for e in reversed(told(events, PitchMeasured, begins[4], 10**9))) for events in (plain, shed)
    )
    assert isinstance(before, PitchMeasured)
    assert isinstance(after, PitchMeasured)
    # The same sentence again and again: without one of them its figures stay what they were.
    assert after.median_hz == pytest.approx(before.median_hz, rel=0.01)
    assert after.sd_semitones == pytest.approx(before.sd_semitones, rel=0.05)
    whole = [[e for e in events if isinstance(e, PaceMeasured)][-1] for events in (plain, shed)]
    assert whole[1].speaking_rate == pytest.approx(whole[0].speaking_rate, rel=0.05)
    assert whole[1].speaking_ms < 0.9 * whole[0].speaking_ms


def test_held_back_words_come_later_and_none_is_lost(rulebook: Rulebook) -> None:
    said = [speech(text) for text in ("您好，请问有什么可以帮您？", "好的，我帮您安排维修师傅。")]
    call = stereo([(1_000, said[0]), (7_000, said[1])], [], 24_000)
    found = heard(Late(Played(call), [(0, 12_000)]), rulebook, Prompter(["您好请问", "好的我帮您"]))
    words = [event for event in found if isinstance(event, WordsHeard)]
    assert [event.text for event in words] == ["您好请问", "好的我帮您"]
    fell = next(e.at_ms for e in found if isinstance(e, OverloadNoted) and e.at_ms > 12_000 and e.level < WORDS_LATER)
    assert [event.at_ms for event in words] == [fell, fell]
    assert words[0].lag_ms > 5_000
    to_the_end = heard(Late(Played(call), [(0, 24_000)]), rulebook, Prompter(["您好请问", "好的我帮您"]))
    assert [event.text for event in to_the_end if isinstance(event, WordsHeard)] == ["您好请问", "好的我帮您"]


def test_only_so_much_speech_is_held_back() -> None:
    asked: list[int] = []

    class Counting(Prompter):
        has_room = True

        def ask(self, utterance):  # type: ignore[no-untyped-def]
            asked.append(len(utterance.pcm))
            return super().ask(utterance)

    lane = RecogniserSession(Counting([""] * 99), "x")
    assert lane.has_room
    lane.shed(NO_CAPTIONS)
    assert not lane.has_room
    lane.shed(NO_PITCH)
    pcm = speech("您好")[: SAMPLE_RATE_HZ // 2]
    pieces: list[Pcm] = [pcm.repeat(10)] * 30
    for piece in pieces:
        lane.ask(piece, Channel.AGENT, is_final=True)
    held_ms = sum(map(ms, pieces)) - sum(asked) * 1000 // SAMPLE_RATE_HZ
    assert 0 < held_ms <= MOST_HELD_MS
    lane.shed(0)
    assert len(asked) == 30


def test_a_paced_source_tells_how_late_its_slices_are() -> None:
    now = [0.0]

    def tick() -> float:
        return now[0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    source = FileSource(bundled("demo", "call.opus"), facts=FACTS)
    lag, behind = SliceLag(), []
    for number, piece in enumerate(Watched(Paced(source, clock=tick, sleep=wait), lag)):
        behind.append(piece.behind_ms)
        if number == 5:
            now[0] += 0.5  # this slice took half a second
        if number == 60:
            break
    assert behind[:6] == [0] * 6
    assert behind[6:9] == [480, 460, 440]
    assert behind[60] == 0
    assert sum(lag.counts) == 61
    assert lag.counts[0] == 61 - 23  # up to 20 ms is in time
    assert HOP_MS < SLICE_MS
