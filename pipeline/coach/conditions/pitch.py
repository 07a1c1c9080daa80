"""`pitch`: monotone speech of the agent, against the agent's own usual variation."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from pipeline.coach.conditions.evaluator import Case, Cause, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked
from pipeline.coach.matching import SpokenText
from pipeline.coach.speech import Recovery, SpeechClock
from pipeline.coach.wording import Checked, fill, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.measures import PitchMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.quantities import Count, Ms, in_order, within


class Pitch(Checked):
    """Variation in semitones below a share of the own baseline, or below a floor, in measures one after another.

    It is mended once the variation was at `back_share_of_baseline` (the floor raised in proportion) over `back_ms` of
    speech. `unknown` stands for the baseline while there is none.
    """

    kind: Literal["pitch"]
    least_voiced_ms: Ms
    share_of_baseline: float = Field(gt=0, lt=1)
    floor_semitones: Annotated[float, within(0, 48)]
    measures: Count
    back_share_of_baseline: float = Field(default=0.8, gt=0, lt=1)
    back_ms: Ms = 10_000
    seen: Annotated[str, only("semitones")] = "{semitones} 半音"
    seen_en: Annotated[str, only("semitones")] = "{semitones} semitones"
    done: Annotated[str, only("semitones", "now")] = "{semitones} → {now} 半音"
    done_en: Annotated[str, only("semitones", "now")] = "{semitones} → {now} semitones"
    unknown: Annotated[str, only()] = "未知"
    unknown_en: Annotated[str, only()] = "unknown"

    @model_validator(mode="after")
    def _agrees(self) -> Pitch:
        in_order(self, "share_of_baseline", "back_share_of_baseline")
        return self


class PitchWatch:
    """Judges every measure of the agent's pitch that rests on enough voice, in the phases of the rule only."""

    hears: ClassVar[tuple[type[Event], ...]] = (PitchMeasured, TurnStarted, TurnEnded)

    def __init__(self, when: Pitch, case: Case) -> None:
        self._when, self._notes, self._case = when, case.notes, case
        self._flat = 0  # measures one after another
        self._before: float | None = None  # semitones when it fired
        self._evidence: tuple[Span, ...] = ()
        self._clock = SpeechClock(Channel.AGENT)
        self._recovery = Recovery(when.back_ms)

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if isinstance(event, TurnStarted | TurnEnded):
            self._clock.feed(event)
            return []
        if not isinstance(event, PitchMeasured) or event.channel is not Channel.AGENT:
            return []
        if not self._case.is_in_phase or event.voiced_ms < self._when.least_voiced_ms:
            self._flat = 0
            return []
        self._notes.chances = 1
        limit = self._when.floor_semitones
        if event.baseline_sd is not None:
            limit = max(limit, self._when.share_of_baseline * event.baseline_sd)
        self._flat = self._flat + 1 if event.sd_semitones < limit else 0
        if self._flat >= self._when.measures:
            return [self._cause(event)]
        return self._mended(event, limit * self._when.back_share_of_baseline / self._when.share_of_baseline)

    def _mended(self, event: PitchMeasured, bound: float) -> list[Signal]:
        if self._before is None:
            return []
        if event.sd_semitones < bound:
            self._recovery.out()
            return []
        if not self._recovery.back(self._clock.until(event.end_ms), event.start_ms):
            return []
        before, self._before = f"{self._before:.1f}", None
        figures = {"semitones": before, "now": f"{event.sd_semitones:.1f}"}
        told, english = (fill(text, **figures) for text in (self._when.done, self._when.done_en))
        return [Obeyed(told, english, self._recovery.since_ms)]

    def finish(self, at_ms: int) -> None:
        pass

    def _cause(self, event: PitchMeasured) -> Cause:
        self._recovery.out()
        semitones = f"{event.sd_semitones:.1f}"
        if self._before is None:
            self._before = event.sd_semitones
            quote, english = (fill(text, semitones=semitones) for text in (self._when.seen, self._when.seen_en))
            # The turn in which it was found: the window may reach over many.
            since_ms = max(event.start_ms, self._clock.turn_before(event.end_ms))
            self._evidence = (Span(event.channel, since_ms, event.end_ms, quote, english),)
            self._notes.broken += self._evidence
        usual, usual_en = self._when.unknown, self._when.unknown_en
        if event.baseline_sd is not None:
            usual = usual_en = f"{event.baseline_sd:.1f}"
        seconds = str(max(1, round((event.end_ms - event.start_ms) / 1000)))
        figures = (("semitones", semitones), ("baseline", usual), ("seconds", seconds))
        return Cause(event.start_ms, event.end_ms, self._evidence, figures, (("baseline", usual_en),))


_LIVELY = Pitch(kind="pitch", least_voiced_ms=4_000, share_of_baseline=0.6, floor_semitones=1.2, measures=2)


def _measure(at_ms: int, semitones: float, voiced_ms: int = 6_000, usual: float | None = 3.0) -> PitchMeasured:
    return PitchMeasured(at_ms, Channel.AGENT, at_ms - 9_000, at_ms, 200, semitones, 5, voiced_ms, usual, 60_000)


_SPEAKS = TurnStarted(100, Channel.AGENT, 0)
_FLAT = (_measure(10_000, 1.5), _measure(10_500, 1.6))

KIND = Kind(
    Pitch,
    PitchWatch,
    figures=("semitones", "baseline", "seconds"),
    examples=(
        Worked("flat twice", _LIVELY, _FLAT, (Cause,)),
        Worked(
            "flat twice, then lively over 10 s of speech",
            _LIVELY, (_SPEAKS, *_FLAT, _measure(11_000, 2.5), _measure(21_000, 2.6)), (Cause, Obeyed),
        ),
        Worked(
            "a little livelier is not mended",
            _LIVELY, (_SPEAKS, *_FLAT, _measure(11_000, 1.9), _measure(21_000, 1.9)), (Cause,),
        ),
        Worked("flat once", _LIVELY, (_measure(10_000, 1.5), _measure(10_500, 2.5))),
        Worked(
            "above the floor, own usual unknown",
            _LIVELY, (_measure(10_000, 1.5, usual=None), _measure(10_500, 1.5, usual=None)),
        ),
        Worked("too little voice to judge", _LIVELY, (_measure(10_000, 1.5, 3_000), _measure(10_500, 1.5, 3_000))),
    ),
)  # fmt: skip
