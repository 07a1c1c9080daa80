"""The chain of the audit: each row carries an HMAC over itself and the row before it, so none can be changed unseen.

Whoever has the key can write another chain; that is what the heads in a second place are for (`audit_heads.py`).
HMAC-SHA256: RFC 2104. Chained logs: Schneier and Kelsey, Secure Audit Logs to Support Computer Forensics, 1999.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Link = tuple[float, str | None, str, str | None, str, str, str, str]
"""What a row says: at, actor, action, object, outcome, address, agent, details."""


@dataclass(frozen=True, slots=True)
class Row:
    """`at` in seconds since 1970; `details` is a JSON object; `mac` in hexadecimal digits."""

    number: int  # from 1, without gaps
    at: float
    actor: str | None
    action: str
    object: str | None
    outcome: str
    address: str
    agent: str
    details: str
    mac: str

    @property
    def link(self) -> Link:
        return (
            self.at, self.actor, self.action, self.object, self.outcome, self.address, self.agent, self.details,
        )  # fmt: skip


class Tail(NamedTuple):
    """What the next row is linked to: number and HMAC of the newest one."""

    number: int
    mac: str


START = Tail(0, "")
"""What the first row is linked to."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the chain ended with at a time; `at` in seconds since 1970."""

    at: float
    number: int
    mac: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row that is not as it was written.

    `changed`: it, or its place, was changed, or it was written with another key. `missing`: it was removed. `cut`: it
    and all behind it were removed. `rewritten`: the chain is whole, but at this row it is not the one that a head was
    taken of. `begun_anew`: the chain is whole, but has another key than the one that was kept in the same place, which
    had the rows of `head`. `no_heads`: without any head nobody can tell whether it was cut or rewritten.
    """

    number: int
    kind: Literal["changed", "missing", "cut", "rewritten", "begun_anew", "no_heads"]
    head: Head | None = None  # that tells it, of `cut`, `rewritten` and `begun_anew`


@dataclass(frozen=True, slots=True)
class Checked:
    """So many rows were read; `fault` is null where all of them fit."""

    rows: int
    fault: Fault | None


def linked(key: bytes, tail: Tail, link: Link) -> Row:
    """The row that follows `tail`."""
    number = tail.number + 1
    return Row(number, *link, mac=_mac(key, tail.mac, number, link))


def follows(key: bytes, before: Row | None, row: Row) -> bool:
    """Whether `row` was written with this key, behind `before`; None: as the first."""
    tail = Tail(before.number, before.mac) if before is not None else START
    return linked(key, tail, row.link) == row


def check(rows: Iterable[Row], key: bytes, heads: Sequence[Head] | None, former: Head | None = None) -> Checked:
    """Looks at every row, oldest first. `heads`: of the second place; None where it is not looked at.

    `former`: the last head there of another chain that was in the place of this one.
    """
    wanted: dict[int, list[Head]] = {}  # whoever rewrites the chain may add a head of it, but take none away
    for head in heads or ():
        wanted.setdefault(head.number, []).append(head)
    tail, count = START, 0
    chained: Fault | None = None
    told: Fault | None = None
    for row in rows:
        count += 1
        if chained is None:
            if row.number != tail.number + 1:
                chained = Fault(tail.number + 1, "missing")
            elif row.mac != _mac(key, tail.mac, row.number, row.link):
                chained = Fault(row.number, "changed")
        if told is None:
            others = (head for head in wanted.get(row.number, ()) if head.mac != row.mac)
            told = next((Fault(row.number, "rewritten", head) for head in others), None)
        tail = Tail(row.number, row.mac)
    beyond = [head for head in heads or () if head.number > tail.number]
    if told is None and beyond:
        told = Fault(tail.number + 1, "cut", beyond[-1])
    faults = sorted((fault for fault in (chained, told) if fault is not None), key=lambda fault: fault.number)
    if not faults and former is not None:
        return Checked(count, Fault(1, "begun_anew", former))
    if not faults and heads is not None and not heads and count:
        return Checked(count, Fault(tail.number, "no_heads"))
    return Checked(count, faults[0] if faults else None)


def _mac(key: bytes, before: str, number: int, link: Link) -> str:
    said = json.dumps([before, number, *link], ensure_ascii=True, separators=(",", ":"), default=repr)
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
