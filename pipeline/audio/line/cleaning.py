"""Lines without DC offset, rumble and mains hum: what is analysed, not what is recorded.

A line on which none of them is found passes unchanged. Filters have no latency, so times stay what they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from pipeline.audio.line.filters import Floats, LineFilter
from pipeline.audio.line.survey import WINDOW, LineNoise, LineSettings, LineSurvey
from pipeline.events.channels import Channel, Heard, LineNoiseKind, LineNoiseRemoved
from pipeline.ports import SLICE_SAMPLES, Pcm, Slice

_FADE: Floats = (np.arange(SLICE_SAMPLES) + 1) / SLICE_SAMPLES
_DRIFT_HZ = 0.1  # the filter is made anew if the hum has moved by more than this


class CleanLine:
    """One channel: `feed` takes a slice and returns it cleaned; `new` is what was found with it first."""

    def __init__(self, settings: LineSettings) -> None:
        self._survey = LineSurvey(settings)
        self._recent: deque[Pcm] = deque(maxlen=WINDOW)
        self._filter: LineFilter | None = None
        self._edge_hz, self._hum_hz = 0.0, tuple[float, ...]()
        self._told: set[LineNoiseKind] = set()
        self.new: dict[LineNoiseKind, float] = {}
        """Kinds of noise and their levels in dBFS."""
        self.is_other = False
        """The filter was put in or changed with the last slice: noise measured before it is no longer there."""

    def feed(self, pcm: Pcm) -> Pcm:
        """Takes int16 of shape (320,) at 16 kHz; a lost slice is left out."""
        before = self._filter
        if self.new or self.is_other:
            self.new, self.is_other = {}, False
        if self._survey.due():
            noise = self._survey.found(np.concatenate([*self._recent, pcm][-WINDOW:]))
            self.new = {kind: dbfs for kind, dbfs in noise.dbfs.items() if kind not in self._told}
            self._told.update(self.new)
            self.is_other = bool(self._told) and self._adapt(noise)
        self._recent.append(pcm)
        if self._filter is None:
            return pcm
        clean = self._filter.feed(pcm)
        if self.is_other and len(self._recent) > 1:  # no click where the filter changes
            clean = _FADE * clean + (1 - _FADE) * (pcm if before is None else before.feed(pcm))
        return np.rint(clean).clip(-32768, 32767).astype(np.int16)

    def _adapt(self, noise: LineNoise) -> bool:
        """Makes the filter for what is found now; True if it is another one. What was found once stays removed."""
        edge_hz = noise.edge_hz if "rumble" in noise.dbfs or self._filter is None else self._edge_hz
        hum_hz = noise.hum_hz if self._is_other_hum(noise.hum_hz) else self._hum_hz
        if self._filter is not None and (edge_hz, hum_hz) == (self._edge_hz, self._hum_hz):
            return False
        self._edge_hz, self._hum_hz = edge_hz, hum_hz
        self._filter = LineFilter(edge_hz, tuple(hz for hz in hum_hz if hz > edge_hz))
        self._filter.settle(noise.offset)
        for earlier in self._recent:
            self._filter.feed(earlier)
        return True

    def _is_other_hum(self, hum_hz: tuple[float, ...]) -> bool:
        more = len(hum_hz) - len(self._hum_hz)
        return more > 0 or (more == 0 and more != len(hum_hz) and abs(hum_hz[-1] - self._hum_hz[-1]) > _DRIFT_HZ)


class CleanLines:
    """All channels of a call. `others`: those whose filter changed with the last slice."""

    def __init__(self, channels: Iterable[Channel], settings: LineSettings) -> None:
        self._lines = {channel: CleanLine(settings) for channel in channels}
        self.others: list[Channel] = []

    def feed(self, piece: Slice) -> tuple[Slice, list[LineNoiseRemoved]]:
        """The slice with clean audio, and an event for each kind of noise that was found on a channel first."""
        clean: dict[Channel, Pcm] = {}
        events: list[LineNoiseRemoved] = []
        self.others = []
        for channel, line in self._lines.items():
            pcm = piece.pcm[channel]
            if piece.heard[channel] is Heard.LOST:
                continue
            cleaned = line.feed(pcm)
            if cleaned is not pcm:
                clean[channel] = cleaned
            if line.new:
                events += [LineNoiseRemoved(piece.end_ms, channel, kind, dbfs) for kind, dbfs in line.new.items()]
            if line.is_other:
                self.others.append(channel)
        return replace(piece, pcm={**piece.pcm, **clean}) if clean else piece, events
