"""Writes dashboard/src/events.ts from the dataclasses of pipeline/events/.

python -m scripts.generate_types            write the file
python -m scripts.generate_types --check    exit 1 when the file is not what would be written
"""

from __future__ import annotations

import argparse
import dataclasses
import enum
import inspect
import sys
import textwrap
import types
import typing
from pathlib import Path
from typing import Any

from pipeline.codec import EVENT_TYPES, VERSIONS, wire_name
from pipeline.events import call, channels, faults, hints, measures, prompts, record, recording, score, turns, words
from pipeline.events.record import Record

TARGET = Path(__file__).parents[1] / "dashboard" / "src" / "events.ts"
SUBJECTS = (call, channels, turns, prompts, measures, words, recording, faults, hints, score, record)
HEAD = """\
// Generated from pipeline/events/ by scripts/generate_types.py. Do not edit: run `make types`.
// All times are integer milliseconds of audio since the call's start.
"""
PLAIN: dict[Any, str] = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    wanted = typescript()
    if parser.parse_args().check:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == wanted:
            return 0
        print(f"{TARGET} is stale: run `make types`", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


def typescript() -> str:
    ours = [cls for subject in SUBJECTS for cls in vars(subject).values() if _is_of(subject, cls)]
    parts = [HEAD, *[_enum(cls) for cls in ours if issubclass(cls, enum.Enum)]]
    parts += [_interface(cls) for cls in ours if dataclasses.is_dataclass(cls) and cls is not Record]
    names = " ".join(f"|\u00a0{name}" for name in EVENT_TYPES)  # non-breaking space: no line ends with a bar
    union = textwrap.fill(names, 120, initial_indent="  ", subsequent_indent="  ").replace("\u00a0", " ")
    parts.append(f"export type Event =\n{union}\n")
    parts.append('export type EventKind = Event["kind"]\n')
    parts.append(_interface(Record).replace("interface Record ", "interface CallRecord "))
    return "\n".join(parts)


def _is_of(subject: types.ModuleType, cls: object) -> bool:
    return inspect.isclass(cls) and cls.__module__ == subject.__name__


def _enum(cls: type[enum.Enum]) -> str:
    return f"{_comment(cls)}export type {cls.__name__} = " + " | ".join(f'"{m.value}"' for m in cls) + "\n"


def _interface(cls: type) -> str:
    lines = [f"{_comment(cls)}export interface {cls.__name__} {{"]
    is_event = cls.__name__ in EVENT_TYPES
    if is_event:
        lines.append(f'  kind: "{cls.__name__}"')
        if (version := VERSIONS[cls.__name__]) > 1:
            lines.append(f"  version?: {version}")  # version of these fields; pages always get the present one
    for name, hint in typing.get_type_hints(cls).items():
        lines.append(f"  {wire_name(name) if is_event else name}: {_type(hint)}")
    return "\n".join([*lines, "}", ""])


def _comment(cls: type) -> str:
    text = cls.__doc__ or ""
    if not text or text.startswith(f"{cls.__name__}("):  # the default docstring of a dataclass, its signature
        return ""
    lines = [line.strip() for line in text.strip().splitlines()]
    return "/** " + "\n * ".join(lines).replace("\n * \n", "\n *\n") + " */\n"


def _type(hint: Any) -> str:
    if hint in PLAIN:
        return PLAIN[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " | ".join(f'"{value}"' if isinstance(value, str) else str(value).lower() for value in args)
    if origin is tuple and args[1:] == (...,):
        item = _type(args[0])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if set(args) == set(EVENT_TYPES.values()):
        return "Event"
    if origin in (types.UnionType, typing.Union):
        return " | ".join(_type(arg) for arg in args)
    if inspect.isclass(hint) and any(_is_of(subject, hint) for subject in SUBJECTS):
        return hint.__name__
    raise TypeError(f"no TypeScript type for {hint}: teach scripts/generate_types.py")


if __name__ == "__main__":
    sys.exit(main())
