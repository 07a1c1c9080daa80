"""What the evaluators of all conditions share: what they may know, what they note for the score, what they signal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from pipeline.coach.matching import SpokenText
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, WaitRequested
from pipeline.prompts import PlayedPrompts


@dataclass(slots=True)
class CallState:
    """What all evaluators may know of the call so far; the coach keeps it up to date before they are fed."""

    facts: CallFacts
    channels: tuple[Channel, ...]
    prompts: PlayedPrompts
    phase: str = ""  # an id of the rulebook's phases, "" where it has none
    silent_call: bool = False  # its procedure is running
    wait: WaitRequested | None = None  # what was asked for last
    least_voice_ms: int = 0  # a shorter turn is a click

    def is_voice(self, turn: TurnEnded) -> bool:
        """Whether a turn is somebody's, and no click or prompt, as far as is known."""
        is_click = turn.end_ms - turn.start_ms < self.least_voice_ms
        return not is_click and not self.prompts.cover(turn.channel, turn.start_ms)


@dataclass(slots=True)
class RuleNotes:
    """What was heard about one rule. `chances`: occasions to keep or break it; none means not applicable."""

    chances: int = 0
    kept: list[Span] = field(default_factory=list)
    broken: list[Span] = field(default_factory=list)
    neutral: int = 0  # broken, but the agent said the hint was of no use
    is_off: bool = False  # a pattern of it took too long, so nobody listened on
    due: dict[int, bool] = field(default_factory=dict)  # hints that were due: start of their cause, and if it was shown

    @property
    def withheld(self) -> int:
        """So many hints were due and never shown: another one stood there, or had just been."""
        return sum(not shown for shown in self.due.values())

    def note_due(self, cause: Cause, shown: bool) -> None:
        """A hint is due. The same cause may be due again, until it was shown."""
        start_ms = cause.evidence[0].start_ms if cause.evidence else cause.start_ms
        self.due[start_ms] = shown or self.due.get(start_ms, False)

    def retract(self, evidence: tuple[Span, ...]) -> None:
        """What looked like a fault was none: the evidence does not count."""
        self.broken = [span for span in self.broken if span not in evidence]
        for span in evidence:
            self.due.pop(span.start_ms, None)

    def neutralise(self, evidence: tuple[Span, ...]) -> None:
        """这条没用: counts neither for nor against."""
        self.neutral += sum(span in self.broken for span in evidence)
        self.retract(evidence)


@dataclass(slots=True)
class Case:
    """One rule in one call: what its evaluator reads, and the notes it writes."""

    state: CallState
    phases: tuple[str, ...] = ()  # in which the rule applies; empty: in all
    notes: RuleNotes = field(default_factory=RuleNotes)

    @property
    def is_in_phase(self) -> bool:
        return not self.phases or self.state.phase in self.phases


@dataclass(frozen=True, slots=True)
class Instead:
    """What a hint says in place of the rule's own text; `english` "" where it is words to say."""

    text: str
    english: str = ""
    form: Literal["speak", "do"] = "do"


@dataclass(frozen=True, slots=True)
class Cause:
    """The rule wants to speak. `lasts`: true until `Gone` or `Obeyed` says otherwise, so it may be offered again."""

    start_ms: int
    end_ms: int
    evidence: tuple[Span, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()  # for the placeholders of the rule's `say` and `why`
    figures_en: tuple[tuple[str, str], ...] = ()  # those among them that have words, in English
    say: Instead | None = None
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Obeyed:
    """The agent did what the hint asked for; `note` and `note_en` tell so, "" when there is nothing to tell.

    `since_ms`: when the agent began to, where that takes a while to be certain; null: now.
    """

    note: str = ""
    note_en: str = ""
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The cause is over, or was none, without the agent having done anything."""


Signal = Cause | Obeyed | Gone


class Evaluator(Protocol):
    """Judges one condition in one call. Made anew for each call; holds all it remembers."""

    hears: ClassVar[tuple[type[Event], ...]]

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        """One event of the kinds in `hears`, in the order of the call; `spoken` is there for WordsHeard alone."""
        ...

    def finish(self, at_ms: int) -> None:
        """Settle what the end of the call settles, for the score."""
        ...
