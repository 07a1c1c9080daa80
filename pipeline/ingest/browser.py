"""What a page hears, on the host's clock: its blocks come over a socket, and may be late, lost, or not come at all.

No web framework here: `pipeline/server/agent_audio.py` has the socket.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.capture.slicing import Slicer
from pipeline.audio.capture.timeline import Position, Timeline, seconds_of
from pipeline.events.channels import Channel, Heard
from pipeline.ports import SLICE_MS, Slice

GONE_MS = 60_000  # a page that sends nothing for so long comes back no more: its call is over
FIRST_S = 2.0  # how long a call waits for its first sound before it begins without
_LEAST_S = 0.15  # what is waited for a block: 60 ms of audio and a network
_MOST_S = 2.5
_WAITING = 500  # blocks that may wait for the call's thread: more are of a call that does not take them


@dataclass(frozen=True, slots=True)
class Side:
    """One side that a page hears: its device as the browser calls it, and the rate at which it sends."""

    channel: Channel
    device: str
    rate_hz: int


@dataclass(frozen=True, slots=True)
class _Block:
    """`frame`: of its first sample, counted by the page since it opened the side."""

    arrival_s: float
    frame: int
    samples: NDArray[np.int16]


class BrowserInput:
    """A LiveInput: one side of what a page hears. All of it with the lock of the microphone's `news` held."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.label = ""
        self.timeline = Timeline()
        self._inbox: deque[_Block] = deque(maxlen=_WAITING)
        self._side: Side | None = None  # as it is sent now; None while it is closed
        self._next: int | None = None  # frame of the next block, if none is lost

    def open(self, side: Side) -> None:
        """A page begins to send this side, for the first time or again."""
        self.catch_up()
        self.label, self._side, self._next = side.device, side, None
        self.timeline.open(side.rate_hz)

    def sends(self, side: Side) -> bool:
        return self._side == side

    def close(self) -> None:
        self.catch_up()
        self._side = None

    def put(self, arrival_s: float, frame: int, samples: NDArray[np.int16]) -> None:
        """A block of a side that is closed is dropped: it was on its way."""
        if self._side is not None:
            self._inbox.append(_Block(arrival_s, frame, samples))

    def catch_up(self) -> None:
        while self._inbox:
            block = self._inbox.popleft()
            missing = block.frame - self._next if self._next is not None else 0
            if missing < 0:  # sent before
                continue
            if missing:
                self.timeline.skip(missing)
            self.timeline.feed(block.arrival_s, block.samples)
            self._next = block.frame + len(block.samples)

    def watch(self) -> None:
        pass  # the socket has its heartbeats

    def owes_nothing(self, end: Position) -> bool:
        return bool(self._inbox) or self._side is None or self.has(end)

    def has(self, end: Position) -> bool:
        return self.timeline.end >= end

    def patience_s(self, least_s: float, most_s: float) -> float:
        if self._side is None:
            return 0.0
        return min(most_s, max(least_s, 1.25 * self.timeline.late_ms / 1000 + 0.02))


class BrowserMicrophone:
    """The sides of one call that a page sends, whichever page that is just now. From any thread but `slices`."""

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        news: threading.Condition | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.channels = tuple(channels)
        self._news = news or threading.Condition()
        self._clock = clock
        self._inputs = {channel: BrowserInput(channel) for channel in channels}
        self._slicer = Slicer(
            list(self._inputs.values()), self._news, least_s=_LEAST_S, most_s=_MOST_S, clock=clock
        )  # fmt: skip

    def open(self, sides: Sequence[Side], *, anew: bool = True) -> None:
        """A page sends these sides from now on; one of the call that it does not send is lost.

        `anew`: false where the same page goes on: of a side that stays as it is nothing is lost then.
        """
        told = {side.channel: side for side in sides}
        with self._news:
            for channel, device in self._inputs.items():
                side = told.get(channel)
                if side is None:
                    device.close()
                elif anew or not device.sends(side):
                    device.open(side)

    def close(self) -> None:
        """No page sends anything."""
        self.open(())

    def put(self, channel: Channel, frame: int, samples: NDArray[np.int16]) -> None:
        with self._news:
            if channel in self._inputs:
                self._inputs[channel].put(self._clock(), frame, samples)
                self._news.notify_all()

    def wake(self) -> None:
        """Makes `slices` and `first_s` look at once whether the call has ended."""
        with self._news:
            self._news.notify_all()

    def first_s(self, ended: Callable[[], bool]) -> float:
        """Host time of the first sound of all sides; now, where some do not come within FIRST_S."""
        begun_s = self._clock()
        with self._news:
            while not ended() and self._clock() - begun_s < FIRST_S:
                for device in self._inputs.values():
                    device.catch_up()
                if all(device.timeline.end for device in self._inputs.values()):
                    return max(seconds_of(device.timeline.begins) for device in self._inputs.values())
                self._news.wait(FIRST_S)
        return self._clock()

    def slices(self, from_s: float, ended: Callable[[], bool]) -> Iterator[Slice]:
        """As the slicer's; ends also once nothing has come for GONE_MS."""
        gone_ms = 0
        for piece in self._slicer.slices(from_s, ended):
            yield piece
            gone_ms = gone_ms + SLICE_MS if set(piece.heard.values()) == {Heard.LOST} else 0
            if gone_ms >= GONE_MS:
                return
