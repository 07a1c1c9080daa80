"""What evaluators share, and those of who has the floor: silence and overlap. See also `delivery` and `phrases`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from pipeline.coach.hints import Cause, Gone, Obeyed, Signal
from pipeline.coach.matching import SpokenText, bare
from pipeline.coach.prompts import PromptsHeard
from pipeline.coach.rulebook import Rule
from pipeline.coach.scorecard import RuleNotes
from pipeline.coach.vocabulary import Overlap, Silence
from pipeline.events.call import CallFacts, Phase
from pipeline.events.channels import Channel, ChannelLost
from pipeline.events.hints import Span
from pipeline.events.prompts import AnnouncementHeard
from pipeline.events.record import Event
from pipeline.events.turns import (
    OverlapNoted,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    TurnEnded,
    TurnStarted,
)
from pipeline.events.words import WordsHeard


@dataclass(slots=True)
class CallState:
    """What all evaluators may know of the call so far; the coach keeps it up to date before they are fed."""

    facts: CallFacts
    channels: tuple[Channel, ...]
    recordings: PromptsHeard
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
        AnnouncementHeard,
    )  # fmt: skip

    def __init__(self, rule: Rule, when: Silence, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._spoken: dict[Channel, set[int]] = {}  # starts of the turns that were somebody's voice
        self._since_ms: int | None = None  # start of the silence complained of
        self._mine = Channel.AGENT if Channel.AGENT in state.channels else Channel.MIXED

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case SilenceReached() if self._counts(event.kind):
                return [self._reached(event)]
            case TurnEnded():
                if not self._state.recordings.cover(event.channel, event.start_ms):
                    self._spoken.setdefault(event.channel, set()).add(event.start_ms)
                if self._when.after_speech and self._other_side_spoke(SilenceKind.BOTH):
                    self._notes.chances = 1
            case AnnouncementHeard():
                return self._recorded(event)
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
            return any(self._spoken.values())
        return bool(self._spoken.get(Channel.CUSTOMER))

    def _recorded(self, event: AnnouncementHeard) -> list[Signal]:
        """What was taken for the other side's voice was none: a silence after it was no dead air either."""
        recordings = self._state.recordings
        starts = self._spoken.get(event.channel, set())
        self._spoken[event.channel] = {ms for ms in starts if not recordings.cover(event.channel, ms)}
        if self._when.after_speech and not self._other_side_spoke(SilenceKind.BOTH):
            self._notes.chances, self._notes.broken = 0, []
            return self._over()
        return []

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
            case TurnEnded(channel=Channel.AGENT | Channel.CUSTOMER) if event.channel is not self._when.interrupter:
                # With one side heard nobody can be caught interrupting.
                if self._when.interrupter in self._state.channels:
                    self._notes.chances = 1
            case OverlapNoted() if event.interrupter is self._when.interrupter and not self._is_of_recording(event):
                return self._interrupted(event)
            case WordsHeard() if event.channel is self._when.interrupter and spoken is not None:
                self._last_words = event
                return self._words(event, spoken)
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _is_of_recording(self, event: OverlapNoted) -> bool:
        return any(self._state.recordings.cover(c, event.start_ms) for c in Channel if c is not event.interrupter)

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
            self._notes.retract((span,))
            return [Gone(self._rule.id)]
        if self._recovery.find(spoken):
            self._noted = None
            return [Obeyed(self._rule.id, "已请客户先说")]
        return []

    def _only_back_channels(self, chars: str) -> bool:
        for word in self._back_channels:
            chars = chars.replace(word, " ")
        return not chars.strip()
