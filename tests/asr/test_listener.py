"""Words join the call when due or ready, in order, inside their turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from pipeline.asr.listener import AsrSettings, Listener, quietest_ms
from pipeline.errors import AsrError
from pipeline.events import Channel, StageFailed, TurnEnded, Word, WordsHeard
from pipeline.ports import Pcm, Pending


@dataclass
class Answer:
    found: Sequence[Word] | AsrError
    is_ready: bool = False

    def ready(self) -> bool:
        return self.is_ready

    def words(self) -> Sequence[Word]:
        if isinstance(self.found, AsrError):
            raise self.found
        return self.found


@dataclass
class Scripted:
    """A recogniser that says what it is told to."""

    answers: list[Answer]
    engine: str = "scripted"
    notice: str = ""
    asked: list[Pcm] = field(default_factory=list)

    def ask(self, pcm: Pcm) -> Pending:
        self.asked.append(pcm)
        return self.answers[len(self.asked) - 1]


def listener(*answers: Answer) -> Listener:
    made = Listener(Channel.AGENT, Scripted(list(answers)), AsrSettings())
    for i in range(len(answers)):
        start = 1_000 + 3_000 * i
        turn = TurnEnded(start + 1_320, Channel.AGENT, start, start + 1_000)
        made.ask(turn, np.zeros(16_000, np.int16), start - 160)
    return made


HELLO = (Word("您", 100, 300, 0.9), Word("好", 300, 1_400, 0.8))


def test_a_source_that_can_wait_gets_words_exactly_when_due() -> None:
    ear = listener(Answer(HELLO, is_ready=True))
    assert list(ear.feed(2_580, can_wait=True)) == []
    (heard,) = ear.feed(2_600, can_wait=True)
    assert isinstance(heard, WordsHeard)
    assert (heard.text, heard.lag_ms) == ("您好", 600)


def test_word_times_are_the_calls_and_lie_inside_the_turn() -> None:
    (heard,) = listener(Answer(HELLO)).finish(5_000)
    assert isinstance(heard, WordsHeard)
    assert [(w.start_ms, w.end_ms) for w in heard.words] == [(1_000, 1_140), (1_140, 2_000)]


def test_a_live_source_takes_words_when_ready_and_never_out_of_order() -> None:
    late, early = Answer(HELLO), Answer(HELLO, is_ready=True)
    ear = listener(late, early)
    assert list(ear.feed(9_000, can_wait=False)) == []
    late.is_ready = True
    heard = list(ear.feed(9_020, can_wait=False))
    assert [h.start_ms for h in heard if isinstance(h, WordsHeard)] == [1_000, 4_000]


def test_a_failing_recogniser_is_said_once_until_it_works_again() -> None:
    broken = AsrError("out of memory")
    ear = listener(Answer(broken), Answer(broken), Answer(HELLO), Answer(broken))
    kinds = [type(e) for e in ear.finish(20_000)]
    assert kinds == [StageFailed, WordsHeard, StageFailed]


def test_a_monologue_is_cut_at_its_quietest_moment() -> None:
    pcm = (np.random.default_rng(0).standard_normal(16_000 * 25) * 3_000).astype(np.int16)
    pcm[16_000 * 20 : 16_000 * 20 + 4_800] = 0
    assert quietest_ms(pcm, 10_000) == pytest.approx(20_150, abs=60)
