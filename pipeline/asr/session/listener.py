"""Words of one channel: requests recognition of each turn, and delivers the words when due.

Recognition runs in the background and never delays the processing of audio. A source that can wait (a file) waits at
the due time, so that a run is repeatable; a live source takes words in the first slice after they are ready. While a
turn lasts, and if there is computing time to spare, the audio so far is recognised for captions (a guess).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from pipeline.asr.session.agreement import Agreement
from pipeline.asr.session.guards import limited_by_voice
from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.asr.session.spoken_language import SpokenLanguage, believed
from pipeline.asr.text.inverse_normalisation import inverse_normalised
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded
from pipeline.events.words import COACHED, LanguageHeard, Word, WordsGuessed, WordsHeard, WordsSuppressed
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Pending, Recognised
from pipeline.quantities import Languages, Ms, ShortMs, Words, in_order, within

Span = tuple[int, int]
"""Start and end in ms of call time."""

CUT_MARGIN_MS = 100
"""Audio beyond the cut of a long turn that belongs to the moment of quiet, and not to the words behind it."""

WordEvent = LanguageHeard | WordsHeard | WordsSuppressed | WordsGuessed


@dataclass(frozen=True, slots=True)
class AsrSettings:
    """When words are due, length of utterances, and captions of open turns."""

    due_ms: ShortMs = 600  # after the end of the turn, for sources that can wait
    overdue_ms: Ms = 6_000  # words later than this no longer delay those of later turns
    margin_ms: Annotated[int, within(0, 2_000)] = 160  # audio before and after the turn that is recognised with it
    longest_ms: Annotated[int, within(2_000, 26_000)] = 20_000  # longer turns are cut at their quietest moment
    cut_search_ms: Annotated[int, within(20, 26_000)] = 10_000  # searched for in the last part of this length
    guess_after_ms: ShortMs = 700  # length of an open turn from which captions are made; 0: never
    guess_every_ms: Annotated[int, within(20, 10_000)] = 500  # least time between two guesses
    names: Words = ()  # of the company, its people and products: homophones are corrected to these
    languages: Languages = (COACHED,)  # written as they are spoken, ["zh", "en"]; of others nothing right is written

    def __post_init__(self) -> None:
        if COACHED not in self.languages:
            raise ValueError(f"languages is {list(self.languages)}; it must have {COACHED!r}, which is coached")
        in_order(self, "due_ms", "overdue_ms")
        in_order(self, "cut_search_ms", "longest_ms")


@dataclass(frozen=True, slots=True)
class _Asked:
    pending: Pending
    start_ms: int  # call time of the utterance, without margin
    end_ms: int
    audio_start_ms: int
    due_ms: int
    voiced_ms: int | None
    gaps: tuple[Span, ...]
    language: str


class Listener:
    """Utterances of one channel. Words come in the order of the utterances, except those that are overdue."""

    def __init__(self, channel: Channel, recogniser: RecogniserSession, settings: AsrSettings) -> None:
        self._channel = channel
        self._recogniser = recogniser
        self._settings = settings
        self._asked: deque[_Asked] = deque()
        self._guess: Pending | None = None
        self._guessed_ms = 0  # when the last guess was asked for
        self._start_ms = -1  # of the utterance being guessed
        self._agreement = Agreement()
        self._language = SpokenLanguage()

    def ask(
        self,
        turn: TurnEnded,
        pcm: Pcm,
        audio_start_ms: int,
        voiced_ms: int | None = None,
        gaps: Iterable[Span] = (),
    ) -> None:
        """Requests the final words of a turn. `pcm`: the turn with its margins, from call time `audio_start_ms`.

        `voiced_ms`: how much of it the VAD found to be voice, if known; `gaps`: where in between it found none.
        """
        self._guess = None
        if not self._recogniser.hears_words:
            return
        language = self._written
        pending = self._recogniser.ask(pcm, self._channel, language, is_final=True)
        due = turn.end_ms + self._settings.due_ms
        span = (turn.start_ms, turn.end_ms, audio_start_ms)
        self._asked.append(_Asked(pending, *span, due, voiced_ms, tuple(gaps), language))

    def wants_guess(self, at_ms: int, start_ms: int) -> bool:
        """Whether the open turn that began at `start_ms` should be recognised for a caption now."""
        s = self._settings
        if self._language.now != self._written:
            return False  # it would be made up
        if self._guess is not None or not s.guess_after_ms or at_ms - start_ms < s.guess_after_ms:
            return False
        is_new = start_ms != self._start_ms
        return (is_new or at_ms - self._guessed_ms >= s.guess_every_ms) and self._recogniser.has_room

    def guess(self, at_ms: int, start_ms: int, pcm: Pcm) -> None:
        """Requests a caption of the open turn that began at `start_ms`; `pcm` is its audio so far."""
        if start_ms != self._start_ms:
            self._start_ms, self._agreement = start_ms, Agreement()
        self._guessed_ms = at_ms
        self._guess = self._recogniser.ask(pcm, self._channel, self._written, is_final=False)

    def feed(self, at_ms: int, can_wait: bool) -> Iterator[WordEvent]:
        """Words and captions that join the slice ending at `at_ms`; if `can_wait`, blocks until those due are ready."""
        for asked in list(self._asked):
            if at_ms >= asked.due_ms if can_wait else asked.pending.ready():
                self._asked.remove(asked)
                yield from self._take(asked, at_ms)
            elif can_wait or at_ms - asked.end_ms < self._settings.overdue_ms:
                break
        if self._guess is not None and self._guess.ready():
            guessed, self._guess = self._recogniser.take(self._guess, self._written), None
            if guessed is not None and guessed.words:
                agreed = self._agreement.feed(_text(guessed))
                yield WordsGuessed(at_ms, self._channel, self._start_ms, agreed.text, agreed.agreed)

    def finish(self, at_ms: int) -> Iterator[WordEvent]:
        """Blocks until all requested words are ready, and yields them."""
        while self._asked:
            yield from self._take(self._asked.popleft(), at_ms)

    @property
    def _written(self) -> str:
        """The language in which words are asked for: the one spoken where the team allows it."""
        return self._language.now if self._language.now in self._settings.languages else COACHED

    def _take(self, asked: _Asked, at_ms: int) -> Iterator[WordEvent]:
        found = self._recogniser.take(asked.pending, asked.language)
        if found is None:
            return
        if (since_ms := self._language.feed(asked.start_ms, asked.end_ms, found.languages)) is not None:
            spoken, self._guess = self._language.now, None  # what it holds is in the wrong language
            yield LanguageHeard(at_ms, self._channel, since_ms, spoken, spoken == self._written)
        if self._language.now == asked.language == COACHED:
            found = believed(found)
        if asked.voiced_ms is not None:
            found = limited_by_voice(found, asked.voiced_ms)
        for doubt in found.suppressed:
            start_ms = min(max(asked.audio_start_ms + doubt.start_ms, asked.start_ms), asked.end_ms)
            end_ms = min(max(asked.audio_start_ms + doubt.end_ms, start_ms), asked.end_ms)
            yield WordsSuppressed(at_ms, self._channel, start_ms, end_ms, doubt.text, doubt.reason)
        words, text = _placed(found.words, asked), _text(found)
        yield WordsHeard(
            at_ms,
            self._channel,
            asked.start_ms,
            asked.end_ms,
            text,
            words,
            at_ms - asked.end_ms,
            inverse_normalised(words) if asked.language == COACHED else text,
            asked.language,
            found.otherwise,
        )


def _text(found: Recognised) -> str:
    return "".join(w.text for w in found.words).strip()


def _placed(words: Sequence[Word], asked: _Asked) -> tuple[Word, ...]:
    """Words with call times, ascending, limited to the span of the utterance and to where there is voice in it."""
    placed: list[Word] = []
    earliest = asked.start_ms
    for word in words:
        start, end = asked.audio_start_ms + word.start_ms, asked.audio_start_ms + word.end_ms
        for gap in asked.gaps:
            start, end = _beside(start, end, gap)
        start = min(max(start, earliest), asked.end_ms)
        end = min(max(end, start), asked.end_ms)
        placed.append(Word(word.text, start, end, round(word.confidence, 3)))
        earliest = end
    return tuple(placed)


def _beside(start_ms: int, end_ms: int, gap: Span) -> Span:
    """A word that reaches into a gap, on the side where more of it lies: Whisper begins a word where the last ended."""
    before, after = gap[0] - start_ms, end_ms - gap[1]
    if end_ms <= gap[0] or start_ms >= gap[1] or max(before, after) <= 0:
        return start_ms, end_ms
    return (start_ms, gap[0]) if before > after else (gap[1], end_ms)


def quietest_ms(pcm: Pcm, search_ms: int) -> int:
    """Where to divide a long turn: the middle of its quietest moment in the last `search_ms`, ms from its start."""
    hop = SAMPLE_RATE_HZ // 50
    moment = 2 * CUT_MARGIN_MS // 20
    hops = len(pcm) // hop
    energy = (pcm[: hops * hop].astype(np.float64).reshape(hops, hop) ** 2).mean(axis=1)
    smooth = np.convolve(energy, np.ones(moment) / moment, mode="valid")
    first = max(0, len(smooth) - search_ms // 20)
    return (first + int(smooth[first:].argmin()) + moment // 2) * 20
