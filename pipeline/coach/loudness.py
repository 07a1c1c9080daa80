"""Live evaluators of level: a customer too faint to be heard, and an agent who grows louder instead of asking.

Handbook 002 no. 6: keep one's own volume, ask politely, ask again until both hear well, at last ask for another phone.
"""

from __future__ import annotations

from math import log10
from typing import ClassVar

from pipeline.coach.conditions import CallState
from pipeline.coach.hints import Cause, Gone, Obeyed, Signal
from pipeline.coach.matching import SpokenText
from pipeline.coach.rulebook import Rule
from pipeline.coach.scorecard import RuleNotes
from pipeline.coach.vocabulary import Level
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.hints import Span
from pipeline.events.measures import LevelMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.events.words import WordsHeard

_Heard = TurnEnded | LevelMeasured | ChannelLost | ChannelBack


class Faintness:
    """Whether one side is too faint, judged over utterances; between the limits nothing changes (hysteresis)."""

    def __init__(self, when: Level) -> None:
        self._when = when
        self._faint: dict[int, int] = {}  # utterances in a row that were too faint: start and length, ms
        self._from_ms = 0  # what began earlier no longer counts
        self._is_lost = False
        self._ended_ms = -1  # of the last utterance
        self.since_ms: int | None = None  # start of what made it too faint
        self.last: LevelMeasured | None = None

    @property
    def is_proven(self) -> bool:
        """Too faint, and heard so since `start_anew`."""
        return self.since_ms is not None and self._is_enough

    @property
    def _is_enough(self) -> bool:
        return len(self._faint) >= self._when.utterances and sum(self._faint.values()) >= self._when.least_ms

    def start_anew(self, at_ms: int) -> None:
        """Somebody asked: what was said before tells nothing about the answer."""
        self._faint.clear()
        self._from_ms = at_ms

    def forget(self) -> None:
        self._faint.clear()
        self.since_ms = None

    def feed(self, event: _Heard) -> bool:
        """True when a voice loud enough is heard."""
        if event.channel is not self._when.channel:
            return False
        if isinstance(event, TurnEnded):  # its last reading comes next
            self._ended_ms = event.end_ms
            return False
        if not isinstance(event, LevelMeasured):
            self._is_lost = isinstance(event, ChannelLost)
            self.forget()
            return False
        when, snr_db = self._when, event.snr_db
        length_ms = event.end_ms - event.start_ms
        # What does not stand out of the noise may be no voice at all.
        is_voice = length_ms >= when.shortest_ms and (snr_db is None or snr_db >= when.least_snr_db)
        if self._is_lost or not is_voice or event.start_ms < self._from_ms:
            return False
        self.last = event
        # A loud first word makes no loud utterance: that shows when it is over, or has lasted.
        is_settled = event.end_ms == self._ended_ms or length_ms >= when.recovery_ms
        if event.speech_dbfs < when.below_dbfs or (snr_db is not None and snr_db < when.below_snr_db):
            self._faint[event.start_ms] = length_ms
            if self.since_ms is None and self._is_enough:
                self.since_ms = min(self._faint)
            return False
        self._faint.pop(event.start_ms, None)
        if not is_settled:
            return False
        if self.since_ms is None:
            self._faint.clear()
        is_loud = event.speech_dbfs >= when.below_dbfs + when.recovery_db
        if not is_loud or (snr_db is not None and snr_db < when.below_snr_db + when.recovery_db):
            return False
        self.forget()
        return True


class FaintWatch:
    """The customer is too faint, after `requests` to speak up were made in vain."""

    hears: ClassVar[tuple[type[Event], ...]] = (TurnEnded, LevelMeasured, WordsHeard, ChannelLost, ChannelBack)

    def __init__(self, rule: Rule, when: Level, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._asks, self._answer = when.asks.listen(), when.listen()
        self._voice = Faintness(when)
        self._requests = 0
        self._asked_ms = -1  # end of the last request
        self._told: str | None = None  # the figure complained of

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if isinstance(event, WordsHeard):
            return self._words(event, spoken) if event.channel is Channel.AGENT and spoken else []
        assert isinstance(event, _Heard)
        was_faint = self._voice.since_ms is not None
        if self._voice.feed(event):
            return self._recovered()
        if was_faint and self._voice.since_ms is None:
            self._told = None
            return [Gone(self._rule.id)]
        most = self._when.requests_most
        is_due = self._requests >= self._when.requests and (most is None or self._requests <= most)
        if not isinstance(event, LevelMeasured) or event is not self._voice.last:
            return []
        return [self._cause(event)] if is_due and self._voice.is_proven else []

    def finish(self, at_ms: int) -> None:
        pass

    def _words(self, event: WordsHeard, spoken: SpokenText) -> list[Signal]:
        if self._asks.find(spoken):
            # Asking twice before the customer has spoken again is asking once.
            answered = self._voice.last is not None and self._voice.last.start_ms >= self._asked_ms
            self._requests += 1 if answered or self._requests == 0 else 0
            self._asked_ms = event.end_ms
            self._voice.start_anew(event.end_ms)
        if self._told is None or not self._answer.find(spoken):
            return []
        self._told = None
        return [Obeyed(self._rule.id, "已说")]

    def _recovered(self) -> list[Signal]:
        self._requests = 0
        told, self._told = self._told, None
        last = self._voice.last
        return [Obeyed(self._rule.id, f"{told} → {_figure(last, self._when)}")] if told and last else []

    def _cause(self, event: LevelMeasured) -> Cause:
        self._told = self._told or _figure(event, self._when)
        since_ms = event.start_ms if self._voice.since_ms is None else self._voice.since_ms
        span = Span(event.channel, since_ms, event.end_ms, self._told)
        return Cause(self._rule, since_ms, event.end_ms, (span,), (("level", self._told),))


class OwnVolumeWatch:
    """The agent speaks louder than before because the other side is too faint."""

    hears: ClassVar[tuple[type[Event], ...]] = (TurnEnded, LevelMeasured, ChannelLost, ChannelBack)

    def __init__(self, rule: Rule, when: Level, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._voice = Faintness(when)
        self._own: dict[int, tuple[int, float]] = {}  # own utterances before: length in ms, mean square
        self._before: float | None = None  # dB over the usual when it fired
        self._evidence: tuple[Span, ...] = ()

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        assert isinstance(event, _Heard)
        if isinstance(event, LevelMeasured) and event.channel is Channel.AGENT:
            return self._measured(event)
        self._voice.feed(event)
        if self._voice.since_ms is None and self._before is not None:
            self._before = None
            return [Gone(self._rule.id)]
        return []

    def finish(self, at_ms: int) -> None:
        pass

    def _measured(self, event: LevelMeasured) -> list[Signal]:
        length_ms = event.end_ms - event.start_ms
        if self._voice.since_ms is None or event.start_ms in self._own:
            self._own[event.start_ms] = length_ms, 10 ** (event.speech_dbfs / 10)
            return []
        usual = self._usual_dbfs()
        if usual is None or self._when.own_rise_db is None or length_ms < self._when.shortest_ms:
            return []
        self._notes.chances = 1
        rise = event.speech_dbfs - usual
        if rise > self._when.own_rise_db:
            return [self._cause(event, rise)]
        before, self._before = self._before, None
        return [Obeyed(self._rule.id, f"+{before:.0f} → {rise:+.0f} dB")] if before is not None else []

    def _usual_dbfs(self) -> float | None:
        """RMS of the agent's utterances from before; None while they are too few."""
        spoken_ms = sum(length for length, _ in self._own.values())
        if spoken_ms < self._when.own_baseline_ms:
            return None
        return 10 * log10(sum(length * square for length, square in self._own.values()) / spoken_ms)

    def _cause(self, event: LevelMeasured, rise: float) -> Cause:
        quote = f"+{rise:.0f} dB"
        if self._before is None:
            self._before = rise
            self._evidence = (Span(event.channel, event.start_ms, event.end_ms, quote),)
            self._notes.broken += self._evidence
        return Cause(self._rule, event.start_ms, event.end_ms, self._evidence, (("level", quote),))


def _figure(event: LevelMeasured, when: Level) -> str:
    """What is too little, or no longer is: the level itself, or what it stands out of the noise."""
    if event.speech_dbfs >= when.below_dbfs and event.snr_db is not None and event.snr_db < when.below_snr_db:
        return f"比噪声只高 {event.snr_db:.0f} dB"
    return f"{event.speech_dbfs:.0f} dBFS".replace("-", "−")
