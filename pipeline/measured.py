"""What is measured of a channel's sound, as events; imported by everybody from pipeline.events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.terms import Channel, Heard


@dataclass(frozen=True, slots=True)
class CaptureMeasured:
    """How a live device delivers: told when the call starts and when a figure has changed, at most once a second.

    `late_ms`: how long its audio takes to come at worst; counted since the call's start: `inserted_ms` of silence in
    place of audio that never came, `dropped_ms` of audio that came doubled, in surplus or too late.
    """

    at_ms: int
    channel: Channel
    device: str
    heard: Heard
    late_ms: int
    inserted_ms: int
    dropped_ms: int


@dataclass(frozen=True, slots=True)
class LevelMeasured:
    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    speech_dbfs: float
    snr_db: float | None
    clipped_share: float


@dataclass(frozen=True, slots=True)
class PaceMeasured:
    """Rates in characters a minute over the window start_ms..end_ms (DESIGN §5).

    `baseline_rate`: the agent's usual speaking rate by words, learned over calls; null until there is one.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    speaking_rate: float
    articulation_rate: float
    characters: float
    speaking_ms: int
    articulation_ms: int
    basis: Literal["words", "acoustic"]
    baseline_rate: float | None = None
    baseline_speaking_ms: int = 0  # speech it rests on


@dataclass(frozen=True, slots=True)
class PitchMeasured:
    """f0 over the last 20 s of own speech, which began at start_ms; `baseline_sd` is the agent's own, null until known.

    `baseline_calls`: from how many earlier calls it was learned; 0: from this call's first minute, provisional.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    median_hz: float
    sd_semitones: float
    range_semitones: float
    voiced_ms: int
    baseline_sd: float | None
    baseline_voiced_ms: int
    baseline_calls: int = 0
