"""Turn-taking: silences, announced waits and overlaps, from the turns of all channels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import (
    OverlapNoted,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    TurnEnded,
    TurnStarted,
)
from pipeline.ports import SLICE_MS
from pipeline.quantities import ShortMs, WaitMs, in_order


@dataclass(frozen=True, slots=True)
class TurnTakingSettings:
    """How long silence may last, and what an interruption is."""

    silence_from_ms: ShortMs = 1_000  # shorter gaps are no silence
    both_limit_ms: WaitMs = 5_000  # handbook document 002
    agent_limit_ms: WaitMs = 15_000  # with only a microphone the customer may well be talking
    onset_grace_ms: ShortMs = 100  # a pending onset may hold the limit back
    overlap_ms: ShortMs = 500  # onset this deep inside the other's turn, and overlapping this long
    interrupting_turn_ms: ShortMs = 1_000  # shorter turns are back-channels
    yields_within_ms: ShortMs = 1_000  # the other falls silent this soon after the overlap counts
    known_late_ms: ShortMs = 540  # the end of a turn is known so long after it

    def __post_init__(self) -> None:
        in_order(self, "silence_from_ms", "both_limit_ms")
        in_order(self, "silence_from_ms", "agent_limit_ms")


@dataclass(frozen=True, slots=True)
class _Wait:
    by: Channel
    said_end_ms: int
    until_ms: int


class TurnTaking:
    """Feed it every slice's turn events, also when there are none: its clock is the slices."""

    def __init__(self, channels: tuple[Channel, ...], settings: TurnTakingSettings) -> None:
        self._settings = settings
        self._channels = channels
        self._turns: dict[Channel, TurnStarted] = {}  # open ones
        self._ends: dict[Channel, int] = dict.fromkeys(channels, 0)
        self._wait: _Wait | None = None
        self._silence: SilenceStarted | None = None  # as it was sent
        self._reached = False
        self._lost: list[int] = []  # ends of the slices lost in the silence at hand, or in the turn before it
        self._blind: set[Channel] = set()
        self._hearing: tuple[Channel, ...] = channels
        self._last_ended: dict[Channel, TurnEnded] = {}
        self._overlaps: list[tuple[TurnStarted, TurnStarted]] = []  # (spoke first, came in)

    def expect_wait(self, by: Channel, said_end_ms: int, wait_ms: int) -> None:
        """Someone asked for patience: silence is no dead air until they speak again or the promise is over."""
        if self._turns.get(by) is None or self._turns[by].start_ms < said_end_ms:
            self._wait = _Wait(by, said_end_ms, said_end_ms + wait_ms)

    def due(self, at_ms: int) -> bool:
        """A limit falls into the slice ending at `at_ms`: all that was heard must be decided now."""
        if self._turns or self._reached:
            return False
        limit = self._kind_and_limit()[1]
        over = at_ms - self._silent_from - self._lost_ms - limit
        return 0 <= over <= self._settings.onset_grace_ms + SLICE_MS

    def feed(
        self, at_ms: int, events: Sequence[Event], pending_onset: bool, blind: Collection[Channel], lost: bool
    ) -> list[Event]:
        """`lost`: a channel had no data in this slice. `blind`: channels lost for a second or more."""
        out: list[Event] = []
        for event in events:
            if isinstance(event, TurnStarted):
                out += self._start(event)
            elif isinstance(event, TurnEnded):
                out += self._end(event)
        out += self._interruptions(at_ms)
        out += self._back(at_ms, blind)
        # A lost channel is left out once the screen says so; without the agent nothing can be said at all.
        self._hearing = () if Channel.AGENT in blind else tuple(c for c in self._channels if c not in blind)
        if lost and not blind:
            self._lost.append(at_ms)
        if self._hearing and not any(c in self._turns for c in self._hearing):
            out += self._silent(at_ms, pending_onset)
        return out

    def finish(self, at_ms: int) -> list[Event]:
        return self._break(at_ms, at_ms)

    def _back(self, at_ms: int, blind: Collection[Channel]) -> list[Event]:
        """Nobody knows what was said on a side that was lost: silence with it counts from its return."""
        back = [channel for channel in self._blind if channel not in blind]
        self._blind = set(blind)
        if not back:
            return []
        for channel in back:
            self._ends[channel] = at_ms - SLICE_MS
        self._lost, self._reached = [], False
        return self._break(at_ms, at_ms - SLICE_MS)

    @property
    def _silent_from(self) -> int:
        return max((self._ends[c] for c in self._hearing), default=0)

    @property
    def _lost_ms(self) -> int:
        return len(self._lost) * SLICE_MS

    def _kind_and_limit(self) -> tuple[SilenceKind, int]:
        if self._wait is not None:
            return SilenceKind.ANNOUNCED, max(0, self._wait.until_ms - self._silent_from)
        if self._hearing == (Channel.AGENT,):
            return SilenceKind.AGENT, self._settings.agent_limit_ms
        return SilenceKind.BOTH, self._settings.both_limit_ms

    def _silent(self, at_ms: int, pending_onset: bool) -> list[Event]:
        since = at_ms - self._silent_from - self._lost_ms
        if since < self._settings.silence_from_ms:
            return []
        kind, limit = self._kind_and_limit()
        out: list[Event] = []
        if self._silence is None or self._silence.kind is not kind:
            self._silence = SilenceStarted(at_ms, self._silent_from, kind, limit)
            self._reached = False
            out.append(self._silence)
        held = pending_onset and since < limit + self._settings.onset_grace_ms
        if since >= limit and not self._reached and not held:
            self._reached = True
            out.append(SilenceReached(at_ms, self._silent_from, limit, kind))
        return out

    def _start(self, turn: TurnStarted) -> list[Event]:
        for other in self._turns.values():
            self._overlaps.append((other, turn) if other.start_ms <= turn.start_ms else (turn, other))
        self._turns[turn.channel] = turn
        out = self._break(turn.at_ms, turn.start_ms)
        if self._wait and turn.channel is self._wait.by and turn.start_ms >= self._wait.said_end_ms:
            self._wait = None
        return out

    def _end(self, turn: TurnEnded) -> list[Event]:
        self._turns.pop(turn.channel, None)
        self._ends[turn.channel] = turn.end_ms
        self._last_ended[turn.channel] = turn
        if not self._turns:
            # A turn that ends in a hole is known to have ended only after it: the hole is part of the silence.
            self._lost = [lost_ms for lost_ms in self._lost if lost_ms > self._silent_from]
            self._reached = False
        return []

    def _break(self, at_ms: int, end_ms: int) -> list[Event]:
        silence, self._silence = self._silence, None
        if silence is None:
            return []
        return [SilenceEnded(at_ms, silence.start_ms, max(end_ms, silence.start_ms), silence.kind)]

    def _interruptions(self, at_ms: int) -> list[Event]:
        """Overlaps whose meaning is known now. `held` spoke first, `came` began to speak into it."""
        out: list[Event] = []
        waiting: list[tuple[TurnStarted, TurnStarted]] = []
        s = self._settings
        for held, came in self._overlaps:
            held_end, came_end = self._end_of(held), self._end_of(came)
            overlap_end = min(held_end or at_ms, came_end or at_ms)
            overlap_ms = overlap_end - came.start_ms
            yields = held_end is not None and (came_end is None or came_end > held_end)
            may_yield = held_end is None and came_end is None and overlap_ms < s.overlap_ms + s.yields_within_ms
            came_ms = (came_end or at_ms) - came.start_ms
            if may_yield or (yields and came_end is None and came_ms <= s.interrupting_turn_ms + s.known_late_ms):
                waiting.append((held, came))
                continue
            took = (
                yields
                and came.start_ms - held.start_ms >= s.overlap_ms
                and overlap_ms <= s.overlap_ms + s.yields_within_ms
                and came_ms > s.interrupting_turn_ms
            )
            if overlap_ms >= s.overlap_ms:
                out.append(OverlapNoted(at_ms, came.start_ms, overlap_end, came.channel if took else None))
        self._overlaps = waiting
        return out

    def _end_of(self, turn: TurnStarted) -> int | None:
        if self._turns.get(turn.channel) is turn:
            return None
        ended = self._last_ended.get(turn.channel)
        return ended.end_ms if ended and ended.start_ms == turn.start_ms else turn.start_ms
