"""Routes that may wait for the answer of an agent's machine: in threads of their own, and no other request waits."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import anyio
import anyio.to_thread
from fastapi.routing import APIRoute

AT_ONCE = 64
"""So many wait at the same time; a dead machine keeps each for ten seconds."""
_THREADS = anyio.CapacityLimiter(AT_ONCE)


class Patient(APIRoute):
    """For `APIRouter(route_class=...)`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        is_waiting = not inspect.iscoroutinefunction(endpoint)
        super().__init__(path, _patient(endpoint) if is_waiting else endpoint, **options)


def _patient(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    async def waits(**given: Any) -> Any:
        return await anyio.to_thread.run_sync(partial(endpoint, **given), limiter=_THREADS)

    return waits
