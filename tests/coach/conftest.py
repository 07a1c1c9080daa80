"""A call told in events: `story` moves the audio clock in 20 ms slices and collects what the coach says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from pipeline.coach.coach import Coach
from pipeline.coach.rulebook import Rulebook, load_rulebook
from pipeline.events import (
    CallFacts,
    CallScored,
    CallStarted,
    Channel,
    Event,
    HintCleared,
    HintRaised,
    ScoreItem,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    SilentCallStep,
    TurnEnded,
    TurnStarted,
    Word,
    WordsHeard,
)

HANDBOOK = Path(__file__).parents[2] / "rules" / "handbook.yaml"
AGENT, CUSTOMER = Channel.AGENT, Channel.CUSTOMER
E = TypeVar("E", bound=Event)


class Story:
    """Every time is in ms. `said` is all that came out, `heard` all that went in."""

    def __init__(
        self,
        rulebook: Rulebook,
        facts: CallFacts | None = None,
        channels: tuple[Channel, ...] = (AGENT, CUSTOMER),
    ) -> None:
        self.facts = facts or CallFacts()
        self.coach = Coach(rulebook, self.facts, channels)
        self.now = 0
        self.said: list[Event] = []
        started = CallStarted(0, "c", "2026-11-22T09:00:00+08:00", channels, self.facts, "r", "1", "s", "demo")
        self.feed(started)

    def feed(self, *events: Event) -> list[Event]:
        out = self.coach.feed(self.now, list(events))
        self.said += out
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
        self.feed(TurnStarted(self.now, channel, start))
        self.until(end + gap_ms)
        self.feed(TurnEnded(self.now, channel, start, end))
        if text:
            self.until(end + 600)
            self.feed(words(self.now, channel, start, end, text))
        return self

    def silent(self, ms: int, kind: SilenceKind = SilenceKind.BOTH, limit: int = 5_000, since: int = 0) -> Story:
        """Silence from `since` on lasts `ms`, its limit being told when it is full."""
        for at, event in (
            (1_000, SilenceStarted(0, since, kind, limit)),
            (limit, SilenceReached(0, since, limit, kind)),
            (ms, SilenceEnded(0, since, since + ms, kind)),
        ):
            if at <= ms:
                self.until(since + at)
                self.feed(_at(event, self.now))
        return self

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


def _at(event: Event, at_ms: int) -> Event:
    from dataclasses import replace

    return replace(event, at_ms=at_ms)


def words(at_ms: int, channel: Channel, start_ms: int, end_ms: int, text: str) -> WordsHeard:
    """Every character a word of equal length; punctuation hangs on the character before."""
    step = (end_ms - start_ms) / max(1, len(text))
    chars = tuple(
        Word(c, round(start_ms + i * step), round(start_ms + (i + 1) * step), 0.9) for i, c in enumerate(text)
    )
    return WordsHeard(at_ms, channel, start_ms, end_ms, text, chars, at_ms - end_ms)


def item(scored: CallScored, rule: str) -> ScoreItem:
    return next(i for i in scored.items if i.rule == rule)


@pytest.fixture(scope="session")
def handbook() -> Rulebook:
    return load_rulebook(HANDBOOK)


@pytest.fixture
def story(handbook: Rulebook) -> Story:
    return Story(handbook)


@pytest.fixture
def talk(story: Story) -> Story:
    """The customer has spoken and was answered: an ordinary call, 6 s old."""
    story.until(500).speaks(AGENT, 2_000, "您好，华安服务中心，请问有什么可以帮您")
    story.speaks(CUSTOMER, 1_000, "你好我想查一下订单")
    return story.until(6_000)


def raised(story: Story) -> Sequence[HintRaised]:
    return story.all(HintRaised)
