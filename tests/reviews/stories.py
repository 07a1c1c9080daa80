"""A call's review as people make it, one after the other, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pipeline.events.score import CallScored
from pipeline.people.permissions import Role
from pipeline.reviews.entries import Act, Entry, ItemReopened, ReviewFinished
from pipeline.reviews.refusals import Asked, check
from pipeline.reviews.review import Review, fold
from tests.reviews.cards import CARD

DAY_S = 86_400.0
WHO = {"xu": Role.QA, "he": Role.QA, "lin": Role.AGENT, "wang": Role.LEAD}


@dataclass
class Story:
    card: CallScored | None = CARD
    now: float = 1_000_000.0
    days: int = 7  # to answer
    agent: str | None = "lin"
    entries: list[Entry] = field(default_factory=list)

    @property
    def review(self) -> Review:
        return fold(self.entries, self.card, self.now)

    def say(self, who: str, act: Act, seen: int | None = None, role: Role | None = None) -> int:
        """Raises ReviewRefused. Returns the entry's number. `role`: of somebody who has another one today."""
        self.now += 1
        newest = self.entries[-1].number if self.entries else 0
        asked = Asked(act, who, role or WHO[who], newest if seen is None else seen, self.now, self.agent)
        check(asked, self.entries, self.review, self.card)
        if isinstance(act, ReviewFinished | ItemReopened):
            act = replace(act, until=self.now + self.days * DAY_S)
        self.entries.append(Entry(newest + 1, self.now, who, role or WHO[who], act))
        return newest + 1
