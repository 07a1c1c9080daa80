"""What the words of a call amount to before anybody judges them: prompts of machines, waits, questions.

Each is told once, as an event; turn-taking, the coach and the score card go by that.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.coach.procedures.waits import Waiting
from pipeline.coach.prompts import PromptWordings
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard
from pipeline.prompts import PlayedPrompts


class Understanding:
    """`prompts` are all that were played so far, however they were recognised."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._waiting = Waiting(rulebook.waits)
        self._wordings = PromptWordings(rulebook.announcements)
        self.prompts = PlayedPrompts()

    def feed(self, at_ms: int, heard: Sequence[Event]) -> list[Event]:
        """What the words among `heard` are. A machine's 请稍候 asks nobody to wait."""
        found: list[Event] = []
        for event in heard:
            if isinstance(event, PromptPlayed):
                self.prompts.feed(event)
            elif isinstance(event, WordsHeard) and not self.prompts.cover(event.channel, event.start_ms):
                found += self._understand(at_ms, event)
        return found

    def _understand(self, at_ms: int, words: WordsHeard) -> list[Event]:
        if (prompt := self._wordings.played(at_ms, words)) is not None:
            self.prompts.feed(prompt)
            return [prompt]
        return self._waiting.feed(at_ms, words)
