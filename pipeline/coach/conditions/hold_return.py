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
from pipeline.events.turns import SilenceEnded, SilenceKind, WaitEnded, WaitRequested
from pipeline.events.words import LanguageHeard, WordsHeard
from pipeline.quantities import Count, Ms, ShortMs


class HoldReturn(NeededWording):
    """After silences of `least_ms` in a wait of the agent's, or on hold, the first `turns` utterances hold the wording.

    `instead` will do as well (thanks for an apology). An utterance may begin `early_ms` before a hold is over: the two
    are not found at the same place.
    """

    kind: Literal["hold_return"]
    least_ms: Ms
    turns: Count
    within_ms: Ms
    instead: Wording = Wording()
    early_ms: ShortMs = 500
    done: Annotated[str, only()] = "已说"
    done_en: Annotated[str, only()] = "said"


@dataclass(slots=True)
class _Return:
    """The agent is back after `waited_ms` of silence."""

    back_ms: int
    waited_ms: int
    first: Span | None = None
    heard: int = 0


class HoldReturnWatch:
    """Each wait that the agent caused is an occasion."""

    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard, SilenceEnded, WaitRequested, WaitEnded, LanguageHeard)

    def __init__(self, when: HoldReturn, case: Case) -> None:
        self._when, self._notes = when, case.notes
        self._wanted = (when.listen(), when.instead.listen())
        self._return: _Return | None = None
        self._wait: WaitRequested | None = None  # the agent's, that lasts
        self._waited_ms = 0  # its silences

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case WaitRequested(channel=Channel.AGENT):
                self._waited_ms = 0 if self._wait is None else self._waited_ms  # 还在查，请再稍等: it goes on
                self._wait = event
            case WaitEnded():
                self._wait = None
                self._back(event.end_ms, self._waited_ms)
            case SilenceEnded(kind=SilenceKind.HOLD):
                self._back(event.end_ms, event.end_ms - event.start_ms)
            case SilenceEnded() if self._wait is not None:
                self._waited_ms += max(0, event.end_ms - max(event.start_ms, self._wait.end_ms))
            case LanguageHeard(channel=Channel.AGENT, is_coached=False):
                self._return = None  # whatever is said now is not understood
            case WordsHeard(channel=Channel.AGENT) if spoken is not None and spoken.chars:
                back = self._return
                if back and event.start_ms >= back.back_ms - self._when.early_ms:
                    return self._words(event, spoken, back)
        return []

    def finish(self, at_ms: int) -> None:
        if self._return and self._return.first:
            self._miss(self._return)

    def _back(self, back_ms: int, waited_ms: int) -> None:
        if waited_ms >= self._when.least_ms:
            self._return = _Return(back_ms, waited_ms)

    def _words(self, event: WordsHeard, spoken: SpokenText, back: _Return) -> list[Signal]:
        back.heard += 1
        back.first = back.first or spoken.whole(Channel.AGENT)
        in_time = event.start_ms <= back.back_ms + self._when.within_ms
        match = next((found for wanted in self._wanted if (found := wanted.find(spoken))), None)
        if in_time and match:
            self._notes.chances += 1
            self._notes.kept.append(spoken.span(Channel.AGENT, match))
            self._return = None
            return [Obeyed(self._when.done, self._when.done_en)]
        # 还在查，请再稍等: the wait goes on.
        if self._wait and self._wait.end_ms == event.end_ms:
            self._return = None
            return []
        out: list[Signal] = []
        if back.heard == 1 and in_time:
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
_ASKED = WaitRequested(8_500, Channel.AGENT, 7_000, 8_000, "请稍等", None, 30_000)
_AGAIN = WaitRequested(21_000, Channel.AGENT, 20_000, 21_000, "还在查，请稍等", None, 30_000)
_SILENT = SilenceEnded(20_000, 8_000, 20_000, SilenceKind.ANNOUNCED)
_HELD = SilenceEnded(20_000, 8_000, 20_000, SilenceKind.HOLD)
_WAITED = (_ASKED, _SILENT, WaitEnded(21_000, Channel.AGENT, 8_000, 20_000))

KIND = Kind(
    HoldReturn,
    HoldReturnWatch,
    heard=hears_wording,
    figures=("seconds",),
    words="needed",
    examples=(
        Worked("no word of it", _SORRY, (*_WAITED, said(20_000, 21_000, "查到了")), (Cause,)),
        Worked("nor after a hold", _SORRY, (_HELD, said(20_000, 21_000, "查到了")), (Cause,)),
        Worked(
            "said after the hint",
            _SORRY, (*_WAITED, said(20_000, 21_000, "查到了"), said(22_000, 23_000, "让您久等了")), (Cause, Obeyed),
        ),
        Worked(
            "in another language", _SORRY,
            (*_WAITED, LanguageHeard(21_500, Channel.AGENT, 20_000, "en", False), said(30_000, 31_000, "查到了")),
        ),
        Worked("said at once", _SORRY, (*_WAITED, said(20_000, 21_000, "让您久等了")), (Obeyed,)),
        Worked("thanks instead", _SORRY, (*_WAITED, said(20_000, 21_000, "感谢您的等待")), (Obeyed,)),
        Worked("the wait goes on", _SORRY, (_ASKED, _SILENT, _AGAIN, said(20_000, 21_000, "还在查，请稍等"))),
        Worked("light talk in the wait", _SORRY, (_ASKED, _SILENT, said(20_000, 21_000, "您那边下雨了没"))),
        Worked(
            "a short wait", _SORRY,
            (_ASKED, SilenceEnded(12_000, 8_000, 12_000, SilenceKind.ANNOUNCED),
             WaitEnded(13_000, Channel.AGENT, 8_000, 12_000), said(12_000, 13_000, "查到了")),
        ),
    ),
)  # fmt: skip
