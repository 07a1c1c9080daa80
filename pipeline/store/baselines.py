"""What is usual for each agent, learned over calls: variation of pitch and pace, each with the speech it rests on.

A running mean weighted by speech time, with an end to its memory (so it keeps learning) and a bound on what one call
can do to it: a call's figure counts only as far away from what is usual as `farthest` allows (winsorizing: Tukey, The
Future of Data Analysis, 1962). One call in anger, or with a colleague at the headset, so moves little; a voice that
has really changed is followed over some tens of calls.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.events.measures import AgentBaseline
from pipeline.quantities import Ms, Share, WaitMs, in_order


@dataclass(frozen=True, slots=True)
class BaselineSettings:
    """What a call must be to teach what is usual for its agent, and how far it moves that."""

    least_ms: Ms = 30_000  # voiced speech (pitch) or speech with words (pace); a call with less teaches nothing of it
    most_ms: WaitMs = 600_000  # a longer call counts no more than one with so much
    memory_ms: WaitMs = 7_200_000  # what lies further back fades
    farthest: Share = 0.2  # share of the usual figure; a call farther away counts as one so far away

    def __post_init__(self) -> None:
        in_order(self, "least_ms", "most_ms", "memory_ms")


@dataclass(frozen=True, slots=True)
class CallFigures:
    """What one call has to teach. None where it has too little."""

    sd_semitones: float | None
    voiced_ms: int
    speaking_rate: float | None
    speaking_ms: int


def merged(known: AgentBaseline | None, agent_id: str, call: CallFigures, settings: BaselineSettings) -> AgentBaseline:
    """What is known after this call; the same object when it is too short to teach."""
    known = known or AgentBaseline(agent_id, 0, None, 0, None, 0)
    sd, voiced_ms = _moved(known.sd_semitones, known.voiced_ms, call.sd_semitones, call.voiced_ms, settings)
    rate, speaking_ms = _moved(known.speaking_rate, known.speaking_ms, call.speaking_rate, call.speaking_ms, settings)
    after = AgentBaseline(agent_id, known.calls, sd, voiced_ms, rate, speaking_ms)
    return known if after == known else AgentBaseline(agent_id, known.calls + 1, sd, voiced_ms, rate, speaking_ms)


def _moved(
    usual: float | None, usual_ms: int, figure: float | None, figure_ms: int, settings: BaselineSettings
) -> tuple[float | None, int]:
    if figure is None or figure_ms < settings.least_ms:
        return usual, usual_ms
    weight = min(figure_ms, settings.most_ms)
    if usual is None:
        return figure, weight
    near = min(max(figure, usual * (1 - settings.farthest)), usual * (1 + settings.farthest))
    total = usual_ms + weight
    return (usual * usual_ms + near * weight) / total, min(total, settings.memory_ms)
