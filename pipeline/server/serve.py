"""Runs the application with uvicorn: one process, one port, until Ctrl-C."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from pipeline.desk_protocol.frames import longest
from pipeline.desk_protocol.kinds import UP
from pipeline.errors import SettingsError
from pipeline.quantities import Name, OneLine, Words, within
from pipeline.server.connections import Config
from pipeline.server.desk_socket import PATH as DESK_PATH
from pipeline.server.hosts import is_loopback
from pipeline.server.places import FEWEST, Places, most_places
from pipeline.server.repeats import say_repeats_once

MESSAGE_BYTES = 4 * 1024  # limit of a websocket message; a page's has about 60 bytes
CONNECTIONS = 1_000
WAITING = 64  # listen backlog; so many may be accepted before they are counted
PING_S = 8.0  # websocket ping interval and timeout: a dead client is dropped within 16 s


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Address, host names, encryption and limits of the server."""

    host: Name = "127.0.0.1"  # 0.0.0.0 lets other machines in, which takes TLS
    port: Annotated[int, within(0, 65_535)] = 8000
    hosts: Words = ()  # further host names of this server, e.g. "coach.example.com"
    public_url: OneLine = ""  # what people open, where that is another name: https://coach.example.com
    token: OneLine = ""  # of a telephone system, as earlier versions had it; now `callcoach tokens add`
    tls_cert: OneLine = ""  # file with the certificate, PEM, and those between it and its root
    tls_key: OneLine = ""  # file with its private key
    proxies: Words = ()  # addresses of proxies in front of this server, whose X-Forwarded headers count
    insecure_network: bool = False  # other machines are let in without TLS: passwords and words go as they are
    connections: Annotated[int, within(FEWEST, 65_536)] = CONNECTIONS  # at most, if open files allow
    backlog_records: Annotated[int, within(100, 1_000_000)] = 5_000  # queued for a client; more is too slow

    def __post_init__(self) -> None:
        if self.public_url and not _is_origin(self.public_url):
            raise ValueError(f"public_url is {self.public_url!r}; it must be like https://coach.example.com, no path")

    @property
    def has_tls(self) -> bool:
        return bool(self.tls_cert)

    @property
    def address(self) -> str:
        """The URL that people open, where no server says its own."""
        return self.public_url or self.local_address

    @property
    def local_address(self) -> str:
        """The URL on this machine."""
        return _address(self.host, self.port, self.has_tls)

    @property
    def names(self) -> tuple[str, ...]:
        """Host names that browsers use besides the address, the one that people open first."""
        public = urlsplit(self.public_url).hostname
        return (*([public] if public else []), *self.hosts)


def check_network(settings: ServerSettings) -> None:
    """Raises SettingsError where other machines would be let in without TLS, or its files are no good."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise SettingsError("server.tls_cert and server.tls_key belong together: a certificate and its private key")
    if settings.has_tls:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            why = f"{settings.tls_cert} and {settings.tls_key} cannot be used for TLS: {error}"
            raise SettingsError(why) from None
    elif not (is_loopback(settings.host) or settings.proxies or settings.insecure_network):
        raise SettingsError(
            f"on {settings.host} other machines are let in, and without TLS passwords and words of calls go over the"
            " network as they are; browsers also refuse such a page its microphone, mini window and notifications."
            " Give --tls-cert and --tls-key, or name the proxy that has TLS under proxies in [server], or say"
            " --insecure-network"
        )


def certificate_of(settings: ServerSettings) -> bytes | None:
    """DER of the certificate that this server shows, the first in its file; None where it has no TLS of its own."""
    if not settings.has_tls:
        return None
    pem = Path(settings.tls_cert).read_text(encoding="ascii", errors="replace")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(begin + pem.partition(begin)[2].partition(end)[0] + end)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free port. Raises SettingsError when the address is not available."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:  # UnicodeError: an invalid host name
        raise SettingsError(f"cannot listen on {host}: {getattr(error, 'strerror', error)}") from error
    try:
        if os.name != "nt":  # on Windows SO_REUSEADDR lets two programs share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(WAITING)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"port {port} on {host} is taken: choose another one with --port") from error
        raise SettingsError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return bound


def address_of(bound: socket.socket, settings: ServerSettings | None = None) -> str:
    """The URL of a server that listens there, for whoever opens its pages."""
    settings = settings or ServerSettings()
    host, port = bound.getsockname()[:2]
    return settings.public_url or _address(host, port, settings.has_tls)


def _address(host: str, port: int, has_tls: bool) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{'https' if has_tls else 'http'}://{shown}:{port}"


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and url == f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return False


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """One signal ends it; another would only cut the clients off with a traceback, for two seconds at most."""
        if not self.should_exit:
            super().handle_exit(sig, frame)


def make_server(
    app: FastAPI, ready: Callable[[], None] = lambda: None, settings: ServerSettings | None = None
) -> uvicorn.Server:
    """A uvicorn server that calls `ready` on its event loop once it serves. Run it with `.run(sockets=[bound])`.

    `app`: made by `create_app`, whose gate tells which connections are to keep their places.
    """
    say_repeats_once()
    settings = settings or ServerSettings()
    places = app.state.places = Places(most_places(settings.connections))
    config = Config(
        app,
        places,
        proxy_headers=bool(settings.proxies),  # uvicorn itself would believe every program of this machine
        forwarded_allow_ips=list(settings.proxies),
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
        ws_per_message_deflate=False,  # compression costs more than it saves on one machine or a LAN
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        backlog=WAITING,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    config.longest_messages = {DESK_PATH: longest(UP)}
    return _Server(config, ready)
