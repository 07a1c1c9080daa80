"""`phrase_said`: something that must not be said, and the words that mend it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pipeline.coach.conditions.evaluator import Case, Cause, Gone, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked, said
from pipeline.coach.matching import Match, SpokenText
from pipeline.coach.wording import BREATH_MS, NeededWording, Wording, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.record import Event
from pipeline.events.turns import TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.quantities import ShortMs


class PhraseSaid(NeededWording):
    """A phrase that `channel` must not say. Each time it is said is a fault.

    `mend` puts it right later in the same breath: then it is none. So does `excuse`, wherever in that breath it is
    said: a reason often comes first. Utterances with up to `breath_ms` between them are one breath. `recovery` is
    what answers the hint in a later one.
    """

    kind: Literal["phrase_said"]
    channel: Literal[Channel.AGENT, Channel.CUSTOMER] = Channel.AGENT
    mend: Wording = Wording()
    excuse: Wording = Wording()
    recovery: Wording = Wording()
    breath_ms: ShortMs = BREATH_MS
    done: Annotated[str, only()] = "已换说法"
    done_en: Annotated[str, only()] = "put it another way"


class PhraseWatch:
    """Searches each utterance for the phrase, and what follows for what mends it.

    Real speech comes in pieces: people pause between clauses. While the next piece of the same breath is being spoken
    nothing is said; where it begins later and mends, the hint goes and no fault stays.
    """

    hears: ClassVar[tuple[type[Event], ...]] = (TurnStarted, WordsHeard)

    def __init__(self, when: PhraseSaid, case: Case) -> None:
        self._when, self._notes = when, case.notes
        self._banned, self._mend, self._excuse = when.listen(), when.mend.listen(), when.excuse.listen()
        self._recovery = when.recovery.listen()
        self._turn_ms = 0  # start of the last turn
        self._heard_ms = 0  # end of the last words
        self._is_excused = False  # in this breath, before the words at hand
        self._span: Span | None = None  # the last fault, while it may be mended
        self._is_told = False

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if isinstance(event, TurnStarted):
            if event.channel is self._when.channel:
                self._turn_ms = event.start_ms
            return []
        if not isinstance(event, WordsHeard) or spoken is None or not spoken.chars:
            return []
        if event.channel is not self._when.channel:
            return self._tell() if self._span is not None and event.start_ms > self._turn_ms else []
        self._notes.chances = 1
        is_one_breath = event.start_ms - self._heard_ms <= self._when.breath_ms
        self._heard_ms = event.end_ms
        self._is_excused = (is_one_breath and self._is_excused) or self._excuse.find(spoken) is not None
        return self._mended(spoken, is_one_breath) + self._said(event, spoken)

    def finish(self, at_ms: int) -> None:
        pass

    def _mended(self, spoken: SpokenText, is_one_breath: bool) -> list[Signal]:
        """What these words make of the fault before them."""
        span = self._span
        if span is None:
            return []
        if is_one_breath and (self._is_excused or self._mend.find(spoken)):
            self._span = None
            self._notes.retract((span,))
            self._notes.kept.append(spoken.whole(span.channel))
            return [Gone()] if self._is_told else []
        if self._is_told and self._recovery.find(spoken) and not self._banned.find(spoken):
            self._span = None
            return [Obeyed(self._when.done, self._when.done_en)]
        return self._tell() if not self._goes_on() else []

    def _said(self, event: WordsHeard, spoken: SpokenText) -> list[Signal]:
        match = self._found(spoken)
        if match is None:
            return []
        if self._is_excused or self._mend.find(spoken, match.end):
            self._notes.kept.append(spoken.whole(event.channel))
            return []
        before = self._tell()
        self._span, self._is_told = spoken.span(event.channel, match), False
        self._notes.broken.append(self._span)
        return before + ([] if self._goes_on() else self._tell())

    def _found(self, spoken: SpokenText) -> Match | None:
        """What spares it is misheard as easily as what is banned: spared in one of the likely texts, it is spared."""
        if any(self._banned.is_spared_in(text) for text in (spoken, *spoken.otherwise)):
            return None
        return self._banned.find(spoken) or self._found_otherwise(spoken)

    def _found_otherwise(self, spoken: SpokenText) -> Match | None:
        """Found in what the utterance may have been instead: the words at that place of it."""
        for other in spoken.otherwise:
            match = self._banned.find(other)
            if match and not self._excuse.find(other) and not self._mend.find(other, match.end):
                end = min(match.end, len(spoken.chars))
                return Match(min(match.start, end - 1), end, by_sound=True)
        return None

    def _goes_on(self) -> bool:
        """Whether the next piece of the same breath is being spoken."""
        return 0 <= self._turn_ms - self._heard_ms <= self._when.breath_ms

    def _tell(self) -> list[Signal]:
        span = self._span
        if span is None or self._is_told:
            return []
        self._is_told = True
        return [Cause(span.start_ms, span.end_ms, (span,), (("quote", span.quote),))]


def _is_heard(when: PhraseSaid, text: str) -> bool:
    spoken = SpokenText(text)
    match = when.listen().find(spoken)
    if match is None:
        return False
    return when.mend.listen().find(spoken, match.end) is None and when.excuse.listen().find(spoken) is None


_RUDE = PhraseSaid(
    kind="phrase_said",
    pattern="我不知道(?!您)",
    mend=Wording(pattern="马上问"),
    excuse=Wording(pattern="刚来"),
    recovery=Wording(pattern="帮您查"),
)

_BLAMING = PhraseSaid(kind="phrase_said", pattern="你弄混", unless="怕", unless_after="^也没关系")

KIND = Kind(
    PhraseSaid,
    PhraseWatch,
    heard=_is_heard,
    figures=("quote",),
    words="needed",
    is_ban=True,
    examples=(
        Worked("said", _RUDE, (said(0, 900, "我不知道。"),), (Cause,)),
        Worked("said by sound", _RUDE, (said(0, 900, "这个我不只道"),), (Cause,)),
        Worked(
            "said in another text that is nearly as likely",
            _RUDE,
            (replace(said(0, 900, "这个我不吃到"), otherwise=("这个我不知道",)),),
            (Cause,),
        ),
        Worked(
            "mended in another text",
            _RUDE,
            (replace(said(0, 900, "这个我不吃到"), otherwise=("我不知道我马上问",)),),
        ),
        Worked(
            "spared, as another text does not",
            _BLAMING,
            (replace(said(0, 900, "怕您弄混"), otherwise=("趴您弄混",)),),
        ),
        Worked(
            "spared in another text",
            _BLAMING,
            (replace(said(0, 900, "您弄混也没卡西"), otherwise=("您弄混也没关系",)),),
        ),
        Worked("mended", _RUDE, (said(0, 900, "我不知道"), said(2_000, 3_000, "我帮您查一下")), (Cause, Obeyed)),
        Worked("mended in the same breath", _RUDE, (said(0, 1_900, "我不知道，我马上问一下"),)),
        Worked(
            "mended after a pause for breath",
            _RUDE,
            (said(0, 900, "我不知道。"), said(1_500, 2_500, "我马上问一下")),
            (Cause, Gone),
        ),
        Worked(
            "the next piece is being spoken, and mends",
            _RUDE,
            (TurnStarted(1_400, Channel.AGENT, 1_300), said(0, 900, "我不知道。"), said(1_300, 2_300, "我马上问一下")),
        ),
        Worked(
            "the next piece is being spoken, and does not",
            _RUDE,
            (TurnStarted(1_400, Channel.AGENT, 1_300), said(0, 900, "我不知道。"), said(1_300, 2_300, "真的")),
            (Cause,),
        ),
        Worked("excused before it", _RUDE, (said(0, 1_900, "我今天刚来，我不知道"),)),
        Worked("mended before it is no mending", _RUDE, (said(0, 1_900, "您马上问，我不知道"),), (Cause,)),
        Worked("an exception of the pattern", _RUDE, (said(0, 900, "我不知道您方便吗"),)),
        Worked("said by the other side", _RUDE, (said(0, 900, "我不知道", Channel.CUSTOMER),)),
    ),
)
