"""A proxy between a desk and its centre that knows messages: it cuts before, within or behind one of a kind."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from tests.proxy import Proxy

Where = Literal["before", "within", "after"]
How = Literal["cut", "silence"]
_TYPE = re.compile(rb'"type":\s*"([a-z_]+)"')
_HEAD_BYTES = 200


@dataclass(frozen=True, slots=True)
class Blow:
    """`silence`: the connection stays open, and nothing comes through any more, from either side."""

    kind: str
    where: Where
    how: How = "cut"


class CuttingProxy(Proxy):
    """As a Proxy; `arm` says at which message it strikes next."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._blow: Blow | None = None
        self._arming = threading.Lock()
        self.struck = threading.Event()
        super().__init__(connect)

    def arm(self, blow: Blow) -> None:
        with self._arming:
            self.struck.clear()
            self._blow = blow

    def disarm(self) -> None:
        with self._arming:
            self._blow = None

    def _pass_bytes(self, source: socket.socket, target: socket.socket, swallowed: threading.Event) -> None:
        for frame in frames(source):
            blow = self._due(frame) if not swallowed.is_set() else None
            if blow is None or blow.where != "before":
                part = frame if blow is None or blow.where == "after" else frame[: len(frame) // 2]
                if not swallowed.is_set():
                    target.sendall(part)
            if blow is not None:
                (self.cut if blow.how == "cut" else self.silence)()
                self.struck.set()

    def _due(self, frame: bytes) -> Blow | None:
        with self._arming:
            blow = self._blow
            if blow is None or kind_of(frame) != blow.kind:
                return None
            self._blow = None
            return blow


def frames(source: socket.socket) -> Iterator[bytes]:
    """What comes: the handshake, then frame by frame."""
    buffer = b""
    while b"\r\n\r\n" not in buffer:
        if not (data := source.recv(65_536)):
            yield buffer
            return
        buffer += data
    handshake, _, buffer = buffer.partition(b"\r\n\r\n")
    yield handshake + b"\r\n\r\n"
    while True:
        while (size := _size(buffer)) is not None and len(buffer) >= size:
            yield buffer[:size]
            buffer = buffer[size:]
        if not (data := source.recv(65_536)):
            return
        buffer += data


def kind_of(frame: bytes) -> str:
    """Of the message in a frame; "" where none begins in it."""
    start = _start(frame)
    if start is None:
        return ""
    head = frame[start : start + _HEAD_BYTES]
    if frame[1] & 0x80:
        mask = frame[start - 4 : start]
        head = bytes(byte ^ mask[at % 4] for at, byte in enumerate(head))
    found = _TYPE.search(head)
    return found[1].decode() if found is not None else ""


def _start(frame: bytes) -> int | None:
    """Where its payload begins; None while that cannot be told."""
    if len(frame) < 2:
        return None
    extra = {126: 2, 127: 8}.get(frame[1] & 0x7F, 0)
    start = 2 + extra + (4 if frame[1] & 0x80 else 0)
    return start if len(frame) >= start else None


def _size(frame: bytes) -> int | None:
    if (start := _start(frame)) is None:
        return None
    length = frame[1] & 0x7F
    extra = {126: 2, 127: 8}.get(length, 0)
    return start + (int.from_bytes(frame[2 : 2 + extra], "big") if extra else length)
