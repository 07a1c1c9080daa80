"""Audio files as calls: one file, or a pair of mono files. Irregularities are found before the first slice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.sources.files.recording import BLOCK_FRAMES, Recording
from pipeline.audio.sources.files.sides import Found, Sides
from pipeline.audio.sources.grid import Grid
from pipeline.errors import AudioError
from pipeline.events.call import CallFacts, NoticeCode, SourceNotice
from pipeline.events.channels import Channel
from pipeline.ports import Pcm, Slice

# In the silent-call procedure the agent reads three sentences of 4 to 6 s, then hangs up. A file in which one side
# alone speaks for longer lacks a side, so that the roles are unknown.
_ALONE_MS = 30_000


class FileSource:
    """One audio file as a call: stereo is agent and customer, mono is a mix of unknown roles.

    Reads the whole file once when made. Raises AudioError when it cannot be read or is cut off.
    """

    can_wait = True

    def __init__(
        self,
        path: Path,
        *,
        facts: CallFacts,
        agent_channel: Literal["left", "right"] = "left",
        block_frames: int = BLOCK_FRAMES,
    ) -> None:
        sides = Sides()
        self._recording = Recording(path, block_frames, sides.look)
        self.facts = facts
        self.duration_ms = self._recording.duration_ms
        self.notices = self._recording.notices
        if self._recording.channels == 1:
            self._columns = {Channel.MIXED: 0}
        else:
            agent = 0 if agent_channel == "left" else 1
            columns = {Channel.AGENT: agent, Channel.CUSTOMER: 1 - agent}
            found = sides.found(self._recording.blocks())
            self._columns, odd = _assigned(found, columns, ("left", "right"))
            self.notices += odd

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._columns)

    def __iter__(self) -> Iterator[Slice]:
        grid = Grid(self._columns)
        for block in self._recording.blocks():
            yield from grid.feed(block)
        yield from grid.finish()


class PairSource:
    """Two mono files as one call; the shorter one is padded with silence. Raises AudioError as FileSource does."""

    can_wait = True

    def __init__(self, agent: Path, customer: Path, *, facts: CallFacts, block_frames: int = BLOCK_FRAMES) -> None:
        self._recordings = [Recording(agent, block_frames), Recording(customer, block_frames)]
        for recording in self._recordings:
            if recording.channels != 1:
                raise AudioError(f"{recording.path}: {recording.channels} channels; a file of a pair must be mono")
        self.facts = facts
        self.duration_ms = max(r.duration_ms for r in self._recordings)
        sides = Sides()
        for block in self._pairs():
            sides.look(block)
        found = sides.found(self._pairs())
        self._columns, odd = _assigned(found, {Channel.AGENT: 0, Channel.CUSTOMER: 1}, ("agent", "customer"))
        self.notices = (*self._named(), *odd)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._columns)

    def __iter__(self) -> Iterator[Slice]:
        grid = Grid(self._columns)
        for pair in self._pairs():
            yield from grid.feed(pair)
        yield from grid.finish()

    def _named(self) -> Iterator[SourceNotice]:
        for side, recording in zip(("agent", "customer"), self._recordings, strict=True):
            for notice in recording.notices:
                yield SourceNotice(notice.code, f"{side}'s file: {notice.detail}")

    def _pairs(self) -> Iterator[Pcm]:
        streams = [r.blocks() for r in self._recordings]
        waiting: list[NDArray[np.int16]] = [np.zeros((0, 1), np.int16) for _ in streams]
        over = [False, False]
        while not all(over):
            for side, stream in enumerate(streams):
                while not over[side] and len(waiting[side]) < BLOCK_FRAMES:
                    block = next(stream, None)
                    if block is None:
                        over[side] = True
                    else:
                        waiting[side] = np.concatenate([waiting[side], block])
            length = max(map(len, waiting)) if all(over) else BLOCK_FRAMES
            pair = np.zeros((length, 2), np.int16)
            for side in (0, 1):
                part = waiting[side][:length]
                pair[: len(part), side] = part[:, 0]
                waiting[side] = waiting[side][length:]
            yield pair


def _assigned(
    found: Found, columns: dict[Channel, int], names: tuple[str, str]
) -> tuple[dict[Channel, int], tuple[SourceNotice, ...]]:
    """The column of each channel, and notices. Where there are no two sides, the channel is `mixed`, not guessed."""
    if found.verdict == "two":
        return columns, ()
    mixed = {Channel.MIXED: found.louder}
    if found.verdict == "one_signal":
        sides = f"the {names[0]} and the {names[1]} side are one signal, {found.gain_db:.1f} dB apart"
        return mixed, (SourceNotice("one_signal", f"{sides}: heard as one mixed channel"),)
    heard = names[found.louder]
    code: NoticeCode = f"only_{heard}"  # type: ignore[assignment]
    said = f"only the {heard} side is heard, {found.voice_ms / 1000:.1f} s of voice"
    if found.voice_ms <= _ALONE_MS:
        return columns, (SourceNotice(code, f"{said}; the {names[1 - found.louder]} side has none"),)
    return mixed, (SourceNotice(code, f"{said}: too long for a silent call, heard as one mixed channel"),)
