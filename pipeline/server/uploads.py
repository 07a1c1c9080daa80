"""The bytes of a recording, as they come: streamed to the disk, as many as were told, and never too slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread
from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from pipeline.private import private_file
from pipeline.server.import_jobs import MB

STALL_S = 20.0  # the next bytes come within that, or the connection is given up


def told_size(request: Request) -> int:
    """Raises HTTPException where none is told, or nothing is to come."""
    told = request.headers.get("content-length", "")
    if not told.isascii() or not told.isdigit() or len(told) > 15:
        raise HTTPException(411, "the length of a recording is told before it: Content-Length", {"Connection": "close"})
    if int(told) == 0:
        raise HTTPException(422, "the recording is empty")
    return int(told)


async def receive(request: Request, path: Path, size: int) -> None:
    """Raises HTTPException where other than `size` bytes come, or come too slowly."""
    await anyio.to_thread.run_sync(private_file, path)
    count = 0
    with path.open("wb") as file:
        try:
            async for block in _blocks(request.stream()):
                count += len(block)
                if count > size:
                    break
                await anyio.to_thread.run_sync(file.write, block)
        except TimeoutError:
            raise HTTPException(408, f"nothing came for {STALL_S:.0f} s", {"Connection": "close"}) from None
        except ClientDisconnect:
            raise HTTPException(408, "the body broke off") from None
        except OSError as error:
            raise HTTPException(507, f"it cannot be kept: {error.strerror}", {"Connection": "close"}) from None
    if count != size:
        raise HTTPException(422, f"{count} bytes came; {size} were told", {"Connection": "close"})


async def _blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Of a megabyte at least, but for the last."""
    waiting: list[bytes] = []
    size = 0
    while (part := await asyncio.wait_for(anext(stream, None), STALL_S)) is not None:
        waiting.append(part)
        size += len(part)
        if size >= MB:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)
