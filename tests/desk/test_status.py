"""What the page of a desk is told of the centre, by a whole desk: here, away, refused and why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.desk.centre_address import CentreAddress
from pipeline.desk.credentials import DeskCredentials
from pipeline.desk.link import LinkLost
from pipeline.desk.running import DeskPlace, RunningDesk
from pipeline.desk_protocol.messages import NotSignedIn, SignIn
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.store.sql import SqlStore
from tests.desk.places import ServedCentre
from tests.waiting import LIMIT_S, wait_until


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedCentre]:
    monkeypatch.setattr("pipeline.desk.link.REFUSED_RETRY_S", 0.3)
    centre = ServedCentre(tmp_path / "centre")
    yield centre
    centre.stop()


@contextmanager
def running(
    centre: ServedCentre,
    folder: Path,
    token: str,
    installation: str,
    say: Callable[[str], None] = lambda line: None,
    tried: Callable[[], object] = lambda: None,
) -> Iterator[RunningDesk]:
    """`tried`: called before each try to connect."""
    known = DeskCredentials(CentreAddress.of(centre.address), "A-01", token, installation, None)

    def shown() -> DeskCredentials:
        if threading.current_thread().name == "link":
            tried()
        return known

    store = SqlStore(folder / "calls.db", is_live=True)
    place = DeskPlace("d1", folder, store, Sessions(), FolderRecordings(folder / "recordings"), say)
    desk = RunningDesk(shown, place, lambda: False, lambda rulebook: None)
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


def test_who_signs_in_while_the_desk_connects_for_the_first_time_waits_for_it(
    centre: ServedCentre, tmp_path: Path
) -> None:
    token, installation, _ = centre.enrol("A-01", "1042")
    is_slow = threading.Event()
    with (
        running(centre, tmp_path / "desk", token, installation, tried=lambda: is_slow.wait(LIMIT_S)) as desk,
        ThreadPoolExecutor(1) as agent,
    ):
        assert desk.status().state == "connecting"
        answer = agent.submit(desk.ask, SignIn("", "nobody", "wrong"))
        is_slow.set()
        assert isinstance(answer.result(LIMIT_S), NotSignedIn)


def test_who_signs_in_where_there_is_no_centre_hears_so_at_once(centre: ServedCentre, tmp_path: Path) -> None:
    token, installation, _ = centre.enrol("A-01", "1042")
    with running(centre, tmp_path / "desk", token, installation, tried=centre.stop) as desk:
        with pytest.raises(LinkLost, match="Connect call failed"):
            desk.ask(SignIn("", "nobody", "wrong"))
        assert desk.status().state == "away"
    centre.start()


def test_the_token_of_another_machine(centre: ServedCentre, tmp_path: Path) -> None:
    token, _, _ = centre.enrol("A-01", "1042")
    with running(centre, tmp_path / "desk", token, "another") as desk:
        wait_until(lambda: (desk.status().state, desk.status().reason) == ("refused", "taken"))
        assert "by a code of its own" in desk.status().detail
