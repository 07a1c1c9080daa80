"""TypeScript for the dataclasses and enums that go over the wire, and for the OpenAPI document."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from pipeline.codec import EVENT_TYPES, VERSIONS, wire_name
from pipeline.events.record import Record

PLAIN: dict[Any, str] = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
JSON = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
METHODS = ("get", "post", "put", "patch", "delete")


def enum_type(cls: type[enum.Enum]) -> str:
    return f"{comment(cls.__doc__)}export type {cls.__name__} = " + " | ".join(f'"{m.value}"' for m in cls) + "\n"


def interface(cls: type, *, is_sent: bool = False) -> str:
    """`is_sent`: a page sends it, and may leave out what has a default."""
    lines = [f"{comment(_doc(cls))}export interface {_name(cls)} {{"]
    is_event = cls.__name__ in EVENT_TYPES
    if is_event:
        lines.append(f'  kind: "{cls.__name__}"')
        if (version := VERSIONS[cls.__name__]) > 1:
            lines.append(f"  version?: {version}")  # of these fields: a page is always sent today's
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        name = wire_name(field.name) if is_event else field.name
        may_miss = is_sent and field.default is not dataclasses.MISSING
        lines.append(f"  {name}{'?' if may_miss else ''}: {_type(hints[field.name])}")
    return "\n".join([*lines, "}", ""])


def comment(text: str | None) -> str:
    if not text:
        return ""
    lines = [line.strip() for line in text.strip().splitlines()]
    return "/** " + "\n * ".join(lines).replace("\n * \n", "\n *\n") + " */\n"


def _doc(cls: type) -> str:
    text = cls.__doc__ or ""
    return "" if text.startswith(f"{cls.__name__}(") else text  # the signature dataclass puts there by itself


def _name(cls: type) -> str:
    return "CallRecord" if cls is Record else cls.__name__  # Record is a type of TypeScript's own


def _type(hint: Any) -> str:
    if hint in PLAIN:
        return PLAIN[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " | ".join(f'"{value}"' if isinstance(value, str) else str(value).lower() for value in args)
    if origin is tuple and args[1:] == (...,):
        item = _type(args[0])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if origin is tuple:
        return f"[{', '.join(map(_type, args))}]"
    if set(args) == set(EVENT_TYPES.values()):
        return "Event"
    if origin in (types.UnionType, typing.Union):
        return " | ".join(_type(arg) for arg in args)
    if inspect.isclass(hint) and hint.__module__.startswith("pipeline."):
        return _name(hint)
    raise TypeError(f"no TypeScript type for {hint}: teach scripts/typescript.py")


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """`named`: the types that stand in it."""

    text: str
    named: frozenset[str]


class OpenApi:
    """The JSON schemas of an OpenAPI document. `known`: names that another generated file describes."""

    def __init__(self, document: Mapping[str, Any], known: frozenset[str]) -> None:
        self._paths: dict[str, Any] = document["paths"]
        self._schemas: dict[str, Any] = document["components"]["schemas"]
        self._known = known
        self._named: set[str] = set()  # in the part that is written now

    def routes(self) -> dict[str, Part]:
        """By method and path."""
        return {
            f"{method.upper()} {path}": self._part(partial(self._route, f"{method.upper()} {path}", operations[method]))
            for path, operations in self._paths.items()
            for method in METHODS
            if method in operations
        }

    def interfaces_of(self, parts: Iterable[Part]) -> dict[str, Part]:
        """By name: those that stand in these parts, and what is in them; not the known."""
        written: dict[str, Part] = {}
        missing = set[str]().union(*(part.named for part in parts)) - self._known
        while missing:
            new = {name: self._part(partial(self._interface, name)) for name in missing}
            written |= new
            missing = set[str]().union(*(part.named for part in new.values())) - self._known - written.keys()
        return written

    def _part(self, write: Callable[[], str]) -> Part:
        self._named = set()
        text = write()
        return Part(text, frozenset(self._named))

    def _route(self, route: str, operation: Mapping[str, Any]) -> str:
        lines = [f'  "{route}": {{']
        if "requestBody" in operation:
            schema = _json_of(operation["requestBody"])
            lines.append(f"    takes: {'Blob' if schema is None else f'Partial<{self._type(schema)}>'}")
        answers = {status: _json_of(answer) for status, answer in operation["responses"].items()}
        told = [f"{status}: {self._type(schema)}" for status, schema in answers.items() if schema is not None]
        lines += [f"    answers: {{ {'; '.join(sorted(told))} }}", "  }"]
        return "\n".join(lines)

    def _interface(self, name: str) -> str:
        schema = self._schemas[name]
        if "properties" not in schema:
            return f"{comment(schema.get('description'))}export type {name} = {self._type(schema)}\n"
        required = schema.get("required", ())
        lines = [f"{comment(schema.get('description'))}export interface {name} {{"]
        for field, one in schema["properties"].items():
            lines.append(f"  {field}{'' if field in required else '?'}: {self._type(one)}")
        return "\n".join([*lines, "}", ""])

    def _type(self, schema: Mapping[str, Any]) -> str:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            self._named.add(name)
            return str(name)
        if "enum" in schema or "const" in schema:
            return " | ".join(f'"{value}"' for value in schema.get("enum", [schema.get("const")]))
        if "anyOf" in schema:
            return " | ".join(self._type(one) for one in schema["anyOf"])
        if schema.get("type") == "array":
            return f"{self._type(schema['items'])}[]"
        if schema.get("type") == "object" and "properties" in schema:
            fields = (f"{name}: {self._type(one)}" for name, one in schema["properties"].items())
            return f"{{ {'; '.join(fields)} }}"
        if schema.get("type") == "object":
            values = schema.get("additionalProperties", True)
            return f"Record<string, {self._type(values) if isinstance(values, dict) and values else 'unknown'}>"
        if schema.get("type") in JSON:
            return JSON[schema["type"]]
        raise TypeError(f"no TypeScript type for {schema}: teach scripts/typescript.py")


def _json_of(answer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = answer.get("content")
    if content is None:
        return {"type": "null"}
    schema: Mapping[str, Any] = content.get("application/json", {}).get("schema", {})
    return schema or None
