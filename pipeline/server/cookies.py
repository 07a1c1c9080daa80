"""The cookie of a session: its secret, for this server alone.

Browsers send a cookie to all ports of a host, so its name contains ours. Behind TLS the name begins with `__Host-`:
browsers take such a cookie from this very host over TLS alone, so that nobody else can put another in its place.
"""

from __future__ import annotations

from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import Response

COOKIE_S = 7 * 86_400  # no session lasts longer


class SessionCookie:
    """`port`: of this server."""

    def __init__(self, port: int = 0) -> None:
        self._port = port

    def name(self, seen: HTTPConnection) -> str:
        return f"{'__Host-' if is_secure(seen) else ''}callcoach-{self._port}"

    def read(self, seen: HTTPConnection) -> str:
        """The secret that a request shows; "" without one."""
        return cookie_parser(seen.headers.get("cookie", "")).get(self.name(seen), "")

    def give(self, response: Response, secret: str, seen: HTTPConnection) -> None:
        """SameSite=Lax, so that a page opened from a link in a mail has it. Behind TLS it goes over TLS only."""
        response.set_cookie(
            self.name(seen), secret, max_age=COOKIE_S, path="/", httponly=True, samesite="lax", secure=is_secure(seen)
        )


def is_secure(seen: HTTPConnection) -> bool:
    """Whether it came over TLS, as this server or a named proxy tells."""
    return seen.url.scheme in ("https", "wss")
