"""The audit: who did, opened or was refused what, when and from where. Rows are only ever added.

A row holds ids and numbers: names are looked up when it is shown, so that a removed person's name is gone from all of
it. Each row is a link of a chain (`audit_chain.py`), whose newest link is also kept in a second place
(`audit_heads.py`). `store` keeps the rows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from pipeline.events.actor import Actor
from pipeline.people.audit_chain import Fault, Head, Row, Tail, check, linked
from pipeline.people.audit_heads import AuditHeads, KeptHeads
from pipeline.people.entrance import Origin
from pipeline.people.permissions import Action

HEAD_EVERY_S = 86_400.0
HEAD_AGAIN_S = 600.0  # after the second place has refused
LONGEST_DETAILS = 40_000  # characters of JSON: the teams of somebody in QA, before and after
_LONGEST = 200  # of what a request brings: call ids, addresses, programs

Outcome = Literal["done", "refused"]

ITSELF = Origin("here", "callcoach")
"""Of what callcoach does by itself: at a start, or because somebody asked for it before."""


class Deed(StrEnum):
    """What is noted besides the actions of the table of permissions, where these do not tell enough."""

    SIGN_IN = "session.begin"  # refused: with a wrong password; the object is the user, or null for an unknown name
    SIGN_OUT = "session.end"
    SLOWED = "session.slow"  # too many wrong passwords: none is looked at for a while
    RELEASED = "session.release"  # an administrator has ended that
    PASSWORD_CHANGED = "password.change"
    LINK_MADE = "link.make"
    LINK_USED = "link.use"
    USER_ADDED = "user.add"
    USER_CHANGED = "user.change"
    USER_REMOVED = "user.remove"
    TEAM_ADDED = "team.add"
    TEAM_CHANGED = "team.change"
    TEAM_REMOVED = "team.remove"
    TEAM_SETTINGS_CHANGED = "team_settings.change"
    TOKEN_ADDED = "token.add"
    TOKEN_REVOKED = "token.revoke"
    DESK_CODE_MADE = "desk.code"
    DESK_ENROLLED = "desk.enrol"  # an agent's machine, with a code; refused: with a wrong one
    DESK_REVOKED = "desk.revoke"  # by an administrator, or by the machine itself as it left
    RECORDING_DELETED = "recording.delete"  # as its consent was taken back or never given, or it was kept long enough
    PRIVATE_ERASED = "private.erase"  # what identifies people in a call, as it was kept long enough
    WORDS_ERASED = "words.erase"  # of a call, as they were kept long enough
    LISTENING_ENDED = "call.listen_live_end"  # how long somebody has heard a running call
    CALL_DELETED = "call.delete"  # all of it: by policy, or by hand
    CALL_RELEASED = "call.release"  # nothing keeps it from being deleted any more
    BASELINE_FORGOTTEN = "baseline.forget"  # what is usual for an agent's voice
    CALL_EXPORTED = "call.export"  # records, words, score and recording, into a file
    LIST_EXPORTED = "list.export"  # of calls, as a table
    STORE_BACKED_UP = "store.backup"  # all calls and people, into a folder
    DATA_EXPORTED = "data.export"  # a person's own data
    RULEBOOK_CHANGED = "rulebook.change"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows; null: all. Times in seconds since 1970, `until` not included."""

    actor: str | None = None
    action: str | None = None
    object: str | None = None
    outcome: Outcome | None = None
    since: float | None = None
    until: float | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Count:
    """So many rows have this action and outcome."""

    action: str
    outcome: Outcome
    rows: int


class AuditLog(Protocol):
    """Where the rows are kept, in the order of their numbers. Thread-safe; many processes may write at once."""

    def add(self, link: Callable[[Tail], Row]) -> Row:
        """Adds the row that `link` makes of the newest one, both in one transaction. Raises StoreError."""

    def together(self) -> AbstractContextManager[None]:
        """What this thread reads and writes within is one transaction."""

    def newest(self) -> Row | None:
        """Of the rows that are kept for good, and not of a transaction that may still fail."""

    def rows(self, wanted: Wanted, before: int | None = None, limit: int | None = None) -> list[Row]:
        """Newest first; with numbers below `before`."""

    def counts(self, wanted: Wanted) -> list[Count]: ...

    def all_rows(self) -> Iterator[Row]:
        """Oldest first, a few at a time; those added meanwhile may be among them."""

    def opened(self, agent_id: str, actions: Sequence[str], limit: int) -> list[Row]:
        """Rows of these actions whose object is a call of this agent, newest first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of a verification. `fault`: the first broken or missing link; null where the chain is whole."""

    rows: int
    at: float  # seconds since 1970
    fault: Fault | None
    heads: tuple[Head, ...]  # kept in the second place
    unreadable: int  # lines there that are no heads
    is_moved: bool = False  # the heads are those of the database that the chain came from: there are none of this one


class Audit:
    """Thread-safe. Without `heads` nothing is kept in a second place, and the chain alone is verified (the demo)."""

    def __init__(
        self,
        log: AuditLog,
        key: bytes,
        heads: AuditHeads | None = None,
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`say`: told in one line when the second place refuses; what is noted is noted all the same."""
        self._log = log
        self._key = key
        self._heads = heads
        self._say = say
        self._clock = clock
        self._head_due_at = 0.0
        self._head_number = 0  # of the head that was kept last

    def note(
        self,
        actor: Actor,
        action: Action | Deed,
        object: str | None,
        origin: Origin,
        *,
        outcome: Outcome = "done",
        details: Mapping[str, object] | None = None,
    ) -> Row:
        """`object`: an id. `details`: ids and numbers, never names or what was said. Raises StoreError: not noted."""
        told = json.dumps(details or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        if len(told) > LONGEST_DETAILS:
            raise ValueError(
                f"details of {action} have {len(told)} characters; they must have {LONGEST_DETAILS} at most"
            )
        at = round(self._clock(), 3)
        target = None if object is None else _cut(object)
        origin = Origin(_cut(origin.address), _cut(origin.agent))

        def link(tail: Tail) -> Row:
            return linked(
                self._key, tail, (at, actor, str(action), target, outcome, origin.address, origin.agent, told)
            )

        if at >= self._head_due_at:
            self.keep_head()
        return self._log.add(link)

    def note_rulebook(self, rulebook: str) -> None:
        """By it calls are scored from now on: noted where it is another one. `rulebook`: id and version."""
        before = self._log.rows(Wanted(action=Deed.RULEBOOK_CHANGED), limit=1)
        if not before or before[0].object != _cut(rulebook):
            self.note(None, Deed.RULEBOOK_CHANGED, rulebook, ITSELF)

    def together(self) -> AbstractContextManager[None]:
        """A change, and the row that tells of it, are kept together or not at all."""
        return self._log.together()

    def keep_head(self) -> None:
        """Tells the second place what the chain ends with: once a day, at the start and at each stop."""
        if self._heads is None or (row := self._log.newest()) is None:
            return
        now = self._clock()
        try:
            if row.number != self._head_number:
                self._heads.keep(Head(round(now, 3), row.number, row.mac))
            self._head_number = row.number
            self._head_due_at = now + HEAD_EVERY_S
        except OSError as error:
            self._head_due_at = now + HEAD_AGAIN_S
            self._say(f"the head of the audit cannot be kept in {self._heads.path}: {error.strerror}")

    def rows(self, wanted: Wanted = EVERYTHING, before: int | None = None, limit: int | None = None) -> list[Row]:
        return self._log.rows(wanted, before, limit)

    def counts(self, wanted: Wanted = EVERYTHING) -> list[Count]:
        return self._log.counts(wanted)

    def opened(self, agent_id: str, limit: int = 1_000) -> list[Row]:
        """Who opened, heard or exported calls of this agent, or tried to; newest first."""
        return self._log.opened(
            agent_id, (Action.CALL_READ, Action.CALL_LISTEN, Action.CALL_LISTEN_LIVE, Deed.CALL_EXPORTED), limit
        )

    def verify(self) -> Verdict:
        """Reads the whole chain. Raises StoreError where it cannot be read."""
        kept = self._heads.read() if self._heads is not None else KeptHeads()
        came_with = self._came_with(kept.others) if not kept.heads else ()
        heads = kept.heads or came_with
        former = kept.former if not came_with else None
        checked = check(self._log.all_rows(), self._key, heads if self._heads is not None else None, former)
        return Verdict(checked.rows, self._clock(), checked.fault, heads, kept.unreadable, bool(came_with))

    def _came_with(self, others: Mapping[str, Sequence[Head]]) -> tuple[Head, ...]:
        """The heads of a chain of another database that has a row of this one: it was moved from there, or restored.

        No other chain can have one: a row's HMAC is over all rows before it.
        """
        of_row = {(head.number, head.mac): chain for chain, heads in others.items() for head in heads}
        if not of_row:
            return ()
        found = (of_row.get((row.number, row.mac)) for row in self._log.all_rows())
        return tuple(others.get(next((chain for chain in found if chain is not None), ""), ()))


def _cut(text: str) -> str:
    """What a request brings may be anything: no lone surrogates and no NUL, which not every database takes, and not too
    long.
    """
    return text[:_LONGEST].encode(errors="replace").decode().replace("\0", "\ufffd")
