"""Calls of a zip become calls of this store, as they were (`call_zip.py`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from pydantic import ValidationError

from pipeline.audio.recording.crash_safe_wav import sync_folder
from pipeline.audio.recording.recorder import recording_of
from pipeline.codec import YEARS, first_fault, from_json
from pipeline.errors import AudioError, CallDeleted, StoreError
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.consent import last_consent
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.events.upcasting import NewerEvent
from pipeline.events.words import WordsHeard
from pipeline.masking.view import MaskedView
from pipeline.private import private_file, private_folder
from pipeline.reviews.entries import Entry
from pipeline.reviews.masking import masked_act
from pipeline.store import reviewed
from pipeline.store.appending import refuse_deleted
from pipeline.store.database import Database
from pipeline.store.deletion import Deletion
from pipeline.store.reviews import SqlReviews
from pipeline.store.sql import SqlStore
from pipeline.transfer.brought_zip import BroughtCalls, brought
from pipeline.transfer.building import workplace
from pipeline.transfer.call_zip import RECORDS, REVIEWS, CallEntry
from pipeline.transfer.files import summed, summed_file, synced
from pipeline.transfer.reviews import check_rules, entry_of, goes_on

_LONGEST_LINE = 16 << 20  # bytes
_MOST = (1 << 31) - 1  # of any number; as ms it is 24 days


@dataclass(frozen=True, slots=True)
class Imported:
    """The ids of calls that are new here; of those that were here already, the same; and of these, those whose
    recording is in the zip alone, which stays so: it may have been deleted here on purpose."""

    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    without_recording: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Here:
    """Where calls are taken in. `changing`: one transaction of the store, in which `noted` is told of a new call."""

    store: SqlStore
    folder: Path  # the data folder
    changing: Callable[[], AbstractContextManager[None]]
    noted: Callable[[str], None] = lambda call_id: None

    @property
    def recordings(self) -> Path:
        return self.folder / "recordings"


def import_calls(path: Path, here: Here) -> Imported:
    """Everything is looked at before the first call is taken in; then each is whole or not at all, in a transaction of
    its own, so that running calls never wait long. Asked again behind a kill it goes on with those that are missing.

    Raises StoreError naming what is damaged, newer, or another call than the one that is here.
    """
    found = Imported()
    with brought(path) as calls, workplace(here.folder / ".import") as aside:
        new = [entry for entry in calls.manifest.calls if not _is_known(calls, entry, here, found)]
        for entry in new:
            cards = [one.event for one in _records(calls, entry) if isinstance(one.event, CallScored)]
            _check_reviews(calls, entry, cards)
            _check_new(calls, entry, here)
        for entry in new:
            _take_in(calls, entry, here, aside)
            found.new.append(entry.call_id)
    return found


def _take_in(calls: BroughtCalls, entry: CallEntry, here: Here, aside: Path) -> None:
    """All is read before the transaction, which others wait for, begins. The recording is in its place before the call
    is committed, and taken back if that fails. One whose consent was taken back is not taken in."""
    events, said = [record.event for record in _records(calls, entry)], _reviews(calls, entry)
    unpacked = placed = None
    name = entry.recording if last_consent(events) is not False else None
    if name is not None and _recording(here.recordings, entry.call_id) is None:
        private_folder(here.recordings)
        unpacked = _unpacked(calls, entry, name, aside)
    try:
        with here.changing():
            here.store.append(entry.call_id, here.store.own(entry.call_id, patient=True), 1, events, patient=True)
            _erase_again(entry, events, here.store.database)
            _put_reviews(entry, events, said, here.store.database)
            here.noted(entry.call_id)
            if unpacked is not None:
                placed = unpacked.replace(here.recordings / unpacked.name)
                sync_folder(here.recordings)
    except BaseException:
        if placed is not None and not _may_be_kept(here, entry.call_id):
            placed.unlink(missing_ok=True)
        raise


def _may_be_kept(here: Here, call_id: str) -> bool:
    """A commit may have been done whose answer was lost. The recording of a call that is not kept is a left one."""
    try:
        return here.store.last(call_id) is not None
    except StoreError:
        return True


def _erase_again(entry: CallEntry, events: Sequence[Event], database: Database) -> None:
    """What was erased for good stays marked so; it is not believed but done: a right zip has nothing left of it."""
    if entry.private_gone:
        Deletion(database).erase_private(entry.call_id)
    if any(isinstance(event, WordsHeard) and event.is_erased for event in events):
        Deletion(database).erase_words(entry.call_id)


def _put_reviews(entry: CallEntry, events: Sequence[Event], said: Sequence[Entry], database: Database) -> None:
    """Texts of them are masked once more, and of a right zip nothing changes: others read them than the call."""
    if not said:
        return
    view = MaskedView(Record(entry.call_id, seq, event) for seq, event in enumerate(events, 1))
    card = next((event for event in reversed(events) if isinstance(event, CallScored)), None)
    with database.writing() as connection:
        reviewed.put(connection, entry.call_id, [replace(one, act=masked_act(one.act, view)) for one in said])
        reviewed.refresh(connection, entry.call_id, card)


def _unpacked(calls: BroughtCalls, entry: CallEntry, name: str, folder: Path) -> Path:
    target = folder / f"{entry.call_id}{Path(name).suffix}"
    private_file(target)
    with calls.open(entry, name) as file, target.open("r+b") as into:
        summed(file, into)
    synced(target)
    return target


def _check_new(calls: BroughtCalls, entry: CallEntry, here: Here) -> None:
    """Whether it may come. An import that was killed may have left its recording, the same."""
    try:
        with here.store.database.reading() as connection:
            refuse_deleted(connection, entry.call_id)
    except CallDeleted as error:
        raise calls.refusal(entry.folder, f"does not come back: {error}") from None
    if (name := entry.recording) is None:
        return
    try:
        there = recording_of(here.recordings, entry.call_id)
    except AudioError as error:
        raise calls.refusal(entry.path(name), f"has no place: {error}") from None
    if there is not None and (there.suffix != Path(name).suffix or summed_file(there) != entry.files[name]):
        raise calls.refusal(entry.path(name), f"has another recording in its place: {there}")


def _is_known(calls: BroughtCalls, entry: CallEntry, here: Here, found: Imported) -> bool:
    """Whether the same call is here. Raises StoreError for another one of its name."""
    if here.store.last(entry.call_id) is None:
        return False
    for one, other in zip_longest(here.store.read(entry.call_id), _records(calls, entry)):
        if one != other:
            raise calls.refusal(entry.folder, "is another call than the one of this id that is kept here")
    if not goes_on(SqlReviews(here.store.database).entries(entry.call_id), _reviews(calls, entry)):
        raise calls.refusal(entry.folder, "has another review than the call of this id that is kept here")
    name = entry.recording
    there = _recording(here.recordings, entry.call_id)
    if name is not None and there is not None and summed_file(there) != entry.files[name]:
        raise calls.refusal(entry.path(name), "is another recording than the one that is kept here")
    found.known.append(entry.call_id)
    if name is not None and there is None:
        found.without_recording.append(entry.call_id)
    return True


def _check_figures(record: Record, line: bytes) -> None:
    """Numbers and times that a database, a page or a calendar could not take. Raises ValueError."""
    json.loads(line, parse_int=_number, parse_float=_number, parse_constant=_number)
    if record.event.at_ms < 0:
        raise ValueError(f"at_ms is {record.event.at_ms}; no call has begun by then")
    if isinstance(record.event, CallStarted):
        started_at = datetime.fromisoformat(record.event.started_at)
        if started_at.tzinfo is None:
            raise ValueError(f"started_at is {record.event.started_at}, which has no zone")
        if started_at.year not in YEARS:
            raise ValueError(f"started_at is {record.event.started_at}; calls are of {YEARS[0]} to {YEARS[-1]}")


def _number(written: str) -> float:
    number = float(written)
    if not abs(number) <= _MOST:  # NaN is not, either
        raise ValueError(f"the number {written[:40]} is out of range")
    return number


def _recording(recordings: Path, call_id: str) -> Path | None:
    try:
        return recording_of(recordings, call_id)
    except AudioError:
        return None


def _records(calls: BroughtCalls, entry: CallEntry) -> Iterator[Record]:
    """One by one, each looked at. Raises StoreError for what is not the next record of a whole call."""
    seq, has_ended = 0, False
    with calls.open(entry, RECORDS) as file:
        while line := file.readline(_LONGEST_LINE):
            seq += 1

            def wrong(why: str, seq: int = seq) -> StoreError:
                return calls.refusal(entry.path(RECORDS), f"line {seq} {why}")

            try:
                record = from_json(line.decode())
                _check_figures(record, line)
            except NewerEvent as error:
                raise wrong(f"was written by a newer callcoach: {error}") from None
            except ValueError as error:
                raise wrong(f"is no record: {error}") from None
            if (record.call_id, record.seq) != (entry.call_id, seq):
                raise wrong(f"is record {record.seq} of call {record.call_id}")
            if (seq == 1) != isinstance(record.event, CallStarted):
                raise wrong("is not how a call begins, or begins it anew")
            has_ended = has_ended or isinstance(record.event, CallEnded)
            yield record
    if seq != entry.records or not has_ended:
        raise calls.refusal(entry.path(RECORDS), f"has {seq} records of {entry.records}, or no end of the call")


def _check_reviews(calls: BroughtCalls, entry: CallEntry, cards: Sequence[CallScored]) -> None:
    said = _reviews(calls, entry)
    try:
        check_rules(said, cards)
    except ValueError as error:
        raise calls.refusal(entry.path(REVIEWS), str(error)) from None


def _reviews(calls: BroughtCalls, entry: CallEntry) -> list[Entry]:
    """What people have said of it. Raises StoreError for what is not the next entry."""
    said: list[Entry] = []
    if REVIEWS not in entry.files:
        return said
    with calls.open(entry, REVIEWS) as file:
        while line := file.readline(_LONGEST_LINE):
            try:
                said.append(entry_of(line, len(said) + 1))
            except ValueError as error:
                why = first_fault(error) if isinstance(error, ValidationError) else error
                where = entry.path(REVIEWS)
                raise calls.refusal(where, f"line {len(said) + 1} is no entry of a review: {why}") from None
    return said
