"""Prompts that a telephone system says it plays to the caller, put on the call's own clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.events.channels import Channel
from pipeline.events.prompts import PromptPlayed, PromptTold
from pipeline.events.record import Note
from pipeline.prompts import ONSET_MS

LATE_MS = 500
"""What is told may come so long after the sound: a turn begun that long before is the prompt's."""

LONGEST_MS = 60_000
"""A prompt of unknown length whose end is not told is over after this."""


class ToldPrompts:
    """One prompt plays at a time: the next one, or an end that is told, ends the one at hand."""

    def __init__(self) -> None:
        self._playing: PromptPlayed | None = None

    def feed(self, at_ms: int, notes: Iterable[Note]) -> list[PromptPlayed]:
        """What the notes of the slice ending at `at_ms` tell. An end is the same prompt again, with its new end."""
        return [heard for note in notes if isinstance(note, PromptTold) for heard in self._tell(at_ms, note)]

    def _tell(self, at_ms: int, note: PromptTold) -> list[PromptPlayed]:
        before, self._playing = self._playing, None
        ended = list[PromptPlayed]()
        if before is not None and before.end_ms > at_ms:
            ended = [replace(before, at_ms=at_ms, end_ms=at_ms, actor=note.actor)]
        if not note.playing:
            return ended
        start_ms = max(0, at_ms - LATE_MS + ONSET_MS)  # whoever asks for the turns in a prompt adds ONSET_MS
        end_ms = at_ms + (LONGEST_MS if note.duration_ms is None else note.duration_ms)
        self._playing = PromptPlayed(
            at_ms, Channel.CUSTOMER, start_ms, end_ms, note.name, "telephony", note.actor
        )  # fmt: skip
        return [*ended, self._playing]
