"""The sound of a running call for whoever listens to it, as it is taken; the agent is told as long as it lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from pipeline.audio.sources.wrapped import Wrapped
from pipeline.errors import CallOver
from pipeline.events.actor import Actor
from pipeline.events.channels import Channel
from pipeline.events.help import ListenEnded, ListenStarted
from pipeline.events.record import FloorNote
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Hears, Pcm, Slice, SoundPiece, Source

PIECE_MS = 200
_SIDES = (Channel.AGENT, Channel.CUSTOMER)


@dataclass(eq=False, slots=True)
class Listener:
    """One page of somebody who listens."""

    by: str
    actor: Actor
    hears: Hears

    def is_among(self, others: Iterable[Listener]) -> bool:
        """Whether the same person listens there, with another page."""
        return any((one.by, one.actor) == (self.by, self.actor) for one in others)


@dataclass
class LocalTap:
    """A Tap of a call of this process. `through` is for the thread of the call; the rest from any thread.

    `tell`: puts a note into the call's mailbox. Nobody hears anything of which the agent is not told: who cannot be
    announced does not listen.
    """

    tell: Callable[[FloorNote], None]
    wall: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listeners: list[Listener] = field(default_factory=list)
    _is_over: bool = False

    def listen(self, by: str, actor: Actor, hears: Hears) -> Callable[[], None]:
        listener = Listener(by, actor, hears)
        with self._lock:
            if self._is_over:
                raise CallOver("the call has ended")
            self.tell(ListenStarted(0, by, actor))
            self._listeners = [*self._listeners, listener]
        return lambda: self._leave(listener)

    def through(self, source: Source) -> Source:
        """The same source, heard by whoever listens."""
        return _Tapped(source, self)

    def close(self) -> None:
        """The call is over, and whoever listens is told so. May be repeated."""
        with self._lock:
            self._is_over = True
            left, self._listeners = self._listeners, []
        for listener in left:
            listener.hears(None)

    @property
    def is_listened_to(self) -> bool:
        return bool(self._listeners)

    def send(self, piece: SoundPiece) -> None:
        for listener in self._listeners:
            listener.hears(piece)

    def _leave(self, listener: Listener) -> None:
        with self._lock:
            if listener not in self._listeners:
                return
            self._listeners = [one for one in self._listeners if one is not listener]
            if listener.is_among(self._listeners):
                return
            with suppress(CallOver):
                self.tell(ListenEnded(0, listener.by, listener.actor))


class _Tapped(Wrapped):
    def __init__(self, source: Source, tap: LocalTap) -> None:
        super().__init__(source)
        self._tap = tap

    def __iter__(self) -> Iterator[Slice]:
        waiting: list[Slice] = []
        for piece in self._source:
            if self._tap.is_listened_to:
                waiting.append(piece)
                if len(waiting) * SLICE_MS >= PIECE_MS:
                    taken_s = self._tap.wall() - piece.behind_ms / 1000
                    self._tap.send(SoundPiece(waiting[0].start_ms, taken_s, _joined(waiting)))
                    waiting = []
            else:
                waiting = []
            yield piece


def _joined(pieces: list[Slice]) -> Pcm:
    """A call of one channel is heard on both sides."""
    sound = np.zeros((len(pieces) * SLICE_SAMPLES, len(_SIDES)), dtype=np.int16)
    for side, channel in enumerate(_SIDES):
        heard = [piece.pcm.get(channel, piece.pcm.get(Channel.MIXED)) for piece in pieces]
        for number, pcm in enumerate(heard):
            if pcm is not None:
                sound[number * SLICE_SAMPLES : (number + 1) * SLICE_SAMPLES, side] = pcm
    return sound
