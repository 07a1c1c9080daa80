"""What a team lead does for a running call: help that was asked for, a sentence to read, somebody who listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.actor import Actor

HelpReason = Literal["", "superior", "business", "dialect", "media"]
"""The customer wants a superior; the matter is beyond the agent; what is said is not understood; the media call."""

WHISPER = 24  # characters at most


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """The agent asks for help, or gives another reason for it."""

    at_ms: int
    reason: HelpReason = ""
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class HelpReceived:
    """It is on the floor, and nobody has taken it, or nobody has it any more. `by`: names of the leads who see it.

    `goal_s`: within which the team wants it taken; `is_escalated`: that is over, and the leads of the team
    who have any page open are told: `by` names them, too.
    """

    at_ms: int
    by: tuple[str, ...] = ()
    goal_s: int = 60
    is_escalated: bool = False


@dataclass(frozen=True, slots=True)
class HelpTaken:
    at_ms: int
    by: str  # the lead's name
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class HelpClosed:
    """`withdrawn`: by the agent; `by` is "" then."""

    at_ms: int
    because: Literal["withdrawn", "closed"]
    by: str = ""
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class WhisperSent:
    """A sentence of the lead is on the agent's page until it is seen; `whisper` names it."""

    at_ms: int
    whisper: str
    text: str
    by: str
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class WhisperSeen:
    at_ms: int
    whisper: str
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class ListenStarted:
    """The sound of the call goes to somebody from here on: told by what sends it."""

    at_ms: int
    by: str
    actor: Actor = None


@dataclass(frozen=True, slots=True)
class ListenEnded:
    at_ms: int
    by: str
    actor: Actor = None
