"""A centre of a few lines: it welcomes whoever comes, keeps what is said, and can be cut, silenced and ended."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from pipeline.desk.link import Credentials, Link
from pipeline.desk_protocol.fields import Engine
from pipeline.desk_protocol.frames import read_up, written
from pipeline.desk_protocol.kinds import SUBPROTOCOL
from pipeline.desk_protocol.messages import Alive, Heard, Hello, Message, Welcome
from tests.waiting import wait_until

BASE = Engine("base", "一句说明")


class SmallCentre:
    """`answers`: what is said to an utterance; None: nothing, for now."""

    def __init__(self, answers: Callable[[Heard, bytes], Any] = lambda said, body: None) -> None:
        self.answers = answers
        self.engine: Engine | None = BASE
        self.has_room = True
        self.heard: list[Heard] = []
        self.bodies: list[bytes] = []
        self.is_there = True
        self._lines: list[ServerConnection] = []
        self._server = serve(self._talk, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/ws/desk"

    def say(self, said: Any) -> None:
        self._lines[-1].send(written(Message(said)))

    def cut(self) -> None:
        for line in self._lines:
            line.close(1012)

    def go_away(self) -> None:
        """Whoever comes is sent away, until `is_there`."""
        self.is_there = False
        self.cut()

    def close(self) -> None:
        self.cut()
        self._server.shutdown()
        self._thread.join()

    def _talk(self, line: ServerConnection) -> None:
        if not self.is_there:
            return
        with contextlib.suppress(ConnectionClosed):
            line.recv()
            self._lines.append(line)
            line.send(written(Message(Welcome("1.1", "d1", "Desk 1", "Centre", 0, self.engine))))
            line.send(written(Message(Alive(0, self.has_room))))
            for frame in line:
                self._take(line, read_up(frame, 1))

    def _take(self, line: ServerConnection, message: Message) -> None:
        if not isinstance(message.said, Heard):
            return
        self.heard.append(message.said)
        self.bodies.append(message.body)
        if (answer := self.answers(message.said, message.body)) is not None:
            line.send(written(Message(answer)))


@contextlib.contextmanager
def small_centre(answers: Callable[[Heard, bytes], Any] = lambda said, body: None) -> Iterator[SmallCentre]:
    centre = SmallCentre(answers)
    try:
        yield centre
    finally:
        centre.close()


def link_to(centre: SmallCentre) -> Link:
    """Not started."""
    hello = Hello("1.1", "installation", "process", "machine", "test", 0)
    return Link(lambda: Credentials(centre.address, "token", None), lambda: hello)


@contextlib.contextmanager
def started(link: Link, *, is_there: bool = True) -> Iterator[Link]:
    link.start()
    try:
        if is_there:
            wait_until(lambda: link.is_open and link.has_room)
        yield link
    finally:
        link.close()
