"""`overlap`: one side interrupts the other."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pipeline.coach.conditions.evaluator import Case, Cause, Gone, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked, said
from pipeline.coach.matching import SpokenText, bare
from pipeline.coach.wording import Checked, Texts, Wording, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.record import Event
from pipeline.events.turns import OverlapNoted, TurnEnded
from pipeline.events.words import WordsHeard
from pipeline.quantities import Ms


class Overlap(Checked):
    """`interrupter` cut in, and the other side fell silent. Turns of back-channel words alone never count.

    Their words may come up to `back_channel_within_ms` after the interruption was told.
    """

    kind: Literal["overlap"]
    interrupter: Literal[Channel.AGENT, Channel.CUSTOMER] = Channel.AGENT
    back_channels: Texts = ()
    back_channel_within_ms: Ms = 2_000
    recovery: Wording = Wording()
    seen: Annotated[str, only()] = "打断客户"
    seen_en: Annotated[str, only()] = "interrupted the customer"
    done: Annotated[str, only()] = "已请客户先说"


class OverlapWatch:
    """Turn-taking says who interrupted whom; here it is judged by what was said."""

    hears: ClassVar[tuple[type[Event], ...]] = (OverlapNoted, WordsHeard, TurnEnded)

    def __init__(self, when: Overlap, case: Case) -> None:
        self._when, self._notes, self._state = when, case.notes, case.state
        self._recovery = when.recovery.listen()
        self._back_channels = tuple(sorted((bare(word) for word in when.back_channels), key=len, reverse=True))
        self._noted: tuple[int, Span] | None = None
        self._last_words: WordsHeard | None = None

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case TurnEnded(channel=Channel.AGENT | Channel.CUSTOMER) if event.channel is not self._when.interrupter:
                # With one side heard nobody can be caught interrupting.
                if self._when.interrupter in self._state.channels:
                    self._notes.chances = 1
            case OverlapNoted() if event.interrupter is self._when.interrupter and not self._is_over_prompt(event):
                return self._interrupted(event)
            case WordsHeard() if event.channel is self._when.interrupter and spoken is not None:
                self._last_words = event
                return self._words(event, spoken)
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _is_over_prompt(self, event: OverlapNoted) -> bool:
        return any(self._state.prompts.cover(c, event.start_ms) for c in Channel if c is not event.interrupter)

    def _interrupted(self, event: OverlapNoted) -> list[Signal]:
        words = self._last_words
        if words and words.end_ms > event.start_ms and self._only_back_channels(bare(words.text)):
            return []
        span = Span(self._when.interrupter, event.start_ms, event.end_ms, self._when.seen, self._when.seen_en)
        self._notes.chances = 1
        self._notes.broken.append(span)
        self._noted = (event.at_ms, span)
        return [Cause(event.start_ms, event.end_ms, (span,))]

    def _words(self, event: WordsHeard, spoken: SpokenText) -> list[Signal]:
        if self._noted is None:
            return []
        noted_ms, span = self._noted
        is_that_turn = event.start_ms < span.end_ms and event.end_ms > span.start_ms
        in_time = event.at_ms - noted_ms <= self._when.back_channel_within_ms
        if is_that_turn and in_time and self._only_back_channels(spoken.chars):
            self._noted = None
            self._notes.retract((span,))
            return [Gone()]
        if self._recovery.find(spoken):
            self._noted = None
            return [Obeyed(self._when.done)]
        return []

    def _only_back_channels(self, chars: str) -> bool:
        for word in self._back_channels:
            chars = chars.replace(word, " ")
        return not chars.strip()


_POLITE = Overlap(kind="overlap", back_channels=("嗯", "好的"), recovery=Wording(pattern="您先说"))
_CUT_IN = OverlapNoted(5_000, 4_000, 4_800, Channel.AGENT)

KIND = Kind(
    Overlap,
    OverlapWatch,
    examples=(
        Worked("the agent cuts in", _POLITE, (_CUT_IN,), (Cause,)),
        Worked("and gives way", _POLITE, (_CUT_IN, said(5_500, 6_500, "您先说")), (Cause, Obeyed)),
        Worked("it was 嗯, known later", _POLITE, (_CUT_IN, said(4_000, 5_200, "嗯，好的")), (Cause, Gone)),
        Worked("it was 嗯, known before", _POLITE, (said(4_000, 4_900, "嗯"), _CUT_IN)),
        Worked("the customer cuts in", _POLITE, (OverlapNoted(5_000, 4_000, 4_800, Channel.CUSTOMER),)),
    ),
)
