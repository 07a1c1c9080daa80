"""Recordings: any file libsndfile reads, 8 to 48 kHz and beyond, streamed so that memory does not grow with length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipeline.audio.resample import Resampler
from pipeline.audio.sources.blocks import Grid
from pipeline.errors import AudioError
from pipeline.events import CallFacts, Channel
from pipeline.ports import SLICE_MS, Pcm, Slice

_BLOCK_FRAMES = 8_192
_RATES_HZ = range(4_000, 384_001)


class Recording:
    """One audio file, opened and checked. `blocks()` yields int16 of shape (n, channels) at 16 kHz."""

    def __init__(self, path: Path, block_frames: int = _BLOCK_FRAMES) -> None:
        self.path = path
        self._block_frames = block_frames
        if not path.is_file():
            raise AudioError(f"{path}: no such file")
        if path.stat().st_size == 0:
            raise AudioError(f"{path}: the file is empty")
        _check_riff(path)
        try:
            with soundfile.SoundFile(path) as file:
                self.rate_hz, self.channels, self.frames = file.samplerate, file.channels, file.frames
        except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
            reason = getattr(error, "error_string", None) or str(error)
            raise AudioError(f"{path}: not readable as audio: {reason.rstrip('.')}") from error
        if self.frames <= 0:
            raise AudioError(f"{path}: no audio in the file (0 samples)")
        if self.rate_hz not in _RATES_HZ:
            raise AudioError(f"{path}: {self.rate_hz} Hz; wanted 4,000 to 384,000 Hz")
        if self.duration_ms < SLICE_MS:
            raise AudioError(f"{path}: only {self.frames} samples; wanted at least {SLICE_MS} ms of audio")
        if self.channels > 2:
            raise AudioError(f"{path}: {self.channels} channels; wanted 1 or 2")

    @property
    def duration_ms(self) -> int:
        return int(self.frames * 1000 // self.rate_hz)

    def blocks(self) -> Iterator[Pcm]:
        resampler = Resampler(self.rate_hz, self.channels)
        read = 0
        try:
            with soundfile.SoundFile(self.path) as file:
                while True:
                    block = file.read(self._block_frames, dtype="float32", always_2d=True)
                    read += len(block)
                    last = len(block) < self._block_frames
                    yield resampler.feed(block, last)
                    if last:
                        break
        except (soundfile.SoundFileError, OSError) as error:
            at = read / self.rate_hz
            raise AudioError(f"{self.path}: decoding failed after {at:.1f} s: {error}") from error
        if read == 0:
            raise AudioError(f"{self.path}: no audio could be decoded")


def _check_riff(path: Path) -> None:
    """libsndfile reads a cut-off WAV without a word; its header still tells how much there should be."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12:
            raise AudioError(f"{path}: only {size} bytes; too short for an audio file")
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return
        while len(chunk := file.read(8)) == 8:
            name, length = chunk[:4], struct.unpack("<I", chunk[4:])[0]
            if name == b"data":
                there = size - file.tell()
                # 0 and 0xFFFFFFFF are what streaming writers leave; they promise nothing.
                if 0 < length < 0xFFFFFF00 and there < length - 1:
                    raise AudioError(
                        f"{path}: truncated: the header promises {length:,} bytes of audio, {there:,} are there"
                    )
                return
            file.seek(length + length % 2, 1)


class FileSource:
    """One recording as a call: stereo is agent and customer, mono is a mix whose roles nobody knows."""

    can_wait = True

    def __init__(
        self,
        path: Path,
        *,
        facts: CallFacts,
        agent_channel: Literal["left", "right"] = "left",
        block_frames: int = _BLOCK_FRAMES,
    ) -> None:
        self._recording = Recording(path, block_frames)
        self.facts = facts
        self.duration_ms = self._recording.duration_ms
        if self._recording.channels == 1:
            self._columns = {Channel.MIXED: 0}
        else:
            agent = 0 if agent_channel == "left" else 1
            self._columns = {Channel.AGENT: agent, Channel.CUSTOMER: 1 - agent}

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._columns)

    def __iter__(self) -> Iterator[Slice]:
        grid = Grid(self._columns)
        for block in self._recording.blocks():
            yield from grid.feed(block)
        yield from grid.finish()


class PairSource:
    """Two mono files as one call. The shorter one is silent to the end of the longer."""

    can_wait = True
    channels = (Channel.AGENT, Channel.CUSTOMER)

    def __init__(self, agent: Path, customer: Path, *, facts: CallFacts, block_frames: int = _BLOCK_FRAMES) -> None:
        self._recordings = [Recording(agent, block_frames), Recording(customer, block_frames)]
        for recording in self._recordings:
            if recording.channels != 1:
                raise AudioError(f"{recording.path}: {recording.channels} channels; a file of a pair must be mono")
        self.facts = facts
        self.duration_ms = max(r.duration_ms for r in self._recordings)

    def __iter__(self) -> Iterator[Slice]:
        grid = Grid({Channel.AGENT: 0, Channel.CUSTOMER: 1})
        streams = [r.blocks() for r in self._recordings]
        waiting: list[NDArray[np.int16]] = [np.zeros((0, 1), np.int16) for _ in streams]
        over = [False, False]
        while not all(over):
            for side, stream in enumerate(streams):
                while not over[side] and len(waiting[side]) < _BLOCK_FRAMES:
                    block = next(stream, None)
                    if block is None:
                        over[side] = True
                    else:
                        waiting[side] = np.concatenate([waiting[side], block])
            length = max(map(len, waiting)) if all(over) else _BLOCK_FRAMES
            pair = np.zeros((length, 2), np.int16)
            for side in (0, 1):
                part = waiting[side][:length]
                pair[: len(part), side] = part[:, 0]
                waiting[side] = waiting[side][length:]
            yield from grid.feed(pair)
        yield from grid.finish()
