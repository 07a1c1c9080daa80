"""`rate`: the agent's pace against a limit, a band and the agent's own usual pace."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import model_validator

from pipeline.coach.conditions.evaluator import Case, Cause, Gone, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked
from pipeline.coach.matching import SpokenText
from pipeline.coach.wording import Checked, fill, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.quantities import Ms, Share, in_order, within

CharactersAMinute = Annotated[float, within(1, 2_000)]


class Rate(Checked):
    """Characters a minute: articulation over a limit, or long outside the band and off the agent's own pace.

    `articulation_over` counts where words are known, `acoustic_over` where the pace is estimated from the sound.
    Outside the band for `outside_ms` counts only more than the share `beyond_baseline` from the agent's own pace, which
    earlier calls taught, or at least `baseline_ms` of this one. `say_slow` is said instead of the rule's `say`.
    """

    kind: Literal["rate"]
    band: tuple[CharactersAMinute, CharactersAMinute]
    articulation_over: CharactersAMinute
    acoustic_over: CharactersAMinute
    least_articulation_ms: Ms
    outside_ms: Ms
    beyond_baseline: Share
    baseline_ms: Ms
    say_slow: Annotated[str, only("rate", "seconds")]
    seen: Annotated[str, only("rate")] = "{rate} 字/分"
    seen_en: Annotated[str, only("rate")] = "{rate} chars/min"
    estimated: Annotated[str, only("rate")] = "约 {rate}"
    done: Annotated[str, only("rate", "now")] = "{rate} → {now} 字/分"

    @model_validator(mode="after")
    def _agrees(self) -> Rate:
        in_order(self, "least_articulation_ms", "baseline_ms")
        if self.band[0] >= self.band[1]:
            raise ValueError("band with the lower figure first")
        return self


@dataclass(frozen=True, slots=True)
class _Excess:
    """A figure out of bounds. Acoustic estimates and words have limits of their own, so they are not compared."""

    figure: Literal["articulation", "fast", "slow"]
    value: float
    basis: Literal["words", "acoustic"]


class RateWatch:
    """Judges every measure of the agent's pace that rests on enough speech."""

    hears: ClassVar[tuple[type[Event], ...]] = (PaceMeasured, TurnStarted, TurnEnded)

    def __init__(self, when: Rate, case: Case) -> None:
        self._when, self._notes = when, case.notes
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
            return [Gone()]
        after = event.articulation_rate if excess.figure == "articulation" else event.speaking_rate
        return [Obeyed(fill(self._when.done, rate=f"{excess.value:.0f}", now=f"{after:.0f}"))]

    def _cause(self, event: PaceMeasured, excess: _Excess) -> Cause:
        rate = f"{excess.value:.0f}"
        if self._excess is None:
            self._excess = excess
            quote, english = fill(self._when.seen, rate=rate), fill(self._when.seen_en, rate=rate)
            self._evidence = (Span(event.channel, event.start_ms, event.end_ms, quote, english),)
            self._notes.chances = 1
            self._notes.broken += self._evidence
        seconds = max(1, round((event.end_ms - event.start_ms) / 1000))
        told = fill(self._when.estimated, rate=rate) if excess.basis == "acoustic" else rate
        say = self._when.say_slow if excess.figure == "slow" else None
        return Cause(event.start_ms, event.end_ms, self._evidence, (("rate", told), ("seconds", str(seconds))), say)


_STEADY = Rate(
    kind="rate", band=(120, 180), articulation_over=330, acoustic_over=380, least_articulation_ms=3_000,
    outside_ms=20_000, beyond_baseline=0.15, baseline_ms=60_000, say_slow="可以快一点",
)  # fmt: skip


def _measure(
    at_ms: int, articulation: float, basis: Literal["words", "acoustic"] = "words", articulation_ms: int = 4_000
) -> PaceMeasured:
    return PaceMeasured(
        at_ms, Channel.AGENT, at_ms - 10_000, at_ms, 150, articulation, 50, 8_000, articulation_ms, basis
    )


KIND = Kind(
    Rate,
    RateWatch,
    figures=("rate", "seconds"),
    examples=(
        Worked("too fast", _STEADY, (_measure(10_000, 340),), (Cause,)),
        Worked("too fast, then no more", _STEADY, (_measure(10_000, 340), _measure(12_000, 250)), (Cause, Obeyed)),
        Worked(
            "fast by estimate, not by words",
            _STEADY, (_measure(10_000, 390, "acoustic"), _measure(11_000, 250)), (Cause, Gone),
        ),
        Worked("an estimate has a limit of its own", _STEADY, (_measure(10_000, 340, "acoustic"),)),
        Worked("too little speech to judge", _STEADY, (_measure(10_000, 340, articulation_ms=2_000),)),
    ),
)  # fmt: skip
