"""What a wall needs of a call, as it is now: a pure fold of the call's events, at most a kilobyte as JSON.

All times are milliseconds of the call's audio, as in its events. Idle and ringing are no states of a call: the centre
knows who sits at a desk. What is private stands in it as at the desk; whoever shows it masks it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import reduce
from types import MappingProxyType
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from pipeline.codec import first_fault
from pipeline.events.call import CallEnded, CallStarted, FactsNoted, PhaseChanged
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.faults import OverloadNoted, StageBack, StageFailed
from pipeline.events.hints import HintCleared, HintRaised, Severity, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import (
    SilenceEnded,
    SilenceKind,
    SilenceStarted,
    SoundEnded,
    TurnEnded,
    TurnStarted,
    WaitEnded,
    WaitRequested,
)
from pipeline.events.words import WordsHeard

DIGEST_BYTES = 1_024
STRIP_S = 60
LINE = 60  # characters of the last line
MOST = 4  # hints, and stages that failed
COMPLAINT, HOLD = "complaint", "hold"  # phases
_SAY, _ID = 40, 48

State = Literal["agent", "customer", "both", "mixed", "nobody", "silence", "ended"]
Pace = Literal["", "slow", "ok", "fast"]
_NOBODY, _LOST = ".", "x"
_SIGNS: Mapping[Channel, str] = {Channel.AGENT: "a", Channel.CUSTOMER: "c", Channel.MIXED: "m"}
_STATES: Mapping[frozenset[Channel], State] = {
    frozenset({Channel.AGENT}): "agent",
    frozenset({Channel.CUSTOMER}): "customer",
    frozenset({Channel.AGENT, Channel.CUSTOMER}): "both",
    frozenset(): "nobody",
}


@dataclass(frozen=True, slots=True)
class Since:
    """Of a channel: who speaks, or is not heard, and since when."""

    channel: Channel
    since_ms: int


@dataclass(frozen=True, slots=True)
class HintNow:
    hint: int
    rule: str
    severity: Severity
    say: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Line:
    channel: Channel
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """`strip`: of each second of the last minute who spoke: a agent, c customer, b both, m unknown, . nobody, x lost.

    Its last sign is of the second of `at_ms`. `hints`: the most severe first, then the oldest. `step`: of the silent
    call, 0 for none. `promised_ms`: until when the customer was asked to wait.
    """

    call_id: str = ""
    agent_id: str | None = None
    started_at: str = ""
    at_ms: int = 0
    speaking: tuple[Since, ...] = ()
    nobody_ms: int = 0  # since when nobody speaks
    silence: SilenceKind | None = None
    silence_ms: int = 0  # its start
    pace: float | None = None  # of the agent, characters a minute
    pace_low: float | None = None
    pace_high: float | None = None
    level: float | None = None  # of the agent, dBFS
    hints: tuple[HintNow, ...] = ()
    step: int = 0
    step_ms: int = 0
    blind: tuple[Since, ...] = ()
    failed: tuple[str, ...] = ()
    overload: int = 0
    phase: str = ""
    mode: Literal["", "complaint"] = ""
    promised_ms: int | None = None
    strip: str = _NOBODY
    is_quiet: bool = False  # its sound has ended: figures that follow are of the whole call
    ended_ms: int | None = None
    line: Line | None = None

    @property
    def state(self) -> State:
        if self.ended_ms is not None:
            return "ended"
        if self.silence is not None and not self.speaking:
            return "silence"
        return _STATES.get(frozenset(one.channel for one in self.speaking), "mixed")

    @property
    def since_ms(self) -> int:
        """Since when `state` lasts."""
        match self.state:
            case "ended":
                return self.ended_ms or 0
            case "silence":
                return self.silence_ms
            case "nobody":
                return self.nobody_ms
        return max(one.since_ms for one in self.speaking)

    @property
    def pace_word(self) -> Pace:
        if self.pace is None or self.pace_low is None or self.pace_high is None:
            return ""
        return "slow" if self.pace < self.pace_low else "fast" if self.pace > self.pace_high else "ok"

    def is_news(self, before: Digest | None) -> bool:
        """Whether more is known than that time has passed."""
        return before is None or replace(before, at_ms=self.at_ms) != self


def fold(digest: Digest, event: Event) -> Digest:
    """The digest with what this event tells. Nothing changes behind the end of the call."""
    if digest.ended_ms is not None:
        return digest
    now = _passed(digest, event.at_ms)
    tell = _TELLS.get(type(event))
    return now if tell is None else tell(now, event)


def digest_of(events: Iterable[Event]) -> Digest:
    return reduce(fold, events, Digest())


def to_json(digest: Digest) -> str:
    """One line, never above DIGEST_BYTES: of what is too long the last line is shortened first."""
    text = _written(digest)
    while (over := len(text.encode()) - DIGEST_BYTES) > 0:
        digest = _shorter(digest, over)
        text = _written(digest)
    return text


def from_json(text: str | bytes) -> Digest:
    """Raises ValueError that names the field."""
    try:
        return _DIGEST.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(f"not a digest: {first_fault(error)}") from None


def _written(digest: Digest) -> str:
    fields = {name: value for name, value in asdict(digest).items() if value != _DEFAULTS[name]}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _shorter(digest: Digest, over: int) -> Digest:
    """By some of what is too long; whatever is left fits at last, as every other field is bounded."""
    if digest.line is not None:
        text = digest.line.text[: -max(1, over // 4)]
        return replace(digest, line=replace(digest.line, text=text) if text else None)
    if len(digest.hints) > 1:
        return replace(digest, hints=digest.hints[:-1])
    if digest.failed:
        return replace(digest, failed=digest.failed[:-1])
    return replace(digest, hints=(), phase="", started_at="")


# --- what each event tells ------------------------------------------------------------------------------------------


def _started(digest: Digest, event: CallStarted) -> Digest:
    pace = event.legend.pace
    low, high = (pace.low, pace.high) if pace is not None else (None, None)
    told = _short(event.call_id, 64), event.started_at[:_ID]
    agent_id = _id(event.facts.agent_id)
    return replace(digest, call_id=told[0], agent_id=agent_id, started_at=told[1], pace_low=low, pace_high=high)


def _facts(digest: Digest, event: FactsNoted) -> Digest:
    return replace(digest, agent_id=_id(event.facts.agent_id))


def _turn_started(digest: Digest, event: TurnStarted) -> Digest:
    others = tuple(one for one in digest.speaking if one.channel != event.channel)
    begun = replace(digest, speaking=(*others, Since(event.channel, event.start_ms)), silence=None)
    return _marked(begun, event.start_ms, lambda sign: _with(sign, event.channel))


def _turn_ended(digest: Digest, event: TurnEnded) -> Digest:
    left = tuple(one for one in digest.speaking if one.channel != event.channel)
    ended = replace(digest, speaking=left, nobody_ms=event.end_ms if not left else digest.nobody_ms)
    return _marked(ended, (event.end_ms // 1000 + 1) * 1000, lambda sign: _without(sign, event.channel))


def _silence_started(digest: Digest, event: SilenceStarted) -> Digest:
    return replace(digest, silence=event.kind, silence_ms=event.start_ms)


def _paced(digest: Digest, event: PaceMeasured) -> Digest:
    of_agent = event.channel is Channel.AGENT and not digest.is_quiet
    return replace(digest, pace=round(event.speaking_rate, 1)) if of_agent else digest


def _levelled(digest: Digest, event: LevelMeasured) -> Digest:
    of_agent = event.channel is Channel.AGENT and not digest.is_quiet
    return replace(digest, level=round(event.speech_dbfs, 1)) if of_agent else digest


def _raised(digest: Digest, event: HintRaised) -> Digest:
    new = HintNow(event.hint, _short(event.rule, _ID), event.severity, _short(event.say, _SAY), event.at_ms)
    order = list(Severity)
    hints = sorted((*digest.hints, new), key=lambda one: (order.index(one.severity), one.since_ms, one.hint))
    return replace(digest, hints=tuple(hints[:MOST]))


def _cleared(digest: Digest, event: HintCleared) -> Digest:
    return replace(digest, hints=tuple(one for one in digest.hints if one.hint != event.hint))


def _stepped(digest: Digest, event: SilentCallStep) -> Digest:
    return replace(digest, step=event.step, step_ms=event.at_ms if event.step != digest.step else digest.step_ms)


def _lost(digest: Digest, event: ChannelLost) -> Digest:
    others = tuple(one for one in digest.blind if one.channel != event.channel)
    blind = replace(digest, blind=(*others, Since(event.channel, event.start_ms)))
    return _marked(blind, event.start_ms, lambda sign: _LOST)


def _back(digest: Digest, event: ChannelBack) -> Digest:
    seen = replace(digest, blind=tuple(one for one in digest.blind if one.channel != event.channel))
    return _marked(seen, -(-event.end_ms // 1000) * 1000, lambda sign: _sign(seen))


def _failed(digest: Digest, event: StageFailed) -> Digest:
    others = tuple(stage for stage in digest.failed if stage != event.stage[:16])
    return replace(digest, failed=(*others, _short(event.stage, 16))[-MOST:])


def _mended(digest: Digest, event: StageBack) -> Digest:
    return replace(digest, failed=tuple(stage for stage in digest.failed if stage != event.stage[:16]))


def _phase(digest: Digest, event: PhaseChanged) -> Digest:
    """A customer who complains and is put on hold still does."""
    stays = event.phase == COMPLAINT or (event.phase == HOLD and digest.mode == "complaint")
    return replace(digest, phase=_short(event.phase, _ID), mode="complaint" if stays else "")


def _promised(digest: Digest, event: WaitRequested) -> Digest:
    return replace(digest, promised_ms=event.over_ms) if event.channel is Channel.AGENT else digest


def _heard(digest: Digest, event: WordsHeard) -> Digest:
    text = event.shown or event.text
    if not text or event.is_erased or event.heard_later:
        return digest
    return replace(digest, line=Line(event.channel, _short(text, LINE)))


def _ended(digest: Digest, event: CallEnded) -> Digest:
    return replace(
        digest, ended_ms=event.at_ms, speaking=(), silence=None, hints=(), step=0, promised_ms=None, is_quiet=True
    )


# --- the strip ------------------------------------------------------------------------------------------------------


def _passed(digest: Digest, at_ms: int) -> Digest:
    """Time goes on with whoever speaks."""
    if at_ms <= digest.at_ms:
        return digest
    seconds = min(at_ms // 1000 - digest.at_ms // 1000, STRIP_S)
    if not seconds:
        return replace(digest, at_ms=at_ms)
    return replace(digest, at_ms=at_ms, strip=(digest.strip + _sign(digest) * seconds)[-STRIP_S:])


def _sign(digest: Digest) -> str:
    """Of a second in which nothing changes."""
    return _LOST if digest.blind else reduce(_with, (one.channel for one in digest.speaking), _NOBODY)


def _marked(digest: Digest, from_ms: int, mark: Callable[[str], str]) -> Digest:
    """What is known of the seconds since then, which have passed already."""
    count = digest.at_ms // 1000 - max(0, from_ms) // 1000 + 1
    if count <= 0:
        return digest
    kept, changed = digest.strip[:-count], digest.strip[-count:]
    return replace(digest, strip=kept + "".join(map(mark, changed)))


def _with(sign: str, channel: Channel) -> str:
    own = _SIGNS[channel]
    if sign in (_NOBODY, own):
        return own
    return sign if sign in (_LOST, "b") else "b"


def _without(sign: str, channel: Channel) -> str:
    own = _SIGNS[channel]
    if sign == "b":
        return "c" if channel is Channel.AGENT else "a"
    return _NOBODY if sign == own else sign


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _id(agent_id: str | None) -> str | None:
    """Never shortened to another's: who has a longer one than that is nobody here."""
    return agent_id if agent_id is None or len(json.dumps(agent_id, ensure_ascii=False).encode()) <= 98 else None


_TELLS: Mapping[type[Any], Callable[[Digest, Any], Digest]] = MappingProxyType({
    CallStarted: _started, FactsNoted: _facts, CallEnded: _ended, PhaseChanged: _phase,
    TurnStarted: _turn_started, TurnEnded: _turn_ended,
    SilenceStarted: _silence_started, SilenceEnded: lambda digest, event: replace(digest, silence=None),
    PaceMeasured: _paced, LevelMeasured: _levelled,
    HintRaised: _raised, HintCleared: _cleared, SilentCallStep: _stepped,
    ChannelLost: _lost, ChannelBack: _back, StageFailed: _failed, StageBack: _mended,
    OverloadNoted: lambda digest, event: replace(digest, overload=event.level),
    WaitRequested: _promised, WaitEnded: lambda digest, event: replace(digest, promised_ms=None),
    WordsHeard: _heard, SoundEnded: lambda digest, event: replace(digest, is_quiet=True),
})  # fmt: skip
_DIGEST: TypeAdapter[Digest] = TypeAdapter(Digest)
_DEFAULTS = asdict(Digest())
