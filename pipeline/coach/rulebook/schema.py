"""What a rulebook may hold: rules, scripts, phases, limits, texts and groups, as data that is checked when read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from pipeline.coach.conditions.kind import Kind
from pipeline.coach.conditions.table import Condition, kind_of
from pipeline.coach.patterns import steps_of
from pipeline.coach.phases import Phase
from pipeline.coach.procedures.silent_call import SilentCallScript
from pipeline.coach.procedures.waits import Waits
from pipeline.coach.prompts import PromptWords
from pipeline.coach.wording import Act, Checked, Cite, Examples, Id, Saying, Wording, check_placeholders, only
from pipeline.events.hints import Severity
from pipeline.folders import bundled
from pipeline.quantities import DAY_MS, Ms, within

MOST_HAN = 24
"""An agent reads a hint while talking: more than this is not read."""

MOST_STEPS, MOST_PHRASES = 50_000, 4_000
"""Of all rules together: 14 and 87 times what the shipped rulebook has."""


class Rule(Checked):
    """One rule. `phases` empty: in all; `when` is the condition; times in ms.

    `say` and `why` may hold the figures of the condition's kind in braces.
    """

    id: Id
    title: str = Field(min_length=1)
    when: Condition
    phases: tuple[str, ...] = ()
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

    @field_validator("say", "why")
    @classmethod
    def _fillable(cls, text: str, info: ValidationInfo) -> str:
        if "when" in info.data:  # otherwise that is the fault to be told
            check_placeholders(text, kind_of(info.data["when"]).figures)
        return text

    @field_validator("say")
    @classmethod
    def _short(cls, text: str) -> str:
        if (count := len(re.findall(r"[\u4e00-\u9fff]", text))) > MOST_HAN:
            raise ValueError(f"{MOST_HAN} Han characters at most, not {count}")
        return text

    @property
    def kind(self) -> Kind[Any]:
        """The line of the table of conditions for `when`."""
        return kind_of(self.when)

    @property
    def is_live(self) -> bool:
        return self.use != "after"

    @property
    def is_scored(self) -> bool:
        return self.use != "live"


class Scripts(Checked):
    """Exact words of procedures."""

    silent_call: SilentCallScript | None = None


class HintPace(Checked):
    """The pace at which a person can follow hints.

    `spacing_ms`: between two of them; critical ones and those of passing moments neither wait nor make others wait.
    `least_shown_ms`: shorter is a flicker. `obeyed_within_ms`: what comes later is no answer to the hint.
    """

    spacing_ms: Ms = 8_000
    least_shown_ms: Ms = 3_000
    obeyed_within_ms: Ms = 10_000


class Scoring(Checked):
    """A missed fatal rule caps the total at `fatal_cap`; the texts are what the score card notes beside a rule."""

    fatal_cap: Annotated[float, within(0, 100)] = 59.0
    missed: Annotated[str, only("count")] = "{count} 次"
    of_no_use: Annotated[str, only()] = "坐席标记提示没用"


class Rulebook(Checked):
    """A checked rulebook. The order of the rules is the order of the scorecard, that of `groups` the order of groups.

    Without `phases` a call has none, and no rule may name one; without `groups` a rule may name any.
    """

    id: str = Field(min_length=1)
    version: str = Field(min_length=1)
    title: str = ""
    phases: tuple[Phase, ...] = Field(default=(), max_length=100)
    groups: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), max_length=100)
    acts: tuple[Act, ...] = Field(default=(), max_length=1_000)
    hints: HintPace = HintPace()
    score: Scoring = Scoring()
    waits: Waits = Waits()
    scripts: Scripts = Scripts()
    announcements: PromptWords | None = None
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _ids_differ(self) -> Rulebook:
        for name, parts in (("rule", self.rules), ("phase", self.phases), ("act", self.acts)):
            ids = [part.id for part in parts]
            if twice := [i for i, times in Counter(ids).items() if times > 1]:
                raise ValueError(f"{name} ids used once only; {', '.join(twice)} stands there twice")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Rulebook:
        if faults := list(_unknown_names(self)):
            raise ValidationError.from_exception_data("Rulebook", faults)
        acts = {act.id: act for act in self.acts}
        for _, saying in _sayings(self):
            if isinstance(saying, Wording):
                saying.know(acts)
        return self

    @model_validator(mode="after")
    def _keeps_up(self) -> Rulebook:
        """Every utterance of a call is searched for all of it."""
        sayings = [saying for _, saying in _sayings(self)]
        patterns = [p for one in sayings for p in (one.pattern, one.unless, one.unless_after) if p]
        if (steps := sum(map(steps_of, patterns))) > MOST_STEPS:
            raise ValueError(f"patterns that cost {MOST_STEPS} steps a place all together, not {steps}")
        if (phrases := sum(len(saying.phrases) for saying in sayings)) > MOST_PHRASES:
            raise ValueError(f"{MOST_PHRASES} phrases at most in all rules, not {phrases}")
        return self

    def rule(self, rule_id: str) -> Rule:
        """KeyError when there is none."""
        return {rule.id: rule for rule in self.rules}[rule_id]


def _unknown_names(book: Rulebook) -> Iterator[InitErrorDetails]:
    """Phases, groups and acts that are used and stand nowhere."""
    phases = [phase.id for phase in book.phases]
    # Rulebooks of earlier versions had no `phases`: whoever upgrades with one must find what to add.
    none = f"none, as the rulebook has no `phases`: take them from {bundled('rules', 'handbook.yaml')}"
    for number, phase in enumerate(book.phases):
        for place, name in enumerate(phase.after):
            if name not in phases:
                yield _unknown(name, ("phases", number, "after", place), phases, none)
    for number, rule in enumerate(book.rules):
        for place, name in enumerate(rule.phases):
            if name not in phases:
                yield _unknown(name, ("rules", number, "phases", place), phases, none)
        if book.groups and rule.group not in book.groups:
            yield _unknown(rule.group, ("rules", number, "group"), list(book.groups), "")
    acts = [act.id for act in book.acts]
    for where, saying in _sayings(book):
        for place, name in enumerate(saying.acts if isinstance(saying, Wording) else ()):
            if name not in acts:
                yield _unknown(name, (*where, "acts", place), acts, "none, as the rulebook has no `acts`")


def _unknown(name: str, where: tuple[int | str, ...], known: list[str], none: str) -> InitErrorDetails:
    wanted = f"one of {', '.join(known)}" if known else none
    return InitErrorDetails(
        type=PydanticCustomError("unknown_name", "{wanted}", {"wanted": wanted}), loc=where, input=name
    )


def _sayings(part: object, where: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], Saying]]:
    """All that is listened for in a rulebook or a part of it, and where it stands."""
    if isinstance(part, Saying):
        yield where, part
    if isinstance(part, tuple):
        for number, inner in enumerate(part):
            yield from _sayings(inner, (*where, number))
    elif isinstance(part, Checked):
        for name in type(part).model_fields:
            yield from _sayings(getattr(part, name), (*where, name))
