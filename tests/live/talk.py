"""A call of known samples for the recorder, and what to look at in its folder."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio.recording.recorder import Recorded, RecordingSettings
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Note
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Pcm, Slice, Source

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


def wait_until(come_true: Callable[[], object], seconds: float = 5.0) -> None:
    pause, until = threading.Event(), time.monotonic() + seconds
    while not come_true():
        assert time.monotonic() < until, f"not within {seconds} s"
        pause.wait(0.005)


def record(source: Source, folder: Path, settings: RecordingSettings = SETTINGS) -> list[Note]:
    """Runs a call to its end; the notes its slices carried."""
    recorded = Recorded(source, folder, "c1", settings)
    notes = [note for piece in recorded for note in piece.notes]
    recorded.close()
    return notes


def left(folder: Path) -> Pcm:
    pcm, rate_hz = soundfile.read(folder / "c1.wav", dtype="int16", always_2d=True)
    assert rate_hz == SAMPLE_RATE_HZ
    return np.asarray(pcm)


def written_ms(folder: Path) -> int:
    """What can be played of it; 0 before the file has its header."""
    wav = folder / "c1.wav"
    return len(left(folder)) * 1000 // SAMPLE_RATE_HZ if wav.exists() and wav.stat().st_size >= 44 else 0


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
