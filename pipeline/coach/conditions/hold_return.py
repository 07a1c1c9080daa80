"""`hold_return`: what the agent owes a customer who had to wait, apology or thanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pipeline.coach.conditions.evaluator import Case, Cause, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked, hears_wording, said
from pipeline.coach.matching import SpokenText
from pipeline.coach.wording import NeededWording, Wording, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.record import Event
from pipeline.events.turns import SilenceEnded, SilenceKind, WaitRequested
from pipeline.events.words import WordsHeard
from pipeline.quantities import Count, Ms, ShortMs


class HoldReturn(NeededWording):
    """After an announced silence of `least_ms` the agent's first `turns` utterances must hold the wording.

    `instead` spares the live hint (thanks for an apology), never the score. An utterance may begin `early_ms` before
    the silence is over: the two are not found at the same place.
    """

    kind: Literal["hold_return"]
    least_ms: Ms
    turns: Count
    within_ms: Ms
    instead: Wording = Wording()
    early_ms: ShortMs = 500
    done: Annotated[str, only()] = "已说"


@dataclass(slots=True)
class _Return:
    """The agent is back after `waited_ms` of silence."""

    back_ms: int
    waited_ms: int
    first: Span | None = None
    heard: int = 0


class HoldReturnWatch:
    """Each wait that the agent caused is an occasion."""

    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard, SilenceEnded, WaitRequested)

    def __init__(self, when: HoldReturn, case: Case) -> None:
        self._when, self._notes, self._state = when, case.notes, case.state
        self._wanted = when.listen()
        self._instead = when.instead.listen()
        self._return: _Return | None = None
        self._asked: WaitRequested | None = None  # the last request

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if isinstance(event, SilenceEnded):
            self._silence(event)
        elif isinstance(event, WaitRequested):
            self._asked = event
        elif isinstance(event, WordsHeard) and event.channel is Channel.AGENT and spoken and spoken.chars:
            back = self._return
            if back and event.start_ms >= back.back_ms - self._when.early_ms:
                return self._words(event, spoken, back)
        return []

    def finish(self, at_ms: int) -> None:
        if self._return and self._return.first:
            self._miss(self._return)

    def _silence(self, event: SilenceEnded) -> None:
        waited_ms = event.end_ms - event.start_ms
        ours = event.kind is SilenceKind.HOLD or (
            event.kind is SilenceKind.ANNOUNCED
            and not (self._state.wait and self._state.wait.channel is Channel.CUSTOMER)
        )
        if ours and waited_ms >= self._when.least_ms:
            self._return = _Return(event.end_ms, waited_ms)

    def _words(self, event: WordsHeard, spoken: SpokenText, back: _Return) -> list[Signal]:
        back.heard += 1
        back.first = back.first or spoken.whole(Channel.AGENT)
        in_time = event.start_ms <= back.back_ms + self._when.within_ms
        if in_time and (match := self._wanted.find(spoken)):
            self._notes.chances += 1
            self._notes.kept.append(spoken.span(Channel.AGENT, match))
            self._return = None
            return [Obeyed(self._when.done)]
        # 还在查，请再稍等: the wait goes on.
        if self._asked and (self._asked.channel, self._asked.end_ms) == (event.channel, event.end_ms):
            self._return = None
            return []
        out: list[Signal] = []
        if back.heard == 1 and in_time and not self._instead.find(spoken):
            seconds = (("seconds", str(round(back.waited_ms / 1000))),)
            out = [Cause(back.first.start_ms, back.first.end_ms, (back.first,), seconds)]
        if back.heard >= self._when.turns or not in_time:
            self._miss(back)
        return out

    def _miss(self, back: _Return) -> None:
        assert back.first is not None
        self._notes.chances += 1
        self._notes.broken.append(back.first)
        self._return = None


_SORRY = HoldReturn(
    kind="hold_return", least_ms=10_000, turns=2, within_ms=15_000, pattern="让您久等", instead=Wording(pattern="感谢")
)
_AGAIN = WaitRequested(21_000, Channel.AGENT, 20_000, 21_000, "还在查，请稍等", None, 30_000)
_WAITED = SilenceEnded(20_000, 8_000, 20_000, SilenceKind.ANNOUNCED)

KIND = Kind(
    HoldReturn,
    HoldReturnWatch,
    heard=hears_wording,
    figures=("seconds",),
    words="needed",
    examples=(
        Worked("no word of it", _SORRY, (_WAITED, said(20_000, 21_000, "查到了")), (Cause,)),
        Worked(
            "said after the hint",
            _SORRY, (_WAITED, said(20_000, 21_000, "查到了"), said(22_000, 23_000, "让您久等了")), (Cause, Obeyed),
        ),
        Worked("said at once", _SORRY, (_WAITED, said(20_000, 21_000, "让您久等了")), (Obeyed,)),
        Worked("thanks instead", _SORRY, (_WAITED, said(20_000, 21_000, "感谢您的等待"))),
        Worked("the wait goes on", _SORRY, (_WAITED, _AGAIN, said(20_000, 21_000, "还在查，请稍等"))),
        Worked(
            "a short wait", _SORRY,
            (SilenceEnded(12_000, 8_000, 12_000, SilenceKind.ANNOUNCED), said(12_000, 13_000, "查到了")),
        ),
    ),
)  # fmt: skip
