"""A call of known samples for the recorder, and what to look at in its folder."""

from __future__ import annotations

import resource
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio.recording import recorder
from pipeline.audio.recording.recorder import Recorded, RecordingSettings
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Note
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Pcm, Slice, Source
from tests.waiting import wait_until

YES, NO = CallFacts(recording_consent=True), CallFacts(recording_consent=False)
BOTH = (Channel.AGENT, Channel.CUSTOMER)
SETTINGS = RecordingSettings()
FORMATS = ("flac", "opus")


class Talk:
    """A call of known samples. `after[ms]` is done when the call has taken everything before that time."""

    can_wait = False
    notices = ()

    def __init__(self, until_ms: int, facts: CallFacts = YES, channels: tuple[Channel, ...] = BOTH) -> None:
        self.facts, self.channels = facts, channels
        rng = np.random.default_rng(until_ms)
        self.pcm: Pcm = rng.integers(-9_000, 9_000, (until_ms * SAMPLE_RATE_HZ // 1000, len(channels))).astype(np.int16)
        self.notes: dict[int, tuple[Note, ...]] = {}
        self.after: dict[int, Callable[[], object]] = {}

    def __iter__(self) -> Iterator[Slice]:
        for begin in range(0, len(self.pcm), SLICE_SAMPLES):
            at_ms = begin * 1000 // SAMPLE_RATE_HZ
            self.after.get(at_ms, lambda: None)()
            piece = self.pcm[begin : begin + SLICE_SAMPLES]
            pcm = {channel: piece[:, column] for column, channel in enumerate(self.channels)}
            yield Slice(at_ms, pcm, dict.fromkeys(self.channels, Heard.YES), self.notes.get(at_ms, ()))


class _Told(deque[RecordingStarted | RecordingStopped]):
    """Counts what was put in, also when it was taken out since."""

    count = 0

    def append(self, told: RecordingStarted | RecordingStopped, /) -> None:
        super().append(told)
        self.count += 1


class Recording:
    """The recording of a call, and how much its writer has told."""

    def __init__(self, source: Source, folder: Path, settings: RecordingSettings = SETTINGS) -> None:
        self.recorded = Recorded(source, folder, "c1", settings)
        self._told = self.recorded._writer._told = _Told()
        self._path = folder / "c1.wav"

    def run(self) -> list[Note]:
        """To the end of the call; the notes its slices carried."""
        notes = [note for piece in self.recorded for note in piece.notes]
        self.close()
        return notes

    def close(self) -> None:
        """When all of it is written, however slow the disk is just now."""
        self.recorded.close()
        wait_until(lambda: self._path not in recorder._being_written)

    def wait_for(self, count: int) -> Callable[[], object]:
        """For `Talk.after`: goes on when so many things became of the recording; the next slice carries the last."""
        return lambda: wait_until(lambda: self._told.count >= count)


def record(source: Source, folder: Path, settings: RecordingSettings = SETTINGS) -> list[Note]:
    """Runs a call to its end; the notes its slices carried."""
    return Recording(source, folder, settings).run()


def left(folder: Path) -> Pcm:
    pcm, rate_hz = soundfile.read(folder / "c1.wav", dtype="int16", always_2d=True)
    assert rate_hz == SAMPLE_RATE_HZ
    return np.asarray(pcm)


def written_ms(folder: Path) -> int:
    """What can be played of it; 0 before the file is there: when it is, it is a WAV."""
    return len(left(folder)) * 1000 // SAMPLE_RATE_HZ if (folder / "c1.wav").exists() else 0


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


@contextmanager
def full_disk() -> Iterator[Callable[[int], None]]:
    """Gives what ends the growth of this process's files at a size: the kernel itself refuses, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def kept(call_id: str) -> bool:
    """For `recover`: every call's consent holds."""
    return True
