"""`rate`: the agent's pace against a limit, a band and the agent's own usual pace."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import model_validator

from pipeline.coach.conditions.evaluator import Case, Cause, Gone, Instead, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked
from pipeline.coach.matching import SpokenText
from pipeline.coach.speech import Recovery, SpeechClock
from pipeline.coach.wording import Checked, fill, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.quantities import Ms, Share, in_order, within

CharactersAMinute = Annotated[float, within(1, 2_000)]


class Rate(Checked):
    """Speaking rate outside the band, in characters a minute: in a rush, or long off the agent's own pace.

    In a rush is articulation over `articulation_over` where words are known, over `acoustic_over` where the pace is
    estimated from the sound. Long is `outside_ms`; off is more than the share `beyond_baseline` from the agent's own
    pace, which earlier calls taught, or at least `baseline_ms` of this one. It is mended once the rate was inside the
    band, or that near to the own pace, over `back_ms` of speech. `say_slow` is said instead of the rule's `say`.
    `{rate}` is the speaking rate, the figure that the agent sees on the meter. Estimates raise hints and score nothing.
    """

    kind: Literal["rate"]
    band: tuple[CharactersAMinute, CharactersAMinute]
    articulation_over: CharactersAMinute
    acoustic_over: CharactersAMinute
    least_articulation_ms: Ms
    outside_ms: Ms
    beyond_baseline: Share
    baseline_ms: Ms
    back_ms: Ms = 10_000
    say_slow: Annotated[str, only("rate", "seconds")]
    say_slow_en: Annotated[str, only("rate", "seconds")] = ""
    seen: Annotated[str, only("rate")] = "{rate} 字/分"
    seen_en: Annotated[str, only("rate")] = "{rate} chars/min"
    estimated: Annotated[str, only("rate")] = "约 {rate}"
    estimated_en: Annotated[str, only("rate")] = "about {rate}"
    done: Annotated[str, only("rate", "now")] = "{rate} → {now} 字/分"
    done_en: Annotated[str, only("rate", "now")] = "{rate} → {now} chars/min"

    @model_validator(mode="after")
    def _agrees(self) -> Rate:
        in_order(self, "least_articulation_ms", "baseline_ms")
        if self.band[0] >= self.band[1]:
            raise ValueError("band with the lower figure first")
        return self


@dataclass(frozen=True, slots=True)
class _Excess:
    """A speaking rate out of bounds: `side` +1 too fast, -1 too slow; it is back once it has reached `bound`.

    Estimates and words have limits of their own, so they are not compared.
    """

    side: int
    rate: float
    bound: float
    basis: Literal["words", "acoustic"]


class RateWatch:
    """Judges every measure of the agent's pace that rests on enough speech."""

    hears: ClassVar[tuple[type[Event], ...]] = (PaceMeasured, TurnStarted, TurnEnded)

    def __init__(self, when: Rate, case: Case) -> None:
        self._when, self._notes = when, case.notes
        self._earlier: dict[str, list[float]] = {"words": [], "acoustic": []}  # speaking rates, sorted
        self._clock = SpeechClock(Channel.AGENT)
        self._speech_ms = 0  # of the agent at the last measure
        self._outside_ms = 0
        self._outside = 0  # +1 faster than the band, -1 slower
        self._excess: _Excess | None = None
        self._evidence: tuple[Span, ...] = ()  # of the excess at hand
        self._recovery = Recovery(when.back_ms)

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case TurnStarted() | TurnEnded():
                self._clock.feed(event)
            case PaceMeasured(channel=Channel.AGENT) if event.articulation_ms >= self._when.least_articulation_ms:
                return self._measured(event)
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _measured(self, event: PaceMeasured) -> list[Signal]:
        speech_ms = self._clock.until(event.end_ms)
        self._weigh(event.speaking_rate, speech_ms - self._speech_ms)
        self._speech_ms = speech_ms
        if event.basis == "words" and speech_ms >= self._when.outside_ms:
            self._notes.chances = 1
        excess = self._judge(event)
        insort(self._earlier[event.basis], event.speaking_rate)
        if excess is not None:
            return [self._cause(event, excess)]
        return [] if self._excess is None else self._inside(event, self._excess)

    def _weigh(self, rate: float, step_ms: int) -> None:
        low, high = self._when.band
        outside = 1 if rate > high else -1 if rate < low else 0
        self._outside_ms = (self._outside_ms if outside == self._outside else 0) + step_ms * abs(outside)
        self._outside = outside

    def _judge(self, event: PaceMeasured) -> _Excess | None:
        when, side, rate = self._when, self._outside, event.speaking_rate
        if not side:
            return None
        usual = self._usual(event)
        is_off = usual is not None and side * (rate / usual - 1) > when.beyond_baseline
        if not self._is_rushed(event) and not (is_off and self._outside_ms >= when.outside_ms):
            return None
        bounds = [when.band[side > 0]]
        if usual is not None:
            bounds.append(usual * (1 + side * when.beyond_baseline))
        return _Excess(side, rate, max(bounds) if side > 0 else min(bounds), event.basis)

    def _is_rushed(self, event: PaceMeasured) -> bool:
        limit = self._when.articulation_over if event.basis == "words" else self._when.acoustic_over
        return self._outside > 0 and event.articulation_rate > limit

    def _usual(self, event: PaceMeasured) -> float | None:
        """The agent's rate over earlier calls; without one, or by estimate, the median of this call so far."""
        if event.basis == "words" and event.baseline_rate is not None:
            return event.baseline_rate
        earlier = self._earlier[event.basis]
        return earlier[len(earlier) // 2] if earlier and self._speech_ms >= self._when.baseline_ms else None

    def _inside(self, event: PaceMeasured, excess: _Excess) -> list[Signal]:
        """A measure that is no cause. It mends nothing before it has come back to the bound, and stayed there."""
        if (excess.basis, event.basis) == ("words", "acoustic"):
            return []
        if excess.basis != event.basis:  # the words do not bear the estimate out
            self._excess = None
            return [Gone()]
        if excess.side * (event.speaking_rate - excess.bound) > 0:
            self._recovery.out()
            return []
        if not self._recovery.back(self._speech_ms, event.start_ms):
            return []
        self._excess = None
        before, now = self._told(excess.rate, event), self._told(event.speaking_rate, event)
        told = fill(self._when.done, rate=before[0], now=now[0])
        return [Obeyed(told, fill(self._when.done_en, rate=before[1], now=now[1]), self._recovery.since_ms)]

    def _cause(self, event: PaceMeasured, excess: _Excess) -> Cause:
        self._recovery.out()
        rate = _shown(excess.rate)
        if self._excess is None or (self._excess.basis, event.basis) == ("acoustic", "words"):
            self._excess = excess
            # The turn in which it was found: the window may reach over many.
            since_ms = max(event.start_ms, self._clock.turn_before(event.end_ms))
            quote, english = fill(self._when.seen, rate=rate), fill(self._when.seen_en, rate=rate)
            self._evidence = (Span(event.channel, since_ms, event.end_ms, quote, english),)
            if event.basis == "words":
                self._notes.chances = 1
                self._notes.broken += self._evidence
        seconds = str(max(1, round((event.end_ms - event.start_ms) / 1000)))
        told, english = self._told(excess.rate, event)
        figures = (("rate", told), ("seconds", seconds))
        say = Instead(self._when.say_slow, self._when.say_slow_en) if excess.side < 0 else None
        return Cause(event.start_ms, event.end_ms, self._evidence, figures, (("rate", english),), say)

    def _told(self, rate: float, event: PaceMeasured) -> tuple[str, str]:
        """In Chinese and in English: an estimate is said to be one."""
        told = (self._when.estimated, self._when.estimated_en) if event.basis == "acoustic" else ("{rate}", "{rate}")
        return fill(told[0], rate=_shown(rate)), fill(told[1], rate=_shown(rate))


def _shown(rate: float) -> str:
    """As the page's meter rounds it: halves go up."""
    return str(int(rate + 0.5))


_STEADY = Rate(
    kind="rate", band=(120, 180), articulation_over=330, acoustic_over=380, least_articulation_ms=3_000,
    outside_ms=20_000, beyond_baseline=0.15, baseline_ms=60_000, say_slow="可以快一点",
)  # fmt: skip


def _measure(
    at_ms: int,
    speaking: float,
    articulation: float,
    basis: Literal["words", "acoustic"] = "words",
    articulation_ms: int = 4_000,
) -> PaceMeasured:
    start_ms = max(0, at_ms - 20_000)
    return PaceMeasured(
        at_ms, Channel.AGENT, start_ms, at_ms, speaking, articulation, 50, 8_000, articulation_ms, basis
    )


_SPEAKS = TurnStarted(100, Channel.AGENT, 0)
_RUSH = _measure(10_000, 250, 340)

KIND = Kind(
    Rate,
    RateWatch,
    figures=("rate", "seconds"),
    words="needed",
    examples=(
        Worked("too fast", _STEADY, (_RUSH,), (Cause,)),
        Worked(
            "too fast, then in the band over 10 s of speech",
            _STEADY, (_SPEAKS, _RUSH, _measure(30_000, 170, 200), _measure(40_000, 165, 200)), (Cause, Obeyed),
        ),
        Worked(
            "hardly slower is not mended",
            _STEADY, (_SPEAKS, _RUSH, _measure(30_000, 240, 329), _measure(41_000, 240, 329)), (Cause,),
        ),
        Worked(
            "in the band for a moment is not mended",
            _STEADY, (_SPEAKS, _RUSH, _measure(30_000, 170, 200), _measure(31_000, 165, 200)), (Cause,),
        ),
        Worked(
            "fast by estimate, not by words",
            _STEADY, (_measure(10_000, 300, 390, "acoustic"), _measure(11_000, 210, 250)), (Cause, Gone),
        ),
        Worked("an estimate has a limit of its own", _STEADY, (_measure(10_000, 250, 340, "acoustic"),)),
        Worked("quick words and pauses make no haste", _STEADY, (_measure(10_000, 170, 340),)),
        Worked("too little speech to judge", _STEADY, (_measure(10_000, 250, 340, articulation_ms=2_000),)),
    ),
)  # fmt: skip
