"""Whether the customer has been heard yet, and not just prompts and clicks on that side."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.prompts import PlayedPrompts
from pipeline.quantities import NEVER_MS

TURN_GAP_MS = 320
"""An open turn this much longer than `least_ms` has surely been voiced that long."""

RESUME_WITHIN_MS = 30_000
"""So long after its end it can turn out that a machine's prompt was taken for a voice."""


class FirstVoice:
    """A turn of the customer's side is a voice if `least_ms` of it are no prompt. `is_heard` as of the last `feed`."""

    def __init__(self, prompts: PlayedPrompts, least_ms: int) -> None:
        """`prompts`: all that were played so far; whoever feeds keeps them up to date."""
        self._prompts = prompts
        self._least_ms = least_ms
        self._turns: dict[int, int | None] = {}  # start to end, as long as it can still turn out otherwise
        self.is_heard = False
        self.is_certain = False  # that it was a voice: no prompt can be told any more

    def feed(self, at_ms: int, events: Sequence[Event]) -> None:
        """The events of a slice; without any it is needed at `wake_ms` alone."""
        if self.is_certain:
            return
        for event in events:
            if isinstance(event, TurnStarted | TurnEnded) and event.channel is Channel.CUSTOMER:
                self._turns[event.start_ms] = event.end_ms if isinstance(event, TurnEnded) else None
        voices = [end_ms for start_ms, end_ms in self._turns.items() if self._is_voice(at_ms, start_ms, end_ms)]
        self.is_heard = bool(voices)
        self.is_certain = any(end_ms is not None and at_ms - end_ms > RESUME_WITHIN_MS for end_ms in voices)

    @property
    def wake_ms(self) -> int:
        """When the open turn will have been a voice, if it goes on and no prompt is told."""
        if self.is_heard:
            return NEVER_MS
        open_ms = (self._voice_from(start_ms) for start_ms, end_ms in self._turns.items() if end_ms is None)
        return min((from_ms + self._least_ms + TURN_GAP_MS for from_ms in open_ms), default=NEVER_MS)

    def is_prompt(self, at_ms: int, start_ms: int) -> bool:
        """Whether nothing but prompts has been heard in the open turn that began at `start_ms`."""
        return not self.is_heard and self._voice_from(start_ms) >= at_ms

    def _is_voice(self, at_ms: int, start_ms: int, end_ms: int | None) -> bool:
        until_ms = at_ms - TURN_GAP_MS if end_ms is None else end_ms
        return until_ms - self._voice_from(start_ms) >= self._least_ms

    def _voice_from(self, start_ms: int) -> int:
        return self._prompts.voice_from(Channel.CUSTOMER, start_ms, self._least_ms)
