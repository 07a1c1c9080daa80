"""Written dialogues as the ears would tell them, through a whole Conversation: no sound, no recogniser."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.dialogues.hearing import END_MS, ONSET_MS, WORDS_MS
from pipeline.dialogues.playing import hold
from pipeline.events.call import CallFacts, CallStarted, PhaseChanged
from pipeline.events.channels import Channel
from pipeline.events.hints import HintRaised
from pipeline.events.record import Event
from pipeline.events.score import CallScored, Verdict
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.ports import SLICE_MS
from tests.coach.story import AGENT, CUSTOMER, words

SETTINGS = TurnTakingSettings()


@dataclass(frozen=True)
class Line:
    """`text` said from `start_ms` on; `length_ms` 0: at 240 ms a character."""

    who: Channel
    start_ms: int
    text: str
    length_ms: int = 0

    @property
    def end_ms(self) -> int:
        return self.start_ms + (self.length_ms or max(300, len(self.text) * 240 // SLICE_MS * SLICE_MS))


def agent(start_s: float, text: str, length_s: float = 0) -> Line:
    return Line(AGENT, round(start_s * 1000), text, round(length_s * 1000))


def customer(start_s: float, text: str, length_s: float = 0) -> Line:
    return Line(CUSTOMER, round(start_s * 1000), text, round(length_s * 1000))


class Played:
    """A call of these lines, `until_s` long, all that was heard and all that followed; `told` are other facts."""

    def __init__(
        self, rulebook: Rulebook, lines: Iterable[Line], until_s: float, told: Iterable[Event] = (),
        facts: CallFacts | None = None, channels: tuple[Channel, ...] = (AGENT, CUSTOMER),
    ) -> None:  # fmt: skip
        facts = facts or CallFacts()
        started = CallStarted(
            0, "c", "t", channels, facts, rulebook.id, rulebook.version, "s", "none",
            legend=legend(rulebook, SETTINGS.both_limit_ms, SETTINGS.agent_limit_ms),
        )  # fmt: skip
        self.end_ms = round(until_s * 1000) // SLICE_MS * SLICE_MS
        slices, last = _slices(lines, told, self.end_ms)
        self.events = hold(started, rulebook, SETTINGS, slices, last, self.end_ms)

    @property
    def hints(self) -> list[tuple[str, float]]:
        return [(event.rule, event.at_ms / 1000) for event in self.events if isinstance(event, HintRaised)]

    @property
    def phases(self) -> list[tuple[str, float]]:
        return [(event.phase, event.at_ms / 1000) for event in self.events if isinstance(event, PhaseChanged)]

    def verdict(self, rule: str) -> Verdict:
        scored = self.events[-1]
        assert isinstance(scored, CallScored)
        return next(item.verdict for item in scored.items if item.rule == rule)


def _slices(lines: Iterable[Line], told: Iterable[Event], end_ms: int) -> tuple[dict[int, list[Event]], list[Event]]:
    """What is heard in each slice, and what was open at the end."""
    slices: dict[int, list[Event]] = defaultdict(list)
    last: list[Event] = []
    for event in told:
        slices[event.at_ms].append(event)
    for line in sorted(lines, key=lambda line: line.start_ms):
        begun, ended, known = line.start_ms + ONSET_MS, line.end_ms + END_MS, line.end_ms + WORDS_MS
        if begun <= end_ms:
            slices[begun].append(TurnStarted(begun, line.who, line.start_ms))
            over = TurnEnded(min(ended, end_ms), line.who, line.start_ms, min(line.end_ms, end_ms))
            (slices[ended] if ended <= end_ms else last).append(over)
            heard = words(min(known, end_ms), line.who, line.start_ms, over.end_ms, line.text)
            (slices[known] if known <= end_ms else last).append(heard)
    return slices, last
