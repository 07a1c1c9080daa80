"""A kind of condition: everything that one file of this room says about it, for the table."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from pipeline.coach.conditions.evaluator import Case, Evaluator, Signal
from pipeline.coach.matching import SpokenText
from pipeline.coach.wording import Checked, Saying
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard

W = TypeVar("W", bound=Checked)


@dataclass(frozen=True, slots=True)
class Worked(Generic[W]):
    """A worked example: what the evaluator makes of a few events. A hit has a Cause among its signals, a miss none."""

    title: str
    when: W
    events: tuple[Event, ...]
    signals: tuple[type[Signal], ...] = ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[W]):
    """One kind of condition. `schema` has a field `kind`, whose one value is its name in a rulebook.

    `watch` makes its evaluator; None for a procedure, which has a display of its own instead of hints. `heard` says
    whether it is heard in the text of a rule's example; None where texts tell nothing. `figures` are what the
    texts of a rule may have in braces. `passes`: the moment is soon over, so its hint goes before its equals and waits
    for no other. `counts`: what a page goes on counting, in seconds, while its hint is shown.

    `words`, what they are to its verdict: needed, there is none without them; an excuse, which they may be for a fault,
    so that none counts without them; or unused. `is_ban`: having said it is a fault, not having said it no merit.
    """

    schema: type[W]
    watch: Callable[[W, Case], Evaluator] | None
    examples: tuple[Worked[W], ...] = ()
    heard: Callable[[W, str], bool] | None = None
    figures: tuple[str, ...] = ()
    passes: bool = False
    counts: Literal["", "silence"] = ""
    words: Literal["needed", "excuse", "unused"] = "unused"
    is_ban: bool = False

    @property
    def name(self) -> str:
        (name,) = typing.get_args(self.schema.model_fields["kind"].annotation)
        return str(name)


def hears_wording(saying: Saying, text: str) -> bool:
    """Whether the wording itself, of an act or of a condition, is heard in `text`."""
    return saying.listen().find(SpokenText(text)) is not None


def said(start_ms: int, end_ms: int, text: str, channel: Channel = Channel.AGENT) -> WordsHeard:
    """An utterance for a worked example, heard as soon as it is over."""
    return WordsHeard(end_ms, channel, start_ms, end_ms, text, (), 0)
