"""What ears would have heard of a written dialogue: turns, words, levels and pace, each at the moment it is known.

The words come as a recogniser gives them: the whole turn, a little after its end. Pace is counted by the meter of a
live call. Nothing can be said of a pitch that nobody heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.asr.text.pace import Pace, PaceMeter
from pipeline.dialogues.reading import Dialogue, Line
from pipeline.events.channels import Channel
from pipeline.events.measures import LevelMeasured, PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import Word, WordsHeard
from pipeline.han import simplified
from pipeline.ports import SLICE_MS
from pipeline.settings import CallSettings

ONSET_MS = 120
"""After its first sound a turn is known to have begun."""

END_MS = 320
"""After its last sound a turn is known to have ended."""

WORDS_MS = 600
"""After its end the words of a turn are there."""

CLEAR_DB, CONFIDENT = 30.0, 0.9
"""Signal-to-noise ratio and confidence of a line of which nothing else is said."""

_HANGS_UP = re.compile("挂机|挂断")
_NOT_BEFORE = re.compile("[未没不别勿][^，。；、]{0,2}$")  # 坐席未挂机
_AFTERWARDS_MS = 3_000  # how long a call goes on after its last line: no silence is noted in it


@dataclass(frozen=True, slots=True)
class Turn:
    """Lines of one side with no more between them than a pause within a turn; times in ms."""

    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    confidence: float
    level_dbfs: float | None
    snr_db: float


def hear(dialogue: Dialogue, settings: CallSettings) -> Iterator[tuple[int, list[Event]]]:
    """The facts of each slice in which there are any, by its end in ms; the last is what is open at the call's end."""
    end_ms = _end_ms(dialogue)
    told: list[Event] = []
    for channel in (Channel.AGENT, Channel.CUSTOMER):
        for turn in _turns(dialogue, channel, end_ms, settings):
            told += _told(turn)
    told.sort(key=lambda event: event.at_ms)
    pace, last = PaceMeter(settings.pace), list[Event]()
    for at_ms, together in groupby(told, key=lambda event: event.at_ms):
        events = list(together)
        if at_ms <= end_ms:
            yield at_ms, [*events, *_paced(at_ms, events, pace)]
        else:
            last += [replace(event, at_ms=end_ms) for event in events]
    yield end_ms, [*last, *_paced(end_ms, last, pace)]


def unused_lines(dialogue: Dialogue) -> list[Line]:
    """Lines of the telephone system that mean nothing to a call yet."""
    return [line for line in dialogue.lines if line.who == "system" and not _is_hang_up(line)]


def _turns(dialogue: Dialogue, channel: Channel, end_ms: int, settings: CallSettings) -> list[Turn]:
    turns: list[Turn] = []
    for line in dialogue.lines:
        if line.who != channel or _ms(line.start_s) >= end_ms:
            continue
        turn = Turn(
            channel, _ms(line.start_s), min(_ms(line.end_s), end_ms), simplified(line.text),
            CONFIDENT if line.asr_confidence is None else line.asr_confidence,
            line.level_dbfs, CLEAR_DB if line.snr_db is None else line.snr_db,
        )  # fmt: skip
        if turns and turn.start_ms - turns[-1].end_ms <= settings.turns.gap_ms:
            before = turns.pop()
            turn = Turn(
                channel, before.start_ms, turn.end_ms, before.text + turn.text,
                min(before.confidence, turn.confidence), turn.level_dbfs, turn.snr_db,
            )  # fmt: skip
        turns.append(turn)
    return turns


def _told(turn: Turn) -> list[Event]:
    """What is known of a turn, and when."""
    began_ms, ended_ms, worded_ms = (
        _slice(ms) for ms in (turn.start_ms + ONSET_MS, turn.end_ms + END_MS, turn.end_ms + WORDS_MS)
    )
    span = (turn.channel, turn.start_ms, turn.end_ms)
    told: list[Event] = [
        TurnStarted(began_ms, turn.channel, turn.start_ms),
        TurnEnded(ended_ms, *span),
        WordsHeard(worded_ms, *span, turn.text, _words(turn), worded_ms - turn.end_ms, turn.text),
    ]
    if turn.level_dbfs is not None:
        told.insert(2, LevelMeasured(ended_ms, *span, turn.level_dbfs, turn.snr_db, 0.0))
    return told


def _words(turn: Turn) -> tuple[Word, ...]:
    """Every character a word of equal length."""
    step_ms = (turn.end_ms - turn.start_ms) / len(turn.text)
    edges = [turn.start_ms + round(at * step_ms) for at in range(len(turn.text) + 1)]
    return tuple(
        Word(char, start, end, turn.confidence)
        for char, start, end in zip(turn.text, edges, edges[1:], strict=False)
    )  # fmt: skip


def _paced(at_ms: int, events: list[Event], pace: PaceMeter) -> list[PaceMeasured]:
    """The agent's pace, wherever words of the agent's have come."""
    measured: list[PaceMeasured] = []
    for event in events:
        match event:
            case TurnStarted(channel=Channel.CUSTOMER) | TurnEnded(channel=Channel.CUSTOMER):
                pace.other_turn(event)
            case TurnEnded():
                pace.turn_without_estimate(event.start_ms, event.end_ms, ())
                pace.turn_ended(event, (), ())
            case WordsHeard(channel=Channel.AGENT):
                pace.words(event.start_ms, event.end_ms, event.words)
                if (window := pace.window(event.end_ms)) is not None:
                    measured.append(_measured(at_ms, window))
    return measured


def _measured(at_ms: int, pace: Pace) -> PaceMeasured:
    return PaceMeasured(
        at_ms, Channel.AGENT, pace.start_ms, pace.end_ms, pace.speaking_rate, pace.articulation_rate,
        pace.characters, pace.speaking_ms, pace.articulation_ms, pace.basis,
    )  # fmt: skip


def _end_ms(dialogue: Dialogue) -> int:
    """The call ends when somebody hangs up, else a little after the last line."""
    hung_up = [line.end_s for line in dialogue.lines if _is_hang_up(line)]
    if hung_up:
        return _slice(_ms(hung_up[0]))
    return _slice(_ms(dialogue.end_s) + _AFTERWARDS_MS)


def _is_hang_up(line: Line) -> bool:
    hits = _HANGS_UP.finditer(line.text) if line.who == "system" else ()
    return any(not _NOT_BEFORE.search(line.text[: hit.start()]) for hit in hits)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _slice(ms: int) -> int:
    """The end of the slice in which this moment lies."""
    return -(-ms // SLICE_MS) * SLICE_MS
