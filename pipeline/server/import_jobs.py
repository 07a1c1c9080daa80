"""What is known of recordings that people drop on a page: what they may cost, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict

from pipeline.errors import CallcoachError
from pipeline.events.call import CallFacts
from pipeline.quantities import Share, within

MB = 1_000_000

State = Literal["waiting", "decoding", "scoring", "done", "refused"]
Reason = Literal["unreadable", "cut_off", "memory", "time", "died", "store", "taken", "deleted", "barred", "failed"]
REASONS: tuple[Reason, ...] = Reason.__args__  # type: ignore[attr-defined]
Megabytes = Annotated[int, within(1, 10_000_000)]


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What recordings that are dropped on the page may cost."""

    file_mb: Megabytes = 500
    waiting_mb: Megabytes = 5_000  # of all that come and wait, but for whoever has paused
    person_mb: Megabytes = 2_000  # of one person's that come and wait
    person_files: Annotated[int, within(1, 100_000)] = 1_000  # the same
    free_mb: Megabytes = 2_000  # of the disk stay free
    memory_mb: Megabytes = 6_000  # address space of the process that reads one
    longest_s: Annotated[int, within(1, 86_400)] = 3_600  # processor time for one; twice as long by the clock


@dataclass(frozen=True, slots=True)
class Upload:
    """What the process is told. `id`: of the call that it is to become."""

    id: str
    path: Path
    name: str
    facts: CallFacts
    started_at: str
    agent_channel: Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a new call has been scored with. Nulls where it has no score; `assessed_share` of the weights that count.

    `to_confirm`: fatal faults that nobody has heard yet. `is_mixed`: nobody knows who of it is the agent.
    """

    score: Annotated[float, within(-1_000, 1_000)] | None
    assessed_share: Share | None
    to_confirm: Annotated[int, within(0, 1_000)]
    is_mixed: bool


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One recording. `share` of it is scored. `call_id`: once it is done; `is_known`: it was a call before.

    `figures`: of a call that it has become now. `ahead`: so many recordings, whoever's, come before one that waits;
    null where its person has paused.
    `reason`: why it was refused, `detail` the same in a sentence.
    """

    id: str
    name: str
    bytes: int
    state: State = "waiting"
    share: float = 0.0
    call_id: str | None = None
    is_known: bool = False
    reason: Reason | None = None
    detail: str = ""
    ahead: int | None = None
    figures: Figures | None = None

    __pydantic_config__ = ConfigDict(json_schema_serialization_defaults_required=True)  # every answer has every field


@dataclass(frozen=True, slots=True)
class Dropped:
    """What somebody has dropped, the oldest first. `others`: so many of other people wait or are at work."""

    jobs: tuple[ImportJob, ...]
    is_paused: bool
    others: int


class ImportRefused(CallcoachError):
    """There is no room for it. `is_for_good`: nor will there be."""

    def __init__(self, why: str, *, is_for_good: bool) -> None:
        super().__init__(why)
        self.is_for_good = is_for_good


Work = Callable[[Upload, Connection], None]
"""Runs in the process: sends `{"share": 0.5}` at times, and at last what came of it.

That is `{"call_id", "is_known", "figures"}`, the last as Figures or null, or `{"reason", "detail"}`.
"""
