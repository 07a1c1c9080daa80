"""`overlap`: one side interrupts the other."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pipeline.coach.conditions.evaluator import Case, Cause, Gone, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked, said
from pipeline.coach.matching import SpokenText, comparable
from pipeline.coach.wording import Checked, Texts, Wording, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.measures import LevelMeasured
from pipeline.events.record import Event
from pipeline.events.turns import OverlapNoted, SilenceKind, SilenceReached, TurnEnded, TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.quantities import Ms


class Overlap(Checked):
    """`interrupter` cut in, and the other side fell silent. Turns of back-channel words alone never count.

    Their words may come up to `back_channel_within_ms` after the interruption was told. Saying the `recovery` obeys,
    and so does listening: the other side speaks on for `listened_ms` while the interrupter is silent. It is over when
    the other side has said anything, or when both are silent up to the limit.
    """

    kind: Literal["overlap"]
    interrupter: Literal[Channel.AGENT, Channel.CUSTOMER] = Channel.AGENT
    back_channels: Texts = ()
    back_channel_within_ms: Ms = 2_000
    recovery: Wording = Wording()
    seen: Annotated[str, only()] = "打断客户"
    seen_en: Annotated[str, only()] = "interrupted the customer"
    done: Annotated[str, only()] = "已请客户先说"
    done_en: Annotated[str, only()] = "let the customer go first"
    listened_ms: Ms = 2_000
    listened: Annotated[str, only()] = "已停下来听"
    listened_en: Annotated[str, only()] = "stopped and listened"


class OverlapWatch:
    """Turn-taking says who interrupted whom; here it is judged by what was said."""

    hears: ClassVar[tuple[type[Event], ...]] = (
        OverlapNoted, WordsHeard, TurnStarted, TurnEnded, LevelMeasured, SilenceReached,
    )  # fmt: skip

    def __init__(self, when: Overlap, case: Case) -> None:
        self._when, self._notes, self._state = when, case.notes, case.state
        self._recovery = when.recovery.listen()
        self._back_channels = tuple(sorted((comparable(word) for word in when.back_channels), key=len, reverse=True))
        self._noted: tuple[int, Span] | None = None  # the last interruption, and when it was told
        self._is_answered = False  # the interrupter has made up for it
        self._last_words: WordsHeard | None = None
        self._speaks = False  # the interrupter
        self._silent_from_ms = 0  # since when, while it does not
        self._other_from_ms: int | None = None  # start of the other side's first turn

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        match event:
            case TurnStarted() | TurnEnded() if event.channel is self._when.interrupter:
                self._speaks = isinstance(event, TurnStarted)
                self._silent_from_ms = event.end_ms if isinstance(event, TurnEnded) else event.start_ms
                self._could_interrupt()
            case TurnEnded(channel=Channel.AGENT | Channel.CUSTOMER):
                if self._state.is_voice(event):
                    self._other_from_ms = event.start_ms if self._other_from_ms is None else self._other_from_ms
                    self._could_interrupt()
                return self._listening(event) or self._answered(event)
            case SilenceReached() if self._noted is not None and not self._is_answered:
                self._is_answered = True
                return [Gone()]
            case LevelMeasured(channel=Channel.AGENT | Channel.CUSTOMER):  # comes twice a second of a turn that goes on
                return self._listening(event)
            case OverlapNoted() if event.interrupter is self._when.interrupter and not self._is_over_prompt(event):
                return self._interrupted(event)
            case WordsHeard() if event.channel is self._when.interrupter and spoken is not None:
                self._last_words = event
                return self._words(event, spoken)
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _could_interrupt(self) -> None:
        """Who spoke before the other side alone could not; nor can who is not heard."""
        if self._other_from_ms is None or self._when.interrupter not in self._state.channels:
            return
        if self._speaks or self._silent_from_ms > self._other_from_ms:
            self._notes.chances = 1

    def _answered(self, turn: TurnEnded) -> list[Signal]:
        if self._noted is None or self._is_answered or turn.start_ms < self._noted[1].end_ms:
            return []
        self._is_answered = True
        return [Gone()]

    def _is_over_prompt(self, event: OverlapNoted) -> bool:
        return any(self._state.prompts.cover(c, event.start_ms) for c in Channel if c is not event.interrupter)

    def _interrupted(self, event: OverlapNoted) -> list[Signal]:
        words = self._last_words
        if words and words.end_ms > event.start_ms and self._only_back_channels(comparable(words.text)):
            return []
        span = Span(self._when.interrupter, event.start_ms, event.end_ms, self._when.seen, self._when.seen_en)
        self._notes.chances = 1
        self._notes.broken.append(span)
        self._noted, self._is_answered = (event.at_ms, span), False
        return [Cause(event.start_ms, event.end_ms, (span,))]

    def _listening(self, event: TurnEnded | LevelMeasured) -> list[Signal]:
        """The other side has spoken from `start_ms` to `end_ms` and may go on."""
        if self._noted is None or self._is_answered or self._speaks or event.channel is self._when.interrupter:
            return []
        since_ms = max(event.start_ms, self._silent_from_ms, self._noted[1].end_ms)
        if event.end_ms - since_ms < self._when.listened_ms:
            return []
        self._is_answered = True
        return [Obeyed(self._when.listened, self._when.listened_en)]

    def _words(self, event: WordsHeard, spoken: SpokenText) -> list[Signal]:
        if self._noted is None:
            return []
        noted_ms, span = self._noted
        is_that_turn = event.start_ms < span.end_ms and event.end_ms > span.start_ms
        in_time = event.at_ms - noted_ms <= self._when.back_channel_within_ms
        if is_that_turn and in_time and self._only_back_channels(spoken.whole_text.text):
            self._noted = None
            self._notes.retract((span,))
            return [Gone()]
        if not self._is_answered and self._recovery.find(spoken):
            self._is_answered = True
            return [Obeyed(self._when.done, self._when.done_en)]
        return []

    def _only_back_channels(self, chars: str) -> bool:
        for word in self._back_channels:
            chars = chars.replace(word, " ")
        return not chars.strip()


_POLITE = Overlap(kind="overlap", back_channels=("嗯", "好的"), recovery=Wording(pattern="您先说"))
_CUT_IN = OverlapNoted(5_000, 4_000, 4_800, Channel.AGENT)
_SILENT = SilenceReached(11_000, 6_000, 5_000, SilenceKind.BOTH)

KIND = Kind(
    Overlap,
    OverlapWatch,
    words="excuse",
    examples=(
        Worked("the agent cuts in", _POLITE, (_CUT_IN,), (Cause,)),
        Worked("and gives way", _POLITE, (_CUT_IN, said(5_500, 6_500, "您先说")), (Cause, Obeyed)),
        Worked(
            "and listens", _POLITE,
            (_CUT_IN, TurnEnded(6_400, Channel.AGENT, 4_000, 6_000), TurnEnded(9_000, Channel.CUSTOMER, 6_500, 8_600)),
            (Cause, Obeyed),
        ),
        Worked(
            "the customer gets no further",
            _POLITE,
            (
                _CUT_IN,
                TurnEnded(6_400, Channel.AGENT, 4_000, 6_000),
                LevelMeasured(8_000, Channel.CUSTOMER, 6_500, 7_500, -20.0, 30.0, 0.0),
                TurnStarted(8_200, Channel.AGENT, 8_100),
                TurnEnded(9_000, Channel.CUSTOMER, 6_500, 8_600),
            ),
            (Cause, Gone),
        ),
        Worked("both are silent", _POLITE, (_CUT_IN, _SILENT), (Cause, Gone)),
        Worked("it was 嗯, known later", _POLITE, (_CUT_IN, said(4_000, 5_200, "嗯，好的")), (Cause, Gone)),
        Worked("it was 嗯, known before", _POLITE, (said(4_000, 4_900, "嗯"), _CUT_IN)),
        Worked("the customer cuts in", _POLITE, (OverlapNoted(5_000, 4_000, 4_800, Channel.CUSTOMER),)),
    ),
)  # fmt: skip
