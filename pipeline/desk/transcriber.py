"""Words from the centre's recogniser, over the link: a `Transcriber` like any other to the calls of this desk.

An utterance waits to be sent, is under way, and is answered: once, with words, with none, or with an error. One that
was under way when the link was lost waits to be sent again; of one that is overdue by then there are no words, as they
would caption what nobody looks at any more (session/late_words.py hears it from the recording).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipeline.asr.engine.transcribers import NONE_NOTICE
from pipeline.asr.session.listener import AsrSettings
from pipeline.bucket import Bucket
from pipeline.desk.link import Link
from pipeline.desk_protocol.fields import Engine
from pipeline.desk_protocol.frames import written
from pipeline.desk_protocol.kinds import UP, UTTERANCES
from pipeline.desk_protocol.messages import Heard, Message, NoWords, Welcome, Words
from pipeline.desk_protocol.sound import encoded
from pipeline.errors import AsrError
from pipeline.events.call import WordsTrust
from pipeline.ports import Recognised, Utterance
from pipeline.private import private_file

log = logging.getLogger(__name__)

ANSWER_S = 60.0
"""So long an answer is waited for while the link is open."""
CAPTIONS_KBIT_S = 400
"""Captions take no more of the network, on average: each has the whole open turn, so that late ones are large. After
one nothing is guessed for as long as it takes at this rate."""
_LOOK_S = 0.05
_RATE = UP["heard"]
_ENGINE: TypeAdapter[Engine | None] = TypeAdapter(Engine | None)


class _Asked:
    """One utterance as a `Pending`."""

    def __init__(self, id: str, utterance: Utterance, asked_s: float, expire: Callable[[_Asked], None]) -> None:
        self.id = id
        self.utterance = utterance
        self.asked_s = asked_s
        self._expire = expire
        self._found: Future[Recognised] = Future()

    def ready(self) -> bool:
        if not self._found.done():
            self._expire(self)
        return self._found.done()

    def when_ready(self, tell: Callable[[], None]) -> None:
        self._found.add_done_callback(lambda done: tell())

    def result(self) -> Recognised:
        while not self.ready():
            try:
                return self._found.result(_LOOK_S)
            except TimeoutError:
                continue
        return self._found.result()

    def answer(self, found: Recognised) -> None:
        self._settle(lambda: self._found.set_result(found))

    def fail(self, reason: str) -> None:
        """A guess fails nobody: there is another one soon."""
        if not self.utterance.is_final:
            self.answer(Recognised())
        else:
            self._settle(lambda: self._found.set_exception(AsrError(reason)))

    def _settle(self, settle: Callable[[], None]) -> None:
        try:
            settle()
        except InvalidStateError:  # it was settled a moment ago, by another thread
            return


class RemoteTranscriber:
    """From `start` to `close`; all other members from any thread. Sound is encoded in a thread of its own."""

    def __init__(
        self,
        link: Link,
        kept: Path,
        *,
        overdue_ms: int = AsrSettings().overdue_ms,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`kept`: the file that keeps what is known of the centre's recogniser while the centre is away."""
        self._link = link
        self._kept = kept
        self._overdue_s = overdue_ms / 1000
        self._clock = clock
        self._engine = _read(kept)
        self._is_engine_kept = True
        self._news = threading.Condition()
        self._finals: list[_Asked] = []  # that wait to be sent
        self._guesses: dict[tuple[str, str], _Asked] = {}  # the same, by call and channel
        self._under_way: dict[str, _Asked] = {}
        self._count = 0
        self._bucket = Bucket(_RATE.at_once // 2, _RATE.a_second * 0.9, clock)  # a line that is too fast is closed
        self._bytes: Counter[tuple[str, bool]] = Counter()  # of frames, by call and whether final
        self._guess_from_s = clock()  # no caption is sent before
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="remote-words", daemon=True)
        link.on(Words, self._take_words)
        link.on(NoWords, self._take_none)
        link.when_open(self._opened)
        link.when_lost(self._lost)

    def start(self) -> None:
        """Before the link's."""
        self._thread.start()

    def close(self) -> None:
        with self._news:
            self._closing = True
            left = [*self._finals, *self._guesses.values(), *self._under_way.values()]
            self._news.notify_all()
        for asked in left:
            asked.fail("the recogniser is closed")
        if self._thread.is_alive():
            self._thread.join()

    def kbit_s(self, call_id: str, duration_ms: int, *, finals_only: bool = False) -> float:
        """What the utterances of a call took of the network on the way up, on average over its duration."""
        sent = self._bytes[call_id, True] + (0 if finals_only else self._bytes[call_id, False])
        return sent * 8 / duration_ms if duration_ms else 0.0

    @property
    def waiting(self) -> int:
        """Utterances without an answer."""
        return len(self._finals) + len(self._under_way)

    @property
    def oldest_s(self) -> float:
        """How long the oldest of them has waited; 0 without any."""
        with self._news:
            waiting = [*self._finals, *(one for one in self._under_way.values() if one.utterance.is_final)]
            return max((self._clock() - one.asked_s for one in waiting), default=0.0)

    # --- Transcriber -------------------------------------------------------------------------------------------

    @property
    def engine(self) -> str:
        """As the centre told it last, this time or an earlier one."""
        return "none" if self._engine is None else self._engine.name

    @property
    def notice(self) -> str:
        return NONE_NOTICE if self._engine is None else self._engine.notice

    @property
    def trust(self) -> WordsTrust | None:
        return None if self._engine is None else self._engine.trust

    @property
    def fault(self) -> str:
        status = self._link.status
        if status.state == "open":
            return ""
        state = "away" if status.state == "connecting" else status.state
        return f"the centre is {state}: {status.detail or 'not reached yet'}"

    @property
    def has_room(self) -> bool:
        with self._news:
            is_behind = bool(self._finals)
        return self._engine is not None and self._takes_guesses and not is_behind

    @property
    def _takes_guesses(self) -> bool:
        return self._link.is_open and self._link.has_room and self._clock() >= self._guess_from_s

    def ask(self, utterance: Utterance) -> _Asked:
        with self._news:
            self._count += 1
            asked = _Asked(f"u{self._count}", utterance, self._clock(), self._expire)
            if self._closing:
                asked.fail("the recogniser is closed")
            elif self._engine is None or not len(utterance.pcm) or not (utterance.is_final or self._takes_guesses):
                asked.answer(Recognised())
            elif utterance.is_final:
                self._finals.append(asked)
            else:
                older = self._guesses.pop(_side(asked), None)
                self._guesses[_side(asked)] = asked
                if older is not None:
                    older.answer(Recognised())
            self._news.notify_all()
        return asked

    # --- in the link's thread ----------------------------------------------------------------------------------

    def _opened(self, welcome: Welcome) -> None:
        with self._news:
            self._is_engine_kept = self._is_engine_kept and welcome.engine == self._engine
            self._engine = welcome.engine
            overdue = [one for one in self._finals if self._clock() - one.asked_s > self._overdue_s]
            self._finals = [one for one in self._finals if one not in overdue]
            self._news.notify_all()
        for asked in overdue:
            asked.fail("the centre came back too late for it")

    def _lost(self) -> None:
        with self._news:
            under_way, self._under_way = list(self._under_way.values()), {}
            guesses = [*self._guesses.values(), *(one for one in under_way if not one.utterance.is_final)]
            self._guesses.clear()
            again = [one for one in under_way if one.utterance.is_final]
            self._finals = sorted([*again, *self._finals], key=lambda one: one.asked_s)
        for asked in guesses:
            asked.answer(Recognised())

    def _take_words(self, said: Words, body: bytes) -> None:
        if (asked := self._answered(said.id)) is not None:
            asked.answer(said.recognised)

    def _take_none(self, said: NoWords, body: bytes) -> None:
        if (asked := self._answered(said.id)) is not None:
            asked.fail(said.detail)

    def _answered(self, id: str) -> _Asked | None:
        with self._news:
            self._news.notify_all()  # there is room for another
            return self._under_way.pop(id, None)

    # --- whoever looks for the words ---------------------------------------------------------------------------

    def _expire(self, asked: _Asked) -> None:
        waited_s = self._clock() - asked.asked_s
        is_open = self._link.is_open
        if waited_s <= (ANSWER_S if is_open else self._overdue_s):
            return
        with self._news:
            self._under_way.pop(asked.id, None)
            self._finals = [one for one in self._finals if one is not asked]
        asked.fail(f"the centre's recogniser gave no answer for {ANSWER_S:.0f} s" if is_open else self.fault)

    # --- its own thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            with self._news:
                asked = self._next()
                if asked is None and self._is_engine_kept:
                    self._news.wait(_LOOK_S if self._finals or self._guesses else None)
            if not self._is_engine_kept:
                self._keep_engine()
            if asked is not None:
                self._send(asked)

    def _next(self) -> _Asked | None:
        """What is to be sent now; it is under way from now on. Finals before guesses."""
        is_full = len(self._under_way) >= UTTERANCES or not self._link.is_open
        if is_full or not (self._finals or self._guesses) or not self._bucket.take():
            return None
        asked = self._finals.pop(0) if self._finals else self._guesses.pop(next(iter(self._guesses)))
        self._under_way[asked.id] = asked
        return asked

    def _send(self, asked: _Asked) -> None:
        one = asked.utterance
        body = encoded(one.pcm)
        with self._news:
            if asked.id not in self._under_way:
                return  # the link was lost meanwhile: it waits again
        said = Heard(asked.id, one.call_id, one.channel, one.is_final, one.language)
        self._bytes[one.call_id, one.is_final] += size_of(
            said, body
        )  # first: the answer may be quicker than this thread
        if not one.is_final:
            self._guess_from_s = self._clock() + pause_s(len(body))
        if not self._link.say(said, body):
            self._bytes[one.call_id, one.is_final] -= size_of(said, body)
            with self._news:
                if self._under_way.pop(asked.id, None) is not None and one.is_final:
                    self._finals.insert(0, asked)
            if not one.is_final:
                asked.answer(Recognised())

    def _keep_engine(self) -> None:
        self._is_engine_kept, engine = True, self._engine
        aside = self._kept.with_name(f".{self._kept.name}")
        try:
            private_file(aside)
            aside.write_bytes(_ENGINE.dump_json(engine))
            aside.replace(self._kept)
        except OSError as error:
            log.warning("what the centre's recogniser is could not be kept: %s", error)


def pause_s(size: int) -> float:
    """After a caption of so many bytes."""
    return size * 8 / 1000 / CAPTIONS_KBIT_S


def _read(kept: Path) -> Engine | None:
    try:
        return _ENGINE.validate_json(kept.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        log.warning("what the centre's recogniser is could not be read: %s", error)
        return None


def _side(asked: _Asked) -> tuple[str, str]:
    return asked.utterance.call_id, asked.utterance.channel


def size_of(said: Heard, body: bytes) -> int:
    """Bytes of its frame."""
    return len(written(Message(said))) + len(body)
