"""The report of a finished call: the object of `score --json`, computed from its records.

Nothing is measured here. Keys and their meaning are a contract (docs/design.md): none is changed or removed. The codes
of `notices`, irregularities of the file, are in docs/files.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from pipeline.codec import event_to_dict
from pipeline.errors import CallcoachError
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.channels import Channel, LineNoiseRemoved
from pipeline.events.hints import HintRaised, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.events.turns import SilenceEnded, SilenceStarted, TurnEnded
from pipeline.events.words import LanguageHeard, WordsHeard

AnyEvent = TypeVar("AnyEvent")
Json = dict[str, Any]


def report(file: str, records: Iterable[Record]) -> Json:
    """The report of one file. Raises CallcoachError when the records are not those of a complete call."""
    events = [record.event for record in records]
    started, ended = _last(_of(events, CallStarted)), _last(_of(events, CallEnded))
    if started is None or ended is None:
        raise CallcoachError(f"{file}: the call has no beginning or no end")
    heard = sorted(_of(events, WordsHeard), key=lambda e: e.start_ms)
    channels = started.channels
    return {
        "file": file,
        "duration_ms": ended.at_ms,
        "channels": [str(channel) for channel in channels],
        "rulebook": {"id": started.rulebook_id, "version": started.rulebook_version},
        "engine": started.engine,
        "turns": _turns(events),
        "silences": _silences(events, ended.at_ms),
        "silent_call": _silent_call(events),
        "words": _words(heard),
        "languages": [_language(one) for one in _of(events, LanguageHeard)],
        "text": {str(c): " ".join(e.text for e in heard if e.channel is c and e.text) for c in channels},
        "pace": {str(c): pace for c in channels if (pace := _pace(events, c)) is not None},
        "pitch": {str(c): pitch for c in channels if (pitch := _pitch(events, c)) is not None},
        "level": {str(c): level for c in channels if (level := _level(events, c)) is not None},
        "hints": [_hint(hint) for hint in _of(events, HintRaised)],
        "score": _score(_last(_of(events, CallScored))),
        "words_trust": event_to_dict(started)["words_trust"],
        "notices": [{"code": notice.code, "detail": notice.detail} for notice in started.notices],
        "removed": {str(c): removed for c in channels if (removed := _removed(events, c))},
    }


def _of(events: Iterable[Event], kind: type[AnyEvent]) -> Iterator[AnyEvent]:
    return (event for event in events if isinstance(event, kind))


def _last(items: Iterable[AnyEvent]) -> AnyEvent | None:
    found = None
    for found in items:  # noqa: B007
        pass
    return found


def _turns(events: list[Event]) -> list[Json]:
    turns = sorted(_of(events, TurnEnded), key=lambda e: (e.start_ms, e.channel))
    return [{"channel": str(e.channel), "start_ms": e.start_ms, "end_ms": e.end_ms} for e in turns]


def _silences(events: list[Event], end_ms: int) -> list[Json]:
    """All silences of 1,000 ms or more; an open one lasts to the end of the call."""
    silences: list[Json] = []
    still_open: SilenceStarted | None = None
    for event in events:
        if isinstance(event, SilenceStarted):
            still_open = event  # the same silence with another kind replaces it
        elif isinstance(event, SilenceEnded):
            still_open = None
            silences.append({"start_ms": event.start_ms, "end_ms": event.end_ms, "kind": str(event.kind)})
    if still_open is not None:
        silences.append({"start_ms": still_open.start_ms, "end_ms": end_ms, "kind": str(still_open.kind)})
    return silences


def _silent_call(events: list[Event]) -> list[Json]:
    """The time at which each step was first shown."""
    first: dict[int, int] = {}
    for event in _of(events, SilentCallStep):
        if event.state == "say":
            first.setdefault(event.step, event.at_ms)
    return [{"step": step, "at_ms": at_ms} for step, at_ms in first.items()]


def _words(heard: list[WordsHeard]) -> list[Json]:
    words = [
        {
            "channel": str(turn.channel),
            "text": word.text,
            "start_ms": word.start_ms,
            "end_ms": word.end_ms,
            "confidence": word.confidence,
        }
        for turn in heard
        for word in turn.words
    ]
    return sorted(words, key=lambda word: word["start_ms"])


def _language(heard: LanguageHeard) -> Json:
    """From `start_ms` on the channel speaks it; `is_written`: its words are recognised in it."""
    return {
        "channel": str(heard.channel),
        "start_ms": heard.start_ms,
        "language": heard.language,
        "is_written": heard.is_written,
    }


def _pace(events: list[Event], channel: Channel) -> Json | None:
    """Pace by words; without words only the times and the acoustic estimate."""
    whole = [e for e in _of(events, PaceMeasured) if e.channel is channel and e.start_ms == 0]
    words = _last(e for e in whole if e.basis == "words")
    acoustic = _last(e for e in whole if e.basis == "acoustic")
    known = words or acoustic
    if known is None:
        return None
    return {
        "characters": words.characters if words else None,
        "speaking_ms": known.speaking_ms,
        "articulation_ms": known.articulation_ms,
        "speaking_rate": words.speaking_rate if words else None,
        "articulation_rate": words.articulation_rate if words else None,
        "acoustic_rate": acoustic.speaking_rate if acoustic else None,
    }


def _pitch(events: list[Event], channel: Channel) -> Json | None:
    whole = _last(e for e in _of(events, PitchMeasured) if e.channel is channel and e.start_ms == 0)
    if whole is None:
        return None
    return {
        "median_hz": whole.median_hz,
        "sd_semitones": whole.sd_semitones,
        "range_semitones": whole.range_semitones,
        "voiced_ms": whole.voiced_ms,
    }


def _level(events: list[Event], channel: Channel) -> Json | None:
    whole = _last(e for e in _of(events, LevelMeasured) if e.channel is channel and e.start_ms == 0)
    return None if whole is None else {"speech_dbfs": whole.speech_dbfs, "snr_db": whole.snr_db}


def _removed(events: list[Event], channel: Channel) -> Json:
    """Level in dBFS of each kind of noise that was taken off the line before measuring."""
    return {e.noise: e.dbfs for e in _of(events, LineNoiseRemoved) if e.channel is channel}


def _hint(hint: HintRaised) -> Json:
    return {
        "rule": hint.rule,
        "title": hint.title,
        "at_ms": hint.at_ms,
        "start_ms": hint.start_ms,
        "end_ms": hint.end_ms,
        "severity": str(hint.severity),
        "say": hint.say,
    }


def _score(scored: CallScored | None) -> Json | None:
    if scored is None:
        return None
    card = event_to_dict(scored)
    basis = (
        "total", "unscored_reason", "assessed", "offered", "fatal", "to_confirm", "lost_share", "confirmed_total",
        "assessed_by_words",
    )  # fmt: skip
    item = ("rule", "title", "verdict", "weight", "fatal", "evidence", "note", "withheld")
    return {
        **{key: card[key] for key in basis},
        "groups": {group["name"]: {"points": group["points"], "weight": group["weight"]} for group in card["groups"]},
        "items": [{key: one[key] for key in item} for one in card["items"]],
    }
