"""The fields of a JSON body: read one by one, each refused in one sentence, and described for the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from fastapi import HTTPException

from pipeline.desk_protocol.fields import ID
from pipeline.documents import shown

LONGEST = 200  # characters of a name, an id, a reason
MOST_TEXTS = 1_000

_TEXT_OR_NULL = {"anyOf": [{"type": "string"}, {"type": "null"}]}

Choice = TypeVar("Choice", bound=StrEnum)


def text(given: Mapping[str, Any], name: str, longest: int = LONGEST) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        told = "missing" if value is None else shown(value)
        raise HTTPException(422, f"{name} is {told}; it must be a text of 1 to {longest} characters")
    return value


def identifier(given: Mapping[str, Any], name: str, longest: int) -> str:
    """As messages of desks carry them."""
    value = text(given, name, longest)
    if re.fullmatch(ID, value) is None:
        raise HTTPException(422, f"{name} is {shown(value)}; it must be letters, digits, _ and -")
    return value


def text_or_null(given: Mapping[str, Any], name: str) -> str | None:
    """Of an empty text nothing is left."""
    return text(given, name) if given.get(name) not in (None, "") else None


def texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if not isinstance(value, list) or len(value) > MOST_TEXTS or not all(isinstance(one, str) for one in value):
        raise HTTPException(422, f"{name} is {shown(value)}; it must be a list of at most {MOST_TEXTS} texts")
    return tuple(value)


def flag(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name)
    if not isinstance(value, bool):
        raise HTTPException(422, f"{name} is {shown(value)}; it must be true or false")
    return value


def choice(given: Mapping[str, Any], name: str, choices: type[Choice]) -> Choice:
    try:
        return choices(text(given, name))
    except ValueError:
        raise HTTPException(422, f"{name} is {shown(given[name])}; it must be {', '.join(choices)}") from None


def takes(*texts: str, needed: int = 0, others: Mapping[str, object] | None = None) -> dict[str, Any]:
    """OpenAPI description of a body with these texts, of which the first `needed` and all `others` must be told."""
    fields = {name: {"type": "string"} if place < needed else _TEXT_OR_NULL
              for place, name in enumerate(texts)}  # fmt: skip
    schema: dict[str, Any] = {"type": "object", "properties": {**fields, **(others or {})}}
    if needed:
        schema["required"] = list(texts[:needed])
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}
