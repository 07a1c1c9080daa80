"""What follows from what was heard: turn-taking, waits, prompts by words, phases, the coach and the score card.

No sound and no clock: `call.listen` feeds it what the ears hear, `replay` what was kept of that, and written dialogues
are fed to it by whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.audio.turn_taking import TurnTaking, TurnTakingSettings
from pipeline.coach.coach import Coach
from pipeline.coach.hints import Past
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.understanding import Understanding
from pipeline.events.call import CallStarted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.words import COACHED, LanguageHeard, WordsGuessed, WordsHeard


class Conversation:
    """One call. Fed with the same events again, under the same rulebook and settings, it says the same again."""

    def __init__(
        self, rulebook: Rulebook, settings: TurnTakingSettings, started: CallStarted, past: Past | None = None
    ) -> None:
        """`past`: of a call that is replayed, the hints that it had, where no other may be raised (HintStage)."""
        self._understanding = Understanding(rulebook)
        self._turn_taking = TurnTaking(started.channels, settings, self._understanding.prompts, rulebook.least_voice_ms)
        self._foreign: set[Channel] = set()  # who speaks another language than the coached one
        self._coach = Coach(rulebook, started.facts, started.channels, self._understanding.prompts, past)

    def due(self, at_ms: int) -> bool:
        """Whether a silence limit falls into the slice that ends at `at_ms`: the ears must then decide at once.

        To be asked before that slice is fed. Sound that may become a turn is fed as OnsetPending with it.
        """
        return self._turn_taking.due(at_ms)

    def feed(self, at_ms: int, heard: Sequence[Event]) -> list[Event]:
        """What follows from what was `heard` in the slice ending at `at_ms`, in ms of audio since the call's start.

        To be fed every slice, also without events; CallStarted at 0. After the last slice it is fed once more at the
        same time: SoundEnded, and what was open until then.
        """
        if not heard and at_ms < min(self._turn_taking.wake_ms, self._coach.wake_ms):
            return []
        facts = self._facts(heard)
        understood = self._understanding.feed(at_ms, facts)
        taken = self._turn_taking.feed(at_ms, [*understood, *facts])
        return [*understood, *taken, *self._coach.feed(at_ms, [*understood, *facts, *taken])]

    def _facts(self, heard: Sequence[Event]) -> list[Event]:
        facts: list[Event] = []
        for event in heard:
            if isinstance(event, LanguageHeard):
                (self._foreign.discard if event.is_coached else self._foreign.add)(event.channel)
            if not self._is_passed_over(event):
                facts.append(event)
        return facts

    def _is_passed_over(self, event: Event) -> bool:
        """Captions are not kept, and failures are of this process: were they heard, a replay would not hear the same.

        Words of a language that is not coached are made up or mean nothing to the rules, and its pace has other bounds.
        """
        match event:
            case WordsGuessed() | StageFailed() | StageBack():
                return True
            case WordsHeard():
                return event.channel in self._foreign or event.language != COACHED
            case PaceMeasured():
                return event.channel in self._foreign
        return False

    def finish(self, at_ms: int) -> list[Event]:
        """The end of the hint at hand, and the score. The last call."""
        return self._coach.finish(at_ms)
