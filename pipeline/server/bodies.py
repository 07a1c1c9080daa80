"""The body of a request: told its length in one way, and as a rule a JSON object, limited in size and time."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.codec import without_nul
from pipeline.server.needs import still_permitted

BODY_BYTES = 64 * 1024
BODY_S = 10.0  # time limit for receiving the whole body


class OneLength:
    """ASGI middleware that refuses with 400 what tells the length of its body in two ways, and ends the connection.

    A proxy that believes the other one takes a part of this request for the next one, of somebody else.
    https://www.rfc-editor.org/rfc/rfc9112#section-6.3
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else {}
        if "content-length" in headers and "transfer-encoding" in headers:
            told = "a request has Content-Length or Transfer-Encoding, and not both\n"
            await PlainTextResponse(told, 400, {"Connection": "close"})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class NoNul:
    """ASGI middleware that refuses with 400 an address with the character NUL in it, which is in no text that is kept:
    not every database takes it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "path" in scope and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await PlainTextResponse("the address has the character NUL (%00) in it\n", 400)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _given(request: Request) -> dict[str, Any]:
    try:
        body = await asyncio.wait_for(_body(request), BODY_S)
    except TimeoutError:
        raise HTTPException(408, f"the body did not come within {BODY_S:.0f} s", {"Connection": "close"}) from None
    except ClientDisconnect:  # the client is gone; this only avoids a traceback in the log
        raise HTTPException(408, "the body broke off") from None
    await still_permitted(request)  # whoever was let in with the head may be nobody by the end of a slow body
    if not body.strip():
        return {}
    try:
        given = json.loads(body)
        told = json.dumps(given, ensure_ascii=False)
        told.encode()  # a lone surrogate is valid JSON, but not valid text
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, f"the body is no JSON: {error}") from None
    if without_nul(told) != told:
        raise HTTPException(422, "the body has the character NUL (\\u0000) in it, which is in no text")
    if not isinstance(given, dict):
        raise HTTPException(422, 'the body must be a JSON object, like {"customer_name": "王"} for facts')
    return given


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            raise HTTPException(413, f"the body is over {BODY_BYTES} bytes", {"Connection": "close"})
    return body


Given = Annotated[dict[str, Any], Depends(_given)]
