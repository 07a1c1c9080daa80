"""What goes over a call's websocket besides its records: the past in short, signs of life, and a refusal.

dashboard/src/api/socket.ts is made from these by scripts/generate_types.py.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from pipeline.codec import to_json
from pipeline.events.record import Record


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many entries of each list are not in it: too long ago."""

    lines: int  # of the transcript
    hints: int
    suppressed: int


@dataclass(frozen=True, slots=True)
class CondensedPast:
    """The records that a page opened late still needs, in one message so that it paints once; `seq` is the newest."""

    seq: int
    left_out: LeftOut
    records: tuple[Record, ...]
    type: Literal["condensed"] = "condensed"


@dataclass(frozen=True, slots=True)
class Alive:
    """The heartbeat: sent twice a second, and answered by the page with the same. A line that is silent is dead."""

    type: Literal["alive"] = "alive"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was wrong with the page's message, one line."""

    message: str
    type: Literal["error"] = "error"


def as_text(message: CondensedPast | Alive | Refusal) -> str:
    """The message as JSON; each record in it is as it is alone."""
    if not isinstance(message, CondensedPast):
        return _dumped(asdict(message))
    head = _dumped({"type": message.type, "seq": message.seq, "left_out": asdict(message.left_out)})
    return f'{head[:-1]},"records":[{",".join(map(to_json, message.records))}]}}'


def _dumped(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
