"""Live evaluators of the conditions on words: said, missing at the start, missing after a hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from pipeline.coach.conditions import CallState
from pipeline.coach.hints import Cause, Obeyed, Signal
from pipeline.coach.matching import Match, Phrases, SpokenText
from pipeline.coach.rulebook import Rule
from pipeline.coach.scorecard import RuleNotes
from pipeline.coach.vocabulary import HoldReturn, Need, PhraseMissingBy, PhraseSaid
from pipeline.coach.waits import promised_wait_ms
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.prompts import AnnouncementHeard
from pipeline.events.record import Event
from pipeline.events.turns import SilenceEnded, SilenceKind, TurnStarted
from pipeline.events.words import WordsHeard

JOIN_MS = 1_000
"""Utterances of one side this close are one to a listener (DESIGN §5 joins turns over own pauses up to 1 s)."""


_LEGAL_FORM = re.compile(r"(?:股份|责任)?(?:有限)?(?:责任)?公司$|集团$")


class PhraseWatch:
    """A banned phrase, and the words that mend it."""

    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard,)

    def __init__(self, rule: Rule, when: PhraseSaid, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._banned = when.listen()
        self._recovery = when.recovery.listen()
        self._said_end_ms: int | None = None

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if not isinstance(event, WordsHeard) or spoken is None or event.channel is not self._when.channel:
            return []
        if not spoken.chars:
            return []
        self._notes.chances = 1
        if match := self._banned.find(spoken):
            span = spoken.span(event.channel, match)
            self._notes.broken.append(span)
            self._said_end_ms = event.end_ms
            return [Cause(self._rule, span.start_ms, span.end_ms, (span,), (("quote", span.quote),))]
        if self._said_end_ms is not None and event.start_ms >= self._said_end_ms and self._recovery.find(spoken):
            self._said_end_ms = None
            return [Obeyed(self._rule.id, "已换说法")]
        return []

    def finish(self, at_ms: int) -> None:
        pass


class OpeningWatch:
    """What the agent's first utterances must contain."""

    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard, TurnStarted, AnnouncementHeard)

    def __init__(self, rule: Rule, when: PhraseMissingBy, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._listeners = {need.name: need.listen() for need in when.needs}
        self._heard: dict[str, Span] = {}  # within the opening: what counts
        self._mended: set[str] = set()  # heard at all: what ends the hint
        self._spoken: list[Span] = []  # utterances, joined
        self._customer_ms: int | None = None  # the customer's first turn after the agent began
        self._told = False

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if not self._applies:
            return []
        if isinstance(event, TurnStarted):
            if event.channel is Channel.CUSTOMER and self._spoken and self._customer_ms is None:
                self._customer_ms = event.start_ms
            return []
        if isinstance(event, AnnouncementHeard):
            if self._customer_ms is not None and self._state.recordings.cover(Channel.CUSTOMER, self._customer_ms):
                self._customer_ms = None
            return []
        if not isinstance(event, WordsHeard) or event.channel is not Channel.AGENT or not spoken or not spoken.chars:
            return []
        return self._words(event, spoken)

    def finish(self, at_ms: int) -> None:
        if not self._applies or not self._spoken:
            return
        self._notes.chances = 1
        if self._missing():
            names = "和".join(need.name for need in self._missing())
            opening = Span(Channel.AGENT, self._spoken[0].start_ms, self._spoken[-1].end_ms, f"未报{names}")
            self._notes.broken.append(opening)
        else:
            self._notes.kept += self._heard.values()

    @property
    def _applies(self) -> bool:
        return self._when.direction in (None, self._state.facts.direction)

    def _words(self, event: WordsHeard, spoken: SpokenText) -> list[Signal]:
        in_opening = self._joins_opening(spoken.whole(Channel.AGENT))
        wanted = [need for need in self._missing() if need.name not in self._mended]
        for need in wanted:
            if match := self._find(need, spoken):
                self._mended.add(need.name)
                if in_opening:
                    self._heard[need.name] = spoken.span(Channel.AGENT, match)
        missing = [need.name for need in wanted if need.name not in self._mended]
        if wanted and not missing:
            return [Obeyed(self._rule.id, "已报出")]
        # While nobody answers, the page shows the words to say anyway.
        if missing and len(self._spoken) >= self._when.turns and not self._told and not self._state.silent_call:
            self._told = True
            names = (("missing", "和".join(missing)),)
            return [Cause(self._rule, self._spoken[0].start_ms, event.end_ms, (), names)]
        return []

    def _joins_opening(self, said: Span) -> bool:
        """The opening lasts until the customer's first turn in it, for `turns` utterances at least."""
        if self._spoken and said.start_ms - self._spoken[-1].end_ms <= JOIN_MS and self._customer_ms is None:
            joined = self._spoken[-1]  # words that are overdue come after those of later turns
            begin_ms, end_ms = min(joined.start_ms, said.start_ms), max(joined.end_ms, said.end_ms)
            self._spoken[-1] = Span(Channel.AGENT, begin_ms, end_ms)
            return True
        is_later = self._customer_ms is not None and said.start_ms > self._customer_ms
        if is_later and len(self._spoken) >= self._when.turns:
            return False
        self._spoken.append(said)
        return True

    def _missing(self) -> list[Need]:
        facts = self._state.facts
        return [
            need
            for need in self._when.needs
            if need.name not in self._heard
            and not (need.only_if_known and not (need.fact and getattr(facts, need.fact)))
        ]

    def _find(self, need: Need, spoken: SpokenText) -> Match | None:
        """A known company must be said; a known name may be replaced by the wording (我是…, 工号…)."""
        fact: str | None = getattr(self._state.facts, need.fact) if need.fact else None
        if fact:
            # Proper nouns are what recognisers know least: by sound from two syllables on, and without 有限公司.
            names = (_LEGAL_FORM.sub("", fact) or fact, fact)
            if match := Phrases(phrases=names, least_syllables=2).find(spoken):
                return match
        return None if fact and not need.only_if_known else self._listeners[need.name].find(spoken)


@dataclass(slots=True)
class _Return:
    """The agent is back after `waited_ms` of silence."""

    back_ms: int
    waited_ms: int
    first: Span | None = None
    heard: int = 0


class HoldReturnWatch:
    """Apology or thanks after the customer had to wait."""

    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard, SilenceEnded)

    def __init__(self, rule: Rule, when: HoldReturn, notes: RuleNotes, state: CallState) -> None:
        self._rule, self._when, self._notes, self._state = rule, when, notes, state
        self._wanted = when.listen()
        self._instead = when.instead.listen()
        self._return: _Return | None = None

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if isinstance(event, SilenceEnded):
            self._silence(event)
        elif isinstance(event, WordsHeard) and event.channel is Channel.AGENT and spoken and spoken.chars:
            back = self._return
            return self._words(event, spoken, back) if back and event.start_ms >= back.back_ms - JOIN_MS // 2 else []
        return []

    def finish(self, at_ms: int) -> None:
        if self._return and self._return.first:
            self._miss(self._return)

    def _silence(self, event: SilenceEnded) -> None:
        waited_ms = event.end_ms - event.start_ms
        ours = event.kind is SilenceKind.HOLD or (
            event.kind is SilenceKind.ANNOUNCED and self._state.asked_to_wait is not Channel.CUSTOMER
        )
        if ours and waited_ms >= self._when.least_ms:
            self._return = _Return(event.end_ms, waited_ms)

    def _words(self, event: WordsHeard, spoken: SpokenText, back: _Return) -> list[Signal]:
        back.heard += 1
        back.first = back.first or spoken.whole(Channel.AGENT)
        in_time = event.start_ms <= back.back_ms + self._when.within_ms
        if in_time and (match := self._wanted.find(spoken)):
            self._notes.chances += 1
            self._notes.kept.append(spoken.span(Channel.AGENT, match))
            self._return = None
            return [Obeyed(self._rule.id, "已说")]
        # 还在查，请再稍等: the wait goes on.
        if promised_wait_ms(event.text) is not None:
            self._return = None
            return []
        out: list[Signal] = []
        if back.heard == 1 and in_time and not self._instead.find(spoken):
            seconds = (("seconds", str(round(back.waited_ms / 1000))),)
            out = [Cause(self._rule, back.first.start_ms, back.first.end_ms, (back.first,), seconds)]
        if back.heard >= self._when.turns or not in_time:
            self._miss(back)
        return out

    def _miss(self, back: _Return) -> None:
        assert back.first is not None
        self._notes.chances += 1
        self._notes.broken.append(back.first)
        self._return = None
