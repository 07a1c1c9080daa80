"""The scorecard of a finished call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.events.hints import Citation, Span


class Verdict(StrEnum):
    """Result of one rule.

    To confirm: the words of a fatal fault were recognised, and nobody has listened yet; it counts for nothing until
    then. Not applicable: there was no occasion, or it was not heard well enough to be judged. Partly: people alone
    find that (reviews/); it counts half, and is never fatal.
    """

    MET = "met"
    PARTLY = "partly"
    MISSED = "missed"
    TO_CONFIRM = "to_confirm"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One rule of the scorecard. `points`: what it earned, of `weight`, or with a minus took from its group.

    Null where it did neither. `fatal`: the call cannot pass if this item is missed. `withheld`: so many of
    its hints were due and not shown, as another one stood there or had just been; 0 in records of earlier versions.
    `is_ban`: what must not be said. `is_offered`: the call had an occasion for it, or may have had one unheard. `cite`:
    where the rule comes from; null in records of earlier versions.
    """

    rule: str
    title: str
    group: str
    verdict: Verdict
    weight: int
    points: float | None
    fatal: bool
    evidence: tuple[Span, ...] = ()
    note: str = ""
    title_en: str = ""
    withheld: int = 0
    note_en: str = ""
    is_ban: bool = False
    is_offered: bool = True
    cite: Citation | None = None


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """Points of one group of the scorecard; `weight`: what it counts in this call, 0 when nothing was applicable.

    `full`: what it counts as soon as anything in it is; 0: what that weighs. 0 in records of earlier versions.
    """

    name: str
    points: float
    weight: int
    full: int = 0


UnscoredReason = Literal["", "nothing", "too_short", "too_little"]


@dataclass(frozen=True, slots=True)
class CallScored:
    """The scorecard, and what it rests on. `fatal`: number of missed fatal items, `to_confirm`: of those to confirm.

    `offered`: weights of the rules that had an occasion, or may have had one unheard; `assessed`: of those among them
    with a verdict that counts; `assessed_by_words`: of these again, of rules that go by recognised words, which may be
    trusted as CallStarted.words_trust says. All null in records of earlier versions. While something is to be confirmed
    `total` is provisional; `confirmed_total` is what it becomes should all of that be confirmed, null where nothing
    waits. `lost_share`: of the call's time, in which the sound of a side was missing or the machine too slow to measure
    it.

    `unscored_reason` says why there is no total: nothing was applicable; the call is too_short; too_little of what it
    offered could be assessed, which is less than `least_share`, or a weight under `least_weight`. `fatal_cap`: the most
    that a call with a fatal fault gets; null in records of earlier versions, whose total nobody can reckon anew.
    """

    at_ms: int
    total: float | None  # of 100; null when the call is not scored
    fatal: int
    groups: tuple[ScoreGroup, ...]
    items: tuple[ScoreItem, ...]
    assessed: int | None = None
    offered: int | None = None
    to_confirm: int = 0
    unscored_reason: UnscoredReason = ""
    lost_share: float = 0.0
    confirmed_total: float | None = None
    assessed_by_words: int | None = None
    fatal_cap: float | None = None
    least_share: float = 0.0
    least_weight: int = 0
