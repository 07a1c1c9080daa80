"""Words for the record: turns whose words never came are recognised from the call's recording, once it has ended.

There was a recogniser, and it failed or was away (StageFailed "asr"). As soon as it works again what nobody has heard
yet is cut from the recording and goes through the same listeners as in a call. The words stand behind the call's end,
as heard later, with a new score. Where there is no recording there is nothing to hear: the card says how little it
rests on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import soundfile

from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.call import glossary
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import AudioError, ScoreError, StoreError
from pipeline.events.call import CallEnded, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnEnded
from pipeline.events.words import WordsHeard, WordsSuppressed
from pipeline.ports import Bus, Recordings, Transcriber
from pipeline.replay import rescore
from pipeline.session.hearing_again import Hearing, RecordedSound
from pipeline.session.outbox import Outbox
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.archive import Archive

log = logging.getLogger(__name__)

LEAST_MS = 300  # of a turn; a shorter one is as likely no word
LOOK_EVERY = 10  # rounds of the aftercare between two looks for new recordings
_CALLS_AT_ONCE = 200  # in one question to the store


@dataclass(frozen=True, slots=True)
class Places:
    """Where ended calls are, and what was kept of them. `consents`: whether that of a call still holds."""

    archive: Archive
    sessions: Sessions
    bus: Bus
    recordings: Recordings
    consents: Callable[[str], bool]


class LateWords:
    """`care` again and again, in one thread; it never waits for words."""

    def __init__(self, places: Places, transcriber: Transcriber, settings: CallSettings) -> None:
        self._places = places
        self._transcriber = transcriber
        self._settings = settings
        self._looked_at: set[str] = set()  # of these there is nothing to be done any more
        self._waiting: list[str] = []
        self._rounds = 0
        self._hearing: Hearing | None = None

    def care(self, rulebook: Rulebook) -> None:
        """One round: some more is heard of one call."""
        if self._transcriber.fault or self._transcriber.engine == "none":
            self._hearing = None  # begun again when it works again: nothing was kept of it
            return
        try:
            if self._hearing is None:
                self._hearing = self._next()
            if (hearing := self._hearing) is not None and not hearing.goes_on():
                self._keep(hearing, rulebook)
                self._is_done(hearing.call_id)
        except StoreError:
            return  # the next time, with what was heard
        except Exception as error:  # a recording that cannot be read, or whatever one call does to a listener or coach
            is_known = isinstance(error, AudioError | OSError | soundfile.SoundFileError)
            log.warning("words of an ended call cannot be heard: %s", error, exc_info=not is_known)
            if self._hearing is not None:
                self._is_done(self._hearing.call_id)  # the next process tries it again

    def _is_done(self, call_id: str) -> None:
        self._looked_at.add(call_id)
        self._hearing = None

    def _next(self) -> Hearing | None:
        if not self._waiting:
            if self._rounds % LOOK_EVERY == 0:
                self._waiting = self._failed()
            self._rounds += 1
        while self._waiting:
            call_id = self._waiting.pop(0)
            if (hearing := self._begin(call_id)) is not None:
                return hearing
        return None

    def _failed(self) -> list[str]:
        """Calls with a recording of this machine in which recognition failed, the newest last, that are over."""
        new = [call_id for call_id in self._places.recordings.ids() if call_id not in self._looked_at]
        failed, ended = set(), set()
        for begin in range(0, len(new), _CALLS_AT_ONCE):
            for record in self._places.archive.pick(new[begin : begin + _CALLS_AT_ONCE], {"StageFailed", "CallEnded"}):
                if isinstance(record.event, CallEnded):
                    ended.add(record.call_id)
                elif isinstance(record.event, StageFailed) and record.event.stage == "asr":
                    failed.add(record.call_id)
        self._looked_at |= ended - failed
        return [call_id for call_id in new if call_id in failed & ended]

    def _begin(self, call_id: str) -> Hearing | None:
        """None: there is nothing to hear, or not yet."""
        places = self._places
        is_busy = places.sessions.mailbox(call_id) is not None or places.sessions.is_left(call_id)
        if is_busy or (path := places.recordings.find(call_id)) is None:
            return None
        events = [record.event for record in places.archive.read(call_id)]
        started = next((event for event in events if isinstance(event, CallStarted)), None)
        turns = missing(events)
        if started is None or started.engine == "none" or not turns or not places.consents(call_id):
            self._looked_at.add(call_id)
            return None
        told = [event.facts for event in events if isinstance(event, FactsNoted)]
        facts = told[-1] if told else started.facts
        recogniser = RecogniserSession(self._transcriber, call_id, glossary(facts, self._settings))
        at_ms = max(event.at_ms for event in events)
        return Hearing(call_id, at_ms, RecordedSound(path, started.channels), recogniser, self._settings.asr, turns)

    def _keep(self, hearing: Hearing, rulebook: Rulebook) -> None:
        places, call_id = self._places, hearing.call_id
        newest = places.archive.last(call_id)
        if newest is None or not hearing.found or not places.consents(call_id):
            return  # deleted meanwhile, or nothing came of it

        def make() -> Outbox:
            outbox = Outbox(call_id, places.archive, places.bus, after=newest)
            outbox.is_closed = True
            return outbox

        outbox = places.sessions.take_up(call_id, make)
        known = [record.event for record in places.archive.read(call_id)]
        later = [_behind(event, outbox.at_ms) for event in hearing.found]
        if _is_failed(known):
            later.append(StageBack(outbox.at_ms, "asr"))
        outbox.add([*later, *self._score([*known, *later], rulebook)])
        places.sessions.settle(outbox)

    def _score(self, events: Sequence[Event], rulebook: Rulebook) -> list[Event]:
        try:
            said = rescore(rulebook, self._settings.turn_taking, events)
        except ScoreError as error:
            log.info("words that were heard later count in no score: %s", error)
            return []
        except Exception:  # a call that no coach can stand has its words all the same
            log.exception("a call cannot be scored anew with the words that were heard later")
            return []
        return [event for event in said if isinstance(event, CallScored)]


def missing(events: Sequence[Event]) -> list[TurnEnded]:
    """Turns of which nobody knows what was said; none where words were deleted, as they had been kept long enough."""
    heard: dict[Channel, list[tuple[int, int]]] = {channel: [] for channel in Channel}
    for event in events:
        if isinstance(event, WordsHeard) and event.is_erased:
            return []
        if isinstance(event, WordsHeard | WordsSuppressed):
            heard[event.channel].append((event.start_ms, event.end_ms))
    turns = [event for event in events if isinstance(event, TurnEnded) and event.end_ms - event.start_ms >= LEAST_MS]
    return [
        turn for turn in turns
        if not any(start < turn.end_ms and end > turn.start_ms for start, end in heard[turn.channel])
    ]  # fmt: skip


def _behind(event: Event, at_ms: int) -> Event:
    """As it stands behind the end of the call."""
    if isinstance(event, WordsHeard):
        return replace(event, at_ms=at_ms, lag_ms=at_ms - event.end_ms, heard_later=True)
    return replace(event, at_ms=at_ms)


def _is_failed(events: Sequence[Event]) -> bool:
    """Whether recognition was last said to fail."""
    told = [event for event in events if isinstance(event, StageFailed | StageBack) and event.stage == "asr"]
    return bool(told) and isinstance(told[-1], StageFailed)
