"""Recordings of an archive become calls of the database, as if they had been heard live: records, score, recording.

A call is heard to its end before anything of it is kept. Then its recording is placed, and all else is written in one
transaction: whatever stops that leaves no half call, and the next who comes to the same recording takes away what was
left of it (`store/origins.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.audio.recording.recorder import RecordingSettings, discard
from pipeline.audio.recording.whole import Whole
from pipeline.cli.recordings import Recording
from pipeline.errors import AudioError, StoreError
from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.record import Record
from pipeline.people.directory import Directory
from pipeline.people.team_settings import SettingsVersion, newest
from pipeline.ports import Source
from pipeline.session.call_id import new_call_id
from pipeline.store.opening import StoreSettings, open_database
from pipeline.store.origins import Begun, Origins
from pipeline.store.people import SqlPeople
from pipeline.store.team_settings import SqlTeamSettings

_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class ShelfOptions:
    """Where calls are kept. Plain values: every worker process opens its own."""

    store: StoreSettings
    recording: RecordingSettings
    folder: Path  # of the data


class Shelf:
    """Takes recordings one after another. Everything raises CallcoachError."""

    def __init__(self, options: ShelfOptions) -> None:
        self._options = options
        database = open_database(options.store, options.folder)
        self._origins = Origins(database)
        self._team_settings = SqlTeamSettings(database)
        self._people = Directory(SqlPeople(database))
        self._ids = {team.name: team.id for team in self._people.teams()}

    def begin(self, recording: Recording) -> Place:
        digest = digest_of(recording.paths)
        call_id = recording.call_id or new_call_id(recording.begun_at)
        begun = self._origins.begin(digest, call_id, recording.name or recording.path.name)
        if begun.left is not None:
            discard(self._folder, begun.left)
        facts = self._whose(recording.facts)
        return Place(self._origins, digest, begun, facts, newest(self._team_settings, facts.team), self._options)

    def _whose(self, facts: CallFacts) -> CallFacts:
        """A call of which no team is told is of its agent's."""
        if facts.team is not None:
            return replace(facts, team=self._ids.get(facts.team, facts.team))
        agent = self._people.user_of_agent(facts.agent_id) if facts.agent_id is not None else None
        return replace(facts, team=agent.team, agent_name=facts.agent_name or agent.name) if agent else facts

    @property
    def _folder(self) -> Path:
        return recordings_folder(self._options)


class Place:
    """Where one recording goes: `listened`, then `keep`; or `abandon`, whatever came before."""

    def __init__(
        self,
        origins: Origins,
        digest: str,
        begun: Begun,
        facts: CallFacts,
        team: SettingsVersion,
        options: ShelfOptions,
    ) -> None:
        self.call_id = begun.call_id
        self.is_kept = begun.is_kept  # already, as this call
        self._origins = origins
        self._digest = digest
        self._team = team
        self._options = options
        # Whoever hands a recording over answers for it, as there is one; a No that was told and the team's are obeyed.
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
        """Raises StoreError where another callcoach has come to the same recording meanwhile."""
        version = self._team.version or None
        events = [
            replace(event, team_settings_version=version) if isinstance(event, CallStarted) else event
            for event in (record.event for record in records)
        ]
        if self._whole is not None and self._origins.is_begun(self._digest, self.call_id):
            self._whole.place()
        if not self._origins.keep(self._digest, self.call_id, events):
            raise StoreError("the same recording is being stored by somebody else, or under another name", "taken")

    def abandon(self) -> None:
        """What is kept already stays: whoever stops a run may do so in the moment after that."""
        with suppress(StoreError):  # then who comes to it next takes it over, and takes away what is left
            if self._origins.give_up(self._digest, self.call_id) and self._whole is not None:
                self._whole.abandon()


def recordings_folder(options: ShelfOptions) -> Path:
    return options.folder / "recordings"


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
