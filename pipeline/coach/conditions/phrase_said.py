"""`phrase_said`: something that must not be said, and the words that mend it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pipeline.coach.conditions.evaluator import Case, Cause, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked, said
from pipeline.coach.matching import SpokenText
from pipeline.coach.wording import NeededWording, Wording, only
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard


class PhraseSaid(NeededWording):
    """A phrase that `channel` must not say. Each time it is said is a fault.

    `mend` puts it right in the same breath, that is later in the same utterance: then it is none. So does `excuse`,
    wherever in that utterance it is said: a reason often comes first. `recovery` is what answers the hint in a later
    one.
    """

    kind: Literal["phrase_said"]
    channel: Literal[Channel.AGENT, Channel.CUSTOMER] = Channel.AGENT
    mend: Wording = Wording()
    excuse: Wording = Wording()
    recovery: Wording = Wording()
    done: Annotated[str, only()] = "已换说法"
    done_en: Annotated[str, only()] = "put it another way"


class PhraseWatch:
    """Searches each utterance for the phrase, those after it for what mends it."""

    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard,)

    def __init__(self, when: PhraseSaid, case: Case) -> None:
        self._when, self._notes = when, case.notes
        self._banned, self._mend, self._excuse = when.listen(), when.mend.listen(), when.excuse.listen()
        self._recovery = when.recovery.listen()
        self._said_end_ms: int | None = None

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if not isinstance(event, WordsHeard) or spoken is None or event.channel is not self._when.channel:
            return []
        if not spoken.chars:
            return []
        self._notes.chances = 1
        if match := self._banned.find(spoken):
            span = spoken.span(event.channel, match)
            if mended := self._mend.find(spoken, match.end) or self._excuse.find(spoken):
                self._notes.kept.append(spoken.span(event.channel, mended))
                return []
            self._notes.broken.append(span)
            self._said_end_ms = event.end_ms
            return [Cause(span.start_ms, span.end_ms, (span,), (("quote", span.quote),))]
        if self._said_end_ms is not None and event.start_ms >= self._said_end_ms and self._recovery.find(spoken):
            self._said_end_ms = None
            return [Obeyed(self._when.done, self._when.done_en)]
        return []

    def finish(self, at_ms: int) -> None:
        pass


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
        Worked("mended", _RUDE, (said(0, 900, "我不知道"), said(2_000, 3_000, "我帮您查一下")), (Cause, Obeyed)),
        Worked("mended in the same breath", _RUDE, (said(0, 1_900, "我不知道，我马上问一下"),)),
        Worked("excused before it", _RUDE, (said(0, 1_900, "我今天刚来，我不知道"),)),
        Worked("mended before it is no mending", _RUDE, (said(0, 1_900, "您马上问，我不知道"),), (Cause,)),
        Worked("an exception of the pattern", _RUDE, (said(0, 900, "我不知道您方便吗"),)),
        Worked("said by the other side", _RUDE, (said(0, 900, "我不知道", Channel.CUSTOMER),)),
    ),
)
