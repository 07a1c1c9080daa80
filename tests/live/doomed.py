"""A call that will be killed: run in a process of its own, several times faster than real time."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.recording.recorder import Recorded, RecordingSettings, finish
from pipeline.audio.voice.silero import shared_silero
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.channels import Channel, Heard
from pipeline.folders import bundled
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.session.buses import NoBus
from pipeline.session.session import Session
from pipeline.settings import CallSettings
from pipeline.store.sql import SqlStore
from tests.waiting import let_pass

CALL_ID = "doomed"
SPEED = 4
BEGUN, REACHED, ENDED, FINISHED = range(4)  # what the process tells before it dies: see `tell`
Format = Literal["flac", "opus"]


@dataclass(frozen=True, slots=True)
class Doomed:
    """One call: its folder, its length, and when consent is given (0: before it)."""

    folder: Path
    until_ms: int
    consent_ms: int
    format: Format

    @property
    def pcm(self) -> Pcm:
        """The same in every process: a hum with breaks, so that turns begin and end, under noise of known samples."""
        count = self.until_ms * SAMPLE_RATE_HZ // 1000
        noise = np.random.default_rng(self.until_ms).integers(-300, 300, (count, 2))
        time_s = np.arange(count)[:, None] / SAMPLE_RATE_HZ
        hum = sum(np.sin(2 * np.pi * 140 * harmonic * time_s) / harmonic for harmonic in range(1, 12))
        loud = ((time_s + np.array([0.0, 0.7])) % 1.4) < 0.7
        return np.asarray(noise + 4_000 * hum * loud, dtype=np.int16)

    def progress(self) -> np.memmap:
        return np.memmap(self.folder / "progress", np.int64, "r+", shape=(4,))


class Talk:
    """Each slice when its time has come; `progress` has the end of the newest slice that the call was handed."""

    can_wait = False
    notices = ()
    channels = (Channel.AGENT, Channel.CUSTOMER)

    def __init__(self, doomed: Doomed, progress: np.memmap) -> None:
        self.facts = CallFacts(recording_consent=True if doomed.consent_ms == 0 else None)
        self._doomed = doomed
        self._progress = progress

    def __iter__(self) -> Iterator[Slice]:
        pcm = self._doomed.pcm
        began_s = time.monotonic()
        self._progress[BEGUN] = 1
        for start_ms in range(0, self._doomed.until_ms, SLICE_MS):
            ahead_s = began_s + (start_ms + SLICE_MS) / 1000 / SPEED - time.monotonic()
            if ahead_s > 0:
                let_pass(ahead_s)
            begin = start_ms * SAMPLE_RATE_HZ // 1000
            piece = pcm[begin : begin + SLICE_SAMPLES]
            told = 0 < start_ms == self._doomed.consent_ms
            notes = (FactsNoted(0, CallFacts(recording_consent=True)),) if told else ()
            self._progress[REACHED] = start_ms + SLICE_MS
            yield Slice(
                start_ms, {Channel.AGENT: piece[:, 0], Channel.CUSTOMER: piece[:, 1]},
                dict.fromkeys(self.channels, Heard.YES), notes,
            )  # fmt: skip


def run(doomed: Doomed) -> None:
    """As `live` holds a call; whether it gets to the end is up to the parent."""
    progress = doomed.progress()
    recordings, settings = doomed.folder / "recordings", RecordingSettings(format=doomed.format)
    recorded = Recorded(Talk(doomed, progress), recordings, CALL_ID, settings)
    events = listen(recorded, NoTranscriber(), RULEBOOK, CallSettings(), call_id=CALL_ID, started_at="t")
    Session(CALL_ID, SqlStore(doomed.folder / "calls.db"), NoBus()).run(events)
    recorded.close()
    progress[ENDED] = 1
    finish(recordings, CALL_ID, settings)
    progress[FINISHED] = 1
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()  # it kills this process before


RULEBOOK = load_rulebook(bundled("rules", "handbook.yaml"))
shared_silero()  # before the fork: it would cost each of the calls half a second
