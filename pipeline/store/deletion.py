"""What is deleted of a call by policy or by hand: all of it, or its words. What is held is not touched.

The figures that an agent's calls have taught (`baselines`) stay: they are of many calls, and hold nothing of one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, insert, null, or_, select, update

from pipeline.codec import EVENT_TYPES, event_from_json, event_to_json, time_of
from pipeline.errors import NotDeletable, SettingsError, StoreError
from pipeline.events.actor import Actor
from pipeline.events.hints import HintRaised
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored, ScoreItem
from pipeline.events.turns import WaitRequested
from pipeline.events.words import WordsHeard, WordsSuppressed
from pipeline.masking.sound import of_call
from pipeline.masking.view import masked_records
from pipeline.quantities import is_one_line
from pipeline.store.cases import forget_cases, forget_stray_cases
from pipeline.store.database import Database
from pipeline.store.dialects import delete_kept, now_s, rewrite, wipe_what_is_deleted
from pipeline.store.floor_schema import hint_figures
from pipeline.store.overview import forget_said, keep_said
from pipeline.store.reviewed import erase_quotes
from pipeline.store.schema import calls, deleted, marked, missed, origins, records, reviews, said, strips, sweeps
from pipeline.store.terms import indexed

_LINES_AT_ONCE = 100
_QUOTING = ("WordsHeard", "WordsSuppressed", "WaitRequested", "PromptPlayed", "HintRaised", "CallScored")
LONGEST_REASON = 200  # characters
LEFT_OUT = "…"  # in place of words that a text quoted
_TEXTS = ("title", "say", "why", "clears_when")
_TEXTS_OF_HINT = (*_TEXTS, *(f"{name}_en" for name in _TEXTS))
_TEXTS_OF_ITEM = ("title", "title_en", "note", "note_en")
_Quoting = TypeVar("_Quoting", HintRaised, ScoreItem)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found out of a call, or done, up to record `last_seq`. `terms`: what it is found by."""

    last_seq: int
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Masked:
    """Of a call up to record `last_seq`: positions of records that change, and to what; spans of its sound, in ms."""

    last_seq: int
    changes: tuple[tuple[int, str], ...]
    spans: tuple[list[int], ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing of a call is deleted, since when (seconds since 1970, by the database's clock), and who wants it."""

    reason: str
    at: float
    actor: Actor


def checked_reason(reason: str) -> str:
    """Of a hold, without space around it. Raises SettingsError."""
    told = reason.strip()
    if not 1 <= len(told) <= LONGEST_REASON or not is_one_line(told):
        raise SettingsError(f"the reason must be one line of 1 to {LONGEST_REASON} characters")
    return told


class Deletion:
    """From any thread. Everything raises StoreError, also for a call there is not; NotDeletable as told."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def prepare(self, call_id: str) -> Prepared:
        """What takes long and needs no lock: what the call is found by. Raises NotDeletable as `delete`."""
        with self.database.reading() as connection:
            row = _free(connection, call_id)
            text = connection.execute(select(said.c.text).where(said.c.number == row.number)).scalar()
        return Prepared(row.last_seq, indexed(text).terms if text is not None else frozenset())

    def erase_lines(self, call_id: str) -> Prepared:
        """The records part of `erase_words`, a few at a time, so that no call in progress waits for all of them."""
        prepared = self.prepare(call_id)
        with self.database.reading() as connection:
            found = _quoting(connection, call_id)
        for begin in range(0, len(found), _LINES_AT_ONCE):
            with self.database.together(), self.database.writing() as connection:
                _free(connection, call_id)
                wipe_what_is_deleted(connection)
                connection.execute(update(sweeps).values(is_clean=False))
                for position, without in found[begin : begin + _LINES_AT_ONCE]:
                    rewrite(connection, records, position, without)
        return prepared

    def delete(
        self,
        call_id: str,
        prepared: Prepared | None = None,
        *,
        only_as_prepared: bool = False,
        is_replaced: bool = False,
    ) -> None:
        """All that is kept of a call: records, reviews, cases, lists, search. Its id stays, so that nobody begins it
        again; and when it began and its team, by which a day tells that it counts one less, unless it `is_replaced`.

        Raises NotDeletable for one that runs, or is held; with `only_as_prepared` also for one that has been told
        something since (a consent that was taken back). Nothing is left in the file once `clean` has said so.
        """
        with self.database.together(), self.database.writing() as connection:
            row = _free(connection, call_id)
            if only_as_prepared and (prepared is None or prepared.last_seq != row.last_seq):
                raise NotDeletable(f"call {call_id} has been told something meanwhile: the same command takes it up")
            wipe_what_is_deleted(connection)
            forget_said(connection, row.number, _terms(prepared, row))
            delete_kept(connection, (records, reviews), call_id)
            forget_cases(connection, call_id)
            for table in (missed, strips, marked, hint_figures):
                connection.execute(delete(table).where(table.c.number == row.number))
            nameless = update(origins).where(origins.c.call_id == call_id).values(name="")  # it may tell of people
            connection.execute(nameless)
            connection.execute(delete(calls).where(calls.c.number == row.number))
            begun = {} if is_replaced else {"began_at": row.started_at, "team": row.team}
            connection.execute(insert(deleted).values(call_id=call_id, at=now_s(connection), **begun))
            connection.execute(update(sweeps).values(is_clean=False))

    def delete_stray_cases(self, keep_s: Callable[[str | None], float]) -> int:
        """Cases of the floor whose call never came here. `keep_s`: how long the calls of a team are kept."""
        with self.database.together(), self.database.writing() as connection:
            wipe_what_is_deleted(connection)
            gone = forget_stray_cases(connection, keep_s)
            if gone:
                connection.execute(update(sweeps).values(is_clean=False))
        return gone

    def erase_words(self, call_id: str, prepared: Prepared | None = None) -> None:
        """Whatever was said, wherever it is quoted, and what it is found by. Its records stay, with their numbers.

        `prepared`: by `erase_lines`. Raises NotDeletable as `delete`.
        """
        with self.database.together(), self.database.writing() as connection:
            row = _free(connection, call_id)
            wipe_what_is_deleted(connection)
            forget_said(connection, row.number, _terms(prepared, row))
            for position, without in _quoting(connection, call_id, prepared.last_seq if prepared is not None else 0):
                rewrite(connection, records, position, without)
            erase_quotes(connection, call_id)
            erased = update(calls).where(calls.c.number == row.number).values(words_erased_at=now_s(connection))
            connection.execute(erased)
            connection.execute(update(sweeps).values(is_clean=False))

    def mask(self, call_id: str) -> Masked:
        """What takes long of `erase_private` and needs no lock."""
        with self.database.reading() as connection:
            return _masked(connection, _row(connection, call_id))

    def erase_private(self, call_id: str, prepared: Masked | None = None) -> None:
        """What identifies a person, wherever it stands: marks take its place, as in the masked view. Again: the same.

        Where it was in the sound is kept (`private_spans`), as the recording may be another machine's. `prepared`: by
        `mask`. Raises NotDeletable as `delete`.
        """
        with self.database.together(), self.database.writing() as connection:
            before = _free(connection, call_id)
            if prepared is None or prepared.last_seq != before.last_seq:  # the call has gone on since
                prepared = _masked(connection, before)
            if prepared.changes:
                wipe_what_is_deleted(connection)
                for position, without in prepared.changes:
                    rewrite(connection, records, position, without)
                if before.words_erased_at is None:
                    forget_said(connection, before.number)
                    keep_said(connection, call_id)
                connection.execute(update(sweeps).values(is_clean=False))
            gone = {
                "private_gone_at": before.private_gone_at or now_s(connection),
                "private_spans": _together([*(before.private_spans or ()), *prepared.spans]),
            }
            connection.execute(update(calls).where(calls.c.number == before.number).values(gone))

    def private_gone(self, call_ids: Sequence[str]) -> dict[str, SpansMs]:
        """As of Archive."""
        with self.database.reading() as connection:
            return private_spans(connection, call_ids)

    def hold(self, call_id: str, reason: str, actor: Actor) -> bool:
        """Nothing of it is deleted before it is released, also where it still runs. Held again: the newer reason.

        False: it was held for this reason, and stays so, as it was.
        """
        with self.database.writing() as connection:
            if _row(connection, call_id).hold_reason == reason:
                return False
            held = {"held_at": now_s(connection), "held_by": actor, "hold_reason": reason}
            _change(connection, call_id, held)
            return True

    def release(self, call_id: str) -> bool:
        """False: it was not held."""
        with self.database.writing() as connection:
            was_held = _row(connection, call_id).held_at is not None
            _change(connection, call_id, {"held_at": null(), "held_by": null(), "hold_reason": null()})
            return was_held

    def held(self, call_id: str) -> Hold | None:
        with self.database.reading() as connection:
            row = _row(connection, call_id)
        return Hold(row.hold_reason, row.held_at, row.held_by) if row.held_at is not None else None

    def clean(self) -> bool:
        """Nothing of what was deleted is left in file and log. False: not now, as a call runs, or somebody reads.

        Where nothing was deleted since, nothing is done. On PostgreSQL it is what VACUUM may do for this role.
        """
        with self.database.reading() as connection:
            if connection.execute(select(sweeps.c.is_clean)).scalar():
                return True
            running = select(calls.c.number).where(~calls.c.ended, calls.c.last_seq > 0).limit(1)
            if connection.execute(running).scalar() is not None:
                return False
        if not self.database.wipe():
            return False
        with self.database.writing() as connection:
            connection.execute(update(sweeps).values(is_clean=True))
        return True


SpansMs = tuple[tuple[int, int], ...]


def private_spans(connection: Connection, call_ids: Sequence[str]) -> dict[str, SpansMs]:
    """Of those among the calls in which what was private is erased: where it was in the sound, in order."""
    wanted = select(calls.c.call_id, calls.c.private_spans)
    gone = connection.execute(wanted.where(calls.c.call_id.in_(call_ids), calls.c.private_gone_at.is_not(None)))
    return {call_id: tuple((start_ms, end_ms) for start_ms, end_ms in spans or ()) for call_id, spans in gone}


def _together(spans: Sequence[list[int]]) -> list[list[int]]:
    joined: list[list[int]] = []
    for start_ms, end_ms in sorted(spans):
        if joined and start_ms <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end_ms)
        else:
            joined.append([start_ms, end_ms])
    return joined


def _readable(row: Any) -> Record | None:
    try:
        return Record(row.call_id, row.seq, event_from_json(row.event))
    except ValueError:
        return None


def _row(connection: Connection, call_id: str) -> Any:
    row = connection.execute(select(calls).where(calls.c.call_id == call_id, calls.c.last_seq > 0)).one_or_none()
    if row is None:
        raise StoreError(f"there is no call {call_id}")
    return row


def _masked(connection: Connection, call: Any) -> Masked:
    """A record that cannot be read may hold anything: of it only its kind and its time stay."""
    wanted = select(records).where(records.c.call_id == call.call_id).order_by(records.c.seq)
    rows = connection.execute(wanted).all()
    known = [(row, record) for row in rows if (record := _readable(row)) is not None]
    changes = [(row.position, _without_words(row.kind, row.event)) for row in rows if _readable(row) is None]
    for (row, record), seen in zip(known, masked_records([record for _, record in known]), strict=True):
        if seen != record:
            changes.append((row.position, event_to_json(seen.event)))
    spans = tuple([span.start_ms, span.end_ms] for span in of_call(record for _, record in known))
    return Masked(call.last_seq, tuple(changes), spans)


def _terms(prepared: Prepared | None, row: Any) -> frozenset[str] | None:
    """None where the call has gone on since."""
    return prepared.terms if prepared is not None and prepared.last_seq == row.last_seq else None


def _quoting(connection: Connection, call_id: str, after: int = 0) -> list[tuple[int, str]]:
    """Positions of records with words in them, and what they are without; those behind record `after`."""
    may_quote = or_(records.c.kind.in_(_QUOTING), records.c.kind.not_in(EVENT_TYPES))
    wanted = select(records).where(records.c.call_id == call_id, records.c.seq > after, may_quote)
    found = ((row.position, row.event, _without_words(row.kind, row.event)) for row in connection.execute(wanted))
    return [(position, without) for position, event, without in found if without != event]


def _free(connection: Connection, call_id: str) -> Any:
    """The row of a call of which something may be deleted."""
    row = _row(connection, call_id)
    if not row.ended:
        raise NotDeletable(f"call {call_id} has not ended: nothing of it can be deleted")
    if row.held_at is not None:
        raise NotDeletable(f"call {call_id} is held ({row.hold_reason}): release it first")
    return row


def _change(connection: Connection, call_id: str, values: Mapping[str, object]) -> None:
    changed = update(calls).where(calls.c.call_id == call_id, calls.c.last_seq > 0).values(dict(values))
    if connection.execute(changed).rowcount != 1:
        raise StoreError(f"there is no call {call_id}")


def _without_words(kind: str, body: str) -> str:
    """A record that cannot be read may hold words: of it only its kind and its time stay."""
    try:
        event = event_from_json(body)
    except ValueError:
        return json.dumps({"kind": kind, "at_ms": time_of(body)}, separators=(",", ":"))
    without = _silenced(event)
    return body if without == event else event_to_json(without)


def _silenced(event: Event) -> Event:
    """The same event without what was said; figures stay."""
    match event:
        case WordsHeard():
            return replace(event, text="", words=(), shown="", otherwise=(), is_erased=True)
        case WordsSuppressed() | WaitRequested():
            return replace(event, text="")
        case PromptPlayed(by="words"):
            return replace(event, name="")
        case HintRaised():
            return _without(event, _TEXTS_OF_HINT)
        case CallScored():
            return replace(event, items=tuple(_without(item, _TEXTS_OF_ITEM) for item in event.items))
    return event


def _without(one: _Quoting, texts: Sequence[str]) -> _Quoting:
    """Without the words of its evidence, there and in these texts. Figures have a text in English; words have none."""
    quotes = sorted({span.quote for span in one.evidence if span.quote and not span.quote_en}, key=len, reverse=True)
    evidence = tuple(span if span.quote_en else replace(span, quote="") for span in one.evidence)
    changed = {name: _left_out(getattr(one, name), quotes) for name in texts}
    return replace(one, evidence=evidence, **changed)  # type: ignore[arg-type]


def _left_out(text: str, quotes: Sequence[str]) -> str:
    for quote in quotes:
        text = text.replace(quote, LEFT_OUT)
    return text
