"""Routes for the permissions of a page, and for one-time links that give permission."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from pipeline.server.answers import WRITING
from pipeline.server.writers import Writers


@dataclass(frozen=True, slots=True)
class Session:
    """Permissions of the client. A page that may not write shows everything and changes nothing."""

    may_write: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Path of a one-time link on this server."""

    path: str


def session_routes(writers: Writers) -> APIRouter:
    routes = APIRouter()

    @routes.get("/session")
    def session(request: Request) -> Session:
        return Session(writers.is_known(request.headers))  # a same-origin GET has no Origin header to check

    @routes.post("/links", dependencies=[Depends(writers)], status_code=201, responses=WRITING)
    def link() -> Link:
        return Link(link_path(writers))

    return routes


def link_path(writers: Writers) -> str:
    return f"/agent?key={writers.links.make()}"


def open_link(writers: Writers, request: Request, key: str) -> Response:
    """Redirects to the page without the key, to keep it out of the history. A used key opens the page read-only."""
    rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "key"])
    answer = RedirectResponse(request.url.path + (f"?{rest}" if rest else ""), status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    if writers.links.take(key):
        writers.give_cookie(answer, request.url.scheme == "https")
    return answer
