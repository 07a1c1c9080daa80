"""Pace of one channel, in characters a minute (handbook document 001: about 150).

speaking rate = characters ÷ turns joined over own pauses up to 1 s in which the other side is silent too;
articulation rate = the same characters ÷ that time without pauses over 250 ms.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.asr.text.normalisation import count_by_word
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import Word
from pipeline.quantities import Ms, ShortMs, WindowMs

Interval = tuple[int, int]
Basis = Literal["words", "acoustic"]

_RESTATED_MS = 500  # the onset of a turn may be corrected by this much after its words were asked for


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """Windows and limits of the pace meter."""

    window_ms: WindowMs = 20_000  # of call time
    least_speech_ms: Ms = 3_000  # no figure on less speech
    join_ms: ShortMs = 1_000  # own pauses up to this belong to speaking


@dataclass(frozen=True, slots=True)
class Pace:
    """Characters over times of speech; rates in characters a minute, 0.0 without speech."""

    start_ms: int
    end_ms: int
    characters: float
    speaking_ms: int
    articulation_ms: int
    basis: Basis

    @property
    def speaking_rate(self) -> float:
        return round(self.characters * 60_000 / self.speaking_ms, 1) if self.speaking_ms else 0.0

    @property
    def articulation_rate(self) -> float:
        return round(self.characters * 60_000 / self.articulation_ms, 1) if self.articulation_ms else 0.0


def _overlap(interval: Interval, since_ms: int, until_ms: int) -> int:
    return max(0, min(interval[1], until_ms) - max(interval[0], since_ms))


def _covered(intervals: Sequence[Interval], since_ms: int, until_ms: int) -> int:
    return sum(_overlap(interval, since_ms, until_ms) for interval in intervals)


@dataclass(slots=True, eq=False)
class _Spoken:
    """One turn. Its estimate by sound comes while it lasts, its words after its end."""

    start_ms: int
    end_ms: int
    pauses: list[Interval] = field(default_factory=list)
    sounded_ms: list[int] = field(default_factory=list)  # call time of each cell of the estimate
    sounded: list[float] = field(default_factory=lambda: [0.0])  # estimated characters, cumulative
    words: list[tuple[Interval, float]] = field(default_factory=list)  # span and number of characters of each word
    has_no_estimate: bool = False  # pitch was left out for a part of it, so there is no estimate
    utterances: list[Interval] = field(default_factory=list)  # spans whose words have come, in order

    def hear(self, cells: Sequence[tuple[int, float]]) -> None:
        for at_ms, characters in cells:
            self.sounded_ms.append(at_ms)
            self.sounded.append(self.sounded[-1] + characters)

    def estimate(self, since_ms: int, until_ms: int) -> float:
        """Estimated characters of the span; cells after the end of the turn are added to its end."""
        last = len(self.sounded_ms) if until_ms >= self.end_ms else bisect_left(self.sounded_ms, until_ms)
        return max(0.0, self.sounded[last] - self.sounded[bisect_left(self.sounded_ms, since_ms)])

    def counted(self, since_ms: int, until_ms: int) -> float:
        """Characters of the words in the span; a word across its border counts by its share."""
        return sum(
            count * _overlap(when, since_ms, until_ms) / (when[1] - when[0])
            if when[1] > when[0]
            else count * (since_ms <= when[0] < until_ms)
            for when, count in self.words
        )

    def worded(self) -> list[Interval]:
        """The spans of the turn whose words have come."""
        spans = [(max(start, self.start_ms), min(end, self.end_ms)) for start, end in self.utterances]
        if spans and spans[0][0] - self.start_ms <= _RESTATED_MS:
            spans[0] = (self.start_ms, spans[0][1])
        return spans

    def unworded(self, since_ms: int, until_ms: int) -> list[Interval]:
        """The spans of the turn, inside the window, whose words have not come."""
        missing: list[Interval] = []
        at = max(self.start_ms, since_ms)
        end_ms = min(self.end_ms, until_ms)
        for start, end in self.worded():
            if at < min(start, end_ms):
                missing.append((at, min(start, end_ms)))
            at = max(at, end)
        return [*missing, (at, end_ms)] if at < end_ms else missing


class PaceMeter:
    """One channel's turns, words and estimate; the other channel's turns decide which pauses are joined."""

    def __init__(self, settings: PaceSettings) -> None:
        self._settings = settings
        self._turns: list[_Spoken] = []  # those of the window and of a while before, for late words
        self._before: _Spoken | None = None  # the last turn dropped, for the pause between it and the first one kept
        self._others: list[Interval] = []
        self._other_since: int | None = None  # start of the other side's open turn
        self._totals: dict[Basis, list[float]] = {"words": [0.0] * 3, "acoustic": [0.0] * 3}  # sums over dropped turns
        self._open: _Spoken | None = None

    def turn_goes_on(
        self, start_ms: int, end_ms: int, pauses: Sequence[Interval], cells: Sequence[tuple[int, float]]
    ) -> None:
        """The open turn so far; called again as it goes on. `pauses`: all pauses inside it, as spans of call time.

        `cells`: those new since the last call, (call time in ms, estimated characters), see audio.measures.syllables.
        """
        if self._open is None:
            self._open = _Spoken(start_ms, end_ms)
            self._turns.append(self._open)
        self._open.start_ms, self._open.end_ms = start_ms, end_ms
        self._open.pauses = list(pauses)
        self._open.hear(cells)

    def turn_without_estimate(self, start_ms: int, end_ms: int, pauses: Sequence[Interval]) -> None:
        """As `turn_goes_on`, without an estimate by sound: for this turn only words can give a pace."""
        self.turn_goes_on(start_ms, end_ms, pauses, ())
        if self._open is not None:
            self._open.has_no_estimate = True

    def turn_ended(self, turn: TurnEnded, pauses: Sequence[Interval], cells: Sequence[tuple[int, float]]) -> None:
        """The turn with its final span, pauses and last cells."""
        self.turn_goes_on(turn.start_ms, turn.end_ms, pauses, cells)
        self._open = None
        self._drop_old(turn.end_ms)

    def other_turn(self, turn: TurnStarted | TurnEnded) -> None:
        """A turn of the other side has started or ended."""
        if isinstance(turn, TurnEnded):
            self._other_since = None
            self._others.append((turn.start_ms, turn.end_ms))
        else:
            self._other_since = turn.start_ms

    def words(self, start_ms: int, end_ms: int, words: Sequence[Word]) -> None:
        """Final words of the utterance from `start_ms` to `end_ms`, which is a turn or a piece of a long turn."""
        for turn in self._turns:
            if turn.start_ms <= start_ms < max(turn.end_ms, turn.start_ms + 1):
                counts = count_by_word([word.text for word in words])
                turn.words += [((w.start_ms, w.end_ms), count) for w, count in zip(words, counts, strict=True)]
                turn.utterances.append((start_ms, end_ms))

    def forget_words(self, since_ms: int) -> None:
        """The words of turns from `since_ms` on were none: another language was spoken."""
        for turn in self._turns:
            if turn.start_ms >= since_ms:
                turn.words, turn.utterances = [], []

    def window(self, at_ms: int) -> Pace | None:
        """The last 20 s. Basis `words` if all its speech has words. None below 3 s, or if an estimate is missing."""
        since = at_ms - self._settings.window_ms
        turns = [t for t in self._turns if t.end_ms > since and t.start_ms < at_ms]
        if not turns:
            return None
        missing = [(turn, hole) for turn in turns for hole in turn.unworded(since, at_ms)]
        if any(turn.has_no_estimate for turn, _ in missing):
            return None
        spoken = [(t.start_ms, t.end_ms) for t in turns]
        voiced = _covered(spoken, since, at_ms)
        speaking = voiced + _covered([self._pause_before(t) for t in turns], since, at_ms)
        if speaking < self._settings.least_speech_ms:
            return None
        articulation = voiced - sum(_covered(t.pauses, since, at_ms) for t in turns)
        characters = sum(t.counted(since, at_ms) for t in turns) + sum(t.estimate(*hole) for t, hole in missing)
        basis: Basis = "acoustic" if missing else "words"
        end_ms = min(turns[-1].end_ms, at_ms)
        return Pace(max(since, turns[0].start_ms), end_ms, round(characters, 2), speaking, articulation, basis)

    def call(self, at_ms: int, basis: Basis) -> Pace | None:
        """The whole call. Basis `words` counts only speech with words, `acoustic` all speech with an estimate."""
        figures = [self._totals[basis], *(self._figures(basis, turn) for turn in self._turns)]
        characters, speaking, articulation = (sum(column) for column in zip(*figures, strict=True))
        if not speaking:
            return None
        return Pace(0, at_ms, round(characters, 2), int(speaking), int(articulation), basis)

    def _figures(self, basis: Basis, turn: _Spoken) -> list[float]:
        """Characters, speaking and articulation ms of a turn, including a joined pause before it."""
        if basis == "acoustic" and turn.has_no_estimate:
            return [0.0, 0.0, 0.0]
        whole = (turn.start_ms, turn.end_ms)
        spans = [whole] if basis == "acoustic" else turn.worded()
        characters = turn.estimate(*whole) if basis == "acoustic" else sum(count for _, count in turn.words)
        voiced = _covered(spans, *whole)
        paused = sum(_covered(turn.pauses, *span) for span in spans)
        before = self._previous(turn)
        if basis == "acoustic":
            joins = before is None or not before.has_no_estimate
        else:
            joins = (
                before is not None
                and not before.unworded(before.end_ms - 1, before.end_ms)
                and not turn.unworded(turn.start_ms, turn.start_ms + 1)
            )
        start, end = self._pause_before(turn)
        return [characters, voiced + (end - start if joins else 0), voiced - paused]

    def _previous(self, turn: _Spoken) -> _Spoken | None:
        index = self._turns.index(turn)
        return self._turns[index - 1] if index else self._before

    def _pause_before(self, turn: _Spoken) -> Interval:
        """The pause before `turn` if it counts as speaking: up to 1 s, the other side silent; else an empty span."""
        before = self._previous(turn)
        start, end = before.end_ms if before else turn.start_ms, turn.start_ms
        others = [*self._others, *([(self._other_since, end)] if self._other_since is not None else [])]
        joins = end - start <= self._settings.join_ms and not _covered(others, start, end)
        return (start, end) if joins else (end, end)

    def _drop_old(self, at_ms: int) -> None:
        """Adds turns that left the window long ago to the totals, and drops them."""
        horizon = at_ms - 3 * self._settings.window_ms
        while self._turns and self._turns[0].end_ms < horizon and self._turns[0] is not self._open:
            for basis, total in self._totals.items():
                figures = self._figures(basis, self._turns[0])
                self._totals[basis] = [a + b for a, b in zip(total, figures, strict=True)]
            self._before = self._turns.pop(0)
        # Needed as long as they may lie in the pause before the first turn kept.
        first_ms = self._turns[0].start_ms if self._turns else at_ms
        self._others = [o for o in self._others if o[1] >= first_ms - self._settings.join_ms]
