"""The centre as the other parts of a desk know it: how the line to it is, and what can be asked and said over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.desk_protocol.messages import NotSignedIn, SignedIn, SignIn, SignOut

CentreState = Literal["connecting", "connected", "away", "refused"]
"""`connecting`: for the first time since the start. `away`: it is tried again all the time. `refused`: that helps
nothing before somebody mends it."""

WhyRefused = Literal["", "token", "version", "certificate", "taken", "other"]
"""The desk's token was revoked; no version is spoken by both; it shows another certificate than at the enrolment;
another machine is there with this desk's token; what `detail` says."""

Words = Literal["ok", "late", "none"]


@dataclass(frozen=True, slots=True)
class CentreStatus:
    """The centre as this desk sees it now. `since`: of the state; like all times in seconds since 1970, by the clock
    of this machine. `detail`: one line in English. `waiting_*`: what it has not got yet. `offset_ms`: how far this
    machine's clock is ahead of its; null before that is known. `words`: from it.
    """

    state: CentreState
    since: float
    reason: WhyRefused
    detail: str
    name: str
    address: str
    desk: str  # name of this desk
    waiting_records: int
    waiting_recordings: int
    waiting_utterances: int
    offset_ms: int | None
    words: Words


class CentreOfDesk(Protocol):
    """From any thread."""

    def status(self) -> CentreStatus: ...

    def ask(self, said: SignIn) -> SignedIn | NotSignedIn:
        """Waits for the answer, some seconds at most. Raises CallcoachError where there is none."""
        ...

    def say(self, said: SignOut) -> bool:
        """False where the centre is away: it is not said later by itself."""
        ...
