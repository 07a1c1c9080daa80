"""The headset: both devices, open also between calls, as slices (`slicing.py`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pipeline.audio.capture.device_input import DeviceInput, Reading
from pipeline.audio.capture.devices import Device
from pipeline.audio.capture.slicing import Slicer
from pipeline.events.channels import Channel
from pipeline.ports import Slice
from pipeline.quantities import Name, in_order, within


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """Which devices, and how long their audio is waited for."""

    mic: Name = "default"  # device of the agent's side (`callcoach devices`); default: the system's default input
    far: Name = "auto"  # device of the customer's side; auto: the loopback of the default output; or none
    wait_ms: Annotated[int, within(20, 3_000)] = 80  # each device is waited for at least this long
    longest_wait_ms: Annotated[int, within(20, 3_000)] = 2_500  # and at most this long, if it delivers in bursts

    def __post_init__(self) -> None:
        in_order(self, "wait_ms", "longest_wait_ms")


class Headset:
    """The devices, open from `start` to `close`, also between calls.

    `readings`, `wake` and `watch` may be called from any thread; `slices` runs on the thread of the call, one iteration
    at a time.
    """

    def __init__(self, microphone: Device, far_end: Device | None, settings: CaptureSettings) -> None:
        self._news = threading.Condition()
        self.inputs = [DeviceInput(Channel.AGENT, microphone, self._news)]
        if far_end is not None:
            self.inputs.append(DeviceInput(Channel.CUSTOMER, far_end, self._news))
        least_s, most_s = settings.wait_ms / 1000, settings.longest_wait_ms / 1000
        self._slicer = Slicer(self.inputs, self._news, least_s=least_s, most_s=most_s)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(device.channel for device in self.inputs)

    def start(self) -> None:
        for device in self.inputs:
            device.start()

    def close(self) -> None:
        for device in self.inputs:
            device.close()

    def readings(self) -> dict[Channel, Reading]:
        """The present state of each device."""
        with self._news:
            for device in self.inputs:
                device.catch_up()
            return {device.channel: device.reading() for device in self.inputs}

    def open_devices(self) -> dict[str, Reading]:
        """The present state of each device by its name."""
        with self._news:
            for device in self.inputs:
                device.catch_up()
            return {device.name: device.reading() for device in self.inputs}

    def wake(self) -> None:
        """Makes `slices` check its `ended` at once."""
        with self._news:
            self._news.notify_all()

    def watch(self) -> None:
        """Restarts capture processes that hang. Needed only while `slices` does not run."""
        with self._news:
            for device in self.inputs:
                device.watch()

    def slices(self, from_s: float, ended: Callable[[], bool]) -> Iterator[Slice]:
        """Slices from monotonic time `from_s` (at most 3 s ago) until `ended`; blocks until each was spoken."""
        return self._slicer.slices(from_s, ended)
