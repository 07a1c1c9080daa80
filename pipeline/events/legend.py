"""What a page needs of the rulebook and the settings to show a call: titles, bands and limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Title:
    """How people read an id of the rulebook. `title_en`: in English, empty where the rulebook does not say."""

    id: str
    title: str
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class PhaseTitle:
    """A phase of the rulebook. `is_usual`: calls go through it, so it is named before it has begun."""

    id: str
    title: str
    title_en: str = ""
    is_usual: bool = True


@dataclass(frozen=True, slots=True)
class PaceBand:
    """Speaking rate in characters a minute: from `low` to `high` nothing is said; `target` is what to aim at."""

    low: float
    high: float
    target: float | None = None


@dataclass(frozen=True, slots=True)
class PitchBand:
    """Variation under `share_of_baseline` of the agent's usual one, or under `floor_semitones`, is monotone."""

    share_of_baseline: float
    floor_semitones: float


@dataclass(frozen=True, slots=True)
class LevelBand:
    """Level of speech as it should be. `clipped_share`: of the samples, 0 to 1; more of them is too loud."""

    low_dbfs: float
    high_dbfs: float
    clipped_share: float


@dataclass(frozen=True, slots=True)
class Legend:
    """Phases, steps and groups in the order in which they are shown; what is null or empty is not shown.

    `steps`: of the silent call, the last one is hanging up. `come_back`: what to say to a customer who has waited.
    `both_limit_ms`, `agent_limit_ms`: limits of silences where both sides are heard, and where only the agent is.
    """

    phases: tuple[PhaseTitle, ...] = ()
    steps: tuple[Title, ...] = ()
    groups: tuple[Title, ...] = ()
    pace: PaceBand | None = None
    pitch: PitchBand | None = None
    level: LevelBand | None = None
    come_back: str = ""
    both_limit_ms: int | None = None
    agent_limit_ms: int | None = None
