"""`level`: a customer too faint to be heard, and an agent who grows louder instead of asking.

Handbook 002 no. 6: keep one's own volume, ask politely, ask again until both hear well, at last ask for another phone.
"""

from __future__ import annotations

from math import log10
from typing import Annotated, ClassVar, Literal

from pydantic import model_validator

from pipeline.coach.conditions.evaluator import Case, Cause, Evaluator, Gone, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked, hears_wording, said
from pipeline.coach.faintness import Faintness, LevelFact
from pipeline.coach.matching import SpokenText
from pipeline.coach.wording import Wording, fill, only
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.hints import Span
from pipeline.events.measures import LevelMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.events.words import WordsHeard
from pipeline.quantities import Count, Dbfs, Decibels, Gain, Ms, in_order, within


class Level(Wording):
    """A side too faint to be heard, over several of its utterances. The wording is what the agent says about it.

    `asks` are requests to speak up: the rule speaks after `requests` of them, and up to `requests_most`, were in vain.
    With `own_rise_db` the agent's own level counts instead: so much over its usual one while the other side is faint.
    It is mended once it was no more than `own_back_db` over it for `own_back_ms` of speech.
    """

    kind: Literal["level"]
    channel: Literal[Channel.CUSTOMER] = Channel.CUSTOMER
    below_dbfs: Dbfs
    below_snr_db: Decibels
    least_snr_db: Gain = 0.0
    utterances: Count
    least_ms: Ms
    shortest_ms: Ms
    recovery_db: Decibels
    recovery_ms: Ms = 1_000
    asks: Wording = Wording()
    requests: Annotated[int, within(0, 1_000)] = 0
    requests_most: Annotated[int, within(0, 1_000)] | None = None
    own_rise_db: Annotated[float, within(0.1, 100)] | None = None
    own_baseline_ms: Ms = 5_000
    own_back_db: Annotated[float, within(0, 100)] = 1.5
    own_back_ms: Ms = 10_000
    too_soft: Annotated[str, only("dbfs")] = "{dbfs} dBFS"
    in_noise: Annotated[str, only("snr")] = "比噪声只高 {snr} dB"
    in_noise_en: Annotated[str, only("snr")] = "only {snr} dB over the noise"
    too_loud: Annotated[str, only("rise")] = "+{rise} dB"
    done: Annotated[str, only()] = "已说"
    done_en: Annotated[str, only()] = "said"
    recovered: Annotated[str, only("level", "now")] = "{level} → {now}"
    lowered: Annotated[str, only("rise", "now")] = "+{rise} → {now} dB"

    @model_validator(mode="after")
    def _agrees(self) -> Level:
        in_order(self, "least_snr_db", "below_snr_db")
        if self.requests_most is not None:
            in_order(self, "requests", "requests_most")
        if self.own_rise_db is not None:
            in_order(self, "own_back_db", "own_rise_db")
        return self


_Figure = tuple[str, str]
"""In Chinese and in English."""


class FaintWatch:
    """The customer is too faint, after `requests` to speak up were made in vain."""

    hears: ClassVar[tuple[type[Event], ...]] = (TurnEnded, LevelMeasured, WordsHeard, ChannelLost, ChannelBack)

    def __init__(self, when: Level, case: Case) -> None:
        self._when = when
        self._asks, self._answer = when.asks.listen(), when.listen()
        self._voice = Faintness(when)
        self._requests = 0
        self._asked_ms = -1  # end of the last request
        self._told: _Figure | None = None  # the one complained of

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if isinstance(event, WordsHeard):
            return self._words(event, spoken) if event.channel is Channel.AGENT and spoken else []
        assert isinstance(event, LevelFact)
        was_faint = self._voice.since_ms is not None
        if self._voice.feed(event):
            return self._recovered()
        if was_faint and self._voice.since_ms is None:
            self._told = None
            return [Gone()]
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
        return [Obeyed(self._when.done, self._when.done_en)]

    def _recovered(self) -> list[Signal]:
        self._requests = 0
        told, self._told = self._told, None
        last = self._voice.last
        if not told or not last:
            return []
        pairs = zip(told, _figure(last, self._when), strict=True)
        note, english = (fill(self._when.recovered, level=before, now=now) for before, now in pairs)
        return [Obeyed(note, english)]

    def _cause(self, event: LevelMeasured) -> Cause:
        self._told = self._told or _figure(event, self._when)
        since_ms = event.start_ms if self._voice.since_ms is None else self._voice.since_ms
        told, english = self._told
        span = Span(event.channel, since_ms, event.end_ms, told, english)
        return Cause(since_ms, event.end_ms, (span,), (("level", told),), (("level", english),))


class OwnVolumeWatch:
    """The agent speaks louder than before because the other side is too faint."""

    hears: ClassVar[tuple[type[Event], ...]] = (TurnEnded, LevelMeasured, ChannelLost, ChannelBack)

    def __init__(self, when: Level, case: Case) -> None:
        self._when, self._notes = when, case.notes
        self._voice = Faintness(when)
        self._own: dict[int, tuple[int, float]] = {}  # own utterances before: length in ms, mean square
        self._before: float | None = None  # dB over the usual when it fired
        self._back: dict[int, int] = {}  # utterances since then that are back at the usual level: start and length, ms
        self._evidence: tuple[Span, ...] = ()

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        assert isinstance(event, LevelFact)
        if isinstance(event, LevelMeasured) and event.channel is Channel.AGENT:
            return self._measured(event)
        self._voice.feed(event)
        if self._voice.since_ms is None and self._before is not None:
            self._before = None
            return [Gone()]
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
        if self._before is None:
            return []
        if rise > self._when.own_back_db:
            self._back.clear()
            return []
        self._back[event.start_ms] = length_ms
        if sum(self._back.values()) < self._when.own_back_ms:
            return []
        before, self._before = self._before, None
        told = fill(self._when.lowered, rise=f"{before:.0f}", now=f"{rise:+.0f}")
        return [Obeyed(told, told, min(self._back))]  # a figure alone, the same in every language

    def _usual_dbfs(self) -> float | None:
        """RMS of the agent's utterances from before; None while they are too few."""
        spoken_ms = sum(length for length, _ in self._own.values())
        if spoken_ms < self._when.own_baseline_ms:
            return None
        return 10 * log10(sum(length * square for length, square in self._own.values()) / spoken_ms)

    def _cause(self, event: LevelMeasured, rise: float) -> Cause:
        self._back.clear()
        quote = fill(self._when.too_loud, rise=f"{rise:.0f}")
        if self._before is None:
            self._before = rise
            self._evidence = (Span(event.channel, event.start_ms, event.end_ms, quote),)
            self._notes.broken += self._evidence
        return Cause(event.start_ms, event.end_ms, self._evidence, (("level", quote),))


def _figure(event: LevelMeasured, when: Level) -> _Figure:
    """What is too little, or no longer is: the level itself, or what it stands out of the noise."""
    if event.speech_dbfs >= when.below_dbfs and event.snr_db is not None and event.snr_db < when.below_snr_db:
        snr = f"{event.snr_db:.0f}"
        return fill(when.in_noise, snr=snr), fill(when.in_noise_en, snr=snr)
    dbfs = fill(when.too_soft, dbfs=f"{event.speech_dbfs:.0f}".replace("-", "−"))
    return dbfs, dbfs


def _watch(when: Level, case: Case) -> Evaluator:
    return FaintWatch(when, case) if when.own_rise_db is None else OwnVolumeWatch(when, case)


_LIMITS: dict[str, object] = {
    "kind": "level", "below_dbfs": -35.0, "below_snr_db": 10.0, "utterances": 2, "least_ms": 1_500, "shortest_ms": 500,
    "recovery_db": 3.0,
}  # fmt: skip
_ASK = Level.model_validate({**_LIMITS, "pattern": "大声一?点", "asks": {"pattern": "大声一?点"}, "requests_most": 0})
_OWN = Level.model_validate({**_LIMITS, "own_rise_db": 3.0, "own_baseline_ms": 2_000})


def _spoke(start_ms: int, dbfs: float, channel: Channel = Channel.CUSTOMER) -> tuple[Event, ...]:
    """An utterance of 1 s, and its level."""
    end_ms = start_ms + 1_000
    return TurnEnded(end_ms, channel, start_ms, end_ms), LevelMeasured(
        end_ms, channel, start_ms, end_ms, dbfs, 30.0, 0.0
    )


_FAINT = (*_spoke(0, -40.0), *_spoke(2_000, -40.0))
_USUAL = (*_spoke(0, -20.0, Channel.AGENT), *_spoke(2_000, -20.0, Channel.AGENT))
_FAINT_LATER = (*_spoke(4_000, -40.0), *_spoke(6_000, -40.0))

KIND = Kind(
    Level,
    _watch,
    heard=hears_wording,
    figures=("level",),
    examples=(
        Worked("two faint utterances", _ASK, _FAINT, (Cause,)),
        Worked("the agent asks", _ASK, (*_FAINT, said(4_000, 5_000, "请您大声一点")), (Cause, Obeyed)),
        Worked("loud again", _ASK, (*_FAINT, *_spoke(4_000, -25.0)), (Cause, Obeyed)),
        Worked("one faint utterance", _ASK, _spoke(0, -40.0)),
        Worked("loud enough", _ASK, (*_spoke(0, -30.0), *_spoke(2_000, -30.0))),
        Worked("the agent shouts", _OWN, (*_USUAL, *_FAINT_LATER, *_spoke(8_000, -15.0, Channel.AGENT)), (Cause,)),
        Worked("the agent does not", _OWN, (*_USUAL, *_FAINT_LATER, *_spoke(8_000, -19.0, Channel.AGENT))),
    ),
)
