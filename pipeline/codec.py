"""One codec for every fact: dataclass ⇄ JSON, and the JSON schema of what travels.

An event is written as {"kind": class name, "version": number, ...fields}, a Record as {"call_id", "seq", "event"}.
The version is that of the kind and is left out while it is 1 (events/upcasting.py, by which earlier ones are read).
Enums become strings, tuples become lists, every field is always written. A field of its own called `kind` is
written as `silence`, since only silences have one. Reading is strict: a wrong type
is an error, never a guess; a field that its version does not have is left out. NUL, which PostgreSQL has in no text, is
U+FFFD in what is written and in what is read.
"""

from __future__ import annotations

import dataclasses
import json
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import BeforeValidator, Discriminator, Tag, TypeAdapter, ValidationError, WrapSerializer
from typing_extensions import TypedDict

from pipeline.documents import shown
from pipeline.errors import FactsError
from pipeline.events.call import CallFacts
from pipeline.events.record import Event, Record
from pipeline.events.upcasting import FORMER_NAMES, NewerEvent, upcast, version_of
from pipeline.events.words import WordsHeard
from pipeline.quantities import is_one_line

YEARS = range(1970, 2201)  # beyond them, zones and clocks make no sense of a time
LONGEST_FACT = 200  # characters: it stands in every record of facts, and on the page

EVENT_TYPES: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(Event)}
VERSIONS: dict[str, int] = {kind: version_of(kind) for kind in EVENT_TYPES}

_HEADS: dict[str, dict[str, Any]] = {
    kind: {"kind": kind} if version == 1 else {"kind": kind, "version": version} for kind, version in VERSIONS.items()
}
_HEAD = re.compile(r'\s*\{\s*"kind"\s*:\s*"(\w+)"\s*(?:,\s*"version"\s*:\s*(\d+)\b)?')
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_EVENT_KEY = '"event":'  # with quotes that no text of JSON has within it
_NUL = r"\u0000"
_NULS = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # and no backslash before the letters u0000

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
    return {**_HEADS[type(event).__name__], **{wire_name(name): value for name, value in write(event).items()}}


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
_LINE: TypeAdapter[Any] = TypeAdapter(
    TypedDict("_Line", {name: hint for name, hint in get_type_hints(WordsHeard).items() if name != "words"})  # type: ignore[operator]
)


def event_to_json(event: Event) -> str:
    return _dumps(_fields(event))


def _fields(event: Event) -> dict[str, Any]:
    """What is written of an event, as JSON has it but for enums and tuples."""
    if (names := _FLAT.get(type(event))) is None:
        fields: dict[str, Any] = _EVENT.dump_python(event)
        return fields
    return {**_HEADS[type(event).__name__], **{wire: getattr(event, name) for name, wire in names}}


def _flat(cls: type[Any]) -> bool:
    """Whether no field holds fields of its own: most records of a call are measurements, which are so."""
    return not any(dataclasses.is_dataclass(one) for hint in get_type_hints(cls).values() for one in _inside(hint))


def _inside(hint: Any) -> list[Any]:
    return [hint, *(one for arg in get_args(hint) for one in _inside(arg))]


_FLAT = {
    cls: [(field.name, wire_name(field.name)) for field in dataclasses.fields(cls)]
    for cls in EVENT_TYPES.values()
    if _flat(cls)
}


def event_to_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON values (no enums, no tuples)."""
    fields: dict[str, Any] = json.loads(event_to_json(event))
    return fields


def event_from_json(text: str | bytes) -> Event:
    """An event as it was written at any version of its kind.

    Raises NewerEvent for a kind or version that only a newer callcoach knows, and ValueError naming the field when
    `text` is no event.
    """
    try:
        text = without_nul(text) if isinstance(text, str) else text
        event: Event = _EVENT.validate_json(text if _is_todays(text) else _brought_up(text), strict=True)
    except _FAULTS as error:
        raise _fault("an event", error) from None
    return event


def brief_from_json(text: str | bytes) -> Event:
    """As `event_from_json`, in a tenth of its time for words heard: the line, without its single words."""
    head = _HEAD.match(text) if isinstance(text, str) else None
    if not isinstance(text, str) or head is None or head[1] != WordsHeard.__name__ or not _is_todays(text):
        return event_from_json(text)
    try:
        return WordsHeard(**_LINE.validate_json(without_nul(text), strict=True), words=())
    except _FAULTS as error:
        raise _fault("an event", error) from None


def time_of(text: str | bytes) -> int:
    """`at_ms` of an event that cannot be read, as far as it can be known."""
    try:
        at_ms = json.loads(text)["at_ms"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return 0
    return at_ms if type(at_ms) is int else 0


def _brought_up(text: str | bytes) -> str:
    return _dumps(_todays(json.loads(text)))


def _is_todays(text: str | bytes, start: int = 0) -> bool:
    """Whether the event that begins at `start` says so where we write it; False is right for what others wrote."""
    head = _HEAD.match(text, start) if isinstance(text, str) else None
    if head is None:
        return False
    kind, version = head.groups()
    return VERSIONS.get(kind) == int(version or 1) and (version is not None or '"version"' not in text)


def _todays(given: Any) -> Any:
    """The JSON of an event of any version as it would be written today; what is no event stays as it is."""
    kind = _kind_of(given) if isinstance(given, dict) else None
    if kind is None:
        return given
    kind = FORMER_NAMES.get(kind, kind)
    if kind not in VERSIONS:
        raise NewerEvent(f"kind {shown(kind)} is not known to this callcoach")
    version = given.get("version", 1)
    if type(version) is not int:
        raise ValueError(f"version of {kind} is {shown(version)}; it must be a number")
    fields = {name: value for name, value in given.items() if name not in ("kind", "version")}
    return {**_HEADS[kind], **upcast(kind, version, fields)}


_FAULTS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)  # of a text, or an upcaster that met it


def _fault(what: str, error: Exception) -> ValueError:
    if isinstance(error, NewerEvent):
        return error
    return ValueError(f"not {what}: {first_fault(error) if isinstance(error, ValidationError) else error}")


def to_json(record: Record) -> str:
    """One line of JSON. Raises ValueError for a number that JSON cannot carry (NaN, infinity)."""
    return _dumps({"call_id": record.call_id, "seq": record.seq, "event": _fields(record.event)})


def record_to_dict(record: Record) -> dict[str, Any]:
    """The record as plain JSON values (no enums, no tuples)."""
    fields: dict[str, Any] = json.loads(to_json(record))
    return fields


def from_json(text: str | bytes) -> Record:
    """A record with an event of any version. Raises NewerEvent as `event_from_json`, ValueError for no record."""
    try:
        text = without_nul(text) if isinstance(text, str) else text
        start = text.find(_EVENT_KEY) if isinstance(text, str) else -1
        if start < 0 or not _is_todays(text, start + len(_EVENT_KEY)):
            given = json.loads(text)
            text = _dumps({**given, "event": _todays(given["event"])})
        fields = _RECORD.validate_json(text, strict=True)
    except _FAULTS as error:
        raise _fault("a record", error) from None
    return Record(**fields)


def json_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a Record; every event has its `kind` as a constant."""
    schema: dict[str, Any] = _RECORD.json_schema()
    for name, definition in schema["$defs"].items():
        if definition.get("type") != "object" or "properties" not in definition:
            continue
        if name in EVENT_TYPES:
            definition["properties"] = {wire_name(field): p for field, p in definition["properties"].items()}
            heads = {key: {"const": value} for key, value in _HEADS[name].items()}
            definition["properties"] = {**heads, **definition["properties"]}
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
    if halved := next((name for name, fact in given.items() if isinstance(fact, str) and _is_halved(fact)), None):
        raise FactsError(f"{where}: {halved} is {shown(given[halved])}; it must be text, without half a character")
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


def moment_from(given: object, where: str) -> str | None:
    """`started_at` of a facts file, ISO 8601 with zone; None for None. Raises FactsError naming `where`."""
    if given is None:
        return None
    try:
        when = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        when = None
    if when is None or when.tzinfo is None or when.year not in YEARS:
        years = f"of the years {YEARS[0]} to {YEARS[-1]}"
        told = shown(str(given))
        raise FactsError(f"{where}: started_at is {told}; it must be like 2026-11-22T09:30:00+08:00, {years}")
    return when.isoformat()


def _wanted(name: str, fact: object) -> str:
    """What a fact must be that is not; "" where it is. Facts stand on the agent's screen."""
    if isinstance(fact, str) and not (len(fact) <= LONGEST_FACT and is_one_line(fact)):
        return f"one line of at most {LONGEST_FACT} characters"
    if name == "timezone" and fact and not _is_zone(str(fact)):
        return "a time zone like Asia/Shanghai"
    return ""


def _is_halved(text: str) -> bool:
    """A surrogate alone is valid in JSON, and no text."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name, a folder of zones
        return not zoneinfo.available_timezones()  # a machine that knows none cannot tell
    return True


def _dumps(fields: Any) -> str:
    try:
        return without_nul(_JSON.encode(fields))
    except ValueError as error:
        raise ValueError(f"{error}: {fields}") from None


def without_nul(text: str) -> str:
    """`text`: JSON; a character that stands for another in its place."""
    return _NULS.sub("\\1\ufffd", text) if _NUL in text else text
