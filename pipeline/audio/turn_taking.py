"""Turn-taking: silences, announced waits and overlaps, from what the ears tell of all channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.events.channels import Channel, ChannelBack, ChannelLost, GapEnded, GapStarted
from pipeline.events.record import Event
from pipeline.events.turns import (
    AnswerAwaited,
    OnsetPending,
    OverlapNoted,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    SoundEnded,
    TurnEnded,
    TurnStarted,
    WaitEnded,
    WaitNearsEnd,
    WaitRequested,
)
from pipeline.events.words import WordsHeard
from pipeline.first_voice import FirstVoice
from pipeline.ports import SLICE_MS
from pipeline.prompts import PlayedPrompts
from pipeline.quantities import NEVER_MS, ShortMs, WaitMs, in_order


@dataclass(frozen=True, slots=True)
class TurnTakingSettings:
    """Limits of silences, and the definition of an interruption."""

    silence_from_ms: ShortMs = 1_000  # shorter gaps are no silence
    both_limit_ms: WaitMs = 5_000  # limit when both sides are heard: handbook document 002
    agent_limit_ms: WaitMs = 15_000  # limit when only the agent is heard: the customer may be talking
    onset_grace_ms: ShortMs = 100  # a possible onset delays SilenceReached by at most this
    overlap_ms: ShortMs = 500  # an interruption begins this long after the other's onset, and overlaps this long,
    interrupting_turn_ms: ShortMs = 1_000  # lasts longer than this (shorter turns are back-channels),
    yields_within_ms: ShortMs = 1_000  # and the other side falls silent within this time after overlap_ms
    known_late_ms: ShortMs = 540  # latency with which the end of a turn is known

    def __post_init__(self) -> None:
        in_order(self, "silence_from_ms", "both_limit_ms")
        in_order(self, "silence_from_ms", "agent_limit_ms")


BACK_UNHEARD_MS = 3_000
"""Of so much speech of the agent in a wait, with no words known of it, nobody says that the customer still waits."""
NEAR_FROM_MS, NEAR_MS, NEAR_LEAST_MS = 120_000, 30_000, 15_000
"""Of a wait longer than this it is told that its end is so near; nearer than the last, the end itself will tell."""


class TurnTaking:
    """Silences and overlaps of one call. Must be fed every slice, also without events: slices are its clock.

    It knows nothing but the events it is fed: fed with the same ones again it says the same again.
    """

    def __init__(
        self,
        channels: tuple[Channel, ...],
        settings: TurnTakingSettings,
        prompts: PlayedPrompts | None = None,
        least_voice_ms: int = 0,
    ) -> None:
        """`prompts`: all that were played so far, kept up to date from outside. `least_voice_ms`: see FirstVoice."""
        self._settings = settings
        self._channels = channels
        self._first_voice = FirstVoice(prompts or PlayedPrompts(), least_voice_ms)
        self._turns: dict[Channel, TurnStarted] = {}  # open turns
        self._ends: dict[Channel, int] = dict.fromkeys(channels, 0)
        self._unheard_from = 0  # since when the customer has been silent, as long as there was no voice
        self._wait: WaitRequested | None = None  # that lasts
        self._unheard = _Unheard()
        self._is_near_told = False  # that its end is near
        self._answer: AnswerAwaited | None = None  # what the agent asked last, until somebody speaks
        self._wordless_ms = 0  # end of the customer's last turn that is too short for an answer and has no words yet
        self._silence: SilenceStarted | None = None  # the open silence, as it was sent
        self._reached: tuple[int, SilenceKind] | None = None  # start and kind of the silence that was long enough
        self._lost_slices: list[int] = []  # ends of the slices lost in the present silence, or in the turn before it
        self._gaps: set[Channel] = set()  # channels without data
        self._lost: set[Channel] = set()  # those reported as lost
        self._hearing: tuple[Channel, ...] = channels
        self._last_ended: dict[Channel, TurnEnded] = {}
        self._overlaps: list[tuple[TurnStarted, TurnStarted]] = []  # (spoke first, came in)
        self.wake_ms = 0  # in no slice that ends earlier does anything follow, unless there is an event

    def due(self, at_ms: int) -> bool:
        """Whether a silence limit falls into the slice ending at `at_ms`, so that the VAD must decide at once."""
        if at_ms < self.wake_ms:
            return False
        kind, limit = self._kind_and_limit()
        if self._is_somebody_speaking(at_ms) or self._reached == (self._silent_from, kind):
            return False
        over = at_ms - self._silent_from - self._lost_ms - limit
        return 0 <= over <= self._settings.onset_grace_ms + SLICE_MS

    def feed(self, at_ms: int, events: Sequence[Event]) -> list[Event]:
        """Takes what was heard in the slice that ends at `at_ms`; silences and overlaps that are known now."""
        if not events and at_ms < self.wake_ms:
            return []
        out: list[Event] = []
        for event in events:
            match event:
                case TurnStarted():
                    out += self._start(event)
                case TurnEnded():
                    self._end(event)
                case WaitRequested():
                    self._wait_for(event)
                case WaitEnded():
                    self._wait = None
                case WordsHeard(channel=Channel.AGENT):
                    self._unheard.words(event)
                case AnswerAwaited() if self._ends[Channel.AGENT] <= event.end_ms + SLICE_MS:
                    self._answer = event
                case WordsHeard(channel=Channel.CUSTOMER) if event.text and self._answer:
                    self._wordless_ms = 0 if event.end_ms > self._answer.end_ms else self._wordless_ms
                case GapStarted():
                    self._gaps.add(event.channel)
                case GapEnded():
                    self._gaps.discard(event.channel)
                case ChannelLost():
                    self._lost.add(event.channel)
        self._first_voice.feed(at_ms, events)
        out += self._interruptions(at_ms)
        for event in events:
            if isinstance(event, ChannelBack):
                out += self._back(at_ms, event)
        # A channel reported as lost is left out; without the agent's channel there are no silences at all.
        lost = Channel.AGENT in self._lost
        self._hearing = () if lost else tuple(c for c in self._channels if c not in self._lost)
        if self._gaps and not self._lost:
            self._lost_slices.append(at_ms)
        if self._hearing and not self._is_somebody_speaking(at_ms):
            out += self._silent(at_ms, any(isinstance(event, OnsetPending) for event in events))
        if any(isinstance(event, SoundEnded) for event in events):
            out += self._end_silence(at_ms, at_ms)
        self.wake_ms = self._next_ms(at_ms)
        return out

    def _next_ms(self, at_ms: int) -> int:
        """When something follows next without an event; at once where that is not simple to say."""
        if self._overlaps or self._gaps or not self._first_voice.is_certain:
            return at_ms
        if not self._hearing or self._is_somebody_speaking(at_ms):
            return NEVER_MS
        kind, limit_ms = self._kind_and_limit()
        silent_ms = self._silent_from + self._lost_ms
        wakes = [silent_ms + self._settings.silence_from_ms] if self._silence is None else []
        if self._reached != (self._silent_from, kind):
            wakes.append(silent_ms + limit_ms)
        if self._wait is not None and not self._is_near_told and self._wait.over_ms - at_ms >= NEAR_LEAST_MS:
            wakes.append(self._wait.over_ms - NEAR_MS)
        return min(wakes, default=NEVER_MS)

    def _wait_for(self, wait: WaitRequested) -> None:
        turn = self._turns.get(wait.channel)
        if turn is None or not _is_back(wait, turn):
            if self._wait is None or self._wait.since_ms != wait.since_ms:
                self._unheard.since(wait.end_ms)
            self._wait, self._is_near_told = wait, False

    def _back(self, at_ms: int, back: ChannelBack) -> list[Event]:
        """What was said on a lost channel is unknown, so silence with it counts from its return."""
        self._lost.discard(back.channel)
        self._ends[back.channel] = self._unheard_from = at_ms - SLICE_MS
        self._lost_slices = []
        return self._end_silence(at_ms, at_ms - SLICE_MS)

    def _is_somebody_speaking(self, at_ms: int) -> bool:
        return any(
            turn.channel in self._hearing
            and not (turn.channel is Channel.CUSTOMER and self._first_voice.is_prompt(at_ms, turn.start_ms))
            for turn in self._turns.values()
        )

    @property
    def _silent_from(self) -> int:
        """Where the silence begins. Prompts and clicks before the customer's first voice do not move it."""
        return max((self._end_of_speech(c) for c in self._hearing), default=0)

    def _end_of_speech(self, channel: Channel) -> int:
        is_unheard = channel is Channel.CUSTOMER and not self._first_voice.is_heard
        return self._unheard_from if is_unheard else self._ends[channel]

    @property
    def _lost_ms(self) -> int:
        return sum(lost_ms > self._silent_from for lost_ms in self._lost_slices) * SLICE_MS

    def _kind_and_limit(self) -> tuple[SilenceKind, int]:
        if self._wait is not None:
            left_ms = self._wait.over_ms - self._silent_from
            # The time is up and the customer has said something: the agent may take a moment to answer it.
            return SilenceKind.ANNOUNCED, left_ms if left_ms > 0 else self._settings.both_limit_ms
        if self._hearing == (Channel.AGENT,):
            return SilenceKind.AGENT, self._settings.agent_limit_ms
        limit_ms = self._settings.both_limit_ms
        if self._answer is not None and self._is_customer_next(self._answer):
            limit_ms = max(limit_ms, self._answer.limit_ms)
        return SilenceKind.BOTH, limit_ms

    def _is_customer_next(self, answer: AnswerAwaited) -> bool:
        """Nobody has spoken since, and the customer is there: before, the silent call's steps are due."""
        since_ms = max(answer.end_ms, self._wordless_ms) + SLICE_MS
        return self._first_voice.is_heard and self._silent_from <= since_ms

    def _silent(self, at_ms: int, pending_onset: bool) -> list[Event]:
        since = at_ms - self._silent_from - self._lost_ms
        if since < self._settings.silence_from_ms:
            return []
        kind, limit = self._kind_and_limit()
        if kind is SilenceKind.ANNOUNCED and since >= limit and self._unheard.ms >= BACK_UNHEARD_MS:
            self._wait = None  # no words told that the agent is back, as there are none
            kind, limit = self._kind_and_limit()
        out: list[Event] = []
        if self._silence is None or (self._silence.kind, self._silence.limit_ms) != (kind, limit):
            self._silence = SilenceStarted(at_ms, self._silent_from, kind, limit)
            out.append(self._silence)
        out += self._near_end(at_ms)
        held = pending_onset and since < limit + self._settings.onset_grace_ms
        if since >= limit and self._reached != (self._silent_from, kind) and not held:
            self._reached = (self._silent_from, kind)
            out.append(SilenceReached(at_ms, self._silent_from, limit, kind))
        return out

    def _near_end(self, at_ms: int) -> list[Event]:
        wait = self._wait
        if wait is None or self._unheard.ms >= BACK_UNHEARD_MS or self._is_near_told or wait.limit_ms <= NEAR_FROM_MS:
            return []
        left_ms = wait.over_ms - at_ms
        if not NEAR_LEAST_MS <= left_ms <= NEAR_MS:
            return []
        self._is_near_told = True
        return [WaitNearsEnd(at_ms, wait.since_ms, left_ms)]

    def _start(self, turn: TurnStarted) -> list[Event]:
        for other in self._turns.values():
            self._overlaps.append((other, turn) if other.start_ms <= turn.start_ms else (turn, other))
        self._turns[turn.channel] = turn
        out = self._end_silence(turn.at_ms, turn.start_ms)
        if self._wait and _is_back(self._wait, turn):
            self._wait = None
        return out

    def _end(self, turn: TurnEnded) -> None:
        self._turns.pop(turn.channel, None)
        self._ends[turn.channel] = turn.end_ms
        self._last_ended[turn.channel] = turn
        if self._wait is not None and turn.channel is self._wait.channel is Channel.AGENT:
            self._unheard.turn(turn)
        if turn.channel is Channel.CUSTOMER and turn.end_ms - turn.start_ms < self._settings.interrupting_turn_ms:
            self._wordless_ms = turn.end_ms
        elif self._answer is not None and turn.end_ms > self._answer.end_ms + SLICE_MS:
            self._answer = None
        if not self._turns and self._first_voice.is_heard:
            # A turn that ends in a gap is known to have ended only after it; the gap belongs to the silence.
            self._lost_slices = [lost_ms for lost_ms in self._lost_slices if lost_ms > self._silent_from]

    def _end_silence(self, at_ms: int, end_ms: int) -> list[Event]:
        silence, self._silence = self._silence, None
        if silence is None:
            return []
        return [SilenceEnded(at_ms, silence.start_ms, max(end_ms, silence.start_ms), silence.kind)]

    def _interruptions(self, at_ms: int) -> list[Event]:
        """Overlaps that can be classified now. `held` spoke first, `came` began during it."""
        out: list[Event] = []
        waiting: list[tuple[TurnStarted, TurnStarted]] = []
        s = self._settings
        longest_ms = s.overlap_ms + s.yields_within_ms
        for held, came in self._overlaps:
            held_end, came_end = self._end_of(held), self._end_of(came)
            overlap_end = min(held_end or at_ms, came_end or at_ms)
            overlap_ms = overlap_end - came.start_ms
            yields = held_end is not None and (came_end is None or came_end > held_end)
            may_yield = held_end is None and came_end is None and overlap_ms < longest_ms + s.known_late_ms
            came_ms = (came_end or at_ms) - came.start_ms
            if may_yield or (yields and came_end is None and came_ms <= s.interrupting_turn_ms + s.known_late_ms):
                waiting.append((held, came))
                continue
            took = (
                yields
                and came.start_ms - held.start_ms >= s.overlap_ms
                and overlap_ms <= longest_ms
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


class _Unheard:
    """Turns of the agent since a wait began of which no words have come: there may be no recogniser just now.

    A turn is unheard until words within it come, however late.
    """

    def __init__(self) -> None:
        self._turns: list[TurnEnded] = []
        self._since_ms = 0

    @property
    def ms(self) -> int:
        return sum(turn.end_ms - turn.start_ms for turn in self._turns)

    def since(self, end_ms: int) -> None:
        self._since_ms = end_ms
        self._turns = [turn for turn in self._turns if turn.start_ms >= end_ms]

    def turn(self, turn: TurnEnded) -> None:
        if turn.start_ms >= self._since_ms:
            self._turns.append(turn)

    def words(self, words: WordsHeard) -> None:
        self._turns = [t for t in self._turns if t.end_ms <= words.start_ms or t.start_ms >= words.end_ms]


def _is_back(wait: WaitRequested, turn: TurnStarted) -> bool:
    """Whether this turn ends the wait. Of the agent words say so (WaitEnded), and any turn once the time is up."""
    is_over = turn.start_ms >= (wait.over_ms if wait.channel is Channel.AGENT else wait.end_ms)
    return turn.channel is wait.channel and is_over
