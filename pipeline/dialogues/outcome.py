"""What came of a played dialogue: the object of `rules play --json`, with the items of the handbook that each covers.

Keys and their meaning are a contract (docs/design.md). Lists that no rule fills yet are empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import PhaseChanged
from pipeline.events.faults import StageFailed
from pipeline.events.hints import HintRaised, SilentCallStep
from pipeline.events.record import Event
from pipeline.events.score import CallScored

Json = dict[str, Any]


def outcome(dialogue_id: str, rulebook: Rulebook, events: Sequence[Event]) -> Json:
    """The object of one dialogue; times in ms since its start."""
    return {
        "id": dialogue_id,
        "hints": [_hint(event, rulebook) for event in events if isinstance(event, HintRaised)],
        "scripts": list(_scripts(rulebook, events)),
        "cards": [],
        "phases": [_phase(event, rulebook) for event in events if isinstance(event, PhaseChanged)],
        "promises": [],
        "fields": [],
        "checks": [],
        "faults": [event.reason for event in events if isinstance(event, StageFailed)],
        "items": [item for event in events if isinstance(event, CallScored) for item in _items(event, rulebook)],
    }


def _hint(hint: HintRaised, rulebook: Rulebook) -> Json:
    covers = list(rulebook.rule(hint.rule).items)
    return {
        "rule": hint.rule, "covers": covers, "at_ms": hint.at_ms, "severity": str(hint.severity), "text": hint.say,
    }  # fmt: skip


def _scripts(rulebook: Rulebook, events: Sequence[Event]) -> Iterator[Json]:
    """Each step of the silent call when it is first to be said; step 0 when the customer is heard after all."""
    script = rulebook.scripts.silent_call
    told = 0
    for event in events:
        if script is None or not isinstance(event, SilentCallStep):
            continue
        if event.state == "over" and told > 1:
            yield {"covers": list(script.over_covers), "step": 0, "at_ms": event.at_ms, "text": event.say}
        if event.step <= told:
            continue
        told = event.step
        covers = script.steps[told - 1].covers if told <= len(script.steps) else script.end_covers
        yield {"covers": list(covers), "step": told, "at_ms": event.at_ms, "text": event.say}


def _phase(changed: PhaseChanged, rulebook: Rulebook) -> Json:
    covers = next((list(phase.covers) for phase in rulebook.phases if phase.id == changed.phase), [])
    return {"phase": changed.phase, "covers": covers, "at_ms": changed.at_ms}


def _items(scored: CallScored, rulebook: Rulebook) -> Iterator[Json]:
    for item in scored.items:
        covers = list(rulebook.rule(item.rule).items)
        yield {"rule": item.rule, "covers": covers, "verdict": str(item.verdict), "fatal": item.fatal}
