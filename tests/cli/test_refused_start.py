"""A start that the disk refuses: said in one line, or gone on without keeping."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from pipeline.cli.choices import say
from pipeline.errors import StoreError
from pipeline.server import process as module
from pipeline.server.process import ServerProcess
from pipeline.server.serve import ServerSettings
from pipeline.store.sql import SqlStore
from tests.server.conftest import started, turn
from tests.store.test_refusal import locked
from tests.writing import add

ANY_PORT = ServerSettings(port=0)


@pytest.fixture(autouse=True)
def _claims_end_with_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    held: list[IO[bytes]] = []
    monkeypatch.setattr(module, "_held", held)
    yield
    for claim in held:
        claim.close()


def test_a_database_that_cannot_be_made_is_one_line_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "calls.db").mkdir()
    with pytest.raises(StoreError, match=r"calls\.db cannot be made: .*: mend that, or name another folder"):
        ServerProcess.open(ANY_PORT, tmp_path / "calls.db", say)


@pytest.mark.parametrize("place", ["file", "file/inside"])
def test_a_folder_that_cannot_be_made_is_one_line_with_what_to_do(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    told = r"^folder .*file.* for the calls cannot be made: Not a directory: mend that, or name another folder"
    with pytest.raises(StoreError, match=told):
        ServerProcess.open(ANY_PORT, tmp_path / place / "calls.db", say)


def test_a_lock_file_needs_no_room(tmp_path: Path) -> None:
    """/dev/full takes no byte, as a disk without room."""
    (tmp_path / "calls.db.lock").symlink_to("/dev/full")
    ServerProcess.open(ANY_PORT, tmp_path / "calls.db", say).bound.close()


def test_a_store_that_refuses_is_said_loudly_and_the_server_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calls.db"
    add(SqlStore(path), "cut", [started("cut"), turn(20)])
    monkeypatch.setattr("pipeline.store.database.BUSY_TIMEOUT_MS", 100)
    with locked(path):
        process = ServerProcess.open(ANY_PORT, path, say)
        process.bound.close()
        assert [recorder.count for recorder in process.sessions.waiting()] == [2]  # its end, and why it waits
        said = capsys.readouterr().err
        assert "call cut was cut off" in said
        assert "NOTHING IS KEPT just now" in said
        assert "calls.db cannot be written: database is locked" in said
    process.aftercare.close()
    assert process.store.unfinished() == []
    assert capsys.readouterr().err == ""
