"""What goes over `/ws/agent/audio` besides sound; dashboard/src/api/audio.ts is made from these.

Sound is binary: a head of 12 bytes, little-endian, u32 side (0 agent, 1 customer) and u64 frame of the first sample as
the page counts them since it opened the side, then mono int16 samples at the rate that was told, 5 to 125 ms of them.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter

from pipeline.events.channels import Channel
from pipeline.ingest.browser import Side
from pipeline.ingest.browser_desks import SIDES

HEAD = struct.Struct("<IQ")
RATES_HZ = (8_000, 48_000)  # a page that may choose sends 16,000
SHORTEST_S, LONGEST_S = 0.005, 0.125
_NAME = 200


@dataclass(frozen=True, slots=True)
class HeardSide:
    """One side that the page hears; `device`: as the browser calls it."""

    channel: Literal["agent", "customer"]
    device: Annotated[str, Field(max_length=_NAME)]
    rate_hz: Annotated[int, Field(ge=RATES_HZ[0], le=RATES_HZ[1])]

    def as_side(self) -> Side:
        return Side(Channel(self.channel), " ".join(self.device.split()), self.rate_hz)


@dataclass(frozen=True, slots=True)
class Listens:
    """The page's first message, and again when it hears other sides than before.

    `key`: the page's own, the same after a reload. `take_over`: also where another page listens: somebody was asked.
    """

    type: Literal["listens"]
    key: Annotated[str, Field(min_length=8, max_length=64)]
    sides: Annotated[tuple[HeardSide, ...], Field(max_length=2)]
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class SideLevel:
    """How loud a side is, once a second; null for digital silence."""

    type: Literal["level"]
    channel: Literal["agent", "customer"]
    dbfs: Annotated[float, Field(ge=-200, le=10, allow_inf_nan=False)] | None


@dataclass(frozen=True, slots=True)
class Ready:
    """The page listens now. `call_id`: of a call that runs: sound is wanted at once."""

    call_id: str | None
    type: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """Another page of this agent listens: ask whether this one is to take over. `call_id`: of a call that runs."""

    call_id: str | None
    type: Literal["held"] = "held"


@dataclass(frozen=True, slots=True)
class CallBegun:
    """Sound is wanted from now on."""

    call_id: str
    type: Literal["started"] = "started"


@dataclass(frozen=True, slots=True)
class CallOverHere:
    """No sound is wanted any more."""

    call_id: str
    type: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Another page of this agent listens from now on; the line is closed."""

    type: Literal["taken_over"] = "taken_over"


Told = Ready | HeldElsewhere | CallBegun | CallOverHere | TakenOver
FROM_PAGE: TypeAdapter[Listens | SideLevel] = TypeAdapter(
    Annotated[Listens | SideLevel, Field(discriminator="type")]
)  # fmt: skip


def told_as_text(told: Told) -> str:
    return json.dumps(asdict(told), separators=(",", ":"))


def block_of(data: bytes) -> tuple[Channel, int, NDArray[np.int16]]:
    """Side, frame and samples of a block. Raises ValueError for one that is none."""
    if len(data) <= HEAD.size or len(data) % 2:
        raise ValueError(f"a block of {len(data)} bytes; it must be a head of {HEAD.size} and whole samples")
    side, frame = HEAD.unpack_from(data)
    if side >= len(SIDES):
        raise ValueError(f"a block of side {side}; it must be 0 (agent) or 1 (customer)")
    return SIDES[side], frame, np.frombuffer(data, np.dtype("<i2"), offset=HEAD.size)
