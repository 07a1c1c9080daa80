"""A call whose sound the test takes slice by slice, as a headset's thread does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipeline.events.call import CallFacts, SourceNotice
from pipeline.events.channels import Channel, Heard
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.session.session import Session

SIDES = (Channel.AGENT, Channel.CUSTOMER)


class Noise:
    """A Source: two sides of noise, of which no two samples are alike."""

    channels = SIDES
    facts = CallFacts()
    can_wait = False
    notices: tuple[SourceNotice, ...] = ()

    def __iter__(self) -> Iterator[Slice]:
        start_ms = 0
        while True:
            pcm = {side: noise(side, start_ms) for side in SIDES}
            yield Slice(start_ms, pcm, dict.fromkeys(SIDES, Heard.YES))
            start_ms += SLICE_MS


def noise(side: Channel, start_ms: int) -> Pcm:
    random = np.random.default_rng([SIDES.index(side), start_ms])
    return random.integers(-20_000, 20_000, SLICE_SAMPLES, np.int16)


def said(start_ms: int, slices: int) -> Pcm:
    """What is to be heard from `start_ms` on, of shape (n, 2)."""
    times = [start_ms + number * SLICE_MS for number in range(slices)]
    return np.stack([np.concatenate([noise(side, at) for at in times]) for side in SIDES], axis=1)


class Sounding:
    """Takes slices of a session's call when it is told, with what was told to the call as records."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pieces = iter(session.watched(Noise()))

    def take(self, slices: int) -> None:
        for _ in range(slices):
            piece = next(self._pieces)
            notes = [replace(note, at_ms=piece.end_ms) for note in self._session.take()]
            if notes:
                self._session.outbox.feed(notes)  # type: ignore[arg-type]
