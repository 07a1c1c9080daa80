"""What is deleted once it was kept as long as its team wants: recordings, what identifies people, words, calls.

Each call is a transaction of its own, with its row of the audit, so that no call in progress waits for more than one.
Recordings are files of this machine: each server looks after its own. The database is one server's task at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import CallcoachError, NotDeletable
from pipeline.events.actor import Actor
from pipeline.people.audit import ITSELF, Audit, Deed
from pipeline.people.entrance import Origin
from pipeline.people.team_settings import SettingsOfTeams, TeamSettings
from pipeline.ports import Recordings
from pipeline.session.erasing import mute, mute_left
from pipeline.store.database import Database
from pipeline.store.deletion import Deletion, Prepared
from pipeline.store.retention import DAY_S, SETTLED_S, Having, Retention

_CALLS_AT_ONCE = 200  # looked at in one question to the database

SAY_SO = "where it is right, `callcoach calls sweep --clock-is-right` says so"

What = Literal["recording", "private", "words", "call"]


@dataclass(frozen=True, slots=True)
class Step:
    """One deletion. `days`: so long it may be kept, null for what is left of a deleted call; `age_days`: was kept."""

    what: What
    call_id: str
    team: str | None
    days: int | None
    age_days: float | None


@dataclass(frozen=True, slots=True)
class Swept:
    """`steps`: what was deleted, or would be. `refused`: why nothing was. `stray`: recordings of no call, which stay.

    `is_busy`: another one sweeps the database. `is_clean`: nothing of what was deleted is left in its file.
    """

    steps: tuple[Step, ...] = ()
    failed: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()
    refused: str = ""
    is_busy: bool = False
    is_clean: bool = True

    def count(self, what: What) -> int:
        return sum(step.what == what for step in self.steps)


def sweep_of(database: Database, audit: Audit, teams: SettingsOfTeams, recordings: Recordings | None) -> Sweep:
    """Of calls without a team, what a team has that has set nothing."""
    return Sweep(Retention(database), Deletion(database), audit, lambda team: teams.current(team).settings, recordings)


class Sweep:
    """From any thread. Raises StoreError where the database cannot be read."""

    def __init__(
        self,
        retention: Retention,
        deletion: Deletion,
        audit: Audit,
        settings: Callable[[str | None], TeamSettings],
        recordings: Recordings | None,
    ) -> None:
        """`settings`: of a team, null where a call has none; `recordings`: those of this machine."""
        self.retention = retention
        self.deletion = deletion
        self._audit = audit
        self._settings = settings
        self._recordings = recordings

    def plan(self, is_clock_right: bool = False) -> Swept:
        """What a sweep would delete now. Changes nothing."""
        if (doubt := self.retention.doubt()) and not is_clock_right:
            return Swept(refused=f"{doubt}: {SAY_SO}")
        found, stray = self._due_recordings()
        return Swept((*found, *self._due_in_database()), stray=tuple(stray))

    def run(self, goes_on: Callable[[], bool] = lambda: True, *, is_clock_right: bool = False) -> Swept:
        """`goes_on`: asked between two calls. `is_clock_right`: a person says so, whatever is in doubt."""
        if (doubt := self.retention.doubt()) and not is_clock_right:
            return Swept(refused=f"{doubt}: {SAY_SO}")
        self.retention.believe(by_hand=is_clock_right)
        found, stray = self._due_recordings()
        done: list[Step] = []
        failed = self._do(found, done, goes_on)
        failed += mute_left(self.deletion, self._recordings) if self._recordings is not None else []
        sweeper = secrets.token_hex(8)
        with self.retention.sweeping(sweeper) as has_turn:
            if not has_turn:
                return Swept(tuple(done), tuple(failed), tuple(stray), is_busy=True)
            failed += self._do(self._due_in_database(), done, lambda: goes_on() and self.retention.go_on(sweeper))
            self.deletion.delete_stray_cases(self._keep_s)
        return Swept(tuple(done), tuple(failed), tuple(stray), is_clean=self.deletion.clean())

    def delete(self, call_id: str, actor: Actor, origin: Origin) -> bool:
        """By hand, whatever its age; whether nothing of it is left in the database's file.

        Raises NotDeletable, StoreError, and AudioError where its recording cannot be deleted: then all of it stays.
        """
        self._delete(call_id, {"reason": "by hand"}, actor, origin)
        return self.deletion.clean()

    def delete_delivered(self, call_id: str) -> None:
        """At a desk, of a call that its centre has whole; as of `delete`."""
        self._delete(call_id, {"reason": "delivered"}, None, ITSELF)

    def make_room(self, call_id: str, prepared: Prepared, origin: Origin) -> None:
        """Of a call that another one replaces, within the transaction that keeps that one; as it was `prepared`.

        Its recording goes behind that (`Recordings.remove`); where it does not come to it, the next sweep deletes it.
        Who has replaced all cleans the file (`deletion`). Raises NotDeletable.
        """
        has_recording = self._recordings is not None and self._recordings.find(call_id) is not None
        details = {"reason": "again", "recording": has_recording}
        with self._audit.together():
            self.deletion.delete(call_id, prepared, only_as_prepared=True, is_replaced=True)
            self._audit.note(None, Deed.CALL_DELETED, call_id, origin, details=details)

    def erase_private(self, call_id: str, actor: Actor, origin: Origin) -> bool:
        """By hand, as `delete`: what identifies people in a call.

        Where its recording cannot be muted (AudioError) its words have gone, and the next sweep tries again.
        """
        self._erase_private(call_id, {"reason": "by hand"}, actor, origin)
        return self.deletion.clean()

    def _do(self, steps: list[Step], done: list[Step], goes_on: Callable[[], bool]) -> list[str]:
        """What could not be done, each in a line; it is tried again by the next sweep."""
        failed = []
        for step in steps:
            if not goes_on():
                break
            try:
                if self._take(step):
                    done.append(step)
            except NotDeletable:
                continue  # held since it was looked at
            except CallcoachError as error:
                failed.append(f"{step.what} of call {step.call_id}: {error}")
        return failed

    def _take(self, step: Step) -> bool:
        details: dict[str, object] = {"reason": "policy", "days": step.days}
        match step.what:
            case "recording":
                return self._delete_recording(step.call_id, details)
            case "private":
                self._erase_private(step.call_id, details, None, ITSELF)
            case "words":
                self._erase_words(step.call_id, details)
            case "call":
                self._delete(step.call_id, details, None, ITSELF)
        return True

    def _delete_recording(self, call_id: str, details: dict[str, object]) -> bool:
        with self._audit.together():
            kept = self.retention.of([call_id]).get(call_id)
            if self._recordings is None or kept is None or kept.is_held or not self._recordings.remove(call_id):
                return False
            self._audit.note(None, Deed.RECORDING_DELETED, call_id, ITSELF, details=details)
        return True

    def _erase_private(self, call_id: str, details: dict[str, object], actor: Actor, origin: Origin) -> None:
        """A recording that cannot be muted then, or lies on another machine, is muted by a later sweep there."""
        prepared = self.deletion.mask(call_id)
        with self._audit.together():
            self.deletion.erase_private(call_id, prepared)
            self._audit.note(actor, Deed.PRIVATE_ERASED, call_id, origin, details=details)
        mute(self.deletion, self._recordings, call_id)

    def _erase_words(self, call_id: str, details: dict[str, object]) -> None:
        prepared = self.deletion.erase_lines(call_id)
        with self._audit.together():
            self.deletion.erase_words(call_id, prepared)
            self._audit.note(None, Deed.WORDS_ERASED, call_id, ITSELF, details=details)

    def _delete(self, call_id: str, details: dict[str, object], actor: Actor, origin: Origin) -> None:
        """The recording last before the row that tells of it: where its file cannot be deleted, all is as before."""
        prepared = self.deletion.prepare(call_id)
        with self._audit.together():
            self.deletion.delete(call_id, prepared)
            has_recording = self._recordings is not None and self._recordings.remove(call_id)
            self._audit.note(actor, Deed.CALL_DELETED, call_id, origin, details={**details, "recording": has_recording})

    def _due_recordings(self) -> tuple[list[Step], list[str]]:
        """Of this machine; and recordings of no call that is or was known."""
        due: list[Step] = []
        stray: list[str] = []
        ids = self._recordings.ids() if self._recordings is not None else []
        for begin in range(0, len(ids), _CALLS_AT_ONCE):
            known = self.retention.of(ids[begin : begin + _CALLS_AT_ONCE])
            for call_id in ids[begin : begin + _CALLS_AT_ONCE]:
                kept = known.get(call_id)
                if kept is None:
                    stray.append(call_id)
                elif kept.is_deleted:  # by another server, or while it was being finished
                    due.append(Step("recording", call_id, None, None, None))
                elif kept.age_s is not None and not kept.is_held:
                    days = self._settings(kept.team).retention_audio_days
                    if kept.age_s >= max(days * DAY_S, SETTLED_S):
                        due.append(Step("recording", call_id, kept.team, days, kept.age_s / DAY_S))
        return due, stray

    def _due_in_database(self) -> list[Step]:
        found: list[Step] = []
        for team in self.retention.teams():
            settings = self._settings(team)
            whole = self._due(team, "call", settings.retention_records_days)
            # Before the words: where they tell something private, it goes out of the sound, too.
            private = self._due(team, "private", settings.retention_private_days, "private", but=whole)
            words = self._due(team, "words", settings.retention_words_days, "words", but=whole)
            found += [*whole, *private, *words]
        return found

    def _keep_s(self, team: str | None) -> float:
        return max(self._settings(team).retention_records_days * DAY_S, SETTLED_S)

    def _due(
        self, team: str | None, what: What, days: int, having: Having | None = None, but: Sequence[Step] = ()
    ) -> list[Step]:
        """`but`: of which more goes already."""
        going = {step.call_id for step in but}
        return [
            Step(what, due.call_id, team, days, due.age_s / DAY_S)
            for due in self.retention.due(team, days, having)
            if due.call_id not in going
        ]
