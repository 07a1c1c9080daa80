"""Waiting: who asks for patience and for how long, when the agent is back, and what the customer is to answer.

What counts as asking stands in the rulebook (`waits`, by its acts); how times are said is Mandarin (`mandarin`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import cn2an
from pydantic import model_validator

from pipeline.coach import mandarin
from pipeline.coach.matching import Clause, Match, SpokenText
from pipeline.coach.wording import BREATH_MS, Checked, Wording
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import AnswerAwaited, WaitEnded, WaitRequested
from pipeline.events.words import WordsHeard
from pipeline.quantities import Count, ShortMs, WaitMs, in_order

_MARKS = re.compile(r"[\s,.?!;:，。！？；：、~…]+")


class Waits(Checked):
    """What is heard as waiting, and the limits.

    `asks`: asks the other side for patience, for `bare_ms` when no time was said and for `longest_ms` whatever was;
    unless `questions` come after it and no time is said. `back`: says that the agent is back with the matter; so does
    anything of more than `back_characters` that is not `idle`, clause by clause, and anything at all that answers a
    question of the customer's. In the utterance that asks it is `results`, or so many characters behind that are not
    `reasons` for the wait. After `goodbyes` nobody waits, until the customer goes on. `answers`: waits for an answer of
    the customer, who is given `answer_ms` for it, anew after every `hesitation`.
    """

    asks: Wording = Wording()
    questions: Wording = Wording()
    back: Wording = Wording()
    idle: Wording = Wording()
    results: Wording = Wording()
    reasons: Wording = Wording()
    goodbyes: Wording = Wording()
    answers: Wording = Wording()
    hesitation: Wording = Wording()
    breath_ms: ShortMs = BREATH_MS
    bare_ms: WaitMs = 30_000
    longest_ms: WaitMs = 1_800_000
    answer_ms: WaitMs = 15_000
    back_characters: Count = 8

    @model_validator(mode="after")
    def _agrees(self) -> Waits:
        in_order(self, "bare_ms", "longest_ms")
        return self

    def limit_ms(self, wait_ms: int | None) -> int:
        """How long whoever asked for `wait_ms` may stay away; null when no time was said."""
        return max(self.bare_ms, min(wait_ms or 0, self.longest_ms))


class Waiting:
    """Hears the words of a call, prompts left out, in their order."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._asks, self._questions = waits.asks.listen(), waits.questions.listen()
        self._back, self._idle, self._answers = waits.back.listen(), waits.idle.listen(), waits.answers.listen()
        self._results, self._reasons = waits.results.listen(), waits.reasons.listen()
        self._goodbyes, self._hesitation = waits.goodbyes.listen(), waits.hesitation.listen()
        self._open: WaitRequested | None = None  # the agent is away
        self._is_met = False  # the customer has spoken: 感谢您的来电 before is no goodbye
        self._is_over = False  # the agent has said goodbye
        self._is_asked = False  # the customer has asked something in the wait
        self._answer: AnswerAwaited | None = None  # what the agent asked last, until it is answered
        self._breath, self._breath_ms = "", 0  # what the agent has said without a longer pause, and its end

    def feed(self, at_ms: int, words: WordsHeard) -> list[Event]:
        """What the words are; at most one of all."""
        spoken = SpokenText(words.text)
        if words.channel is not Channel.AGENT:
            return self._customer(at_ms, words, spoken)
        self._answer = None
        is_one_breath = words.start_ms - self._breath_ms <= self._waits.breath_ms
        self._breath = f"{self._breath}，{words.text}" if is_one_breath else words.text
        self._breath_ms = words.end_ms
        wait = None if self._is_over else self._requested(at_ms, words, spoken)
        if wait is None and is_one_breath:
            wait = self._timed(at_ms, words)
        if wait is not None:
            self._is_asked = False
            return self._renewed(wait)
        out: list[Event] = []
        if self._open is not None and self._is_back(words, spoken, self._open):
            out.append(WaitEnded(at_ms, words.channel, self._open.end_ms, max(words.start_ms, self._open.end_ms)))
            self._open, self._is_asked = None, False
        self._is_over = self._is_over or (self._is_met and self._goodbyes.find(spoken) is not None)
        if self._open is None and self._answers.find(spoken):
            self._answer = AnswerAwaited(at_ms, words.channel, words.start_ms, words.end_ms, self._waits.answer_ms)
            out.append(self._answer)
        return out

    def _customer(self, at_ms: int, words: WordsHeard, spoken: SpokenText) -> list[Event]:
        content = self._content(spoken.clauses)
        asks = any(self._questions.find(clause) for clause in content)
        self._is_met = self._is_met or bool(spoken.chars)
        self._is_asked = self._is_asked or (asks and self._open is not None)
        if (asks or _length(content) > self._waits.back_characters) and not self._goodbyes.find(spoken):
            self._is_over = False
        if self._answer is not None and spoken.chars:
            clauses = (SpokenText(clause.text) for clause in spoken.clauses)
            if all(self._hesitation.find(clause) for clause in clauses):
                self._answer = replace(self._answer, at_ms=at_ms, end_ms=words.end_ms)
                return [self._answer]
            self._answer = None
        wait = self._requested(at_ms, words, spoken)
        return [] if wait is None else [wait]

    def _requested(self, at_ms: int, words: WordsHeard, spoken: SpokenText) -> WaitRequested | None:
        asked, wait_ms = self._asks.find(spoken), promised_ms(words.text)
        # A question after it makes the other side speak next: the silence that follows is not ours. Who names a time
        # goes away all the same (我查一下有没有现货，大概要一分钟，可以吗).
        if asked is None or (wait_ms is None and self._questions.find(spoken, asked.end)):
            return None
        if mandarin.COME_BACK_LATER.search(_MARKS.sub("，", words.text)):
            return None
        if wait_ms is None and self._is_told_at_once(spoken, asked):
            return None
        span = (words.channel, words.start_ms, words.end_ms)
        return WaitRequested(at_ms, *span, words.text, wait_ms, self._waits.limit_ms(wait_ms))

    def _timed(self, at_ms: int, words: WordsHeard) -> WaitRequested | None:
        """A time behind a request, after a pause for breath: 我帮您问一下同事 … 一分钟，可以吗."""
        wait = self._open
        wait_ms = promised_ms(self._breath) if wait is not None and wait.wait_ms is None else None
        if wait is None or wait_ms is None:
            return None
        limit_ms = self._waits.limit_ms(wait_ms)
        return replace(wait, at_ms=at_ms, end_ms=words.end_ms, text=self._breath, wait_ms=wait_ms, limit_ms=limit_ms)

    def _is_told_at_once(self, spoken: SpokenText, asked: Match) -> bool:
        """我看一下啊，您的余额是三十元: what was asked for in the same breath, after the last request, or goodbye."""
        last: Match | None = asked
        while last is not None:
            asked = last
            last = self._asks.find(spoken, max(asked.end, asked.start + 1))
        if self._results.find(spoken, asked.end) or self._goodbyes.find(spoken, asked.end):
            return True
        behind = self._content([clause for clause in spoken.clauses if clause.start >= asked.end])
        return _length([part for part in behind if not self._reasons.find(part)]) > self._waits.back_characters

    def _content(self, clauses: Iterable[Clause]) -> list[SpokenText]:
        """What is more than a filler, consent or light talk."""
        return [part for clause in clauses if not self._idle.find(part := SpokenText(clause.text))]

    def _renewed(self, wait: WaitRequested) -> list[Event]:
        """请您再稍等一下 in a longer promise takes nothing from it: the later end holds, of one and the same wait."""
        if self._open is not None:
            if wait.over_ms <= self._open.over_ms:
                return []
            wait = replace(wait, first_end_ms=self._open.since_ms)
        self._open = wait
        return [wait]

    def _is_back(self, words: WordsHeard, spoken: SpokenText, wait: WaitRequested) -> bool:
        if self._back.find(spoken):
            return True
        content = self._content(spoken.clauses)
        if any(self._questions.find(clause) for clause in content):
            return True
        is_late = words.start_ms > wait.over_ms  # then anything that is said is what was waited for
        return _length(content) > (0 if is_late or self._is_asked else self._waits.back_characters)


def _length(clauses: Iterable[SpokenText]) -> int:
    return sum(len(clause.chars) for clause in clauses)


def promised_ms(text: str) -> int | None:
    """The time that a request to wait promises, in ms; None when it says none."""
    said = _MARKS.sub("，", text)
    for promise in mandarin.PROMISES:
        if found := promise.search(said):
            return _duration_ms(found["time"]) or None
    return None


def _duration_ms(time: str) -> int:
    """一分钟三十秒 is 90,000; what is no number counts as nothing."""
    pieces = mandarin.PIECE_OF_TIME.findall(time)
    return round(sum((_number(n) + (0.5 if a or b else 0)) * mandarin.UNIT_MS[unit] for n, a, unit, b in pieces))


def _number(digits: str) -> float:
    if digits == mandarin.HALF:
        return 0.5
    digits = digits.replace(mandarin.SOME, mandarin.SOME_IS)
    # 两三分钟, 一两分钟: the longer of the two was promised.
    if len(digits) == 2 and set(digits) <= mandarin.SINGLE_DIGITS:
        digits = digits[1]
    try:
        return float(cn2an.cn2an(digits, "smart"))
    except ValueError:
        return 0
