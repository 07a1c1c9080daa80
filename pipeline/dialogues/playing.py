"""Plays a written dialogue: the code of a live call from turn-taking on, fed with what ears would have heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.conversation import Conversation
from pipeline.dialogues.hearing import hear
from pipeline.dialogues.reading import Dialogue
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import SoundEnded
from pipeline.ports import SLICE_MS
from pipeline.settings import CallSettings


def play(dialogue: Dialogue, rulebook: Rulebook, settings: CallSettings | None = None) -> list[Event]:
    """All events of the call, CallScored last. The same dialogue under the same rulebook gives the same again."""
    settings = settings or CallSettings()
    started = CallStarted(
        0, dialogue.id, dialogue.started_at, (Channel.AGENT, Channel.CUSTOMER), dialogue.call_facts, rulebook.id,
        rulebook.version, settings.digest(), "written",
        legend=legend(rulebook, settings.turn_taking.both_limit_ms, settings.turn_taking.agent_limit_ms),
    )  # fmt: skip
    *slices, (end_ms, still_open) = hear(dialogue, settings)
    return hold(started, rulebook, settings.turn_taking, dict(slices), still_open, end_ms)


def hold(
    started: CallStarted,
    rulebook: Rulebook,
    settings: TurnTakingSettings,
    heard: Mapping[int, Sequence[Event]],
    still_open: Sequence[Event],
    end_ms: int,
) -> list[Event]:
    """All events of a call in which this was `heard`, by the ends of the slices, and `still_open` when it ended."""
    conversation = Conversation(rulebook, settings, started)
    events: list[Event] = [started, *conversation.feed(0, [started])]
    for at_ms in range(SLICE_MS, end_ms + SLICE_MS, SLICE_MS):
        told = heard.get(at_ms, ())
        events += [*told, *conversation.feed(at_ms, told)]
    last: list[Event] = [SoundEnded(end_ms), *still_open]
    events += [*last, *conversation.feed(end_ms, last), CallEnded(end_ms, "finished")]
    return [*events, *conversation.finish(end_ms)]
