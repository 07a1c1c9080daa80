"""Digests: what a wall shows of a call, against the story that the events tell; and their size."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.digest import DIGEST_BYTES, Digest, HelpNow, Line, Unheeded, WhisperNow, from_json, to_json
from pipeline.digesting import digest_of, fold
from pipeline.events.call import CallEnded, CallFacts, CallStarted, PhaseChanged
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.help import (
    HelpAsked,
    HelpClosed,
    HelpReceived,
    HelpTaken,
    ListenEnded,
    ListenStarted,
    WhisperSeen,
    WhisperSent,
)
from pipeline.events.hints import Citation, HintCleared, HintRaised, Severity, SilentCallStep
from pipeline.events.legend import Legend, PaceBand
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import (
    SilenceEnded,
    SilenceKind,
    SilenceStarted,
    SoundEnded,
    TurnEnded,
    TurnStarted,
    WaitRequested,
)
from pipeline.events.words import WordsHeard
from tests.long_call import long_call

AGENT, CUSTOMER = Channel.AGENT, Channel.CUSTOMER
LONG = st.text(max_size=400)
AT = st.integers(0, 200_000)


def started(**facts: str) -> CallStarted:
    legend = Legend(pace=PaceBand(120, 260))
    return CallStarted(
        0,
        "c1",
        "2026-11-28T09:00:00+08:00",
        (AGENT, CUSTOMER),
        CallFacts(**facts),
        "b",
        "1",
        "x",
        "none",
        legend=legend,
    )  # type: ignore[arg-type]


def hint(at: int, number: int, severity: Severity, say: str = "放慢语速") -> HintRaised:
    return HintRaised(at, number, f"rule-{number}", severity, "t", say, "w", "c", Citation("1", "q"), 0, at)


def pace(at: int, rate: float, channel: Channel = AGENT) -> PaceMeasured:
    return PaceMeasured(at, channel, 0, at, rate, 300, 60, 15_000, 12_000, "acoustic")


def test_a_story() -> None:
    now = digest_of([started(agent_id="1042"), PhaseChanged(0, "opening")])
    assert (now.call_id, now.agent_id, now.phase, now.state, now.pace_word) == ("c1", "1042", "opening", "nobody", "")
    now = digest_of([started(), TurnStarted(1_080, AGENT, 1_000), pace(2_000, 300)])
    assert (now.state, now.since_ms, now.pace, now.pace_word) == ("agent", 1_000, 300, "fast")
    now = fold(fold(now, TurnStarted(3_100, CUSTOMER, 3_000)), pace(3_200, 90, CUSTOMER))
    assert (now.state, now.since_ms, now.pace) == ("both", 3_000, 300)
    now = fold(fold(now, TurnEnded(5_320, AGENT, 1_000, 5_000)), TurnEnded(6_300, CUSTOMER, 3_000, 5_980))
    assert (now.state, now.since_ms) == ("nobody", 5_980)
    now = fold(now, SilenceStarted(6_980, 5_980, SilenceKind.BOTH, 5_000))
    assert (now.state, now.since_ms, now.silence) == ("silence", 5_980, SilenceKind.BOTH)
    now = fold(fold(now, SilenceEnded(9_000, 5_980, 9_000, SilenceKind.BOTH)), CallEnded(9_500, "finished"))
    assert (now.state, now.since_ms) == ("ended", 9_500)
    assert fold(now, WordsHeard(9_500, AGENT, 0, 900, "您好", (), 0, heard_later=True)) == now


def test_the_strip_has_what_was_told_late() -> None:
    now = digest_of([
        started(),
        TurnStarted(2_080, AGENT, 1_900), TurnEnded(4_320, AGENT, 1_900, 3_950),
        TurnStarted(4_500, CUSTOMER, 4_400), ChannelLost(8_000, CUSTOMER, 7_000),
        ChannelBack(9_000, CUSTOMER, 7_000, 9_000),
        TurnEnded(10_300, CUSTOMER, 4_400, 9_990), PhaseChanged(11_000, "body"),
    ])  # fmt: skip
    assert now.strip == ".aaacccxxc.."
    assert len(fold(now, PhaseChanged(200_000, "body")).strip) == 60


def test_the_worst_hint_stands_first_and_goes_when_it_is_cleared() -> None:
    now = digest_of([
        started(), hint(1_000, 1, Severity.TIP), hint(2_000, 2, Severity.CRITICAL), hint(3_000, 3, Severity.WARNING)
    ])  # fmt: skip
    assert [one.hint for one in now.hints] == [2, 3, 1]
    assert [one.hint for one in fold(now, HintCleared(4_000, 2, "done")).hints] == [3, 1]


def test_complaint_step_promise_blindness_and_faults() -> None:
    now = digest_of([
        started(), PhaseChanged(1_000, "complaint"), PhaseChanged(2_000, "hold"),
        SilentCallStep(3_000, 2, "say", "您好", "", None, 5_000),
        SilentCallStep(4_000, 2, "wait", "您好", "", 4_000, 5_000),
        WaitRequested(5_000, AGENT, 4_000, 4_900, "请稍等", 30_000, 60_000), ChannelLost(6_000, AGENT, 5_000),
        StageFailed(6_500, "asr", "gone"), WordsHeard(7_000, AGENT, 0, 900, "您好", (), 0, "您好！"),
    ])  # fmt: skip
    assert (now.phase, now.mode, now.step, now.step_ms, now.promised_ms) == ("hold", "complaint", 2, 3_000, 64_900)
    assert (now.blind[0].since_ms, now.failed, now.line and now.line.text) == (5_000, ("asr",), "您好！")
    now = fold(fold(now, PhaseChanged(8_000, "body")), StageBack(8_100, "asr"))
    assert (now.mode, now.failed) == ("", ())
    greeting = SilentCallStep(0, 1, "say", "您好", "", None, 5_000)
    assert digest_of([started(), greeting]).step == 0  # which is no trouble yet


def test_help_a_sentence_and_who_listens() -> None:
    asked = digest_of([started(), HelpAsked(5_000, "superior"), HelpReceived(5_200, ("王敏",))])
    assert asked.help == HelpNow(5_000, "superior")
    taken = fold(fold(asked, HelpTaken(9_000, "王敏")), HelpAsked(9_500, "media"))
    assert taken.help == HelpNow(5_000, "media", "王敏")
    freed = fold(taken, HelpReceived(40_000, ()))
    assert freed.help == HelpNow(5_000, "media")
    assert fold(freed, HelpClosed(41_000, "withdrawn")).help is None
    assert fold(Digest(), HelpTaken(1_000, "王敏")).help is None
    sent = fold(fold(asked, WhisperSent(6_000, "w1", "先别承诺赔偿", "王敏")), ListenStarted(6_100, "王敏"))
    assert (sent.whisper, sent.listeners) == (WhisperNow("w1", text="先别承诺赔偿"), ("王敏",))
    assert fold(sent, WhisperSeen(7_000, "w0")).whisper == sent.whisper
    assert fold(sent, WhisperSeen(7_000, "w1")).whisper == WhisperNow("w1", True, "先别承诺赔偿")
    assert fold(sent, ListenEnded(7_000, "王敏")).listeners == ()


def test_hints_that_were_not_followed_are_counted_in_a_row() -> None:
    now = digest_of([started()])
    for number in (1, 2, 3):
        now = fold(fold(now, fast(number)), HintCleared(number * 1_000, number, "expired"))
    assert now.unheeded == Unheeded("pace-fast", 3)
    assert fold(fold(now, fast(4)), HintCleared(4_500, 4, "replaced")).unheeded == Unheeded("pace-fast", 3)
    assert fold(fold(now, fast(4)), HintCleared(4_500, 4, "done")).unheeded is None


def fast(number: int) -> HintRaised:
    return replace(hint(number * 1_000, number, Severity.TIP), rule="pace-fast")


def test_figures_of_the_whole_call_are_not_the_pace_of_now() -> None:
    assert digest_of([started(), pace(2_000, 200), SoundEnded(3_000), pace(3_000, 90)]).pace == 200


def test_a_digest_goes_on_from_what_was_written_at_any_moment() -> None:
    events = list(chain.from_iterable(long_call("c-long", 0.03)))
    whole, now = digest_of(events), Digest()
    for number, event in enumerate(events, 1):
        now = fold(from_json(to_json(now)), event)
        if number % 50 == 0:
            assert now == digest_of(events[:number])
    assert now == whole


def test_a_long_call_stays_small() -> None:
    now = Digest()
    for event in chain.from_iterable(long_call("0199c0de-0000-7000-8000-000000000001", 0.5)):
        now = fold(now, event)
        assert len(to_json(now).encode()) <= DIGEST_BYTES
    assert now.is_news(None)
    assert not replace(now, at_ms=now.at_ms + 1).is_news(now)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"strip":1}', '{"silence":"deep"}', '{"speaking":[{"channel":"agent"}]}', '{"pace":NaN}',
        '{"level":-Infinity}', '{"help":{"since_ms":10000000000000000000000000}}', f'{{"strip":"{"." * 960}"}}',
        f'{{"listeners":[{",".join(["0"] * 200)}]}}'.replace("0", '"a"'),
    ],
)  # fmt: skip
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        from_json(text)


def test_one_that_no_fold_has_made_is_written_all_the_same() -> None:
    assert len(to_json(Digest(strip="." * 2_000, line=Line(Channel.AGENT, "x"), phase="body"))) > DIGEST_BYTES


def events(text: st.SearchStrategy[str]) -> st.SearchStrategy[Event]:
    side = st.sampled_from(list(Channel))
    return st.one_of(
        st.builds(started, agent_id=text),
        st.builds(TurnStarted, AT, side, AT),
        st.builds(TurnEnded, AT, side, AT, AT),
        st.builds(SilenceStarted, AT, AT, st.sampled_from(SilenceKind), st.just(5_000)),
        st.builds(ChannelLost, AT, side, AT),
        st.builds(hint, AT, st.integers(1, 9), st.sampled_from(Severity), text),
        st.builds(HintCleared, AT, st.integers(1, 9), st.just("done")),
        st.builds(PhaseChanged, AT, text),
        st.builds(StageFailed, AT, text, text),
        st.builds(HelpAsked, AT, st.sampled_from(["", "media"])),
        st.builds(HelpTaken, AT, text),
        st.builds(WhisperSent, AT, text, text, text),
        st.builds(ListenStarted, AT, text),
        st.builds(HintCleared, AT, st.integers(1, 9), st.just("expired")),
        st.builds(lambda at, channel, said: WordsHeard(at, channel, 0, at, said, (), 0), AT, side, text),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(events(LONG), max_size=40))
def test_whatever_happens_it_is_small_and_can_be_read(story: list[Event]) -> None:
    now = Digest()
    for event in story:
        now = fold(now, event)
        text = to_json(now)
        assert len(text.encode()) <= DIGEST_BYTES
        assert from_json(text).state == now.state
        assert 1 <= len(now.strip) <= 60


def test_who_listens_is_told_however_many_of_one_name_they_are() -> None:
    def after(*told: str) -> tuple[str, ...]:
        digest = Digest()
        for at, who in enumerate(told):
            name = who.strip("+-")
            digest = fold(digest, ListenStarted(at, name) if who[0] == "+" else ListenEnded(at, name))
        return digest.listeners

    assert after("+王敏", "+王敏", "-王敏") == ("王敏",)
    assert after("+王敏", "+刘洋", "+何静", "-王敏", "-刘洋") == ("何静",)
    assert after("+王敏", "-王敏", "-王敏") == ()
