"""Turn-taking: turns, silences, overlaps and interruptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.events.channels import Channel


class SilenceKind(StrEnum):
    """Kind of a silence; it decides the limit."""

    BOTH = "both"
    AGENT = "agent"  # only the agent's microphone is heard
    ANNOUNCED = "announced"  # somebody asked the other side to wait (请稍等)
    HOLD = "hold"  # told by the telephone system: no limit


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """`start_ms`: the first voiced slice; `at_ms` is at least 100 ms of voice later."""

    at_ms: int
    channel: Channel
    start_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """`end_ms`: the end of the last voiced slice; it is known once the pause exceeds 300 ms, at `at_ms`."""

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class OnsetPending:
    """Sound on `channel` may become a turn. Told in the slices in which it holds back a silence whose limit is full."""

    at_ms: int
    channel: Channel


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """The last slice of the call is over: turns and words that are told after this were open until then."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class WaitRequested:
    """`channel` asked the other side for patience, in words from `start_ms` to `end_ms`, which `text` holds.

    `wait_ms`: the time that was asked for, null when none was said. `limit_ms`: how long they may stay away.
    `first_end_ms`: the end of the first request of the same wait, null when this is the first.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    wait_ms: int | None
    limit_ms: int
    first_end_ms: int | None = None

    @property
    def since_ms(self) -> int:
        """Since when the other side waits."""
        return self.end_ms if self.first_end_ms is None else self.first_end_ms

    @property
    def over_ms(self) -> int:
        """When the time is up."""
        return self.end_ms + self.limit_ms


@dataclass(frozen=True, slots=True)
class WaitEnded:
    """The agent, who asked for patience until `start_ms`, is back with the matter from `end_ms` on.

    Told by what is said then: light talk, a filler or a sound end no wait. A wait that the customer asked for ends with
    the customer's next turn, and nothing tells it.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class WaitNearsEnd:
    """A wait of over two minutes is over in `left_ms`, and nobody speaks. It was asked for until `start_ms`."""

    at_ms: int
    start_ms: int
    left_ms: int


@dataclass(frozen=True, slots=True)
class AnswerAwaited:
    """The agent asked something, in words from `start_ms` to `end_ms`: the customer may think for `limit_ms`.

    Told again with a later `end_ms` when the customer has said 嗯 and no more.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    limit_ms: int


@dataclass(frozen=True, slots=True)
class SilenceStarted:
    """Sent once a silence is 1,000 ms long, or when its kind or its limit changes. `limit_ms` is null for hold."""

    at_ms: int
    start_ms: int
    kind: SilenceKind
    limit_ms: int | None


@dataclass(frozen=True, slots=True)
class SilenceReached:
    """The silence has lasted `limit_ms` and still lasts."""

    at_ms: int
    start_ms: int
    limit_ms: int
    kind: SilenceKind


@dataclass(frozen=True, slots=True)
class SilenceEnded:
    """The silence lasted from `start_ms` to `end_ms`, the onset of the next turn; `kind` as it was last sent."""

    at_ms: int
    start_ms: int
    end_ms: int
    kind: SilenceKind


@dataclass(frozen=True, slots=True)
class OverlapNoted:
    """Both sides spoke from `start_ms` to `end_ms`; `interrupter` is null when it was no interruption."""

    at_ms: int
    start_ms: int
    end_ms: int
    interrupter: Channel | None
