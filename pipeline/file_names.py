"""What the names of an archive's files tell of its calls: a pattern like `{agent}_{date:%Y%m%d}_{time:%H%M%S}_*`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.codec import YEARS
from pipeline.errors import SettingsError

INBOUND, OUTBOUND = "inbound", "outbound"
_DIRECTIONS = {
    "in": INBOUND, "i": INBOUND, INBOUND: INBOUND, "呼入": INBOUND, "来电": INBOUND,
    "out": OUTBOUND, "o": OUTBOUND, OUTBOUND: OUTBOUND, "呼出": OUTBOUND, "外呼": OUTBOUND, "去电": OUTBOUND,
}  # fmt: skip
_FACTS = {"agent": "agent_id", "team": "team", "peer": "peer", "direction": "direction"}
_FORMATS = {"date": "%Y%m%d", "time": "%H%M%S"}  # where none is given
_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_PART = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}|(\*)|([^{}*]+)|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Named:
    """What a name tells: facts of a call as text, and when it began, without a zone."""

    facts: dict[str, str]
    at: datetime | None


class NamePattern:
    """`{agent}`, `{team}`, `{peer}`, `{direction}`, `{date:FORMAT}`, `{time:FORMAT}`, and `*` for anything.

    Formats as of strftime, of two- and four-digit numbers alone. A pattern is that of a whole name, which may leave out
    the suffix.
    """

    def __init__(self, text: str) -> None:
        """Raises SettingsError."""
        self._text = text
        self._formats: dict[str, str] = {}
        self._fields: list[str] = []
        self._pattern = re.compile("".join(self._piece(match) for match in _PART.finditer(text)), re.IGNORECASE)
        if not self._fields:
            raise self._fault("names none of them")
        if "time" in self._fields and "date" not in self._fields:
            raise self._fault("has a time without a date")

    def __str__(self) -> str:
        return self._text

    def read(self, name: str) -> Named | None:
        """None for a name that does not fit."""
        for candidate in (name.rpartition(".")[0], name):  # the suffix is no part of what comes last
            found = self._pattern.fullmatch(candidate)
            if found is not None and (named := self._named(found.groupdict())) is not None:
                return named
        return None

    def _named(self, found: dict[str, str]) -> Named | None:
        facts = {fact: found[field] for field, fact in _FACTS.items() if field in found}
        if "direction" in facts:
            direction = direction_of(facts["direction"])
            if direction is None:
                return None
            facts["direction"] = direction
        if "date" not in found:
            return Named(facts, None)
        parts = [field for field in ("date", "time") if field in found]
        try:
            at = datetime.strptime(
                " ".join(found[part] for part in parts), " ".join(self._formats[part] for part in parts)
            )
        except ValueError:  # the 31st of November
            return None
        return Named(facts, at) if at.year in YEARS else None

    def _piece(self, match: re.Match[str]) -> str:
        field, form, anything, literal, stray = match.groups()
        if stray is not None:
            raise self._fault(f"has a stray {stray}")
        if literal is not None:
            return re.escape(literal)
        if anything is not None:
            return ".*"
        if field not in {*_FACTS, *_FORMATS} or field in self._fields or (form is not None and field in _FACTS):
            raise self._fault(f"has {match.group()}")
        self._fields.append(field)
        if field in _FACTS:
            return f"(?P<{field}>.+?)"
        self._formats[field] = form or _FORMATS[field]
        return f"(?P<{field}>{''.join(self._digits(part) for part in re.findall('%?.', self._formats[field]))})"

    def _digits(self, part: str) -> str:
        if not part.startswith("%"):
            return re.escape(part)
        if part[1] not in _DIGITS:
            raise self._fault(f"has {part}, which is none of {' '.join(f'%{sign}' for sign in _DIGITS)}")
        return rf"\d{{{_DIGITS[part[1]]}}}"

    def _fault(self, reason: str) -> SettingsError:
        known = ", ".join(f"{{{name}}}" for name in (*_FACTS, *_FORMATS))
        return SettingsError(f"--names {self._text} {reason}; it may have {known}, each once, and * for anything")


def direction_of(text: str) -> str | None:
    """None for what tells none."""
    return _DIRECTIONS.get(text.strip().lower())


def in_zone(at: datetime, zone: str | None) -> datetime:
    """A moment that tells no zone, in that of the call, else of this machine; far off the years of calls as it is."""
    if at.tzinfo is not None or at.year not in YEARS:
        return at
    return at.replace(tzinfo=ZoneInfo(zone)) if zone else at.astimezone()
