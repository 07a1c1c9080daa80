"""Calls go out as a zip and come in elsewhere as they were."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.codec import to_json
from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnStarted
from pipeline.store.deletion import Deletion
from pipeline.store.overview import Wanted
from pipeline.store.schema import calls
from pipeline.transfer.call_zip import MANIFEST
from pipeline.transfer.exporting import export, leaving
from pipeline.transfer.importing import Here, Imported, import_calls
from tests.kept import CALL, OTHER, RUNNING, Kept, Make
from tests.masking.test_view import NUMBER
from tests.store.test_erasing import told
from tests.writing import add

NOW = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)


def out(kept: Kept, target: Path, *call_ids: str) -> Path:
    calls = (leaving(kept.store, kept.folder / "recordings", call_id) for call_id in call_ids or (CALL, OTHER))
    export(calls, target, now=lambda: NOW)
    return target


def into(kept: Kept, path: Path, noted: Callable[[str], None] = lambda call_id: None) -> Imported:
    return import_calls(path, Here(kept.store, kept.folder, kept.store.database.together, noted))


@pytest.fixture
def zipped(filled: Kept, tmp_path: Path) -> Path:
    return out(filled, tmp_path / "calls.zip")


# --- out ---------------------------------------------------------------------------------------------------------


def test_what_is_in_it(filled: Kept, zipped: Path) -> None:
    assert stat.S_IMODE(zipped.stat().st_mode) == 0o600
    with zipfile.ZipFile(zipped) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        texts = {name: archive.read(name) for name in names}
    assert names == [
        f"{CALL}/records.jsonl", f"{CALL}/words.csv", f"{CALL}/report.json", f"{CALL}/recording.opus",
        f"{OTHER}/records.jsonl", f"{OTHER}/words.csv", f"{OTHER}/report.json", MANIFEST,
    ]  # fmt: skip
    lines = texts[f"{CALL}/records.jsonl"].decode().splitlines()
    assert lines == [to_json(record) for record in filled.store.read(CALL)]
    assert texts[f"{CALL}/recording.opus"] == (filled.folder / "recordings" / f"{CALL}.opus").read_bytes()
    report = json.loads(texts[f"{CALL}/report.json"])
    assert report["file"] == CALL
    [scored] = [one.event for one in filled.store.read(CALL) if isinstance(one.event, CallScored)]
    assert (report["score"]["total"], report["score"]["assessed"]) == (scored.total, scored.assessed)
    told = json.loads(texts[MANIFEST])
    assert [entry["records"] for entry in told["calls"]] == [len(lines), len(filled.store.read(OTHER))]


def test_words_are_a_table_without_formulas(zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as archive:
        table = archive.read(f"{CALL}/words.csv")
    rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
    assert table.startswith(b"\xef\xbb\xbf")
    assert rows[0] == ["start", "end", "channel", "text"]
    assert rows[1] == ["0:00:00.800", "0:00:06.000", "agent", "您好，翠湖物业客服中心，请问有什么可以帮您？"]
    assert rows[3][3] == "'=这不关我的事。"


def test_what_cannot_go_out_is_named_and_nothing_is_left(filled: Kept, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"call {RUNNING} has not ended"):
        out(filled, tmp_path / "new.zip", CALL, RUNNING)
    (tmp_path / "there.zip").write_bytes(b"mine")
    with pytest.raises(StoreError, match="is there already"):
        out(filled, tmp_path / "there.zip")
    with pytest.raises(StoreError, match="cannot be read or written"):
        out(filled, tmp_path / "no folder" / "new.zip")
    assert (tmp_path / "there.zip").read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "there.zip"]


def test_a_call_with_a_damaged_record_does_not_go_out(new_file: Make, tmp_path: Path) -> None:
    kept = new_file("full")
    kept.fill()
    with kept.store.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE records SET event = '{{' WHERE seq = 3 AND call_id = '{CALL}'")
    with pytest.raises(StoreError, match="cannot be exported whole: record 3 of call .* is damaged"):
        out(kept, tmp_path / "new.zip")


# --- and in again ------------------------------------------------------------------------------------------------


def test_it_is_the_same_on_another_machine(filled: Kept, zipped: Path, target: Kept, tmp_path: Path) -> None:
    noted: list[str] = []
    assert into(target, zipped, noted.append) == Imported([CALL, OTHER])
    assert noted == [CALL, OTHER]
    for call_id in (CALL, OTHER):
        assert target.store.read(call_id) == filled.store.read(call_id)
    assert [row.call_id for row in target.store.find(Wanted(words="水管"))] == [OTHER, CALL]
    assert target.store.unfinished() == target.store.unscored() == []
    assert out(target, tmp_path / "again.zip").read_bytes() == zipped.read_bytes()
    assert not (target.folder / ".import").exists()


def test_brought_twice_it_is_there_once(filled: Kept, zipped: Path, target: Kept) -> None:
    noted: list[str] = []
    into(target, zipped)
    position = target.store.position()
    (target.folder / "recordings" / f"{CALL}.opus").unlink()
    assert into(target, zipped, noted.append) == Imported([], [CALL, OTHER], [CALL])
    assert (noted, target.store.position()) == ([], position)
    assert not (target.folder / "recordings" / f"{CALL}.opus").exists()
    assert into(filled, zipped) == Imported([], [CALL, OTHER])


def test_an_id_of_before_that_no_file_may_have(target: Kept, new_file: Make, tmp_path: Path) -> None:
    name = "../ticket 47:11.wav"
    kept = new_file("other")
    add(kept.store, name, [record.event for record in _call(kept)])
    path = out(kept, tmp_path / "calls.zip", name)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()[0] == "%2E%2E%2Fticket%2047%3A11%2Ewav/records.jsonl"
    assert into(target, path).new == [name]
    assert target.store.read(name) == kept.store.read(name)


def _call(kept: Kept) -> list:  # type: ignore[type-arg]
    kept.fill()
    return kept.store.read(CALL)


def test_what_was_erased_for_good_stays_marked_so(new_file: Make, target: Kept, tmp_path: Path) -> None:
    kept = new_file("full")
    for call_id in ("private", "words", "neither"):
        add(kept.store, call_id, told(call_id))
    Deletion(kept.store.database).erase_private("private")
    Deletion(kept.store.database).erase_words("words")
    path = out(kept, tmp_path / "calls.zip", "private", "words", "neither")
    into(target, path)
    assert set(target.store.private_gone(["private", "words", "neither"])) == {"private"}
    with target.store.database.reading() as connection:
        erased = select(calls.c.call_id).where(calls.c.words_erased_at.is_not(None))
        assert connection.execute(erased).scalars().all() == ["words"]
    assert [row.call_id for row in target.store.find(Wanted(words=NUMBER))] == ["neither"]
    assert out(target, tmp_path / "again.zip", "private", "words", "neither").read_bytes() == path.read_bytes()
    assert into(target, path).known == ["private", "words", "neither"]


def test_that_something_was_erased_is_not_believed_but_done(new_file: Make, target: Kept, tmp_path: Path) -> None:
    kept = new_file("full")
    add(kept.store, "private", told("private"))
    call = replace(leaving(kept.store, kept.folder / "recordings", "private"), private_gone=True)
    export(iter([call]), tmp_path / "calls.zip")
    into(target, tmp_path / "calls.zip")
    assert NUMBER not in "".join(to_json(record) for record in target.store.read("private"))
    assert target.store.private_gone(["private"])["private"] != ()


def test_another_call_of_this_id_is_refused(filled: Kept, zipped: Path, target: Kept) -> None:
    add(target.store, OTHER, [TurnStarted(20, Channel.AGENT, 20), CallEnded(40, "finished")])
    position = target.store.position()
    with pytest.raises(StoreError, match=f"{OTHER} is another call than the one of this id that is kept here"):
        into(target, zipped)
    add(filled.store, OTHER, [CallEnded(60_000, "finished")])  # with more than in the zip
    with pytest.raises(StoreError, match=f"{OTHER} is another call"):
        into(filled, zipped)
    (filled.folder / "recordings" / f"{CALL}.opus").write_bytes(b"OggS")
    with pytest.raises(StoreError, match="recording.opus is another recording than the one"):
        into(filled, zipped)
    assert (target.store.calls(), target.store.position()) == ([OTHER], position)
    assert not (target.folder / "recordings").exists()


def test_a_call_that_was_deleted_here_does_not_come_back(zipped: Path, target: Kept) -> None:
    into(target, zipped)
    Deletion(target.store.database).delete(OTHER)
    Deletion(target.store.database).delete(CALL)
    with pytest.raises(StoreError, match=f"{CALL} does not come back: call {CALL} was deleted"):
        into(target, zipped)
    assert target.store.calls() == []


def test_a_call_that_cannot_be_noted_is_not_taken_in(zipped: Path, target: Kept) -> None:
    def refuse(call_id: str) -> None:
        if call_id == OTHER:
            raise StoreError("the audit is full")

    with pytest.raises(StoreError, match="the audit is full"):
        into(target, zipped, refuse)
    assert target.store.calls() == [CALL]
    assert into(target, zipped) == Imported([OTHER], [CALL])


def test_a_recording_that_a_killed_import_left_is_taken(zipped: Path, target: Kept, filled: Kept) -> None:
    recordings = target.folder / "recordings"
    recordings.mkdir()
    (recordings / f"{CALL}.opus").write_bytes((filled.folder / "recordings" / f"{CALL}.opus").read_bytes())
    assert into(target, zipped).new == [CALL, OTHER]


def test_another_recording_in_its_place_is_refused(zipped: Path, target: Kept) -> None:
    recordings = target.folder / "recordings"
    recordings.mkdir()
    (recordings / f"{CALL}.flac").write_bytes(b"fLaC")
    with pytest.raises(StoreError, match="has another recording in its place"):
        into(target, zipped)
    assert target.store.calls() == []


def test_a_recording_stays_where_the_call_was_kept_and_the_answer_was_lost(zipped: Path, target: Kept) -> None:
    @contextmanager
    def cut_off() -> Iterator[None]:
        with target.store.database.together():
            yield
        raise StoreError("the line was cut", "gone")

    with pytest.raises(StoreError, match="cut"):
        import_calls(zipped, Here(target.store, target.folder, cut_off, lambda call_id: None))
    assert target.store.calls() == [CALL]
    assert into(target, zipped).without_recording == []
    assert (target.folder / "recordings" / f"{CALL}.opus").is_file()
