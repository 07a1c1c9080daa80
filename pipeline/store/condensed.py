"""Which records of a call a page still needs when it is opened late: the others are superseded and are left out.

What an event means to a page is reduce.ts' alone. Here stands only, kind by kind, which records later ones make
needless, so that the view of what is left is the view of all (tests/server/test_condensed.py). Two hours of a call are
34,000 records, of which a page needs some 700.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.events.upcasting import FORMER_NAMES

HEAD_CHARACTERS = 1_000  # of an event's JSON: enough for every field that a rule looks at


@dataclass(frozen=True, slots=True)
class Most:
    """How many entries of its lists a page keeps; pages know it by dashboard/src/api/socket.ts."""

    lines: int = 300  # of the transcript, those spoken last
    hints: int = 100
    suppressed: int = 100
    spans: int = 100  # who spoke when, and was not heard


MOST = Most()


class Head(NamedTuple):
    """A record before it is read: `text` is its event as JSON, or the beginning of it."""

    seq: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept of a kind: of each value of the fields that `by` finds the `first`, the `last` or both (`ends`)."""

    keep: Literal["none", "first", "last", "ends", "all"]
    by: re.Pattern[str] | None = None

    def kept(self, heads: Sequence[Head]) -> set[int]:
        if self.keep == "none":
            return set()
        if self.keep == "all":
            return {head.seq for head in heads}
        first: dict[object, int] = {}
        last: dict[object, int] = {}
        for head in heads:
            key = _fields(self.by, head)
            first.setdefault(key, head.seq)
            last[key] = head.seq
        return {*(first.values() if self.keep != "last" else ()), *(last.values() if self.keep != "first" else ())}


_TEXT = r'"((?:[^"\\]|\\.)*)"'
_CHANNEL = re.compile(r'"channel":"(\w+)"')
_HINT = re.compile(r'"hint":(\d+)')
_LINE = re.compile(r'"channel":"(\w+)","start_ms":(-?\d+),"end_ms":(-?\d+),"text":(""|)')
_HEARD = re.compile(r'"channel":"(\w+)".*"heard":"(\w+)"')

NONE, ALL, LAST, ENDS = Rule("none"), Rule("all"), Rule("last"), Rule("ends")
OF_CHANNEL = Rule("last", _CHANNEL)
FIRST_OF_HINT = Rule("first", _HINT)
ENDS_OF_HINT = Rule("ends", _HINT)

RULES: dict[str, Rule] = {
    "CallStarted": ALL,
    "CallEnded": ALL,
    "CallScored": LAST,
    "FactsNoted": LAST,
    "PhaseChanged": Rule("ends", re.compile(r'"phase":' + _TEXT)),  # when each was entered first, and the present one
    "GapStarted": NONE,
    "GapEnded": NONE,
    "ChannelLost": OF_CHANNEL,
    "ChannelBack": ALL,  # words that waited for a side to be back are not late (reduce.ts)
    "CaptureMeasured": ALL,  # thinned out by _captures
    "RecordingStarted": ENDS,
    "RecordingStopped": ENDS,
    "StageFailed": Rule("last", re.compile(r'"stage":' + _TEXT)),
    "StageBack": Rule("last", re.compile(r'"stage":' + _TEXT)),
    "OverloadNoted": LAST,
    "TurnStarted": OF_CHANNEL,
    "TurnEnded": ALL,  # the newest, and that of each channel
    "OnsetPending": NONE,
    "SoundEnded": NONE,
    "WaitRequested": LAST,
    "WaitNearsEnd": NONE,
    "WaitEnded": LAST,
    "AnswerAwaited": NONE,
    "SilenceStarted": Rule("last", re.compile(r'"silence":"(\w+)"')),  # the present one, and what ended a wait
    "SilenceReached": LAST,
    "SilenceEnded": LAST,
    "OverlapNoted": NONE,
    "LineNoiseRemoved": Rule("first", re.compile(r'"channel":"(\w+)","noise":"(\w+)"')),
    "BleedNoted": OF_CHANNEL,
    "PromptPlayed": NONE,
    "LevelMeasured": OF_CHANNEL,
    "PaceMeasured": OF_CHANNEL,
    "PitchMeasured": OF_CHANNEL,
    "WordsGuessed": NONE,
    "WordsHeard": ALL,  # thinned out by _lines
    "LanguageHeard": ALL,
    "WordsSuppressed": ALL,  # the newest
    "ClockTicked": NONE,
    "RecordsWaiting": NONE,
    "SilentCallStep": Rule("last", re.compile(r'"step":(0,)?')),  # the present one, and what was last to be said
    "HintRaised": ALL,  # the newest
    "HintShown": Rule("first", re.compile(r'"hint":(\d+),"paint_ms":(null)?')),
    "HintDismissed": FIRST_OF_HINT,
    "HintDone": ENDS_OF_HINT,  # the first says when, the last what it came to
    "HintCleared": FIRST_OF_HINT,
    "HelpAsked": ALL,  # few: people press and type them
    "HelpReceived": ALL,
    "HelpTaken": ALL,
    "HelpClosed": ALL,
    "WhisperSent": ALL,
    "WhisperSeen": ALL,
    "ListenStarted": ALL,
    "ListenEnded": ALL,
}
RULES |= {former: RULES[kind] for former, kind in FORMER_NAMES.items()}
LAST_OF_CHANNEL = frozenset(kind for kind, rule in RULES.items() if rule is OF_CHANNEL)
LOOKED_AT = frozenset(kind for kind, rule in RULES.items() if rule is not NONE) - LAST_OF_CHANNEL
_HINT_LIFE = frozenset({"HintShown", "HintDismissed", "HintDone", "HintCleared"})


@dataclass(frozen=True, slots=True)
class Condensed:
    """Numbers of the records that are still needed, ascending; how many entries of a page's lists were left out."""

    seqs: tuple[int, ...]
    lines: int
    hints: int
    suppressed: int


def condense(heads: Iterable[Head], most: Most = MOST) -> Condensed:
    """`heads` by seq; the newest is always among those needed, since a page goes on from its number.

    Of the kinds in LAST_OF_CHANNEL it is enough to give the last of each channel, and of NONE none at all.
    """
    by_kind: dict[str, list[Head]] = {kind: [] for kind in RULES}
    newest: set[int] = set()
    for head in heads:
        by_kind.setdefault(head.kind, []).append(head)
        newest = {head.seq}
    kept = {kind: rule.kept(by_kind[kind]) for kind, rule in RULES.items()}
    kept["CaptureMeasured"] = _captures(by_kind["CaptureMeasured"])
    kept["WordsHeard"] = _lines(by_kind["WordsHeard"], most.lines)
    kept["TurnEnded"] = OF_CHANNEL.kept(turns := by_kind["TurnEnded"]) | {head.seq for head in turns[-most.spans :]}
    for kind, count in (("HintRaised", most.hints), ("WordsSuppressed", most.suppressed)):
        kept[kind] = {head.seq for head in by_kind[kind][-count:]}
    gone = {_fields(_HINT, head) for head in by_kind["HintRaised"] if head.seq not in kept["HintRaised"]}
    for kind in _HINT_LIFE:
        kept[kind] -= {head.seq for head in by_kind[kind] if _fields(_HINT, head) in gone}
    # Of a kind that only a newer callcoach knows the last one is shown, as what it is here: unreadable.
    unknown = {heads[-1].seq for kind, heads in by_kind.items() if kind not in RULES}
    seqs = newest.union(unknown, *kept.values())
    lines = [head for head in by_kind["WordsHeard"] if not _line(head).is_empty]
    lists = (lines, by_kind["HintRaised"], by_kind["WordsSuppressed"])
    return Condensed(tuple(sorted(seqs)), *(sum(head.seq not in seqs for head in entries) for entries in lists))


def _captures(heads: Sequence[Head]) -> set[int]:
    """Of each channel the last, and the first of the same `heard` in a row: since when a device has been idle."""
    first: dict[object, tuple[object, int]] = {}
    last: dict[object, int] = {}
    for head in heads:
        channel, heard = _fields(_HEARD, head)
        if first.get(channel, ("",))[0] != heard:
            first[channel] = (heard, head.seq)
        last[channel] = head.seq
    return {*last.values(), *(seq for _, seq in first.values())}


class _Line(NamedTuple):
    channel: str
    start_ms: int
    end_ms: int
    is_empty: bool


def _line(head: Head) -> _Line:
    channel, start_ms, end_ms, empty = _fields(_LINE, head)
    return _Line(channel or "", int(start_ms or 0), int(end_ms or 0), bool(empty))


def _lines(heads: Sequence[Head], most: int) -> set[int]:
    """Those spoken last, the last told (how late words are), and of each channel how far its words have come."""
    kept, farthest = {head.seq for head in heads[-1:]}, dict[str, tuple[int, int]]()
    shown: list[tuple[int, int]] = []
    for head in heads:
        line = _line(head)
        farthest[line.channel] = max(farthest.get(line.channel, (0, 0)), (line.end_ms, head.seq))
        if not line.is_empty:
            shown.append((line.start_ms, head.seq))
    return kept.union((seq for _, seq in sorted(shown)[-most:]), (seq for _, seq in farthest.values()))


def _fields(pattern: re.Pattern[str] | None, head: Head) -> tuple[str | None, ...]:
    """All None for a damaged text: it is kept, so that whoever reads it says so."""
    if pattern is None:
        return ()
    found = pattern.search(head.text)
    return found.groups() if found is not None else (None,) * pattern.groups
