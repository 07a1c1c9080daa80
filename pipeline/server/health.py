"""GET /api/health: whether records can be stored."""

from __future__ import annotations

import threading
import time

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from pipeline.errors import StoreError
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
    def health() -> JSONResponse:
        """503 with the reason while the store refuses records, or would refuse them."""
        waiting = running.waiting()
        unkept = sum(outbox.count for outbox in waiting)
        fault = next((outbox.reason for outbox in waiting), "") or probe.fault()
        if not fault:
            return JSONResponse({"status": "ok", "unkept": unkept})
        return JSONResponse({"status": "failing", "unkept": unkept, "detail": fault}, status_code=503)

    return routes
