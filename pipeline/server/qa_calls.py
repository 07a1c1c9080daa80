"""Routes of the QA list: calls at a glance, page by page; how many there are of each kind; and as a table."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response, StreamingResponse

from pipeline.documents import shown
from pipeline.events.record import Record
from pipeline.events.words import WordsHeard
from pipeline.people.audit import Audit, Deed
from pipeline.people.directory import Directory
from pipeline.people.permissions import Action
from pipeline.people.person import Person, Whose
from pipeline.reports.call_table import CHINESE, COLUMNS, Kind, write_table
from pipeline.server.answers import MOST, READING
from pipeline.server.found import lines_in
from pipeline.server.gate import Asker
from pipeline.server.masked import Eyes, Masking
from pipeline.server.needs import needs
from pipeline.server.qa_rows import CallRow, FoundLine, Names, call_row, cells_of
from pipeline.store import facets, glances, overview
from pipeline.store.database import Database
from pipeline.store.glances import EMPTY, Glance
from pipeline.store.overview import Order, Row, Wanted
from pipeline.store.terms import LONGEST_QUERY
from pipeline.store.views import Views

MOST_ROWS = 200
EXPORTED_ROWS = 20_000
_PART_BYTES = 1 << 16  # of a table, sent at once
MOST_LOOKED = 1_000  # calls in which what was searched for may be hidden, for one page
TOO_WIDE = "too many calls have this where you may not see it: search for more words, or of a shorter time"
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_KEYS = ("started_at", "score", "duration_ms")  # by which lists are ordered
Texts = Annotated[list[str] | None, Query(max_length=200)]
Time = Annotated[float | None, Query(ge=0, le=MOST, allow_inf_nan=False)]
Points = Annotated[float | None, Query(ge=0, le=101, allow_inf_nan=False)]
Ms = Annotated[int | None, Query(ge=0, le=MOST)]


@dataclass(frozen=True, slots=True)
class CallPage:
    """`next`: to be told as `after` for the next page; null: this is the last one."""

    rows: tuple[CallRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """One value of a filter, as a person reads it, and how many calls have it, the other filters as they are."""

    id: str
    name: str
    name_en: str
    calls: int


@dataclass(frozen=True, slots=True)
class CallCounts:
    """`total`: of the list as it is filtered; null where what was searched for may be private to who asks.

    `mean`: of their scores, `scores`: so many in each ten points. All values of a filter that have calls.
    """

    total: int | None
    mean: float | None
    fatal: int
    teams: tuple[Named, ...]
    agents: tuple[Named, ...]
    directions: tuple[Named, ...]
    stages: tuple[Named, ...]
    rules: tuple[Named, ...]
    scores: tuple[int, ...]
    unscored: int


@dataclass(frozen=True, slots=True)
class ListTotal:
    """As of CallCounts, alone."""

    calls: int | None


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a list, as its address has them."""

    team: Texts = None
    agent: Texts = None
    since: Time = None
    until: Time = None
    score_from: Points = None
    score_below: Points = None
    assessed_below: Annotated[float | None, Query(ge=0, le=1)] = None
    longer_ms: Ms = None
    shorter_ms: Ms = None
    direction: Literal["inbound", "outbound"] | None = None
    fatal: bool = False
    rule: Texts = None
    stage: Texts = None
    marked: bool = False
    call: Texts = None
    words: Annotated[str, Query(max_length=LONGEST_QUERY)] = ""

    def wanted(self, person: Person) -> Wanted:
        return Wanted(
            person.within(Action.CALL_READ), tuple(self.team or ()), tuple(self.agent or ()), self.since, self.until,
            self.score_from, self.score_below, self.assessed_below, self.longer_ms, self.shorter_ms, self.direction,
            self.fatal, tuple(self.rule or ()), self.words,
            tuple("" if one == "none" else one for one in self.stage or ()),
            person.id if self.marked else None, tuple(self.call or ()),
        )  # fmt: skip


_Found = tuple[Row, FoundLine | None]
Filtered = Annotated[Filters, Depends()]
Reader = Annotated[Asker, Depends(needs(Action.CALL_READ))]


@dataclass(frozen=True, slots=True)
class CallLists:
    """What lists are made of; for one request after the other, from any thread."""

    database: Database
    directory: Directory
    masking: Masking
    views: Views

    def page(self, person: Person, wanted: Wanted, order: Order, limit: int, after: str | None) -> CallPage:
        """Of what was searched for and is hidden from them, `next` tells nothing either. Raises HTTPException where
        that cannot be had: too many calls have it hidden.
        """
        page, has_more = self._rows(person, wanted, order, limit, _row_of(after, order))
        with self.database.reading() as connection:
            seen = glances.read(connection, [row.number for row, _ in page])
            titles = glances.titles(connection)
        told = self._told(person, page, seen, titles)
        return CallPage(tuple(told), _mark_of(page[-1][0]) if has_more else None)

    def all(self, person: Person, wanted: Wanted, order: Order) -> Iterator[CallRow]:
        """Page by page, EXPORTED_ROWS at most."""
        left, after = EXPORTED_ROWS, None
        while left > 0:
            found = self.page(person, wanted, order, min(MOST_ROWS, left), after)
            yield from found.rows
            left, after = left - len(found.rows), found.next
            if after is None:
                return

    def _rows(
        self, person: Person, wanted: Wanted, order: Order, limit: int, after: Row | None
    ) -> tuple[list[_Found], bool]:
        """And whether there are more of them."""
        rows: list[_Found] = []
        looked = 0
        while len(rows) <= limit:
            with self.database.reading() as connection:
                found = overview.find(connection, wanted, order, limit + 1, after)
            rows += self._theirs(person, found, wanted.words)
            if len(found) <= limit:
                break
            after, looked = found[-1], looked + len(found)
            if looked >= MOST_LOOKED + limit and len(rows) <= limit:
                raise HTTPException(422, TOO_WIDE)
        return rows[:limit], len(rows) > limit

    def counts(self, person: Person, wanted: Wanted) -> CallCounts:
        if self._is_private(person, wanted):
            return CallCounts(None, None, 0, (), (), (), (), (), (), 0)
        with self.database.reading() as connection:
            found = facets.count(connection, wanted)
            titles = glances.titles(connection)
        teams = self._teams()
        agents = self.directory.agents()

        def named(counted: Mapping[str, int], name: Callable[[str], tuple[str, str]]) -> tuple[Named, ...]:
            rows = [Named(value, *name(value), number) for value, number in counted.items()]
            return tuple(sorted(rows, key=lambda row: (-row.calls, row.id)))

        def same(known: Mapping[str, str]) -> Callable[[str], tuple[str, str]]:
            return lambda value: (known.get(value, value), known.get(value, value))

        return CallCounts(
            found.total, found.mean, found.fatal,
            named(found.teams, same(teams)), named(found.agents, same(agents)), named(found.directions, same({})),
            named(found.stages, same({})), named(found.rules, lambda rule: titles.get(rule, (rule, rule))),
            tuple(found.scores), found.unscored,
        )  # fmt: skip

    def total(self, person: Person, wanted: Wanted) -> int | None:
        if self._is_private(person, wanted):
            return None
        with self.database.reading() as connection:
            return facets.total(connection, wanted)

    def _is_private(self, person: Person, wanted: Wanted) -> bool:
        """How many calls have what is hidden from them would tell that it is there."""
        return bool(wanted.words.strip()) and not Eyes(self.masking, person).see_all

    def _theirs(self, person: Person, rows: Sequence[Row], words: str) -> list[_Found]:
        """Those in which what was searched for stands in what they see of the call."""
        if not words.strip():
            return [(row, None) for row in rows]
        eyes = Eyes(self.masking, person, {row.call_id: Whose(row.agent_id, row.team) for row in rows})
        told = self.masking.told([row.call_id for row in rows])
        found = [(row, _first(told.get(row.call_id, ()), words, eyes)) for row in rows]
        return found if eyes.see_all else [one for one in found if one[1] is not None]

    def _teams(self) -> dict[str, str]:
        return {team.id: team.name for team in self.directory.teams()}

    def _told(
        self, person: Person, rows: Sequence[_Found], seen: Mapping[int, Glance], titles: Mapping[str, tuple[str, str]]
    ) -> list[CallRow]:
        users = {user.id: user.name for user in self.directory.users()}
        agents = self.directory.agents()
        marked = self.views.marked(person.id, [row.number for row, _ in rows])
        names = Names(titles, agents, users, self._teams())
        return [call_row(row, seen.get(row.number, EMPTY), names, row.number in marked, line) for row, line in rows]


def list_routes(lists: CallLists, audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/qa")

    @routes.get("/calls", responses=READING)
    def page(
        asker: Reader,
        filters: Filtered,
        order: Order = "latest",
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
        after: Annotated[str | None, Query(max_length=200)] = None,
    ) -> CallPage:
        """Calls of whom one may read. A page stays where it is while calls come in; `newest` is by when they came."""
        return lists.page(asker.person, filters.wanted(asker.person), order, limit, after)

    @routes.get("/counts", responses=READING)
    def counts(asker: Reader, filters: Filtered) -> CallCounts:
        return lists.counts(asker.person, filters.wanted(asker.person))

    @routes.get("/total", responses=READING)
    def total(asker: Reader, filters: Filtered) -> ListTotal:
        """How many calls a list has."""
        return ListTotal(lists.total(asker.person, filters.wanted(asker.person)))

    @routes.get("/calls.{kind}", responses=READING, response_class=Response)
    def table(
        asker: Reader,
        filters: Filtered,
        kind: Kind,
        order: Order = "latest",
        english: bool = False,
    ) -> Response:
        """The whole list as a table, EXPORTED_ROWS at most: written to a file before it is sent."""
        wanted = filters.wanted(asker.person)
        cells = (cells_of(row, english=english) for row in lists.all(asker.person, wanted, order))
        with ExitStack() as stack:
            file = stack.enter_context(TemporaryFile())  # the server's alone, without a name: gone when it is closed
            told = {"rows": write_table(kind, cells, file, COLUMNS if english else CHINESE), "as": kind}
            audit.note(asker.person.id, Deed.LIST_EXPORTED, None, asker.origin, details=told)
            stack.pop_all()  # whoever sends it closes it
        headers = {
            "Content-Disposition": f'attachment; filename="calls.{kind}"', "Cache-Control": "no-store",
            "Content-Length": str(file.seek(0, os.SEEK_END)),
        }  # fmt: skip
        return StreamingResponse(_parts(file), media_type=MEDIA[kind], headers=headers)

    return routes


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(_PART_BYTES):
            yield part


def _first(records: Iterable[Record], words: str, eyes: Eyes) -> FoundLine | None:
    for record in lines_in(records, words, eyes):
        if isinstance(record.event, WordsHeard):
            return FoundLine(record.event.channel, record.event.start_ms, record.event.shown or record.event.text)
    return None


def _mark_of(row: Row) -> str:
    told = [row.number, *(getattr(row, key) for key in _KEYS)]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def _row_of(after: str | None, order: Order) -> Row | None:
    """The last row of the page before, as far as the order needs it."""
    if after is None:
        return None
    try:
        number, *told = json.loads(base64.urlsafe_b64decode(after))
        keys = dict(zip(_KEYS, told, strict=True))
        if type(number) is not int or not all(one is None or type(one) in (int, float) for one in told):
            raise ValueError
        needed = [number, *(one for one in told if one is not None)]
        if not all(abs(one) <= MOST for one in needed) or keys.get(overview.key_of(order), number) is None:
            raise ValueError
    except (ValueError, TypeError):
        raise HTTPException(422, f"after is {shown(after)}; it must be what the page before gave as next") from None
    return Row(**{**dict.fromkeys(Row.__dataclass_fields__), "stage": "", "number": number, **keys})
