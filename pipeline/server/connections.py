"""uvicorn's connections with a limit of their number and time limits against slow clients.

uvicorn has a timeout between two requests only. Here a connection that sends no complete request header within HEAD_S,
or does not read what is sent to it for STALL_S, is aborted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from pipeline.server.places import Places

HEAD_S = 10.0
STALL_S = 20.0
SMALL_BYTES = 4_096  # a message of a websocket, of which a few may wait to be taken while others are read
FEW = 16
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 5\r\n"
    b"connection: close\r\ncontent-length: 38\r\n\r\nthis server has no place left just now"
)


class Config(uvicorn.Config):
    """uvicorn's configuration, with what the connections need."""

    def __init__(self, app: Any, places: Places, **options: Any) -> None:
        super().__init__(app, http=HttpConnection, ws=SocketConnection, **options)
        self.places = places
        self.head_s, self.stall_s = HEAD_S, STALL_S
        self.longest_messages: Mapping[str, int] = {}  # of websockets that take larger ones, by path


if TYPE_CHECKING:

    class _Protocol(asyncio.Protocol):
        config: Any
        loop: asyncio.AbstractEventLoop
        transport: asyncio.Transport
else:
    _Protocol = object


class _Watched(_Protocol):
    """Aborts the connection of a client that does not read, and frees its place when it is closed."""

    _stalled: asyncio.TimerHandle | None = None

    def _let_keep_place(self, scope: Any) -> None:
        """The gate calls it once somebody has shown a session or a token; the application has not begun by now."""
        scope["state"]["keep_place"] = partial(self.config.places.know, self.transport)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cancel_stall()
        self._stalled = self.loop.call_later(self.config.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_stall()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_stall()
        self.config.places.leave(self.transport)
        super().connection_lost(exc)

    def _cancel_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class HttpConnection(_Watched, H11Protocol):
    """Takes a place when opened, and allows HEAD_S for the header of each request."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.config.places.enter(transport, self.client[0] if self.client else ""):
            self._await_head()
        else:
            transport.write(FULL)
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        answered = self.cycle
        super().data_received(data)
        if self.scope is not None:
            self._let_keep_place(self.scope)
        if self.cycle is not answered or self.transport.get_protocol() is not self:
            self._cancel_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:  # otherwise a pipelined request is being processed
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._cancel_head()
        self._head = self.loop.call_later(self.config.head_s, self.transport.abort)

    def _cancel_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None


class SocketConnection(_Watched, WebSocketsSansIOProtocol):
    """Aborts a websocket that does not answer pings, and closes one with invalid UTF-8, without a log message."""

    def handle_connect(self, event: Request) -> None:
        most_bytes = self.config.longest_messages.get(event.path.partition("?")[0])
        if most_bytes is not None:
            self.conn.max_message_size = most_bytes
        super().handle_connect(event)
        if not self.handshake_complete:
            self._let_keep_place(self.scope)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()  # a plain close would wait for the client to read the rest

    def send_receive_event_to_app(self) -> None:
        if self.conn.state is not State.OPEN:  # the message came after a close or an invalid frame
            self.frames = []
            return
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007, "messages are UTF-8")
                self.handle_parser_exception()
                return
        if self.read_paused or self.queue.qsize() >= FEW or sum(map(len, self.frames)) > SMALL_BYTES:
            super().send_receive_event_to_app()
            return
        self.read_paused = True  # else uvicorn stops reading with each message, and begins again: two system calls
        super().send_receive_event_to_app()
        self.read_paused = False
