"""A server with a call of each kind, and somebody of each role: agent and lead are of team a, QA is assigned to b."""

from __future__ import annotations

from typing import Any

import numpy as np
import soundfile
from fastapi import FastAPI

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.errors import RulebookError
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.ingest.browser_desks import BrowserDesks
from pipeline.people.permissions import MachineRole, Role
from pipeline.server.app import Edges
from pipeline.session.holding import CallHolder
from pipeline.session.recordings import FolderRecordings
from tests.server.conftest import ADDRESS, AGENT, SCORED, Centre, turn
from tests.server.test_control import FakeHeadset
from tests.server.test_devices import FakeDevices

WS = ADDRESS.replace("http", "ws")
CALLS = {
    "own": CallFacts(agent_id=AGENT, team="a", recording_consent=True),
    "team": CallFacts(agent_id="2", team="a", recording_consent=True),
    "assigned": CallFacts(agent_id="3", team="b", recording_consent=True),
    "other": CallFacts(agent_id="4", team="c", recording_consent=True),
    "nobodys": CallFacts(recording_consent=True),
}
PEOPLE: dict[Role, tuple[str, dict[str, Any]]] = {
    Role.AGENT: ("lin", {"team": "a"}), Role.LEAD: ("lead", {"team": "a"}), Role.QA: ("qa", {"assigned": ("b",)}),
    Role.ADMIN: ("admin", {}),
}  # fmt: skip
ROLES = [*Role, *MachineRole]
HOMES = {Role.AGENT: "/agent", Role.QA: "/qa", Role.LEAD: "/floor", Role.ADMIN: "/admin"}


def office_of(centre: Centre) -> FastAPI:
    """Each call with its recording; at the headset sits the agent. The calls are kept in the order of CALLS."""
    recordings = centre.dist.parent / "recordings"
    recordings.mkdir()
    centre.dist.mkdir()
    (centre.dist / "index.html").write_text("<!doctype html>")
    for name in ("a", "b", "c"):
        centre.registry.directory.add_team(name, name)
    for call_id, facts in CALLS.items():
        centre.finished_call(call_id, [FactsNoted(0, facts), turn(20), SCORED], facts, engine="base")
        soundfile.write(recordings / f"{call_id}.flac", np.zeros((320, 2), np.int16), 16_000)
    edges = Edges(FakeHeadset(centre), FolderRecordings(recordings), None, NoTranscriber(), FakeDevices(),
                  browsers=BrowserDesks(CallFacts(), _no_holder))  # fmt: skip
    return centre.make_app(edges)


def _no_holder() -> CallHolder:
    raise RulebookError("nobody begins a call here")


def headers_of(centre: Centre, role: Role | MachineRole | None) -> dict[str, str]:
    """What somebody of this role sends; None: nobody that is known."""
    if role is None:
        return {"origin": ADDRESS}
    if isinstance(role, MachineRole):
        return centre.bearer(role)
    login, fields = PEOPLE[role]
    return centre.page(login, role, **fields)
