"""Reads a rulebook: what is wrong with one is told in one line, with file, line, rule and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.documents import fault, member, read_yaml
from pipeline.errors import RulebookError

_NAMED = {"rules": "rule", "acts": "act"}


def load_rulebook(path: Path) -> Rulebook:
    """Read and check a YAML rulebook. Raises RulebookError naming file, rule, field, what was given and wanted."""
    document = read_yaml(path, RulebookError)
    data = document.value
    if not isinstance(data, dict):
        raise RulebookError(f"{path}: holds {type(data).__name__}; wanted a mapping with id, version and rules")
    try:
        return Rulebook.model_validate_json(json.dumps(data, default=str))  # strict, and a list is a tuple there
    except ValidationError as problem:
        # A tuple of which no member is right is "too short" besides: that is no fault of the file.
        errors = [e for e in problem.errors() if e["type"] != "too_short" or not e["input"]] or problem.errors()
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        line = document.line(errors[0]["loc"])
        raise RulebookError(f"{path}:{line}: {_told(data, errors[0])}{more}") from None


def _told(data: dict[str, Any], error: Any) -> str:
    where = list(error["loc"])
    subject, wanted = "rulebook", ""
    if len(where) >= 2 and where[0] in _NAMED and isinstance(where[1], int):
        raw = data[where[0]][where[1]]
        subject = member(_NAMED[where[0]], raw, where[1])
        where = where[2:]
        if len(where) >= 2 and where[0] == "when" and where[1] not in raw["when"]:
            del where[1]  # pydantic names the condition's kind here, the file does not
    if error["type"] == "extra_forbidden" and where == ["say"]:  # of rulebooks before 2026-12
        wanted = "`speak`, words to say, or `do`, an order"
    return fault(subject, where, error, wanted)
