"""What the fields of messages between a desk and its centre hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer

from pipeline.events.call import WordsTrust
from pipeline.people.team_settings import OF_FLOOR, TeamSettings

ID = r"^[A-Za-z0-9_-]+$"
Id = Annotated[str, Field(max_length=64, pattern=ID)]
"""Of a call, shift, installation or request."""
Told = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(max_length=200)]
Secret = Annotated[str, Field(max_length=1_000, repr=False)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Number = Annotated[int, Field(ge=1, le=2**53)]
ClockMs = Annotated[int, Field(ge=-(2**53), le=2**53)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

RefusedBecause = Literal["identity", "taken", "conflict", "over", "deleted", "unread", "held"]
"""Why a call's records or recording are not taken, now and whenever they are sent: they are another agent's; another
writer has the call; their numbers do not fit; the call has ended at the centre, and they do not follow that; the call
was deleted; the centre is too old to read them; the customer or the team does not want the recording kept."""

NotDoneBecause = Literal["busy", "over", "unknown", "facts", "full", "nobody", "fault"]
NotSignedInBecause = Literal["wrong", "slowed", "role", "busy"]


@dataclass(frozen=True, slots=True)
class Engine:
    """The recogniser of the centre, as of ports.Transcriber."""

    name: Name
    notice: Told = ""
    trust: WordsTrust | None = None


def _of_desk(settings: TeamSettings) -> dict[str, Any]:
    return {name: value for name, value in asdict(settings).items() if name not in OF_FLOOR}


ForDesks = Annotated[TeamSettings, PlainSerializer(_of_desk)]
"""Without what only the floor goes by: a desk of before the floor takes no setting that it does not know."""
