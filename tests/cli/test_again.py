"""`callcoach score --store --again`, stopped anywhere: the old call stays whole, or the new one is there whole."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.audio.recording.recorder import RecordingSettings, recording_of
from pipeline.audio.recording.whole import Whole
from pipeline.cli.recordings import Recording
from pipeline.cli.shelf import Shelf, ShelfOptions
from pipeline.errors import NotDeletable
from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.people.team_settings import SettingsOfTeams
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sweep import sweep_of
from pipeline.store import origins
from pipeline.store.audit import open_audit
from pipeline.store.deletion import Deletion
from pipeline.store.opening import StoreSettings, open_database
from pipeline.store.sql import SqlStore
from pipeline.store.team_settings import SqlTeamSettings
from tests.cli.test_shelf import archive, heard
from tests.postgres import PROGRAM

WHEN = "2026-11-03T09:12:04+08:00"
BOUNDARIES: dict[str, tuple[Any, str, bool]] = {  # of what, and whether it is done before the stop
    "recording closed": (Whole, "place", False),
    "recording placed": (Whole, "place", True),
    "old call to be deleted": (Deletion, "delete", False),
    "old call deleted": (Deletion, "delete", True),
    "new call begun": (origins, "own", True),
    "new call written": (origins, "add", True),
    "kept": (FolderRecordings, "remove", False),
    "old recording gone": (FolderRecordings, "remove", True),
}


@dataclass(frozen=True)
class House:
    options: ShelfOptions
    file: Path

    def told(self, agent_id: str, **facts: Any) -> Recording:
        """Of an archive, by a table of this agent alone, or of more."""
        started_at = WHEN if facts else None
        told = frozenset({"agent_id", *facts, *(("started_at",) if facts else ())})
        return Recording(self.file, facts=CallFacts(agent_id=agent_id, **facts), told=told, started_at=started_at)

    def keep(self, recording: Recording, *, is_killed: bool = False) -> str:
        """As `Scorer` does. `is_killed`: who is stopped gives nothing up."""
        shelf = Shelf(self.options)
        with closing(shelf._database):
            place, records = heard(shelf, recording)
            try:
                place.keep(records)
            except BaseException:
                if not is_killed:
                    place.abandon()
                raise
        return str(place.call_id)

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        with closing(open_database(self.options.store, self.options.folder)) as database:
            yield SqlStore(database)

    @property
    def only(self) -> CallStarted:
        """Of the one call that there is; its recording is there where it may be, and read from it."""
        with self.store() as store:
            [call_id] = store.calls()
            started = store.read(call_id)[0].event
        assert isinstance(started, CallStarted)
        has_recording = recording_of(self.options.folder / "recordings", call_id) is not None
        assert has_recording is started.facts.recording_consent
        return started

    def swept(self) -> list[str]:
        """Recordings that are left by the next sweep."""
        recordings = FolderRecordings(self.options.folder / "recordings")
        with self.store() as store:
            audit = open_audit(store.database, self.options.folder, None, print)
            teams = SettingsOfTeams(SqlTeamSettings(store.database), audit)
            sweep_of(store.database, audit, teams, recordings).run(is_clock_right=True)
        return recordings.ids()


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    address = ""
    if server is not None:
        address = f"postgresql://{PROGRAM}@/{server.new_database()}?host={server.folder}"
    file = next(archive(tmp_path / "archive", 1).iterdir())
    return House(ShelfOptions(StoreSettings(address), RecordingSettings(), tmp_path / "data", again=True), file)


class _Stopped(BaseException):
    pass


def _stop(boundary: str, patch: Callable[[Any, str, Any], None], how: Callable[[], None]) -> None:
    of, name, is_done = BOUNDARIES[boundary]
    does = getattr(of, name)

    def stopped(*args: Any, **more: Any) -> None:
        if is_done:
            does(*args, **more)
        how()

    patch(of, name, stopped)


def _raise() -> None:
    raise _Stopped


@pytest.mark.parametrize("is_killed", [True, False])
@pytest.mark.parametrize("consent", [None, False])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_whatever_stops_it_the_old_call_or_the_new_one_is_there(
    house: House, boundary: str, consent: bool | None, is_killed: bool
) -> None:
    if consent is False and boundary.startswith("recording "):
        pytest.skip("there is none")
    before = house.keep(house.told("1001", customer_name="王", recording_consent=consent))
    with pytest.MonkeyPatch.context() as patch:
        _stop(boundary, patch.setattr, _raise)
        with pytest.raises(_Stopped):
            house.keep(house.told("7"), is_killed=is_killed)
    is_new = boundary in ("kept", "old recording gone")
    for agent_id in ("7" if is_new else "1001", "7"):
        call = house.only
        facts = call.facts
        assert (facts.agent_id, facts.customer_name, call.started_at) == (agent_id, "王", WHEN)
        assert facts.recording_consent is (consent is not False)
        assert (call.call_id == before) is (agent_id == "1001")
        if agent_id != "7":
            house.keep(house.told("7"))
    assert house.swept() == ([house.only.call_id] if consent is not False else [])


def _killed(house: House, boundary: str) -> None:
    _stop(boundary, setattr, lambda: os.kill(os.getpid(), signal.SIGKILL))
    house.keep(house.told("7"))


@pytest.mark.parametrize("boundary", ["recording placed", "old call deleted", "new call written", "kept"])
def test_a_process_that_is_killed_loses_no_call(house: House, boundary: str) -> None:
    house.keep(house.told("1001", customer_name="王"))
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(house, boundary))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert (house.only.facts.agent_id, house.only.facts.customer_name) == ("7" if boundary == "kept" else "1001", "王")
    if boundary != "kept":
        house.keep(house.told("7"))
    assert house.only.facts == CallFacts(agent_id="7", customer_name="王", recording_consent=True)
    assert house.swept() == [house.only.call_id]


def test_a_consent_that_is_taken_back_while_it_is_heard_is_not_lost(house: House) -> None:
    before = house.keep(house.told("1001", customer_name="王"))
    shelf = Shelf(house.options)
    place, records = heard(shelf, house.told("7"))
    with house.store() as store:
        last = store.last(before)
        assert last is not None
        assert last.seq is not None
        no = FactsNoted(2_000, CallFacts(agent_id="1001", customer_name="王", recording_consent=False))
        store.append(before, store.own(before), last.seq + 1, [no])
    with pytest.raises(NotDeletable, match="has been told something meanwhile"):
        place.keep(records)
    place.abandon()
    shelf._database.close()
    with house.store() as store:
        assert store.calls() == [before]
    house.keep(house.told("7"))
    assert (house.only.facts.agent_id, house.only.facts.recording_consent) == ("7", False)
    assert house.swept() == []
