"""What a desk and its centre say to each other, each message as one dataclass; docs/desk-protocol.md has the order.

A desk is an agent's machine, the centre the server of a team. Names say who speaks: those of `Up` are said by desks,
those of `Down` by the centre, `Alive` by both. All times are integer milliseconds: `clock_ms` since 1970 by the
speaker's clock, all others of the call's audio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from pipeline.desk_protocol.fields import (
    ClockMs,
    Count,
    Engine,
    ForDesks,
    Id,
    Name,
    NotDoneBecause,
    NotSignedInBecause,
    Number,
    RefusedBecause,
    Secret,
    Sha256,
    Told,
)
from pipeline.desk_protocol.lost import NotHere, Running
from pipeline.events.actor import Actor
from pipeline.events.channels import Channel
from pipeline.events.prompts import PromptTold
from pipeline.people.desks import ShiftOverBecause
from pipeline.ports import Recognised

# --- a desk says ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message. `version`: the newest that the desk speaks.

    `installation` is of callcoach on this machine and `process` of this run of it, so that one that connects again is
    told apart from two machines with one token. `shift`: the one that the desk takes for open; `calls`: those that run
    there now; `rulebook`: SHA-256 of the one it has.
    """

    version: Annotated[str, Field(pattern=r"^\d{1,3}\.\d{1,3}$")]
    installation: Id
    process: Id
    machine: Name
    program: Name
    clock_ms: ClockMs
    shift: Id | None = None
    calls: Annotated[tuple[Id, ...], Field(max_length=16)] = ()
    rulebook: Sha256 | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """An agent at this desk, with their account of the centre."""

    id: Id
    login: Name
    password: Secret


@dataclass(frozen=True, slots=True)
class SignOut:
    shift: Id


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a call from `first_seq` on, a line of the body each: the event as `codec.event_to_json` writes it.

    `is_own_clock`: when the call began is told by the desk's own clock, as it had not heard the centre's by then.
    """

    call_id: Id
    shift: Id
    first_seq: Number
    is_own_clock: bool = False


@dataclass(frozen=True, slots=True)
class CallHere:
    """A call that has ended, as record `end_seq`, and is still at the desk. `has_sound`: its recording, too."""

    call_id: Id
    last_seq: Number
    end_seq: Number
    has_sound: bool


@dataclass(frozen=True, slots=True)
class StillHere:
    """Said on each connection of what the centre has confirmed, piece by piece: it may have lost some since."""

    id: Id
    calls: Annotated[tuple[CallHere, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True)
class Shown:
    """What pages show besides (captions not yet settled, the clock), while the centre watches; lines as above."""

    call_id: Id


@dataclass(frozen=True, slots=True)
class Digested:
    """What a wall needs of a call, as it is now: one line, `digest.to_json`. The newest stands for all before it."""

    call_id: Id


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance to be recognised; body: FLAC of 16 kHz mono int16. A newer guess of its channel replaces a guess."""

    id: Id
    call_id: Id
    channel: Channel
    is_final: bool
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished recording of `size` bytes is there; asked again after each cut."""

    call_id: Id
    size: Number
    sha256: Sha256
    suffix: Literal[".flac", ".opus"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Body: the bytes of the recording from `offset` on."""

    call_id: Id
    offset: Count


@dataclass(frozen=True, slots=True)
class Sound:
    """Live audio, only while somebody listens. Body: FLAC of 16 kHz int16, agent left, customer right.

    `clock_ms`: when its last sample was taken, by the desk's clock; null by a desk of before 1.2.
    """

    call_id: Id
    start_ms: Count
    clock_ms: ClockMs | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What the centre asked under this id was done; `call_id`: of the call that begins."""

    id: Id
    call_id: Id | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    id: Id
    because: NotDoneBecause
    detail: Told = ""


# --- the centre says ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome:
    """The answer to Hello: from now on both speak `version`. `engine`: null where the centre recognises no words."""

    version: str
    desk: Id
    name: Name
    centre: Name
    clock_ms: ClockMs
    engine: Engine | None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The one that calls go by from the next on; body: its YAML. Sent to a desk that has another one."""

    sha256: Sha256


@dataclass(frozen=True, slots=True)
class SettingsOfTeam:
    """What the team of a shift has set: calls go by it from the next on."""

    team: Name | None
    version: Count
    settings: ForDesks


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The shift has begun: whatever call begins in it is this agent's. It holds `for_s`, connected or not."""

    id: Id
    shift: Id
    user_id: Id
    login: Name
    name: Name
    agent_id: Name
    team: Name | None
    for_s: Number


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """`slowed`: no password is looked at for `wait_s`; `role`: whoever it is is no agent."""

    id: Id
    because: NotSignedInBecause
    tries_left: int = 0
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ShiftOver:
    """A call that runs goes on to its end and is still taken; no other begins in this shift."""

    shift: Id
    because: ShiftOverBecause


@dataclass(frozen=True, slots=True)
class Kept:
    """All records of the call up to `seq` are kept."""

    call_id: Id
    seq: Count


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing more of this call is taken: the desk keeps what it has, and says so."""

    call_id: Id
    because: RefusedBecause
    detail: Told


@dataclass(frozen=True, slots=True)
class Missing:
    """The answer to StillHere: `records` of these calls are kept up to this number only, the recordings `sound` are
    not there; both are brought again. Recordings `held` nobody may keep: the desk asks about them, and deletes them.
    Calls `over` have ended at the centre with other records than here: the desk keeps its own, and says so.
    """

    id: Id
    records: Mapping[Id, Count]
    sound: tuple[Id, ...] = ()
    held: tuple[Id, ...] = ()
    over: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What was heard in the utterance."""

    id: Id
    recognised: Recognised


@dataclass(frozen=True, slots=True)
class NoWords:
    """Of this utterance there will be none."""

    id: Id
    detail: Told


@dataclass(frozen=True, slots=True)
class RecordingFrom:
    """The centre has the first `offset` bytes; the next piece begins there."""

    call_id: Id
    offset: Count


@dataclass(frozen=True, slots=True)
class RecordingKept:
    """All of it, with the SHA-256 that was told."""

    call_id: Id


@dataclass(frozen=True, slots=True)
class RecordingRefused:
    call_id: Id
    because: RefusedBecause
    detail: Told


@dataclass(frozen=True, slots=True)
class Begin:
    """A telephone system begins a call with these facts. Answered by Done or NotDone, as all that has an id."""

    id: Id
    facts: Mapping[str, Any]
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class End:
    id: Id
    call_id: Id
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class Facts:
    id: Id
    call_id: Id
    changes: Mapping[str, Any]
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class Announcement:
    id: Id
    call_id: Id
    told: PromptTold


@dataclass(frozen=True, slots=True)
class Noted:
    """What a team lead tells the agent, as `codec.event_to_dict` writes it: one of events.record.FloorNote."""

    id: Id
    call_id: Id
    note: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether what pages show besides records is wanted, of this call."""

    call_id: Id
    is_on: bool


@dataclass(frozen=True, slots=True)
class Listen:
    """Whether `by` listens to this call; the agent's page shows it as long as it lasts."""

    call_id: Id
    is_on: bool
    by: Name
    actor: Actor = None


# --- both say -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alive:
    """The heartbeat. `has_room`, by the centre: captions of open turns are welcome."""

    clock_ms: ClockMs
    has_room: bool = False


Up = (
    Hello | SignIn | SignOut | Records | StillHere | NotHere | Shown | Digested | Heard | Recording | Piece | Sound
    | Done | NotDone | Alive
)  # fmt: skip
Down = (
    Welcome | Rulebook | SettingsOfTeam | SignedIn | NotSignedIn | ShiftOver | Kept | Refused | Missing | Running
    | Words | NoWords | RecordingFrom | RecordingKept | RecordingRefused | Begin | End | Facts | Announcement | Noted
    | Watch | Listen | Alive
)  # fmt: skip
UP: tuple[type[Any], ...] = get_args(Up)
DOWN: tuple[type[Any], ...] = get_args(Down)


@dataclass(frozen=True, slots=True)
class Message:
    """What is said, and the body that belongs to it: b"" where its kind has none."""

    said: Up | Down
    body: bytes = field(default=b"", repr=False)
