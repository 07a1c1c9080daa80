"""Adds a line to tests/events/golden.jsonl for every kind of event whose present version has none.

python -m scripts.golden_events

A line has an event as it was written at a version of its kind, its fields, and the same event as it is written at
present. Lines of earlier versions are kept; only their present form is generated again, to be reviewed in the commit.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import sys
import types
import typing
from pathlib import Path
from typing import Any

from pipeline.codec import EVENT_TYPES, VERSIONS, event_from_json, event_to_dict, wire_name
from pipeline.events.upcasting import FORMER_NAMES

TARGET = Path(__file__).parents[1] / "tests" / "events" / "golden.jsonl"


def main() -> int:
    lines = [json.loads(line) for line in TARGET.read_text(encoding="utf-8").splitlines()] if TARGET.exists() else []
    known = {(_present(line), line["version"]) for line in lines}
    for kind, version in VERSIONS.items():
        if (kind, version) not in known:
            written = event_to_dict(example(EVENT_TYPES[kind]))
            lines.append({"kind": kind, "version": version, "fields": fields_of(EVENT_TYPES[kind]), "written": written})
    for line in lines:
        line["today"] = event_to_dict(event_from_json(json.dumps(line["written"])))
    lines.sort(key=lambda line: (list(VERSIONS).index(_present(line)), line["version"]))
    TARGET.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return 0


def _present(line: dict[str, Any]) -> str:
    """The name that the kind of this line has at present."""
    return FORMER_NAMES.get(line["kind"], line["kind"])


def fields_of(cls: type) -> dict[str, Any]:
    """Possible values in the JSON of this dataclass, according to its types."""
    return {wire_name(name): _kind_of(hint) for name, hint in typing.get_type_hints(cls).items()}


def _kind_of(hint: Any) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return [str(value) for value in args]
    if origin is tuple:
        return {"list of": _kind_of(args[0])}
    if origin in (types.UnionType, typing.Union):
        return {"or null": _kind_of(next(arg for arg in args if arg is not type(None)))}
    if issubclass(hint, enum.Enum):
        return [str(member.value) for member in hint]
    return fields_of(hint) if dataclasses.is_dataclass(hint) else hint.__name__


def example(cls: type) -> Any:
    """An instance with a value in every field, also in optional ones."""
    hints = typing.get_type_hints(cls)
    return cls(**{name: _value(name, hint, number) for number, (name, hint) in enumerate(hints.items(), start=1)})


def _value(name: str, hint: Any, number: int) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return args[0]
    if origin is tuple:
        return (_value(name, args[0], number),)
    if origin in (types.UnionType, typing.Union):
        return _value(name, next(arg for arg in args if arg is not type(None)), number)
    if issubclass(hint, enum.Enum):
        return next(iter(hint))
    if dataclasses.is_dataclass(hint):
        return example(hint)
    plain = {bool: True, int: number * 20, float: number + 0.5, str: f"{name} 您好"}
    return plain[hint]


if __name__ == "__main__":
    sys.exit(main())
