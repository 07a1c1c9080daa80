"""A call told in events: a `Story` moves the audio clock in 20 ms slices and collects what the coach says."""

from __future__ import annotations

from typing import TypeVar

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.coach import Coach
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.understanding import Understanding
from pipeline.conversation import Conversation
from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.hints import HintCleared, HintRaised, SilentCallStep
from pipeline.events.record import Event
from pipeline.events.score import CallScored, ScoreItem
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceReached, SilenceStarted, TurnEnded, TurnStarted
from pipeline.events.words import Word, WordsHeard

AGENT, CUSTOMER = Channel.AGENT, Channel.CUSTOMER
E = TypeVar("E", bound=Event)


class Story:
    """Every time is in ms. `said` is all that came out, `log` all that a store would have: what went in, then that."""

    def __init__(
        self,
        rulebook: Rulebook,
        facts: CallFacts | None = None,
        channels: tuple[Channel, ...] = (AGENT, CUSTOMER),
    ) -> None:
        self.rulebook = rulebook
        self.facts = facts or CallFacts()
        self.understanding = Understanding(rulebook)
        self.coach = Coach(rulebook, self.facts, channels, self.understanding.prompts)
        self.now = 0
        self.said: list[Event] = []
        self.log: list[Event] = []
        self._silence: SilenceStarted | None = None
        began, book = "2026-11-22T09:00:00+08:00", (rulebook.id, rulebook.version)
        started = CallStarted(0, "c", began, channels, self.facts, *book, "s", "demo")
        self.feed(started)

    def feed(self, *events: Event) -> list[Event]:
        understood = self.understanding.feed(self.now, events)
        out = understood + self.coach.feed(self.now, [*understood, *events])
        self.said += out
        self.log += [*events, *out]
        return out

    def until(self, ms: int) -> Story:
        while self.now + 20 <= ms:
            self.now += 20
            self.feed()
        return self

    def speaks(self, channel: Channel, ms: int, text: str = "", gap_ms: int = 320) -> Story:
        """A turn from now on of `ms`, known `gap_ms` after its end; its words 600 ms after it."""
        start, end = self.now, self.now + ms
        self.until(start + min(120, ms))
        self.feed(TurnStarted(self.now, channel, start), *self._broken(start))
        self.until(end + gap_ms)
        self.feed(TurnEnded(self.now, channel, start, end))
        if text:
            self.until(end + 600)
            self.feed(words(self.now, channel, start, end, text))
        return self

    def silent(self, ms: int, kind: SilenceKind = SilenceKind.BOTH, limit: int = 5_000, since: int = 0) -> Story:
        """Silence from `since` on lasts `ms`, its limit being told when it is full; the next turn ends it."""
        self.until(since + 1_000)
        self._silence = SilenceStarted(self.now, since, kind, limit)
        self.feed(self._silence)
        if limit <= ms:
            self.until(since + limit)
            self.feed(SilenceReached(self.now, since, limit, kind))
        return self.until(since + ms)

    def _broken(self, end_ms: int) -> list[Event]:
        silence, self._silence = self._silence, None
        return [SilenceEnded(self.now, silence.start_ms, end_ms, silence.kind)] if silence else []

    def finish(self) -> CallScored:
        self.said += self.coach.finish(self.now)
        scored = self.said[-1]
        assert isinstance(scored, CallScored)
        return scored

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.said if isinstance(event, kind)]

    @property
    def hints(self) -> list[str]:
        return [hint.rule for hint in self.all(HintRaised)]

    @property
    def cleared(self) -> list[tuple[int, str]]:
        return [(event.hint, event.reason) for event in self.all(HintCleared)]

    @property
    def steps(self) -> list[tuple[int, int, str]]:
        return [(step.at_ms, step.step, step.state) for step in self.all(SilentCallStep)]


class Call(Story):
    """The same with the turn-taking of a call: silences come of the turns that are told."""

    _conversation: Conversation | None = None

    def feed(self, *events: Event) -> list[Event]:
        if self._conversation is None:
            (started,) = events
            assert isinstance(started, CallStarted)
            self._conversation = Conversation(self.rulebook, TurnTakingSettings(), started)
        out = self._conversation.feed(self.now, events)
        self.said += out
        return out

    def silent(self, ms: int, kind: SilenceKind = SilenceKind.BOTH, limit: int = 5_000, since: int = 0) -> Story:
        return self.until(since + ms)

    def finish(self) -> CallScored:
        assert self._conversation is not None
        self.said += self._conversation.finish(self.now)
        scored = self.said[-1]
        assert isinstance(scored, CallScored)
        return scored


def words(at_ms: int, channel: Channel, start_ms: int, end_ms: int, text: str) -> WordsHeard:
    """Every character a word of equal length; punctuation hangs on the character before."""
    step = (end_ms - start_ms) / max(1, len(text))
    chars = tuple(
        Word(c, round(start_ms + i * step), round(start_ms + (i + 1) * step), 0.9) for i, c in enumerate(text)
    )
    return WordsHeard(at_ms, channel, start_ms, end_ms, text, chars, at_ms - end_ms)


def item(scored: CallScored, rule: str) -> ScoreItem:
    return next(i for i in scored.items if i.rule == rule)
