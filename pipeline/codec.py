"""One codec for every fact: dataclass ⇄ JSON, and the JSON schema of what travels.

An event is written as {"kind": class name, ...fields}, a Record as {"call_id", "seq", "event"}.
Enums become strings, tuples become lists, every field is always written. A field of its own called `kind` is
written as `silence`, since only silences have one. Reading is strict: a wrong type
is an error, never a guess; a field this version does not know is left out.
"""

from __future__ import annotations

import dataclasses
import json
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Discriminator, Tag, TypeAdapter, ValidationError, WrapSerializer
from typing_extensions import TypedDict

from pipeline.documents import shown
from pipeline.errors import FactsError
from pipeline.events.call import CallFacts
from pipeline.events.record import Event, Record
from pipeline.quantities import is_one_line

LONGEST_FACT = 200  # characters: it stands in every record of facts, and on the page

EVENT_TYPES: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(Event)}


WIRE_NAMES = {"kind": "silence"}
WIRE_NAMES_BACK = {wire: name for name, wire in WIRE_NAMES.items()}


def wire_name(field: str) -> str:
    """What a field of an event is called in JSON."""
    return WIRE_NAMES.get(field, field)


def _kind_of(value: object) -> str | None:
    if isinstance(value, dict):
        kind = value.get("kind")
        return kind if isinstance(kind, str) else None
    return type(value).__name__


def _with_kind(event: object, write: Any) -> dict[str, Any]:
    return {"kind": type(event).__name__, **{wire_name(name): value for name, value in write(event).items()}}


def _without_kind(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {WIRE_NAMES_BACK.get(name, name): value for name, value in given.items() if name != "kind"}


def _member(name: str, cls: type[Any]) -> Any:
    writer = WrapSerializer(_with_kind)
    if any(field.name in WIRE_NAMES for field in dataclasses.fields(cls)):
        return Annotated[cls, BeforeValidator(_without_kind), Tag(name), writer]
    return Annotated[cls, Tag(name), writer]


def _union(members: list[Any]) -> Any:
    joined = members[0]
    for member in members[1:]:
        joined = joined | member
    return joined


_AnyEvent: Any = Annotated[
    _union([_member(name, cls) for name, cls in EVENT_TYPES.items()]),
    Discriminator(_kind_of),
]


class _RecordFields(TypedDict):
    call_id: str
    seq: int | None
    event: _AnyEvent


_EVENT: TypeAdapter[Any] = TypeAdapter(_AnyEvent)
_RECORD: TypeAdapter[Any] = TypeAdapter(_RecordFields)
_FACTS: TypeAdapter[CallFacts] = TypeAdapter(CallFacts)


def event_to_json(event: Event) -> str:
    return _dumps(_EVENT.dump_python(event))


def event_to_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON values (no enums, no tuples)."""
    fields: dict[str, Any] = json.loads(event_to_json(event))
    return fields


def event_from_json(text: str | bytes) -> Event:
    """Raises ValueError naming the field when `text` is no event."""
    try:
        event: Event = _EVENT.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(f"not an event: {first_fault(error)}") from None
    return event


def to_json(record: Record) -> str:
    """One line of JSON. Raises ValueError for a number that JSON cannot carry (NaN, infinity)."""
    return _dumps({"call_id": record.call_id, "seq": record.seq, "event": _EVENT.dump_python(record.event)})


def record_to_dict(record: Record) -> dict[str, Any]:
    """The record as plain JSON values (no enums, no tuples)."""
    fields: dict[str, Any] = json.loads(to_json(record))
    return fields


def from_json(text: str | bytes) -> Record:
    """Raises ValueError naming the field when `text` is no record."""
    try:
        fields = _RECORD.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(f"not a record: {first_fault(error)}") from None
    return Record(**fields)


def json_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a Record; every event has its `kind` as a constant."""
    schema: dict[str, Any] = _RECORD.json_schema()
    for name, definition in schema["$defs"].items():
        if definition.get("type") != "object" or "properties" not in definition:
            continue
        if name in EVENT_TYPES:
            definition["properties"] = {wire_name(field): p for field, p in definition["properties"].items()}
            definition["properties"] = {"kind": {"const": name}, **definition["properties"]}
        definition["required"] = list(definition["properties"])  # defaults are written too
    return schema


def first_fault(error: ValidationError) -> str:
    """The first thing wrong with an input: where it is, what was wanted, what was given."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "the whole"
    return f"{where}: {fault['msg']} (given {shown(fault['input'])})"


def facts_from(given: Mapping[str, Any], base: CallFacts, where: str, beside: Sequence[str] = ()) -> CallFacts:
    """`base` overridden by the facts given. Raises FactsError naming `where`, the fact, what was given and wanted.

    `beside` names what may stand there too and is no fact of a call.
    """
    known = [field.name for field in dataclasses.fields(CallFacts)]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise FactsError(f"{where}: there is no fact {shown(unknown[0])}; known: {', '.join([*beside, *known])}")
    try:
        text = json.dumps({**dataclasses.asdict(base), **given}, default=str)
        facts = _FACTS.validate_json(text, strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        wanted = fault["msg"].removeprefix("Input should be ")
        raise FactsError(f"{where}: {fault['loc'][0]} is {shown(fault['input'])}; it must be {wanted}") from None
    for name in given:
        if wanted := _wanted(name, getattr(facts, name)):
            raise FactsError(f"{where}: {name} is {shown(getattr(facts, name))}; it must be {wanted}")
    return facts


def _wanted(name: str, fact: object) -> str:
    """What a fact must be that is not; "" where it is. Facts stand on the agent's screen."""
    if isinstance(fact, str) and not (len(fact) <= LONGEST_FACT and is_one_line(fact)):
        return f"one line of at most {LONGEST_FACT} characters"
    if name == "timezone" and fact and not _is_zone(str(fact)):
        return "a time zone like Asia/Shanghai"
    return ""


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name, a folder of zones
        return not zoneinfo.available_timezones()  # a machine that knows none cannot tell
    return True


def _dumps(fields: dict[str, Any]) -> str:
    try:
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise ValueError(f"{error}: {fields}") from None
