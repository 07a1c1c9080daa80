"""The rulebook: rules as data, checked when loaded (DESIGN §6)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from pipeline.coach.matching import SpokenText
from pipeline.coach.patterns import steps_of
from pipeline.coach.prompts import PromptWords
from pipeline.coach.vocabulary import (
    Checked,
    Condition,
    HoldReturn,
    Level,
    Need,
    PhraseMissingBy,
    PhraseSaid,
    Silence,
    Texts,
    Wording,
)
from pipeline.coach.waits import promised_wait_ms
from pipeline.documents import read_yaml, shown
from pipeline.errors import RulebookError
from pipeline.events.call import Phase
from pipeline.events.hints import Citation, Severity
from pipeline.quantities import DAY_MS, Ms, within

MOST_HAN = 24
"""An agent reads a hint while talking: more than this is not read (SCREENS)."""

MOST_STEPS, MOST_PHRASES = 50_000, 4_000
"""Of all rules together: 14 and 87 times what the shipped rulebook has."""

PLACEHOLDERS = frozenset({"rate", "seconds", "semitones", "baseline", "level", "quote", "missing"})
"""All that `say` and `why` may be filled with."""


class Cite(Checked):
    """Handbook document and its own words."""

    document: str = Field(min_length=1)
    quote: str = Field(min_length=1)


class Examples(Checked):
    hits: Annotated[Texts, Field(max_length=200)] = ()
    misses: Annotated[Texts, Field(max_length=200)] = ()


class Rule(Checked):
    """One rule. `phases` empty: in all; `when` is the condition; times in ms."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)
    title: str = Field(min_length=1)
    phases: tuple[Phase, ...] = ()
    use: Literal["live", "after", "both"] = "both"
    severity: Severity
    weight: int = Field(ge=0, le=100)
    group: str = Field(min_length=1)
    fatal: bool = False
    cooldown_ms: Ms = 0
    expires_ms: Annotated[int, within(3_000, DAY_MS)] | None = None
    say: str = Field(min_length=1)
    why: str
    clears_when: str
    cite: Cite
    examples: Examples = Examples()
    when: Condition

    @field_validator("say", "why")
    @classmethod
    def _fillable(cls, text: str) -> str:
        unknown = set(re.findall(r"\{(.*?)\}", text)) - PLACEHOLDERS
        if unknown:
            raise ValueError(f"placeholders among {sorted(PLACEHOLDERS)}, not {sorted(unknown)}")
        return text

    @field_validator("say")
    @classmethod
    def _short(cls, text: str) -> str:
        if (count := len(re.findall(r"[\u4e00-\u9fff]", text))) > MOST_HAN:
            raise ValueError(f"{MOST_HAN} Han characters at most, not {count}")
        return text

    @model_validator(mode="after")
    def _listens_for_something(self) -> Rule:
        if isinstance(self.when, PhraseSaid | HoldReturn) and self.when.is_empty:
            raise ValueError("when.pattern or when.phrases is needed")
        return self

    @property
    def citation(self) -> Citation:
        return Citation(self.cite.document, self.cite.quote)

    @property
    def is_live(self) -> bool:
        return self.use != "after"

    @property
    def is_scored(self) -> bool:
        return self.use != "live"


class ScriptStep(Checked):
    """Exact words; `{company}` is filled from the facts, `say_unknown` serves without it."""

    say: str = Field(min_length=1)
    say_unknown: str | None = None


class SilentCallScript(Checked):
    """The steps to say and, last, what to read when hanging up is allowed."""

    wait_ms: Annotated[int, within(20, DAY_MS)]
    steps: tuple[ScriptStep, ...] = Field(min_length=1, max_length=10)
    end: str
    cite: Cite


class Scripts(Checked):
    silent_call: SilentCallScript | None = None


class Rulebook(Checked):
    """A checked rulebook. The order of the rules is the order of the scorecard."""

    id: str = Field(min_length=1)
    version: str = Field(min_length=1)
    title: str = ""
    scripts: Scripts = Scripts()
    announcements: PromptWords | None = None
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _ids_differ(self) -> Rulebook:
        ids = [rule.id for rule in self.rules]
        if twice := [i for i, times in Counter(ids).items() if times > 1]:
            raise ValueError(f"rule ids used once only; {', '.join(twice)} stands there twice")
        return self

    @model_validator(mode="after")
    def _keeps_up(self) -> Rulebook:
        """Every utterance of a call is searched for all of it."""
        wordings = list(_wordings(self))
        if (steps := sum(steps_of(wording.pattern) for wording in wordings if wording.pattern)) > MOST_STEPS:
            raise ValueError(f"patterns that cost {MOST_STEPS} steps a place all together, not {steps}")
        if (phrases := sum(len(wording.phrases) for wording in wordings)) > MOST_PHRASES:
            raise ValueError(f"{MOST_PHRASES} phrases at most in all rules, not {phrases}")
        return self

    def rule(self, rule_id: str) -> Rule:
        """KeyError when there is none."""
        return {rule.id: rule for rule in self.rules}[rule_id]


def _wordings(part: object) -> Iterator[Wording]:
    """All that is listened for in a rulebook or a part of it."""
    if isinstance(part, Wording):
        yield part
    if isinstance(part, tuple):
        for inner in part:
            yield from _wordings(inner)
    elif isinstance(part, Checked):
        for name in type(part).model_fields:
            yield from _wordings(getattr(part, name))


def load_rulebook(path: Path) -> Rulebook:
    """Read and check a YAML rulebook. Raises RulebookError naming file, rule, field, what was given and wanted."""
    document = read_yaml(path, RulebookError)
    data = document.value
    if not isinstance(data, dict):
        raise RulebookError(f"{path}: holds {type(data).__name__}; wanted a mapping with id, version and rules")
    try:
        return Rulebook.model_validate_json(json.dumps(data, default=str))  # strict, and a list is a tuple there
    except ValidationError as problem:
        errors = problem.errors()
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        line = document.line(errors[0]["loc"])
        raise RulebookError(f"{path}:{line}: {_told(data, errors[0])}{more}") from None


def _told(data: dict[str, Any], error: Any) -> str:
    where, given = list(error["loc"]), error["input"]
    subject = "rulebook"
    if len(where) >= 2 and where[0] == "rules" and isinstance(where[1], int):
        raw = data["rules"][where[1]]
        name = raw.get("id") if isinstance(raw, dict) else None
        subject = f"rule {shown(name)}" if name else f"rule no. {where[1] + 1}"
        where = where[2:]
        if len(where) >= 2 and where[0] == "when":
            del where[1]  # pydantic names the condition's kind here, the file does not
    field = ".".join(map(str, where)) or "as a whole"
    wanted = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        return f"{subject}: {field} is missing; it is required"
    return f"{subject}: {field} is {shown(given)}; wanted: {wanted}"


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example of a rule that is not heard as it says."""

    rule: str
    text: str
    wanted: Literal["hit", "miss"]


def run_examples(rulebook: Rulebook) -> list[ExampleFailure]:
    """All examples that fail. A hit is a text in which the rule's phrase is heard."""
    failures: list[ExampleFailure] = []
    for rule in rulebook.rules:
        failures += [ExampleFailure(rule.id, t, "hit") for t in rule.examples.hits if not is_heard(rule, t)]
        failures += [ExampleFailure(rule.id, t, "miss") for t in rule.examples.misses if is_heard(rule, t)]
    return failures


def is_heard(rule: Rule, text: str) -> bool:
    """Whether the phrase of `rule` is heard in `text`."""
    spoken = SpokenText(text)
    if isinstance(rule.when, PhraseSaid | HoldReturn | Level):
        return rule.when.listen().find(spoken) is not None
    if isinstance(rule.when, PhraseMissingBy):
        needs: Iterable[Need] = (need for need in rule.when.needs if not need.only_if_known)
        return all(need.listen().find(spoken) for need in needs)
    if isinstance(rule.when, Silence):
        return promised_wait_ms(text) is not None
    return False
