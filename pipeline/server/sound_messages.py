"""What goes over `/ws/calls/{id}/sound` besides sound, and how a piece of sound is written.

dashboard/src/api/sound.ts is made from these by scripts/generate_types.py.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from pipeline.ports import SoundPiece

_HEAD = struct.Struct("<dII")


@dataclass(frozen=True, slots=True)
class Ping:
    """By the page, of its own clock in ms: to know the centre's. Said at least every ten seconds."""

    at: Annotated[float, Field(ge=0, le=2**53, allow_inf_nan=False)]
    type: Literal["ping"] = "ping"


@dataclass(frozen=True, slots=True)
class Pong:
    """`at`: as it came; `clock_ms`: since 1970, by the centre's clock."""

    at: float
    clock_ms: float
    type: Literal["pong"] = "pong"


PING: TypeAdapter[Ping] = TypeAdapter(Ping)


def pong_as_text(pong: Pong) -> str:
    return json.dumps(asdict(pong))


def piece_as_bytes(piece: SoundPiece) -> bytes:
    """Little-endian: a float64, when its last sample was taken, in ms since 1970 by the centre's clock; a uint32, the
    call's time of its first sample in ms; a uint32, its rate in Hz; then int16 samples of agent and customer in turn.
    """
    return _HEAD.pack(piece.taken_s * 1000, piece.start_ms, 16_000) + piece.pcm.astype("<i2").tobytes()
