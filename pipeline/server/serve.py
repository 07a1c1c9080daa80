"""Runs the application: one process, one port, until Ctrl-C."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from pipeline.errors import SettingsError

MESSAGE_BYTES = 64 * 1024  # page messages are small
PING_S = 8.0  # between two pings of a page, and how long its answer may take: who is gone is dropped within twice that


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server listens, and by which names it may be called."""

    host: str = "127.0.0.1"  # 0.0.0.0 lets other machines in: there is no login yet
    port: int = 8000
    hosts: tuple[str, ...] = ()  # further names this server is called by, e.g. "coach.example.com"
    token: str = ""  # telephone systems begin and end calls with it; empty: one is made and kept beside the calls
    backlog_lines: int = 5_000  # records waiting for one client before it is closed as too slow

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"server.port is {self.port}; it must be 0 to 65535")
        if self.backlog_lines < 100:
            raise SettingsError(f"server.backlog_lines is {self.backlog_lines}; it must be 100 or more")


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises SettingsError when the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingsError(f"cannot listen on {host}: {error.strerror}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(128)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"port {port} on {host} is taken: choose another one with --port") from error
        raise SettingsError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return bound


def address_of(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def make_server(app: FastAPI, ready: Callable[[], None] = lambda: None) -> uvicorn.Server:
    """A uvicorn server that calls `ready` on its loop once it answers. Run it with `.run(sockets=[bound])`."""
    config = uvicorn.Config(
        app,
        ws_per_message_deflate=False,  # costs more than it saves on the same machine or LAN
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    return _Server(config, ready)
