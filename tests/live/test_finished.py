"""The finished recording: whole, the same when it is scored again, and playable in a browser."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.recording.crash_safe_wav import GrowingWav
from pipeline.audio.recording.locks import held
from pipeline.audio.recording.recorder import Recorded, RecordingSettings, discard, finish, recording_of, recover
from pipeline.audio.sources.file import FileSource
from pipeline.errors import AudioError
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ
from tests.conftest import Hear
from tests.live.talk import (
    FORMATS,
    SETTINGS,
    Talk,
    full_disk,
    kept,
    left,
    names,
    record,
)
from tests.sound import FACTS, ms, speech, stereo


@pytest.mark.parametrize("kind", FORMATS)
def test_the_finished_file_is_all_of_the_call(kind: str, tmp_path: Path) -> None:
    settings = RecordingSettings(format=kind)  # type: ignore[arg-type]
    talk = Talk(9_460)
    record(talk, tmp_path)
    done = finish(tmp_path, "c1", settings)
    assert done == recording_of(tmp_path, "c1") == tmp_path / f"c1.{kind}"
    assert names(tmp_path) == [f"c1.{kind}"]
    pcm, rate_hz = soundfile.read(done, dtype="int16")
    assert (rate_hz, pcm.shape) == (SAMPLE_RATE_HZ, talk.pcm.shape)
    if kind == "flac":
        assert np.array_equal(pcm, talk.pcm)


@pytest.mark.parametrize("kind", FORMATS)
def test_scored_again_it_gives_the_turns_of_the_call(kind: str, hear: Hear, tmp_path: Path) -> None:
    settings = RecordingSettings(format=kind)  # type: ignore[arg-type]
    first, answer = speech("您好请问有什么可以帮您", speed=200), speech("我想查一下订单", speed=200)
    call = stereo([(400, first)], [(1_300 + ms(first), answer)], 2_000 + ms(first) + ms(answer))
    soundfile.write(tmp_path / "spoken.wav", call, SAMPLE_RATE_HZ)
    facts = replace(FACTS, recording_consent=True)
    recorded = Recorded(FileSource(tmp_path / "spoken.wav", facts=facts), tmp_path, "c1", settings)
    live = turns(hear(recorded))
    recorded.close()
    done = finish(tmp_path, "c1", settings)
    assert done is not None
    again = turns(hear(done))
    assert len(live) >= 2
    assert [turn[0] for turn in again] == [turn[0] for turn in live]
    assert all(
        max(abs(one[1] - other[1]), abs(one[2] - other[2])) <= 40 for one, other in zip(again, live, strict=True)
    )
    assert kind != "flac" or again == live


def turns(events: list[Event]) -> list[tuple[Channel, int, int]]:
    return sorted((e.channel, e.start_ms, e.end_ms) for e in events if isinstance(e, TurnEnded))


def test_what_a_kill_leaves_is_finished_whatever_the_header_says(tmp_path: Path) -> None:
    talk = Talk(1_000)
    record(talk, tmp_path)
    whole = (tmp_path / "c1.wav").read_bytes()
    (tmp_path / "c1.wav").unlink()
    forms = {
        "behind": whole[:40] + (320).to_bytes(4, "little") + whole[44:],
        "ahead": whole[:40] + (10_000_000).to_bytes(4, "little") + whole[44:],
        "odd": whole[:-3],
        "header": whole[:44], "torn": whole[:17], "empty": b"",
    }  # fmt: skip
    for name, data in forms.items():
        (tmp_path / f"{name}.wav").write_bytes(data)
    (tmp_path / "behind.part").write_bytes(b"half of it")
    finished = recover(tmp_path, SETTINGS, kept)
    assert [path.name for path in finished] == ["ahead.flac", "behind.flac", "odd.flac"]
    assert names(tmp_path) == [path.name for path in finished]
    assert [soundfile.info(path).frames for path in finished] == [16_000, 16_000, 15_999]
    assert np.array_equal(soundfile.read(finished[1], dtype="int16")[0], talk.pcm)
    assert recover(tmp_path, SETTINGS, kept) == []
    assert recover(tmp_path / "none", SETTINGS, kept) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock")
@pytest.mark.parametrize("consents", [True, False])
def test_what_another_process_is_recording_or_finishing_is_left_alone(consents: bool, tmp_path: Path) -> None:
    """Locks are of an open file: one that is opened twice in one process is as of two."""
    wav = GrowingWav(tmp_path / "a.wav", 2, 1_000)
    record(Talk(400), tmp_path)
    (tmp_path / "c1.part").write_bytes(b"half of it")
    with held(tmp_path / "c1.wav") as is_ours:
        assert is_ours
        assert recover(tmp_path, SETTINGS, lambda call_id: consents) == []
        with pytest.raises(AudioError, match="another process is at it"):
            finish(tmp_path, "c1", SETTINGS)
        assert names(tmp_path) == ["a.wav", "c1.part", "c1.wav"]
    wav.close(is_whole=True)
    recover(tmp_path, SETTINGS, lambda call_id: consents)
    assert names(tmp_path) == (["a.flac", "c1.flac"] if consents else [])


def test_a_file_of_somebody_else_is_left_alone_and_holds_up_no_other(tmp_path: Path) -> None:
    talk = Talk(400)
    record(talk, tmp_path)
    soundfile.write(tmp_path / "a.wav", talk.pcm, 44_100)
    with pytest.raises(AudioError, match=r"a\.wav: cannot be finished as flac: .*not from callcoach"):
        recover(tmp_path, SETTINGS, kept)
    assert names(tmp_path) == ["a.wav", "c1.flac"]
    (tmp_path / "a.wav").write_bytes(b"\xff" * 100)
    with pytest.raises(AudioError, match="not from callcoach"):
        recover(tmp_path, SETTINGS, kept)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_cannot_be_finished_stays(kind: str, tmp_path: Path) -> None:
    settings = RecordingSettings(format=kind)  # type: ignore[arg-type]
    talk = Talk(10_000)
    record(talk, tmp_path)
    with full_disk() as fill:
        fill(30_000)
        with pytest.raises(AudioError, match=rf"c1\.wav: cannot be finished as {kind}"):
            finish(tmp_path, "c1", settings)
    assert names(tmp_path) == ["c1.wav"]
    assert np.array_equal(left(tmp_path), talk.pcm)
    assert recover(tmp_path, settings, kept) == [tmp_path / f"c1.{kind}"]


@pytest.mark.parametrize("call_id", ["", "..", "../c1", "a/b", "a\\b", "c:d", "c1.wav", "x" * 300, "a\0b"])
def test_an_id_that_is_no_file_name_is_refused(call_id: str, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is no call id"):
        recording_of(tmp_path, call_id)
    with pytest.raises(AudioError, match="is no call id"):
        finish(tmp_path, call_id, SETTINGS)
    with pytest.raises(AudioError, match="is no call id"):
        Recorded(Talk(20), tmp_path, call_id, SETTINGS)


def test_a_kill_after_the_consent_was_taken_back_leaves_nothing(tmp_path: Path) -> None:
    record(Talk(2_000), tmp_path)
    assert names(tmp_path) == ["c1.wav"]
    assert recover(tmp_path, SETTINGS, lambda call_id: call_id != "c1") == []
    assert names(tmp_path) == []


def test_what_could_not_be_deleted_at_once_is_deleted_at_the_end(tmp_path: Path) -> None:
    record(Talk(2_000), tmp_path)
    discard(tmp_path, "c1")
    assert names(tmp_path) == []
    discard(tmp_path, "c1")  # and again is nothing
