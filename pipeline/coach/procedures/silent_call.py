"""The silent-call procedure (handbook document 002) as a state machine over turns and silences.

The customer's side is silent: the agent says the opening words, waits, says them again, and may hang up at last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from pipeline.coach.mandarin import BLANK
from pipeline.coach.wording import Checked, Cite, Covers, fill, fill_known, only
from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel, ChannelBack
from pipeline.events.hints import SilentCallStep, Span
from pipeline.events.record import Event
from pipeline.events.turns import SilenceKind, SilenceReached, TurnEnded, TurnStarted
from pipeline.first_voice import FirstVoice
from pipeline.prompts import PlayedPrompts
from pipeline.quantities import DAY_MS, NEVER_MS, ShortMs, within


class ScriptStep(Checked):
    """Exact words. `{company}` and `{agent_name}` are facts, a blank where unknown.

    A part in square brackets is left out where one of its facts is unknown. `title` names the step.
    """

    say: Annotated[str, only("company", "agent_name"), Field(min_length=1)]
    title: str = ""
    title_en: str = ""
    covers: Covers = ()

    def words(self, facts: CallFacts) -> str:
        """What is to be said in a call with these facts."""
        return fill_known(self.say, {"company": facts.company, "agent_name": facts.agent_name}, BLANK)


class SilentCallScript(Checked):
    """The steps to say and, last, what to read when hanging up is allowed; `wait_ms` after each.

    A sound on the customer's side shorter than `customer_turn_ms` is no customer. The rest is how faults are told.
    """

    wait_ms: Annotated[int, within(20, DAY_MS)]
    steps: tuple[ScriptStep, ...] = Field(min_length=1, max_length=10)
    end: Annotated[str, only()]
    end_title: str = ""
    end_title_en: str = ""
    end_covers: Covers = ()
    over_covers: Covers = ()  # that it ends when the customer is heard
    cite: Cite
    customer_turn_ms: ShortMs = 300
    not_opened: Annotated[str, only()] = "未说开头语"
    late: Annotated[str, only("step")] = "第{step}步说得晚"
    hung_up: Annotated[str, only("step")] = "第{step}步后挂机"


@dataclass(slots=True)
class _Cut:
    """Where the procedure stood when the customer was heard; the agent's turns since count as if it had gone on."""

    state: Literal["say", "wait"]
    from_ms: int


class SilentCall:
    """Runs from CallStarted until the customer is heard; only inbound, only with both sides heard."""

    def __init__(
        self, script: SilentCallScript, facts: CallFacts, channels: tuple[Channel, ...], prompts: PlayedPrompts
    ) -> None:
        self._script = script
        self._first_voice = FirstVoice(prompts, script.customer_turn_ms)
        self._facts = facts
        self._two_sided = Channel.AGENT in channels and Channel.CUSTOMER in channels
        self._step = 0
        self._state: Literal["say", "wait", "over"] = "over"
        self._from_ms = 0  # of the state at hand
        self._cut: _Cut | None = None  # ended by what may still prove to be a prompt
        self.shown = False  # the customer was silent for one wait at least, or the agent never opened
        self.faults: list[Span] = []

    @property
    def is_running(self) -> bool:
        return self._state != "over"

    def feed(self, at_ms: int, events: Sequence[Event]) -> list[SilentCallStep]:
        """To be fed with every slice that has events, and at `wake_ms` without any."""
        self._first_voice.feed(at_ms, events)
        out: list[SilentCallStep] = []
        if self._first_voice.is_heard and self._state != "over":
            self._cut = _Cut(self._state, self._from_ms)
            out.append(self._over(at_ms))
        elif not self._first_voice.is_heard and self._cut is not None:
            out += self._resume(at_ms, self._cut)
        for event in events:
            if isinstance(event, CallStarted):
                out += self._start(at_ms)
            elif self.is_running:
                out += self._hear(at_ms, event)
            elif self._cut is not None:
                self._hear_meanwhile(event, self._cut)
        return out

    @property
    def wake_ms(self) -> int:
        """When there is something to do though nothing has happened."""
        return self._first_voice.wake_ms if self.is_running else NEVER_MS

    def finish(self, at_ms: int) -> None:
        """A call hung up between the second step and the last one broke the procedure."""
        if self.is_running and self.shown and not self._is_last:
            self.faults.append(Span(Channel.AGENT, self._from_ms, at_ms, self._fault(self._script.hung_up)))

    @property
    def _is_last(self) -> bool:
        return self._step > len(self._script.steps)

    def _start(self, at_ms: int) -> list[SilentCallStep]:
        if not self._two_sided or self._facts.direction != "inbound" or self._step:
            return []
        return [self._say(at_ms, 1)]

    def _hear(self, at_ms: int, event: Event) -> list[SilentCallStep]:
        match event:
            case TurnStarted(channel=Channel.AGENT):
                self._note_late(event.start_ms)
            case TurnEnded(channel=Channel.AGENT) if not self._is_last:
                if (self._state, self._from_ms) != ("wait", event.end_ms):
                    self._state, self._from_ms = "wait", event.end_ms
                    return [self._told(at_ms)]
            case ChannelBack() if self._state == "wait":
                self._from_ms = event.end_ms  # what was said meanwhile is not known: the wait begins anew
                return [self._told(at_ms)]
            case SilenceReached(kind=SilenceKind.BOTH):
                return self._silent(at_ms, event)
            case FactsNoted():
                return self._learn(at_ms, event.facts)
        return []

    def _resume(self, at_ms: int, cut: _Cut) -> list[SilentCallStep]:
        """What was taken for the customer was a prompt: it touches neither the procedure nor its wait."""
        self._cut, self._state, self._from_ms = None, cut.state, cut.from_ms
        return [self._told(at_ms)]

    def _hear_meanwhile(self, event: Event, cut: _Cut) -> None:
        match event:
            case TurnEnded(channel=Channel.AGENT) if not self._is_last:
                cut.state, cut.from_ms = "wait", event.end_ms
            case ChannelBack() if cut.state == "wait":
                cut.from_ms = event.end_ms
            case FactsNoted():
                self._facts = event.facts
                self._cut = cut if event.facts.direction == "inbound" else None

    # --- the steps -----------------------------------------------------------------------------------

    def _silent(self, at_ms: int, silence: SilenceReached) -> list[SilentCallStep]:
        if self._state == "wait":
            self.shown = True
            return [self._say(at_ms, self._step + 1)]
        if self._step == 1:  # the agent has not said the opening words: nothing to repeat yet
            self.shown = True
            self.faults.append(Span(Channel.AGENT, silence.start_ms, at_ms, self._script.not_opened))
        return []

    def _note_late(self, start_ms: int) -> None:
        late = start_ms - self._from_ms > self._script.wait_ms
        if self._state == "say" and self._step > 1 and not self._is_last and late:
            self.faults.append(Span(Channel.AGENT, self._from_ms, start_ms, self._fault(self._script.late)))

    def _learn(self, at_ms: int, facts: CallFacts) -> list[SilentCallStep]:
        before = self._words(1)
        self._facts = facts
        if facts.direction != "inbound":
            return [self._over(at_ms)]
        return [self._told(at_ms)] if self._step == 1 and self._words(1) != before else []

    def _say(self, at_ms: int, step: int) -> SilentCallStep:
        self._step, self._state, self._from_ms = step, "say", at_ms
        return self._told(at_ms)

    def _over(self, at_ms: int) -> SilentCallStep:
        self._state = "over"
        return SilentCallStep(at_ms, 0, "over", "", "", None, self._script.wait_ms)

    def _told(self, at_ms: int) -> SilentCallStep:
        wait_from_ms = self._from_ms if self._state == "wait" else None
        say, next_say = self._words(self._step), self._words(self._step + 1)
        return SilentCallStep(at_ms, self._step, self._state, say, next_say, wait_from_ms, self._script.wait_ms)

    def _words(self, step: int) -> str:
        if step > len(self._script.steps):
            return self._script.end if step == len(self._script.steps) + 1 else ""
        return self._script.steps[step - 1].words(self._facts)

    def _fault(self, text: str) -> str:
        return fill(text, step=str(self._step))
