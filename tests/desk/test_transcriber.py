"""Words from the centre over a real link: while it is there, slow, away, and back again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.asr.engine.transcribers import NONE_NOTICE
from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.desk.link import Link
from pipeline.desk.transcriber import ANSWER_S, RemoteTranscriber, pause_s
from pipeline.desk_protocol.kinds import UTTERANCES
from pipeline.desk_protocol.messages import Heard, NoWords, Words
from pipeline.desk_protocol.sound import decoded
from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.words import Word
from pipeline.ports import Recognised, Utterance
from tests.desk.small_centre import BASE, SmallCentre, link_to, small_centre, started
from tests.waiting import wait_until

HELLO = Recognised((Word("你好", 0, 400, 0.9),))
PCM = (np.sin(np.arange(16_000) / 5) * 8_000).astype(np.int16)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@contextlib.contextmanager
def remote(link: Link, folder: Path, clock: Clock | None = None) -> Iterator[RemoteTranscriber]:
    """Started before the link is."""
    words = RemoteTranscriber(link, folder / "centre-engine.json", clock=clock or Clock())
    words.start()
    try:
        yield words
    finally:
        words.close()


def said(channel: Channel = Channel.AGENT, *, is_final: bool = True) -> Utterance:
    return Utterance(PCM, "c1", channel, is_final)


def hello(heard: Heard, body: bytes) -> Any:
    return Words(heard.id, HELLO)


def sent(centre: SmallCentre, count: int) -> None:
    wait_until(lambda: len(centre.heard) >= count)


def test_what_was_said_comes_whole_and_its_words_come_back(tmp_path: Path) -> None:
    with small_centre(hello) as centre, remote(link := link_to(centre), tmp_path) as words, started(link):
        asked = words.ask(said())

        assert asked.result() == HELLO
        assert asked.ready()
        assert (words.engine, words.notice, words.fault, words.has_room) == ("base", BASE.notice, "", True)
        assert np.array_equal(decoded(centre.bodies[0]), PCM)
        only = centre.heard[0]
        assert (only.call_id, only.channel, only.is_final, only.language) == ("c1", Channel.AGENT, True, "zh")
        assert words.kbit_s("c1", 1_000) == link.sent["heard"] * 8 / 1_000
        assert words.kbit_s("another", 1_000) == 0


def test_what_the_centre_cannot_recognise_is_an_error(tmp_path: Path) -> None:
    def none(heard: Heard, body: bytes) -> NoWords:
        return NoWords(heard.id, "the model failed")

    with small_centre(none) as centre, remote(link := link_to(centre), tmp_path) as words, started(link):
        with pytest.raises(AsrError, match="the model failed"):
            words.ask(said()).result()
        assert words.ask(said(is_final=False)).result() == Recognised()


def test_what_was_under_way_when_the_link_was_lost_is_sent_again(tmp_path: Path) -> None:
    with small_centre() as centre, remote(link := link_to(centre), tmp_path) as words, started(link):
        asked, guess = words.ask(said()), words.ask(said(Channel.CUSTOMER, is_final=False))
        sent(centre, 2)
        centre.answers = hello
        centre.cut()

        assert asked.result() == HELLO
        assert guess.result() == Recognised()
        assert [one.id for one in centre.heard if one.is_final] == ["u1", "u1"]


def test_overdue_utterances_are_not_asked_for_again(tmp_path: Path) -> None:
    clock = Clock()
    with small_centre() as centre, remote(link := link_to(centre), tmp_path, clock) as words, started(link):
        first = words.ask(said())
        sent(centre, 1)
        centre.go_away()
        wait_until(lambda: words.fault)
        assert not first.ready()
        clock.now_s = 4
        later = words.ask(said())
        clock.now_s = 6.5

        assert first.ready()
        with pytest.raises(AsrError, match="the centre is away"):
            first.result()
        assert not later.ready()
        centre.answers, centre.is_there = hello, True
        assert later.result() == HELLO
        assert words.fault == ""
        assert [one.id for one in centre.heard] == ["u1", "u2"]


def test_nobody_has_to_look_for_an_utterance_to_become_overdue(tmp_path: Path) -> None:
    clock = Clock()
    with small_centre(hello) as centre, remote(link := link_to(centre), tmp_path, clock) as words, started(link):
        centre.go_away()
        wait_until(lambda: words.fault)
        overdue = words.ask(said())
        clock.now_s = 6.5
        centre.is_there = True
        wait_until(lambda: not words.fault)

        with pytest.raises(AsrError, match="too late"):
            overdue.result()
        assert words.ask(said()).result() == HELLO
        assert [one.id for one in centre.heard] == ["u2"]


def test_a_slow_centre_is_waited_for_but_not_for_ever(tmp_path: Path) -> None:
    clock = Clock()
    with small_centre() as centre, remote(link := link_to(centre), tmp_path, clock) as words, started(link):
        slow, never = words.ask(said()), words.ask(said())
        sent(centre, 2)
        clock.now_s = ANSWER_S - 1
        assert not slow.ready()
        centre.say(Words("u1", HELLO))
        assert slow.result() == HELLO
        clock.now_s = ANSWER_S + 1

        with pytest.raises(AsrError, match="no answer for 60 s"):
            never.result()
        centre.say(Words("u2", HELLO))  # says nothing to anybody


def test_a_newer_guess_replaces_one_that_still_waits(tmp_path: Path) -> None:
    with small_centre() as centre, remote(link := link_to(centre), tmp_path) as words, started(link):
        # The thread that sends is behind, as all that may be under way is.
        under_way = [words.ask(said()) for _ in range(_RATE)]
        sent(centre, len(under_way))
        older, newer = words.ask(said(is_final=False)), words.ask(said(is_final=False))
        other = words.ask(said(Channel.CUSTOMER, is_final=False))

        assert older.ready()
        assert older.result() == Recognised()
        assert not newer.ready()
        assert not other.ready()
        assert not any(one.is_final is False for one in centre.heard)


_RATE = UTTERANCES // 2
"""So many are sent at once, with a clock that stands."""


def test_captions_take_no_more_of_the_network_than_they_may(tmp_path: Path) -> None:
    clock = Clock()
    with small_centre(hello) as centre, remote(link := link_to(centre), tmp_path, clock) as words, started(link):
        assert words.ask(said(is_final=False)).result() == HELLO
        assert not words.has_room
        assert words.ask(said(Channel.CUSTOMER, is_final=False)).ready()
        assert words.ask(said()).result() == HELLO  # a final never waits
        clock.now_s = pause_s(len(centre.bodies[0]))
        assert words.has_room
        assert [one.is_final for one in centre.heard] == [False, True]


def test_guesses_are_made_only_where_there_is_room(tmp_path: Path) -> None:
    with small_centre(hello) as centre, remote(link := link_to(centre), tmp_path) as words:
        assert not words.has_room
        with started(link):
            assert words.ask(said(is_final=False)).result() == HELLO
            centre.go_away()
            wait_until(lambda: words.fault)
            assert not words.has_room
            assert words.ask(said(is_final=False)).ready()


def test_a_desk_that_starts_offline_knows_the_recogniser(tmp_path: Path) -> None:
    with small_centre(hello) as centre:
        with remote(link := link_to(centre), tmp_path) as words:
            assert (words.engine, words.notice) == ("none", NONE_NOTICE)
            with started(link):
                wait_until((tmp_path / "centre-engine.json").exists)
        with remote(link_to(centre), tmp_path) as words:
            assert (words.engine, words.notice, words.trust) == ("base", BASE.notice, None)
            assert words.fault == "the centre is away: not reached yet"
        centre.engine = None
        with remote(link := link_to(centre), tmp_path) as words, started(link):
            assert words.engine == "none"
            assert words.ask(said()).result() == Recognised()
            wait_until(lambda: (tmp_path / "centre-engine.json").read_text() == "null")


def test_a_call_says_since_when_there_are_no_words_and_that_they_are_back(tmp_path: Path) -> None:
    with small_centre(hello) as centre, remote(link := link_to(centre), tmp_path) as words, started(link):
        call = RecogniserSession(words, "c1")
        assert call.hears_words
        assert call.feed(20) == []
        centre.go_away()
        [failed] = wait_until(lambda: call.feed(40))
        assert isinstance(failed, StageFailed)
        assert (failed.at_ms, failed.stage) == (40, "asr")
        assert failed.reason.startswith("the centre is away: ")
        assert call.feed(60) == []
        centre.is_there = True
        assert wait_until(lambda: call.feed(80)) == [StageBack(80, "asr")]


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "centre-engine.json").write_text("{")
    with small_centre() as centre, remote(link_to(centre), tmp_path) as words:
        assert words.engine == "none"


def test_whoever_waits_when_it_is_closed_gets_an_error(tmp_path: Path) -> None:
    with small_centre() as centre, remote(link := link_to(centre), tmp_path) as words, started(link):
        asked = words.ask(said())
        words.close()
        with pytest.raises(AsrError, match="closed"):
            asked.result()
        with pytest.raises(AsrError, match="closed"):
            words.ask(said()).result()
