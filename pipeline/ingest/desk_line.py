"""One connection of a desk, from its Hello to its end. Read this first in this room.

A line is `greeting` until the desk has said Hello and was welcomed, then `open`, then `closed`, and never goes back. It
knows no framework: what it is given sends and receives frames. Who takes which message is told by `takes`; whoever
takes one must not keep the line waiting.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Protocol, TypeAlias

import anyio
from anyio.abc import TaskGroup

from pipeline.bucket import Bucket
from pipeline.desk_protocol.frames import ProtocolError, read_up, written
from pipeline.desk_protocol.kinds import ALIVE_EVERY_MS, DEAD_MS, DOWN, SPOKEN, UP, Close, minor_of, newest_for, type_of
from pipeline.desk_protocol.messages import Alive, Hello, Message, Welcome
from pipeline.errors import StoreError
from pipeline.people.desks import Desk

log = logging.getLogger(__name__)

State = Literal["greeting", "open", "closed"]
MOST_WAITING = 2_000  # messages on their way to a desk; one that does not read is closed
_HEARTBEATS = 12
_LOOK_S = 1.0
_CLOSING_S = 5.0


class Socket(Protocol):
    """The websocket of a desk."""

    async def receive(self) -> str | bytes | None:
        """The next frame; None when the other side is gone."""

    async def send(self, frame: str | bytes) -> None: ...

    async def close(self, code: int, reason: str) -> None: ...


Takes: TypeAlias = Callable[["DeskLine", Any, bytes], Awaitable[None]]
"""Takes what a desk said, and the body that came with it."""
Greet: TypeAlias = Callable[["DeskLine"], Awaitable[Welcome]]


class Closing(Exception):
    """The line is to be closed, with a code of `Close` and one line of why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(eq=False)
class DeskLine:
    """On the event loop; `say` and `close` also before `run` has begun, or after it has ended."""

    socket: Socket
    desk: Desk
    takes: Mapping[type[Any], Takes]
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    state: State = "greeting"
    version: str = "1.0"
    hello: Hello | None = None
    has_replaced: bool = False  # another process of the desk, which was here: one of them may be a copy
    ahead_ms: int = 0  # the desk's clock, of ours
    _aheads: deque[int] = field(default_factory=lambda: deque(maxlen=_HEARTBEATS))
    has_room: Callable[[], bool] = lambda: False
    heard_s: float = 0.0  # when anything was heard of it last, by the clock
    _waiting: deque[str | bytes] = field(default_factory=deque)
    _news: anyio.Event = field(default_factory=anyio.Event)
    _closed: anyio.Event = field(default_factory=anyio.Event)
    _closing: Closing | None = None
    _tasks: TaskGroup | None = None
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    bytes_in: int = 0
    bytes_out: int = 0

    @property
    def minor(self) -> int:
        return minor_of(self.version)

    @property
    def why(self) -> str:
        """It was closed from here; "" where it was not."""
        return str(self._closing) if self._closing is not None else ""

    @property
    def least_late_ms(self) -> int:
        """As `ahead_ms`, by the heartbeat of the last minute that came quickest: what stands still tells no clock."""
        return max(self._aheads, default=0)

    def say(self, said: Any, body: bytes = b"") -> bool:
        """Puts a message on its way; False where the line is not open, or too old for it."""
        if self.state != "open" or DOWN[type_of(type(said))].since > self.minor:
            return False
        if len(self._waiting) >= MOST_WAITING:
            self.close(Close.TOO_MUCH, f"{MOST_WAITING} messages wait to be read by this desk")
            return False
        self._put(said, body)
        return True

    def close(self, code: int, why: str) -> None:
        """Ends it as soon as can be; the first reason counts."""
        if self._closing is None:
            self._closing = Closing(code, why)
        self.state = "closed"
        self._closed.set()

    def spawn(self, work: Callable[..., Awaitable[object]], *told: object) -> None:
        """Goes on with `work` beside the line, and stops it when the line ends."""
        assert self._tasks is not None
        self._tasks.start_soon(self._worked, work, *told)

    async def run(self, greet: Greet) -> None:
        """Until either side ends it. `greet`: what a desk is welcomed with, whose Hello is known; may raise Closing."""
        self.heard_s = self.clock()
        parts = (partial(self._receive_all, greet), self._send_all, self._beat, self._closed.wait)
        try:
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                for part in parts:
                    tasks.start_soon(self._first_to_end, tasks, part)
        finally:
            self.state = "closed"
            if self._closing is not None:
                with anyio.move_on_after(_CLOSING_S, shield=True):
                    await self.socket.close(self._closing.code, str(self._closing)[:120])

    async def _first_to_end(self, tasks: TaskGroup, part: Callable[[], Awaitable[object]]) -> None:
        try:
            await part()
        except Closing as closing:
            self.close(closing.code, str(closing))
        except StoreError as error:
            self._fail(error)
        tasks.cancel_scope.cancel()

    async def _worked(self, work: Callable[..., Awaitable[object]], *told: object) -> None:
        try:
            await work(*told)
        except Closing as closing:
            self.close(closing.code, str(closing))
        except ProtocolError as error:
            self.close(Close.FAULTY, str(error))
        except StoreError as error:
            self._fail(error)

    def _fail(self, error: StoreError) -> None:
        """The desk comes again by itself."""
        log.warning("desk %s is cut off, as the centre cannot keep anything just now: %s", self.desk.name, error)
        self.close(Close.FAILED, "the centre cannot keep anything just now")

    async def _receive_all(self, greet: Greet) -> None:
        while (frame := await self.socket.receive()) is not None:
            self.heard_s = self.clock()
            self.bytes_in += len(frame)
            try:
                message = read_up(frame, self.minor)
            except ProtocolError as error:
                raise Closing(Close.FAULTY, str(error)) from None
            self._allow(message)
            if self.state == "greeting":
                await self._greet(message.said, greet)
            elif isinstance(message.said, Alive):
                self._set_clock(message.said.clock_ms)
            elif isinstance(message.said, Hello):
                raise Closing(Close.FAULTY, "hello is said once")
            elif (take := self.takes.get(type(message.said))) is not None:
                await take(self, message.said, message.body)

    async def _greet(self, said: Any, greet: Greet) -> None:
        if not isinstance(said, Hello):
            raise Closing(Close.FAULTY, f"a desk says hello first, and not {type_of(type(said))}")
        version = newest_for(said.version)
        if version is None:
            raise Closing(Close.VERSION, f"this desk speaks version {said.version}; the centre speaks {SPOKEN}")
        self.hello, self.version = said, version
        self._set_clock(said.clock_ms)
        welcome = await greet(self)
        if self._closing is None:
            self.state = "open"
            self._put(welcome)

    def _set_clock(self, clock_ms: int) -> None:
        self.ahead_ms = clock_ms - round(self.wall() * 1000)
        self._aheads.append(self.ahead_ms)

    def _allow(self, message: Message) -> None:
        """Raises Closing where this kind comes more often than it may."""
        name = type_of(type(message.said))
        kind = UP[name]
        bucket = self._buckets.setdefault(name, Bucket(kind.at_once, kind.a_second, self.clock))
        if not bucket.take():
            rate = f"{kind.at_once} at once, then {kind.a_second:g} a second"
            raise Closing(Close.TOO_MUCH, f"too many of {name}: {rate}")

    def _put(self, said: Any, body: bytes = b"") -> None:
        self._waiting.append(written(Message(said, body)))
        self._news.set()

    async def _send_all(self) -> None:
        while True:
            while self._waiting:
                frame = self._waiting.popleft()
                self.bytes_out += len(frame)
                await self.socket.send(frame)
            self._news = anyio.Event()
            await self._news.wait()

    async def _beat(self) -> None:
        """Says that we are here, and cuts the line of a desk of which nothing is heard."""
        beaten_s = self.clock()
        while True:
            await anyio.sleep(_LOOK_S)
            now = self.clock()
            is_greeted = self.hello is not None and self.state == "greeting"  # the centre may be loading its recogniser
            if not is_greeted and (now - self.heard_s) * 1000 > DEAD_MS:
                raise Closing(Close.DEAD, f"nothing was heard of this desk for {DEAD_MS // 1000} s")
            if self.state == "open" and (now - beaten_s) * 1000 >= ALIVE_EVERY_MS:
                beaten_s = now
                self._put(Alive(round(self.wall() * 1000), self.has_room()))
