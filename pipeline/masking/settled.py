"""Whether all that is said in a call is known as words, so that what is private in its sound can be muted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.faults import StageFailed
from pipeline.events.record import Record
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnEnded
from pipeline.events.words import LanguageHeard, WordsHeard

UnsettledBecause = Literal["", "not_scored", "no_words", "unreadable", "erased", "other_language", "missing"]

WHY: dict[UnsettledBecause, str] = {
    "not_scored": "the call is not scored yet",
    "no_words": "no words were recognised",
    "unreadable": "some of its records cannot be read",
    "erased": "its words were erased",
    "other_language": "another language is spoken in it, of which words are not right",
    "missing": "of some of what is said no words were recognised",
}


def unsettled(records: Iterable[Record]) -> UnsettledBecause:
    """Why not all of it is known; "": it is. `records`: all of the call, by seq."""
    events = [record.event for record in records]
    heard = [event for event in events if isinstance(event, WordsHeard)]
    spoken = {(event.channel, event.start_ms, event.end_ms) for event in heard}
    if any(isinstance(event, StageFailed) and event.stage == "record" for event in events):
        return "unreadable"
    if not any(isinstance(event, CallStarted) and event.engine != "none" for event in events):
        return "no_words"
    if not {CallEnded, CallScored} <= {type(event) for event in events}:
        return "not_scored"
    if any(event.is_erased for event in heard):
        return "erased"
    if any(isinstance(event, LanguageHeard) and not event.is_coached for event in events):
        return "other_language"
    for event in events:
        if isinstance(event, TurnEnded) and not any(
            channel is event.channel and start_ms < event.end_ms and end_ms > event.start_ms
            for channel, start_ms, end_ms in spoken
        ):
            return "missing"
    return ""
