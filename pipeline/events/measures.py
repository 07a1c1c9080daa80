"""What is measured of a voice: level, pace and pitch, and what is usual for an agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.channels import Channel


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
    """Rates in characters a minute over the window start_ms..end_ms.

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


@dataclass(frozen=True, slots=True)
class AgentBaseline:
    """What is usual for one agent, learned over calls: how pitch varies and how fast, nothing inferred from it.

    The times say what each figure rests on, as far as it is remembered; a figure is null until a call has taught it.
    """

    agent_id: str
    calls: int  # that taught
    sd_semitones: float | None  # variation of pitch
    voiced_ms: int
    speaking_rate: float | None  # characters a minute, counted from words
    speaking_ms: int
