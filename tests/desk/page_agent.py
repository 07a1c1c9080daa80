"""An agent without an installed client, as the page speaks: its socket is cut and opened again, calls go on."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

import numpy as np
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import ClientConnection, connect

from pipeline.people.directory import UserFields
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import Role
from pipeline.server.audio_messages import HEAD
from tests.desk.killed_centre import KilledCentre
from tests.proxy import Proxy
from tests.waiting import let_pass, wait_until

BLOCK = 960  # samples: 60 ms
TALK_S = 6.0
AGENT_ID = "2001"


@dataclass
class PageAgent:
    """`calls`: of which somebody was told that they have begun. `listen` and `call`, each in a thread, until `over`."""

    centre: KilledCentre
    over: threading.Event = field(default_factory=threading.Event)
    calls: list[str] = field(default_factory=list)
    sent: int = 0  # samples
    lines: int = 0  # connections on which the page was ready
    _running: str | None = None

    def __post_init__(self) -> None:
        registry = self.centre.here.registry
        user = registry.directory.add(UserFields("page", "页面", Role.AGENT, agent_id=AGENT_ID))
        opened = registry.accounts.enter(registry.accounts.make_link(LinkPurpose.DESK, user.id)[0], Origin("127.0.0.1"))
        self._headers = {"Origin": self.centre.url, "Cookie": f"callcoach-{self.centre.port}={opened.secret}"}
        self.proxy = Proxy(self.centre.connect)

    def listen(self) -> None:
        """The socket: again and again, under one key."""
        while not self.over.is_set():
            with suppress(OSError, WebSocketException, InvalidHandshake, EOFError), self._line() as line:
                self._speak(line)
            let_pass(0.2)

    def call(self) -> None:
        """Begins a call, talks for a while, ends it, and so on."""
        while not self.over.is_set():
            status, told = self._ask("POST", "/api/calls", {"recording_consent": True})
            if status == 201:
                self.calls.append(told["call_id"])
                self.over.wait(TALK_S)
                self._end(told["call_id"])
            else:
                self.over.wait(0.3)

    def _end(self, call_id: str) -> None:
        wait_until(lambda: self._ask("POST", f"/api/calls/{call_id}/end", None)[0] == 200, look_s=0.3)

    def _line(self) -> ClientConnection:
        """Through the network that the test cuts, to the address of the centre."""
        wire = socket.create_connection(("127.0.0.1", self.proxy.port))
        address = f"ws://127.0.0.1:{self.centre.port}/ws/agent/audio"
        return connect(address, sock=wire, additional_headers=self._headers, open_timeout=3, close_timeout=1,
                       ping_interval=None, compression=None, proxy=None)  # fmt: skip

    def _speak(self, line: ClientConnection) -> None:
        self._running = None  # until the centre says so on this line
        side = {"channel": "agent", "device": "耳机", "rate_hz": 16_000}
        line.send(json.dumps({"type": "listens", "key": "a-page-of-the-test", "sides": [side], "take_over": False}))
        number, due_s = 0, time.monotonic()
        while not self.over.is_set():
            self._hear(line, max(0.0, due_s - time.monotonic()))
            if (now_s := time.monotonic()) < due_s:
                continue
            due_s = now_s + BLOCK / 16_000
            if self._running is not None:
                sound = np.random.default_rng(number).integers(-3_000, 3_000, BLOCK).astype("<i2")
                line.send(HEAD.pack(0, number * BLOCK) + sound.tobytes())
                self.sent += BLOCK
                number += 1

    def _hear(self, line: ClientConnection, within_s: float) -> None:
        try:
            text = line.recv(within_s)
        except TimeoutError:
            return
        said: dict[str, Any] = json.loads(text)
        match said["type"]:
            case "alive":
                line.send(text)
            case "ready":
                self.lines += 1
                self._running = said["call_id"]
            case "started":
                self._running = said["call_id"]
            case "ended":
                self._running = None

    def _ask(self, method: str, path: str, body: object) -> tuple[int, Any]:
        """0 where the centre is not there."""
        data = json.dumps(body).encode() if body is not None else None
        request = Request(self.centre.url + path, data, self._headers, method=method)
        try:
            with build_opener().open(request, timeout=15) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except HTTPError as error:
            return error.code, None
        except (URLError, OSError, http.client.HTTPException, ValueError):
            return 0, None
