"""What reviews ask of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.people.permissions import Role
from pipeline.people.person import Within
from pipeline.reviews.entries import Act, Entry
from pipeline.reviews.review import Review, Stage


@dataclass(frozen=True, slots=True)
class Outline:
    """What lists show of a review. `total`, `fatal`: by people, null where none has judged; the times: as of Review."""

    stage: Stage
    total: float | None
    reviewer: str | None
    until: float | None
    unseen: int
    check_until: float | None = None
    fatal: int | None = None


def outline_of(review: Review) -> Outline:
    card = review.card if review.stage is not Stage.NONE else None
    total, fatal = (card.total, card.fatal) if card is not None else (None, None)
    return Outline(review.stage, total, review.reviewer, review.until, review.unseen, review.check_until, fatal)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits for somebody. `reviewer`: as of Outline."""

    call_id: str
    agent_id: str | None
    team: str | None
    started_at: float | None  # here and below: seconds since 1970
    stage: Stage
    until: float | None
    unseen: int
    reviewer: str | None


OwnTab = Literal["week", "commented", "to_answer", "appealed"]
"""Which of an agent's calls: those of the last days, with comments of others, to be answered, with an appeal."""


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A call of an agent's own list; `number`: its place there. `assessed_share`: of what the call offered."""

    number: int
    call_id: str
    started_at: float | None
    assessed_share: float | None
    stage: Stage
    unseen: int


class ReviewsKept(Protocol):
    """Thread-safe. Everything raises StoreError."""

    def now(self) -> float:
        """The database's clock, in seconds since 1970."""

    def entries(self, call_id: str) -> list[Entry]:
        """In the order of their numbers."""

    def agent_of(self, call_id: str) -> str | None:
        """The user to whom the call's agent id is or was given; None where nobody is known."""

    def add(self, call_id: str, actor: str, role: Role, act: Act) -> Entry:
        """Behind the last one of the call."""

    def outline(self, call_id: str, outline: Outline) -> None:
        """What lists show from now on."""

    def waiting(self, stages: Sequence[Stage], within: Within | None, *, only_open: bool = False) -> list[Waiting]:
        """Those whose time ends first come first. `only_open`: with items that the agent may still answer."""

    def unseen(self, within: Within | None) -> list[Waiting]:
        """With comments that the agent has not seen."""

    def reviewed(self, within: Within | None, since: float | None, until: float | None) -> list[str]:
        """Calls that people have judged, by when they began."""

    def of_no_use(self, within: Within | None, since: float | None, until: float | None) -> dict[str, int]:
        """How often agents marked a hint as not useful, by rule, in calls that began then."""

    def own(
        self, agent_id: str, tab: OwnTab, since: float, limit: int, after: int | None = None, call_id: str | None = None
    ) -> list[OwnRow]:
        """Calls of an agent, newest first, behind number `after`; with `call_id` that one alone, of whatever tab.

        `since`: of the tab `week`, seconds since 1970.
        """

    def own_counts(self, agent_id: str, since: float) -> dict[OwnTab, int]:
        """How many calls each tab has."""

    def own_scored(self, agent_id: str, since: float, limit: int) -> list[OwnRow]:
        """Those with a card that began since then, newest first."""
