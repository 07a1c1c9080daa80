"""Synthetic speech, placed on a stereo call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from pipeline.audio.resample import saturate
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Note
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from tests.speaker import speak

ROOT = Path(__file__).resolve().parents[1]
FACTS = CallFacts(company="锦和", agent_name="林晓雯")
UNHURRIED = {  # environment without load shedding, for a live callcoach on a machine that is busy with other tests
    "CALLCOACH_OVERLOAD__CAPTIONS_MS": "8000",
    "CALLCOACH_OVERLOAD__WORDS_MS": "9000",
    "CALLCOACH_OVERLOAD__PITCH_MS": "10000",
}


@cache
def speech(text: str, variant: str = "f2", speed: int = 150, pitch: int = 50, pitch_range: int = 50) -> Pcm:
    """Mandarin by espeak-ng, trimmed: it begins and ends with a sample above -60 dBFS."""
    pcm = saturate(0.7 * speak(text, variant, speed, pitch, pitch_range))
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 33)
    return pcm[loud[0] : loud[-1] + 1]


def silence(ms: int) -> Pcm:
    return np.zeros(SAMPLE_RATE_HZ * ms // 1000, np.int16)


def stereo(agent: Sequence[tuple[int, Pcm]], customer: Sequence[tuple[int, Pcm]], until_ms: int) -> Pcm:
    """Pieces (start in ms, samples) of each side, placed on a call; shape (samples, 2), agent left."""
    call = np.zeros((SAMPLE_RATE_HZ * until_ms // 1000, 2), np.int16)
    for column, pieces in enumerate((agent, customer)):
        for start_ms, pcm in pieces:
            begin = start_ms * SAMPLE_RATE_HZ // 1000
            call[begin : begin + len(pcm), column] = pcm
    return call


class Played:
    """A source of samples, shape (n, 2). `notes`: by start of the slice in ms; `lost`: bool, shape (slices, 2)."""

    can_wait = True
    notices = ()
    channels = (Channel.AGENT, Channel.CUSTOMER)
    facts = CallFacts()

    def __init__(self, samples: Pcm, notes: Mapping[int, Note] | None = None, lost: np.ndarray | None = None) -> None:
        self._samples = samples
        self._notes = notes or {}
        self._lost = np.zeros((len(samples) // SLICE_SAMPLES, 2), bool) if lost is None else lost

    def __iter__(self) -> Iterator[Slice]:
        for number, lost in enumerate(self._lost):
            at_ms = number * SLICE_MS
            block = self._samples[number * SLICE_SAMPLES : (number + 1) * SLICE_SAMPLES]
            pcm = {side: block[:, column] * (not lost[column]) for column, side in enumerate(self.channels)}
            heard = {side: Heard.LOST if gone else Heard.YES for side, gone in zip(self.channels, lost, strict=True)}
            yield Slice(at_ms, pcm, heard, (self._notes[at_ms],) if at_ms in self._notes else ())


def ms(pcm: Pcm) -> int:
    """Length in whole milliseconds."""
    return len(pcm) * 1000 // SAMPLE_RATE_HZ
