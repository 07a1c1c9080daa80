"""What of a call was heard well enough to be judged: how much of the speech in words, how much of the sound at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.events.channels import Channel, ChannelBack, ChannelLost, GapEnded, GapStarted
from pipeline.events.faults import OverloadNoted
from pipeline.events.hints import Span
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.events.words import LanguageHeard, WordsHeard

UNMEASURED = 3
"""From this level of overload on, sound is no longer measured (events.faults.OverloadNoted)."""

MOST_MISSING = 0.1
"""Of a fault; with more of it missing nobody knows what was said there. Ours."""

_OVERLOAD = "overload"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one call, in ms. `lost`: spans without sound of a side, or unmeasured; in order, apart from each other.

    `knows_agent`: the agent has a channel; in a one-channel recording nobody knows who speaks.
    """

    duration_ms: int
    agent_ms: int = 0  # speech of the agent
    spoken_ms: int = 0  # of all sides
    worded_ms: int = 0  # of that, with words
    foreign_ms: int = 0  # of that, in another language than the coached one
    agent_foreign_ms: int = 0  # of agent_ms
    lost: tuple[tuple[int, int], ...] = ()
    knows_agent: bool = True

    @property
    def worded_share(self) -> float:
        """Of all speech in the coached language, 0 to 1; 1 where nobody spoke it."""
        understandable_ms = self.spoken_ms - self.foreign_ms
        return min(1.0, self.worded_ms / understandable_ms) if understandable_ms > 0 else 1.0

    @property
    def foreign_share(self) -> float:
        """Of the agent's speech, 0 to 1; in a one-channel recording, of all."""
        foreign_ms, of_ms = self.agent_foreign_ms, self.agent_ms
        if not self.knows_agent:
            foreign_ms, of_ms = self.foreign_ms, self.spoken_ms
        return foreign_ms / of_ms if of_ms else 0.0

    @property
    def heard_agent(self) -> bool:
        """Whether the agent spoke; in a one-channel recording, whether anybody did."""
        return bool(self.agent_ms if self.knows_agent else self.spoken_ms)

    @property
    def lost_share(self) -> float:
        """Of the call's time; 0 to 1."""
        lost_ms = sum(end - start for start, end in self.lost)
        return round(lost_ms / self.duration_ms, 3) if self.duration_ms else 0.0

    def is_lost(self, span: Span) -> bool:
        """Whether more than a tenth of it was not heard."""
        missing_ms = sum(max(0, min(end, span.end_ms) - max(start, span.start_ms)) for start, end in self.lost)
        return missing_ms > MOST_MISSING * (span.end_ms - span.start_ms)


class CoverageMeter:
    """Fed with every event of a call."""

    def __init__(self, channels: tuple[Channel, ...]) -> None:
        self._knows_agent = Channel.AGENT in channels
        self._turns: list[TurnEnded] = []
        self._words: list[WordsHeard] = []
        self._languages: dict[Channel, list[LanguageHeard]] = {channel: [] for channel in Channel}
        self._lost_from: dict[str, int] = {}  # what is missing now: a channel, or the measures of all
        self._lost: list[tuple[int, int]] = []

    def feed(self, event: Event) -> None:
        match event:
            case TurnEnded():
                self._turns.append(event)
            case WordsHeard() if event.text:
                self._words.append(event)
            case LanguageHeard():
                self._languages[event.channel].append(event)
            case GapStarted() | ChannelLost():  # earlier records know no short gaps
                self._lost_from.setdefault(event.channel, event.start_ms)
            case GapEnded() | ChannelBack():
                self._lost.append((self._lost_from.pop(event.channel, event.start_ms), event.end_ms))
            case OverloadNoted() if event.level >= UNMEASURED:
                self._lost_from.setdefault(_OVERLOAD, event.at_ms)
            case OverloadNoted() if (start_ms := self._lost_from.pop(_OVERLOAD, None)) is not None:
                self._lost.append((start_ms, event.at_ms))

    def finish(self, at_ms: int) -> Coverage:
        """`at_ms`: the call's end. What is missing then was missing up to it."""
        spans = sorted([*self._lost, *((start_ms, at_ms) for start_ms in self._lost_from.values())])
        joined: list[tuple[int, int]] = []
        for start_ms, end_ms in spans:
            if joined and start_ms <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], end_ms)
            else:
                joined.append((start_ms, end_ms))
        agents = [turn for turn in self._turns if turn.channel is Channel.AGENT]
        return Coverage(
            at_ms,
            _length_ms(agents),
            _length_ms(self._turns),
            _length_ms(words for words in self._words if not self._is_foreign(words)),
            _length_ms(turn for turn in self._turns if self._is_foreign(turn)),
            _length_ms(turn for turn in agents if self._is_foreign(turn)),
            tuple(joined),
            self._knows_agent,
        )

    def _is_foreign(self, said: TurnEnded | WordsHeard) -> bool:
        """What was told last of its beginning holds: a change of language is told with some delay."""
        told = [one for one in self._languages[said.channel] if one.start_ms <= said.start_ms]
        return bool(told) and not told[-1].is_coached


def _length_ms(spans: Iterable[TurnEnded | WordsHeard]) -> int:
    return sum(span.end_ms - span.start_ms for span in spans)
