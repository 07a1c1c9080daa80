"""A recording without consent leaves in no way, and none comes: the records are asked, not the folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipeline.events.call import CallFacts, FactsNoted
from pipeline.transfer.backup import back_up
from tests.kept import CALL, OTHER, Kept, Make
from tests.transfer.test_calls import into, out
from tests.writing import add


@pytest.mark.parametrize("consent", [False, None])
def test_a_recording_without_consent_is_in_no_zip(new_file: Make, tmp_path: Path, consent: bool | None) -> None:
    """Whatever lies there: a file that could not be deleted, or of a server that was told nothing."""
    kept = new_file("full")
    kept.fill()
    add(kept.store, CALL, [FactsNoted(40_000, CallFacts(recording_consent=consent))])
    with zipfile.ZipFile(out(kept, tmp_path / "calls.zip", CALL)) as archive:
        assert [name for name in archive.namelist() if "recording" in name] == []


def test_no_recording_comes_of_a_call_whose_consent_was_taken_back(
    filled: Kept, new_file: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a zip of an earlier version, which asked nobody."""
    add(filled.store, CALL, [FactsNoted(40_000, CallFacts(recording_consent=False))])
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.transfer.exporting.last_consent", lambda events: True)
        path = out(filled, tmp_path / "calls.zip")
    with zipfile.ZipFile(path) as archive:
        assert f"{CALL}/recording.opus" in archive.namelist()
    target = new_file("target")
    assert into(target, path).new == [CALL, OTHER]
    assert target.store.read(CALL) == filled.store.read(CALL)
    assert not (target.folder / "recordings").exists()


def test_a_recording_without_consent_is_in_no_backup(filled: Kept, tmp_path: Path) -> None:
    (filled.folder / "recordings" / f"{OTHER}.flac").write_bytes(b"fLaC")
    add(filled.store, OTHER, [FactsNoted(40_000, CallFacts(recording_consent=False))])
    made = back_up(filled.store.database, filled.folder, tmp_path / "backup")
    assert [name for name in made.files if "/" in name] == [f"recordings/{CALL}.opus"]
