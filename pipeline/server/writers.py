"""Authorisation of writes: by the token, or by the cookie of a page that was opened with a one-time link or the token.

The client's address permits nothing: machines are shared, proxied and remote-controlled. A link is printed at the start
and works once; opening it sets a cookie, which every write of a page needs. Browsers send a cookie to all ports of a
host, so its name contains our port. Against cross-site requests the Origin is checked as well.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import Response

from pipeline.events.actor import PAGE, TOKEN, Actor

COOKIE_S = 30 * 86_400  # lifetime, from the last load of the page
LINKS = 32  # unused links kept; the oldest are dropped
HOW = "open the link callcoach printed when it started, or a new one from `callcoach link`"
_NOT_SHOWN = f"only who may write can do this: {HOW}; programs send `Authorization: Bearer TOKEN` (docs/cti.md)"


class Links:
    """One-time keys of links that let a page write, valid until the process ends. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: deque[str] = deque(maxlen=LINKS)

    def make(self) -> str:
        """A new key."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._keys.append(key)
        return key

    def take(self, shown: str) -> bool:
        """Whether the key is valid; it is not valid again."""
        with self._lock:
            found = [key for key in self._keys if _same(shown, key)]
            for key in found:
                self._keys.remove(key)
        return bool(found)


class Writers:
    """A FastAPI dependency of routes that write: raises HTTPException 401 without authorisation, else sets the actor.

    `token`: for programs. `key`: signs the cookies of pages; without one, cookies are valid until the process ends.
    """

    def __init__(
        self, token: str | None = None, key: str | None = None, port: int = 0, clock: Callable[[], float] = time.time
    ) -> None:
        self.links = Links()
        self.cookie = f"callcoach-{port}"
        self._token = token
        self._key = (key or secrets.token_urlsafe(32)).encode()
        self._clock = clock

    def __call__(self, request: Request) -> None:
        actor = self.actor(request)
        if actor is None:
            raise HTTPException(401, _NOT_SHOWN, headers={"WWW-Authenticate": "Bearer"})
        request.state.actor = actor

    def actor(self, seen: HTTPConnection) -> Actor:
        """TOKEN for a request with the token, PAGE for one from our page with the cookie; None may not write."""
        if seen.headers.get("authorization", "").lower().startswith("bearer"):
            return TOKEN if self._shows_token(seen.headers) else None
        return PAGE if self.shows_cookie(seen.headers) and _is_own_page(seen) else None

    def is_known(self, headers: Headers) -> bool:
        """Whether the request has the token or the cookie, wherever it comes from."""
        return self._shows_token(headers) or self.shows_cookie(headers)

    def lets_in(self, seen: HTTPConnection, token: str) -> bool:
        """Whether a page of ours shows the token, to be given a cookie for it."""
        return self._is_token(token) and _is_own_page(seen)

    def shows_cookie(self, headers: Headers) -> bool:
        shown = cookie_parser(headers.get("cookie", "")).get(self.cookie, "")
        told, _, signature = shown.rpartition(".")
        if not _same(signature, self._signed(told)):
            return False
        return 0 <= self._clock() - int(told.partition("-")[0], 16) <= COOKIE_S

    def give_cookie(self, response: Response, is_secure: bool) -> None:
        """Sets the cookie. SameSite=Lax, so that a page opened from a link in a mail has it."""
        told = f"{int(self._clock()):x}-{secrets.token_hex(8)}"
        response.set_cookie(
            self.cookie, f"{told}.{self._signed(told)}",
            max_age=COOKIE_S, path="/", httponly=True, samesite="lax", secure=is_secure,
        )  # fmt: skip

    def _signed(self, told: str) -> str:
        return hmac.new(self._key, f"{self.cookie} {told}".encode(), hashlib.sha256).hexdigest()

    def _shows_token(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._is_token(token)

    def _is_token(self, shown: str) -> bool:
        return bool(self._token) and _same(shown.strip(), self._token or "")


def _actor(request: Request) -> str:
    return str(request.state.actor)


WhoAsks = Annotated[str, Depends(_actor)]
"""The actor of the request, to be stored in records; for routes that have Writers among their dependencies."""


def _same(shown: str, wanted: str) -> bool:
    return hmac.compare_digest(shown.encode(errors="replace"), wanted.encode())


def _is_own_page(seen: HTTPConnection) -> bool:
    origin = seen.headers.get("origin")
    if origin is None:
        return seen.headers.get("sec-fetch-site") == "same-origin"
    try:
        return urlsplit(origin).netloc.lower() == seen.headers.get("host", "").lower() != ""
    except ValueError:
        return False
