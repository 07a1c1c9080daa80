"""The one thing an agent practises: of all items, the one by which they lose most, of their own calls alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.events.hints import Citation, Span
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.reviews.card import judged
from pipeline.reviews.entries import Entry
from pipeline.reviews.review import fold

WEEKS = 4
WEEK_S = 7 * 86_400.0
FEWEST_CALLS = 20  # with a verdict: of fewer nothing is advised
FEWEST_FAULTS = 2  # of an item: one slip is nothing to practise

_LOST = {Verdict.MET: 0.0, Verdict.PARTLY: 0.5, Verdict.MISSED: 1.0}


@dataclass(frozen=True, slots=True)
class OwnCard:
    """One call: when it began (seconds since 1970), its automatic card, and what people have said of it."""

    call_id: str
    started_at: float
    card: CallScored
    entries: Sequence[Entry] = ()


@dataclass(slots=True)
class Week:
    """So many times it was done, of those in which it was judged."""

    done: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """Where the agent did it well, as the machine heard it: the evidence of all else, bans too, is of the fault."""

    call_id: str
    started_at: float
    span: Span


@dataclass(slots=True)
class Practice:
    """`weeks`: of WEEK_S each, the present one last. `faulty`: the newest call in which it was not done."""

    rule: str
    weight: int = 0
    lost: float = 0.0
    faults: int = 0
    title: str = ""
    title_en: str = ""
    note: str = ""
    note_en: str = ""
    cite: Citation | None = None
    weeks: list[Week] = field(default_factory=lambda: [Week() for _ in range(WEEKS)])
    example: Example | None = None
    faulty: str = ""

    @property
    def judged(self) -> int:
        return sum(week.of for week in self.weeks)

    @property
    def worth(self) -> float:
        """Its weight by the share in which it was not done."""
        return self.weight * self.lost / self.judged if self.judged else 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """`practice`: null where there is nothing to practise, or too little is known. `judged`: calls with a verdict."""

    judged: int
    practice: Practice | None


def advise(calls: Iterable[OwnCard], now: float) -> Advice:
    """Of the calls that began in the last four weeks. The verdict of people comes before the machine's."""
    found: dict[str, Practice] = {}
    count = 0
    for call in sorted(calls, key=lambda one: one.started_at):
        age = int((now - call.started_at) // WEEK_S)
        if not 0 <= age < WEEKS:
            continue
        review = fold(call.entries, call.card, now)
        verdicts = {rule: verdict for rule, one in review.items.items() if (verdict := one.judged) is not None}
        heard = {item.rule: item.verdict for item in call.card.items}
        items = [item for item in judged(call.card, verdicts).items if item.verdict in _LOST]
        count += bool(items)
        for item in items:
            is_heard = item.verdict is Verdict.MET and heard[item.rule] is Verdict.MET and not item.is_ban
            example = Example(call.call_id, call.started_at, item.evidence[0]) if is_heard and item.evidence else None
            _count(found.setdefault(item.rule, Practice(item.rule)), item, call.call_id, WEEKS - 1 - age, example)
    worth = [one for one in found.values() if one.faults >= FEWEST_FAULTS]
    first = max(worth, key=lambda one: (one.worth, one.faults, one.rule), default=None)
    return Advice(count, first if count >= FEWEST_CALLS else None)


def _count(one: Practice, item: ScoreItem, call_id: str, week: int, example: Example | None) -> None:
    """In the order in which the calls began: what tells of the item is of the newest."""
    one.example = example or one.example
    one.weight, one.title, one.title_en = item.weight, item.title, item.title_en
    one.weeks[week].of += 1
    one.lost += _LOST[item.verdict]
    if item.verdict is Verdict.MET:
        one.weeks[week].done += 1
    else:
        one.faults += 1
        one.faulty, one.note, one.note_en, one.cite = call_id, item.note, item.note_en, item.cite
