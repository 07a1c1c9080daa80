"""Lists and search over a year of calls, on SQLite and PostgreSQL: how long a page takes.

Every page is asked for several times with other values of its filter, the last page of all among them. Wanted: any page
of a list within 200 ms, any search within 500 ms.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import get_args

from sqlalchemy import insert, update

from benchmarks.store.believable import (
    DAYS,
    FIRST_DAY_S,
    RULES,
    BelievableCall,
    calls as believable_calls,
    records as believable_records,
    searchable,
    strip,
)
from pipeline.people.person import Within
from pipeline.store import facets
from pipeline.store.dialects import count_on, index_terms
from pipeline.store.overview import Order, Row, Wanted
from pipeline.store.schema import calls, missed, records, said, strips
from pipeline.store.sql import SqlStore

PAGE, REPEATS = 50, 5
WHOLE = 1_000
MIXED = 200
ORDERS: tuple[Order, ...] = get_args(Order)
LIST_MS, SEARCH_MS = 200, 500
AT_ONCE = 1_000

LISTS: dict[str, list[tuple[Wanted, Order]]] = {
    "newest of all": [(Wanted(), "newest")],
    "latest of all": [(Wanted(), "latest")],
    "latest, to be reviewed": [(Wanted(stages=("",)), "latest"), (Wanted(stages=("to_decide",)), "latest")],
    "latest, one rule missed, QA's three teams": [
        (Wanted(within=Within(teams=("team-1", "team-5", "team-9")), missed=(rule,)), "latest") for rule in RULES[:2]
    ],
    "lowest score": [(Wanted(), "lowest")],
    "longest": [(Wanted(), "longest")],
    "one agent": [(Wanted(within=Within(agent)), "newest") for agent in ("1000", "1050", "1299")],
    "one agent, lowest": [(Wanted(agents=(agent,)), "lowest") for agent in ("1000", "1299")],
    "a lead's team": [(Wanted(within=Within(teams=(team,))), "newest") for team in ("team-0", "team-11")],
    "QA's three teams, lowest": [(Wanted(within=Within(teams=("team-1", "team-5", "team-9"))), "lowest")],
    "fatal": [(Wanted(is_fatal=True), "newest")],
    "one rule missed": [(Wanted(missed=(rule,)), "newest") for rule in RULES[:3]],
    "three rules missed, lowest": [(Wanted(missed=RULES[:3]), "lowest")],
    "a week, below 60": [(Wanted(since=1_780_000_000, until=1_780_604_800, score_below=60), "newest")],
    "nothing there": [(Wanted(score_below=-1.0), "newest"), (Wanted(agents=("none",)), "lowest")],
}
SEARCHES: dict[str, list[str]] = {
    "in every call": ["您好", "请问"],
    "a whole sentence in every call": ["请问有什么可以帮您", "很高兴为您服务", "qingwen youshenme"],
    "in one call of twelve": ["退款", "增值税发票", "转运中心"],
    "two words": ["退款 发票", "投诉 服务态度"],
    "pinyin": ["tuikuan", "zengzhishui fapiao"],
    "one character": ["嗯", "税"],
    "nowhere": ["量子力学", "qwrtp"],
}


def fill(store: SqlStore, count: int, whole: int = WHOLE) -> float:
    """`whole`: so many of them, the newest, with all their records. Seconds that it took."""
    began = time.perf_counter()
    made = believable_calls(count)
    while some := list(islice(made, AT_ONCE)):
        _insert(store, some)
        for call in some:
            if int(str(call.row["number"])) > count - whole:
                _insert_records(store, call)
    with store.database.writing() as connection:
        count_on(connection, calls.c.number)
    return time.perf_counter() - began


def _insert(store: SqlStore, some: Sequence[BelievableCall]) -> None:
    with store.database.writing() as connection:
        connection.execute(insert(calls), [call.row for call in some])
        rules = [{"number": call.row["number"], "rule": rule} for call in some for rule in call.missed]
        connection.execute(insert(missed), rules)
        connection.execute(insert(strips), [{"number": call.row["number"], "drawn": strip(call)} for call in some])
        found = [(int(str(call.row["number"])), searchable(call.lines)) for call in some]
        connection.execute(insert(said), [{"number": n, "text": one.text, "sound": one.sound} for n, one in found])
        for number, one in found:
            index_terms(connection, number, one.terms)


def _insert_records(store: SqlStore, call: BelievableCall) -> None:
    rows = believable_records(call)
    with store.database.writing() as connection:
        connection.execute(insert(records), rows)
        connection.execute(update(calls).where(calls.c.number == call.row["number"]).values(last_seq=len(rows)))


@dataclass(frozen=True)
class Page:
    name: str
    p50_ms: float
    p95_ms: float
    worst_ms: float
    is_search: bool


def pages(store: SqlStore) -> Iterator[Page]:
    for name, asked in LISTS.items():
        yield _timed(store, name, asked)
    middle = store.find(Wanted(), limit=1)[0]
    yield _timed(store, "page 1,000 of all", [(Wanted(), "newest")], replace(middle, number=middle.number // 2))
    yield _timed(store, f"{MIXED} lists of all filters and orders, mixed", list(_mixed(MIXED)))
    week = {"since": 1_780_000_000.0, "until": 1_780_604_800.0}
    for name, wanted in (("all", Wanted()), ("a week", Wanted(**week)), ("below 60", Wanted(score_below=60))):
        yield _counted(store, f"counts beside the list: {name}", wanted)
    for name, words in SEARCHES.items():
        yield _timed(store, f"search: {name}", [(Wanted(words=one), "newest") for one in words])
    of_team = Within(teams=("team-3",))
    both: list[tuple[Wanted, Order]] = [(Wanted(words="退款", within=of_team, score_below=80), "lowest")]
    yield _timed(store, "search: of a team, below 80, lowest first", both)


def _mixed(count: int) -> Iterator[tuple[Wanted, Order]]:
    """Every filter in one list of three, in any company."""
    chance = random.Random(5)
    values: dict[str, Callable[[], object]] = {
        "within": lambda: Within(teams=(f"team-{chance.randrange(12)}",)),
        "teams": lambda: tuple(f"team-{chance.randrange(12)}" for _ in range(2)),
        "agents": lambda: (f"{1000 + chance.randrange(300)}",),
        "since": lambda: FIRST_DAY_S + chance.random() * DAYS * 86_400,
        "until": lambda: FIRST_DAY_S + chance.random() * DAYS * 86_400,
        "score_from": lambda: chance.uniform(40, 100),
        "score_below": lambda: chance.uniform(40, 100),
        "assessed_below": lambda: chance.uniform(0.3, 1),
        "longer_ms": lambda: chance.randrange(1_000_000),
        "shorter_ms": lambda: chance.randrange(1_000_000),
        "direction": lambda: chance.choice(["inbound", "outbound"]),
        "is_fatal": lambda: True,
        "missed": lambda: (chance.choice(RULES),),
    }
    for _ in range(count):
        asked = {name: value() for name, value in values.items() if chance.random() < 1 / 3}
        yield Wanted(**asked), chance.choice(ORDERS)  # type: ignore[arg-type]


def _counted(store: SqlStore, name: str, wanted: Wanted) -> Page:
    """What stands beside the filters, which a page asks for behind its rows."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        with store.database.reading() as connection:
            facets.count(connection, wanted)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return Page(name, took[len(took) // 2], took[-1], took[-1], False)


def _timed(store: SqlStore, name: str, asked: Sequence[tuple[Wanted, Order]], after: Row | None = None) -> Page:
    took = []
    for _ in range(REPEATS):
        for wanted, order in asked:
            began = time.perf_counter()
            store.find(wanted, order, PAGE, after)
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return Page(name, took[len(took) // 2], took[len(took) * 95 // 100], took[-1], any(one.words for one, _ in asked))
