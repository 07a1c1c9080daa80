"""Recordings of an archive become calls of the database, as if they had been heard live: records, score, recording.

A call is heard to its end before anything of it is kept. Then its recording is placed, and all else is written in one
transaction: whatever stops that leaves no half call, and the next who comes to the same recording takes away what was
left of it (`store/origins.py`). A call that is made anew goes in that same transaction, and its recording after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.audio.recording.recorder import RecordingSettings, discard
from pipeline.audio.recording.whole import Whole
from pipeline.cli.choices import say
from pipeline.cli.people import HERE
from pipeline.cli.recordings import Recording
from pipeline.errors import AudioError, StoreError
from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.consent import TELLING, last_consent
from pipeline.events.record import Record
from pipeline.people.directory import Directory
from pipeline.people.team_settings import SettingsOfTeams, SettingsVersion, newest
from pipeline.ports import Source
from pipeline.session.call_id import new_call_id
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sweep import sweep_of
from pipeline.store.audit import open_audit
from pipeline.store.database import Database
from pipeline.store.deletion import Deletion
from pipeline.store.opening import CALLS, StoreSettings, open_database
from pipeline.store.origins import Begun, Origins, anew
from pipeline.store.people import SqlPeople
from pipeline.store.sql import SqlStore
from pipeline.store.team_settings import SqlTeamSettings

RECORDINGS = "recordings"
_AT_ONCE = 1 << 20  # bytes
_LISTED = ("agent_id", "team", "direction")  # what of a call's facts decides who finds it, and where


@dataclass(frozen=True, slots=True)
class ShelfOptions:
    """Where calls are kept. Plain values: every worker process opens its own.

    `again`: recordings whose calls were deleted become calls anew; and calls of which other facts are told now than
    they have are replaced, as their facts do not change after their end.
    """

    store: StoreSettings
    recording: RecordingSettings
    folder: Path  # of the data
    again: bool = False
    calls: str = CALLS  # name of the database's file, where there is no address
    sound: str = RECORDINGS  # name of the folder with the recordings


class Shelf:
    """Takes recordings one after another. Everything raises CallcoachError."""

    def __init__(self, options: ShelfOptions) -> None:
        self._options = options
        self._database = database = open_database(options.store, options.folder, options.calls)
        self._origins = Origins(database)
        self._deletion = Deletion(database)
        self._team_settings = SqlTeamSettings(database)
        self._people = Directory(SqlPeople(database))
        self._ids = {team.name: team.id for team in self._people.teams()}

    def begin(self, recording: Recording) -> Place:
        """Raises NotDeletable, too, for a held call that is to be made anew."""
        recording = replace(recording, facts=self._whose(recording.facts), started_at=recording.begun_at)
        digest = digest_of(recording.paths)
        begun, otherwise = self._begun(digest, recording), None
        if begun.is_kept and (otherwise := self._told_otherwise(begun.call_id, recording)) and self._options.again:
            self._deletion.prepare(otherwise.call_id)  # what is held is not heard in vain
            recording, digest = otherwise.recording, anew(digest)
            begun = self._begun(digest, recording)
        if begun.left is not None:
            discard(self._folder, begun.left)
        team = newest(self._team_settings, recording.facts.team)
        return Place(self._database, digest, begun, recording, team, self._options, otherwise)

    def _begun(self, digest: str, recording: Recording) -> Begun:
        call_id = recording.call_id or new_call_id(recording.begun_at)
        name = recording.name or recording.path.name
        return self._origins.begin(digest, call_id, name, again=self._options.again)

    def _told_otherwise(self, call_id: str, recording: Recording) -> _Otherwise | None:
        """With all facts of the call but those told now; None where lists would show the same of both."""
        if not recording.told:
            return None
        store = SqlStore(self._database)
        last = store.last(call_id)  # first: what comes behind it is seen when the call is replaced
        events = [record.event for record in store.pick([call_id], TELLING)]
        if last is None or last.seq is None or not events or not isinstance(events[0], CallStarted):
            return None  # cannot be read
        before = events[0].facts
        told: dict[str, Any] = {name: getattr(recording.facts, name) for name in recording.told - {"started_at"}}
        if told.get("agent_id", before.agent_id) != before.agent_id:  # another one's name and team
            told = {"team": recording.facts.team, "agent_name": recording.facts.agent_name} | told
        if last_consent(events) is False:
            told["recording_consent"] = False
        facts = replace(before, **told)
        started_at = recording.begun_at if "started_at" in recording.told else events[0].started_at
        is_same = datetime.fromisoformat(started_at) == datetime.fromisoformat(events[0].started_at) and all(
            getattr(facts, name) == getattr(before, name) for name in _LISTED
        )
        return (
            None if is_same else _Otherwise(call_id, last.seq, replace(recording, facts=facts, started_at=started_at))
        )

    def _whose(self, facts: CallFacts) -> CallFacts:
        """A call of which no team is told is of its agent's."""
        if facts.team is not None:
            return replace(facts, team=self._ids.get(facts.team, facts.team))
        agent = self._people.user_of_agent(facts.agent_id) if facts.agent_id is not None else None
        return replace(facts, team=agent.team, agent_name=facts.agent_name or agent.name) if agent else facts

    @property
    def _folder(self) -> Path:
        return recordings_folder(self._options)


@dataclass(frozen=True, slots=True)
class _Otherwise:
    """A call as it was kept up to record `last_seq`, and the recording with what is told of it now."""

    call_id: str
    last_seq: int
    recording: Recording


class Place:
    """Where one recording goes: `listened`, then `keep`; or `abandon`, whatever came before."""

    def __init__(
        self,
        database: Database,
        digest: str,
        begun: Begun,
        recording: Recording,
        team: SettingsVersion,
        options: ShelfOptions,
        otherwise: _Otherwise | None,
    ) -> None:
        """`otherwise`: of a call that there is; it is replaced where this one is not kept already."""
        self.call_id = begun.call_id
        self.is_kept = begun.is_kept  # already, as this call
        self.is_told_otherwise = begun.is_kept and otherwise is not None  # than that call has it
        self.begun_at = recording.begun_at
        self._database = database
        self._origins = Origins(database)
        self._replaced = otherwise if not begun.is_kept else None
        self._digest = digest
        self._team = team
        self._options = options
        # Whoever hands a recording over answers for it, as there is one; a No that was told and the team's are obeyed.
        facts = recording.facts
        self._consents = facts.recording_consent is not False and team.settings.consent != "never"
        self.facts = replace(facts, recording_consent=True) if self._consents else facts
        self._whole: Whole | None = None

    def listened(self, source: Source) -> Source:
        """The same source, recorded while it is read where the call may be."""
        if not self._consents:
            return source
        folder = recordings_folder(self._options)
        self._whole = Whole(source, folder, self.call_id, self._options.recording)
        return self._whole

    def keep(self, records: Sequence[Record]) -> None:
        """Raises StoreError where another callcoach has come to the same recording meanwhile.

        Raises NotDeletable where the call that is to be replaced is held, or has been told something meanwhile.
        """
        version = self._team.version or None
        events = [
            replace(event, team_settings_version=version) if isinstance(event, CallStarted) else event
            for event in (record.event for record in records)
        ]
        recordings = FolderRecordings(recordings_folder(self._options), self._options.recording, say)
        make_room = self._room(self._replaced, recordings) if self._replaced is not None else None
        if self._whole is not None and self._origins.is_begun(self._digest, self.call_id):
            self._whole.place()
        if not self._origins.keep(self._digest, self.call_id, events, make_room):
            raise StoreError("the same recording is being stored by somebody else, or under another name", "taken")
        if self._replaced is not None:
            try:
                recordings.remove(self._replaced.call_id)
            except AudioError as error:
                say(f"{error}: the next sweep deletes it")
        if self._whole is not None:
            with suppress(AudioError):  # they are made when somebody asks for them
                recordings.peaks(self.call_id)  # while it is fresh: of an hour nobody should wait for a decoder

    def _room(self, replaced: _Otherwise, recordings: FolderRecordings) -> Callable[[], None]:
        """For the new call. Raises NotDeletable."""
        audit = open_audit(self._database, self._options.folder, None, say)
        sweep = sweep_of(self._database, audit, SettingsOfTeams(SqlTeamSettings(self._database), audit), recordings)
        prepared = replace(sweep.deletion.prepare(replaced.call_id), last_seq=replaced.last_seq)
        return partial(sweep.make_room, replaced.call_id, prepared, HERE)

    def abandon(self) -> None:
        """What is kept already stays: whoever stops a run may do so in the moment after that."""
        with suppress(StoreError):  # then who comes to it next takes it over, and takes away what is left
            if self._origins.give_up(self._digest, self.call_id) and self._whole is not None:
                self._whole.abandon()


def recordings_folder(options: ShelfOptions) -> Path:
    return options.folder / options.sound


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 of what is in the files. Raises AudioError."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                while block := file.read(_AT_ONCE):
                    digest.update(block)
        except OSError as error:
            raise AudioError(f"{path}: cannot be read: {error.strerror}") from error
        if len(paths) > 1:
            digest = hashlib.sha256(digest.digest())  # else where one ends would not count
    return digest.hexdigest()
