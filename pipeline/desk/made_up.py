"""Events of a made-up call, as many as in a real one: 34,000 records in two hours, about 10 MB of JSON."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pipeline.events.call import CallFacts, CallStarted, PhaseChanged
from pipeline.events.channels import CaptureMeasured, Channel, Heard
from pipeline.events.hints import Citation, HintCleared, HintDone, HintRaised, HintShown, Severity, SilentCallStep, Span
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceStarted, TurnEnded, TurnStarted
from pipeline.events.words import Word, WordsHeard, WordsSuppressed

SAID = "我先帮您把情况登记下来请您稍等我再核对一遍地址和电话好的没有问题谢谢您的耐心等待"


FACTS = CallFacts(agent_id="1042", agent_name="小林")


def made_up_call(
    call_id: str, hours: float, seed: int = 7, facts: CallFacts = FACTS, began: str = "2026-11-26T09:00:00+08:00"
) -> Iterator[list[Event]]:
    """Lists of events as `listen` yields them, without most of the empty ones: the two sides speak in turn."""
    chance = random.Random(seed)
    sides = (Channel.AGENT, Channel.CUSTOMER)
    yield [
        CallStarted(0, call_id, began, sides, facts, "handbook", "1", "abc", "demo"),
        PhaseChanged(0, "opening"),
        *[CaptureMeasured(0, side, "耳机", Heard.YES, 100, 0, 0) for side in sides],
        SilentCallStep(0, 1, "say", "您好", "您好！", None, 5_000),
    ]  # fmt: skip
    now, turn, hint, side = 1_000, 0, 0, Channel.AGENT
    while now < hours * 3_600_000:
        turn += 1
        length = 20 * chance.randint(100, 350)
        yield from _speech(chance, side, now, length)
        now += length
        pause = 20 * chance.randint(20, 110)
        events: list[Event] = []
        if turn == 2:
            events += [SilentCallStep(now, 0, "over", "", "", None, 5_000), PhaseChanged(now, "body")]
        if turn % 12 == 0:
            hint += 1
            yield from _hint(hint, side, now)
        if turn % 40 == 0:
            events.append(WordsSuppressed(now + 20, side, now - 900, now, "字幕由社区提供", "phantom_line"))
            events.append(CaptureMeasured(now + 20, Channel.CUSTOMER, "耳机", Heard.YES, 100, turn, 0))
        if pause > 1_000:
            events.append(SilenceStarted(now + 1_000, now, SilenceKind.BOTH, 5_000))
            events.append(SilenceEnded(now + pause, now, now + pause, SilenceKind.BOTH))
        yield events
        now += pause
        side = sides[turn % 2]


def _speech(chance: random.Random, side: Channel, start: int, length: int) -> Iterator[list[Event]]:
    end = start + length
    yield [TurnStarted(start + 80, side, start)]
    for at in range(start + 900, end, 500):
        yield [
            LevelMeasured(at, side, start, at - 400, round(chance.uniform(-32, -18), 1), 31.2, 0.0),
            PitchMeasured(at, side, max(0, at - 20_000), at - 400, round(chance.uniform(150, 250), 1),
                          round(chance.uniform(1, 4), 3), 8.41, 9_860, 2.912, 41_230),
            PaceMeasured(at, side, max(0, at - 20_000), at - 400, round(chance.uniform(120, 260), 1), 288.4, 61.7,
                         15_140, 12_860, "acoustic"),
        ]  # fmt: skip
    yield [TurnEnded(end + 320, side, start, end)]
    count = length // 220
    text = "".join(chance.choice(SAID) for _ in range(count))
    words = tuple(
        Word(sign, start + n * length // count, start + (n + 1) * length // count, 0.93) for n, sign in enumerate(text)
    )
    yield [WordsHeard(end + 380, side, start, end, text, words, 380, text + "。")]


def _hint(number: int, side: Channel, now: int) -> Iterator[list[Event]]:
    at = now + 400
    evidence = (Span(side, now - 1_500, now - 300, ""),)
    yield [
        HintRaised(at, number, "speech-rate-150", Severity.WARNING, "语速偏快", "放慢语速", "近 20 秒 236 字/分",
                   "语速回到目标范围后消失", Citation("001", "正常的语速应保持在每分钟150字左右"), now - 20_000, now,
                   evidence)
    ]  # fmt: skip
    yield [HintShown(at + 20, number, 41.5)]
    if number % 2:
        yield [HintDone(at + 40, number, "coach", "236 → 168 字/分")]
    yield [HintCleared(at + 60, number, "done" if number % 2 else "cause_gone")]
