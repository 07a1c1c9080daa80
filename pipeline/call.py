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
from pipeline.audio.gaps import Gaps
from pipeline.audio.line.cleaning import CleanLines
from pipeline.audio.prompts import shared_prompts
from pipeline.audio.voice.silero import shared_silero
from pipeline.channel import ChannelAnalysis, Models
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.telephony import ToldPrompts
from pipeline.conversation import Conversation
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel, Heard
from pipeline.events.measures import AgentBaseline
from pipeline.events.prompts import PromptTold
from pipeline.events.record import Event, Note
from pipeline.events.turns import OnsetPending, SoundEnded, TurnEnded, TurnStarted
from pipeline.overload import NO_PITCH, Overload
from pipeline.ports import Slice, Source, Transcriber
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
    recogniser = RecogniserSession(transcriber, call_id, glossary(facts, settings))
    models = Models(shared_silero(), shared_prompts(settings.prompts))
    sides = {c: ChannelAnalysis(c, recogniser, models, settings, baseline if c is Channel.AGENT else None)
             for c in channels}  # fmt: skip
    lines, gaps = CleanLines(channels, settings.line), Gaps(settings.lost_ms)
    crosstalk = Crosstalk(channels, settings.bleed)
    told, overload = ToldPrompts(), Overload(settings.overload)
    started = _started(source, transcriber, rulebook, settings, call_id, started_at)
    conversation = Conversation(rulebook, settings.turn_taking, started)
    yield [started, *conversation.feed(0, [started])]

    now = 0
    for piece in source:
        # The ears: what was told from outside, where sound is missing, and of each channel who speaks, how, and what.
        now = piece.end_ms
        events = _noted(piece.notes, now, told) + gaps.feed(piece) + _shed(overload, piece, recogniser, sides)
        clean, removed = lines.feed(piece)
        events += [*removed, *crosstalk.feed(clean)]
        for channel in lines.others:
            sides[channel].new_noise()
        flush = conversation.due(now)  # a silence limit depends on this slice: the VAD decides at once
        for channel, side in sides.items():
            if piece.heard[channel] is not Heard.LOST:
                events += side.feed(now, clean.pcm[channel], flush, crosstalk.level_dbfs[channel])
            events += side.words(now, source.can_wait)
        events += recogniser.feed(now)
        _share_turns(sides, events)
        if flush:
            events += [OnsetPending(now, channel) for channel, side in sides.items() if side.pending_onset]

        # What follows: turn-taking, hints and procedures.
        yield [*events, *conversation.feed(now, events)]

    events = [SoundEnded(now), *gaps.finish(now), *_last_words(now, sides, recogniser)]
    yield [*events, *conversation.feed(now, events), *_whole_call(now, sides), *conversation.finish(now)]


def _started(
    source: Source, transcriber: Transcriber, rulebook: Rulebook, settings: CallSettings, call_id: str, started_at: str
) -> CallStarted:
    return CallStarted(
        0, call_id, started_at, source.channels, source.facts, rulebook.id, rulebook.version,
        settings.digest(), transcriber.engine, transcriber.notice, source.notices,
        legend=legend(rulebook, settings.turn_taking.both_limit_ms, settings.turn_taking.agent_limit_ms),
        words_trust=transcriber.trust,
    )  # fmt: skip


def _last_words(now: int, sides: dict[Channel, ChannelAnalysis], recogniser: RecogniserSession) -> list[Event]:
    """Ends open turns and waits for pending words."""
    events: list[Event] = []
    for side in sides.values():
        events += side.finish(now)
    events += recogniser.feed(now)
    _share_turns(sides, events)
    return events


def _whole_call(now: int, sides: dict[Channel, ChannelAnalysis]) -> list[Event]:
    """The figures of the whole call, and its end."""
    return [*(event for side in sides.values() for event in side.whole_call(now)), CallEnded(now, "finished")]


def _shed(
    overload: Overload, piece: Slice, recogniser: RecogniserSession, sides: dict[Channel, ChannelAnalysis]
) -> list[Event]:
    """Switches off what there is no time for. Turns and the silence clock are never left out."""
    noted: list[Event] = [*overload.feed(piece.end_ms, piece.behind_ms)]
    if noted:
        recogniser.shed(overload.level)
        for side in sides.values():
            side.skips_pitch = overload.level >= NO_PITCH
    return noted


def glossary(facts: CallFacts, settings: CallSettings) -> Glossary:
    """Names to which what is heard in this call is corrected."""
    return Glossary([*settings.asr.names, facts.company or "", facts.agent_name or ""])


def _noted(notes: tuple[Note, ...], at_ms: int, told: ToldPrompts) -> list[Event]:
    if not notes:
        return []
    stamped: list[Event] = [replace(note, at_ms=at_ms) for note in notes if not isinstance(note, PromptTold)]
    return [*stamped, *told.feed(at_ms, notes)]


def _share_turns(sides: dict[Channel, ChannelAnalysis], events: list[Event]) -> None:
    for event in events:
        if isinstance(event, TurnStarted | TurnEnded):
            for channel, side in sides.items():
                if channel is not event.channel:
                    side.other_turn(event)
