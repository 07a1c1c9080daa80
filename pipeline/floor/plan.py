"""The plan of a team: a person's place in it. Nobody ever moves by themselves.

Whoever has no place yet gets the next free one, which is kept at once; whoever leaves leaves a hole, until somebody
arranges the plan anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain, count
from typing import Protocol

from pipeline.errors import AccountRefused

MOST_POSITION = 2_000


class SeatsKept(Protocol):
    """Thread-safe. Raises StoreError."""

    def plans(self) -> dict[str, dict[str, int]]:
        """Of each team the positions by agent id, also of people who have left."""

    def add(self, team: str, positions: Mapping[str, int]) -> None:
        """Of people who have none in this team."""

    def put(self, team: str, positions: Mapping[str, int]) -> None:
        """In the place of all that was kept of this team."""


def placed(known: Mapping[str, int], agents: Iterable[str]) -> dict[str, int]:
    """Places for those who have none, in the order of their ids: behind all that are or were taken, and where there is
    no place left, the first that is free.
    """
    new = sorted(set(agents) - set(known), key=lambda one: (len(one), one))
    first, taken = max(known.values(), default=-1) + 1, set(known.values())
    free = (at for at in chain(range(first, MOST_POSITION + 1), range(first)) if at not in taken)
    return dict(zip(new, chain(free, count(MOST_POSITION + 1)), strict=False))


def arranged(positions: Mapping[str, int], agents: Collection[str]) -> dict[str, int]:
    """A plan that somebody has made, checked: each of the team's agents has one place, and no place two."""
    if unknown := sorted(set(positions) - set(agents)):
        raise AccountRefused(f"{unknown[0]} is no agent of this team", "value")
    if left_out := sorted(set(agents) - set(positions)):
        raise AccountRefused(f"{left_out[0]} has no place in this plan", "value")
    if len(set(positions.values())) < len(positions):
        raise AccountRefused("two have the same place", "value")
    if any(not 0 <= position <= MOST_POSITION for position in positions.values()):
        raise AccountRefused(f"a position must be 0 to {MOST_POSITION}", "value")
    return dict(positions)
