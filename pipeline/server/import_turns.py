"""Whose recording is next: each person in turn, so that nobody's archive holds up the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest


class Turns:
    """Remembers who had the last turn. A newcomer's is next."""

    def __init__(self) -> None:
        self._number = 0
        self._had: dict[str, int] = {}

    def in_turn(self, waiting: Mapping[str, Sequence[str]]) -> Iterator[str]:
        """What waits of each person, in the order in which it will be taken if nothing more comes."""
        persons = sorted(waiting, key=lambda person: self._had.get(person, 0))
        for round_ in zip_longest(*(waiting[person] for person in persons)):
            yield from (one for one in round_ if one is not None)

    def had(self, person: str) -> None:
        self._number += 1
        self._had[person] = self._number
