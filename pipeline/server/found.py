"""Where in one call something was said, by Han or by pinyin, as the list of calls finds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from pipeline.events.record import Record
from pipeline.events.words import WordsHeard
from pipeline.people.permissions import Action
from pipeline.server.answers import READING
from pipeline.server.masked import Eyes, Masking
from pipeline.server.needs import AskedCall, needs_call
from pipeline.store.terms import LONGEST_QUERY, indexed, query


def found_routes(masking: Masking) -> APIRouter:
    routes = APIRouter()

    @routes.get("/calls/{call_id}/found", responses=READING)
    def found(
        asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_READ))],
        words: Annotated[str, Query(min_length=1, max_length=LONGEST_QUERY)],
    ) -> list[int]:
        """Seqs of the records of words that have all of it, in what this person sees of them."""
        return found_in(Eyes(masking, asked.asker.person).see(masking.records(asked.call_id)), words)

    return routes


def found_in(records: Iterable[Record], words: str) -> list[int]:
    asked = query(words)
    if not asked.terms:
        return []
    seqs = []
    for record in records:
        if not isinstance(record.event, WordsHeard) or record.seq is None:
            continue
        line = indexed(record.event.shown or record.event.text)
        if all(text in line.text for text in asked.texts) and all(sound in line.sound for sound in asked.sounds):
            seqs.append(record.seq)
    return seqs
