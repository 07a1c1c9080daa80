"""What the agent is shown, why, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.events.actor import Actor
from pipeline.events.channels import Channel


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    TIP = "tip"


@dataclass(frozen=True, slots=True)
class Span:
    """Evidence: what to play back, and the words or the figure it proves."""

    channel: Channel
    start_ms: int
    end_ms: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from: handbook document and verbatim quote."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class SilentCallStep:
    """Step 1..4 of the silent-call procedure (document 002); step 0 says it is over: the customer spoke.

    `state` is `say` until the agent's words are heard, then `wait`: `wait_ms` from their end, `wait_from_ms`.
    """

    at_ms: int
    step: int
    state: Literal["say", "wait", "over"]
    say: str
    next_say: str
    wait_from_ms: int | None
    wait_ms: int


@dataclass(frozen=True, slots=True)
class HintRaised:
    """`hint` numbers the hints of a call from 1; `clears_when` is a sentence for the agent."""

    at_ms: int
    hint: int
    rule: str
    severity: Severity
    title: str
    say: str
    why: str
    clears_when: str
    cite: Citation
    start_ms: int
    end_ms: int
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class HintShown:
    at_ms: int
    hint: int
    paint_ms: float | None = None  # slice to painted pixel, measured by the page


@dataclass(frozen=True, slots=True)
class HintDismissed:
    at_ms: int
    hint: int
    useful: bool | None = None  # False: 这条没用, neutral in every score
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class HintDone:
    at_ms: int
    hint: int
    by: Literal["coach", "agent"]
    note: str = ""  # before -> after, e.g. "345 → 182 字/分"
    actor: Actor = None  # null by the coach


@dataclass(frozen=True, slots=True)
class HintCleared:
    at_ms: int
    hint: int
    reason: Literal["done", "dismissed", "cause_gone", "replaced", "expired", "call_ended"]
