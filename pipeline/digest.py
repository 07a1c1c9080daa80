"""What a wall needs of a call, as it is now, at most a kilobyte as JSON; digesting.py folds it of the events.

All times are milliseconds of the call's audio, as in its events. Idle and ringing are no states of a call: the centre
knows who sits at a desk. What is private stands in it as at the desk; whoever shows it masks it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from pipeline.codec import first_fault
from pipeline.events.channels import Channel
from pipeline.events.help import (
    HelpReason,
)
from pipeline.events.hints import Severity
from pipeline.events.turns import (
    SilenceKind,
)

DIGEST_BYTES = 1_024
STRIP_S = 60
LINE = 60  # characters of the last line
MOST = 4  # hints, and stages that failed
LISTENERS = 6
COMPLAINT, HOLD = "complaint", "hold"  # phases
_MOST = 366 * 86_400_000  # as of records: no call is longer, and no other number as large
_LONGEST = 128  # of a text, or a list: more than any has that is folded here

State = Literal["agent", "customer", "both", "mixed", "nobody", "silence", "ended"]
Pace = Literal["", "slow", "ok", "fast"]
NOBODY = "."
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
    is_fatal: bool = False  # of its rule


@dataclass(frozen=True, slots=True)
class Line:
    channel: Channel
    text: str


@dataclass(frozen=True, slots=True)
class HelpNow:
    """`taken_by`: the lead's name, "" while nobody has taken it."""

    since_ms: int
    reason: HelpReason = ""
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class WhisperNow:
    """The newest sentence of a lead."""

    whisper: str
    is_seen: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unheeded:
    """Hints of one rule that went in a row without being followed."""

    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class Digest:
    """`strip`: of each second of the last minute who spoke: a agent, c customer, b both, m unknown, . nobody, x lost.

    Its last sign is of the second of `at_ms`. `hints`: the most severe first, then the oldest. `step`: of the silent
    call, 0 for none or the greeting, with which every call begins. `promised_ms`: until when the customer was asked to
    wait.
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
    mode_ms: int = 0  # since when
    phase_ms: int = 0
    help: HelpNow | None = None
    whisper: WhisperNow | None = None
    listeners: tuple[str, ...] = ()
    unheeded: Unheeded | None = None
    promised_ms: int | None = None
    strip: str = NOBODY
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


def to_json(digest: Digest) -> str:
    """One line, of what is folded here never above DIGEST_BYTES: the last line is shortened first."""
    text = _written(digest)
    while (over := len(text.encode()) - DIGEST_BYTES) > 0:
        shorter = _shorter(digest, over)
        if shorter == digest:
            break
        digest, text = shorter, _written(shorter)
    return text


def from_json(text: str | bytes) -> Digest:
    """Raises ValueError that names the field."""
    try:
        digest = _DIGEST.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(f"not a digest: {first_fault(error)}") from None
    for name, value in asdict(digest).items():
        if not _is_bounded(value):
            raise ValueError(f"not a digest: {name} is no number, or larger or longer than any")
    return digest


def _is_bounded(value: object) -> bool:
    """Whether it can be kept, counted with and sent on, whoever has written it."""
    match value:
        case int() | float():
            return -_MOST <= value <= _MOST  # neither is NaN
        case str():
            return len(value) <= _LONGEST
        case dict():
            return all(map(_is_bounded, value.values()))
        case tuple() | list():
            return len(value) <= _LONGEST and all(map(_is_bounded, value))
    return True


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
    return replace(digest, hints=(), phase="", started_at="", unheeded=None, whisper=None, listeners=())


_DIGEST: TypeAdapter[Digest] = TypeAdapter(Digest)
_DEFAULTS = asdict(Digest())
