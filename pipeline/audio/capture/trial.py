"""Devices on trial: open as long as somebody asks how they sound, so that a person can choose among them by ear."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.audio.capture.device_input import DeviceInput, Reading
from pipeline.audio.capture.devices import Device
from pipeline.events.channels import Channel

KEEP_S = 3.0  # after the last question; a page asks twice a second
_LOOK_S = 0.25


class Input(Protocol):
    """What is asked of a DeviceInput."""

    def start(self) -> None: ...
    def close(self) -> None: ...
    def catch_up(self) -> None: ...
    def watch(self) -> None: ...
    def reading(self) -> Reading: ...


Open = Callable[[Device, threading.Condition], Input]


def _opened(device: Device, news: threading.Condition) -> Input:
    return DeviceInput(Channel.AGENT, device, news)  # of a device on trial nobody knows the side yet


class Trial:
    """From any thread. `clock`: monotonic seconds."""

    def __init__(self, open_input: Open = _opened, clock: Callable[[], float] = time.monotonic) -> None:
        self._open, self._clock = open_input, clock
        self._lock = threading.Lock()
        self._news = threading.Condition()
        self._inputs: dict[Device, Input] = {}
        self._asked_s = 0.0
        self._ended: threading.Event | None = None  # of the thread that looks after them

    def readings(self, devices: Sequence[Device]) -> dict[Device, Reading]:
        """How these devices sound now; opens those that are not open yet, closes others. The first are `opening`."""
        with self._lock:
            self._asked_s = self._clock()
            gone = [self._inputs.pop(device) for device in list(self._inputs) if device not in devices]
            for device in devices:
                if device not in self._inputs:
                    self._inputs[device] = self._open(device, self._news)
                    self._inputs[device].start()
            if self._ended is None:
                self._ended = threading.Event()
                threading.Thread(target=self._look_after, args=(self._ended,), name="trial", daemon=True).start()
            with self._news:
                for one in self._inputs.values():
                    one.catch_up()
                found = {device: one.reading() for device, one in self._inputs.items()}
        _close(gone)
        return found

    def close(self) -> None:
        """Closes all devices. Idempotent; a later question opens them again."""
        with self._lock:
            inputs = list(self._inputs.values())
            self._inputs.clear()
            if self._ended is not None:
                self._ended.set()
                self._ended = None
        _close(inputs)

    def look(self) -> None:
        """Restarts captures that hang, and closes all once nobody has asked for a while."""
        with self._lock:
            is_forgotten = self._clock() - self._asked_s > KEEP_S
            if not is_forgotten:
                with self._news:
                    for one in self._inputs.values():
                        one.watch()
        if is_forgotten:
            self.close()

    def _look_after(self, ended: threading.Event) -> None:
        while not ended.wait(_LOOK_S):
            self.look()


def _close(inputs: Sequence[Input]) -> None:
    for one in inputs:
        one.close()
