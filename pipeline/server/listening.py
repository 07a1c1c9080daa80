"""Which file of a call's recording somebody may hear: the recording, or a copy without what is private in it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import HTTPException

from pipeline.errors import AudioError
from pipeline.masking.settled import WHY, UnsettledBecause, unsettled
from pipeline.masking.sound import SpanMs, of_call
from pipeline.people.permissions import Action
from pipeline.server.gate import Asker
from pipeline.server.masked import Masking
from pipeline.server.needs import NotPermitted
from pipeline.session.consent import Consents

NO_RECORDINGS = "this callcoach keeps no recordings"
_KNOWN = 100  # calls


@dataclass(frozen=True, slots=True)
class Heard:
    """`is_unheard`: nobody knows all that is said in it, and who hears it may do so all the same."""

    path: Path
    stat: os.stat_result
    is_unheard: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """What the records of a call say about its sound, up to the record `seq`."""

    seq: int
    spans_ms: tuple[tuple[int, int], ...]
    unsettled: UnsettledBecause


@dataclass(frozen=True, slots=True)
class Listening:
    """From any thread."""

    masking: Masking
    consents: Consents
    _said: dict[str, _Said] = field(default_factory=dict)  # a player asks for many ranges of one recording

    def file(self, asker: Asker, call_id: str) -> Heard:
        """Raises HTTPException where there is none, NotPermitted where nobody knows what is said in it."""
        recordings = self.consents.recordings
        if recordings is None:
            raise HTTPException(404, NO_RECORDINGS)
        try:
            path = recordings.find(call_id)
        except AudioError as error:
            raise HTTPException(404, str(error)) from None
        if path is None or not self.consents.holds(call_id):  # one whose deletion failed is not served either
            raise none_of(call_id)
        said = self._to(asker, call_id)
        why = said.unsettled
        if why and not self.masking.calls.may(asker.person, Action.CALL_LISTEN_UNHEARD, call_id):
            told = f"what is private cannot be muted in this recording: {WHY[why]}"
            raise NotPermitted(asker, Action.CALL_LISTEN_UNHEARD, call_id, 403, told)
        try:
            path = recordings.muted(call_id, said.spans_ms)
        except AudioError as error:
            raise HTTPException(503, str(error)) from None
        return _heard(call_id, path, is_unheard=bool(why))

    def muted(self, asker: Asker, call_id: str) -> tuple[SpanMs, ...]:
        """Where this asker hears nothing, since it is private or was muted for good; in order."""
        return tuple(SpanMs(*span) for span in self._to(asker, call_id).spans_ms)

    def _to(self, asker: Asker, call_id: str) -> _Said:
        said = self._of(call_id)
        if self.masking.hides(asker.person, call_id, self.masking.calls.whose(call_id)):
            return said
        return _Said(said.seq, self.consents.archive.private_gone([call_id]).get(call_id, ()), "")

    def _of(self, call_id: str) -> _Said:
        newest = self.consents.archive.last(call_id)
        known = self._said.get(call_id)
        if known is None or newest is None or known.seq != newest.seq:
            records = self.masking.records(call_id)
            gone = self.consents.archive.private_gone([call_id]).get(call_id, ())
            spans = gone or tuple((span.start_ms, span.end_ms) for span in of_call(records))
            known = _Said((records[-1].seq or 0) if records else 0, spans, unsettled(records))
            if len(self._said) >= _KNOWN:
                self._said.clear()
            self._said[call_id] = known
        return known


def none_of(call_id: str) -> HTTPException:
    return HTTPException(404, f"there is no finished recording of call {call_id}")


def _heard(call_id: str, path: Path | None, *, is_unheard: bool = False) -> Heard:
    """It may have been deleted just now."""
    if path is None:
        raise none_of(call_id)
    try:
        return Heard(path, path.stat(), is_unheard)
    except OSError:
        raise none_of(call_id) from None
