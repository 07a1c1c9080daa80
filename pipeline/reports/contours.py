"""f0 over a whole file: by our tracker, and by librosa's pYIN as a second opinion on the same turns.

pYIN needs a whole turn at once, so it cannot run in a live call, but can check one. librosa belongs to the extra
`analysis` and is imported only here.
https://librosa.org/doc/latest/generated/librosa.pyin.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.measures.pitch import FRAME, HOP_MS, PitchSettings, PitchTracker
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Source

Contour = NDArray[np.float64]
"""Shape (frames, 2): call time in ms and f0 in Hz, every 10 ms; NaN where unvoiced, and once before each turn."""

_SEMITONE = 1.0
_SHORTEST_MS = 50  # shorter differences are ignored: they are at borders of voicing
_JOINED_MS = 50  # differences this close to each other are joined
_LONGEST_SLICES = 1_500  # 30 s: longest piece given to pYIN at once, to limit its memory
_MIDDLE_MS = 25.0  # middle of the first frame of 50 ms of a turn


def contour(source: Source, channel: Channel, events: list[Event], settings: PitchSettings) -> Contour:
    """f0 by the tracker of the call, in a second pass over the file, because the records have medians only."""
    tracker, points, at_ms = PitchTracker(settings), [(0.0, np.nan)], 0.0
    for start_ms, pcm, is_first, is_last in _turns(source, channel, events):
        if is_first:
            tracker.new_turn()
            at_ms = start_ms + _MIDDLE_MS
            points.append((at_ms, np.nan))
        f0_hz = tracker.feed(pcm)
        if is_last:
            f0_hz = np.concatenate([f0_hz, tracker.finish()])
        points += [(at_ms + number * HOP_MS, float(hz) or np.nan) for number, hz in enumerate(f0_hz)]
        at_ms += len(f0_hz) * HOP_MS
    return np.array(points)


def second_contour(source: Source, channel: Channel, events: list[Event], settings: PitchSettings) -> Contour:
    """The same by librosa.pyin, with the same lowest and highest f0."""
    import librosa

    points, pieces, begin_ms = [(0.0, np.nan)], list[Pcm](), 0
    for start_ms, pcm, is_first, is_last in _turns(source, channel, events):
        begin_ms = start_ms if is_first or not pieces else begin_ms
        pieces.append(pcm)
        if not is_last and len(pieces) < _LONGEST_SLICES:
            continue
        samples, pieces = np.concatenate(pieces).astype(np.float32) / 32_768, []
        points.append((begin_ms + _MIDDLE_MS, np.nan))
        if len(samples) < FRAME:
            continue
        f0_hz, _, _ = librosa.pyin(
            samples, fmin=settings.floor_hz, fmax=settings.ceiling_hz, sr=SAMPLE_RATE_HZ,
            hop_length=SAMPLE_RATE_HZ * HOP_MS // 1000,
        )  # fmt: skip
        # Its frame k is centred at 10 k ms, ours at 25 + 10 k: its frame k + 2 is 5 ms from our frame k.
        points += [(begin_ms + _MIDDLE_MS + number * HOP_MS, float(hz)) for number, hz in enumerate(f0_hz[2:])]
    return np.array(points)


def differences(ours: Contour, second: Contour) -> list[dict[str, float]]:
    """Spans in ms in which both are voiced and more than a semitone apart, with the median of each in Hz."""
    hz = {round(at): value for at, value in second if np.isfinite(value)}
    apart = [
        (round(at), one, other)
        for at, one in ours
        if np.isfinite(one) and (other := hz.get(round(at))) is not None and abs(12 * np.log2(one / other)) > _SEMITONE
    ]
    spans: list[list[tuple[int, float, float]]] = []
    for frame in apart:
        if spans and frame[0] - spans[-1][-1][0] <= _JOINED_MS:
            spans[-1].append(frame)
        else:
            spans.append([frame])
    return [_span(frames) for frames in spans if frames[-1][0] - frames[0][0] + HOP_MS >= _SHORTEST_MS]


def _turns(source: Source, channel: Channel, events: list[Event]) -> Iterator[tuple[int, Pcm, bool, bool]]:
    """Slices in turns of `channel`: start_ms, samples, whether it is the first of its turn, and the last."""
    spans = iter(sorted((e.start_ms, e.end_ms) for e in events if isinstance(e, TurnEnded) and e.channel is channel))
    span = next(spans, None)
    for piece in source:
        if span is None:
            return
        if piece.start_ms < span[0]:
            continue
        is_first, is_last = piece.start_ms == span[0], piece.end_ms >= span[1]
        if is_last:
            span = next(spans, None)
        yield piece.start_ms, piece.pcm[channel], is_first, is_last


def _span(frames: list[tuple[int, float, float]]) -> dict[str, Any]:
    _, ours, second = (np.array(column, dtype=float) for column in zip(*frames, strict=True))
    return {
        "start_ms": frames[0][0],
        "end_ms": frames[-1][0] + HOP_MS,
        "median_hz": round(float(np.median(ours)), 1),
        "second_median_hz": round(float(np.median(second)), 1),
    }
