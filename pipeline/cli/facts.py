"""A facts file: what is known about a call besides its sound."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from pipeline.codec import facts_from
from pipeline.errors import FactsError
from pipeline.events import CallFacts


def load_facts(path: Path) -> tuple[CallFacts, str | None]:
    """The facts, and when the call was (`started_at`, ISO 8601 with zone) where the file says it.

    Raises FactsError naming the file, the fact, what was given and what was wanted.
    """
    given = _read(path)
    started_at = _started_at(path, given.pop("started_at", None))
    facts = facts_from(given, CallFacts(), str(path), beside=["started_at"])
    return facts, started_at


def _read(path: Path) -> dict[str, Any]:
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FactsError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FactsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from error
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise FactsError(f"{path}: it must be a list of `name: value` lines")
    return given


def _started_at(path: Path, given: object) -> str | None:
    if given is None:
        return None
    try:
        when = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise FactsError(f"{path}: started_at is {str(given)!r}; it must be like 2026-11-22T09:30:00+08:00")
    return when.isoformat()
