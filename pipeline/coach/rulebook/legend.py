"""What a page is told of a rulebook: the titles, bands and words that it shows, so that it knows none of its own."""

from __future__ import annotations

from pipeline.coach.conditions.pitch import Pitch
from pipeline.coach.conditions.rate import Rate
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.legend import Legend, LevelBand, PaceBand, PhaseTitle, PitchBand, Title


def legend(rulebook: Rulebook, both_limit_ms: int, agent_limit_ms: int) -> Legend:
    """The limits of silences are settings of the call. Bands are those of the rules: a meter says what a rule says."""
    script = rulebook.scripts.silent_call
    steps = [(step.title, step.title_en) for step in script.steps] if script else []
    if script:
        steps.append((script.end_title, script.end_title_en))
    groups = rulebook.groups or tuple(dict.fromkeys(rule.group for rule in rulebook.rules))
    return Legend(
        phases=tuple(
            PhaseTitle(phase.id, phase.title, phase.title_en, number == 0 or bool(phase.after))
            for number, phase in enumerate(rulebook.phases)
        ),
        steps=tuple(Title(str(number), *titles) for number, titles in enumerate(steps, start=1)),
        groups=tuple(Title(name, name, rulebook.groups_en.get(name, "")) for name in groups),
        pace=_pace(rulebook),
        pitch=_pitch(rulebook),
        level=_level(rulebook),
        come_back=rulebook.scripts.come_back,
        both_limit_ms=both_limit_ms,
        agent_limit_ms=agent_limit_ms,
    )


def _pace(rulebook: Rulebook) -> PaceBand | None:
    rate = next((rule.when for rule in rulebook.rules if isinstance(rule.when, Rate)), None)
    return PaceBand(*rate.band, rulebook.meters.pace_target) if rate else None


def _pitch(rulebook: Rulebook) -> PitchBand | None:
    pitch = next((rule.when for rule in rulebook.rules if isinstance(rule.when, Pitch)), None)
    return PitchBand(pitch.share_of_baseline, pitch.floor_semitones) if pitch else None


def _level(rulebook: Rulebook) -> LevelBand | None:
    meters = rulebook.meters
    return LevelBand(*meters.level_dbfs, meters.clipped_share) if meters.level_dbfs else None
