"""How fast one channel speaks, in characters a minute (DESIGN §5, handbook document 001: about 150).

speaking rate = characters ÷ turns joined over own pauses up to 1 s in which the other side is silent too;
articulation rate = the same characters ÷ that time without pauses over 250 ms.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from pipeline.asr.text import count_characters
from pipeline.events import TurnEnded, Word

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """Windows and gates of the meter."""

    window_ms: int = 20_000  # of audio
    least_speech_ms: int = 3_000  # no figure on less
    join_ms: int = 1_000  # own pauses up to this belong to speaking


@dataclass(frozen=True, slots=True)
class Pace:
    start_ms: int
    end_ms: int
    characters: float
    speaking_ms: int
    articulation_ms: int
    basis: Literal["words", "acoustic"]

    @property
    def speaking_rate(self) -> float:
        return round(self.characters * 60_000 / self.speaking_ms, 1) if self.speaking_ms else 0.0

    @property
    def articulation_rate(self) -> float:
        return round(self.characters * 60_000 / self.articulation_ms, 1) if self.articulation_ms else 0.0


@dataclass(slots=True)
class _Spoken:
    """One turn. The count of its sound comes while it lasts, its words after it."""

    start_ms: int
    end_ms: int
    pauses: list[Interval] = field(default_factory=list)
    sounded_ms: list[int] = field(default_factory=list)  # call times, and the characters estimated up to each
    sounded: list[float] = field(default_factory=lambda: [0.0])
    counted: list[tuple[float, int]] = field(default_factory=list)  # (middle of the word, characters)
    worded_ms: int | None = None  # words came up to here; a long turn's come in several utterances

    def hear(self, cells: Sequence[tuple[int, float]]) -> None:
        for at_ms, characters in cells:
            self.sounded_ms.append(at_ms)
            self.sounded.append(self.sounded[-1] + characters)

    def estimate(self, since_ms: int) -> float:
        return max(0.0, self.sounded[-1] - self.sounded[bisect_left(self.sounded_ms, since_ms)])

    @property
    def has_all_words(self) -> bool:
        return self.worded_ms is not None and self.worded_ms >= self.end_ms

    def characters(self, since_ms: int) -> float:
        """By its words as far as they came, the rest estimated from its sound."""
        if self.worded_ms is None:
            return self.estimate(since_ms)
        by_words = sum(count for middle, count in self.counted if middle >= since_ms)
        return by_words if self.has_all_words else by_words + self.estimate(max(since_ms, self.worded_ms))


def _covered(intervals: Sequence[Interval], since_ms: int) -> int:
    return sum(max(0, end - max(start, since_ms)) for start, end in intervals)


class PaceMeter:
    """One channel's turns, words and estimate; the other channel's turns decide which pauses are joined."""

    def __init__(self, settings: PaceSettings) -> None:
        self._settings = settings
        self._turns: list[_Spoken] = []  # of the window and those still waiting for words
        self._others: list[Interval] = []
        self._totals = {"words": [0.0, 0, 0], "acoustic": [0.0, 0, 0]}  # characters, speaking ms, articulation ms
        self._open: _Spoken | None = None

    def turn_runs(
        self, start_ms: int, end_ms: int, pauses: Sequence[Interval], cells: Sequence[tuple[int, float]]
    ) -> None:
        """The turn at hand as far as it is known; called again as it goes on.

        `cells`, new with each call: call time in ms, and how many characters the sound there makes (audio.syllables).
        """
        if self._open is None:
            self._open = _Spoken(start_ms, end_ms)
            self._turns.append(self._open)
        self._open.start_ms, self._open.end_ms = start_ms, end_ms
        self._open.pauses = list(pauses)
        self._open.hear(cells)

    def turn_ended(self, turn: TurnEnded, pauses: Sequence[Interval], cells: Sequence[tuple[int, float]]) -> None:
        self.turn_runs(turn.start_ms, turn.end_ms, pauses, cells)
        self._open = None
        self._forget(turn.end_ms)

    def other_turn(self, turn: TurnEnded) -> None:
        self._others.append((turn.start_ms, turn.end_ms))

    def words(self, start_ms: int, end_ms: int, words: Sequence[Word]) -> None:
        """Words of an utterance of the turn that covers `start_ms`; those of a long turn add up."""
        for turn in self._turns:
            if turn.start_ms <= start_ms < max(turn.end_ms, turn.start_ms + 1):
                turn.counted += [((w.start_ms + w.end_ms) / 2, count_characters(w.text)) for w in words]
                turn.worded_ms = max(turn.worded_ms or 0, end_ms)

    def window(self, at_ms: int) -> Pace | None:
        """The last 20 s; `words` only if every turn in it has its words. None below 3 s of speech."""
        since = at_ms - self._settings.window_ms
        turns = [t for t in self._turns if t.end_ms > since]
        if not turns:
            return None
        basis: Literal["words", "acoustic"] = "words" if all(t.has_all_words for t in turns) else "acoustic"
        speaking, articulation = self._times(turns, since)
        if speaking < self._settings.least_speech_ms:
            return None
        characters = sum(t.characters(since) for t in turns)
        start = max(since, turns[0].start_ms)
        return Pace(start, turns[-1].end_ms, round(characters, 1), speaking, articulation, basis)

    def call(self, at_ms: int, basis: Literal["words", "acoustic"]) -> Pace | None:
        """The whole call. By words only turns that have them count; the estimate counts everywhere."""
        self._forget(at_ms + 10 * self._settings.window_ms)
        characters, speaking, articulation = self._totals[basis]
        if not speaking:
            return None
        return Pace(0, at_ms, round(characters, 1), int(speaking), int(articulation), basis)

    def _times(self, turns: Sequence[_Spoken], since_ms: int) -> tuple[int, int]:
        spoken = [(t.start_ms, t.end_ms) for t in turns]
        voiced = _covered(spoken, since_ms)
        joined = sum(
            max(0, after[0] - max(before[1], since_ms))
            for before, after in pairwise(spoken)
            if self._joins(before[1], after[0])
        )
        paused = sum(_covered(t.pauses, since_ms) for t in turns)
        return voiced + joined, voiced - paused

    def _joins(self, start_ms: int, end_ms: int) -> bool:
        short = 0 < end_ms - start_ms <= self._settings.join_ms
        return short and not any(start < end_ms and end > start_ms for start, end in self._others)

    def _forget(self, at_ms: int) -> None:
        """Turns that have left the window join the totals; one is kept for the pause before the next."""
        horizon = at_ms - 3 * self._settings.window_ms
        while self._turns and self._turns[0].end_ms < horizon and self._turns[0] is not self._open:
            turn = self._turns.pop(0)
            speaking, articulation = self._times([turn, *self._turns[:1]], -1)
            if self._turns:
                following, following_articulation = self._times(self._turns[:1], -1)
                speaking, articulation = speaking - following, articulation - following_articulation
            self._add("acoustic", turn.estimate(-1), speaking, articulation)
            if turn.worded_ms is not None:
                self._add("words", turn.characters(-1), speaking, articulation)
        self._others = [o for o in self._others if o[1] >= horizon - self._settings.window_ms]

    def _add(self, basis: str, characters: float, speaking: int, articulation: int) -> None:
        total = self._totals[basis]
        total[0] += characters
        total[1] += speaking
        total[2] += articulation
