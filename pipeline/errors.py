"""The errors of callcoach: one shallow tree.

CallcoachError
├── AudioError      a recording or device cannot be used
├── ModelError      a speech model cannot be found or loaded
├── AsrError        an utterance could not be recognised
├── RulebookError   a rulebook is invalid; the message names file, rule and field
├── SettingsError   a setting is invalid; the message names it, what was given and what was wanted
├── FactsError      a facts file is invalid
├── AccountRefused  a user, team, token, password or setting of a team cannot be so
├── StoreError      records cannot be kept
│   ├── NotOwner    another writer has taken the call over
│   ├── Conflict    a record has this number already, or the one before it is missing
│   ├── BehindEnd   what a desk says cannot stand behind the end of its call
│   └── CallDeleted a call was deleted: nothing of it is kept any more
├── NotDeletable    a call runs, or is held
├── ScoreError      a call that broke off cannot be scored
├── CallOver        a call has ended: it can be told nothing any more
├── CallBusy        a desk carries one call at a time, and one is running
├── DeskAway        an agent's machine cannot be told anything just now
├── NoMicrophone    no page of this agent listens
├── NobodyHere      nobody is signed in at a desk, so no call begins there
├── CentreAway      a desk cannot ask its centre just now
└── MailboxFull     more was told in a short time than anybody who means it tells

Messages say what was given, what was wanted and where.
"""

from __future__ import annotations

from typing import Literal


class CallcoachError(Exception):
    """Base of all errors a user may see as one clear line."""


class AudioError(CallcoachError):
    pass


class ModelError(CallcoachError):
    pass


class AsrError(CallcoachError):
    pass


class RulebookError(CallcoachError):
    pass


class DialogueError(CallcoachError):
    pass


class SettingsError(CallcoachError):
    pass


class FactsError(CallcoachError):
    pass


RefusalReason = Literal[
    "cell", "centre_away", "centre_busy", "column", "common", "desk_away", "desk_busy", "desk_role", "encoding",
    "first", "held", "last_admin", "like_name", "long", "name", "no_room", "no_team", "not_empty", "not_first",
    "other_team", "outdated", "pattern", "reason", "role", "short", "taken", "too_large", "unchanged", "unknown",
    "unknown_field", "value",
]  # fmt: skip


class AccountRefused(CallcoachError):
    """`reason` is for programs, and for pages that say it in another language."""

    def __init__(self, message: str, reason: RefusalReason) -> None:
        super().__init__(message)
        self.reason = reason


ReviewReason = Literal["changed", "not_now", "reason", "unknown", "wrong", "own", "worse"]


class ReviewRefused(CallcoachError):
    """Of what somebody wants to say of a call. `changed`: somebody else was quicker, and nothing is overwritten.

    `own`: it is one's own call. `worse`: than what was appealed.
    """

    def __init__(self, message: str, reason: ReviewReason) -> None:
        super().__init__(message)
        self.reason = reason


class StoreError(CallcoachError):
    """`cause` is that of StageFailed."""

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


class NotOwner(StoreError):
    """Of a writer that is not the call's owner (any more). Trying again helps nothing."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"call {call_id} was taken over by another writer: this one's records are not kept", "taken")


class Conflict(StoreError):
    """Of a writer whose numbers do not fit. Nothing was written, and trying again helps nothing."""

    def __init__(self, call_id: str, reason: str) -> None:
        super().__init__(f"call {call_id}: {reason}", "taken")


class BehindEnd(StoreError):
    """Of a desk that says of an ended call what may not follow its end. Trying again helps nothing."""

    def __init__(self, call_id: str, kind: str) -> None:
        super().__init__(f"call {call_id} has ended: no {kind} may follow its end", "taken")


class CallDeleted(StoreError):
    """Of a call that was deleted, whoever had it. Trying again helps nothing."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"call {call_id} was deleted: nothing of it is kept any more", "deleted")


class NotDeletable(CallcoachError):
    pass


class ScoreError(CallcoachError):
    """`cause` is that of StageFailed."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class CallOver(CallcoachError):
    pass


class CallBusy(CallcoachError):
    """`call_id` is the call that runs."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"call {call_id} is running on this headset: end it first")
        self.call_id = call_id


class NoMicrophone(CallcoachError):
    def __init__(self) -> None:
        super().__init__("no page of this agent has its microphone open: open /agent there and let it listen")


class NobodyHere(CallcoachError):
    def __init__(self) -> None:
        super().__init__("nobody is signed in at this desk: a call begins when an agent has signed in on its page")


class CentreAway(CallcoachError):
    """`reason` as of AccountRefused."""

    def __init__(self, message: str, reason: RefusalReason) -> None:
        super().__init__(message)
        self.reason = reason


class MailboxFull(CallcoachError):
    pass


class DeskAway(CallcoachError):
    """Asking again later helps."""

    def __init__(self, desk: str, why: str = "") -> None:
        super().__init__(f"desk {desk} {f'has not done it: {why}' if why else 'does not answer just now'}: try again")
