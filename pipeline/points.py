"""The arithmetic of a scorecard: what an item earns, what its group makes of that, and the total of 100.

The coach reckons so with its own verdicts, a review with those of people in their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.events.score import ScoreGroup, ScoreItem, Verdict

PARTLY = 0.5  # of an item's weight, where a person found it partly met

_EARNED = {Verdict.MET: 1.0, Verdict.PARTLY: PARTLY, Verdict.MISSED: 0.0}
_TAKEN = {Verdict.PARTLY: -PARTLY, Verdict.MISSED: -1.0}


def earned(verdict: Verdict, weight: int, *, is_ban: bool) -> float | None:
    """A ban that was not said earns nothing (null); one that was said takes its weight from its group."""
    share = (_TAKEN if is_ban else _EARNED).get(verdict)
    return None if share is None else share * weight


def is_assessed(verdict: Verdict) -> bool:
    """Whether the verdict counts: nobody has confirmed it yet, or it is none, otherwise."""
    return verdict in _EARNED


def assessed(items: Iterable[ScoreItem]) -> int:
    """Weight of the items with a verdict that counts."""
    return sum(item.weight for item in items if is_assessed(item.verdict))


def is_enough(assessed: int, offered: int, *, least_share: float, least_weight: int) -> bool:
    """Whether a total may rest on so little: so much of what the call offered, and so much in all."""
    return 0 < assessed >= max(least_share * offered, least_weight)


def offered(items: Iterable[ScoreItem]) -> int:
    """Weight of the items that had an occasion, or may have had one unheard."""
    return sum(item.weight for item in items if item.is_offered)


def fatal(items: Iterable[ScoreItem]) -> int:
    """How many fatal items were missed."""
    return sum(item.fatal and item.verdict is Verdict.MISSED for item in items)


def grouped(items: Sequence[ScoreItem], full: Mapping[str, int]) -> tuple[ScoreGroup, ...]:
    """In the order of `full`: what each group counts where any of its items is assessed; 0: what those weigh."""
    return tuple(_group(name, whole, [item for item in items if item.group == name]) for name, whole in full.items())


def _group(name: str, full: int, items: Sequence[ScoreItem]) -> ScoreGroup:
    """The group's weight by what its items earned; where it has only bans, all of it. Then what bans take from it."""
    counting = [item for item in items if is_assessed(item.verdict)]
    if not counting:
        return ScoreGroup(name, 0.0, 0, full)
    weight = full or assessed(counting)
    earning = [item for item in counting if not item.is_ban]
    of = sum(item.weight for item in earning)
    share = sum(item.points or 0.0 for item in earning) / of if of else 1.0
    taken = sum(item.points or 0.0 for item in counting if item.is_ban)
    return ScoreGroup(name, round(max(0.0, weight * share + taken), 1), weight, full)


def total(groups: Sequence[ScoreGroup], cap: float) -> float | None:
    """Of 100. `cap`: with a fatal fault the call cannot pass, whatever else was well done. Null: nothing counts."""
    weight = sum(group.weight for group in groups)
    return min(cap, round(100 * sum(group.points for group in groups) / weight, 1)) if weight else None
