"""Turns of a call that has ended, heard from its recording by the same listeners as in a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soundfile

from pipeline.asr.session.listener import CUT_MARGIN_MS, AsrSettings, Listener, quietest_ms
from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.errors import AudioError
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, Pcm

AT_ONCE = 2  # utterances under way: calls that run go first
_PER_MS = SAMPLE_RATE_HZ // 1000
_SILENT = 32  # of 32,768: before the consent, or erased, a recording has no sound, and a model would make words up


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """A recording, which is on call time; its columns are the channels of the call in the order of `Channel`."""

    path: Path
    channels: Sequence[Channel]

    def cut(self, channel: Channel, start_ms: int, end_ms: int) -> tuple[Pcm, int]:
        """int16 of shape (n,), as far as it goes, and the time at which it begins. Raises soundfile's errors."""
        begin_ms = max(0, start_ms)
        with soundfile.SoundFile(self.path) as file:
            if file.samplerate != SAMPLE_RATE_HZ or file.channels != len(self.channels):
                raise AudioError(f"{self.path} has {file.channels} channels of {file.samplerate} Hz: not as recorded")
            first = min(begin_ms * _PER_MS, file.frames)
            file.seek(first)
            block = file.read((end_ms - begin_ms) * _PER_MS, dtype="int16", always_2d=True)
        column = [one for one in Channel if one in self.channels].index(channel)
        return np.ascontiguousarray(block[:, column]), begin_ms


@dataclass(slots=True)
class Hearing:
    """One call: its missing turns, some of them at a time."""

    call_id: str
    at_ms: int
    sound: RecordedSound
    recogniser: RecogniserSession
    settings: AsrSettings
    turns: Sequence[TurnEnded]
    found: list[Event] = field(default_factory=list)
    _listeners: dict[Channel, Listener] = field(default_factory=dict)
    _rest: Iterator[None] | None = None

    def goes_on(self) -> bool:
        """Takes the words that are there, and asks for more; False when all have come."""
        if self._rest is None:
            self._rest = self._ask_all()
        for listener in self._listeners.values():
            self.found += listener.feed(self.at_ms, can_wait=False)
        if any(listener.is_waiting for listener in self._listeners.values()):
            return True
        for _ in range(AT_ONCE):
            if next(self._rest, self) is self:
                break
        return any(listener.is_waiting for listener in self._listeners.values())

    def _ask_all(self) -> Iterator[None]:
        for turn in sorted(self.turns, key=lambda one: one.start_ms):
            listener = self._listeners.setdefault(turn.channel, Listener(turn.channel, self.recogniser, self.settings))
            start_ms, before_ms = turn.start_ms, self.settings.margin_ms
            while turn.end_ms - start_ms > self.settings.longest_ms:
                pcm, begin_ms = self.sound.cut(turn.channel, start_ms, start_ms + self.settings.longest_ms)
                if len(pcm) < self.settings.longest_ms * _PER_MS:
                    break
                cut_ms = begin_ms + quietest_ms(pcm, self.settings.cut_search_ms)
                part = replace(turn, start_ms=start_ms, end_ms=cut_ms)
                yield from self._ask(listener, part, before_ms, CUT_MARGIN_MS)
                start_ms, before_ms = cut_ms, CUT_MARGIN_MS
            last = replace(turn, start_ms=start_ms)
            yield from self._ask(listener, last, before_ms, self.settings.margin_ms)

    def _ask(self, listener: Listener, part: TurnEnded, before_ms: int, after_ms: int) -> Iterator[None]:
        pcm, begin_ms = self.sound.cut(part.channel, part.start_ms - before_ms, part.end_ms + after_ms)
        said = pcm[(part.start_ms - begin_ms) * _PER_MS : (part.end_ms - begin_ms) * _PER_MS]
        if len(said) == (part.end_ms - part.start_ms) * _PER_MS and np.abs(said.astype(np.int32)).max() >= _SILENT:
            listener.ask(part, pcm, begin_ms, part.end_ms - part.start_ms)
            yield
