"""Calls as a zip that people can read and another callcoach takes in (`call_zip.py`)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from pipeline.audio.recording.muting import muted_copy
from pipeline.audio.recording.recorder import recording_of
from pipeline.codec import to_json
from pipeline.errors import AudioError, StoreError
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.consent import last_consent
from pipeline.events.faults import StageFailed
from pipeline.events.record import Record
from pipeline.events.words import WordsHeard
from pipeline.masking.settled import unsettled
from pipeline.masking.sound import of_call
from pipeline.masking.view import MaskedView, masked_records
from pipeline.private import private_file
from pipeline.reports.call_report import report
from pipeline.reports.cells import harmless
from pipeline.reviews.entries import Entry
from pipeline.reviews.masking import masked_act
from pipeline.store.reviews import SqlReviews
from pipeline.store.sql import SqlStore
from pipeline.transfer.call_zip import (
    FORMAT,
    MANIFEST,
    MANIFEST_JSON,
    RECORDS,
    REPORT,
    REVIEWS,
    WORDS,
    CallEntry,
    Manifest,
)
from pipeline.transfer.files import Sum, summed, synced
from pipeline.transfer.reviews import lines_of

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # of every file within: the zip is to be the same whenever it is made
_RIGHTS = 0o600 << 16


@dataclass(frozen=True, slots=True)
class LeavingCall:
    """A call as it leaves: everything that is written of it is made of this, and of nothing else.

    `reviews`: what people have said of it. `no_recording`: why it leaves without one.
    """

    call_id: str
    records: Sequence[Record]
    recording: Path | None
    no_recording: str = ""
    private_gone: bool = False
    reviews: Sequence[Entry] = ()


def leaving(store: SqlStore, recordings: Path, call_id: str) -> LeavingCall:
    """Without its recording where there is no consent to it, whatever file lies there.

    Raises StoreError for a call that has not ended, or of which a record or an entry of its review cannot be read.
    """
    records = store.read(call_id)
    unreadable = [r.event for r in records if isinstance(r.event, StageFailed) and r.event.stage == "record"]
    if unreadable:
        raise StoreError(f"call {call_id} cannot be exported whole: {unreadable[0].reason}")
    kinds = {type(record.event) for record in records}
    if not {CallStarted, CallEnded} <= kinds:
        raise StoreError(f"call {call_id} has not ended: it can be exported when it has")
    consents = last_consent(record.event for record in records) is True
    try:
        recording = recording_of(recordings, call_id) if consents else None
    except AudioError:  # an id of before that is no file name
        recording = None
    why = "" if recording is not None else "none is kept here" if consents else "there is no consent to one"
    gone = store.private_gone([call_id]).get(call_id)
    if recording is not None and gone:  # not muted yet, as where the words were erased by another machine
        recording = muted_copy(recording, gone)
    return LeavingCall(call_id, records, recording, why, gone is not None, _reviews(store, call_id))


def _reviews(store: SqlStore, call_id: str) -> list[Entry]:
    try:
        return SqlReviews(store.database).entries(call_id)
    except (ValueError, KeyError) as error:
        raise StoreError(
            f"call {call_id} cannot be exported whole: an entry of its review is damaged: {error}"
        ) from None


def masked(call: LeavingCall) -> LeavingCall:
    """As those see and hear it who may not know what is private in it. Raises AudioError.

    Where nobody knows what is said in it, the recording is left out.
    """
    view = MaskedView(call.records)
    reviews = [replace(one, act=masked_act(one.act, view)) for one in call.reviews]
    seen = replace(call, records=masked_records(call.records), reviews=reviews)
    if call.recording is None:
        return seen
    if unsettled(call.records):
        return replace(seen, recording=None, no_recording="nobody knows all that is said in it")
    return replace(seen, recording=muted_copy(call.recording, [(s.start_ms, s.end_ms) for s in of_call(call.records)]))


def export(
    calls: Iterator[LeavingCall],
    target: Path,
    noted: Callable[[Manifest], None] = lambda manifest: None,
    now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
) -> Manifest:
    """Writes a new file, its owner's alone, that has its name when it is whole; `noted` is told just before.

    Raises StoreError where it is there already, or cannot be written.
    """
    if target.exists():
        raise StoreError(f"{target} is there already: name a new file")
    part = target.with_name(f".{target.name}.part")
    try:
        private_file(part)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, allowZip64=False) as out:
            entries = [_write(out, call) for call in calls]
            made_at = now().isoformat(timespec="seconds")
            manifest = Manifest(FORMAT, version("callcoach"), made_at, entries)
            _put(out, MANIFEST, io.BytesIO(MANIFEST_JSON.dump_json(manifest, indent=1)))
        synced(part)
        noted(manifest)
        part.rename(target)
    except (zipfile.LargeZipFile, RuntimeError) as error:
        raise StoreError(f"{target} would be larger than a zip may be (2 GiB a file, 4 GiB in all)") from error
    except OSError as error:
        raise StoreError(f"{error.filename or target} cannot be read or written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(out: zipfile.ZipFile, call: LeavingCall) -> CallEntry:
    entry, files = CallEntry(call.call_id, len(call.records), {}, call.private_gone), {}
    for name, text in ((RECORDS, _lines(call)), (WORDS, _words(call)), (REPORT, _report(call))):
        files[name] = _put(out, entry.path(name), io.BytesIO(text.encode()))
    if call.reviews:
        files[REVIEWS] = _put(out, entry.path(REVIEWS), io.BytesIO(lines_of(call.reviews).encode()))
    if call.recording is not None:
        name = f"recording{call.recording.suffix}"
        with call.recording.open("rb") as file:
            files[name] = _put(out, entry.path(name), file, zipfile.ZIP_STORED)
    return replace(entry, files=files)


def _put(out: zipfile.ZipFile, name: str, content: IO[bytes], method: int = zipfile.ZIP_DEFLATED) -> Sum:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.external_attr, info.compress_type = _RIGHTS, method
    with out.open(info, "w") as file:
        return summed(content, file)


def _lines(call: LeavingCall) -> str:
    return "".join(f"{to_json(record)}\n" for record in call.records)


def _words(call: LeavingCall) -> str:
    """A table with a mark by which a spreadsheet knows it for UTF-8."""
    heard = (record.event for record in call.records if isinstance(record.event, WordsHeard))
    out = io.StringIO("\ufeff")
    out.seek(0, io.SEEK_END)
    table = csv.writer(out)
    table.writerow(("start", "end", "channel", "text"))
    for words in sorted(heard, key=lambda words: (words.start_ms, words.channel)):
        table.writerow(
            (_clock(words.start_ms), _clock(words.end_ms), words.channel, harmless(words.shown or words.text))
        )
    return out.getvalue()


def _clock(ms: int) -> str:
    """0:01:02.345"""
    seconds, rest = divmod(ms, 1_000)
    return f"{seconds // 3_600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _report(call: LeavingCall) -> str:
    return json.dumps(report(call.call_id, call.records), ensure_ascii=False, indent=1) + "\n"
