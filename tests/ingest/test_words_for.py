"""Words for desks: whatever was asked is answered once, and one bad desk is its own trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, cast

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.desk_protocol.fields import Engine
from pipeline.desk_protocol.frames import read_down, written
from pipeline.desk_protocol.kinds import UTTERANCES, Close
from pipeline.desk_protocol.messages import Alive, Heard, Hello, Message, NoWords, Welcome, Words
from pipeline.desk_protocol.sound import encoded
from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.events.words import Word
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.words_for import FULL, WordsFor
from pipeline.people.desks import Desk
from pipeline.ports import Pending, Recognised, Transcriber, Utterance

HELLO = Recognised((Word("你好", 0, 400, 0.9),))
DESK = Desk("d1", "Desk 1", "i1", "machine", "test", 0.0)
PCM = np.arange(-800, 800, dtype=np.int16)


class Answer:
    """`found`: None while it is not there yet."""

    def __init__(self, found: Recognised | AsrError | None) -> None:
        self.found = found
        self._tell: list[Callable[[], None]] = []

    def find(self, found: Recognised) -> None:
        self.found = found
        for tell in self._tell:
            tell()

    def ready(self) -> bool:
        return self.found is not None

    def when_ready(self, tell: Callable[[], None]) -> None:
        self._tell.append(tell)
        if self.ready():
            tell()

    def result(self) -> Recognised:
        if isinstance(self.found, AsrError):
            raise self.found
        assert self.found is not None
        return self.found


class Recogniser(NoTranscriber):
    engine = "base"
    has_room = True

    def __init__(self, found: Recognised | AsrError | None) -> None:
        super().__init__("一句说明")
        self._found = found
        self.asked: list[Utterance] = []
        self.answers: list[Answer] = []

    def ask(self, utterance: Utterance) -> Pending:
        self.asked.append(utterance)
        self.answers.append(Answer(self._found))
        return self.answers[-1]


class Socket:
    """Of a desk that says these, and goes when the centre has said so many; the line is then at its end."""

    def __init__(self, frames: list[str | bytes], answers: int) -> None:
        self._frames = [written(Message(Hello("1.1", "i1", "p1", "machine", "test", 0))), *frames]
        self._left = answers
        self._done = anyio.Event()
        self.said: list[Any] = []
        self.closed: tuple[int, str] | None = None

    async def receive(self) -> str | bytes | None:
        if self._frames:
            return self._frames.pop(0)
        await self._done.wait()
        return None

    async def send(self, frame: str | bytes) -> None:
        said = read_down(frame, 1).said
        self.said.append(said)
        self._left -= isinstance(said, Words | NoWords)
        if self._left <= 0:
            self._done.set()

    async def close(self, code: int, reason: str) -> None:
        self.closed = code, reason


def talk(recogniser: Transcriber, frames: list[str | bytes], answers: int) -> tuple[Socket, WordsFor]:
    words = WordsFor(lambda: recogniser)

    async def run() -> Socket:
        socket, ticks = Socket(frames, answers), count()  # time enough goes by between two messages
        line = DeskLine(socket, DESK, words.takes, clock=lambda: next(ticks) / 5)

        async def greet(line: DeskLine) -> Welcome:
            await words.opened(line)
            return Welcome(line.version, "d1", "Desk 1", "Centre", 0, words.engine())

        with anyio.fail_after(20):
            await line.run(greet)
        words.left(line)
        return socket

    return anyio.run(run), words


def heard(id: str, *, is_final: bool = True, body: bytes | None = None) -> bytes:
    said = Heard(id, "c1", Channel.CUSTOMER, is_final, "en")
    frame = written(Message(said, encoded(PCM) if body is None else body))
    assert isinstance(frame, bytes)
    return frame


def test_each_utterance_is_answered_once() -> None:
    recogniser = Recogniser(HELLO)

    socket, _ = talk(recogniser, [heard("u1"), heard("u2", is_final=False)], 2)

    assert socket.said[0].engine == Engine("base", "一句说明")
    assert {said.id: said.recognised for said in socket.said[1:]} == {"u1": HELLO, "u2": HELLO}
    assert sorted(one.is_final for one in recogniser.asked) == [False, True]
    asked = recogniser.asked[0]
    assert np.array_equal(asked.pcm, PCM)
    assert (asked.call_id, asked.channel, asked.language) == ("d1:c1", Channel.CUSTOMER, "en")


def test_where_recognition_fails_the_desk_is_told_why() -> None:
    socket, _ = talk(Recogniser(AsrError("x" * 600)), [heard("u1")], 1)

    assert socket.said[1:] == [NoWords("u1", "x" * 500)]


def test_of_too_many_there_are_no_words_and_room_comes_back() -> None:
    class Busy(Recogniser):
        """Answers nothing before all that it may be asked is there."""

        def ask(self, utterance: Utterance) -> Pending:
            pending = super().ask(utterance)
            if len(self.answers) == UTTERANCES:
                for answer in self.answers:
                    answer.find(HELLO)
            return pending

    socket, words = talk(Busy(None), [heard(f"u{n}") for n in range(UTTERANCES + 2)], UTTERANCES + 2)

    refused = [said for said in socket.said if isinstance(said, NoWords)]
    assert [said.id for said in refused] == [f"u{UTTERANCES}", f"u{UTTERANCES + 1}"]
    assert refused[0].detail == f"{UTTERANCES} utterances of this desk wait for their words"
    assert sum(isinstance(said, Words) for said in socket.said) == UTTERANCES
    assert words._under_way == {}, "what a desk had under way is forgotten with its line"


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"RIFF", "no FLAC"), (encoded(np.zeros((100, 2), np.int16)), "it must be FLAC of 16000 Hz with 1")],
    ids=["no-flac", "two-channels"],
)
def test_what_is_no_sound_ends_the_line(body: bytes, why: str) -> None:
    recogniser = Recogniser(HELLO)

    socket, _ = talk(recogniser, [heard("u1", body=body)], 1)

    assert socket.closed is not None
    assert socket.closed[0] == Close.FAULTY
    assert why in socket.closed[1]
    assert recogniser.asked == []


@dataclass(frozen=True)
class Hanging:
    """A line of which only this is asked."""

    say: Callable[[Any], object]
    spawn: Callable[..., object]
    desk: Desk = DESK


def test_all_desks_together_hold_so_much_speech_and_no_more() -> None:
    recogniser, body = Recogniser(None), encoded(PCM)
    words = WordsFor(lambda: recogniser, most_bytes=3 * PCM.nbytes + 1)

    async def run() -> list[list[Any]]:
        said: list[list[Any]] = []
        async with anyio.create_task_group() as tasks:
            for n in range(5):
                told = list[Any]()
                said.append(told)
                await words._take(
                    cast(DeskLine, Hanging(told.append, tasks.start_soon)),
                    Heard(f"u{n}", "c1", Channel.CUSTOMER, True, "zh"),
                    body,
                )
                while not told and len(recogniser.asked) <= n:
                    await anyio.lowlevel.checkpoint()
            assert words._held_bytes == 3 * PCM.nbytes
            for answer in recogniser.answers:
                answer.find(HELLO)
        return said

    said = anyio.run(run)
    assert [type(told[0]) for told in said] == [Words, Words, Words, NoWords, NoWords]
    assert said[4] == [NoWords("u4", FULL)]
    assert words._held_bytes == 0


def test_a_line_that_is_gone_meanwhile_costs_nobody_anything() -> None:
    recogniser = Recogniser(None)
    socket, words = talk(recogniser, [heard("u1")], 0)  # it goes as soon as it was welcomed

    assert [type(said) for said in socket.said] == [Welcome]
    assert words._under_way == {}


def test_a_centre_without_a_recogniser_says_so() -> None:
    words = WordsFor(NoTranscriber)

    assert words.engine() is None
    assert not words.has_room()


def test_whether_there_is_room_is_told_with_each_heartbeat() -> None:
    words = WordsFor(lambda: Recogniser(HELLO))

    async def opened() -> DeskLine:
        line = DeskLine(Socket([], 0), DESK, words.takes)
        await words.opened(line)
        return line

    assert Alive(0, anyio.run(opened).has_room()).has_room
