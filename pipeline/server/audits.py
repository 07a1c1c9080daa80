"""Routes of the audit, for administrators: its rows, and whether its chain is whole."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from pipeline.people.audit import Audit, Count, Outcome, Verdict, Wanted
from pipeline.people.audit_chain import Row
from pipeline.people.permissions import Action
from pipeline.server.answers import MOST, READING
from pipeline.server.gate import Asker
from pipeline.server.needs import gate_of, needs

VERIFIED_S = 10.0  # the chain is not read again within this time
_LONGEST = 200
Text = Annotated[str | None, Query(max_length=_LONGEST)]
Time = Annotated[float | None, Query(ge=0, le=MOST, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A row. `at` in seconds since 1970; `details`: ids and numbers; `mac`: its link in the chain."""

    number: int
    at: float
    actor: str | None
    action: str
    object: str | None
    outcome: str
    address: str
    agent: str
    details: dict[str, Any]
    mac: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Rows, the newest first; `counts`: of all rows that were asked for, by action and outcome."""

    rows: tuple[AuditEntry, ...]
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first row that does not fit, and `what`: changed, missing, cut, rewritten, begun_anew or no_heads."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class AuditState:
    """`broken`: null where the chain is whole. `verified_at` in seconds since 1970."""

    rows: int
    verified_at: float
    broken: BrokenLink | None


class _Verifying:
    """One verification at a time, for all who ask; it reads the whole chain. Thread-safe."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._lock = threading.Lock()
        self._last: tuple[float, Verdict] | None = None

    def verdict(self) -> Verdict:
        with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > VERIFIED_S:
                self._last = time.monotonic(), self._audit.verify()
            return self._last[1]


def audit_routes(audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/audit")
    verifying = _Verifying(audit)

    async def reader(request: Request, asker: Annotated[Asker, Depends(needs(Action.AUDIT_READ))]) -> Asker:
        """Who reads the audit is in the audit."""
        await gate_of(request).note(asker, Action.AUDIT_READ, None)
        return asker

    @routes.get("", dependencies=[Depends(reader)], responses=READING)
    def rows(
        wanted: Annotated[Wanted, Depends(_wanted)],
        before: Annotated[int | None, Query(ge=0, le=MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AuditPage:
        """Those before the row with this number."""
        found = audit.rows(wanted, before, limit)
        return AuditPage(tuple(map(_entry, found)), tuple(audit.counts(wanted)))

    @routes.get("/state", dependencies=[Depends(reader)], responses=READING)
    def state() -> AuditState:
        verdict = verifying.verdict()
        broken = None if verdict.fault is None else BrokenLink(verdict.fault.number, verdict.fault.kind)
        return AuditState(verdict.rows, verdict.at, broken)

    return routes


def _wanted(
    actor: Text = None,
    action: Text = None,
    object: Text = None,
    outcome: Outcome | None = None,
    since: Annotated[float | None, Query(alias="from", ge=0, le=MOST, allow_inf_nan=False)] = None,
    to: Time = None,
) -> Wanted:
    return Wanted(actor, action, object, outcome, since, to)


def _entry(row: Row) -> AuditEntry:
    try:
        details = json.loads(row.details)
    except (ValueError, TypeError, RecursionError):  # somebody has changed it, as verification says
        details = {}
    return AuditEntry(
        row.number, row.at, row.actor, row.action, row.object, row.outcome, row.address, row.agent,
        details if isinstance(details, dict) else {}, row.mac,
    )  # fmt: skip
