"""A centre with agents, and one of its desks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.store.sql import SqlStore
from tests.desk.centre import Desk, FakeCentre
from tests.ingest.conftest import Office
from tests.people.conftest import Clock


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(lambda: SqlStore(tmp_path / "centre.db"), Clock())
    office.add("lin", agent_id="1027", team="a")
    office.add("zhao", agent_id="1031", team="b")
    return office


@pytest.fixture
def centre(office: Office) -> FakeCentre:
    return FakeCentre(office)


@pytest.fixture
def desk(tmp_path: Path, centre: FakeCentre, office: Office) -> Desk:
    return Desk(tmp_path, centre, office.clock)
