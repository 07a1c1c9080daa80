"""Where a call begins and ends when nobody says so: with the first voice, and after a minute without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.audio.line.cleaning import CleanLines
from pipeline.audio.voice.silero import shared_silero
from pipeline.audio.voice.turns import TurnTracker
from pipeline.audio.voice.vad import VoiceDetector
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Event
from pipeline.events.turns import SilenceKind, SilenceStarted, TurnEnded, TurnStarted
from pipeline.ports import SLICE_MS, Slice
from pipeline.quantities import ShortMs, WaitMs
from pipeline.settings import CallSettings


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """When `--auto` begins and ends a call."""

    lead_in_ms: ShortMs = 500  # of the audio before the first voice belongs to the call
    quiet_ms: WaitMs = 60_000  # without anybody's voice, or without data, for so long the call is over


class FirstVoice:
    """Feed it slices between calls; the onset of the first turn on any channel, in their time, or None."""

    def __init__(self, channels: Sequence[Channel], settings: CallSettings) -> None:
        self._lines = CleanLines(channels, settings.line)
        self._voices = {channel: VoiceDetector(settings.vad, shared_silero()) for channel in channels}
        self._turns = {channel: TurnTracker(channel, settings.turns) for channel in channels}

    def feed(self, piece: Slice) -> int | None:
        clean, _ = self._lines.feed(piece)
        for channel, voice in self._voices.items():
            if piece.heard[channel] is Heard.LOST:
                continue
            for verdict in voice.feed(piece.end_ms - SLICE_MS, clean.pcm[channel], False):
                for turn in self._turns[channel].feed(verdict.start_ms, verdict.voiced, piece.end_ms):
                    if isinstance(turn, TurnStarted):
                        return turn.start_ms
        return None


class Quiet:
    """Feed it the events of every slice; true once nobody has spoken for `quiet_ms`, a promised wait not counted."""

    def __init__(self, settings: EdgeSettings) -> None:
        self._settings = settings
        self._speaking: set[Channel] = set()
        self._over_ms = settings.quiet_ms

    def feed(self, at_ms: int, events: Sequence[Event]) -> bool:
        for event in events:
            if isinstance(event, TurnStarted):
                self._speaking.add(event.channel)
            elif isinstance(event, TurnEnded):
                self._speaking.discard(event.channel)
                self._over_ms = max(self._over_ms, event.end_ms + self._settings.quiet_ms)
            elif isinstance(event, SilenceStarted) and event.kind is SilenceKind.ANNOUNCED:
                promised_ms = event.start_ms + (event.limit_ms or 0)
                self._over_ms = max(self._over_ms, promised_ms + self._settings.quiet_ms // 2)
        return not self._speaking and at_ms >= self._over_ms
