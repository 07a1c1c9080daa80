"""What the page of a desk is told of the centre, by a whole desk: here, away, refused and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.desk.centre_address import CentreAddress
from pipeline.desk.credentials import DeskCredentials
from pipeline.desk.running import DeskPlace, RunningDesk
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.store.sql import SqlStore
from tests.desk.places import ServedCentre
from tests.waiting import wait_until


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedCentre]:
    monkeypatch.setattr("pipeline.desk.link.REFUSED_RETRY_S", 0.3)
    centre = ServedCentre(tmp_path / "centre")
    yield centre
    centre.stop()


@contextmanager
def running(
    centre: ServedCentre, folder: Path, token: str, installation: str, say: Callable[[str], None] = lambda line: None
) -> Iterator[RunningDesk]:
    known = DeskCredentials(CentreAddress.of(centre.address), "A-01", token, installation, None)
    store = SqlStore(folder / "calls.db", is_live=True)
    place = DeskPlace("d1", folder, store, Sessions(), FolderRecordings(folder / "recordings"), say)
    desk = RunningDesk(lambda: known, place, lambda: False, lambda rulebook: None)
    desk.start()
    try:
        yield desk
    finally:
        desk.close(0.0)
        store.close()


def test_here_away_and_revoked(centre: ServedCentre, tmp_path: Path) -> None:
    token, installation, _ = centre.enrol("A-01", "1042")
    said: list[str] = []
    with running(centre, tmp_path / "desk", token, installation, said.append) as desk:
        wait_until(lambda: desk.status().state == "connected")
        status = desk.status()
        assert (status.reason, status.detail, status.desk, status.name) == ("", "", "A-01", "华信")
        assert abs(status.offset_ms or 0) < 30_000
        centre.stop()
        wait_until(lambda: desk.status().state == "away")
        assert desk.status().detail != ""
        centre.start()
        wait_until(lambda: desk.status().state == "connected")
        desks = centre.here.registry.desks
        desks.revoke(desks.desks()[0].id)
        wait_until(lambda: (desk.status().state, desk.status().reason) == ("refused", "token"))
        wait_until(lambda: len(said) >= 4)
        heads = [" ".join(line.split()[:4]) for line in said if "rulebook" not in line]
        assert [heads[0], heads[1], heads[-2], heads[-1]] == [
            "connected to the centre,", "the centre is away:", "connected to the centre,", "the centre refuses this",
        ]  # fmt: skip


def test_the_token_of_another_machine(centre: ServedCentre, tmp_path: Path) -> None:
    token, _, _ = centre.enrol("A-01", "1042")
    with running(centre, tmp_path / "desk", token, "another") as desk:
        wait_until(lambda: (desk.status().state, desk.status().reason) == ("refused", "taken"))
        assert "by a code of its own" in desk.status().detail
