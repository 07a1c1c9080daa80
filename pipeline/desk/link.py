"""The desk's connection to its centre: made, kept, and made again. Read this first in this room.

A link is `connecting` until its first try has come to something, `open` once the centre has welcomed it, and `away`
while it is tried again. It is `refused` where trying again at once helps nothing (the token is revoked, the
certificate is another one): then it tries once a minute, and says why. What was said on a connection that is lost may
have arrived or not: whoever must know asks again once the link is open (delivery.py).
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from pipeline.desk_protocol.frames import ProtocolError, longest, read_down, written
from pipeline.desk_protocol.kinds import (
    ALIVE_EVERY_MS,
    ANSWER_MS,
    DEAD_MS,
    DOWN,
    NEWEST,
    SUBPROTOCOL,
    UP,
    Close,
    minor_of,
    type_of,
)
from pipeline.desk_protocol.messages import Alive, Hello, Message, Welcome
from pipeline.errors import CallcoachError

log = logging.getLogger(__name__)

State = Literal["connecting", "away", "open", "refused"]
Why = Literal["", "away", "token", "version", "certificate", "taken", "network", "fault"]
RETRY_S = (0.2, 0.5, 1.0, *[2.0] * 60, 5.0, 10.0)  # so a wall is right soon after its centre is back
REFUSED_RETRY_S = 60.0
CONNECT_S = 5.0
MOST_WAITING = 4_000  # messages
_REFUSED: dict[int, Why] = {
    Close.TOKEN: "token", Close.ORIGIN: "token", Close.VERSION: "version", Close.TAKEN: "taken",
    Close.FAULTY: "fault", Close.NO_CENTRE: "network",
}  # fmt: skip

T = TypeVar("T")


class LinkLost(CallcoachError):
    """The centre is away, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """With which the desk shows itself. `trust`: None for plain ws, which only loopback may be."""

    address: str  # of the socket: wss://HOST/ws/desk
    token: str
    trust: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """`since_s`: monotonic. `why`: a code, where it is not open; `detail`: in words."""

    state: State
    since_s: float
    why: Why = "away"
    detail: str = ""


class Link:
    """From `start` to `close` in a thread of its own; everything may be called from any thread.

    What is given to `on`, `when_open` and `when_lost` is called in that thread and must not wait.
    """

    def __init__(
        self,
        credentials: Callable[[], Credentials],
        hello: Callable[[], Hello],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`credentials` and `hello` are asked for at each try. `wall`: the machine's clock, in seconds since 1970."""
        self._credentials = credentials
        self._hello = hello
        self._clock = clock
        self._wall = wall
        self._takes: dict[type[Any], Callable[[Any, bytes], None]] = {}
        self._opened: list[Callable[[Welcome], None]] = []
        self._lost: list[Callable[[], None]] = []
        self._changed: list[Callable[[LinkStatus], None]] = []
        self._lock = threading.Lock()
        self._waiting: deque[str | bytes] = deque()
        self._asked: dict[str, tuple[float, Future[Any]]] = {}
        self._ids: Iterator[int] = count(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._trying: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._minor = 0
        self._connections = count(1)
        self.connection = 0  # number of the one that is open, each greater than the one before; 0: none is
        self._is_tried = threading.Event()
        self.status = LinkStatus("connecting", clock())
        self.welcome: Welcome | None = None  # the newest
        self.has_room = False  # for captions, by the centre's word
        self.sent: Counter[str] = Counter()  # bytes by kind, since the start
        self.received: Counter[str] = Counter()

    # --- before `start` ----------------------------------------------------------------------------------------

    def on(self, kind: type[T], take: Callable[[T, bytes], None]) -> None:
        """Who takes what the centre says of this kind."""
        self._takes[kind] = take

    def when_open(self, tell: Callable[[Welcome], None]) -> None:
        self._opened.append(tell)

    def when_changed(self, tell: Callable[[LinkStatus], None]) -> None:
        """Of each other state, or another reason for it, once."""
        self._changed.append(tell)

    def when_lost(self, tell: Callable[[], None]) -> None:
        self._lost.append(tell)

    def start(self) -> None:
        self._thread.start()

    # --- from any thread ---------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self.status.state == "open"

    def say(self, said: Any, body: bytes = b"", on: int | None = None) -> bool:
        """Puts a message on its way; False where the link is not open, or the centre too old for it.

        `on`: on this connection or on none, for who waits there for an answer.
        """
        name = type_of(type(said))
        with self._lock:
            if on is not None and on != self.connection:
                return False
            if not self.is_open or UP[name].since > self._minor or len(self._waiting) >= MOST_WAITING:
                return False
            frame = written(Message(said, body))
            self.sent[name] += len(frame)
            self._waiting.append(frame)
        self._wake()
        return True

    def ask(self, make: Callable[[str], Any], wait_s: float = ANSWER_MS / 1000) -> Any:
        """What the centre answers to the message that `make` makes of an id. Raises LinkLost.

        While the link is connecting, it waits for that first.
        """
        if self._thread.is_alive():
            self._is_tried.wait(wait_s)
        answer: Future[Any] = Future()
        id = f"q{next(self._ids)}"
        with self._lock:
            self._asked[id] = self._clock(), answer
        try:
            if not self.say(make(id)):
                raise LinkLost(self.status.detail or "the centre is away")
            return answer.result(wait_s)
        except TimeoutError:
            raise LinkLost("the centre does not answer") from None
        finally:
            with self._lock:
                self._asked.pop(id, None)

    def answer(self, id: str, said: Any) -> bool:
        """To be called by who takes an answer, for `ask`. False where nobody waits for it any more."""
        with self._lock:
            asked = self._asked.get(id)
        if asked is None or asked[1].done():
            return False
        asked[1].set_result(said)
        return True

    def close(self) -> None:
        self._closing = True
        self._is_tried.set()
        if self.is_open:
            self._wake()
        else:
            self._call(self._give_up)
        if self._thread.is_alive():
            self._thread.join(CONNECT_S)

    def _give_up(self) -> None:
        """Who does not answer is waited for no longer."""
        if self._trying is not None:
            self._trying.cancel()

    def _wake(self) -> None:
        self._call(self._news.set)

    def _call(self, what: Callable[[], object]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(what)
            except RuntimeError:  # it was closed just now
                return

    # --- its thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._connect_for_ever())

    async def _connect_for_ever(self) -> None:
        self._trying = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        tries = 0
        while not self._closing:
            try:
                was_open = await self._connect()
            except Exception as error:  # whatever a network does: the desk goes on
                log.exception("the link broke down")
                was_open = self.is_open
                self._lose("fault", repr(error))
            tries = 0 if was_open else tries + 1
            if self._closing:
                return
            wait_s = RETRY_S[min(tries, len(RETRY_S) - 1)] * random.uniform(0.7, 1.3)
            await self._rest(REFUSED_RETRY_S if self.status.state == "refused" else wait_s)

    async def _rest(self, seconds: float) -> None:
        until = self._clock() + seconds
        while not self._closing and (left := until - self._clock()) > 0:
            await asyncio.sleep(min(left, 0.2))

    async def _connect(self) -> bool:
        """One connection, from its beginning to its end; whether it was ever open."""
        try:
            shown = self._credentials()
        except CallcoachError as error:
            self._refuse("token", str(error))
            return False
        try:
            async with connect(
                shown.address,
                ssl=shown.trust,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                additional_headers={"Authorization": f"Bearer {shown.token}"},
                max_size=longest(DOWN),
                compression=None,
                open_timeout=CONNECT_S,
                close_timeout=1,
                ping_interval=None,  # both sides say Alive
                proxy=None,
            ) as socket:
                return await self._talk(socket)
        except ssl.SSLCertVerificationError as error:
            self._refuse(
                "certificate", f"the centre's certificate is not the one of the enrolment: {error.verify_message}"
            )
        except InvalidStatus as error:
            status = error.response.status_code
            why: Why = "token" if status in (401, 403) else "network"
            (self._refuse if why == "token" else self._lose)(why, f"the centre answers {status}")
        except (OSError, InvalidHandshake, TimeoutError) as error:
            self._lose("network", f"{shown.address}: {error or type(error).__name__}")
        return False

    async def _talk(self, socket: ClientConnection) -> bool:
        """Returns when the connection has ended, and says why."""
        hello = self._hello()
        await socket.send(written(Message(hello)))
        parts = [asyncio.ensure_future(part(socket)) for part in (self._receive_all, self._send_all, self._beat)]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            faults = [fault for fault in await asyncio.gather(*parts, return_exceptions=True) if fault is not None]
        was_open = self.is_open
        self._end(socket, faults)
        return was_open

    def _end(self, socket: ClientConnection, faults: list[Any]) -> None:
        fault = next((one for one in faults if not isinstance(one, asyncio.CancelledError | ConnectionClosed)), None)
        code, reason = socket.close_code, socket.close_reason or ""
        if isinstance(fault, ProtocolError):
            self._refuse("fault", f"the centre says what is no message: {fault}")
        elif isinstance(fault, LinkLost):
            self._lose("network", str(fault))
        elif code in _REFUSED:
            self._refuse(_REFUSED[code], reason)
        else:
            self._lose("away", reason or "the connection was cut")
            if fault is not None and not isinstance(fault, OSError):
                log.error("the link broke down", exc_info=fault)

    async def _receive_all(self, socket: ClientConnection) -> None:
        while True:
            try:
                frame = await asyncio.wait_for(socket.recv(), DEAD_MS / 1000)
            except TimeoutError:
                raise LinkLost(f"nothing was heard of the centre for {DEAD_MS // 1000} s") from None
            message = read_down(frame, self._minor if self.is_open else NEWEST)
            self.received[type_of(type(message.said))] += len(frame)
            self._take(message)

    def _take(self, message: Message) -> None:
        said = message.said
        if isinstance(said, Welcome):
            self._open(said)
        elif isinstance(said, Alive):
            self.has_room = said.has_room
        if (take := self._takes.get(type(said))) is not None:
            _told(take, said, message.body)
        elif (id := getattr(said, "id", None)) is not None:
            self.answer(id, said)

    def _open(self, welcome: Welcome) -> None:
        with self._lock:
            self._minor, self.welcome = minor_of(welcome.version), welcome
            self._waiting.clear()
            self.status = LinkStatus("open", self._clock(), "")
            self.connection = next(self._connections)
        self._is_tried.set()
        for tell in self._opened:
            _told(tell, welcome)
        for changed in self._changed:
            _told(changed, self.status)

    async def _send_all(self, socket: ClientConnection) -> None:
        while not self._closing:
            self._news.clear()
            while self._waiting:
                await socket.send(self._waiting.popleft())
            await self._news.wait()

    async def _beat(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(ALIVE_EVERY_MS / 1000)
            await socket.send(written(Message(Alive(round(self._wall() * 1000)))))

    def _refuse(self, why: Why, detail: str) -> None:
        self._set_status("refused", why, detail)

    def _lose(self, why: Why, detail: str) -> None:
        self._set_status("away", why, detail)

    def _set_status(self, state: State, why: Why, detail: str) -> None:
        before = self.status
        with self._lock:
            since_s = before.since_s if before.state == state else self._clock()
            self.status = LinkStatus(state, since_s, why, detail)
            self.connection = 0
            self._waiting.clear()
            asked, self._asked = self._asked, {}
        self._is_tried.set()
        if before.state != state or before.why != why:
            for changed in self._changed:
                _told(changed, self.status)
        for _, answer in asked.values():
            if not answer.done():
                answer.set_exception(LinkLost(detail))
        if before.state == "open":
            self.has_room = False
            for tell in self._lost:
                tell()


def _told(tell: Callable[..., None], *what: object) -> None:
    """What goes wrong with a message, as on a full disk, must not cost the connection: it would come again at once."""
    try:
        tell(*what)
    except Exception:
        log.exception("what the centre said was not taken")
