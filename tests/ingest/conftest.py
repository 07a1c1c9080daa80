"""A centre with people and desks in a database, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.ingest.shifts import Shifts
from pipeline.people.audit import Audit
from pipeline.people.desks import Desks
from pipeline.people.turns import Turns
from pipeline.store.audit import SqlAuditLog
from pipeline.store.desks import SqlDesks
from pipeline.store.sql import SqlStore
from tests.people.conftest import Clock, House


class Office(House):
    """A House with desks: `desk` enrols one and gives its id."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.desks = Desks(SqlDesks(self.store.database), self.tokens, self.clock)
        self.audit = Audit(SqlAuditLog(self.store.database), b"a key of the tests", clock=self.clock)
        self.shifts = Shifts(
            self.accounts, self.directory, self.desks, self.audit, turns=Turns(), clock=self.clock
        )  # fmt: skip

    def desk(self, name: str) -> str:
        code, _ = self.desks.make_code(None)
        return self.desks.enrol(code, name, f"inst-{name}", name, "callcoach")[1].id

    def noted(self) -> list[tuple[str | None, str, str | None, str, Any]]:
        """Oldest first: actor, action, object, outcome, details; what sessions are about."""
        rows = (row for row in reversed(self.audit.rows()) if row.action.startswith("session."))
        return [(row.actor, row.action, row.object, row.outcome, row.details) for row in rows]


@pytest.fixture
def office(reopened: Callable[[], SqlStore]) -> Office:
    """On each database."""
    return Office(reopened, Clock())
