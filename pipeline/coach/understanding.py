"""What the words of a call amount to before anybody judges them: prompts of machines, and requests to wait.

Each is told once, as an event; turn-taking, the coach and the score card go by that.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.coach.procedures.waits import requested_wait
from pipeline.coach.prompts import PromptsHeard
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard


class Understanding:
    """`prompts` are all that were played so far, however they were recognised."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._limits = rulebook.waits
        self.prompts = PromptsHeard(rulebook.announcements)

    def feed(self, at_ms: int, heard: Sequence[Event]) -> list[Event]:
        """What the words among `heard` are. A machine's 请稍候 asks nobody to wait."""
        found: list[Event] = list(self.prompts.feed(at_ms, heard))
        for event in heard:
            if isinstance(event, WordsHeard) and not self.prompts.cover(event.channel, event.start_ms):
                wait = requested_wait(at_ms, event, self._limits)
                found += [wait] if wait else []
        return found
