"""The server of a desk whose agents sign in at the centre: what it says of both, and whose calls it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.events.call import CallFacts, FactsNoted
from pipeline.people.entrance import LinkPurpose
from pipeline.server.app import Edges
from pipeline.server.centre import AtCentre
from pipeline.session.desk import HeadsetStatus
from pipeline.store.sql import SqlStore
from tests.desk.centre import Desk, FakeCentre
from tests.ingest.conftest import Office
from tests.people.conftest import PASSWORD, Clock
from tests.server.conftest import ADDRESS, SCORED, Centre, turn
from tests.server.test_control import FakeHeadset

PAGE = {"origin": ADDRESS}


class SignedHeadset(FakeHeadset):
    """As the headset desk: its standing facts are those of who is here."""

    def __init__(self, server: Centre, desk: Desk) -> None:
        super().__init__(server)
        self._desk = desk

    @property
    def agent_id(self) -> str | None:
        facts = self._desk.shifts.present(CallFacts())
        return facts.agent_id if facts is not None else None

    def status(self) -> HeadsetStatus:
        return replace(super().status(), facts=self._desk.shifts.present(CallFacts()) or CallFacts())

    def latest(self) -> str | None:
        return None


class AtDesk:
    def __init__(self, folder: Path) -> None:
        self.office = Office(lambda: SqlStore(folder / "centre.db"), Clock())
        for login, agent_id in (("lin", "1027"), ("zhao", "1031")):
            self.office.add(login, agent_id=agent_id, team="a")
        self.centre = FakeCentre(self.office)
        self.desk = Desk(folder, self.centre, self.office.clock)
        self.server = Centre(folder, store=self.desk.store)
        headset = SignedHeadset(self.server, self.desk)
        self.app = self.server.make_app(Edges(headset, at_centre=AtCentre(self.centre, self.desk.entrance)))

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url=ADDRESS, headers=PAGE)

    def signed_in(self, login: str = "lin") -> TestClient:
        self.office.clock.now += 1
        browser = self.browser()
        assert browser.post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
        return browser


@pytest.fixture
def at(tmp_path: Path) -> AtDesk:
    return AtDesk(tmp_path)


def test_the_sign_in_page_is_told_whose_desk_it_is_and_how_the_centre_is(at: AtDesk) -> None:
    at.centre.state, at.centre.reason = "refused", "version"
    told = at.browser().get("/api/session").json()
    assert (told["person"], told["company"], told["is_first_run"]) == (None, "锦和物业客服中心", False)
    assert told["desk"] == {
        "name": "A-01", "centre": "锦和物业客服中心", "address": "https://coach.example.com", "state": "refused",
        "reason": "version",
    }  # fmt: skip


def test_an_agent_signs_in_and_sees_the_centre_in_the_header(at: AtDesk) -> None:
    assert at.browser().get("/api/centre").status_code == 401
    browser = at.signed_in()
    person = browser.get("/api/session").json()["person"]
    assert (person["login"], person["name"], person["agent_id"], person["team"]) == ("lin", "Lin", "1027", "a")
    at.centre.state, at.centre.waiting = "away", 42
    told = browser.get("/api/centre").json()
    assert (told["state"], told["waiting_records"], told["offset_ms"], told["words"]) == ("away", 42, 12, "ok")
    rows = [(row.action, row.actor) for row in at.server.audit.rows() if row.action == "session.begin"]
    assert rows == [("session.begin", person["id"])]


def test_what_keeps_somebody_out_is_told_with_a_reason(at: AtDesk) -> None:
    browser = at.browser()

    def refused(login: str, password: str = PASSWORD) -> tuple[int, str | None]:
        answer = browser.post("/api/session", json={"login": login, "password": password})
        return answer.status_code, answer.json().get("reason")

    assert refused("lin", "not the one") == (401, None)
    admin = at.office.first_admin()
    assert refused(admin.signed_in.login) == (409, "desk_role")
    at.signed_in()
    at.desk.is_calling = True
    assert refused("zhao") == (409, "desk_busy")
    at.centre.state = "away"
    assert refused("lin") == (503, "centre_away")


def test_the_next_agent_sees_nothing_of_the_one_before(at: AtDesk) -> None:
    lin = at.signed_in()
    call_id = lin.post("/api/calls", json={"agent_id": "1027"}).json()["call_id"]
    facts = CallFacts(agent_id="1027", agent_name="Lin", team="a", customer_name="陈女士")
    at.server.finished_call("of-lin", [FactsNoted(0, facts), turn(20), SCORED], facts)
    assert lin.get("/api/calls/of-lin/records").status_code == 200
    assert call_id
    zhao = at.signed_in("zhao")
    assert lin.get("/api/calls").status_code == 401
    assert zhao.get("/api/calls").json() == []
    assert zhao.get("/api/calls/latest").status_code == 204
    assert zhao.get("/api/calls/of-lin/records").status_code == 404
    assert at.signed_in().get("/api/calls/of-lin/records").status_code == 200


def test_nobody_makes_a_call_of_this_desk_another_agents(at: AtDesk) -> None:
    lin = at.signed_in()
    cti = TestClient(at.app, base_url=ADDRESS, headers=at.server.bearer())
    for other in ("1031", None):
        for asker in (lin, cti):
            assert asker.post("/api/calls", json={"agent_id": other}).status_code == 403
    assert lin.post("/api/calls", json={"agent_name": "Zhao"}).status_code == 403
    at.server.call("running", CallFacts(agent_id="1027", team="a"))
    assert lin.put("/api/calls/running/facts", json={"agent_name": "Zhao"}).status_code == 403
    assert lin.put("/api/calls/running/facts", json={"agent_name": "Lin"}).status_code == 202
    assert cti.put("/api/calls/running/facts", json={"agent_id": "1031"}).status_code == 403
    assert cti.put("/api/calls/running/facts", json={"customer_name": "陈女士"}).status_code == 202
    assert cti.post("/api/calls", json={"agent_id": "1027"}).status_code == 201


def test_a_sign_out_ends_the_shift_at_the_centre(at: AtDesk) -> None:
    lin = at.signed_in()
    assert lin.delete("/api/session").status_code == 204
    assert lin.get("/api/calls").status_code == 401
    assert at.office.desks.open_shifts() == []


def test_a_link_of_this_machine_opens_nothing(at: AtDesk) -> None:
    at.signed_in()
    user = at.server.registry.directory.users()[0]
    link, _ = at.server.registry.accounts.make_link(LinkPurpose.DESK, user.id)
    assert at.browser().post("/api/links/look", json={"secret": link}).status_code == 404


def test_without_a_centre_there_is_nothing_to_tell(tmp_path: Path) -> None:
    server = Centre(tmp_path)
    browser = TestClient(server.make_app(), base_url=ADDRESS, headers=server.page())
    assert browser.get("/api/centre").status_code == 204
    assert browser.get("/api/session").json()["desk"] is None
