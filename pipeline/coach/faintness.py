"""Whether one side of a call is too faint to be heard, judged over its utterances."""

from __future__ import annotations

from typing import Protocol

from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.measures import LevelMeasured
from pipeline.events.turns import TurnEnded

LevelFact = TurnEnded | LevelMeasured | ChannelLost | ChannelBack


class FaintLimits(Protocol):
    """What is too faint. Levels in dBFS, ratios to the noise in dB, times in ms."""

    @property
    def channel(self) -> Channel: ...
    @property
    def below_dbfs(self) -> float: ...
    @property
    def below_snr_db(self) -> float: ...
    @property
    def least_snr_db(self) -> float: ...
    @property
    def utterances(self) -> int: ...
    @property
    def least_ms(self) -> int: ...
    @property
    def shortest_ms(self) -> int: ...
    @property
    def recovery_db(self) -> float: ...
    @property
    def recovery_ms(self) -> int: ...


class Faintness:
    """Whether one side is too faint, judged over utterances; between the limits nothing changes (hysteresis)."""

    def __init__(self, when: FaintLimits) -> None:
        self._when = when
        self._faint: dict[int, int] = {}  # utterances in a row that were too faint: start and length, ms
        self._from_ms = 0  # what began earlier no longer counts
        self._is_lost = False
        self._ended_ms = -1  # of the last utterance
        self.since_ms: int | None = None  # start of what made it too faint
        self.last: LevelMeasured | None = None

    @property
    def is_proven(self) -> bool:
        """Too faint, and heard so since `start_anew`."""
        return self.since_ms is not None and self._is_enough

    @property
    def _is_enough(self) -> bool:
        return len(self._faint) >= self._when.utterances and sum(self._faint.values()) >= self._when.least_ms

    def start_anew(self, at_ms: int) -> None:
        """Somebody asked: what was said before tells nothing about the answer."""
        self._faint.clear()
        self._from_ms = at_ms

    def forget(self) -> None:
        self._faint.clear()
        self.since_ms = None

    def feed(self, event: LevelFact) -> bool:
        """True when a voice loud enough is heard."""
        if event.channel is not self._when.channel:
            return False
        if isinstance(event, TurnEnded):  # its last reading comes next
            self._ended_ms = event.end_ms
            return False
        if not isinstance(event, LevelMeasured):
            self._is_lost = isinstance(event, ChannelLost)
            self.forget()
            return False
        when, snr_db = self._when, event.snr_db
        length_ms = event.end_ms - event.start_ms
        # What does not stand out of the noise may be no voice at all.
        is_voice = length_ms >= when.shortest_ms and (snr_db is None or snr_db >= when.least_snr_db)
        if self._is_lost or not is_voice or event.start_ms < self._from_ms:
            return False
        self.last = event
        # A loud first word makes no loud utterance: that shows when it is over, or has lasted.
        is_settled = event.end_ms == self._ended_ms or length_ms >= when.recovery_ms
        if event.speech_dbfs < when.below_dbfs or (snr_db is not None and snr_db < when.below_snr_db):
            self._faint[event.start_ms] = length_ms
            if self.since_ms is None and self._is_enough:
                self.since_ms = min(self._faint)
            return False
        self._faint.pop(event.start_ms, None)
        if not is_settled:
            return False
        if self.since_ms is None:
            self._faint.clear()
        is_loud = event.speech_dbfs >= when.below_dbfs + when.recovery_db
        if not is_loud or (snr_db is not None and snr_db < when.below_snr_db + when.recovery_db):
            return False
        self.forget()
        return True
