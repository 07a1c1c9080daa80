"""`phrase_missing_by`: what the agent's first utterances must hold."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from pipeline.coach.conditions.evaluator import Case, Cause, Obeyed, Signal
from pipeline.coach.conditions.kind import Kind, Worked, said
from pipeline.coach.mandarin import AND, BLANK, COMMA, LEGAL_FORM
from pipeline.coach.matching import Match, Phrases, SpokenText
from pipeline.coach.wording import Checked, Wording, fill, fill_known, only
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event
from pipeline.events.turns import TurnStarted
from pipeline.events.words import LanguageHeard, WordsHeard
from pipeline.quantities import Count, ShortMs


class Need(Wording):
    """One thing to be said. With `fact`, the fact itself counts; `only_if_known` drops the need without it.

    `speak`: the words that meet it, shown to the agent; a blank stands for a fact that is unknown.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    speak: Annotated[str, only("company", "agent_name"), Field(min_length=1)]
    fact: Literal["company", "agent_name"] | None = None
    only_if_known: bool = False


class PhraseMissingBy(Checked):
    """All `needs` must be heard within the agent's first `turns` utterances; closer than `joined_ms` they are one."""

    kind: Literal["phrase_missing_by"]
    turns: Count
    direction: Literal["inbound", "outbound"] | None = None
    needs: tuple[Need, ...] = Field(min_length=1, max_length=20)
    joined_ms: ShortMs = 1_000
    seen: Annotated[str, only("missing")] = "未报{missing}"
    seen_en: Annotated[str, only()] = "not said who speaks"
    done: Annotated[str, only()] = "已报出"
    done_en: Annotated[str, only()] = "said"


class OpeningWatch:
    """Hears the needs in the opening for the score, and as long as the hint stands for the hint."""

    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard, TurnStarted, PromptPlayed, LanguageHeard)

    def __init__(self, when: PhraseMissingBy, case: Case) -> None:
        self._when, self._notes, self._state = when, case.notes, case.state
        self._listeners = {need.name: need.listen() for need in when.needs}
        self._heard: dict[str, Span] = {}  # within the opening: what counts
        self._mended: set[str] = set()  # heard at all: what ends the hint
        self._spoken: list[Span] = []  # utterances, joined
        self._customer_ms: int | None = None  # the customer's first turn after the agent began
        self._told = False
        self._is_unheard = False  # the opening, or some of it, was in another language

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        if not self._applies:
            return []
        if isinstance(event, TurnStarted):
            if event.channel is Channel.CUSTOMER and self._spoken and self._customer_ms is None:
                self._customer_ms = event.start_ms
            return []
        if isinstance(event, PromptPlayed):
            if self._customer_ms is not None and self._state.prompts.cover(Channel.CUSTOMER, self._customer_ms):
                self._customer_ms = None
            return []
        if isinstance(event, LanguageHeard):
            self._is_unheard |= event.channel is Channel.AGENT and not event.is_coached and bool(self._missing())
            return []
        if not isinstance(event, WordsHeard) or event.channel is not Channel.AGENT or not spoken or not spoken.chars:
            return []
        return self._words(event, spoken)

    def finish(self, at_ms: int) -> None:
        if not self._applies or not self._spoken:
            return
        self._notes.chances = 1
        if missing := self._missing():
            quote = fill(self._when.seen, missing=AND.join(need.name for need in missing))
            start_ms, end_ms = self._spoken[0].start_ms, self._spoken[-1].end_ms
            self._notes.broken.append(Span(Channel.AGENT, start_ms, end_ms, quote, self._when.seen_en))
        else:
            self._notes.kept += self._heard.values()

    @property
    def _applies(self) -> bool:
        return not self._is_unheard and self._when.direction in (None, self._state.facts.direction)

    def _words(self, event: WordsHeard, spoken: SpokenText) -> list[Signal]:
        in_opening = self._joins_opening(spoken.whole(Channel.AGENT))
        wanted = [need for need in self._missing() if need.name not in self._mended]
        for need in wanted:
            if match := self._find(need, spoken):
                self._mended.add(need.name)
                if in_opening:
                    self._heard[need.name] = spoken.span(Channel.AGENT, match)
        missing = [need for need in wanted if need.name not in self._mended]
        if wanted and not missing:
            return [Obeyed(self._when.done, self._when.done_en)]
        # While nobody answers, the page shows the words to say anyway.
        if missing and len(self._spoken) >= self._when.turns and not self._told and not self._state.silent_call:
            self._told = True
            return [Cause(self._spoken[0].start_ms, event.end_ms, (), self._figures(missing))]
        return []

    def _figures(self, missing: list[Need]) -> tuple[tuple[str, str], ...]:
        facts = {"company": self._state.facts.company, "agent_name": self._state.facts.agent_name}
        words = COMMA.join(fill_known(need.speak, facts, BLANK) for need in missing)
        return ("missing", AND.join(need.name for need in missing)), ("words", words)

    def _joins_opening(self, said: Span) -> bool:
        """The opening lasts until the customer's first turn in it, for `turns` utterances at least."""
        joined_ms = self._when.joined_ms
        if self._spoken and said.start_ms - self._spoken[-1].end_ms <= joined_ms and self._customer_ms is None:
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
            names = (LEGAL_FORM.sub("", fact) or fact, fact)
            if match := Phrases(phrases=names, least_syllables=2).find(spoken):
                return match
        return None if fact and not need.only_if_known else self._listeners[need.name].find(spoken)


def _is_heard(when: PhraseMissingBy, text: str) -> bool:
    spoken = SpokenText(text)
    return all(need.listen().find(spoken) for need in when.needs if not need.only_if_known)


_OPENING = PhraseMissingBy(
    kind="phrase_missing_by",
    turns=2,
    direction="inbound",
    needs=(Need(name="公司", speak="这里是{company}", fact="company", pattern="服务中心"),),
)
_NAMELESS = (said(0, 1_000, "您好"), said(3_000, 4_000, "请问有什么可以帮您"))

KIND = Kind(
    PhraseMissingBy,
    OpeningWatch,
    heard=_is_heard,
    figures=("missing", "words"),
    words="needed",
    examples=(
        Worked("missing in the second utterance", _OPENING, _NAMELESS, (Cause,)),
        Worked("mended in the third", _OPENING, (*_NAMELESS, said(6_000, 7_000, "这里是服务中心")), (Cause, Obeyed)),
        Worked("said at once", _OPENING, (said(0, 1_000, "您好，华安服务中心"),), (Obeyed,)),
        Worked("begun in another language", _OPENING, (LanguageHeard(0, Channel.AGENT, 0, "en", False), *_NAMELESS)),
        Worked("one utterance is not yet two", _OPENING, (said(0, 1_000, "您好"), said(1_500, 2_000, "喂"))),
    ),
)
