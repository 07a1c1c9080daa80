"""The kinds of messages: who says one, since which version, how large its body may be, and how often it comes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Literal

from pipeline.desk_protocol import messages as m
from pipeline.desk_protocol.lost import NotHere, Running
from pipeline.digest import DIGEST_BYTES

SUBPROTOCOL = "callcoach.desk.v1"
MAJOR = 1
NEWEST = 2
"""The minor version that is spoken here: 1 brought live audio and what pages show besides records (for the floor), 2
what a team lead tells an agent, and what a desk still has."""
OLDEST = 0
SPOKEN = f"{MAJOR}.{OLDEST} to {MAJOR}.{NEWEST}"

ALIVE_EVERY_MS = 5_000
DEAD_MS = 15_000
"""Without any message for so long the other side is taken for dead, and the connection is cut."""
ANSWER_MS = 10_000
"""Within this time whatever was asked is answered; afterwards it counts as not done."""

HEAD_BYTES = 16 * 1024
RECORDS_AT_ONCE = 250
RECORDS_BYTES = 256 * 1024
"""So much is sent before it is known to be kept: `Kept` asks for more."""
RECORDS_BYTES_A_SECOND = 256 * 1024
RECORDS_BYTES_AT_ONCE = 1024 * 1024
"""So much of one desk is read; of more `Kept` comes later. The calls of a day, about 40 MB, take three minutes."""
PIECE_BYTES = 64 * 1024
LONGEST_HEARD_MS = 30_000
UTTERANCES = 40
"""So many of one desk wait for their words; of more the centre says at once that there will be none."""

Body = Literal["none", "lines", "bytes"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`at_once` and `a_second`: what is taken of one connection without a wait; more closes it."""

    says: type[Any]
    body: Body = "none"
    most_bytes: int = 0  # of the body
    at_once: int = 20
    a_second: float = 5.0
    since: int = 0  # minor version


def _table(*kinds: Kind) -> Mapping[str, Kind]:
    return MappingProxyType({type_of(kind.says): kind for kind in kinds})


def type_of(says: type[Any]) -> str:
    """`RecordingFrom` is called `recording_from` in messages."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", says.__name__).lower()


_ALIVE = Kind(m.Alive, at_once=10, a_second=2)

UP: Mapping[str, Kind] = _table(
    Kind(m.Hello, at_once=1, a_second=0),
    Kind(m.SignIn),  # of more than a person tries the answer is `slowed` (ingest/sign_ins.py)
    Kind(m.SignOut),
    Kind(m.Records, "lines", RECORDS_BYTES, at_once=100, a_second=50),
    Kind(m.StillHere, since=2),
    Kind(NotHere, since=2),
    Kind(m.Shown, "lines", 16 * 1024, at_once=40, a_second=20, since=1),
    Kind(m.Digested, "lines", DIGEST_BYTES, at_once=20, a_second=8),
    Kind(m.Heard, "bytes", 2 * 16 * LONGEST_HEARD_MS + 8_192, at_once=40, a_second=8),  # FLAC of noise is as long
    Kind(m.Recording),
    Kind(m.Piece, "bytes", PIECE_BYTES, at_once=200, a_second=200),
    Kind(m.Sound, "bytes", 64 * 1024, at_once=20, a_second=10, since=1),
    Kind(m.Done),
    Kind(m.NotDone),
    _ALIVE,
)

DOWN: Mapping[str, Kind] = _table(
    Kind(m.Welcome, at_once=1, a_second=0),
    Kind(m.Rulebook, "bytes", 4 * 1024 * 1024),
    Kind(m.SettingsOfTeam),
    Kind(m.SignedIn),
    Kind(m.NotSignedIn),
    Kind(m.ShiftOver),
    Kind(m.Kept, at_once=100, a_second=60),
    Kind(m.Refused),
    Kind(m.Missing, since=2),
    Kind(Running, since=2),
    Kind(m.Words, at_once=40, a_second=10),
    Kind(m.NoWords, at_once=40, a_second=10),
    Kind(m.RecordingFrom, at_once=200, a_second=200),
    Kind(m.RecordingKept),
    Kind(m.RecordingRefused),
    Kind(m.Begin),
    Kind(m.End),
    Kind(m.Facts),
    Kind(m.Announcement),
    Kind(m.Noted, since=2),
    Kind(m.Watch, since=1),
    Kind(m.Listen, since=1),
    _ALIVE,
)


def newest_for(version: str) -> str | None:
    """What to speak with somebody whose newest version is `version`; None: no version of both."""
    major, minor = (int(part) for part in version.split("."))
    return f"{MAJOR}.{min(minor, NEWEST)}" if major == MAJOR else None


def minor_of(version: str) -> int:
    return int(version.split(".")[1])


class Close(IntEnum):
    """The code of a close frame, and why a connection is closed by it."""

    why: str

    def __new__(cls, code: int, why: str) -> Close:
        made = int.__new__(cls, code)
        made._value_, made.why = code, why
        return made

    REPLACED = 4000, "the same desk has connected again"
    FAULTY = 4400, "what was said is no message, or not one that may be said now"
    TOKEN = 4401, "the token is unknown or revoked"
    ORIGIN = 4403, "a desk of another machine came by plain ws"
    VERSION = 4406, "no version is spoken by both"
    DEAD = 4408, f"nothing was heard for {DEAD_MS // 1000} s"
    TAKEN = 4409, "the token is of another machine, or of another copy of this one that is here"
    NO_CENTRE = 4411, "desks report elsewhere"
    TOO_MUCH = 4429, "more was said than may be, or less read"
    FAILED = 1011, "the centre has broken down"
    ENDING = 1012, "the centre is stopped"
