"""`silence`: dead air, and waits that last longer than was said."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pipeline.coach.conditions.evaluator import Case, Cause, Gone, Instead, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked
from pipeline.coach.mandarin import as_duration
from pipeline.coach.matching import SpokenText
from pipeline.coach.wording import Checked, fill, only
from pipeline.events.channels import Channel, ChannelLost
from pipeline.events.hints import Span
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event
from pipeline.events.turns import (
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    TurnEnded,
    TurnStarted,
    WaitEnded,
    WaitNearsEnd,
    WaitRequested,
)

Figures = tuple[tuple[str, str], ...]


class Silence(Checked):
    """The limit of a silence is full. `after_speech`: only once the other side has spoken in this call.

    Of a long wait (`announced`) it is said 30 s before as well, in the words of `near`; that is no fault yet.
    """

    kind: Literal["silence"]
    of: tuple[SilenceKind, ...] = Field(min_length=1, max_length=10)
    after_speech: bool = True
    seen_en: Annotated[str, only("seconds")] = "silent for {seconds} s"
    near: Annotated[str, only("left")] = "说好的时间快到了，还有{left}"
    near_en: Annotated[str, only("seconds")] = "The time you asked for is nearly over: {seconds} s left"
    seen: Annotated[str, only("seconds", "waited")] = "静默{waited}"
    done: Annotated[str, only("seconds")] = "静默 {seconds} 秒后回应"
    done_en: Annotated[str, only("seconds")] = "answered after {seconds} s of silence"


class SilenceWatch:
    """Speech of the agent obeys; anything else that breaks the silence ends the cause."""

    hears: ClassVar[tuple[type[Event], ...]] = (
        TurnStarted, TurnEnded, SilenceStarted, SilenceReached, SilenceEnded, WaitNearsEnd, WaitEnded,
        ChannelLost, PromptPlayed,
    )  # fmt: skip

    def __init__(self, when: Silence, case: Case) -> None:
        self._when, self._notes, self._state, self._case = when, case.notes, case.state, case
        self._spoken: dict[Channel, set[int]] = {}  # starts of the turns that were somebody's voice
        self._since_ms: int | None = None  # start of the silence complained of
        self._open = 0  # occasions in the wait that lasts: they are kept once somebody is back from it
        self._overrun: tuple[int, Span] | None = None  # since when the customer waits, and the fault that is noted
        self._mine = Channel.AGENT if Channel.AGENT in case.state.channels else Channel.MIXED

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case SilenceReached() if self._counts(event.kind):
                return [self._reached(event)]
            case WaitEnded():
                self._open = 0
            case WaitNearsEnd() if self._counts(SilenceKind.ANNOUNCED):
                return [self._near(event)]
            case TurnEnded():
                if self._state.is_voice(event):
                    self._spoken.setdefault(event.channel, set()).add(event.start_ms)
                if self._when.after_speech and self._other_side_spoke(SilenceKind.BOTH):
                    self._notes.chances = 1
            case PromptPlayed():
                return self._prompt(event)
            case SilenceStarted():
                if not self._when.after_speech and self._counts(event.kind):
                    self._notes.chances += 1
                    self._open += event.kind is SilenceKind.ANNOUNCED
                if event.kind not in self._when.of:
                    return self._over()
            case TurnStarted(channel=Channel.AGENT) if self._since_ms is not None:
                seconds = f"{(event.start_ms - self._since_ms) / 1000:.1f}"
                self._since_ms = None
                told, english = (fill(text, seconds=seconds) for text in (self._when.done, self._when.done_en))
                return [Obeyed(told, english)]
            case TurnStarted() | SilenceEnded() | ChannelLost():
                return self._over()
        return []

    def finish(self, at_ms: int) -> None:
        self._notes.chances -= self._open

    def _counts(self, kind: SilenceKind) -> bool:
        """Only a wait that the agent asked for is announced; one that the customer asked for is plain dead air."""
        wait = self._state.wait
        if kind is SilenceKind.ANNOUNCED and wait and wait.channel is Channel.CUSTOMER:
            kind = SilenceKind.BOTH
        if kind not in self._when.of or not self._case.is_in_phase:
            return False
        return not self._when.after_speech or (not self._state.silent_call and self._other_side_spoke(kind))

    def _other_side_spoke(self, kind: SilenceKind) -> bool:
        if kind is SilenceKind.AGENT or Channel.CUSTOMER not in self._state.channels:
            return any(self._spoken.values())
        return bool(self._spoken.get(Channel.CUSTOMER))

    def _prompt(self, event: PromptPlayed) -> list[Signal]:
        """What was taken for the other side's voice was a machine's: a silence after it was no dead air either."""
        prompts = self._state.prompts
        starts = self._spoken.get(event.channel, set())
        self._spoken[event.channel] = {ms for ms in starts if not prompts.cover(event.channel, ms)}
        if self._when.after_speech and not self._other_side_spoke(SilenceKind.BOTH):
            self._notes.chances, self._notes.broken = 0, []
            return self._over()
        return []

    def _reached(self, event: SilenceReached) -> Cause:
        wait = self._state.wait if event.kind is SilenceKind.ANNOUNCED else None
        self._since_ms = wait.since_ms if wait else event.start_ms
        figures = _figures(event.at_ms - self._since_ms)
        span = self._fault(event, figures, wait)
        return Cause(event.start_ms, event.at_ms, (span,), figures, lasts=True)

    def _fault(self, event: SilenceReached, figures: Figures, wait: WaitRequested | None) -> Span:
        """A customer who says 喂 in a wait that is too long breaks the silence, but that is one fault all the same."""
        if wait and self._overrun and self._overrun[0] == wait.since_ms:
            return self._overrun[1]
        quote, english = (fill(text, **dict(figures)) for text in (self._when.seen, self._when.seen_en))
        span = Span(self._mine, event.start_ms, event.at_ms, quote, english)
        self._overrun = (wait.since_ms, span) if wait else self._overrun
        self._notes.chances = max(1, self._notes.chances)
        self._notes.broken.append(span)
        return span

    def _near(self, event: WaitNearsEnd) -> Cause:
        self._since_ms = event.start_ms
        say = fill(self._when.near, left=as_duration(event.left_ms))
        english = fill(self._when.near_en, seconds=str(round(event.left_ms / 1000)))
        figures = _figures(event.at_ms - event.start_ms)
        return Cause(event.start_ms, event.at_ms, (), figures, say=Instead(say, english, "do"))

    def _over(self) -> list[Signal]:
        if self._since_ms is None:
            return []
        self._since_ms = None
        return [Gone()]


def _figures(silent_ms: int) -> Figures:
    return ("seconds", str(round(silent_ms / 1000))), ("waited", as_duration(silent_ms))


_DEAD_AIR = Silence(kind="silence", of=(SilenceKind.BOTH,))
_SPOKE = TurnEnded(3_300, Channel.CUSTOMER, 1_000, 3_000)
_WAIT = Silence(kind="silence", of=(SilenceKind.ANNOUNCED,), after_speech=False)
_NEAR = WaitNearsEnd(873_000, 3_000, 30_000)
_FULL = SilenceReached(8_000, 3_000, 5_000, SilenceKind.BOTH)


def _begins(channel: Channel) -> TurnStarted:
    return TurnStarted(9_000, channel, 8_900)


KIND = Kind(
    Silence,
    SilenceWatch,
    figures=("seconds", "waited"),
    passes=True,
    counts="silence",
    words="excuse",
    examples=(
        Worked("the limit is full", _DEAD_AIR, (_SPOKE, _FULL), (Cause,)),
        Worked("the agent speaks", _DEAD_AIR, (_SPOKE, _FULL, _begins(Channel.AGENT)), (Cause, Obeyed)),
        Worked("the customer does", _DEAD_AIR, (_SPOKE, _FULL, _begins(Channel.CUSTOMER)), (Cause, Gone)),
        Worked("before the customer has ever spoken", _DEAD_AIR, (_FULL,)),
        Worked("a promise is nearly over", _WAIT, (_NEAR,), (Cause,)),
        Worked("a silence of another kind", _DEAD_AIR, (_SPOKE, SilenceReached(8_000, 3_000, 5_000, SilenceKind.HOLD))),
    ),
)  # fmt: skip
