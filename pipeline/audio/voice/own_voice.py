"""Tells the agent's own voice from background voices on the same channel: a colleague at the next desk, a radio.

A syllable near the level of the agent's loud ones is the agent's, and so is what is soft beside it: a sentence falls
towards its end. A voice that stays fainter is in question until enough of it is heard. It is a colleague's, or the
agent's own, softer since the boom was moved: told apart by its timbre, by how much fainter it is, and by whether it
answers the customer. What is accepted late counts from its beginning.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Annotated

from pipeline.audio.tape import Tape
from pipeline.audio.voice.timbre import FRAME, Timbre
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS
from pipeline.quantities import Decibels, Factor, ShortMs, WindowMs, in_order, within

_FRAME_MS = FRAME * 1000 // SAMPLE_RATE_HZ
_LATEST_MS = 5_000  # a voice in question counts from at most so far back
_ANSWERED_MS = 1_500  # after so much loud voice the customer is answered
_LEARNED_EVERY = 5  # slices of the own voice: a frame of its timbre each


@dataclass(frozen=True, slots=True)
class OwnVoiceSettings:
    """When a voice on the agent's channel counts as the agent's own."""

    fainter_db: Decibels = 8.0  # syllables this far below the agent's own are in question
    known_after_ms: WindowMs = 3_000  # voice needed to learn the agent's level; before that every voice counts
    beside_ms: ShortMs = 300  # soft voice this close before the agent's loud voice is the agent's,
    falling_ms: WindowMs = 1_200  # and for so long after it, without a pause longer than that
    smoothing_ms: Annotated[int, within(20, 1_000)] = 80  # time constant of levels: one loud slice is no syllable
    forget_db_per_s: Decibels = 0.3  # decay of the learned level while a fainter voice is heard
    judged_from_ms: WindowMs = 800  # voice in question needed for a judgement where it may answer the customer,
    unasked_from_ms: WindowMs = 2_000  # and where the agent spoke last;
    judged_every_ms: WindowMs = 400  # then again and again, while it goes on
    softer_db: Decibels = 12.0  # the same voice may be this much softer than before,
    strange_db: Factor = 20.0  # less so much for each 1.0 by which its timbre is further from the own one,
    answer_db: Decibels = 3.0  # more by this where it may answer the customer,
    doubt_db: Decibels = 1.0  # by this where a hint depends on it: a wrong one costs more than a missing one,
    alone_db_per_s: Decibels = 0.5  # and by so much for each second beyond the first five that no louder one is heard

    def __post_init__(self) -> None:
        in_order(self, "judged_from_ms", "unasked_from_ms")


class OwnVoice:
    """Filter for the voiced slices of one channel, fed in order; it takes the sound of them from the channel's tape."""

    RISE, FALL = 0.1, 0.004  # smoothing factors; the level settles at about the loudest tenth of the speech

    def __init__(self, settings: OwnVoiceSettings, tape: Tape) -> None:
        self._settings = settings
        self._tape = tape
        self._smooth_dbfs = -100.0
        self._last_ms = -10_000
        self._timbre = Timbre()
        self._loud_slices = 0
        self._in_question: deque[int] = deque()  # starts of slices, while no loud one comes
        self._since_other_ms = _ANSWERED_MS  # loud own voice since the other side last spoke
        self.new_microphone()

    def new_microphone(self) -> None:
        """What is known of the level no longer holds: the channel is back after it was lost."""
        self._own_dbfs = -100.0  # loudness of the agent's syllables
        self._known_ms = 0  # voice that the level was learned from
        self._own_end_ms = self._loud_end_ms = -10_000  # end of the last own slice, of the last loud one
        self._reset_question()

    @property
    def questioned_from_ms(self) -> int | None:
        """Start of a voice in question that may still be accepted from its beginning."""
        return self._in_question[0] if self._in_question else None

    @property
    def _is_answer(self) -> bool:
        return self._since_other_ms < _ANSWERED_MS

    @property
    def _judged_from_ms(self) -> int:
        return self._settings.judged_from_ms if self._is_answer else self._settings.unasked_from_ms

    def other_turn(self, turn: TurnStarted | TurnEnded) -> None:
        """A turn of the other side: what comes after it may be the answer."""
        if isinstance(turn, TurnEnded):
            self._since_other_ms = 0

    def feed(self, start_ms: int, dbfs: float) -> list[int]:
        """Takes a voiced slice; returns the starts of all slices accepted now, earlier soft ones included."""
        s = self._settings
        if start_ms - self._last_ms > s.smoothing_ms:  # a new piece of speech
            self._smooth_dbfs = dbfs
        self._last_ms = start_ms
        self._smooth_dbfs += (dbfs - self._smooth_dbfs) * SLICE_MS / s.smoothing_ms
        level = min(dbfs, self._smooth_dbfs)
        if self._known_ms < s.known_after_ms or level > self._own_dbfs - s.fainter_db:
            return self._loud(start_ms, level)
        if start_ms - self._own_end_ms < s.beside_ms and start_ms - self._loud_end_ms < s.falling_ms:
            return self._accept([start_ms])
        return self._question(start_ms, level)

    def _loud(self, start_ms: int, level: float) -> list[int]:
        if not self._known_ms:
            self._own_dbfs = level
        self._known_ms += SLICE_MS
        self._since_other_ms += SLICE_MS
        self._own_dbfs += (self.RISE if level > self._own_dbfs else self.FALL) * (level - self._own_dbfs)
        self._loud_end_ms = start_ms + SLICE_MS
        self._learn_timbre(start_ms)
        before = [at for at in self._in_question if start_ms - at <= self._settings.beside_ms]
        return self._accept([*before, start_ms])

    def _question(self, start_ms: int, level: float) -> list[int]:
        s = self._settings
        self._own_dbfs -= s.forget_db_per_s * SLICE_MS / 1000
        rise = self.RISE if level > self._question_dbfs else self.FALL
        self._question_dbfs += rise * (level - self._question_dbfs) if self._in_question else level
        self._in_question.append(start_ms)
        while start_ms - self._in_question[0] > _LATEST_MS:
            self._in_question.popleft()
        self._questioned_ms += SLICE_MS
        over_ms = self._questioned_ms - self._judged_from_ms
        return self._judge(0.0) if over_ms >= 0 and over_ms % s.judged_every_ms == 0 else []

    def decide(self) -> list[int]:
        """Judges the voice in question now, because a hint depends on it; the slices accepted."""
        return self._judge(self._settings.doubt_db) if self._in_question else []

    def _judge(self, doubt_db: float) -> list[int]:
        s = self._settings
        pcm, _ = self._tape.cut(self._in_question[0], self._in_question[-1] + SLICE_MS)
        found = self._timbre.likeness(pcm)
        if found is None:
            return []
        strange_db = s.strange_db * max(0.0, found.apart - 1)
        alone_db = s.alone_db_per_s * max(0, self._questioned_ms - _LATEST_MS) / 1000
        may_be_softer_db = s.softer_db - strange_db + s.answer_db * self._is_answer + doubt_db + alone_db
        if found.softer_db > may_be_softer_db:
            return []
        self._own_dbfs = self._question_dbfs
        self._loud_end_ms = self._in_question[-1] + SLICE_MS
        return self._accept(list(self._in_question))

    def _learn_timbre(self, start_ms: int) -> None:
        self._loud_slices += 1
        if self._loud_slices % _LEARNED_EVERY == 0:
            end_ms = start_ms + SLICE_MS
            frame, _ = self._tape.cut(end_ms - _FRAME_MS, end_ms)
            if len(frame) == FRAME:
                self._timbre.learn(frame)

    def _accept(self, starts: list[int]) -> list[int]:
        self._own_end_ms = starts[-1] + SLICE_MS
        self._reset_question()
        return starts

    def _reset_question(self) -> None:
        self._in_question.clear()
        self._question_dbfs = 0.0  # loudness of its syllables
        self._questioned_ms = 0
