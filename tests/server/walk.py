"""One request after the other as somebody of a role, and what the table of permissions wants of each.

Routes are in `cases.py`, people and calls in `office.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pipeline.people.entrance import Origin
from pipeline.people.permissions import TABLE, MachineRole, Role
from pipeline.people.users import User
from tests.server.cases import CASES, OPENED, OWNED, Case
from tests.server.conftest import ADDRESS, Centre
from tests.server.office import HOMES, PEOPLE, WS, headers_of


@dataclass(frozen=True)
class Step:
    """One request: of which case, by `thing` for whose, by `target` for the id in the address."""

    name: str
    case: Case
    thing: str
    target: str

    @property
    def method(self) -> str:
        return self.name.split(" ")[0]

    @property
    def path(self) -> str:
        return re.sub(r"\{.+?\}", self.target, self.name.split(" ")[1]) + self.case.query

    @property
    def is_page(self) -> bool:
        return not self.path.startswith(("/api/", "/ws/", "/metrics", "/openapi.json"))


@dataclass(frozen=True)
class Answer:
    """`refused`: the row of the audit, where it is a refusal: actor, action, object."""

    status: int
    leads_to: str | None
    refused: tuple[str | None, str, str | None] | None


class Walk:
    """As somebody of one role, or as nobody. Objects that a request uses up are made for it."""

    def __init__(self, centre: Centre, app: FastAPI, role: Role | MachineRole | None) -> None:
        self.centre = centre
        self.role = role
        self._made = 0
        headers = {**headers_of(centre, role), "accept": "application/json"}
        self.client = TestClient(app, base_url=ADDRESS, headers=headers, follow_redirects=False)

    @property
    def actor(self) -> str | None:
        """As the audit has it."""
        if self.role is None:
            return None
        if isinstance(self.role, MachineRole):
            return next(one.person.id for one in self.centre.registry.tokens.tokens() if one.role is self.role)
        return self.centre.person(PEOPLE[self.role][0]).id

    def steps(self, name: str) -> Iterator[Step]:
        """One of each kind of owner."""
        case = CASES[name]
        if not case.of:
            yield Step(name, case, "", case.target(self))
            return
        for thing in OWNED[case.of][1]:
            yield Step(name, case, thing, self._session(thing) if case.of == "session" else thing)

    def ask(self, step: Step) -> tuple[int, str | None]:
        """The status, and where it leads."""
        if step.method == "SOCKET":
            return self._watch(step.path), None
        answer = self.client.request(step.method, step.path, json=step.case.body)
        return answer.status_code, answer.headers.get("location")

    def wanted(self, step: Step) -> Answer:
        """As the table of permissions says."""
        action, path = step.case.action, step.path
        if self.role is None:
            led_to = f"/login?next={quote(path, safe='')}"
            return Answer(303, led_to, None) if step.is_page else Answer(401, None, (None, action, None))
        scope = TABLE[self.role].get(action)
        if scope is None:
            home = HOMES[self.role] if step.is_page and isinstance(self.role, Role) else None
            return Answer(303 if home else 403, home, (self.actor, action, None))
        if step.thing and step.thing not in OWNED[step.case.of][0][scope]:
            return Answer(404, None, (self.actor, action, step.target))
        return Answer(step.case.may, HOMES[Role(self.role)] if path == "/" else None, None)

    def _watch(self, path: str) -> int:
        with self.client.websocket_connect(WS + path) as socket:
            try:
                socket.receive_json()
            except WebSocketDisconnect as closed:
                return closed.code - 4000
        return OPENED

    def someone(self) -> User:
        self._made += 1
        self.centre.page(f"someone-{self._made}", Role.QA)
        return self.centre.person(f"someone-{self._made}")

    def team(self) -> str:
        self._made += 1
        return self.centre.registry.directory.add_team(f"team-{self._made}").id

    def token(self) -> str:
        self._made += 1
        return self.centre.registry.tokens.add(f"token-{self._made}", MachineRole.METRICS)[1].id

    def desk(self) -> str:
        self._made += 1
        desks, name = self.centre.registry.desks, f"desk-{self._made}"
        return desks.enrol(desks.make_code(None)[0], name, name, "front", "callcoach")[1].id

    def _session(self, thing: str) -> str:
        is_own = thing == "own session" and isinstance(self.role, Role)
        user = self.centre.person(PEOPLE[Role(self.role)][0]) if is_own else self.someone()  # type: ignore[arg-type]
        accounts = self.centre.registry.accounts
        known = {one.id for one in accounts.sessions(user.id)} if is_own else set()
        accounts.enter(self.centre.link(user.login), Origin("127.0.0.2"))
        return next(one.id for one in accounts.sessions(user.id) if one.id not in known)
