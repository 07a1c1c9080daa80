"""The phases of a call: the rulebook names them and says what begins each; here it is noticed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from pipeline.coach.matching import SpokenText
from pipeline.coach.wording import Checked, Covers, Id, Wording
from pipeline.events.call import CallStarted, PhaseChanged
from pipeline.events.channels import Channel
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceStarted, TurnEnded, TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.first_voice import TURN_GAP_MS
from pipeline.prompts import PlayedPrompts, covers
from pipeline.quantities import DAY_MS, NEVER_MS, within


class Phase(Checked):
    """One phase of a call and what begins it, whichever comes first. The first one of a rulebook begins with the call.

    It begins out of the phases `after` alone, out of any where that is empty. A phase with `silences` lasts as long as
    they do; then the one before it goes on, whose time has run on meanwhile. So it does when in a phase with
    `spoken_on_ms` the customer speaks on, in other words than those it is `said` by. Words with one of `questions`
    behind them begin nothing: 感谢您的来电，请问有什么可以帮您 is a greeting.
    """

    id: Id
    title: str = Field(min_length=1)
    title_en: str = ""
    covers: Covers = ()
    after: tuple[Id, ...] = Field(default=(), max_length=100)
    answered: bool = False  # begins when the agent speaks after the customer has, machines left out
    after_ms: Annotated[int, within(20, DAY_MS)] | None = None  # begins when the phase before has lasted so long
    said: Wording = Wording()  # begins when the agent says it
    questions: Wording = Wording()  # and asks none of these after it
    heard: Wording = Wording()  # begins when the customer says it, not a machine on their side
    silences: tuple[SilenceKind, ...] = Field(default=(), max_length=10)
    spoken_on_ms: Annotated[int, within(20, DAY_MS)] | None = None  # it is over when the customer speaks on so long

    @model_validator(mode="after")
    def _has_something_before_it(self) -> Phase:
        if (self.answered or self.after_ms is not None) and not self.after:
            raise ValueError("`after` beside `answered` and `after_ms`: the phases out of which it begins")
        return self

    def follows(self, phase: str) -> bool:
        return not self.after or phase in self.after


class _Beginning:
    """The words by which a phase begins."""

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self._said, self._questions = phase.said.listen(), phase.questions.listen()

    def is_in(self, spoken: SpokenText) -> bool:
        said = self._said.find(spoken)
        while said is not None and (asked := self._questions.find(spoken, said.end)) is not None:
            said = self._said.find(spoken, asked.end)
        return said is not None


class PhaseTracker:
    """In which phase a call is. Feed it the events of `hears`, and `tick` at `wake_ms`, in the order of the call."""

    hears = (CallStarted, SilenceStarted, SilenceEnded, TurnStarted, TurnEnded, PromptPlayed, WordsHeard)

    def __init__(self, phases: tuple[Phase, ...], prompts: PlayedPrompts, least_voice_ms: int = 0) -> None:
        """A turn of the customer's that is shorter than `least_voice_ms` is a click."""
        self._phases = {phase.id: phase for phase in phases}
        self._beginnings = [_Beginning(phase) for phase in phases if not phase.said.is_empty]
        self._heard = [(phase, phase.heard.listen()) for phase in phases if not phase.heard.is_empty]
        self._prompts = prompts
        self._least_voice_ms = least_voice_ms
        self.now = phases[0].id if phases else ""
        self._lasting = self.now  # the phase that goes on when a silence is over
        self._awaits_answer = False  # something begins when the agent answers the customer
        self._before = ""  # the phase out of which the lasting one began
        self._spoken_on_ms = 0  # what the customer has said in it
        self._said_ms = 0  # end of the words by which it began
        self._customer_turns: dict[int, int | None] = {}  # start to end, in the phase at hand
        self._next: Phase | None = None  # what begins at wake_ms
        self.wake_ms = NEVER_MS

    def tick(self, at_ms: int) -> list[PhaseChanged]:
        """What begins because the phase before has lasted long enough."""
        if at_ms < self.wake_ms or self._next is None:
            return []
        if self.now == self._lasting:
            return self._enter(at_ms, self._next)
        self._settle(at_ms, self._next.id)  # in a silence: told when that is over
        return []

    def feed(self, at_ms: int, event: Event, spoken: SpokenText | None) -> list[PhaseChanged]:
        """`spoken` is there for WordsHeard alone."""
        match event:
            case CallStarted() if self._phases:
                self._settle(at_ms, self.now)
                return [PhaseChanged(at_ms, self.now)]
            case SilenceStarted():
                return self._silence(at_ms, event)
            case SilenceEnded() if self.now != self._lasting:
                self.now = self._lasting
                return [PhaseChanged(at_ms, self.now)]
            case TurnStarted(channel=Channel.CUSTOMER):
                if (
                    self._awaits_answer
                    and self.now == self._lasting
                    and not self._prompts.cover(event.channel, event.start_ms)
                ):
                    self._customer_turns[event.start_ms] = None
            case TurnEnded(channel=Channel.CUSTOMER) if event.start_ms in self._customer_turns:
                self._customer_turns[event.start_ms] = event.end_ms
            case PromptPlayed(channel=Channel.CUSTOMER):
                self._customer_turns = {
                    start_ms: end_ms
                    for start_ms, end_ms in self._customer_turns.items()
                    if not covers(event, event.channel, start_ms)
                }
            case TurnStarted(channel=Channel.AGENT) if self._is_customer_heard(at_ms):
                return self._begin(at_ms, [phase for phase in self._phases.values() if phase.answered])
            case WordsHeard(channel=Channel.AGENT) if spoken is not None:
                heard = [b.phase for b in self._beginnings if b.phase.follows(self.now) and b.is_in(spoken)]
                self._said_ms = event.end_ms if heard else self._said_ms
                return self._begin(at_ms, heard)
            case WordsHeard(channel=Channel.CUSTOMER) if spoken is not None:
                return self._heard_in(at_ms, event, spoken) or self._customer_goes_on(at_ms, event, spoken)
        return []

    def _is_customer_heard(self, at_ms: int) -> bool:
        """Of a turn that goes on the pause by which its end is known may be the last of it."""
        return any(
            (at_ms - TURN_GAP_MS if end_ms is None else end_ms) - start_ms >= self._least_voice_ms
            for start_ms, end_ms in self._customer_turns.items()
        )

    def _heard_in(self, at_ms: int, words: WordsHeard, spoken: SpokenText) -> list[PhaseChanged]:
        if self._prompts.cover(words.channel, words.start_ms):
            return []
        return self._begin(at_ms, [phase for phase, heard in self._heard if heard.find(spoken) is not None])

    def _customer_goes_on(self, at_ms: int, words: WordsHeard, spoken: SpokenText) -> list[PhaseChanged]:
        """诶稍等，发票抬头能改吗: after a goodbye the call goes on."""
        phase = self._phases.get(self._lasting)
        if phase is None or phase.spoken_on_ms is None or words.start_ms < self._said_ms or not spoken.chars:
            return []
        if self._prompts.cover(words.channel, words.start_ms) or phase.said.listen().find(spoken):
            return []
        self._spoken_on_ms += words.end_ms - words.start_ms
        before = self._phases.get(self._before)
        if self._spoken_on_ms <= phase.spoken_on_ms or before is None:
            return []
        return self._enter(at_ms, before)

    def _silence(self, at_ms: int, event: SilenceStarted) -> list[PhaseChanged]:
        for phase in self._phases.values():
            if event.kind in phase.silences and phase.id != self.now and phase.follows(self._lasting):
                self.now = phase.id
                return [PhaseChanged(at_ms, self.now)]
        return []

    def _begin(self, at_ms: int, phases: list[Phase]) -> list[PhaseChanged]:
        phase = next((phase for phase in phases if phase.follows(self.now)), None)
        return [] if phase is None else self._enter(at_ms, phase)

    def _enter(self, at_ms: int, phase: Phase) -> list[PhaseChanged]:
        if phase.id == self.now:
            return []
        self._settle(at_ms, phase.id)
        self.now = phase.id
        return [PhaseChanged(at_ms, self.now)]

    def _settle(self, at_ms: int, phase: str) -> None:
        """From now on `phase` goes on, under a silence too, and its time counts."""
        self._before, self._lasting = self._lasting, phase
        self._spoken_on_ms = 0
        self._customer_turns.clear()
        self._awaits_answer = any(p.answered and p.follows(phase) for p in self._phases.values())
        following = [p for p in self._phases.values() if p.after_ms is not None and phase in p.after]
        self._next = min(following, key=lambda p: p.after_ms or 0, default=None)
        self.wake_ms = NEVER_MS if self._next is None else at_ms + (self._next.after_ms or 0)
