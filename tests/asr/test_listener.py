"""Words join the call when due or ready, in order, inside their turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from pipeline.asr.session.listener import AsrSettings, Listener, quietest_ms
from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.turns import TurnEnded
from pipeline.events.words import LanguageHeard, Word, WordsGuessed, WordsHeard, WordsSuppressed
from pipeline.ports import Pending, Recognised, Suppressed, Utterance


@dataclass
class Answer:
    found: Sequence[Word] | AsrError
    is_ready: bool = False
    suppressed: tuple[Suppressed, ...] = ()
    languages: dict[str, float] = field(default_factory=dict)

    def ready(self) -> bool:
        return self.is_ready

    def result(self) -> Recognised:
        if isinstance(self.found, AsrError):
            raise self.found
        return Recognised(tuple(self.found), self.suppressed, self.languages)


@dataclass
class Scripted:
    """A fake recogniser with given answers."""

    answers: list[Answer]
    engine: str = "scripted"
    notice: str = ""
    fault: str = ""
    has_room: bool = True
    asked: list[Utterance] = field(default_factory=list)

    def ask(self, utterance: Utterance) -> Pending:
        self.asked.append(utterance)
        return self.answers[len(self.asked) - 1]


def listener(*answers: Answer) -> Listener:
    made = Listener(Channel.AGENT, RecogniserSession(Scripted(list(answers)), "c"), AsrSettings())
    for i in range(len(answers)):
        start = 1_000 + 3_000 * i
        turn = TurnEnded(start + 1_320, Channel.AGENT, start, start + 1_000)
        made.ask(turn, np.zeros(16_000, np.int16), start - 160)
    return made


SILENT = np.zeros(16_000, np.int16)
HELLO = (Word("您", 100, 300, 0.9), Word("好", 300, 1_400, 0.8))


def test_a_source_that_can_wait_gets_words_exactly_when_due() -> None:
    channel = listener(Answer(HELLO, is_ready=True))
    assert list(channel.feed(2_580, can_wait=True)) == []
    (heard,) = channel.feed(2_600, can_wait=True)
    assert isinstance(heard, WordsHeard)
    assert (heard.text, heard.lag_ms) == ("您好", 600)


def test_word_times_are_the_calls_and_lie_inside_the_turn() -> None:
    (heard,) = listener(Answer(HELLO)).finish(5_000)
    assert isinstance(heard, WordsHeard)
    assert [(w.start_ms, w.end_ms) for w in heard.words] == [(1_000, 1_140), (1_140, 2_000)]


def test_a_word_beside_a_gap_does_not_reach_into_it() -> None:
    said = (Word("您", 160, 500, 0.9), Word("好", 500, 900, 0.9), Word("请", 900, 1_160, 0.9))
    channel = Listener(Channel.AGENT, RecogniserSession(Scripted([Answer(said)]), "c"), AsrSettings())
    turn = TurnEnded(2_320, Channel.AGENT, 1_000, 2_000)
    channel.ask(turn, np.zeros(21_120, np.int16), 840, None, [(1_280, 1_520), (1_700, 1_800)])
    (heard,) = channel.finish(5_000)
    assert isinstance(heard, WordsHeard)
    assert [(w.start_ms, w.end_ms) for w in heard.words] == [(1_000, 1_280), (1_520, 1_700), (1_800, 2_000)]


def starts(told: Iterable[object]) -> list[int]:
    return [heard.start_ms for heard in told if isinstance(heard, WordsHeard)]


def test_a_live_source_takes_words_when_ready_in_order() -> None:
    late, early = Answer(HELLO), Answer(HELLO, is_ready=True)
    channel = listener(late, early)
    assert list(channel.feed(7_980, can_wait=False)) == []
    late.is_ready = True
    assert starts(channel.feed(7_980, can_wait=False)) == [1_000, 4_000]


def test_overdue_words_do_not_delay_those_of_later_turns() -> None:
    overdue, early, waiting = Answer(HELLO), Answer(HELLO, is_ready=True), Answer(HELLO)
    channel = listener(overdue, early, waiting)
    assert starts(channel.feed(8_000, can_wait=False)) == [4_000]
    overdue.is_ready = True
    assert starts(channel.feed(8_020, can_wait=False)) == [1_000]
    waiting.is_ready = True
    assert starts(channel.feed(8_040, can_wait=False)) == [7_000]


def test_a_source_that_can_wait_never_has_overdue_words() -> None:
    channel = listener(Answer(HELLO), Answer(HELLO))
    assert starts(channel.feed(20_000, can_wait=True)) == [1_000, 4_000]


def test_suppressed_text_is_an_event_of_its_own() -> None:
    doubt = Suppressed("請不吝點贊訂閱", 0, 900, "phantom_line")
    suppressed, heard = listener(Answer((), suppressed=(doubt,))).finish(5_000)
    assert suppressed == WordsSuppressed(5_000, Channel.AGENT, 1_000, 1_740, "请不吝点赞订阅", "phantom_line")
    assert isinstance(heard, WordsHeard)
    assert heard.text == ""


def test_words_come_in_simplified_han_whatever_the_recogniser_writes() -> None:
    """A word that lies in two pieces is known: 乾 alone would be 干."""
    written = [
        Word(text, 100 * at, 100 * at + 100, 0.9) for at, text in enumerate(["妳自己看", "著辦", "，乾", "隆廣場"])
    ]
    (heard,) = listener(Answer(written)).finish(5_000)
    assert isinstance(heard, WordsHeard)
    assert [word.text for word in heard.words] == ["你自己看", "着办", "，乾", "隆广场"]
    assert heard.text == "你自己看着办，乾隆广场"


@pytest.mark.parametrize(("voiced_ms", "is_believed"), [(100, False), (1_000, True), (None, True)])
def test_more_words_than_the_voice_allows_are_rejected(voiced_ms: int | None, is_believed: bool) -> None:
    said = tuple(Word(c, 100 * i, 100 * i + 100, 0.9) for i, c in enumerate("请问有什么可以帮您"))
    channel = Listener(Channel.AGENT, RecogniserSession(Scripted([Answer(said)]), "c"), AsrSettings())
    channel.ask(TurnEnded(2_320, Channel.AGENT, 1_000, 2_000), np.zeros(21_120, np.int16), 840, voiced_ms)
    *doubted, heard = channel.finish(5_000)
    assert isinstance(heard, WordsHeard)
    assert heard.text == ("请问有什么可以帮您" if is_believed else "")
    assert [(d.text, d.reason) for d in doubted if isinstance(d, WordsSuppressed)] == (
        [] if is_believed else [("请问有什么可以帮您", "no_speech")]
    )


def test_an_open_turn_is_guessed_at_its_times_while_there_is_room() -> None:
    scripted = Scripted([Answer(HELLO, is_ready=True) for _ in range(3)])
    channel = Listener(
        Channel.AGENT, RecogniserSession(scripted, "c"), AsrSettings(guess_after_ms=700, guess_every_ms=500)
    )
    told = []
    for at_ms in range(1_000, 3_000, 20):
        scripted.has_room = at_ms < 2_300
        if channel.wants_guess(at_ms, 1_000):
            channel.guess(at_ms, 1_000, np.zeros(16_000, np.int16))
        told += [(e.at_ms, e.text, e.agreed) for e in channel.feed(at_ms, False) if isinstance(e, WordsGuessed)]
    assert [at_ms for at_ms, _, _ in told] == [1_700, 2_200]
    assert told[0] == (1_700, "您好", 0)
    assert told[1][2] > 0
    assert not any(utterance.is_final for utterance in scripted.asked)


def test_a_guess_of_a_turn_that_has_ended_is_not_told() -> None:
    guess, final = Answer(HELLO, is_ready=True), Answer(HELLO)
    channel = Listener(Channel.AGENT, RecogniserSession(Scripted([guess, final]), "c"), AsrSettings())
    channel.guess(1_700, 1_000, np.zeros(16_000, np.int16))
    channel.ask(TurnEnded(2_300, Channel.AGENT, 1_000, 2_000), np.zeros(16_000, np.int16), 840)
    assert list(channel.feed(2_320, False)) == []


def test_a_failing_recogniser_is_reported_once_and_so_is_its_recovery() -> None:
    broken = AsrError("out of memory")
    lane = RecogniserSession(scripted := Scripted([Answer(broken), Answer(broken), Answer(HELLO), Answer(broken)]), "c")
    told = []
    for at_ms, answer in enumerate(scripted.answers):
        lane.ask(np.zeros(10, np.int16), Channel.AGENT, is_final=True)
        lane.take(answer)
        told += lane.feed(at_ms)
    assert told == [
        StageFailed(0, "asr", "out of memory"), StageBack(2, "asr"), StageFailed(3, "asr", "out of memory"),
    ]  # fmt: skip


def test_a_lost_recogniser_is_reported_before_any_words_are_due() -> None:
    lane = RecogniserSession(scripted := Scripted([]), "c")
    scripted.fault = "the recogniser's process died (signal 9)"
    assert lane.feed(20) == [StageFailed(20, "asr", scripted.fault)]
    assert lane.feed(40) == []
    scripted.fault = ""
    assert lane.feed(60) == [StageBack(60, "asr")]


def test_a_recogniser_that_was_started_anew_is_back_before_anybody_speaks() -> None:
    lane = RecogniserSession(scripted := Scripted([failed := Answer(AsrError("died"))]), "c")
    scripted.fault = "died"
    lane.take(failed)
    assert lane.feed(20) == [StageFailed(20, "asr", "died")]
    scripted.fault = ""
    assert lane.feed(40) == [StageBack(40, "asr")]
    assert lane.feed(60) == []


def test_a_monologue_is_cut_at_its_quietest_moment() -> None:
    pcm = (np.random.default_rng(0).standard_normal(16_000 * 25) * 3_000).astype(np.int16)
    pcm[16_000 * 20 : 16_000 * 20 + 4_800] = 0
    assert quietest_ms(pcm, 10_000) == pytest.approx(20_150, abs=60)


def test_another_language_is_told_before_its_words_and_written_where_it_may_be() -> None:
    hello, english = Answer(HELLO, languages={"zh": 0.99}), Answer(HELLO, languages={"en": 0.97})
    for allowed, written, shown in ((("zh",), "zh", False), (("zh", "en"), "en", True)):
        asked = Scripted([hello, english, english])
        channel = Listener(Channel.AGENT, RecogniserSession(asked, "c"), AsrSettings(languages=allowed))
        for start_ms in (0, 10_000, 20_000):
            channel.ask(TurnEnded(start_ms + 4_000, Channel.AGENT, start_ms, start_ms + 4_000), SILENT, start_ms)
            told = list(channel.finish(start_ms + 4_600))
            if start_ms == 10_000:
                assert told[0] == LanguageHeard(14_600, Channel.AGENT, 10_000, "en", shown)
            assert [(e.start_ms, e.text) for e in told if isinstance(e, WordsHeard)] == [(start_ms, "您好")]
        assert [utterance.language for utterance in asked.asked] == ["zh", "zh", written]
        assert channel.wants_guess(26_000, 24_000) is shown


def test_a_short_utterance_hardly_of_the_coached_language_is_not_believed() -> None:
    channel = listener(
        Answer(HELLO, languages={"en": 0.9, "zh": 0.01}), Answer(HELLO, languages={"en": 0.9, "zh": 0.1})
    )
    told = [(type(e), e.text) for e in channel.finish(9_000) if isinstance(e, WordsHeard | WordsSuppressed) and e.text]
    assert told == [(WordsSuppressed, "您好"), (WordsHeard, "您好")]


def test_the_coached_language_must_be_written() -> None:
    with pytest.raises(ValueError, match="languages"):
        AsrSettings(languages=("en",))
