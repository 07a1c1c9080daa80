"""Reads a file of written dialogues: who says what, from which second to which."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from pipeline.audio.voice.turns import TurnSettings
from pipeline.codec import facts_from, moment_from
from pipeline.documents import fault, member, read_yaml
from pipeline.errors import DialogueError, FactsError
from pipeline.events.call import CallFacts
from pipeline.quantities import Dbfs, Share, is_one_line, within

LONGEST_S = 14_400.0
"""Of a dialogue: four hours."""

MOST_BYTES, MOST_VALUES = 4_000_000, 200_000
"""Limits of a file: ten thousand lines with all that may be said of one."""

_SHORTEST_MS = TurnSettings().shortest_ms

_KNOWN = {fact.name for fact in fields(CallFacts)} | {"started_at"}
_UNDATED = "2026-01-05T10:00:00+08:00"
"""When a dialogue without `started_at` is held: a Monday, in the forenoon."""

Seconds = Annotated[float, within(0, LONGEST_S)]


class Line(BaseModel):
    """One turn, in seconds since the call's start; `system` is what the telephone system says happened."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    who: Literal["agent", "customer", "system"]
    start_s: Seconds
    end_s: Seconds
    text: str = Field(min_length=1, max_length=2_000)
    level_dbfs: Dbfs | None = None
    snr_db: Annotated[float, within(-100, 200)] | None = None
    asr_confidence: Share | None = None

    @model_validator(mode="after")
    def _lasts(self) -> Line:
        if self.end_s <= self.start_s:
            raise ValueError(f"an end after its start at {self.start_s:g} s, not {self.end_s:g}")
        if self.who != "system" and round(1000 * (self.end_s - self.start_s)) < _SHORTEST_MS:
            raise ValueError(f"a line of {_SHORTEST_MS} ms or more at {self.start_s:g} s; less is no turn")
        if not is_one_line(self.text):
            raise ValueError("a text on one line, without control characters")
        return self


def _mapping(given: object) -> object:
    if not isinstance(given, dict):
        raise ValueError("facts as `name: value` lines")
    return given


class Dialogue(BaseModel):
    """A written call. What a file says besides, such as what is wanted of it, is for whoever judges it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(min_length=1, max_length=200)
    title: str = ""
    facts: Annotated[dict[str, Any], BeforeValidator(_mapping)] = Field(default_factory=dict)
    lines: tuple[Line, ...] = Field(min_length=1, max_length=5_000)

    @field_validator("id", "title")
    @classmethod
    def _is_shown(cls, text: str) -> str:
        if not is_one_line(text):
            raise ValueError("a text on one line, without control characters")
        return text

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Dialogue:
        """Both may speak at once; the same person may not, and lines stand in the order of their beginnings."""
        ends: dict[str, float] = {}
        for line in self.lines:
            if line.start_s < ends.get(line.who, 0.0):
                raise ValueError(f"lines of {line.who} one after another; that at {line.start_s:g} s begins too early")
            ends[line.who] = line.end_s
        return self

    @property
    def call_facts(self) -> CallFacts:
        """The facts that a call can have. Raises FactsError for an impossible value."""
        given = {name: value for name, value in self.facts.items() if name in _KNOWN - {"started_at"}}
        return facts_from(given, CallFacts(), self.id)

    @property
    def end_s(self) -> float:
        """The end of its last line."""
        return max(line.end_s for line in self.lines)

    @property
    def started_at(self) -> str:
        """ISO 8601. Raises FactsError where the facts say something else."""
        return moment_from(self.facts.get("started_at"), self.id) or _UNDATED

    @property
    def unused_facts(self) -> list[str]:
        """Names of facts that no rule knows yet."""
        return [name for name in self.facts if name not in _KNOWN]


D = TypeVar("D", bound=Dialogue)


def read_dialogues(path: Path, kind: type[D]) -> tuple[D, ...]:
    """All dialogues of a YAML file, in its order. Raises DialogueError naming file, line, dialogue and field.

    `kind`: Dialogue, or one that also holds what is wanted of it.
    """
    document = read_yaml(path, DialogueError, MOST_BYTES, MOST_VALUES)
    if not isinstance(document.value, list):
        raise DialogueError(f"{path}: holds {type(document.value).__name__}; wanted a list of dialogues (id, lines)")
    try:
        given = json.dumps(document.value, default=str)
        dialogues: tuple[D, ...] = TypeAdapter(tuple[kind, ...]).validate_json(given)  # type: ignore[valid-type]
        for dialogue in dialogues:
            _ = dialogue.call_facts, dialogue.started_at
    except FactsError as error:
        raise DialogueError(f"{path}: dialogue {error}") from None
    except ValidationError as problem:
        errors = problem.errors()
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        where = errors[0]["loc"]
        number = int(where[0])
        told = fault(member("dialogue", document.value[number], number), where[1:], errors[0])
        raise DialogueError(f"{path}:{document.line(where)}: {told}{more}") from None
    return dialogues
