"""Messages as frames of a websocket: a head, one line of JSON, and behind a newline the body where there is one.

What has a body of bytes is a binary frame, all else text. Reading is strict: a type that is unknown, too large, or of a
later version than both speak is an error that says what was given and what was wanted. A field that is not known is
left out, so that a later version may add one; NUL, which PostgreSQL has in no text, is U+FFFD.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.codec import first_fault, without_nul
from pipeline.desk_protocol.kinds import DOWN, HEAD_BYTES, UP, Kind, type_of
from pipeline.desk_protocol.messages import Message, SignIn
from pipeline.documents import shown
from pipeline.errors import CallcoachError


class ProtocolError(CallcoachError):
    """What was said is no message of this protocol."""


def written(message: Message) -> str | bytes:
    """The frame of a message."""
    said, kind = message.said, _KINDS[type_of(type(message.said))]
    fields = _ADAPTERS[kind.says].dump_python(said, mode="json")
    head = json.dumps({"type": type_of(kind.says), **fields}, ensure_ascii=False, separators=(",", ":"))
    match kind.body:
        case "none":
            return head
        case "lines":
            return f"{head}\n{message.body.decode()}"
        case "bytes":
            return head.encode() + b"\n" + message.body


def read_up(frame: str | bytes, minor: int) -> Message:
    """What a desk says. Raises ProtocolError."""
    return _read(frame, UP, minor)


def read_down(frame: str | bytes, minor: int) -> Message:
    """What the centre says. Raises ProtocolError."""
    return _read(frame, DOWN, minor)


def longest(kinds: Mapping[str, Kind]) -> int:
    """Bytes of the largest frame."""
    return HEAD_BYTES + 1 + max(kind.most_bytes for kind in kinds.values())


def lines(body: bytes) -> list[str]:
    """The lines of a body."""
    return body.decode().split("\n") if body else []


def _read(frame: str | bytes, kinds: Mapping[str, Kind], minor: int) -> Message:
    whole = frame.encode(errors="surrogatepass") if isinstance(frame, str) else frame
    head, newline, body = whole.partition(b"\n")
    if len(head) > HEAD_BYTES:
        raise ProtocolError(f"a head has {len(head)} bytes; at most {HEAD_BYTES} are taken")
    try:
        given = json.loads(without_nul(head.decode()))
        name = given.pop("type")
        kind = kinds[name]
    except (ValueError, RecursionError, AttributeError, TypeError, LookupError):
        told = shown(head[:80].decode(errors="replace"))
        raise ProtocolError(
            f"{told} begins no message; wanted is JSON with a type, one of {', '.join(kinds)}"
        ) from None
    if kind.since > minor:
        raise ProtocolError(f"{name} came with version 1.{kind.since}; 1.{minor} is spoken here")
    if isinstance(frame, str) == (kind.body == "bytes") or bool(newline) != (kind.body != "none"):
        wanted = {"none": "a text frame without a body", "lines": "a text frame with lines"}
        raise ProtocolError(f"{name} must be {wanted.get(kind.body, 'a binary frame with a body')}")
    if len(body) > kind.most_bytes:
        raise ProtocolError(f"the body of {name} has {len(body)} bytes; at most {kind.most_bytes} are taken")
    try:
        return Message(_ADAPTERS[kind.says].validate_json(json.dumps(given, allow_nan=False), strict=True), body)
    except ValidationError as error:
        raise ProtocolError(f"{name}: {_fault(kind, error)}") from None
    except ValueError:
        raise ProtocolError(f"{name} has a number that JSON has not") from None


def _fault(kind: Kind, error: ValidationError) -> str:
    """What was given to sign in with stands in no log."""
    if kind.says is not SignIn:
        return first_fault(error)
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


_KINDS: Mapping[str, Kind] = {**UP, **DOWN}
_ADAPTERS: Mapping[type[Any], TypeAdapter[Any]] = {kind.says: TypeAdapter(kind.says) for kind in _KINDS.values()}
