"""Error responses: one sentence each, described in the OpenAPI document, never a 500."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from pipeline.documents import shown
from pipeline.errors import AccountRefused, CentreAway, DeskAway, RefusalReason, StoreError

MOST = 2**53  # the largest integer that is exact in JavaScript, and within SQLite's 64 bits

Responses = dict[int | str, dict[str, Any]]


class Fault(BaseModel):
    """Body of an error response: what was given and wanted. `reason`: for pages that say it in another language."""

    detail: str
    reason: RefusalReason | None = None


def described(*codes: int) -> Responses:
    """OpenAPI entries of these status codes."""
    return {code: {"model": Fault} for code in codes}


FOREIGN = {"description": "Not permitted; a page of another site; a name this server does not answer to"}
READING = described(401, 404, 422, 503)
CHANGING = described(401, 404, 408, 409, 413, 422, 503)  # of people and what they have set
WRITING = described(401, 404, 408, 409, 413, 422, 429, 503)


async def store_failed(request: Request, error: Exception) -> Response:
    """Where the database lies, and what is wrong with it, is told to those alone who are known."""
    assert isinstance(error, StoreError)
    is_known = getattr(request.state, "asker", None) is not None
    why = str(error) if is_known else "the database cannot be read or written just now"
    return JSONResponse({"detail": why}, status_code=503)


_CONFLICTS = {"desk_busy", "desk_role", "held", "last_admin", "not_empty", "not_first", "outdated", "taken"}


class LinkUseRefused(AccountRefused):
    """What was given with a link cannot be taken: 422 whatever the reason, for 404 and 410 are said of the link."""


async def account_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, AccountRefused)
    status = 404 if error.reason == "unknown" else 409 if error.reason in _CONFLICTS else 422
    if isinstance(error, LinkUseRefused):
        status = 422
    return JSONResponse({"detail": str(error), "reason": error.reason}, status_code=status)


async def centre_away(_: Request, error: Exception) -> Response:
    assert isinstance(error, CentreAway)
    return JSONResponse({"detail": str(error), "reason": error.reason}, status_code=503)


async def desk_away(_: Request, error: Exception) -> Response:
    assert isinstance(error, DeskAway)
    return JSONResponse({"detail": str(error), "reason": "desk_away"}, 503, {"Retry-After": "2"})


class ToldWhy(HTTPException):
    """With a reason beside the sentence."""

    def __init__(self, status: int, detail: str, reason: RefusalReason, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.reason = reason


async def told_why(_: Request, error: Exception) -> Response:
    assert isinstance(error, ToldWhy)
    told = {"detail": error.detail, "reason": error.reason}
    return JSONResponse(told, status_code=error.status_code, headers=error.headers)


async def request_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fault = error.errors()[0]
    where = " ".join(str(part) for part in fault["loc"])
    return JSONResponse({"detail": f"{where} is {shown(fault.get('input'))}: {fault['msg']}"}, status_code=422)
