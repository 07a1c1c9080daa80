"""Live evaluators of the agent's delivery: pace and pitch against limits and the own baseline."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import ClassVar, Literal

from pipeline.coach.conditions import CallState
from pipeline.coach.hints import Cause, Gone, Obeyed, Signal
from pipeline.coach.matching import SpokenText
from pipeline.coach.rulebook import Rule
from pipeline.coach.scorecard import RuleNotes
from pipeline.coach.vocabulary import Pitch, Rate
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.measures import PaceMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted


@dataclass(frozen=True, slots=True)
class _Excess:
    """A figure out of bounds. Acoustic estimates and words have limits of their own, so they are not compared."""

    figure: Literal["articulation", "fast", "slow"]
    value: float
    basis: Literal["words", "acoustic"]


class RateWatch:
    """The agent's pace against limit, band and own baseline (DESIGN §5)."""

    hears: ClassVar[tuple[type[Event], ...]] = (PaceMeasured, TurnStarted, TurnEnded)

    def __init__(self, rule: Rule, when: Rate, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._earlier: dict[str, list[float]] = {"words": [], "acoustic": []}  # speaking rates, sorted
        self._turns_ms = 0  # speech of the agent's ended turns
        self._open_ms: int | None = None  # start of the turn at hand
        self._speech_ms = 0  # of the agent at the last measure
        self._outside_ms = 0
        self._outside = 0  # +1 faster than the band, -1 slower
        self._excess: _Excess | None = None
        self._evidence: tuple[Span, ...] = ()  # of the excess at hand

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case TurnStarted(channel=Channel.AGENT):
                self._open_ms = event.start_ms
            case TurnEnded(channel=Channel.AGENT):
                self._turns_ms += event.end_ms - event.start_ms
                self._open_ms = None
            case PaceMeasured(channel=Channel.AGENT) if event.articulation_ms >= self._when.least_articulation_ms:
                return self._measured(event)
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _measured(self, event: PaceMeasured) -> list[Signal]:
        open_ms = 0 if self._open_ms is None else max(0, event.end_ms - self._open_ms)
        speech_ms = max(self._speech_ms, self._turns_ms + open_ms)
        self._weigh(event.speaking_rate, speech_ms - self._speech_ms)
        self._speech_ms = speech_ms
        if speech_ms >= self._when.outside_ms:
            self._notes.chances = 1
        excess = self._judge(event)
        insort(self._earlier[event.basis], event.speaking_rate)
        return self._back(event) if excess is None else [self._cause(event, excess)]

    def _weigh(self, rate: float, step_ms: int) -> None:
        low, high = self._when.band
        outside = 1 if rate > high else -1 if rate < low else 0
        self._outside_ms = (self._outside_ms if outside == self._outside else 0) + step_ms * abs(outside)
        self._outside = outside

    def _judge(self, event: PaceMeasured) -> _Excess | None:
        when, rate = self._when, event.speaking_rate
        if event.articulation_rate > (when.articulation_over if event.basis == "words" else when.acoustic_over):
            return _Excess("articulation", event.articulation_rate, event.basis)
        usual = self._usual(event)
        if not self._outside or self._outside_ms < when.outside_ms or usual is None:
            return None
        if self._outside * (rate / usual - 1) <= when.beyond_baseline:
            return None
        return _Excess("fast" if self._outside > 0 else "slow", rate, event.basis)

    def _usual(self, event: PaceMeasured) -> float | None:
        """The agent's rate over earlier calls; without one, or by estimate, the median of this call so far."""
        if event.basis == "words" and event.baseline_rate is not None:
            return event.baseline_rate
        earlier = self._earlier[event.basis]
        return earlier[len(earlier) // 2] if earlier and self._speech_ms >= self._when.baseline_ms else None

    def _back(self, event: PaceMeasured) -> list[Signal]:
        excess = self._excess
        if excess is None or (excess.basis, event.basis) == ("words", "acoustic"):
            return []
        self._excess = None
        if excess.basis != event.basis:  # the words do not bear the estimate out
            self._notes.retract(self._evidence)
            return [Gone(self._rule.id)]
        after = event.articulation_rate if excess.figure == "articulation" else event.speaking_rate
        return [Obeyed(self._rule.id, f"{excess.value:.0f} → {after:.0f} 字/分")]

    def _cause(self, event: PaceMeasured, excess: _Excess) -> Cause:
        if self._excess is None:
            self._excess = excess
            self._evidence = (Span(event.channel, event.start_ms, event.end_ms, f"{excess.value:.0f} 字/分"),)
            self._notes.chances = 1
            self._notes.broken += self._evidence
        seconds = max(1, round((event.end_ms - event.start_ms) / 1000))
        about = "约 " if excess.basis == "acoustic" else ""  # an estimate is marked as such
        figures = (("rate", f"{about}{excess.value:.0f}"), ("seconds", str(seconds)))
        say = self._when.say_slow if excess.figure == "slow" else None
        return Cause(self._rule, event.start_ms, event.end_ms, self._evidence, figures, say)


class PitchWatch:
    """Monotone speech against the agent's own baseline (DESIGN §5)."""

    hears: ClassVar[tuple[type[Event], ...]] = (PitchMeasured,)

    def __init__(self, rule: Rule, when: Pitch, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._flat = 0  # measures one after another
        self._before: float | None = None  # semitones when it fired
        self._evidence: tuple[Span, ...] = ()

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if not isinstance(event, PitchMeasured) or event.channel is not Channel.AGENT:
            return []
        applies = not self._rule.phases or self._state.phase in self._rule.phases
        if not applies or event.voiced_ms < self._when.least_voiced_ms:
            self._flat = 0
            return []
        self._notes.chances = 1
        limit = self._when.floor_semitones
        if event.baseline_sd is not None:
            limit = max(limit, self._when.share_of_baseline * event.baseline_sd)
        self._flat = self._flat + 1 if event.sd_semitones < limit else 0
        if self._flat >= self._when.measures:
            return [self._cause(event)]
        before, self._before = self._before, None if self._flat == 0 else self._before
        if self._flat == 0 and before is not None:
            return [Obeyed(self._rule.id, f"{before:.1f} → {event.sd_semitones:.1f} 半音")]
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _cause(self, event: PitchMeasured) -> Cause:
        span = Span(event.channel, event.start_ms, event.end_ms, f"{event.sd_semitones:.1f} 半音")
        if self._before is None:
            self._before = event.sd_semitones
            self._notes.broken.append(span)
            self._evidence = (span,)
        usual = "未知" if event.baseline_sd is None else f"{event.baseline_sd:.1f}"
        seconds = str(max(1, round((event.end_ms - event.start_ms) / 1000)))
        figures = (("semitones", f"{event.sd_semitones:.1f}"), ("baseline", usual), ("seconds", seconds))
        return Cause(self._rule, event.start_ms, event.end_ms, self._evidence, figures)
