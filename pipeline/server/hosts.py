"""Checks Host and Origin of every request: only known host names, and no pages of other sites.

A web page on another site could otherwise open our websocket from the user's browser (browsers do not apply
the same-origin rule to websockets), or reach it by a DNS name that resolves to 127.0.0.1 (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OURS_ALONE = ("/api", "/ws", "/metrics")  # not even embedded by another site, which could probe what exists
ANY = frozenset({"0.0.0.0", "::", ""})


class SameHost:
    """ASGI middleware that refuses with 403. `bound`: address of the server; `more`: further host names."""

    def __init__(self, app: ASGIApp, bound: str, more: Iterable[str] = ()) -> None:
        self._app = app
        self._names = {*LOOPBACK, bound.lower(), *(name.lower() for name in more)}
        self._any_address = bound in ANY
        if self._any_address:
            self._names.add(socket.gethostname().lower())  # the full name would need a DNS request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asked = scope["type"] in ("http", "websocket")
        fault = self._fault(Headers(scope=scope), scope["path"], scope.get("scheme", "http")) if is_asked else None
        if fault is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": fault})  # before accept: HTTP 403
        else:
            await PlainTextResponse(fault + "\n", status_code=403)(scope, receive, send)

    def _fault(self, headers: Headers, path: str, scheme: str) -> str | None:
        host = headers.get("host", "")
        name = (_parts(f"//{host}").hostname or "").lower()
        if name not in self._names and not (self._any_address and _is_address(name)):
            return f"this server does not answer to the name {name!r}: add it to hosts in [server] of callcoach.toml"
        if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site") and path.startswith(_OURS_ALONE):
            return "a page of another site may not ask for this"  # the same answer whether the path exists or not
        origin = headers.get("origin")
        if origin is not None and _parts(origin).netloc.lower() != host.lower():
            return f"a page of {origin} may not call {host}"
        if origin is not None and scheme in ("https", "wss") and _parts(origin).scheme != "https":
            return f"a page of {origin} may not call {host} over TLS: whoever is on its way could have written it"
        return None


def is_loopback(host: str) -> bool:
    """Whether a server bound to this address is reached from its own machine alone."""
    return host.lower() in LOOPBACK or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_own_page(headers: Headers) -> bool:
    """Whether a browser says that a page of this server asks."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    return _parts(origin).netloc.lower() == headers.get("host", "").lower() != ""


def _parts(url: str) -> SplitResult:
    """The parts of a URL; those of the empty URL when it is invalid."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
