"""Labelled sentences: which rules are heard in each, against which should be.

A file is YAML with any of these lists; each entry has `said`, an utterance, and `class` where it is known:
`bans` (`breaks`: the rules it breaks), `opening` (`facts`, `missing`), `waits` and `speak_up` (`asks`), `back_channel`
(`spared`), `closing` (`closes`), `returns` (`counts`, `was_for`: the rule).
"""

from __future__ import annotations

import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pypinyin import lazy_pinyin

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.matching import SpokenText
from pipeline.coach.procedures.waits import Waiting
from pipeline.coach.rulebook.examples import is_heard
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.conversation import Conversation
from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.turns import OverlapNoted, TurnEnded, WaitRequested
from pipeline.events.words import WordsHeard

BOTH = (Channel.AGENT, Channel.CUSTOMER)
COMMON = range(0xB0, 0xD8)
"""Lead bytes of GB 2312's first level: the 3,755 commonest characters."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One labelled sentence. `wanted`: the rules that should be heard in it, of those that are `judged` by it."""

    said: str
    judged: frozenset[str]
    wanted: frozenset[str]
    kind: str = ""
    facts: CallFacts = field(default_factory=CallFacts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sentence, and the rules that were heard in it."""

    sentence: Sentence
    heard: frozenset[str]

    @property
    def is_right(self) -> bool:
        return self.heard == self.sentence.wanted


@dataclass(slots=True)
class Figures:
    """Of one rule, or of several: rightly heard, wrongly heard, not heard."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None


def read(path: Path, rulebook: Rulebook) -> list[Sentence]:
    """All sentences of a file, in its order."""
    lists: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    bans = frozenset(rule.id for rule in rulebook.rules if rule.id.startswith("ban-"))
    sentences = [
        Sentence(entry["said"], bans, frozenset(entry["breaks"]), entry.get("class", ""))
        for entry in lists.get("bans", [])
    ]
    for name, rule, label in (
        ("opening", "self-identify", "missing"),
        ("waits", "hold-just-a-moment-30s", "asks"),
        ("speak_up", "faint-audio-request", "asks"),
        ("back_channel", "no-interrupt", "spared"),
        ("closing", "closing", "closes"),
        ("returns", "", "counts"),
    ):
        for entry in lists.get(name, []):
            judged = frozenset([rule or entry["was_for"]])
            facts = CallFacts(direction="inbound", **entry.get("facts", {}))
            wanted = judged if entry[label] else frozenset[str]()
            sentences.append(Sentence(entry["said"], judged, wanted, entry.get("class", ""), facts))
    return sentences


def judge(rulebook: Rulebook, sentences: Iterable[Sentence]) -> Iterator[Outcome]:
    """Says each sentence to the rules."""
    for sentence in sentences:
        yield Outcome(sentence, frozenset(rule for rule in sentence.judged if _is_heard(rulebook, rule, sentence)))


def _is_heard(rulebook: Rulebook, rule: str, sentence: Sentence) -> bool:
    heard: dict[str, Callable[[Rulebook, Sentence], bool]] = {
        "self-identify": _is_missing,
        "no-interrupt": _is_spared,
        "closing": _closes,
        "hold-just-a-moment-30s": _asks_to_wait,
    }
    if rule in heard:
        return heard[rule](rulebook, sentence)
    return is_heard(rulebook.rule(rule), sentence.said)


def _is_missing(rulebook: Rulebook, sentence: Sentence) -> bool:
    """As the whole opening of a call."""
    return _verdict(rulebook, sentence.facts, "self-identify", said(sentence.said)) == "missed"


def _is_spared(rulebook: Rulebook, sentence: Sentence) -> bool:
    """Said for 1.2 s over a customer who falls silent."""
    over = (
        TurnEnded(3_000, Channel.CUSTOMER, 0, 2_800),
        WordsHeard(3_000, Channel.CUSTOMER, 0, 2_800, "我那个单子到现在还没有", (), 200),
        OverlapNoted(3_000, 2_000, 2_800, Channel.AGENT),
        TurnEnded(3_500, Channel.AGENT, 2_000, 3_200),
    )
    return _verdict(rulebook, sentence.facts, "no-interrupt", *over, said(sentence.said)) != "missed"


def _closes(rulebook: Rulebook, sentence: Sentence) -> bool:
    said = next(phase.said for phase in rulebook.phases if phase.id == "closing")
    return said.listen().find(SpokenText(sentence.said)) is not None


def _asks_to_wait(rulebook: Rulebook, sentence: Sentence) -> bool:
    return any(isinstance(event, WaitRequested) for event in Waiting(rulebook.waits).feed(3_500, said(sentence.said)))


def said(text: str) -> WordsHeard:
    """By the agent."""
    return WordsHeard(3_500, Channel.AGENT, 2_000, 3_200, text, (), 0)


def _verdict(rulebook: Rulebook, facts: CallFacts, rule: str, *events: Event) -> str:
    return verdicts(rulebook, facts, *events)[rule]


def verdicts(rulebook: Rulebook, facts: CallFacts, *events: Event) -> dict[str, str]:
    """By rule, of a call with these events up to 3.5 s and nothing after them."""
    started = CallStarted(0, "c", "2026-11-22T09:00:00+08:00", BOTH, facts, rulebook.id, "1", "s", "none")
    conversation = Conversation(rulebook, TurnTakingSettings(), started)
    conversation.feed(0, [started])
    conversation.feed(3_500, events)
    score = next(event for event in conversation.finish(60_000) if isinstance(event, CallScored))
    return {item.rule: str(item.verdict) for item in score.items}


def figures(outcomes: Iterable[Outcome]) -> dict[str, Figures]:
    """By rule."""
    found: dict[str, Figures] = {}
    for outcome in outcomes:
        for rule in sorted(outcome.sentence.judged):
            of = found.setdefault(rule, Figures())
            is_wanted, is_heard_here = rule in outcome.sentence.wanted, rule in outcome.heard
            of.right += is_wanted and is_heard_here
            of.wrong += is_heard_here and not is_wanted
            of.missed += is_wanted and not is_heard_here
    return found


def together(found: Iterable[Figures]) -> Figures:
    """Of all rules as if they were one."""
    total = Figures()
    for one in found:
        total = Figures(total.right + one.right, total.wrong + one.wrong, total.missed + one.missed)
    return total


def by_kind(outcomes: Iterable[Outcome]) -> dict[str, tuple[int, int]]:
    """(judged right, all) by class."""
    right, every = Counter[str](), Counter[str]()
    for outcome in outcomes:
        every[outcome.sentence.kind] += 1
        right[outcome.sentence.kind] += outcome.is_right
    return {kind: (right[kind], count) for kind, count in every.items()}


def with_slips(sentences: Iterable[Sentence], share: float) -> list[Sentence]:
    """`share` of the Han characters replaced by other common ones of the same toneless pinyin; always the same ones."""
    return [replace(sentence, said=_slipped(sentence.said, share)) for sentence in sentences]


def _slipped(text: str, share: float) -> str:
    chance = random.Random(zlib.crc32(text.encode()))
    return "".join(
        chance.choice(others) if chance.random() < share and (others := _homophones(char)) else char for char in text
    )


@cache
def _homophones(char: str) -> tuple[str, ...]:
    if not "\u4e00" <= char <= "\u9fff":
        return ()
    return tuple(other for other in _by_sound().get(lazy_pinyin(char)[0], ()) if other != char)


@cache
def _by_sound() -> dict[str, list[str]]:
    sounds: dict[str, list[str]] = {}
    for lead in COMMON:
        for trail in range(0xA1, 0xFF):
            char = bytes((lead, trail)).decode("gb2312", errors="ignore")
            if char:
                sounds.setdefault(lazy_pinyin(char)[0], []).append(char)
    return sounds
