"""A call as those see it who may not know what is private in it: the same records, with marks.

Records come one by one, and a number may be told over several: each is masked by all that is known when it is looked
at. While the call runs, digits at the end of what was said last count as the beginning of a number, so that of one that
is half told no more than two digits are seen; of an address the names of places are, until its house is told. Looked at
again later, as after its end, a record shows what was none, and no longer what was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from typing import Any, TypeVar, get_args, get_type_hints

from pipeline.events.call import CallEnded, CallFacts, SourceNotice
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.help import WhisperSent
from pipeline.events.hints import HintDone, HintRaised, SilentCallStep, Span
from pipeline.events.legend import Legend
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event, Record
from pipeline.events.score import ScoreItem
from pipeline.events.turns import WaitRequested
from pipeline.events.words import Word, WordsGuessed, WordsHeard, WordsSuppressed
from pipeline.masking.marking import joined, marked, passages
from pipeline.masking.masking import find, masked, pieces
from pipeline.masking.parts import Parts
from pipeline.masking.spoken import SpokenLines

TELLING = frozenset({WordsHeard.__name__, CallEnded.__name__})
"""Kinds of records that the look of others hangs on."""

_PEER_DIGITS = 4
_Value = TypeVar("_Value")

PRIVATE: Mapping[type, frozenset[str]] = {
    WordsHeard: frozenset({"text", "shown", "otherwise"}),
    Word: frozenset({"text"}),
    WordsGuessed: frozenset({"text"}),
    WordsSuppressed: frozenset({"text"}),
    WaitRequested: frozenset({"text"}),
    Span: frozenset({"quote"}),
    PromptPlayed: frozenset({"name"}),
    CallFacts: frozenset({"peer", "customer_name", "company", "agent_name"}),
    HintRaised: frozenset({"title", "say", "why", "clears_when", "title_en", "say_en", "why_en", "clears_when_en"}),
    HintDone: frozenset({"note", "note_en"}),
    SilentCallStep: frozenset({"say", "next_say"}),
    Legend: frozenset({"come_back"}),
    ScoreItem: frozenset({"title", "note", "title_en", "note_en"}),
    SourceNotice: frozenset({"detail"}),
    StageFailed: frozenset({"reason"}),
    WhisperSent: frozenset({"text"}),
}
"""Fields of events that may hold what somebody said, wrote or is; all other texts are of the program and its rules."""


def masked_facts(facts: CallFacts) -> CallFacts:
    return _changed(facts, peer=peer_shown(facts.peer), **_written(facts, text_masked, {"peer"}))


def peer_shown(peer: str | None) -> str | None:
    """The other party's number as lists show it: its last digits, by which a call is found again; of one that has no
    more, none. What is shown already stays so.
    """
    if not peer:
        return None
    return f"…{peer[-_PEER_DIGITS:]}" if len(peer) > _PEER_DIGITS else "…"


class MaskedView:
    """Of one call. Not thread-safe."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        """`records`: as of `hear`."""
        agent = SpokenLines()
        self._lines = {Channel.AGENT: agent, Channel.CUSTOMER: SpokenLines(agent), Channel.MIXED: SpokenLines()}
        self.is_over = False
        self._parts: Parts | None = None  # of what is hidden in the lines, as far as they are known
        for record in records:
            self.hear(record.event)

    def hear(self, event: Event) -> bool:
        """To be told of TELLING, in any order; others tell nothing. False where all looks as before."""
        match event:
            case WordsHeard() if self._lines[event.channel].hear(event):
                self._parts = None
                return True
            case CallEnded() if not self.is_over:
                self.is_over, self._parts = True, None
                for lines in self._lines.values():
                    lines.is_over = True
                return True
        return False

    def masked(self, record: Record) -> Record:
        """One that was heard; the same where nothing of it is private."""
        event = self._event(record.event)
        return record if event is record.event else replace(record, event=event)

    def _event(self, event: Event) -> Event:
        match event:
            case WordsHeard():
                return self._lines[event.channel].masked(event)
            case WordsGuessed():
                return self._lines[event.channel].caption(event)
            case WordsSuppressed():
                return _changed(event, text=marked(event.text, pieces(event.text)))
            case WaitRequested():
                return _changed(event, text=self._quote(event.channel, event.text, event.start_ms, event.end_ms))
            case PromptPlayed(by="words"):
                return _changed(event, name=self._quote(event.channel, event.name, event.start_ms, event.end_ms))
        found = self._inside(event)
        assert isinstance(found, type(event))
        return found

    def _inside(self, value: Any) -> Any:
        """A dataclass or a tuple, the same object where nothing in it changes."""
        if isinstance(value, tuple):
            inside = tuple(map(self._inside, value))
            return inside if any(new is not old for new, old in zip(inside, value, strict=True)) else value
        of: Any = type(value)
        if not _may_hold(of):
            return value
        if isinstance(value, Span):
            return _changed(value, quote=self._quote(value.channel, value.quote, value.start_ms, value.end_ms))
        if isinstance(value, CallFacts):
            return masked_facts(value)
        held = {name: self._inside(getattr(value, name)) for name in _holders(of)}
        return _changed(value, **held, **_written(value, self.text))

    def text(self, text: str) -> str:
        """One that is of no line, but may quote some."""
        if self._parts is None:
            self._parts = Parts(hidden for lines in self._lines.values() for hidden in lines.hidden())
        quoted = self._parts.of(text)
        return marked(text, joined([*passages(find(text)), *quoted])) if quoted else text_masked(text)

    def _quote(self, channel: Channel, quote: str, start_ms: int, end_ms: int) -> str:
        return self._lines[channel].quote(quote, start_ms, end_ms) if quote else quote


def masked_records(records: Iterable[Record]) -> list[Record]:
    """All records of a call."""
    known = list(records)
    view = MaskedView(known)
    return [view.masked(record) for record in known]


def _written(
    value: object, mask: Callable[[str], str], but: frozenset[str] | set[str] = frozenset()
) -> dict[str, str | None]:
    """The texts of a dataclass that may hold something private and belong to no line."""
    names = PRIVATE.get(type(value), frozenset()) - but
    return {name: mask(text) if (text := getattr(value, name)) else text for name in names}


text_masked: Callable[[str], str] = lru_cache(maxsize=4_096)(masked)  # most are a rulebook's, and come again and again


def _changed(value: _Value, **changes: object) -> _Value:
    new = {name: one for name, one in changes.items() if one != getattr(value, name)}
    changed: _Value = replace(value, **new) if new else value  # type: ignore[type-var]
    return changed


@cache
def _may_hold(cls: type) -> bool:
    return is_dataclass(cls) and (cls in PRIVATE or bool(_holders(cls)))


@cache
def _holders(cls: type) -> tuple[str, ...]:
    """Fields that hold dataclasses which may hold something private."""
    hints = get_type_hints(cls)
    return tuple(field.name for field in fields(cls) if any(map(_may_hold, _types(hints[field.name]))))


def _types(hint: Any) -> list[type]:
    inside = [one for arg in get_args(hint) for one in _types(arg)]
    return [*inside, hint] if isinstance(hint, type) else inside


QUIET: frozenset[type] = frozenset(cls for cls in get_args(Event) if not _may_hold(cls) and cls.__name__ not in TELLING)
"""Kinds of events that hold nothing private, and tell nothing of what others hold: most are measurements."""
