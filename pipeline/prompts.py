"""The prompts that machines have played in a call so far, and which sound of a side was theirs."""

from __future__ import annotations

from pipeline.events.channels import Channel
from pipeline.events.prompts import PromptPlayed

ONSET_MS = 200
"""A turn may be found to begin this long before its prompt."""


class PlayedPrompts:
    """All prompts that were told so far, however each was recognised. Who keeps it feeds it; others read."""

    def __init__(self) -> None:
        self._played: list[PromptPlayed] = []

    def feed(self, prompt: PromptPlayed) -> None:
        """Told again, a prompt has its new end."""
        same = (prompt.by, prompt.channel, prompt.start_ms)
        self._played = [one for one in self._played if (one.by, one.channel, one.start_ms) != same]
        self._played.append(prompt)

    def cover(self, channel: Channel, start_ms: int) -> bool:
        """Whether a turn that begins at `start_ms`, in ms of audio since the call's start, is a prompt."""
        return any(covers(one, channel, start_ms) for one in self._played)

    def voice_from(self, channel: Channel, start_ms: int, least_ms: int) -> int:
        """From where on in a turn something else than prompts must be what is heard: `start_ms` where none plays.

        What is shorter than `least_ms` before or between prompts is no voice.
        """
        until_ms = start_ms
        for one in sorted((one for one in self._played if one.channel is channel), key=lambda one: one.start_ms):
            if one.start_ms - least_ms <= until_ms:
                until_ms = max(until_ms, one.end_ms)
        return until_ms


def covers(prompt: PromptPlayed, channel: Channel, start_ms: int) -> bool:
    return prompt.channel is channel and prompt.start_ms - ONSET_MS <= start_ms < prompt.end_ms
