"""How a digest follows from the events of its call: a pure fold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from types import MappingProxyType
from typing import Any, Literal

from pipeline.digest import (
    COMPLAINT,
    HOLD,
    LINE,
    LISTENERS,
    MOST,
    NOBODY,
    STRIP_S,
    Digest,
    HelpNow,
    HintNow,
    Line,
    Since,
    Unheeded,
    WhisperNow,
)
from pipeline.events.call import CallEnded, CallStarted, FactsNoted, PhaseChanged
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.faults import OverloadNoted, StageBack, StageFailed
from pipeline.events.help import (
    WHISPER,
    HelpAsked,
    HelpClosed,
    HelpReceived,
    HelpTaken,
    ListenEnded,
    ListenStarted,
    WhisperSeen,
    WhisperSent,
)
from pipeline.events.hints import HintCleared, HintRaised, Severity, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import (
    SilenceEnded,
    SilenceStarted,
    SoundEnded,
    TurnEnded,
    TurnStarted,
    WaitEnded,
    WaitRequested,
)
from pipeline.events.words import WordsHeard

_SAY, _ID, _NAME = 40, 48, 16
_LOST = "x"
_GREETING = 1  # the first step of the silent call is how every call begins
_SIGNS: Mapping[Channel, str] = {Channel.AGENT: "a", Channel.CUSTOMER: "c", Channel.MIXED: "m"}


def fold(digest: Digest, event: Event) -> Digest:
    """The digest with what this event tells. Nothing changes behind the end of the call."""
    if digest.ended_ms is not None:
        return digest
    now = _passed(digest, event.at_ms)
    tell = _TELLS.get(type(event))
    return now if tell is None else tell(now, event)


def digest_of(events: Iterable[Event]) -> Digest:
    return reduce(fold, events, Digest())


# --- what each event tells ------------------------------------------------------------------------------------------


def _started(digest: Digest, event: CallStarted) -> Digest:
    pace = event.legend.pace
    low, high = (pace.low, pace.high) if pace is not None else (None, None)
    told = _short(event.call_id, 64), event.started_at[:_ID]
    agent_id = _id(event.facts.agent_id)
    return replace(digest, call_id=told[0], agent_id=agent_id, started_at=told[1], pace_low=low, pace_high=high)


def _facts(digest: Digest, event: FactsNoted) -> Digest:
    return replace(digest, agent_id=_id(event.facts.agent_id))


def _turn_started(digest: Digest, event: TurnStarted) -> Digest:
    """An agent who speaks once the promised time is up is back, as in turn_taking: no words need say so."""
    others = tuple(one for one in digest.speaking if one.channel != event.channel)
    begun = replace(digest, speaking=(*others, Since(event.channel, event.start_ms)), silence=None)
    if event.channel is Channel.AGENT and digest.promised_ms is not None and event.start_ms >= digest.promised_ms:
        begun = replace(begun, promised_ms=None)
    return _marked(begun, event.start_ms, lambda sign: _with(sign, event.channel))


def _turn_ended(digest: Digest, event: TurnEnded) -> Digest:
    left = tuple(one for one in digest.speaking if one.channel != event.channel)
    ended = replace(digest, speaking=left, nobody_ms=event.end_ms if not left else digest.nobody_ms)
    return _marked(ended, (event.end_ms // 1000 + 1) * 1000, lambda sign: _without(sign, event.channel))


def _silence_started(digest: Digest, event: SilenceStarted) -> Digest:
    return replace(digest, silence=event.kind, silence_ms=event.start_ms)


def _paced(digest: Digest, event: PaceMeasured) -> Digest:
    of_agent = event.channel is Channel.AGENT and not digest.is_quiet
    return replace(digest, pace=round(event.speaking_rate, 1)) if of_agent else digest


def _levelled(digest: Digest, event: LevelMeasured) -> Digest:
    of_agent = event.channel is Channel.AGENT and not digest.is_quiet
    return replace(digest, level=round(event.speech_dbfs, 1)) if of_agent else digest


def _raised(digest: Digest, event: HintRaised) -> Digest:
    rule, say = _short(event.rule, _ID), _short(event.say, _SAY)
    new = HintNow(event.hint, rule, event.severity, say, event.at_ms, event.is_fatal)
    order = list(Severity)
    hints = sorted((*digest.hints, new), key=lambda one: (order.index(one.severity), one.since_ms, one.hint))
    return replace(digest, hints=tuple(hints[:MOST]))


def _cleared(digest: Digest, event: HintCleared) -> Digest:
    gone = next((one for one in digest.hints if one.hint == event.hint), None)
    left = replace(digest, hints=tuple(one for one in digest.hints if one.hint != event.hint))
    return left if gone is None else replace(left, unheeded=_unheeded(digest.unheeded, gone.rule, event.reason))


def _unheeded(before: Unheeded | None, rule: str, reason: str) -> Unheeded | None:
    """One that was replaced, or whose call has ended, tells nothing."""
    if reason in ("expired", "dismissed"):
        return Unheeded(rule, before.count + 1 if before is not None and before.rule == rule else 1)
    if reason in ("done", "cause_gone") and before is not None and before.rule == rule:
        return None
    return before


def _stepped(digest: Digest, event: SilentCallStep) -> Digest:
    step = event.step if event.step > _GREETING else 0
    return replace(digest, step=step, step_ms=event.at_ms if step != digest.step else digest.step_ms)


def _lost(digest: Digest, event: ChannelLost) -> Digest:
    others = tuple(one for one in digest.blind if one.channel != event.channel)
    blind = replace(digest, blind=(*others, Since(event.channel, event.start_ms)))
    return _marked(blind, event.start_ms, lambda sign: _LOST)


def _back(digest: Digest, event: ChannelBack) -> Digest:
    seen = replace(digest, blind=tuple(one for one in digest.blind if one.channel != event.channel))
    return _marked(seen, -(-event.end_ms // 1000) * 1000, lambda sign: _sign(seen))


def _failed(digest: Digest, event: StageFailed) -> Digest:
    others = tuple(stage for stage in digest.failed if stage != event.stage[:16])
    return replace(digest, failed=(*others, _short(event.stage, 16))[-MOST:])


def _mended(digest: Digest, event: StageBack) -> Digest:
    return replace(digest, failed=tuple(stage for stage in digest.failed if stage != event.stage[:16]))


def _phase(digest: Digest, event: PhaseChanged) -> Digest:
    """A customer who complains and is put on hold still does."""
    stays = event.phase == COMPLAINT or (event.phase == HOLD and digest.mode == "complaint")
    mode: Literal["", "complaint"] = "complaint" if stays else ""
    mode_ms = digest.mode_ms if mode == digest.mode else event.at_ms
    return replace(digest, phase=_short(event.phase, _ID), phase_ms=event.at_ms, mode=mode, mode_ms=mode_ms)


def _promised(digest: Digest, event: WaitRequested) -> Digest:
    return replace(digest, promised_ms=event.over_ms) if event.channel is Channel.AGENT else digest


def _asked(digest: Digest, event: HelpAsked) -> Digest:
    """Another reason changes neither the clock nor who has taken it."""
    before = digest.help or HelpNow(event.at_ms)
    return replace(digest, help=replace(before, reason=event.reason))


def _taken(digest: Digest, event: HelpTaken | HelpReceived) -> Digest:
    by = _short(event.by, _NAME) if isinstance(event, HelpTaken) else ""
    return digest if digest.help is None else replace(digest, help=replace(digest.help, taken_by=by))


def _whispered(digest: Digest, event: WhisperSent) -> Digest:
    return replace(digest, whisper=WhisperNow(_short(event.whisper, _ID), text=_short(event.text, WHISPER)))


def _seen(digest: Digest, event: WhisperSeen) -> Digest:
    now = digest.whisper
    is_newest = now is not None and now.whisper == _short(event.whisper, _ID)
    return replace(digest, whisper=replace(now, is_seen=True)) if now is not None and is_newest else digest


def _listened(digest: Digest, event: ListenStarted | ListenEnded) -> Digest:
    """Each is told once for all of their pages: a name that is there twice is two people."""
    names, name = list(digest.listeners), _short(event.by, _NAME)
    if isinstance(event, ListenStarted):
        names = [*names, name][:LISTENERS]
    elif name in names:
        names.remove(name)
    return replace(digest, listeners=tuple(names))


def _heard(digest: Digest, event: WordsHeard) -> Digest:
    text = event.shown or event.text
    if not text or event.is_erased or event.heard_later:
        return digest
    return replace(digest, line=Line(event.channel, _short(text, LINE)))


def _ended(digest: Digest, event: CallEnded) -> Digest:
    return replace(
        digest, ended_ms=event.at_ms, speaking=(), silence=None, hints=(), step=0, promised_ms=None, is_quiet=True,
        help=None, listeners=(),
    )  # fmt: skip


# --- the strip ------------------------------------------------------------------------------------------------------


def _passed(digest: Digest, at_ms: int) -> Digest:
    """Time goes on with whoever speaks."""
    if at_ms <= digest.at_ms:
        return digest
    seconds = min(at_ms // 1000 - digest.at_ms // 1000, STRIP_S)
    if not seconds:
        return replace(digest, at_ms=at_ms)
    return replace(digest, at_ms=at_ms, strip=(digest.strip + _sign(digest) * seconds)[-STRIP_S:])


def _sign(digest: Digest) -> str:
    """Of a second in which nothing changes."""
    return _LOST if digest.blind else reduce(_with, (one.channel for one in digest.speaking), NOBODY)


def _marked(digest: Digest, from_ms: int, mark: Callable[[str], str]) -> Digest:
    """What is known of the seconds since then, which have passed already."""
    count = digest.at_ms // 1000 - max(0, from_ms) // 1000 + 1
    if count <= 0:
        return digest
    kept, changed = digest.strip[:-count], digest.strip[-count:]
    return replace(digest, strip=kept + "".join(map(mark, changed)))


def _with(sign: str, channel: Channel) -> str:
    own = _SIGNS[channel]
    if sign in (NOBODY, own):
        return own
    return sign if sign in (_LOST, "b") else "b"


def _without(sign: str, channel: Channel) -> str:
    own = _SIGNS[channel]
    if sign == "b":
        return "c" if channel is Channel.AGENT else "a"
    return NOBODY if sign == own else sign


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _id(agent_id: str | None) -> str | None:
    """Never shortened to another's: who has a longer one than that is nobody here."""
    return agent_id if agent_id is None or len(json.dumps(agent_id, ensure_ascii=False).encode()) <= 98 else None


_TELLS: Mapping[type[Any], Callable[[Digest, Any], Digest]] = MappingProxyType({
    CallStarted: _started, FactsNoted: _facts, CallEnded: _ended, PhaseChanged: _phase,
    TurnStarted: _turn_started, TurnEnded: _turn_ended,
    SilenceStarted: _silence_started, SilenceEnded: lambda digest, event: replace(digest, silence=None),
    PaceMeasured: _paced, LevelMeasured: _levelled,
    HintRaised: _raised, HintCleared: _cleared, SilentCallStep: _stepped,
    ChannelLost: _lost, ChannelBack: _back, StageFailed: _failed, StageBack: _mended,
    OverloadNoted: lambda digest, event: replace(digest, overload=event.level),
    WaitRequested: _promised, WaitEnded: lambda digest, event: replace(digest, promised_ms=None),
    HelpAsked: _asked, HelpReceived: _taken, HelpTaken: _taken,
    HelpClosed: lambda digest, event: replace(digest, help=None),
    WhisperSent: _whispered, WhisperSeen: _seen, ListenStarted: _listened, ListenEnded: _listened,
    WordsHeard: _heard, SoundEnded: lambda digest, event: replace(digest, is_quiet=True),
})  # fmt: skip
