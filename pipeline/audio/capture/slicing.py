"""Live inputs as one gapless grid of 20 ms slices: devices of this machine, or what pages send.

A slice is delivered when every input has delivered its audio. One that has not is waited for as long as its known
latency, and then is `lost` in this slice; audio that comes later is dropped. Grid and inputs are aligned on the host's
monotonic clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from pipeline.audio.capture.timeline import Position, Timeline, position_of, seconds_of
from pipeline.events.call import CallFacts
from pipeline.events.channels import CaptureMeasured, Channel, Heard
from pipeline.events.record import Note
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice

_LOOK_S = 0.25  # how often inputs are checked
_TELL_MS = 1_000  # least time between two CaptureMeasured of an input


class LiveInput(Protocol):
    """The input of one channel. All of it with the lock of the slicer's `news` held."""

    channel: Channel
    label: str
    timeline: Timeline

    def catch_up(self) -> None:
        """Processes what has arrived."""
        ...

    def watch(self) -> None:
        """Looks after whatever delivers, a few times a second."""
        ...

    def owes_nothing(self, end: Position) -> bool:
        """Whether there is nothing to wait for up to `end`: something new has arrived, or it is closed, or all has."""
        ...

    def has(self, end: Position) -> bool:
        """Whether all audio up to position `end` has arrived."""
        ...

    def patience_s(self, least_s: float, most_s: float) -> float:
        """How long after the sound its audio is waited for, from the known latency; 0 while it is closed."""
        ...


class Slicer:
    """`slices` runs on the thread of the call, one iteration at a time. `news` is notified of all that arrives."""

    def __init__(
        self,
        inputs: Sequence[LiveInput],
        news: threading.Condition,
        *,
        least_s: float,
        most_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Each input is waited for at least `least_s`, and at most `most_s` if it delivers in bursts."""
        self._inputs = inputs
        self._news = news
        self._least_s = least_s
        self._most_s = most_s
        self._clock = clock
        self._looked_s = 0.0

    def slices(self, from_s: float, ended: Callable[[], bool]) -> Iterator[Slice]:
        """Slices from monotonic time `from_s` (at most 3 s ago) until `ended`; blocks until each was spoken."""
        meters = [_DeliveryMeter(device) for device in self._inputs]
        start, at_ms = position_of(from_s), 0
        while not ended():
            with self._news:
                behind_ms = self._wait_for(start + SLICE_SAMPLES)
                taken = {device.channel: device.timeline.take(start, SLICE_SAMPLES) for device in self._inputs}
            pcm = {channel: samples for channel, (samples, _) in taken.items()}
            heard = {channel: _heard(samples, there) for channel, (samples, there) in taken.items()}
            notes = tuple(note for meter in meters for note in meter.feed(at_ms, heard[meter.channel]))
            yield Slice(at_ms, pcm, heard, notes, behind_ms)
            start += SLICE_SAMPLES
            at_ms += SLICE_MS

    def _wait_for(self, end: Position) -> int:
        """Blocks until all audio up to position `end` has arrived or the wait is over; never returns before `end`.

        Returns how late the call asked for it: ms after the latest expected arrival.
        """
        least_s, most_s = self._least_s, self._most_s
        woke_s = self._clock()
        expected_s = seconds_of(end) + max(device.patience_s(least_s, most_s) for device in self._inputs)
        behind_ms = max(0, round((woke_s - expected_s) * 1000))
        # One wake-up for all inputs, whose blocks arrive a few milliseconds apart.
        together_s = seconds_of(end) + least_s / 2 - woke_s
        self._news.wait_for(lambda: all(device.owes_nothing(end) for device in self._inputs), max(0.0, together_s))
        while True:
            now = self._clock()
            if now - self._looked_s > _LOOK_S:
                self._looked_s = now
                for device in self._inputs:
                    device.watch()
            for device in self._inputs:
                device.catch_up()
            waits = [device.patience_s(least_s, most_s) for device in self._inputs if not device.has(end)]
            if not waits:
                return behind_ms
            # If this thread itself was late, the audio may still be in the pipes: 10 ms to read it.
            remaining = max(seconds_of(end) + max(waits), woke_s + 0.01) - now
            if remaining <= 0:
                return behind_ms
            self._news.wait(min(remaining, _LOOK_S))


class Sliced(Protocol):
    """Whatever delivers slices of its channels while it is listened to."""

    @property
    def channels(self) -> tuple[Channel, ...]: ...

    def slices(self, from_s: float, ended: Callable[[], bool]) -> Iterator[Slice]: ...


class LiveSource:
    """One call on a headset or a page, from host time `from_s` until `ended`; `notes` is asked for every slice."""

    can_wait = False
    notices = ()

    def __init__(
        self,
        sliced: Sliced,
        facts: CallFacts,
        *,
        from_s: float,
        ended: Callable[[], bool],
        notes: Callable[[], Sequence[Note]],
    ) -> None:
        self._sliced = sliced
        self._from_s = from_s
        self._ended = ended
        self._notes = notes
        self.facts = facts
        self.channels = sliced.channels

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._sliced.slices(self._from_s, self._ended):
            told = tuple(self._notes())
            yield replace(piece, notes=(*piece.notes, *told)) if told else piece


def _heard(samples: Pcm, there: int) -> Heard:
    if there < SLICE_SAMPLES // 2:
        return Heard.LOST
    return Heard.YES if samples.any() else Heard.IDLE  # digital silence: nothing plays, or the headset is muted


class _DeliveryMeter:
    """Counts inserted and dropped audio of a device during a call, and reports changes."""

    def __init__(self, device: LiveInput) -> None:
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
