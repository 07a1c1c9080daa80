"""Codes, the enrolment of machines, and the list of them, as an administrator and as a machine see them."""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path

import pytest
from httpx import Response
from starlette.testclient import TestClient

from pipeline.people.desk_code import LETTERS, as_typed, check_of
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.slowing import ADDRESS_TRIES
from pipeline.server.app import Site, create_app
from pipeline.server.desks import DeskOffice
from pipeline.server.serve import ServerSettings, certificate_of
from pipeline.store.bringing import Bringing, Brought
from tests.server.conftest import ADDRESS, Centre, started, turn
from tests.server.test_network import CERT, KEY

MACHINE = {"installation": "i-1", "machine": "FRONT-07 · Windows 11", "program": "callcoach 0.1.0"}


@pytest.fixture
def admin(centre: Centre) -> TestClient:
    return TestClient(centre.app, base_url=ADDRESS, headers=centre.page("admin", Role.ADMIN))


@pytest.fixture
def machine(centre: Centre) -> TestClient:
    return TestClient(centre.app, base_url=ADDRESS, client=("192.0.2.7", 5000))


def code_of(admin: TestClient) -> str:
    made = admin.post("/api/desks/codes")
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    return str(made.json()["code"])


def enrol(machine: TestClient, code: str, name: str = "前台 07 号机", **told: str) -> Response:
    return machine.post("/api/desks/enrol", json={"code": code, "name": name, **MACHINE, **told})


def bearer(enrolled: Response) -> dict[str, str]:
    return {"authorization": f"Bearer {enrolled.json()['token']}"}


def deeds(centre: Centre) -> list[tuple[str | None, str, str | None, str]]:
    return [
        (row.actor, row.action, row.object, row.outcome)
        for row in reversed(centre.audit.rows())
        if row.action.startswith("desk.") or row.action == "session.slow"
    ]


def test_a_machine_becomes_a_desk(centre: Centre, admin: TestClient, machine: TestClient) -> None:
    code = code_of(admin)
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", code)
    enrolled = enrol(machine, code.lower().replace("-", " "))
    told = enrolled.json()
    assert (enrolled.status_code, told["name"], enrolled.headers["cache-control"]) == (201, "前台 07 号机", "no-store")
    assert told["token"].startswith("cc_desk_")
    (desk,) = admin.get("/api/desks").json()
    assert (desk["id"], desk["name"], desk["machine"]) == (told["desk_id"], told["name"], MACHINE["machine"])
    assert (desk["is_here"], desk["agent"], desk["seen_at"], desk["revoked_at"]) == (False, None, None, None)
    itself = machine.get("/api/desks/self", headers=bearer(enrolled)).json()
    assert (itself["id"], itself["name"], itself["version"]) == (told["desk_id"], told["name"], "1.2")
    who = centre.person("admin").id
    assert deeds(centre) == [
        (who, "desk.code", None, "done"), (None, "desk.enrol", f"token:{told['desk_id']}", "done"),
    ]  # fmt: skip
    assert told["token"] not in json.dumps([row.details for row in centre.audit.rows()])


def test_a_code_works_once(centre: Centre, admin: TestClient, machine: TestClient) -> None:
    code = code_of(admin)
    assert enrol(machine, code).status_code == 201
    again = enrol(machine, code, "another", installation="i-2")
    assert (again.status_code, again.json()["reason"]) == (404, "unknown")
    assert deeds(centre)[-1] == (None, "desk.enrol", None, "refused")


def test_a_name_that_is_taken_leaves_the_code_as_it_was(admin: TestClient, machine: TestClient) -> None:
    assert enrol(machine, code_of(admin)).status_code == 201
    code = code_of(admin)
    taken = enrol(machine, code, installation="i-2")
    assert (taken.status_code, taken.json()["reason"]) == (409, "taken")
    assert enrol(machine, code, "前台 08 号机", installation="i-2").status_code == 201


def test_a_machine_that_is_enrolled_again_has_one_token(admin: TestClient, machine: TestClient) -> None:
    first = enrol(machine, code_of(admin))
    second = enrol(machine, code_of(admin))
    assert second.status_code == 201
    assert machine.get("/api/desks/self", headers=bearer(first)).status_code == 401
    assert machine.get("/api/desks/self", headers=bearer(second)).status_code == 200
    assert [desk["revoked_at"] is None for desk in admin.get("/api/desks").json()] == [False, True]


def test_what_a_machine_has_still_to_deliver_is_its_own_after_another_enrolment(
    centre: Centre, admin: TestClient, machine: TestClient
) -> None:
    """Also where it was revoked in between: shifts, and the calls that it has brought."""
    desks, desk_id = centre.registry.desks, enrol(machine, code_of(admin)).json()["desk_id"]
    centre.page()
    shift, _ = desks.begin_shift(desk_id, centre.person())
    bringing, events = Bringing(centre.store.database), [started("c"), turn(20)]
    bringing.bring([Brought("c", desk_id, None, 1, events[:1])])
    admin.delete(f"/api/desks/{desk_id}")
    another = enrol(machine, code_of(admin), "another", installation="i-2").json()["desk_id"]
    assert (desks.shift_at(another), bringing.is_of("c", another)) == (None, False)
    again = enrol(machine, code_of(admin)).json()["desk_id"]
    kept = desks.shift_at(again)
    assert kept is not None
    assert (kept.id, kept.desk_id) == (shift.id, again)
    (owner,) = bringing.bring([Brought("c", again, None, 2, events[1:])])
    assert isinstance(owner, int), owner
    assert [record.seq for record in centre.store.read("c")] == [1, 2]


def test_guesses_are_slowed_and_what_was_no_guess_is_not_counted(
    centre: Centre, admin: TestClient, machine: TestClient
) -> None:
    enrol(machine, code_of(admin))
    for _ in range(ADDRESS_TRIES - 1):
        assert enrol(machine, "ABCD-EFGH").status_code == 404
        assert enrol(machine, code_of(admin), installation="i-2").status_code == 409  # a code and a name that is taken
    assert enrol(machine, "ABCD-EFGH").status_code == 404
    good = code_of(admin)
    slowed = enrol(machine, good, "another", installation="i-2")
    assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "30")
    assert deeds(centre)[-1] == (None, "session.slow", None, "refused")
    elsewhere = TestClient(centre.app, base_url=ADDRESS, client=("198.51.100.3", 5000))
    assert enrol(elsewhere, good, "another", installation="i-2").status_code == 201


@pytest.mark.parametrize("installation", ["i 1", "一", "a/b", "i-1\n"])
def test_a_machine_is_not_enrolled_by_what_its_hello_could_not_say(
    admin: TestClient, machine: TestClient, installation: str
) -> None:
    code = code_of(admin)
    refused = enrol(machine, code, installation=installation)
    assert refused.status_code == 422
    assert "it must be letters, digits, _ and -" in refused.json()["detail"]
    assert enrol(machine, code).status_code == 201  # the code is good still


@pytest.mark.parametrize("lacks", ["code", "name", "installation", "machine", "program"])
def test_what_is_needed(admin: TestClient, machine: TestClient, lacks: str) -> None:
    told = {"code": code_of(admin), "name": "front", **MACHINE}
    for value in (None, "", 7, "x" * 201):
        answer = machine.post("/api/desks/enrol", json={**told, lacks: value})
        assert answer.status_code == 422, (lacks, value)
        assert lacks in answer.json()["detail"]


def test_the_list_says_who_sits_there(centre: Centre, admin: TestClient, machine: TestClient) -> None:
    desk_id = enrol(machine, code_of(admin)).json()["desk_id"]
    centre.page()
    shift, _ = centre.registry.desks.begin_shift(desk_id, centre.person())
    (desk,) = admin.get("/api/desks").json()
    agent = {"user_id": shift.user_id, "agent_id": "1042", "name": "Lin", "since": shift.begun_at}
    assert (desk["is_here"], desk["agent"]) == (False, agent)
    (kept,) = centre.registry.desks.desks()
    assert DeskOffice(centre.registry, is_here={desk_id}.__contains__).entry(kept).is_here
    centre.registry.directory.remove(shift.user_id)
    assert admin.get("/api/desks").json()[0]["agent"]["name"] is None
    assert admin.delete(f"/api/desks/{desk_id}").status_code == 204
    (desk,) = admin.get("/api/desks").json()
    assert (desk["is_here"], desk["agent"], desk["revoked_at"] is None) == (False, None, False)


def test_revoked_at_once_and_for_good(centre: Centre, admin: TestClient, machine: TestClient) -> None:
    enrolled = enrol(machine, code_of(admin))
    path = f"/api/desks/{enrolled.json()['desk_id']}"
    assert admin.delete(path).status_code == 204
    assert machine.get("/api/desks/self", headers=bearer(enrolled)).status_code == 401
    assert admin.delete(path).status_code == 404
    assert (centre.person("admin").id, "desk.revoke", f"token:{path.split('/')[-1]}", "done") in deeds(centre)


def test_a_token_that_is_no_desks_is_not_revoked_here(centre: Centre, admin: TestClient) -> None:
    secret, token = centre.registry.tokens.add("CTI", MachineRole.TELEPHONE)
    assert [admin.delete(f"/api/desks/{one}").status_code for one in (token.id, "CTI")] == [404, 404]
    assert centre.registry.accounts.machine(secret) is not None


def test_a_machine_leaves(centre: Centre, admin: TestClient, machine: TestClient) -> None:
    enrolled = enrol(machine, code_of(admin))
    assert machine.delete("/api/desks/self", headers=bearer(enrolled)).status_code == 204
    assert machine.delete("/api/desks/self", headers=bearer(enrolled)).status_code == 401
    token = f"token:{enrolled.json()['desk_id']}"
    assert (token, "desk.revoke", token, "done") in deeds(centre)


def test_no_token_of_a_desk_by_hand(admin: TestClient) -> None:
    answer = admin.post("/api/tokens", json={"name": "front", "role": "desk"})
    assert (answer.status_code, answer.json()["reason"]) == (422, "role")


def test_where_tls_ends_here_the_code_checks_the_certificate(centre: Centre) -> None:
    certificate = certificate_of(ServerSettings(tls_cert=CERT, tls_key=KEY))
    assert certificate == ssl.PEM_cert_to_DER_cert(Path(CERT).read_text())
    site = Site(centre.dist, port=8000, certificate=certificate)
    app = create_app(centre.store, centre.hub, centre.running, centre.registry, site)
    code = code_of(TestClient(app, base_url=ADDRESS, headers=centre.page("admin", Role.ADMIN)))
    typed = as_typed(code)
    assert typed is not None
    assert certificate is not None
    assert (len(typed.secret), typed.check) == (LETTERS, check_of(typed.secret, certificate))
    assert typed.check != check_of(typed.secret, certificate + b"0")
    assert typed.check != check_of("22222222", certificate)
    machine = TestClient(app, base_url=ADDRESS)
    assert enrol(machine, code).status_code == 201  # also whole


def test_codes_as_they_are_typed() -> None:
    assert as_typed("abcd efgh") == ("ABCDEFGH", "")
    assert as_typed("ABCD–EFGH-JKLM-NPQR") == ("ABCDEFGH", "JKLMNPQR")
    assert [as_typed(text) for text in ("", "ABCD", "ABCD-EFGI", "ABCD-EFG0", "ABCDEFGHJK", "ＡBCD-EFGH")] == [None] * 6
