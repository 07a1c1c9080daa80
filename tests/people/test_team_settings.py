"""Settings of teams: checked, versioned, with a reason, noted with the change; of two at once the second is told."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, fields

import pytest

from pipeline.errors import AccountRefused, StoreError
from pipeline.people.audit import Audit
from pipeline.people.entrance import Origin
from pipeline.people.team_settings import (
    ACTED_ON,
    NEVER_SET,
    UNSET,
    SettingsOfTeams,
    TeamSettings,
    kept_settings,
    read_settings,
    settings_schema,
)
from pipeline.store.audit import SqlAuditLog
from pipeline.store.team_settings import SqlTeamSettings
from tests.people.conftest import House

HERE = Origin("10.2.0.15")
KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def audit(house: House) -> Audit:
    return Audit(SqlAuditLog(house.store.database), KEY, clock=house.clock)


@pytest.fixture
def teams(house: House, audit: Audit) -> SettingsOfTeams:
    house.directory.add_team("A 组", "a")
    return SettingsOfTeams(SqlTeamSettings(house.store.database), audit, house.clock)


def changed(teams: SettingsOfTeams, expected: int | None = None, reason: str = "会议纪要", **changes: object) -> int:
    told = teams.change("a", changes, reason=reason, expected=expected, actor="u-1", origin=HERE)
    return told.version


def test_a_team_of_which_nothing_is_known_has_the_usual_settings(teams: SettingsOfTeams) -> None:
    assert teams.current("a") == teams.current(None) == teams.current("unheard of") == NEVER_SET
    assert teams.versions("a") == []
    assert asdict(UNSET)["hint_holdout"] == 0


def test_every_change_is_a_version_with_author_and_reason(teams: SettingsOfTeams, audit: Audit, house: House) -> None:
    assert changed(teams, 0, retention_audio_days=30) == 1
    assert changed(teams, 1, consent="always", reason=" 合同 ") == 2
    now, before = teams.versions("a")
    assert (now.version, now.actor, now.reason, now.at) == (2, "u-1", "合同", house.clock.now)
    assert (now.settings.consent, now.settings.retention_audio_days) == ("always", 30)
    assert before.settings.consent == "asked"
    assert teams.current("a") == now
    row = audit.rows()[0]
    assert (row.actor, row.action, row.object, row.address) == ("u-1", "team_settings.change", "a", "10.2.0.15")
    assert json.loads(row.details) == {"version": 2, "before": {"consent": "asked"}, "after": {"consent": "always"}}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"retention_audio_days": -1}, "retention_audio_days"),
        ({"retention_audio_days": 4_000}, "retention_audio_days"),
        ({"retention_audio_days": True}, "retention_audio_days"),
        ({"retention_audio_days": "90"}, "retention_audio_days"),
        ({"retention_audio_days": 365, "retention_words_days": 30}, "must be no more than retention_words_days"),
        ({"consent": "sometimes"}, "consent"),
        ({"hint_holdout": 1.5}, "hint_holdout"),
        ({"pace_low": 200, "pace_high": 100}, "pace_high"),
        ({"overlay": "two\nlines"}, "overlay"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    teams: SettingsOfTeams, audit: Audit, changes: dict[str, object], wrong: str
) -> None:
    with pytest.raises(AccountRefused, match=wrong) as refused:
        changed(teams, **changes)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
    assert (teams.versions("a"), audit.rows()) == ([], [])


def test_a_reason_a_team_and_a_change_are_needed(teams: SettingsOfTeams) -> None:
    for reason in ("", "  ", "x" * 201, "two\nlines"):
        with pytest.raises(AccountRefused, match="reason"):
            changed(teams, reason=reason, masking=False)
    with pytest.raises(AccountRefused, match="changes nothing"):
        changed(teams, masking=True)
    with pytest.raises(AccountRefused, match="no team b"):
        teams.change("b", {"masking": False}, reason="x", expected=0, actor=None, origin=HERE)
    with pytest.raises(AccountRefused, match="no team b"):
        teams.versions("b")


def test_of_two_who_change_at_once_one_is_told(teams: SettingsOfTeams, house: House) -> None:
    told: list[str] = []
    at_once = threading.Barrier(4)

    def change(days: int) -> None:
        at_once.wait()
        try:
            changed(teams, 0, appeal_days=days)
            told.append("changed")
        except AccountRefused as error:
            told.append(error.reason)

    threads = [threading.Thread(target=change, args=(days,)) for days in range(20, 24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["changed", "outdated", "outdated", "outdated"]
    assert len(teams.versions("a")) == 1


def test_a_change_that_cannot_be_noted_is_not_kept(
    teams: SettingsOfTeams, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise StoreError("the disk is full", "full")

    monkeypatch.setattr(Audit, "note", refuses)
    with pytest.raises(StoreError):
        changed(teams, masking=False)
    assert teams.versions("a") == []


def test_settings_of_a_newer_callcoach_are_read_as_far_as_they_are_known() -> None:
    assert kept_settings({"masking": False, "not yet": 1}) == TeamSettings(masking=False)


def test_values_are_read_as_they_are_typed() -> None:
    typed = read_settings({"retention_audio_days": "30", "masking": "false", "hint_holdout": "0.1"}, are_texts=True)
    assert typed == TeamSettings(retention_audio_days=30, masking=False, hint_holdout=0.1)


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("retention_audio_days", "many", "retention_audio_days is 'many'; it must be a whole number, 0 to 3650"),
        ("retention_audio_days", "-1", "retention_audio_days is '-1'; it must be a whole number, 0 to 3650"),
        ("pace_low", "x", "pace_low is 'x'; it must be a number, 0 to 600"),
        ("retention_audio_days", "200",
         "retention_audio_days is 200; it must be no more than retention_words_days, which is 180"),
        ("appeal_days", "1.5", "appeal_days is '1.5'; it must be a whole number, 0 to 90"),
        ("pitch_share", "nan", "pitch_share is 'nan'; it must be a number, 0 to 1"),
        ("consent", "maybe", "consent is 'maybe'; it must be never, asked or always"),
        ("masking", "", "masking is ''; it must be true or false"),
        ("overlay", "two\nlines", "overlay is 'two\\nlines'; it must be one line of text"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong_is_told_in_one_plain_sentence(name: str, typed: str, said: str) -> None:
    with pytest.raises(AccountRefused) as refused:
        read_settings({name: typed}, are_texts=True)
    assert str(refused.value) == said


def test_the_schema_names_every_setting() -> None:
    assert set(settings_schema()["properties"]) == {field.name for field in fields(TeamSettings)} > ACTED_ON
