"""Gaps: channels of which no data came, from the first slice without on."""

from __future__ import annotations

from pipeline.events.channels import Channel, ChannelBack, ChannelLost, GapEnded, GapStarted, Heard
from pipeline.events.record import Event
from pipeline.ports import SLICE_MS, Slice


class Gaps:
    """Tells each gap when it begins and ends, and the channel as lost once one has lasted `lost_ms`."""

    def __init__(self, lost_ms: int) -> None:
        self._lost_ms = lost_ms
        self._from_ms: dict[Channel, int] = {}
        self._lost: set[Channel] = set()

    def feed(self, piece: Slice) -> list[Event]:
        if not self._from_ms and Heard.LOST not in piece.heard.values():
            return []
        events: list[Event] = []
        for channel, heard in piece.heard.items():
            if heard is Heard.LOST:
                if channel not in self._from_ms:
                    self._from_ms[channel] = piece.start_ms
                    events.append(GapStarted(piece.end_ms, channel, piece.start_ms))
                start_ms = self._from_ms[channel]
                if channel not in self._lost and piece.end_ms - start_ms >= self._lost_ms:
                    self._lost.add(channel)
                    events.append(ChannelLost(piece.end_ms, channel, start_ms))
            elif channel in self._from_ms:
                events += self._ends(channel, piece.end_ms, piece.end_ms - SLICE_MS)
        return events

    def finish(self, at_ms: int) -> list[Event]:
        """Ends the open gaps at the end of the call; a channel that was lost never came back."""
        return [GapEnded(at_ms, channel, start_ms, at_ms) for channel, start_ms in self._from_ms.items()]

    def _ends(self, channel: Channel, at_ms: int, end_ms: int) -> list[Event]:
        start_ms = self._from_ms.pop(channel)
        events: list[Event] = [GapEnded(at_ms, channel, start_ms, end_ms)]
        if channel in self._lost:
            self._lost.remove(channel)
            events.append(ChannelBack(at_ms, channel, start_ms, end_ms))
        return events
