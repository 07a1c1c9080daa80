"""uvicorn's connections, less patient: a place for each, and a time in which the other side must do its part.

uvicorn times out connections between two requests only. Here one that sends no whole request within HEAD_S, or takes
nothing of what is sent to it for STALL_S, is gone, whatever the protocol above is doing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.datastructures import Headers
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from pipeline.server.places import Places

HEAD_S = 10.0
STALL_S = 20.0
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 5\r\n"
    b"connection: close\r\ncontent-length: 38\r\n\r\nthis server has no place left just now"
)


class Config(uvicorn.Config):
    """uvicorn's, with what its connections need to know of us."""

    def __init__(self, app: Any, places: Places, is_known: Callable[[Headers], bool], **options: Any) -> None:
        super().__init__(app, http=HttpConnection, ws=SocketConnection, **options)
        self.places = places
        self.is_known = is_known
        self.head_s, self.stall_s = HEAD_S, STALL_S


if TYPE_CHECKING:

    class _Protocol(asyncio.Protocol):
        config: Any
        loop: asyncio.AbstractEventLoop
        transport: asyncio.Transport
else:
    _Protocol = object


class _Watched(_Protocol):
    """Gives up on a client that does not take what is sent to it, and frees its place when it is gone."""

    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._go_on()
        self._stalled = self.loop.call_later(self.config.stall_s, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._go_on()
        self.config.places.leave(self.transport)
        super().connection_lost(exc)

    def _go_on(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class HttpConnection(_Watched, H11Protocol):
    """Has a place, and HEAD_S for each request's head."""

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
        answered, scope = self.cycle, self.scope
        super().data_received(data)
        if self.scope is not scope and self.config.is_known(Headers(scope=dict(self.scope))):
            self.config.places.know(self.transport)
        if self.cycle is not answered or self.transport.get_protocol() is not self:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:  # else a further request was waiting already
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._stop_waiting()
        self._head = self.loop.call_later(self.config.head_s, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None


class SocketConnection(_Watched, WebSocketsSansIOProtocol):
    """A websocket that does not answer its ping, or ends a text in mid-letter, is closed without a word in the log."""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()  # closing alone would wait for ever for it to take what is left

    def send_receive_event_to_app(self) -> None:
        if self.conn.state is not State.OPEN:  # it came behind a close, or what was no frame
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
        super().send_receive_event_to_app()
