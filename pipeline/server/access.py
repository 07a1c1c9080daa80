"""Routes for the permissions of a page, and for what gives them: a one-time link, or the token."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from pipeline.server.answers import WRITING, described
from pipeline.server.bucket import Bucket
from pipeline.server.calls import Given
from pipeline.server.writers import Writers

TRIES_AT_ONCE = 5
TRIES_A_SECOND = 1.0
_TOKEN = {"type": "object", "properties": {"token": {"type": "string"}}, "required": ["token"]}
_TAKES_TOKEN = {"requestBody": {"content": {"application/json": {"schema": _TOKEN}}}}


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
    tries = Bucket(TRIES_AT_ONCE, TRIES_A_SECOND)

    @routes.get("/session")
    def session(request: Request) -> Session:
        return Session(writers.is_known(request.headers))  # a same-origin GET has no Origin header to check

    @routes.post("/session", responses=described(401, 408, 413, 422, 429), openapi_extra=_TAKES_TOKEN)
    def open_session(request: Request, response: Response, given: Given) -> Session:
        """Lets a page of this server write, from any machine, once its user has shown the token."""
        token = given.get("token")
        if not isinstance(token, str):
            raise HTTPException(422, "token is missing; it must be the text of the token")
        if not tries.take():
            raise HTTPException(429, "too many tries: wait a few seconds", {"Retry-After": "2"})
        if not writers.lets_in(request, token):
            raise HTTPException(401, "this is not the token of this callcoach")
        writers.give_cookie(response, request.url.scheme == "https")
        return Session(True)

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
