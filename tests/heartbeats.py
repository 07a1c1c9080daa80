"""Reading a socket that also tells that it is alive, whenever half a second has passed."""

from __future__ import annotations

import json
from typing import Any

from starlette.testclient import WebSocketTestSession

ALIVE = {"type": "alive"}


def heard(socket: WebSocketTestSession, count: int) -> list[Any]:
    """The next messages that are no heartbeats; one of those may come before any of them on a busy machine."""
    messages: list[Any] = []
    while len(messages) < count:
        if (message := json.loads(socket.receive_text())) != ALIVE:
            messages.append(message)
    return messages


def heartbeats(socket: WebSocketTestSession, count: int) -> None:
    """Waits for so many of them."""
    while count:
        count -= json.loads(socket.receive_text()) == ALIVE
