"""One call, top to bottom: slices in, events out. Read this first.

A call is processed here synchronously, on audio time: each 20 ms slice is one clock tick. No wall clock is read,
nothing is stored or sent; a live call, a recording and the demo differ only in their Source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.asr.text.glossary import Glossary
from pipeline.audio.bleed import Crosstalk
from pipeline.audio.turn_taking import TurnTaking
from pipeline.channel import ChannelAnalysis
from pipeline.coach.coach import Coach
from pipeline.coach.procedures.waits import WaitLimits, promised_wait_ms
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.telephony import ToldAnnouncements
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel, ChannelBack, ChannelLost, Heard
from pipeline.events.faults import OverloadNoted
from pipeline.events.measures import AgentBaseline
from pipeline.events.prompts import AnnouncementTold
from pipeline.events.record import Event, Note
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import WordsHeard
from pipeline.overload import NO_PITCH, Overload
from pipeline.ports import SLICE_MS, Slice, Source, Transcriber
from pipeline.settings import CallSettings


def listen(
    source: Source,
    transcriber: Transcriber,
    rulebook: Rulebook,
    settings: CallSettings,
    *,
    call_id: str,
    started_at: str,
    baseline: AgentBaseline | None = None,
) -> Iterator[list[Event]]:
    """The events of each slice, in order; the first list holds CallStarted, the last CallEnded and CallScored.

    `started_at`: ISO 8601. `baseline`: the agent's usual figures. Blocks as the source does, and raises its AudioError.
    """
    channels, facts = source.channels, source.facts
    recogniser = RecogniserSession(transcriber, call_id, _glossary(facts, settings))
    sides = {c: ChannelAnalysis(c, recogniser, settings, baseline if c is Channel.AGENT else None) for c in channels}
    gaps, crosstalk = _Gaps(channels, settings.lost_ms), Crosstalk(channels, settings.bleed)
    turn_taking = TurnTaking(channels, settings.turn_taking)
    told, overload, coach = ToldAnnouncements(), Overload(settings.overload), Coach(rulebook, facts, channels)
    started = _started(source, transcriber, rulebook, settings, call_id, started_at)
    yield [started, *coach.feed(0, [started])]

    now = 0
    for piece in source:
        now = piece.end_ms
        events = [*_noted(piece.notes, now, told), *gaps.feed(piece), *_shed(overload, piece, recogniser, sides)]
        events += crosstalk.feed(piece)

        # The channels: who speaks, how, and what was said. The VAD decides at once where a silence limit depends on it.
        flush = turn_taking.due(now)
        for channel, side in sides.items():
            if piece.heard[channel] is not Heard.LOST:
                events += side.feed(now, piece.pcm[channel], flush, crosstalk.level_dbfs[channel])
            events += side.words(now, source.can_wait)
        events += recogniser.feed(now)
        _share_turns(sides, events)

        # Turn-taking: silence and overlap. The words may have asked the other side to wait, which changes the limit.
        _expect_waits(turn_taking, events, rulebook.waits)
        events += turn_taking.feed(now, events, any(e.pending_onset for e in sides.values()), gaps.lost, gaps.is_open)

        # The coach: hints and procedures.
        events += coach.feed(now, events)
        yield events

    yield _last_words(now, sides, recogniser, turn_taking, coach)


def _started(
    source: Source, transcriber: Transcriber, rulebook: Rulebook, settings: CallSettings, call_id: str, started_at: str
) -> CallStarted:
    return CallStarted(
        0, call_id, started_at, source.channels, source.facts, rulebook.id, rulebook.version,
        settings.digest(), transcriber.engine, transcriber.notice, source.notices,
        legend=legend(rulebook, settings.turn_taking.both_limit_ms, settings.turn_taking.agent_limit_ms),
    )  # fmt: skip


def _last_words(
    now: int,
    sides: dict[Channel, ChannelAnalysis],
    recogniser: RecogniserSession,
    turn_taking: TurnTaking,
    coach: Coach,
) -> list[Event]:
    """Ends open turns and pending words, then the figures of the whole call and the score."""
    events: list[Event] = []
    for side in sides.values():
        events += side.finish(now)
    events += recogniser.feed(now)
    _share_turns(sides, events)
    events += turn_taking.feed(now, events, False, (), False) + turn_taking.finish(now)
    events += coach.feed(now, events)
    for side in sides.values():
        events += side.whole_call(now)
    events.append(CallEnded(now, "finished"))
    return [*events, *coach.finish(now)]


class _Gaps:
    """Tracks channels without data. `lost`: those without data for `lost_ms` or more, reported as lost."""

    def __init__(self, channels: tuple[Channel, ...], lost_ms: int) -> None:
        self._lost_ms = lost_ms
        self._gap_from: dict[Channel, int] = {}
        self.lost: set[Channel] = set()

    @property
    def is_open(self) -> bool:
        """Whether any channel had no data in the last slice."""
        return bool(self._gap_from)

    def feed(self, piece: Slice) -> list[Event]:
        events: list[Event] = []
        for channel, heard in piece.heard.items():
            if heard is Heard.LOST:
                start = self._gap_from.setdefault(channel, piece.start_ms)
                if channel not in self.lost and piece.end_ms - start >= self._lost_ms:
                    self.lost.add(channel)
                    events.append(ChannelLost(piece.end_ms, channel, start))
            elif (start_ms := self._gap_from.pop(channel, None)) is not None and channel in self.lost:
                self.lost.remove(channel)
                events.append(ChannelBack(piece.end_ms, channel, start_ms, piece.end_ms - SLICE_MS))
        return events


def _shed(
    overload: Overload, piece: Slice, recogniser: RecogniserSession, sides: dict[Channel, ChannelAnalysis]
) -> list[OverloadNoted]:
    """Switches off what there is no time for. Turns and the silence clock are never left out."""
    noted = overload.feed(piece.end_ms, piece.behind_ms)
    recogniser.shed(overload.level)
    for side in sides.values():
        side.skips_pitch = overload.level >= NO_PITCH
    return noted


def _glossary(facts: CallFacts, settings: CallSettings) -> Glossary:
    return Glossary([*settings.asr.names, facts.company or "", facts.agent_name or ""])


def _noted(notes: tuple[Note, ...], at_ms: int, told: ToldAnnouncements) -> list[Event]:
    stamped: list[Event] = [replace(note, at_ms=at_ms) for note in notes if not isinstance(note, AnnouncementTold)]
    return [*stamped, *told.feed(at_ms, notes)]


def _share_turns(sides: dict[Channel, ChannelAnalysis], events: list[Event]) -> None:
    """A pause in which the other side speaks does not count as a pause within one's own speech."""
    for event in events:
        if isinstance(event, TurnStarted | TurnEnded):
            for channel, side in sides.items():
                if channel is not event.channel:
                    side.pace.other_turn(event)


def _expect_waits(turn_taking: TurnTaking, events: list[Event], limits: WaitLimits) -> None:
    for event in events:
        if isinstance(event, WordsHeard):
            wait_ms = promised_wait_ms(event.text, limits)
            if wait_ms is not None:
                turn_taking.expect_wait(event.channel, event.end_ms, wait_ms)
