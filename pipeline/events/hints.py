"""What the agent is shown, why, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.events.actor import Actor
from pipeline.events.channels import Channel


class Severity(StrEnum):
    """Order in which hints are shown: critical before warning before tip."""

    CRITICAL = "critical"
    WARNING = "warning"
    TIP = "tip"


@dataclass(frozen=True, slots=True)
class Span:
    """Evidence: the span to play back, with the words said or the figure measured in it (`quote`).

    `quote_en`: the figure in English; empty for words that were said, which are never translated.
    """

    channel: Channel
    start_ms: int
    end_ms: int
    quote: str = ""
    quote_en: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from: handbook document and verbatim quote."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class SilentCallStep:
    """Step 1..4 of the silent-call procedure (handbook document 002); step 0: it is over, the customer spoke.

    `state` is `say` until the agent has said the step (`say` is the text to read, `next_say` that of the next step),
    then `wait`: the next step comes `wait_ms` after the end of the agent's words at `wait_from_ms`.
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
    """A hint is shown. `hint` numbers the hints of a call from 1; `rule` is the id of its rule in the rulebook.

    `start_ms` to `end_ms`: what caused it. `clears_when`: a sentence that tells the agent when the hint goes away.
    `form`: whether `say` is words to say or an order. The texts in English are "" where the rulebook has none.
    `counts`: what a page goes on counting, in seconds, while the hint is shown. `is_fatal`: of its rule, whose words a
    person confirms.
    """

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
    form: Literal["speak", "do"] = "do"
    title_en: str = ""
    say_en: str = ""  # always "" for words to say
    why_en: str = ""
    clears_when_en: str = ""
    counts: Literal["", "silence"] = ""
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class HintShown:
    """A page has received the hint (without `paint_ms`) or painted it."""

    at_ms: int
    hint: int
    paint_ms: float | None = None  # from the end of the slice to the painted pixel, measured by the page


@dataclass(frozen=True, slots=True)
class HintDismissed:
    """The agent closed the hint."""

    at_ms: int
    hint: int
    useful: bool | None = None  # the agent's verdict; False: 这条没用 (not useful). Never changes a score
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class HintDone:
    """The hint was followed: heard by the coach, or said so by the agent."""

    at_ms: int
    hint: int
    by: Literal["coach", "agent"]
    note: str = ""  # before -> after, e.g. "345 → 182 字/分"
    actor: Actor = None  # null when `by` is coach
    note_en: str = ""  # the same in English, "" where the rulebook has none


@dataclass(frozen=True, slots=True)
class HintCleared:
    """The hint is no longer shown."""

    at_ms: int
    hint: int
    reason: Literal["done", "dismissed", "cause_gone", "replaced", "expired", "call_ended"]
