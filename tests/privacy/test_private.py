"""What is kept is its owner's alone, whatever the umask, and what was open to others no longer is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.audio.recording.recorder import RecordingSettings, finish
from pipeline.events.call import CallEnded
from pipeline.people.audit_heads import KEY_FILE, read_key
from pipeline.private import narrow, private_file, private_folder
from pipeline.store.claim import claim
from pipeline.store.sql import SqlStore
from tests.live.talk import FORMATS, Talk, record
from tests.privacy.test_nothing_leaves import mode, open_to_others
from tests.writing import add


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("kind", FORMATS)
def test_whatever_the_umask_says(tmp_path: Path, kind: str) -> None:
    data = tmp_path / "new" / "data"
    held = claim(data / "calls.db")
    store = SqlStore(data / "calls.db")
    add(store, "a", [CallEnded(20, "finished")])
    read_key(data)
    record(Talk(400), data / "recordings")
    assert open_to_others(tmp_path / "new") == []
    assert {"calls.db", "calls.db-wal", "calls.db-shm", "calls.db.lock", KEY_FILE} <= {p.name for p in data.iterdir()}
    finish(data / "recordings", "c1", RecordingSettings(format=kind))  # type: ignore[arg-type]
    assert open_to_others(tmp_path / "new") == []
    assert mode(data / "recordings" / f"c1.{kind}") == 0o600
    assert mode(data) == 0o700
    store.close()
    held.close()


def test_what_is_there_already_is_narrowed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "recordings").mkdir(parents=True)
    for name in (
        "calls.db",
        "calls.db-wal",
        "demo.db.lock",
        "token",
        "recordings/a.flac",
        "recordings/b.wav",
        "mine.txt",
    ):
        (data / name).touch()
        (data / name).chmod(0o664)
    for folder in (data, data / "recordings"):
        folder.chmod(0o777)
    assert narrow(data) == []
    assert open_to_others(data) == [f"{data / 'mine.txt'} 664"]
    assert mode(data / "recordings" / "a.flac") == 0o600


def test_a_folder_of_everybody_or_of_other_things_is_left_alone(tmp_path: Path) -> None:
    everybodys, others, empty = tmp_path / "tmp", tmp_path / "home", tmp_path / "empty"
    for folder in (everybodys, others, empty):
        folder.mkdir()
        folder.chmod(0o777)
    everybodys.chmod(0o1777)
    (everybodys / "calls.db").touch(0o666)
    (others / "letter.txt").touch()
    for folder in (everybodys, others, empty, tmp_path / "nowhere"):
        assert narrow(folder) == []
    assert (mode(everybodys), mode(others), mode(empty)) == (0o1777, 0o777, 0o700)
    assert mode(everybodys / "calls.db") == 0o600


def test_what_cannot_be_narrowed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").touch()
    (tmp_path / "token").chmod(0o644)

    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    assert tmp_path / "token" in narrow(tmp_path)


def test_making_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "file"
    private_folder(file.parent)
    private_folder(file.parent)
    private_file(file)
    file.write_text("kept")
    private_file(file)
    assert file.read_text() == "kept"
    with pytest.raises(NotADirectoryError):
        private_folder(file)
