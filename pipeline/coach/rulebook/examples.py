"""The examples of a rulebook: each rule says in which texts it is heard and in which it must not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.coach.rulebook.schema import Rule, Rulebook


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """An example of a rule that is not heard as it says."""

    rule: str
    text: str
    wanted: Literal["hit", "miss"]


def run_examples(rulebook: Rulebook) -> list[ExampleFailure]:
    """All examples that fail, in the order of the rules. A hit is a text in which the rule's condition is heard."""
    failures: list[ExampleFailure] = []
    for rule in rulebook.rules:
        failures += [ExampleFailure(rule.id, t, "hit") for t in rule.examples.hits if not is_heard(rule, t)]
        failures += [ExampleFailure(rule.id, t, "miss") for t in rule.examples.misses if is_heard(rule, t)]
    return failures


def is_heard(rule: Rule, text: str) -> bool:
    """Whether the condition of `rule` is heard in `text`; never where texts tell nothing, as of a pace."""
    heard = rule.kind.heard
    return heard is not None and heard(rule.when, text)
