"""One channel's ear for words: asks the shared recogniser for each turn, and hands the words over when due.

The voice is never held up: recognition runs in the background. A source that can wait (a file) waits at the due time,
so that a run is repeatable; a live source takes words in the first slice after they are ready (DESIGN §2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.asr.text import simplify
from pipeline.errors import AsrError
from pipeline.events import Channel, StageFailed, TurnEnded, Word, WordsHeard
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Pending, Transcriber


@dataclass(frozen=True, slots=True)
class AsrSettings:
    """When words are due and how long an utterance may be."""

    due_ms: int = 600  # after the end of the turn, for sources that can wait
    margin_ms: int = 160  # of audio before and after the turn
    longest_ms: int = 25_000  # longer turns are cut at their quietest moment
    cut_search_ms: int = 10_000  # looked for in the last so many ms


@dataclass(frozen=True, slots=True)
class _Asked:
    pending: Pending
    start_ms: int  # of the utterance
    end_ms: int
    audio_start_ms: int
    due_ms: int


class Listener:
    """Utterances of one channel, answered in the order asked."""

    def __init__(self, channel: Channel, transcriber: Transcriber, settings: AsrSettings) -> None:
        self._channel = channel
        self._transcriber = transcriber
        self._settings = settings
        self._asked: deque[_Asked] = deque()
        self._failing = False

    def ask(self, turn: TurnEnded, pcm: Pcm, audio_start_ms: int) -> None:
        """Recognise an utterance. `pcm` begins at `audio_start_ms` and covers the turn with its margins."""
        if self._transcriber.engine == "none":
            return
        pending = self._transcriber.ask(pcm)
        due = turn.end_ms + self._settings.due_ms
        self._asked.append(_Asked(pending, turn.start_ms, turn.end_ms, audio_start_ms, due))

    def feed(self, at_ms: int, can_wait: bool) -> Iterator[WordsHeard | StageFailed]:
        """Words that join the slice ending at `at_ms`."""
        while self._asked:
            first = self._asked[0]
            if not (at_ms >= first.due_ms if can_wait else first.pending.ready()):
                return
            yield from self._take(self._asked.popleft(), at_ms)

    def finish(self, at_ms: int) -> Iterator[WordsHeard | StageFailed]:
        """Waits for everything still asked for."""
        while self._asked:
            yield from self._take(self._asked.popleft(), at_ms)

    def _take(self, asked: _Asked, at_ms: int) -> Iterator[WordsHeard | StageFailed]:
        try:
            found = asked.pending.words()
        except AsrError as error:
            if not self._failing:
                yield StageFailed(at_ms, "asr", str(error))
            self._failing = True
            return
        self._failing = False
        words = _placed(found, asked)
        text = simplify("".join(w.text for w in found)).strip()
        yield WordsHeard(at_ms, self._channel, asked.start_ms, asked.end_ms, text, words, at_ms - asked.end_ms)


def _placed(words: Sequence[Word], asked: _Asked) -> tuple[Word, ...]:
    """Times on the call's clock, ascending and inside the utterance."""
    placed: list[Word] = []
    earliest = asked.start_ms
    for word in words:
        start = min(max(asked.audio_start_ms + word.start_ms, earliest), asked.end_ms)
        end = min(max(asked.audio_start_ms + word.end_ms, start), asked.end_ms)
        placed.append(Word(simplify(word.text), start, end, round(word.confidence, 3)))
        earliest = end
    return tuple(placed)


def quietest_ms(pcm: Pcm, search_ms: int) -> int:
    """Where to cut a monologue: the middle of the quietest 200 ms in its last `search_ms`, from the start of `pcm`."""
    hop = SAMPLE_RATE_HZ // 50
    hops = len(pcm) // hop
    energy = (pcm[: hops * hop].astype(np.float64).reshape(hops, hop) ** 2).mean(axis=1)
    smooth = np.convolve(energy, np.ones(10) / 10, mode="valid")
    first = max(0, len(smooth) - search_ms // 20)
    return (first + int(smooth[first:].argmin()) + 5) * 20
