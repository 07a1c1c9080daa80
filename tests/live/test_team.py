"""What the team that a live call begins with has set: its version in the record, and whether the call is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import StoreError
from pipeline.events.call import CallFacts, CallStarted
from pipeline.ingest.browser_desks import BrowserDesks
from pipeline.people.permissions import Role
from pipeline.people.person import Person
from pipeline.people.team_settings import NEVER_SET, SettingsVersion, TeamSettings
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.holding import CallHolder, HeldCall, Outlets
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.memory import MemoryStore
from tests.live.talk import Talk


def version(number: int, **settings: Any) -> SettingsVersion:
    return SettingsVersion(number, 1.0, "u-1", "合同", TeamSettings(**settings))


@dataclass
class Held:
    started: CallStarted
    was_recorded: bool
    said: list[str]


def hold(
    tmp_path: Path,
    rulebook: Rulebook,
    facts: CallFacts,
    set_by: Callable[[str | None], SettingsVersion],
) -> Held:
    """A call of 400 ms that begins with these facts."""

    store, bus, sessions, recordings = MemoryStore(), NoBus(), Sessions(), FolderRecordings(tmp_path)
    said: list[str] = []
    consents = Consents(store, sessions, bus, recordings)
    outlets = Outlets(store, bus, sessions, recordings, consents, said.append, team_settings=set_by)
    holder = CallHolder(NoTranscriber(), rulebook, CallSettings(), outlets)
    call = HeldCall("c1", facts, 0.0, "u-7")
    holder.hold(call, lambda begun_with, _: Talk(400, begun_with), lambda *_: False, lambda: None)
    recordings.wait()
    started = store.read(call.call_id)[0].event
    assert isinstance(started, CallStarted)
    return Held(started, recordings.find(call.call_id) is not None, said)


@pytest.mark.parametrize(
    ("consent", "told", "begins_with", "is_recorded"),
    [
        ("asked", None, None, False),
        ("asked", True, True, True),
        ("always", None, True, True),
        ("always", False, False, False),
        ("never", True, True, False),
        ("never", None, None, False),
    ],
)
def test_a_call_goes_by_what_its_team_has_set(
    tmp_path: Path, rulebook: Rulebook, consent: str, told: bool | None,
    begins_with: bool | None, is_recorded: bool,
) -> None:  # fmt: skip
    facts = CallFacts(team="a", recording_consent=told)
    held = hold(tmp_path, rulebook, facts, lambda team: version(3 if team == "a" else 0, consent=consent))
    assert (held.started.team_settings_version, held.started.actor) == (3, "u-7")
    assert (held.started.facts, held.was_recorded) == (replace(facts, recording_consent=begins_with), is_recorded)


def test_a_desk_says_what_its_calls_begin_with(tmp_path: Path) -> None:
    store, bus, sessions, recordings = MemoryStore(), NoBus(), Sessions(), FolderRecordings(tmp_path)
    consents = Consents(store, sessions, bus, recordings)

    def outlets(set_by: Callable[[str | None], SettingsVersion]) -> Outlets:
        return Outlets(store, bus, sessions, recordings, consents, print, team_settings=set_by)

    def breaks(team: str | None) -> SettingsVersion:
        raise StoreError("away")

    always = outlets(lambda team: version(1, consent="always") if team == "a" else NEVER_SET).consent
    assert (always("a"), always("b"), always(None), outlets(breaks).consent("a")) == (
        "always",
        "asked",
        "asked",
        "asked",
    )
    desks = BrowserDesks(CallFacts(), lambda: pytest.fail("nothing is loaded for it"), always)
    desk = desks.of(Person("u-1", Role.AGENT, team="a", agent_id="1001"))
    assert desk is not None
    assert desk.status().consent == "always"


def test_without_anything_set_there_is_no_version(tmp_path: Path, rulebook: Rulebook) -> None:
    held = hold(tmp_path, rulebook, CallFacts(), lambda team: NEVER_SET)
    assert held.started.team_settings_version is None


def test_settings_that_cannot_be_read_are_said_and_the_call_goes_on(tmp_path: Path, rulebook: Rulebook) -> None:
    def fail(team: str | None) -> SettingsVersion:
        raise StoreError("calls.db cannot be read: disk I/O error")

    held = hold(tmp_path, rulebook, CallFacts(team="a"), fail)
    assert held.said == ["what team a has set is not known in this call: calls.db cannot be read: disk I/O error"]
    assert (held.started.team_settings_version, held.was_recorded) == (None, False)
