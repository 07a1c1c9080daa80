"""An oracle for the pace: scripted calls of voice and words, fed to the meter and measured on a 1 ms grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.asr.text.pace import Interval, Pace, PaceMeter, PaceSettings
from pipeline.audio.voice.turns import TurnSettings, TurnTracker
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded
from pipeline.events.words import Word
from pipeline.ports import SLICE_MS

_WORDS_LATER_MS = 600
_LONGEST_UTTERANCE_MS = 25_000
_TEXTS = (("您好", 2), ("好", 1), (" VIP", 3), ("我们的", 3), (" hello", 2), ("嗯，", 1))


@dataclass(frozen=True)
class Script:
    """Runs of voice of each side, whole slices and at least 100 ms, and the agent's words with their characters."""

    agent: Sequence[Interval]
    customer: Sequence[Interval]
    words: Sequence[tuple[Word, int]]
    length_ms: int


def write(agent: Sequence[tuple[int, int]], customer: Sequence[tuple[int, int]], word_ms: int = 260) -> Script:
    """From (silence before, length) of each run; words of `word_ms` fill the agent's voice, the last one shorter."""
    runs = _placed(agent)
    words: list[tuple[Word, int]] = []
    for start, end in runs:
        for at in range(start, end, word_ms):
            text, count = _TEXTS[len(words) % len(_TEXTS)]
            words.append((Word(text, at, min(at + word_ms, end), 1.0), count))
    others = _placed(customer)
    return Script(runs, others, words, max(end for _, end in [*runs, *others]) + 2_000)


def _placed(runs: Sequence[tuple[int, int]]) -> list[Interval]:
    placed, at = [], 0
    for silence_ms, length_ms in runs:
        at += silence_ms
        placed.append((at, at + length_ms))
        at += length_ms
    return placed


def play(script: Script, meter: PaceMeter) -> Iterator[tuple[int, Pace]]:
    """Feeds the meter as ChannelAnalysis would, words 600 ms after each turn; yields (time, window) by words.

    Afterwards the meter is in its state at the end of the call.
    """
    turns = {c: TurnTracker(c, TurnSettings()) for c in (Channel.AGENT, Channel.CUSTOMER)}
    voice = {
        Channel.AGENT: _grid(script.agent, script.length_ms),
        Channel.CUSTOMER: _grid(script.customer, script.length_ms),
    }
    waiting: list[Interval] = []
    asked = 0
    for at in range(0, script.length_ms, SLICE_MS):
        now = at + SLICE_MS
        for channel, tracker in turns.items():
            for event in tracker.feed(at, bool(voice[channel][at]), now):
                if channel is Channel.CUSTOMER:
                    meter.other_turn(event)
                elif isinstance(event, TurnEnded):
                    meter.turn_ended(event, tracker.pauses, [])
                    waiting.append((asked, event.end_ms))
                else:
                    asked = event.start_ms
        start = turns[Channel.AGENT].start_ms
        if turns[Channel.AGENT].open and start is not None and now % 500 == 0 and now - 500 > start:
            meter.turn_goes_on(start, now - 500, turns[Channel.AGENT].pauses, [])
            if now - 500 - asked > _LONGEST_UTTERANCE_MS:
                cut = max(w.end_ms for w, _ in script.words if w.end_ms <= now - 500)
                waiting.append((asked, cut))
                asked = cut
        while waiting and waiting[0][1] + _WORDS_LATER_MS <= now:
            begin, end = waiting.pop(0)
            meter.words(begin, end, [w for w, _ in script.words if begin <= w.start_ms < end])
        if now % 500 == 0 and (pace := meter.window(now)) is not None and pace.basis == "words":
            yield now, pace


def truth(script: Script, since_ms: int, until_ms: int) -> tuple[float, int, int]:
    """Characters, speaking ms and articulation ms, counted per millisecond; voice after `until_ms` is ignored."""
    voice = _grid(script.agent, script.length_ms)
    voice[until_ms:] = False
    other = _grid(script.customer, script.length_ms)
    for start, end in _gaps(other):
        other[start:end] |= end - start <= 300  # a turn of the customer
    speaking, pause = voice.copy(), np.zeros_like(voice)
    for start, end in _gaps(voice):
        if end - start <= 300 or (end - start <= 1_000 and not other[start:end].any()):
            speaking[start:end] = True
            pause[start:end] = end - start > 250
    density = np.zeros(script.length_ms)
    for word, count in script.words:
        density[word.start_ms : word.end_ms] += count / (word.end_ms - word.start_ms)
    window = slice(max(0, since_ms), until_ms)
    return float(density[window].sum()), int(speaking[window].sum()), int((speaking & ~pause)[window].sum())


def errors(script: Script) -> Iterator[tuple[str, float]]:
    """Relative errors of both rates, of each `window` by words and of the whole `call`."""
    settings = PaceSettings()
    meter = PaceMeter(settings)
    for at_ms, pace in play(script, meter):
        for error in _error(pace, truth(script, at_ms - settings.window_ms, pace.end_ms)):
            yield "window", error
    whole = meter.call(script.length_ms, "words")
    if whole is not None:
        for error in _error(whole, truth(script, 0, script.length_ms)):
            yield "call", error


def _error(pace: Pace, true: tuple[float, int, int]) -> tuple[float, float]:
    characters, speaking_ms, articulation_ms = true
    return (
        abs(pace.speaking_rate / (characters * 60_000 / speaking_ms) - 1),
        abs(pace.articulation_rate / (characters * 60_000 / articulation_ms) - 1),
    )


def _grid(intervals: Sequence[Interval], length_ms: int) -> NDArray[np.bool_]:
    grid = np.zeros(length_ms, bool)
    for start, end in intervals:
        grid[start:end] = True
    return grid


def _gaps(grid: NDArray[np.bool_]) -> Iterator[Interval]:
    """Stretches without voice between two with voice."""
    step = np.diff(grid.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(step == -1), np.flatnonzero(step == 1)
    yield from zip(starts[:-1].tolist(), ends[1:].tolist(), strict=True)
