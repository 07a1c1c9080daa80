"""A server that plays a made-up floor to the built page, for the trace and for looking at it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.floor.made_up import MadeUp

DIST = Path(__file__).parents[2] / "dashboard" / "dist"
LEAD = {
    "id": "u-wangmin", "login": "wangmin", "name": "王敏", "role": "lead", "team": "A", "agent_id": None,
    "may": ["self", "call.read", "call.listen", "call.import", "review.read",
            "floor.watch", "floor.help", "floor.listen", "floor.arrange"],
}  # fmt: skip
SESSION = {
    "person": LEAD, "company": "锦和物业客服中心", "expires_at": None, "idle_s": 43_200, "is_first_run": False,
    "locked_until": None, "desk": None,
}  # fmt: skip


class Played:
    """`tick_ms`: how often it says what changed; `per_tick`: so many milliseconds pass on the floor meanwhile."""

    def __init__(
        self, floor: MadeUp, *, tick_ms: int = 250, per_tick: int = 250, share: float = 1.0, stir: float = 0.02
    ) -> None:
        self.floor, self.tick_ms, self.per_tick = floor, tick_ms, per_tick
        self.share, self.stir = share, stir
        self.is_silent = False
        self.ticks = 0
        self.records: dict[str, list[dict[str, Any]]] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                WebSocketRoute("/ws/floor", self._floor),
                WebSocketRoute("/ws/calls/{call_id}", self._call),
                Route("/api/{path:path}", self._api, methods=["GET", "POST", "PUT"]),
                Route("/{path:path}", self._file),
            ]
        )

    async def _floor(self, socket: WebSocket) -> None:
        await socket.accept()
        while self.is_silent:
            await asyncio.sleep(0.05)
        await socket.send_text(json.dumps(self.floor.snapshot(), ensure_ascii=False))
        begun, told = asyncio.get_running_loop().time(), 0
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                told += 1
                await asyncio.sleep(max(0, begun + told * self.tick_ms / 1000 - asyncio.get_running_loop().time()))
                message = self.floor.tick(self.per_tick, share=self.share, stir=self.stir)
                self.ticks += 1
                if not self.is_silent:
                    await socket.send_text(json.dumps(message, ensure_ascii=False))

    async def _call(self, socket: WebSocket) -> None:
        await socket.accept()
        call_id = socket.path_params["call_id"]
        for record in self.records.get(call_id, []):
            await socket.send_text(json.dumps(record, ensure_ascii=False))
        at_ms = max((one["event"]["at_ms"] for one in self.records.get(call_id, [])), default=0)
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await socket.send_text(
                    json.dumps({"call_id": call_id, "seq": None, "event": {"kind": "ClockTicked", "at_ms": at_ms}})
                )
                await asyncio.sleep(0.2)
                at_ms += 200

    async def _api(self, request: Request) -> Response:
        path = request.path_params["path"]
        if path == "session":
            return JSONResponse(SESSION)
        given = await request.json() if request.method != "GET" and await request.body() else {}
        parts = path.split("/")
        if path.endswith("/take"):
            self.floor.take(parts[2])
        elif path.endswith("/close"):
            for case_id in (parts[2], *given.get("also", ())):
                self.floor.close(case_id)
        elif path.endswith("/whispers"):
            self.floor.whisper(parts[1], given["text"])
        elif path == "floor/cases":
            return JSONResponse({"cases": []})
        elif path == "floor/plan":
            return JSONResponse(self.floor.plan())
        elif path == "floor/day":
            return JSONResponse(self.floor.past_day())
        else:
            return JSONResponse({"detail": "not played"}, status_code=404)
        return JSONResponse({})

    async def _file(self, request: Request) -> Response:
        path = request.path_params["path"]
        file = DIST / path
        return FileResponse(file if path and file.is_file() else DIST / "index.html")


@contextmanager
def served(played: Played) -> Iterator[str]:
    """On a port of this host that is free; its address."""
    server = uvicorn.Server(
        uvicorn.Config(played.app(), host="127.0.0.1", port=0, log_level="error", ws_ping_interval=None)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
