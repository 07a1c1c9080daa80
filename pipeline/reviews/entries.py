"""What people have said of a call, each with who and when: a stream of its own, to which is only ever added.

It never joins the call's records, and never changes the automatic score. What somebody takes back stays, with an entry
that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from pydantic import ConfigDict, TypeAdapter

from pipeline.events.hints import Span
from pipeline.events.score import Verdict
from pipeline.people.permissions import Role
from pipeline.quantities import DAY_MS

LONGEST_TEXT = 1_000  # characters of a reason or a comment
MOST_SPANS = 20
TEXTS = ("reason", "text")  # names of fields that somebody has written

PersonVerdict = Literal[Verdict.MET, Verdict.PARTLY, Verdict.MISSED, Verdict.NOT_APPLICABLE]
AppealVerdict = Literal[Verdict.MET, Verdict.PARTLY, Verdict.NOT_APPLICABLE]
_STRICT = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """QA has judged an item. The reason may be "" where the verdict is what was heard."""

    rule: str
    verdict: PersonVerdict
    reason: str = ""
    kind: Literal["verdict"] = "verdict"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ReviewFinished:
    """QA is done: it is the agent's turn, until `until` (seconds since 1970), by what the team had set then."""

    until: float = 0.0
    kind: Literal["finished"] = "finished"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ItemAccepted:
    """The agent agrees."""

    rule: str
    kind: Literal["accepted"] = "accepted"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ItemAppealed:
    """The agent does not, and says what it should be, why, and where that is heard."""

    rule: str
    verdict: AppealVerdict
    reason: str
    evidence: tuple[Span, ...] = ()
    kind: Literal["appealed"] = "appealed"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class AppealChecked:
    """The lead has looked at it, and would have it so or not."""

    rule: str
    is_right: bool
    reason: str
    kind: Literal["checked"] = "checked"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """QA has the last word."""

    rule: str
    verdict: PersonVerdict
    reason: str
    kind: Literal["decided"] = "decided"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ItemReopened:
    """The lead lets the agent answer once more, after the time for it was over. `until`: as of ReviewFinished."""

    rule: str
    reason: str
    until: float = 0.0
    kind: Literal["reopened"] = "reopened"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Commented:
    """On a span of the call (null: on all of it) or an item ("": none); `answers`: number of a comment, or 0."""

    text: str
    span: Span | None = None
    rule: str = ""
    answers: int = 0
    kind: Literal["commented"] = "commented"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class CommentsSeen:
    """The agent has seen all comments up to entry number `upto`."""

    upto: int
    kind: Literal["seen"] = "seen"
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Undone:
    """Somebody takes back their own entry of this number."""

    entry: int
    kind: Literal["undone"] = "undone"
    __pydantic_config__ = _STRICT


Act = (
    VerdictGiven
    | ReviewFinished
    | ItemAccepted
    | ItemAppealed
    | AppealChecked
    | AppealDecided
    | ItemReopened
    | Commented
    | CommentsSeen
    | Undone
)
KINDS: dict[str, type[Act]] = {of.__dataclass_fields__["kind"].default: of for of in get_args(Act)}


@dataclass(frozen=True, slots=True)
class Entry:
    """`number`: from 1, within the call. `at`: seconds since 1970, by the database's clock. `actor`: a user's id."""

    number: int
    at: float
    actor: str
    role: Role
    act: Act


_READERS: dict[str, TypeAdapter[Act]] = {kind: TypeAdapter(of) for kind, of in KINDS.items()}


def act_from_json(kind: str, text: str) -> Act:
    """Raises ValueError where `text` is no act of this kind, and KeyError where there is no such kind."""
    return _READERS[kind].validate_json(text)


def act_to_json(act: Act) -> str:
    return _READERS[act.kind].dump_json(act).decode()


def without_quotes(act: Act) -> Act:
    """Where it is heard stays, and what somebody has written themselves."""
    return with_spans(act, lambda span: replace(span, quote="", quote_en=""))


def with_spans(act: Act, made: Callable[[Span], Span]) -> Act:
    """With another in the place of each span that it points to."""
    if isinstance(act, ItemAppealed):
        return replace(act, evidence=tuple(map(made, act.evidence)))
    if isinstance(act, Commented) and act.span is not None:
        return replace(act, span=made(act.span))
    return act


def spans_of(act: Act) -> tuple[Span, ...]:
    """Where in the call it points."""
    if isinstance(act, ItemAppealed):
        return act.evidence
    return (act.span,) if isinstance(act, Commented) and act.span is not None else ()


def is_in_a_call(span: Span) -> bool:
    """Whether there may be such a span in a call, of which none is longer than a day."""
    return 0 <= span.start_ms <= span.end_ms <= DAY_MS


def undated(act: Act) -> Act:
    """Without the time that the server gives it."""
    return replace(act, until=0.0) if isinstance(act, ReviewFinished | ItemReopened) else act


def rule_of(act: Act) -> str:
    """Which item it is about; "" for none."""
    return getattr(act, "rule", "")
