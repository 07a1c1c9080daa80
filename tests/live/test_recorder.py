"""The recording: nothing without consent, valid at every moment, and never in the way of the call."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.audio.recording import crash_safe_wav, recorder
from pipeline.audio.recording.recorder import Recorded, RecordingSettings, finish, recover
from pipeline.audio.sources.file import FileSource
from pipeline.errors import AudioError
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.record import Note
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS
from pipeline.session.recordings import FolderRecordings
from tests.conftest import Hear
from tests.live.talk import (
    BOTH,
    NO,
    SETTINGS,
    YES,
    Recording,
    Talk,
    full_disk,
    kept,
    left,
    names,
    record,
    written_ms,
)
from tests.sound import FACTS
from tests.waiting import LIMIT_S, wait_until

# --- consent ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", [NO, CallFacts()])
def test_without_consent_nothing_is_written(facts: CallFacts, tmp_path: Path) -> None:
    assert record(Talk(400, facts), tmp_path / "recordings") == []
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize("facts", [YES, CallFacts()])
def test_a_team_that_records_no_call_has_none_recorded_whatever_the_facts_say(facts: CallFacts, tmp_path: Path) -> None:
    talk = Talk(400, facts)
    talk.notes[100] = (FactsNoted(0, YES),)
    recorded = FolderRecordings(tmp_path / "recordings").record(talk, "a", may_record=False)
    notes = [note for piece in recorded for note in piece.notes]
    recorded.close()
    assert (notes, recorded.consents) == ([FactsNoted(0, YES)], False)
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize("again", [(), (FactsNoted(0, YES),)])
def test_consent_before_the_call_records_all_of_it_once(again: tuple[Note, ...], tmp_path: Path) -> None:
    talk = Talk(1_990 // SLICE_MS * SLICE_MS)
    talk.notes[0] = again
    recording = Recording(talk, tmp_path)
    talk.after[1_500] = recording.wait_for(1)
    assert [note for note in recording.run() if note not in again] == [RecordingStarted(0)]
    assert np.array_equal(left(tmp_path), talk.pcm)


def test_the_slices_pass_through_as_they_are(tmp_path: Path) -> None:
    talk = Talk(200)
    recorded = Recorded(talk, tmp_path, "c1", SETTINGS)
    assert (recorded.channels, recorded.facts, recorded.can_wait) == (BOTH, YES, False)
    for piece, original in zip(recorded, talk, strict=True):
        assert (piece.start_ms, piece.heard) == (original.start_ms, original.heard)
        assert all(np.array_equal(piece.pcm[channel], original.pcm[channel]) for channel in BOTH)
    recorded.close()
    recorded.close()


@pytest.mark.parametrize("from_ms", [0, 20, 1_440, 2_500])
def test_consent_by_note_leaves_what_was_before_silent(from_ms: int, tmp_path: Path) -> None:
    talk = Talk(3_000, CallFacts())
    talk.notes[from_ms] = (FactsNoted(0, CallFacts(company="x")), FactsNoted(0, YES))
    record(talk, tmp_path)
    expected = talk.pcm.copy()
    expected[: from_ms * SAMPLE_RATE_HZ // 1000] = 0
    assert np.array_equal(left(tmp_path), expected)


def test_consent_taken_back_deletes_the_file_and_says_so_when_it_is_gone(tmp_path: Path) -> None:
    talk, wav = Talk(2_000), tmp_path / "c1.wav"
    talk.notes[1_000] = (FactsNoted(0, NO, "page"),)
    talk.after[900] = lambda: wait_until(lambda: written_ms(tmp_path))
    talk.after[1_500] = lambda: wait_until(lambda: not wav.exists())
    recording = Recording(talk, tmp_path)
    talk.after[1_600] = recording.wait_for(2)
    assert recording.run() == [
        RecordingStarted(0), FactsNoted(0, NO, "page"), RecordingStopped(0, "withdrawn", actor="page"),
    ]  # fmt: skip
    assert names(tmp_path) == []
    assert finish(tmp_path, "c1", SETTINGS) is None


def test_who_takes_consent_back_is_told_once_the_file_is_gone(tmp_path: Path) -> None:
    talk, told = Talk(400), list[tuple[str, str | None, list[str]]]()
    talk.notes[200] = (FactsNoted(0, NO, "u-1"),)
    recordings = FolderRecordings(tmp_path, deleted=lambda call, actor: told.append((call, actor, names(tmp_path))))
    recorded = recordings.record(talk, "c1")
    assert len(list(recorded)) == 20
    recorded.close()
    assert told == [("c1", "u-1", [])]


def test_consent_may_come_back_and_holds_from_then_on(tmp_path: Path) -> None:
    talk = Talk(2_000)
    talk.notes[1_000] = (FactsNoted(0, NO),)
    talk.notes[1_020] = (FactsNoted(0, YES),)
    talk.notes[1_200] = (FactsNoted(0, NO), FactsNoted(0, YES))  # in one slice: what was before must go all the same
    recording = Recording(talk, tmp_path)
    talk.after[1_980] = recording.wait_for(5)
    notes = [note for note in recording.run() if not isinstance(note, FactsNoted)]
    began, withdrawn = RecordingStarted(0), RecordingStopped(0, "withdrawn")
    assert notes == [began, withdrawn, began, withdrawn, began]
    expected = talk.pcm.copy()
    expected[: 1_200 * SAMPLE_RATE_HZ // 1000] = 0
    assert np.array_equal(left(tmp_path), expected)


def test_one_channel_is_recorded_as_one(tmp_path: Path) -> None:
    talk = Talk(600, channels=(Channel.AGENT,))
    record(talk, tmp_path)
    assert np.array_equal(left(tmp_path), talk.pcm)
    done = finish(tmp_path, "c1", SETTINGS)
    assert done is not None
    assert FileSource(done, facts=FACTS).channels == (Channel.MIXED,)


def test_the_events_of_the_call_tell_of_it(hear: Hear, tmp_path: Path) -> None:
    talk, wav = Talk(1_400, CallFacts()), tmp_path / "r" / "c1.wav"
    talk.notes = {200: (FactsNoted(0, YES),), 1_000: (FactsNoted(0, NO),)}
    recording = Recording(talk, tmp_path / "r")
    talk.after = {1_000: recording.wait_for(1), 1_380: recording.wait_for(2)}
    told = [e for e in hear(recording.recorded) if isinstance(e, RecordingStarted | RecordingStopped)]
    recording.close()
    assert isinstance(told[0], RecordingStarted)
    assert isinstance(told[1], RecordingStopped)
    assert (told[1].reason, len(told)) == ("withdrawn", 2)
    assert 220 <= told[0].at_ms <= 1_020 < told[1].at_ms
    assert not wav.exists()


# --- while the call runs ---------------------------------------------------------------------------------------------


def test_the_file_is_valid_at_every_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at after whatever the writer does to it: between two of its calls to the system nothing changes."""
    talk, seen, one = Talk(4_000), list[int](), threading.Lock()
    # On a busy machine all of it may be written at once: the talk goes on when what was said before is written.
    every_ms = 2 * SETTINGS.sync_every_ms
    talk.after = {
        at_ms: partial(wait_until, partial(is_written, tmp_path, at_ms - SETTINGS.sync_every_ms))
        for at_ms in range(every_ms, 4_000, every_ms)
    }

    def looked_at(do: Callable[..., Any]) -> Callable[..., Any]:
        def look(*given: Any) -> Any:
            with one:
                done = do(*given)
                seen.append(written_ms(tmp_path))
            return done

        return look

    class File(FileIO):
        write, truncate, seek = looked_at(FileIO.write), looked_at(FileIO.truncate), looked_at(FileIO.seek)
        close = looked_at(FileIO.close)

    monkeypatch.setattr(crash_safe_wav, "FileIO", File)
    monkeypatch.setattr(crash_safe_wav, "private_file", looked_at(crash_safe_wav.private_file))
    monkeypatch.setattr(os, "fsync", looked_at(os.fsync))
    record(talk, tmp_path)
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4_000 // every_ms
    assert np.array_equal(left(tmp_path), talk.pcm)


def test_who_reads_meanwhile_finds_ever_more_of_it(tmp_path: Path) -> None:
    talk, seen = Talk(4_000), list[int]()

    def look(at_ms: int) -> None:
        if at_ms % 1_000 == 0:
            wait_until(lambda: written_ms(tmp_path) >= at_ms - 500)
        seen.append(written_ms(tmp_path))

    talk.after = {at_ms: partial(look, at_ms) for at_ms in range(20, 4_000, SLICE_MS)}
    record(talk, tmp_path)
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4
    assert np.array_equal(left(tmp_path), talk.pcm)


def is_written(folder: Path, until_ms: int) -> bool:
    return written_ms(folder) >= until_ms


@pytest.mark.parametrize("sync_every_ms", [20, 500, 800])
def test_it_is_never_further_behind_than_set(sync_every_ms: int, tmp_path: Path) -> None:
    talk = Talk(3_000)
    for at_ms in range(1_000, 3_000, 340):
        talk.after[at_ms] = partial(wait_until, partial(is_written, tmp_path, at_ms - sync_every_ms))
    record(talk, tmp_path, RecordingSettings(sync_every_ms=sync_every_ms))


def test_the_header_counts_only_what_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut leaves what was synced: no header may count more than an earlier sync has made safe."""
    safe, real, wav = [0], os.fsync, tmp_path / "c1.wav"

    def fsync(handle: int) -> None:
        if wav.exists() and os.path.samestat(os.fstat(handle), wav.stat()):
            promised = int.from_bytes(wav.read_bytes()[40:44], "little")
            assert promised == 0 or 44 + promised <= safe[-1]
            safe.append(os.fstat(handle).st_size)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    talk = Talk(2_000)
    record(talk, tmp_path)
    assert safe[-1] == 44 + talk.pcm.nbytes


# --- a disk that fails -----------------------------------------------------------------------------------------------


def hanging_disk(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, list[int]]:
    """What makes the disk answer again, and what it has synced."""
    back, synced, real = threading.Event(), list[int](), os.fsync

    def fsync(handle: int) -> None:
        assert back.wait(LIMIT_S), "the call waits for the disk"
        real(handle)
        synced.append(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return back, synced


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_disk_that_hangs_never_holds_up_the_call(
    withdrawn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back, synced = hanging_disk(monkeypatch)
    monkeypatch.setattr(recorder, "_CLOSING_S", 0.1)
    talk = Talk(32_000)
    if withdrawn:
        talk.notes[31_000] = (FactsNoted(0, NO),)
    recorded = Recorded(talk, tmp_path, "c1", SETTINGS)
    notes = [note for piece in recorded for note in piece.notes]
    assert synced == []  # the call is over, and the disk has not answered once
    assert [note for note in notes if isinstance(note, RecordingStopped)] == [
        RecordingStopped(0, "failed", "the disk is too slow")
    ]
    recorded.close()
    with pytest.raises(AudioError, match="still being written"):
        finish(tmp_path, "c1", SETTINGS)
    back.set()
    wait_until(lambda: tmp_path / "c1.wav" not in recorder._being_written)
    if withdrawn:
        assert names(tmp_path) == []
    else:
        assert recover(tmp_path, SETTINGS, kept) == [tmp_path / "c1.flac"]
        there, _ = soundfile.read(tmp_path / "c1.flac", dtype="int16")
        assert len(there) >= 29_900 * 16  # half a minute waits at the most, less the slice in the writer's hand
        assert np.array_equal(there, talk.pcm[: len(there)])


def test_what_waits_for_a_slow_disk_is_left_by_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync may take seconds on a busy disk: what was heard meanwhile lies in the file, not in this process."""
    talk = Talk(3_000)
    recording = Recording(talk, tmp_path)
    back = threading.Event()

    def hang() -> None:
        nonlocal back
        recording.wait_for(1)()
        back, _ = hanging_disk(monkeypatch)

    def look() -> None:
        wait_until(lambda: (tmp_path / "c1.wav").stat().st_size >= 44 + 2_960 * 16 * 4)
        assert not back.is_set()
        back.set()

    talk.after = {1_000: hang, 2_980: look}
    assert recording.run() == [RecordingStarted(0)]
    assert np.array_equal(left(tmp_path), talk.pcm)


def test_a_disk_that_stops_answering_is_told_after_half_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk(34_000)
    recording = Recording(talk, tmp_path)
    back = threading.Event()

    def hang() -> None:
        nonlocal back
        recording.wait_for(1)()
        back, _ = hanging_disk(monkeypatch)

    talk.after = {1_000: hang, 33_980: recording.wait_for(2)}
    assert RecordingStopped(0, "failed", "the disk is too slow") in [
        n for piece in recording.recorded for n in piece.notes
    ]
    back.set()
    recording.close()
    assert len(left(tmp_path)) >= 30_000 * 16
    assert np.array_equal(left(tmp_path), talk.pcm[: len(left(tmp_path))])


def test_a_disk_slow_for_a_moment_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back, _ = hanging_disk(monkeypatch)
    talk = Talk(20_000)
    talk.after[19_000] = back.set
    assert all(isinstance(note, RecordingStarted) for note in record(talk, tmp_path))
    assert np.array_equal(left(tmp_path), talk.pcm)


def test_a_sync_that_fails_stops_the_recording_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talk, real = Talk(2_000), os.fsync
    failing = threading.Event()

    def fsync(handle: int) -> None:
        if failing.is_set():
            raise OSError(5, "Input/output error")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    recording = Recording(talk, tmp_path)
    talk.after = {980: recording.wait_for(1), 1_000: failing.set, 1_980: recording.wait_for(2)}
    assert RecordingStopped(0, "failed", "Input/output error") in recording.run()
    there = left(tmp_path)
    assert np.array_equal(there, talk.pcm[: len(there)])


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    talk = Talk(400)
    recording = Recording(talk, tmp_path / "file")
    talk.after[380] = recording.wait_for(1)
    assert recording.run() == [RecordingStopped(0, "failed", "Not a directory")]


def test_a_folder_deleted_in_mid_call_is_told(tmp_path: Path) -> None:
    """The system would go on taking the audio of a file that has no name any more."""
    talk, folder, notes = Talk(2_000), tmp_path / "recordings", list[Note]()
    recorded = Recorded(talk, folder, "c1", SETTINGS)

    def delete() -> None:
        wait_until(lambda: RecordingStarted(0) in notes and written_ms(folder))
        shutil.rmtree(folder)

    talk.after = {
        100: lambda: wait_until(lambda: recorded._writer._told),
        1_000: delete,
        1_900: lambda: wait_until(lambda: recorded._writer._told),
    }
    for piece in recorded:
        notes += piece.notes
    recorded.close()
    assert notes == [
        RecordingStarted(0), RecordingStopped(0, "failed", "its file was deleted while the call ran"),
    ]  # fmt: skip
    assert finish(folder, "c1", SETTINGS) is None


def test_a_full_disk_is_told_and_the_call_goes_on(hear: Hear, tmp_path: Path) -> None:
    talk = Talk(3_000)
    recording = Recording(talk, tmp_path)
    with full_disk() as fill:
        talk.after = {1_000: lambda: fill(100_001), 2_980: recording.wait_for(2)}
        events = hear(recording.recorded)
        recording.close()
    told = [e for e in events if isinstance(e, RecordingStopped)]
    assert [(stopped.reason, stopped.detail) for stopped in told] == [("disk_full", "File too large")]
    assert events[-1].at_ms == 3_000
    there = left(tmp_path)
    assert len(there) >= 500 * 16
    assert np.array_equal(there, talk.pcm[: len(there)])
    done = finish(tmp_path, "c1", SETTINGS)
    assert done is not None
    assert soundfile.info(done).frames == (100_001 - 44) // 4  # and nothing of what was written is lost
