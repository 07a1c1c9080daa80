"""Live evaluators of the conditions that need no words: silence, overlap, rate and pitch. Phrases are in `phrases`."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from pipeline.coach.hints import Cause, Gone, Obeyed, Signal
from pipeline.coach.matching import SpokenText, bare
from pipeline.coach.rulebook import Overlap, Pitch, Rate, Rule, Silence
from pipeline.coach.scorecard import RuleNotes
from pipeline.events import (
    CallFacts,
    Channel,
    ChannelLost,
    Event,
    OverlapNoted,
    PaceMeasured,
    Phase,
    PitchMeasured,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    Span,
    TurnEnded,
    TurnStarted,
    WordsHeard,
)


@dataclass(slots=True)
class CallState:
    """What all evaluators may know of the call so far; the coach keeps it up to date before they are fed."""

    facts: CallFacts
    channels: tuple[Channel, ...]
    phase: Phase = Phase.OPENING
    silent_call: bool = False
    asked_to_wait: Channel | None = None  # who asked last
    asked_end_ms: int = 0


class Evaluator(Protocol):
    """Hears the events of the kinds in `hears`; `spoken` is there for WordsHeard alone."""

    hears: ClassVar[tuple[type[Event], ...]]

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]: ...

    def finish(self, at_ms: int) -> None:
        """Settle what the end of the call settles, for the score."""
        ...


class SilenceWatch:
    """Dead air and overlong waits. Speech of the agent obeys; anything else that breaks the silence ends the cause."""

    hears: ClassVar[tuple[type[Event], ...]] = (
        TurnStarted, TurnEnded, SilenceStarted, SilenceReached, SilenceEnded, ChannelLost,
    )  # fmt: skip

    def __init__(self, rule: Rule, when: Silence, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._spoken: set[Channel] = set()
        self._since_ms: int | None = None  # start of the silence complained of
        self._mine = Channel.AGENT if Channel.AGENT in state.channels else Channel.MIXED

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case SilenceReached() if self._counts(event.kind):
                return [self._reached(event)]
            case TurnEnded():
                self._spoken.add(event.channel)
                if self._when.after_speech and self._other_side_spoke(SilenceKind.BOTH):
                    self._notes.chances = 1
            case SilenceStarted():
                if not self._when.after_speech and self._counts(event.kind):
                    self._notes.chances += 1
                if event.kind not in self._when.of:
                    return self._over()
            case TurnStarted(channel=Channel.AGENT) if self._since_ms is not None:
                note = f"静默 {(event.start_ms - self._since_ms) / 1000:.1f} 秒后回应"
                self._since_ms = None
                return [Obeyed(self._rule.id, note)]
            case TurnStarted() | SilenceEnded() | ChannelLost():
                return self._over()
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _counts(self, kind: SilenceKind) -> bool:
        """A wait the customer asked for is nobody's 请稍等: once over it is plain dead air."""
        if kind is SilenceKind.ANNOUNCED and self._state.asked_to_wait is Channel.CUSTOMER:
            kind = SilenceKind.BOTH
        if kind not in self._when.of:
            return False
        return not self._when.after_speech or (not self._state.silent_call and self._other_side_spoke(kind))

    def _other_side_spoke(self, kind: SilenceKind) -> bool:
        if kind is SilenceKind.AGENT or Channel.CUSTOMER not in self._state.channels:
            return bool(self._spoken)
        return Channel.CUSTOMER in self._spoken

    def _reached(self, event: SilenceReached) -> Cause:
        announced = event.kind is SilenceKind.ANNOUNCED and self._state.asked_to_wait is not None
        self._since_ms = self._state.asked_end_ms if announced else event.start_ms
        seconds = round((event.at_ms - self._since_ms) / 1000)
        span = Span(self._mine, event.start_ms, event.at_ms, f"静默{seconds}秒")
        self._notes.chances = max(1, self._notes.chances)
        self._notes.broken.append(span)
        figures = (("seconds", str(seconds)),)
        return Cause(self._rule, event.start_ms, event.at_ms, (span,), figures, lasts=True)

    def _over(self) -> list[Signal]:
        if self._since_ms is None:
            return []
        self._since_ms = None
        return [Gone(self._rule.id)]


class OverlapWatch:
    """One side takes the floor from the other."""

    hears: ClassVar[tuple[type[Event], ...]] = (OverlapNoted, WordsHeard, TurnEnded)

    def __init__(self, rule: Rule, when: Overlap, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._recovery = when.recovery.listen()
        words = sorted((bare(word) for word in when.back_channels), key=len, reverse=True)
        self._back_channels = tuple(words)
        self._noted: tuple[int, Span] | None = None
        self._last_words: WordsHeard | None = None

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case TurnEnded() if event.channel is not self._when.interrupter:
                self._notes.chances = 1
            case OverlapNoted() if event.interrupter is self._when.interrupter:
                return self._interrupted(event)
            case WordsHeard() if event.channel is self._when.interrupter and spoken is not None:
                self._last_words = event
                return self._words(event, spoken)
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _interrupted(self, event: OverlapNoted) -> list[Signal]:
        words = self._last_words
        if words and words.end_ms > event.start_ms and self._only_back_channels(bare(words.text)):
            return []
        span = Span(self._when.interrupter, event.start_ms, event.end_ms, "打断客户")
        self._notes.chances = 1
        self._notes.broken.append(span)
        self._noted = (event.at_ms, span)
        return [Cause(self._rule, event.start_ms, event.end_ms, (span,))]

    def _words(self, event: WordsHeard, spoken: SpokenText) -> list[Signal]:
        if self._noted is None:
            return []
        noted_ms, span = self._noted
        is_that_turn = event.start_ms < span.end_ms and event.end_ms > span.start_ms
        in_time = event.at_ms - noted_ms <= self._when.back_channel_within_ms
        if is_that_turn and in_time and self._only_back_channels(spoken.chars):
            self._noted = None
            if span in self._notes.broken:
                self._notes.broken.remove(span)
            return [Gone(self._rule.id)]
        if self._recovery.find(spoken):
            self._noted = None
            return [Obeyed(self._rule.id, "已请客户先说")]
        return []

    def _only_back_channels(self, chars: str) -> bool:
        for word in self._back_channels:
            chars = chars.replace(word, " ")
        return not chars.strip()


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
        earlier = self._earlier[event.basis]
        if not self._outside or self._outside_ms < when.outside_ms or self._speech_ms < when.baseline_ms or not earlier:
            return None
        beyond = self._outside * (rate / earlier[len(earlier) // 2] - 1)
        if beyond <= when.beyond_baseline:
            return None
        return _Excess("fast" if self._outside > 0 else "slow", rate, event.basis)

    def _back(self, event: PaceMeasured) -> list[Signal]:
        excess = self._excess
        if excess is None or (excess.basis, event.basis) == ("words", "acoustic"):
            return []
        self._excess = None
        if excess.basis != event.basis:  # the words do not bear the estimate out
            self._notes.neutralise(self._evidence)
            self._notes.neutral = 0
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
        figures = (("rate", f"{excess.value:.0f}"), ("seconds", str(seconds)))
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
