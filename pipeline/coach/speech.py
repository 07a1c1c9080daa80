"""How much one side has spoken, and whether a figure has kept to its bounds over enough of it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded, TurnStarted


class SpeechClock:
    """Milliseconds of speech of one side since the call's start, the pauses inside its turns included."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._ended_ms = 0  # speech of ended turns
        self._open_from: int | None = None
        self._spoken_ms = 0
        self._starts = (0, 0)  # of the last two turns

    def feed(self, event: TurnStarted | TurnEnded) -> None:
        if event.channel is not self._channel:
            return
        if isinstance(event, TurnStarted):
            self._open_from = event.start_ms
            self._starts = self._starts[1], event.start_ms
        else:
            self._ended_ms += event.end_ms - event.start_ms
            self._open_from = None

    def turn_before(self, at_ms: int) -> int:
        """Start of the last turn that began before `at_ms`: words of one may come when the next has begun."""
        return max((start for start in self._starts if start < at_ms), default=0)

    def until(self, at_ms: int) -> int:
        """Speech up to `at_ms` of call time. Never less than was said before."""
        open_ms = 0 if self._open_from is None else max(0, at_ms - self._open_from)
        self._spoken_ms = max(self._spoken_ms, self._ended_ms + open_ms)
        return self._spoken_ms


@dataclass(slots=True)
class Recovery:
    """A figure that was out of bounds is truly back once it has stayed inside over `needed_ms` of speech.

    One measure inside them is no proof: measures overlap, and 371 after 382 is the same haste.
    """

    needed_ms: int
    since_ms: int = 0  # start of the window whose measure was the first one back
    _from_ms: int | None = None  # speech at that measure

    def out(self) -> None:
        """A measure out of bounds: what was proven so far counts no more."""
        self._from_ms = None

    def back(self, speech_ms: int, window_start_ms: int) -> bool:
        """A measure inside the bounds, after so much speech; True once it is proven."""
        if self._from_ms is None:
            self._from_ms, self.since_ms = speech_ms, window_start_ms
        return speech_ms - self._from_ms >= self.needed_ms
