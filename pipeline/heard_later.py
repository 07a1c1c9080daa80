"""Words that were heard later, from the recording, put where they were said; and the pace that they make."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.asr.session.listener import AsrSettings
from pipeline.asr.text.pace import PaceMeter, PaceSettings
from pipeline.events.channels import Channel
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import COACHED, WordsHeard
from pipeline.ports import SLICE_MS

_DUE_MS = AsrSettings().due_ms
_PAUSE_MS = 250  # a longer one is no articulation


def in_place(heard: list[Event], later: Sequence[WordsHeard]) -> list[Event]:
    """What was heard of a call, with these words where they are due, at its end at the latest, and the agent's pace."""
    if not later:
        return heard
    placed = list(heard)
    for words in sorted(later, key=lambda one: one.end_ms):
        due_ms = -(-(words.end_ms + _DUE_MS) // SLICE_MS) * SLICE_MS
        at_ms = min(due_ms, heard[-1].at_ms)
        told = replace(words, at_ms=at_ms, lag_ms=at_ms - words.end_ms)
        placed.insert(bisect_right(placed, at_ms, key=lambda event: event.at_ms), told)
    return list(_with_pace(placed))


def _with_pace(placed: Sequence[Event]) -> Iterator[Event]:
    """As ChannelAnalysis would have measured it, but for the pauses within turns: those between words are taken."""
    meter, known = PaceMeter(PaceSettings()), None
    worded = [event for event in placed if isinstance(event, WordsHeard) and _is_agents(event)]
    for event in placed:
        yield event
        match event:
            case TurnStarted() | TurnEnded() if event.channel is not Channel.AGENT:
                meter.other_turn(event)
            case TurnStarted():
                meter.turn_goes_on(event.start_ms, event.at_ms, (), ())
            case TurnEnded():
                meter.turn_ended(event, _pauses(event, worded), ())
            case PaceMeasured(channel=Channel.AGENT):
                known = event
            case WordsHeard() if _is_agents(event):
                meter.words(event.start_ms, event.end_ms, event.words)
                if event.heard_later and (pace := _pace(meter, event.at_ms, known)) is not None:
                    yield pace


def _is_agents(words: WordsHeard) -> bool:
    return words.channel is Channel.AGENT and words.language == COACHED and bool(words.words)


def _pauses(turn: TurnEnded, worded: Sequence[WordsHeard]) -> list[tuple[int, int]]:
    words = [word for one in worded if turn.start_ms <= one.start_ms < turn.end_ms for word in one.words]
    return [(a.end_ms, b.start_ms) for a, b in pairwise(words) if b.start_ms - a.end_ms > _PAUSE_MS]


def _pace(meter: PaceMeter, at_ms: int, known: PaceMeasured | None) -> PaceMeasured | None:
    """`known`: the last one of the call, which has the agent's usual pace."""
    pace = meter.window(at_ms)
    if pace is None or pace.basis != "words":
        return None
    usual = (known.baseline_rate, known.baseline_speaking_ms) if known is not None else (None, 0)
    return PaceMeasured(
        at_ms, Channel.AGENT, pace.start_ms, pace.end_ms, pace.speaking_rate, pace.articulation_rate,
        pace.characters, pace.speaking_ms, pace.articulation_ms, pace.basis, *usual,
    )  # fmt: skip
