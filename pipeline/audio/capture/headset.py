"""The headset as a Source: both devices on one gapless grid of 20 ms slices.

A slice is delivered when every device has delivered its audio. A device that has not is waited for as long as its known
latency, and then is `lost` in this slice; audio that comes later is dropped. Grid and devices are aligned on the host's
monotonic clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pipeline.audio.capture.device_input import DeviceInput, Reading
from pipeline.audio.capture.devices import Device
from pipeline.audio.capture.timeline import position_of, seconds_of
from pipeline.events.call import CallFacts
from pipeline.events.channels import CaptureMeasured, Channel, Heard
from pipeline.events.record import Note
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.quantities import Name, in_order, within

_LOOK_S = 0.25  # how often the capture processes are checked
_TELL_MS = 1_000  # least time between two CaptureMeasured of a device


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
        self._settings = settings
        self._news = threading.Condition()
        self.inputs = [DeviceInput(Channel.AGENT, microphone, self._news)]
        if far_end is not None:
            self.inputs.append(DeviceInput(Channel.CUSTOMER, far_end, self._news))
        self._looked_s = 0.0

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
        meters = [_DeliveryMeter(device) for device in self.inputs]
        start, at_ms = position_of(from_s), 0
        while not ended():
            with self._news:
                behind_ms = self._wait_for(start + SLICE_SAMPLES)
                taken = {device.channel: device.timeline.take(start, SLICE_SAMPLES) for device in self.inputs}
            pcm = {channel: samples for channel, (samples, _) in taken.items()}
            heard = {channel: _heard(samples, there) for channel, (samples, there) in taken.items()}
            notes = tuple(note for meter in meters for note in meter.feed(at_ms, heard[meter.channel]))
            yield Slice(at_ms, pcm, heard, notes, behind_ms)
            start += SLICE_SAMPLES
            at_ms += SLICE_MS

    def _wait_for(self, end: int) -> int:
        """Blocks until all audio up to position `end` has arrived or the wait is over; never returns before `end`.

        Returns how late the call asked for it: ms after the latest expected arrival.
        """
        least_s, most_s = self._settings.wait_ms / 1000, self._settings.longest_wait_ms / 1000
        woke_s = time.monotonic()
        expected_s = seconds_of(end) + max(device.patience_s(least_s, most_s) for device in self.inputs)
        behind_ms = max(0, round((woke_s - expected_s) * 1000))
        # One wake-up for all inputs, whose blocks arrive a few milliseconds apart.
        together_s = seconds_of(end) + least_s / 2 - woke_s
        self._news.wait_for(lambda: all(device.owes_nothing(end) for device in self.inputs), max(0.0, together_s))
        while True:
            now = time.monotonic()
            if now - self._looked_s > _LOOK_S:
                self._looked_s = now
                for device in self.inputs:
                    device.watch()
            for device in self.inputs:
                device.catch_up()
            waits = [device.patience_s(least_s, most_s) for device in self.inputs if not device.has(end)]
            if not waits:
                return behind_ms
            # If this thread itself was late, the audio may still be in the pipes: 10 ms to read it.
            remaining = max(seconds_of(end) + max(waits), woke_s + 0.01) - now
            if remaining <= 0:
                return behind_ms
            self._news.wait(min(remaining, _LOOK_S))


class HeadsetSource:
    """One call on the headset, from host time `from_s` until `ended`; `notes` is called for every slice."""

    can_wait = False
    notices = ()

    def __init__(
        self,
        headset: Headset,
        facts: CallFacts,
        *,
        from_s: float,
        ended: Callable[[], bool],
        notes: Callable[[], Sequence[Note]],
    ) -> None:
        self._headset = headset
        self._from_s = from_s
        self._ended = ended
        self._notes = notes
        self.facts = facts
        self.channels = headset.channels

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._headset.slices(self._from_s, self._ended):
            told = tuple(self._notes())
            yield replace(piece, notes=(*piece.notes, *told)) if told else piece


def _heard(samples: Pcm, there: int) -> Heard:
    if there < SLICE_SAMPLES // 2:
        return Heard.LOST
    return Heard.YES if samples.any() else Heard.IDLE  # digital silence: nothing plays, or the headset is muted


class _DeliveryMeter:
    """Counts inserted and dropped audio of a device during a call, and reports changes."""

    def __init__(self, device: DeviceInput) -> None:
        self.channel = device.channel
        self._device = device
        self._inserted = -device.timeline.inserted
        self._dropped = -device.timeline.dropped
        self._holes_ms = 0
        self._told: CaptureMeasured | None = None
        self._told_ms = -_TELL_MS
        self._heard = Heard.YES
        self._heard_for_ms = 0

    def feed(self, at_ms: int, heard: Heard) -> list[CaptureMeasured]:
        self._heard_for_ms = self._heard_for_ms + SLICE_MS if heard is self._heard else 0
        self._heard = heard
        if heard is Heard.LOST:
            self._holes_ms += SLICE_MS
        if at_ms - self._told_ms < _TELL_MS or (heard is Heard.LOST and self._told is not None):
            return []  # ChannelLost reports the loss; the figures follow when the device is back
        device, told = self._device, self._told
        steady = self._heard_for_ms >= _TELL_MS or told is None
        measured = CaptureMeasured(
            0, self.channel, device.label, heard if steady else told.heard if told else heard,
            100 * round(device.timeline.late_ms / 100),  # rounded, so that small changes are not reported
            _ms(self._inserted + device.timeline.inserted) + self._holes_ms,
            _ms(self._dropped + device.timeline.dropped),
        )  # fmt: skip
        if measured == told:
            return []
        self._told, self._told_ms = measured, at_ms
        return [measured]


def _ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE_HZ
