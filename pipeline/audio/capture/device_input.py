"""One device of the headset: its capture process, restarted whenever it ends, and its audio on the host's clock."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from pipeline.audio.capture import process as capture
from pipeline.audio.capture.devices import Device
from pipeline.audio.capture.timeline import Position, Timeline
from pipeline.events.channels import Channel

_RETRY_S = (0.25, 0.5, 1.0, 2.0)  # waits before the capture process is restarted
_STALLED_S = 3.0  # an open device without data for this long is reopened
_OPENING_S = 8.0  # and so is one that does not open within this time
_STEADY_S = 5.0  # a process that ran this long resets the waits
_QUIET_S = 1.0  # digital silence of this length makes the state idle
_GAP_S = 0.3  # a longer time without data makes the state lost


State: TypeAlias = Literal["opening", "ok", "idle", "lost"]


class _Message(NamedTuple):
    kind: int
    arrival_s: float
    body: bytes

    @property
    def read_s(self) -> float:
        return self.arrival_s or time.monotonic()


@dataclass(frozen=True, slots=True)
class Reading:
    """State of an input. `since_s`: monotonic time at which it began; `level_dbfs`: RMS of the last second, if ok."""

    state: State
    label: str
    reason: str
    since_s: float
    level_dbfs: float | None


class DeviceInput:
    """The input of one channel. `news` is notified of each message; its lock guards everything but the inbox.

    The input's own thread only reads the pipe into the inbox. The messages are processed by the thread that holds the
    lock and asks: during a call that of `Headset.slices`, once for all inputs, which halves the CPU's wake-ups.
    """

    def __init__(self, channel: Channel, device: Device, news: threading.Condition) -> None:
        self.channel = channel
        self.device = device
        self.timeline = Timeline()
        self.name, self.label = device.name, device.label
        self._news = news
        self._inbox: deque[_Message] = deque()
        self._closing = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._is_open = False
        self._reason = ""
        self._ended_for = ""  # reason, if this process ended the capture process
        self._began_s = self._heard_s = self._message_s = time.monotonic()
        self._sounded_s = -math.inf  # when a sample other than zero last arrived
        self._state: State = "opening"
        self._state_s = self._began_s
        self._thread = threading.Thread(target=self._run, name=f"input-{channel}", daemon=True)

    @property
    def process_id(self) -> int | None:
        """Id of the present capture process."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._end_child()
        self._thread.join(2.0)

    # --- called with the lock held ------------------------------------------------------------

    def catch_up(self) -> None:
        """Processes the messages in the inbox."""
        while self._inbox:
            message = self._inbox.popleft()
            self._message_s = message.read_s
            match message.kind:
                case capture.OPENED:
                    self._open(json.loads(message.body))
                case capture.AUDIO | capture.AFTER_LOSS:
                    self._feed(message)
                case capture.WAITING:
                    self._began_s = message.read_s
                    self._reason = message.body.decode()
                case capture.FAULT:
                    self._is_open = False
                    self._reason = message.body.decode()

    def owes_nothing(self, end: Position) -> bool:
        """Whether there is nothing to wait for: messages in the inbox, a closed device, or all audio up to `end`."""
        return bool(self._inbox) or not self._is_open or self.has(end)

    def has(self, end: Position) -> bool:
        """Whether all audio up to position `end` has arrived."""
        return self.timeline.end >= end

    def patience_s(self, least_s: float, most_s: float) -> float:
        """How long after the sound its audio is waited for, from the known latency; 0 while the device is closed."""
        if not self._is_open:
            return 0.0
        return min(most_s, max(least_s, 1.25 * self.timeline.late_ms / 1000 + 0.02))

    def reading(self) -> Reading:
        """The present state; see `catch_up`."""
        self._look(time.monotonic())
        level = self.timeline.level_dbfs() if self._state == "ok" else None
        return Reading(self._state, self.label, self._reason if self._state == "lost" else "", self._state_s, level)

    def watch(self) -> None:
        """Ends a capture process that hangs or delivers nothing; the input's thread then starts another one."""
        self.catch_up()
        now = time.monotonic()
        self._look(now)
        if self._child is None:
            return
        if self._is_open:
            if now - self._message_s > _STALLED_S or now - self._heard_s > _STALLED_S:
                self._end_child(f"{self.label}: delivers nothing")
        elif now - self._began_s > _OPENING_S:
            self._end_child(f"{self.label}: does not open")

    def _look(self, now: float) -> None:
        state: State = "ok" if now - self._sounded_s < _QUIET_S else "idle"
        if not self.timeline.end or not self._is_open or now - self._heard_s > _GAP_S + self.timeline.late_ms / 1000:
            state = "opening" if self._state == "opening" and not self._reason else "lost"
        if state != self._state:
            self._state, self._state_s = state, now

    def _open(self, opened: dict[str, Any]) -> None:
        self.name, self.label = opened["name"], opened["label"]
        self.timeline.open(opened["rate_hz"])
        self._heard_s = time.monotonic() + _STALLED_S  # a suspended device takes two seconds to resume
        self._is_open = True

    def _feed(self, message: _Message) -> None:
        samples = np.frombuffer(message.body, np.int16)
        self._heard_s = message.arrival_s
        self._reason = ""
        self.timeline.feed(message.arrival_s, samples, message.kind == capture.AFTER_LOSS)
        if samples.any():
            self._sounded_s = message.arrival_s

    # --- the input's own thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        tries = 0
        while not self._closing.is_set():
            began = time.monotonic()
            why = self._listen()
            self._tell(_Message(capture.FAULT, 0.0, why.encode()))
            self._end_child()
            moved = why == capture.MOVED
            tries = 0 if moved or time.monotonic() - began > _STEADY_S else tries + 1
            self._closing.wait(0.0 if moved else _RETRY_S[min(tries, len(_RETRY_S) - 1)])

    def _listen(self) -> str:
        """Starts a capture process and reads it to its end; the reason why it ended."""
        device = json.dumps(dataclasses.asdict(self.device))
        self._began_s = time.monotonic()
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-m", capture.__name__, device],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except OSError as error:
            return f"{self.label}: the capture process cannot be started: {error}"
        pipe = self._child.stdout
        assert pipe is not None
        with pipe:
            while len(head := pipe.read(capture.HEAD.size)) == capture.HEAD.size:
                kind, arrival_s, size = capture.HEAD.unpack(head)
                body = pipe.read(size) if size else b""
                if kind == capture.FAULT:
                    return body.decode()
                self._tell(_Message(kind, arrival_s, body))
        return self._ended_for or f"{self.label}: the capture process has ended"

    def _tell(self, message: _Message) -> None:
        self._inbox.append(message)
        with self._news:
            self._news.notify_all()

    def _end_child(self, why: str = "") -> None:
        child = self._child
        if child is not None and child.poll() is None:
            self._ended_for = why
            child.kill()
            child.wait(2.0)
