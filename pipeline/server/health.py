"""GET /api/health: whether records can be stored."""

from __future__ import annotations

import threading
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from pipeline.errors import StoreError
from pipeline.people.permissions import Action
from pipeline.server.needs import gate_of
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive

PROBE_EVERY_S = 1.0  # a probe writes to the store, and every client may trigger it


class Probe:
    """Tries whether the store can be written, at most once a second, in one thread at a time."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._trying = threading.Lock()
        self._tried_s = float("-inf")
        self._fault = ""

    def fault(self) -> str:
        """Why the store cannot be written; "" when it can. During a probe other threads get the last result."""
        if not self._trying.acquire(blocking=False):
            return self._fault
        try:
            if time.monotonic() - self._tried_s >= PROBE_EVERY_S:
                self._fault = self._try()
                self._tried_s = time.monotonic()
        finally:
            self._trying.release()
        return self._fault

    def _try(self) -> str:
        try:
            self._archive.probe()
        except StoreError as error:
            return str(error)
        return ""


def health_routes(archive: Archive, running: Sessions) -> APIRouter:
    routes = APIRouter()
    probe = Probe(archive)

    @routes.get("/health")
    def health(is_known: Annotated[bool, Depends(_is_known)]) -> JSONResponse:
        """503 while the store refuses records, or would refuse them; with the reason for whoever is signed in."""
        waiting = running.waiting()
        unkept = sum(outbox.count for outbox in waiting)
        fault = next((outbox.reason for outbox in waiting), "") or probe.fault()
        told: dict[str, object] = {"status": "failing" if fault else "ok"}
        if is_known:
            told |= {"unkept": unkept, **({"detail": fault} if fault else {})}
        return JSONResponse(told, status_code=503 if fault else 200)

    return routes


async def _is_known(request: Request) -> bool:
    """Whether somebody asks who may know more than that this server lives."""
    try:
        asker = await gate_of(request).asker(request)
    except StoreError:
        return False
    return asker is not None and asker.person.may(Action.SYSTEM_READ)
