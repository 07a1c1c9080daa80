"""Measures of a voice: level, pace and pitch, and the usual figures of an agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.channels import Channel


@dataclass(frozen=True, slots=True)
class LevelMeasured:
    """Level of one channel's speech in the window start_ms..end_ms: a turn so far, or the whole call.

    `speech_dbfs`: RMS over speech only, without the power of the noise, relative to a full-scale square wave.
    `snr_db`: speech to the noise between turns; null until noise was heard. `clipped_share`: of the samples, 0 to 1.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    speech_dbfs: float
    snr_db: float | None
    clipped_share: float


@dataclass(frozen=True, slots=True)
class PaceMeasured:
    """Pace over the window start_ms..end_ms (the last 20 s, or the whole call); rates in characters a minute.

    `characters` as read aloud in Mandarin; over `speaking_ms` they are the speaking rate, over `articulation_ms`
    (without pauses over 250 ms) the articulation rate. `basis`: counted from recognised words, or estimated from
    syllable nuclei. `baseline_rate`: the agent's usual speaking rate by words; null until it was learned.
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
    baseline_speaking_ms: int = 0  # speech that baseline_rate was learned from


@dataclass(frozen=True, slots=True)
class PitchMeasured:
    """Fundamental frequency (f0) over the last 20 s of own speech, which began at start_ms, or over the whole call.

    `sd_semitones`: standard deviation about the median; `range_semitones`: 5th to 95th percentile; `voiced_ms`: voiced
    speech they rest on. `baseline_sd`: the agent's usual standard deviation, null until known, learned from
    `baseline_voiced_ms` in `baseline_calls` earlier calls; 0 calls: provisional, from this call's first minute.
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
    """The usual pitch variation and speaking rate of one agent, learned over calls.

    A figure is null until a call has contributed to it; `voiced_ms` and `speaking_ms` say how much speech it rests on
    (older calls count less).
    """

    agent_id: str
    calls: int  # that contributed
    sd_semitones: float | None  # standard deviation of pitch
    voiced_ms: int
    speaking_rate: float | None  # characters a minute, counted from words
    speaking_ms: int
