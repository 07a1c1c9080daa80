"""The examples of a rulebook: each act and rule says in which texts it is heard and in which it must not be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pipeline.coach.conditions.kind import hears_wording
from pipeline.coach.rulebook.schema import Rule, Rulebook
from pipeline.coach.wording import Examples


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example that is not heard as it says, of the rule or act `id`."""

    id: str
    text: str
    wanted: Literal["hit", "miss"]


def run_examples(rulebook: Rulebook) -> list[ExampleFailure]:
    """All examples that fail, in the order of acts and rules. A hit is a text in which act or condition is heard."""
    failures: list[ExampleFailure] = []
    for act in rulebook.acts:
        failures += _failures(act.id, act.examples, partial(hears_wording, act))
    for rule in rulebook.rules:
        failures += _failures(rule.id, rule.examples, partial(is_heard, rule))
    return failures


def _failures(of: str, examples: Examples, heard: Callable[[str], bool]) -> list[ExampleFailure]:
    hits = [ExampleFailure(of, text, "hit") for text in examples.hits if not heard(text)]
    return hits + [ExampleFailure(of, text, "miss") for text in examples.misses if heard(text)]


def is_heard(rule: Rule, text: str) -> bool:
    """Whether the condition of `rule` is heard in `text`; never where texts tell nothing, as of a pace."""
    heard = rule.kind.heard
    return heard is not None and heard(rule.when, text)
