"""Where in one call something was said, by Han or by pinyin, as the list of calls finds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from pipeline.events.record import Record
from pipeline.events.words import WordsHeard
from pipeline.people.permissions import Action
from pipeline.server.answers import READING
from pipeline.server.masked import Eyes, Masking
from pipeline.server.needs import AskedCall, needs_call
from pipeline.store import terms


def found_routes(masking: Masking) -> APIRouter:
    routes = APIRouter()

    @routes.get("/calls/{call_id}/found", responses=READING)
    def found(
        asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_READ))],
        words: Annotated[str, Query(min_length=1, max_length=terms.LONGEST_QUERY)],
    ) -> list[int]:
        """Seqs of the records of words that have all of it, in what this person sees of them."""
        return list(found_in(masking.records(asked.call_id), words, Eyes(masking, asked.asker.person)))

    return routes


def found_in(records: Iterable[Record], words: str, eyes: Eyes) -> Iterator[int]:
    """Seqs of the lines that have all of it, in what these eyes see of them; `records`: as they are."""
    for record in lines_in(records, words, eyes):
        if record.seq is not None:
            yield record.seq


def lines_in(records: Iterable[Record], words: str, eyes: Eyes) -> Iterator[Record]:
    """The lines themselves, as these eyes see them."""
    asked = terms.query(words)
    for record in records:
        if _has(record, asked):  # few have it as they are; they alone have to be masked
            seen = eyes.see([record])[0]
            if _has(seen, asked):
                yield seen


def _has(record: Record, asked: terms.Query) -> bool:
    return isinstance(record.event, WordsHeard) and asked.is_in(record.event.shown or record.event.text)
