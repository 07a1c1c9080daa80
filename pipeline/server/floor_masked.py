"""What the floor shows of a digest where its team has what is private hidden: once for all who watch.

A line is masked as on the page of its call, by all that was said before. So it waits for its record, which tells where
it belongs; until that has come, a moment later, the line before it stays.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeAlias

import anyio.to_thread

from pipeline.digest import LINE, Digest, HintNow, Line, WhisperNow
from pipeline.errors import StoreError
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.record import Record
from pipeline.events.words import WordsHeard
from pipeline.floor.calls_now import Call
from pipeline.floor.people_now import People
from pipeline.masking.view import masked_facts
from pipeline.server.masked import CallView, Masking

_RECENT = 6  # lines of a call
_LEFT_S = 60.0  # after which the lines of a call that is not on the floor are forgotten


Seen: TypeAlias = tuple[Line | None, tuple[HintNow, ...], WhisperNow | None, int]
"""What is looked at anew as soon as it is another."""


@dataclass
class _Said:
    """Of one call: its newest lines, and what was made of its digest last."""

    lines: deque[Record] = field(default_factory=lambda: deque(maxlen=_RECENT))
    heard_s: float = 0.0
    count: int = 0  # of lines
    view: CallView | None = None  # knows what was kept before it was asked for, and all since
    seen: Seen | None = None
    line: Line | None = None
    hints: tuple[HintNow, ...] = ()
    whisper: WhisperNow | None = None
    of: Digest | None = None
    shown: Digest | None = None


class DigestMask:
    """A Bus, and a Hides."""

    def __init__(self, masking: Masking, clock: Callable[[], float] = time.monotonic) -> None:
        self._masking = masking
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[str, _Said] = {}

    def publish(self, records: Sequence[Record]) -> None:
        heard = [record for record in records if isinstance(record.event, WordsHeard)]
        if not heard:
            return
        with self._lock:
            said = self._said.setdefault(heard[0].call_id, _Said())
            said.lines.extend(heard)
            said.count += len(heard)
            said.heard_s = self._clock()

    async def hidden(self, calls: Sequence[Call], people: People) -> Mapping[str, Digest]:
        shown: dict[str, Digest] = {}
        due: list[tuple[Call, _Said]] = []
        for call in calls:
            if not people.settings_of(call.team).masking:
                shown[call.call_id] = call.digest
                continue
            said = self._of(call.call_id)
            if said.of is not call.digest or said.seen != _seen(call.digest, said):
                due.append((call, said))
            elif said.shown is not None:
                shown[call.call_id] = said.shown
        news = [one for one in due if one[1].seen != _seen(one[0].digest, one[1])]
        if news:
            await anyio.to_thread.run_sync(self._mask, news)
        for call, said in due:
            said.of = call.digest
            said.shown = replace(call.digest, line=said.line, hints=said.hints, whisper=said.whisper)
            shown[call.call_id] = said.shown
        self._forget({call.call_id for call in calls})
        return shown

    def facts(self, call: Call, people: People) -> CallFacts:
        return _masked(call.facts) if people.settings_of(call.team).masking else call.facts

    def _of(self, call_id: str) -> _Said:
        with self._lock:
            return self._said.setdefault(call_id, _Said(heard_s=self._clock()))

    def _forget(self, running: set[str]) -> None:
        since_s = self._clock() - _LEFT_S
        with self._lock:
            for call_id in [id for id, said in self._said.items() if id not in running and said.heard_s < since_s]:
                del self._said[call_id]

    def _mask(self, due: Sequence[tuple[Call, _Said]]) -> None:
        for call, said in due:
            seen = _seen(call.digest, said)
            try:
                self._mask_one(call.call_id, call.digest, said)
                said.seen = seen
            except StoreError:
                said.line, said.hints, said.whisper = None, (), None  # looked at again

    def _mask_one(self, call_id: str, digest: Digest, said: _Said) -> None:
        if (view := said.view) is None:
            kept = [one for one in self._masking.told([call_id]).get(call_id, []) if isinstance(one.event, WordsHeard)]
            with self._lock:
                if not said.lines:
                    said.lines.extend(kept)
            view = said.view = self._masking.view_of(call_id)
        said.hints = tuple(replace(hint, say=view.text(hint.say)) for hint in digest.hints)
        sent = digest.whisper
        said.whisper = replace(sent, text=view.text(sent.text)) if sent is not None else None
        if digest.line is None:
            said.line = None
            return
        with self._lock:
            lines = list(said.lines)
        view.hear(lines)
        for record in reversed(lines):
            if _is_of(record, digest.line):
                event = view.masked(record).event
                assert isinstance(event, WordsHeard)
                said.line = Line(digest.line.channel, _short(event.shown or event.text))
                return


@lru_cache(maxsize=2_000)
def _masked(facts: CallFacts) -> CallFacts:
    return masked_facts(facts)


def _seen(digest: Digest, said: _Said) -> Seen:
    return digest.line, digest.hints, digest.whisper, said.count


def _is_of(record: Record, line: Line) -> bool:
    event = record.event
    assert isinstance(event, WordsHeard)
    begins = line.text.removesuffix("…")
    return event.channel == Channel(line.channel) and (event.shown or event.text).startswith(begins)


def _short(text: str) -> str:
    return text if len(text) <= LINE else text[: LINE - 1] + "…"
