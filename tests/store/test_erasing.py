"""What identifies a person goes out of a call for good: words, lists, search and sound, on both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import select, update

from pipeline.audio.recording.muting import is_muted
from pipeline.errors import AudioError, NotDeletable
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.masking.sound import of_call
from pipeline.masking.view import masked_records
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.server.listing import summarise
from pipeline.session.erasing import mute, mute_left
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.store.deletion import Deletion
from pipeline.store.overview import Wanted
from pipeline.store.schema import calls, records
from pipeline.store.sql import SqlStore
from pipeline.store.sqlite_file import SqliteFile
from tests.masking.test_view import EVENTS, NUMBER, heard
from tests.writing import add


def erase_private(deletion: Deletion, recordings: FolderRecordings, call_id: str) -> None:
    deletion.erase_private(call_id)
    mute(deletion, recordings, call_id)


SPOKEN = "幺三九零零幺三九零零零"
SPANS = ((700, 4_300), (19_700, 22_500))


def told(call_id: str) -> list[Event]:
    """The number in all kinds of events, and another one that is said in words."""
    began, *others = EVENTS
    assert isinstance(began, CallStarted)
    kept = [
        replace(event, facts=replace(event.facts, recording_consent=True)) if isinstance(event, FactsNoted) else event
        for event in others if type(event).__name__ not in ("WordsGuessed", "StageFailed")
    ]  # fmt: skip
    facts = CallFacts(agent_id="7", peer=NUMBER, recording_consent=True)
    return [
        CallStarted(0, call_id, began.started_at, tuple(Channel), facts, "support-zh", "1", "abc", "base"),
        *kept[:-1], heard(20_000, SPOKEN), CallEnded(23_000, "finished"), kept[-1],
    ]  # fmt: skip


@pytest.fixture
def store(opened: SqlStore) -> SqlStore:
    for call_id in ("a", "b"):
        add(opened, call_id, told(call_id))
    return opened


@pytest.fixture
def recordings(tmp_path: Path) -> FolderRecordings:
    folder = tmp_path / "recordings"
    folder.mkdir()
    tone = np.full((25 * SAMPLE_RATE_HZ, 2), 9_000, np.int16)
    for call_id in ("a", "b"):
        soundfile.write(folder / f"{call_id}.flac", tone, SAMPLE_RATE_HZ)
    return FolderRecordings(folder)


def body(store: SqlStore, call_id: str) -> str:
    with store.database.reading() as connection:
        return "\n".join(connection.execute(select(records.c.event).where(records.c.call_id == call_id)).scalars())


def path_of(recordings: FolderRecordings, call_id: str = "a") -> Path:
    path = recordings.find(call_id)
    assert path is not None
    return path


def test_words_and_sound_are_as_in_the_masked_view_for_everybody(store: SqlStore, recordings: FolderRecordings) -> None:
    before = store.read("a")
    erase_private(Deletion(store.database), recordings, "a")
    assert store.read("a") == masked_records(before)
    assert NUMBER not in body(store, "a")
    assert "幺三九" not in body(store, "a")
    assert store.private_gone(["a", "b"]) == {"a": SPANS}
    assert tuple((span.start_ms, span.end_ms) for span in of_call(before)) == SPANS
    assert is_muted(path_of(recordings), SPANS)
    assert NUMBER in body(store, "b")
    assert not is_muted(path_of(recordings, "b"), SPANS)


def test_it_is_found_no_more_and_all_else_still_is(store: SqlStore) -> None:
    assert {row.call_id for row in store.find(Wanted(words=SPOKEN))} == {"a", "b"}
    Deletion(store.database).erase_private("a")
    assert {row.call_id for row in store.find(Wanted(words=SPOKEN))} == {"b"}
    assert {row.call_id for row in store.find(Wanted(words="我的电话"))} == {"a", "b"}


def test_its_summary_says_so(store: SqlStore) -> None:
    Deletion(store.database).erase_private("a")
    assert [one.private_gone for one in summarise(store, Sessions(), ["a", "b"])] == [True, False]


def test_again_it_is_the_same(store: SqlStore, recordings: FolderRecordings) -> None:
    deletion = Deletion(store.database)
    erase_private(deletion, recordings, "a")
    with store.database.reading() as connection:
        gone = connection.execute(select(calls.c.private_gone_at)).scalars().first()
    kept, made = body(store, "a"), path_of(recordings).stat().st_mtime_ns
    erase_private(deletion, recordings, "a")
    assert (body(store, "a"), path_of(recordings).stat().st_mtime_ns) == (kept, made)
    assert store.private_gone(["a"]) == {"a": SPANS}
    with store.database.reading() as connection:
        assert connection.execute(select(calls.c.private_gone_at)).scalars().first() == gone


def test_what_a_crash_or_another_machine_left_is_muted_later(store: SqlStore, recordings: FolderRecordings) -> None:
    Deletion(store.database).erase_private("a")
    assert not is_muted(path_of(recordings), SPANS)
    assert mute_left(Deletion(store.database), recordings) == []
    assert is_muted(path_of(recordings), SPANS)
    assert not is_muted(path_of(recordings, "b"), SPANS)


def test_what_cannot_be_muted_is_told_and_tried_again(store: SqlStore, recordings: FolderRecordings) -> None:
    (recordings.folder / "a.flac").rename(recordings.folder / "a.wav")
    with pytest.raises(AudioError, match="not finished"):
        erase_private(Deletion(store.database), recordings, "a")
    assert NUMBER not in body(store, "a")
    assert "not finished" in mute_left(Deletion(store.database), recordings)[0]
    (recordings.folder / "a.wav").rename(recordings.folder / "a.flac")
    assert mute_left(Deletion(store.database), recordings) == []


def test_nothing_goes_of_a_call_that_runs_or_is_held(store: SqlStore) -> None:
    deletion = Deletion(store.database)
    deletion.hold("a", "投诉", None)
    add(store, "c", told("c")[:3])
    for call_id in ("a", "c"):
        with pytest.raises(NotDeletable):
            deletion.erase_private(call_id)
        assert NUMBER in body(store, call_id)


def test_what_cannot_be_read_may_hold_it_and_goes(store: SqlStore) -> None:
    with store.database.reading() as connection:
        place = connection.execute(select(records.c.position).where(records.c.call_id == "a").limit(1)).scalar()
    if isinstance(store.database, SqliteFile):  # on PostgreSQL nobody but the owner can damage one
        with store.database.writing() as connection:
            damaged = update(records).where(records.c.position == place)
            connection.execute(damaged.values(event=f'{{"kind":"FactsNoted","at_ms":3,"peer":"{NUMBER}"'))
        Deletion(store.database).erase_private("a")
        assert NUMBER not in body(store, "a")


def test_words_that_are_erased_already_are_not_found_anew(store: SqlStore) -> None:
    deletion = Deletion(store.database)
    deletion.erase_words("a")
    deletion.erase_private("a")
    assert {row.call_id for row in store.find(Wanted(words="我的电话"))} == {"b"}
    facts = [record.event.facts for record in store.read("a") if isinstance(record.event, CallStarted | FactsNoted)]
    assert {one.peer for one in facts} == {"…8000"}


def held(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_no_byte_of_it_is_left_in_file_and_log(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "calls.db")
    add(store, "a", told("a"))
    assert NUMBER.encode() in held(tmp_path)
    assert SPOKEN.encode() in held(tmp_path)
    deletion = Deletion(store.database)
    deletion.erase_private("a")
    assert deletion.clean()
    for form in (NUMBER, SPOKEN, SPOKEN[:3], SPOKEN[3:], "13800", *(SPOKEN[at : at + 2] for at in range(2))):
        assert form.encode() not in held(tmp_path)
    store.close()
