"""Labelled dialogues: what was said when, what the coach must say or score by when, and what it must never.

The format is told at the head of dialogues.yaml. Times in seconds of audio since the call's start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pipeline.dialogues import reading

HERE = Path(__file__).parent
Form = Literal["hint", "script", "card", "phase", "promise", "form", "check", "met", "missed"]


class Must(BaseModel):
    """`item`: of the handbook, or a rule's id. `form`: how it shows; `met` and `missed` are the scorecard's."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    item: str = Field(alias="item_or_rule")
    form: Form = Field(alias="as")
    by_s: float
    why: str = ""
    not_before_s: float | None = None
    value: dict[str, Any] = Field(default_factory=dict)


class MustNot(BaseModel):
    """Never a live hint and never missed on the scorecard."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    item: str = Field(alias="item_or_rule")
    why: str = ""


class Dialogue(reading.Dialogue):
    """A written call, and what is wanted of it."""

    covers: str = ""
    must: tuple[Must, ...] = ()
    must_not: tuple[MustNot, ...] = ()


def read_dialogues(path: Path = HERE / "dialogues.yaml") -> tuple[Dialogue, ...]:
    return reading.read_dialogues(path, Dialogue)


def read_items(path: Path = HERE / "items.yaml") -> dict[str, str]:
    """Items of the handbook and their titles."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
