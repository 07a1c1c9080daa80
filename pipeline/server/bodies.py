"""The body of a request: a JSON object, limited in size and time."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from starlette.requests import ClientDisconnect

from pipeline.server.needs import still_permitted

BODY_BYTES = 64 * 1024
BODY_S = 10.0  # time limit for receiving the whole body


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
        json.dumps(given, ensure_ascii=False).encode()  # a lone surrogate is valid JSON, but not valid text
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, f"the body is no JSON: {error}") from None
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
