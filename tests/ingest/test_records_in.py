"""What a desk may not bring, however it is brought: the call of another, and what is no call."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from pipeline.codec import event_to_dict
from pipeline.desk_protocol.kinds import RECORDS_BYTES, RECORDS_BYTES_AT_ONCE
from pipeline.ingest import records_in
from pipeline.session.call_id import new_call_id
from tests.desk.places import ServedCentre
from tests.desk_protocol.test_conversation import Client

NO_NUMBER = '{"kind":"LineNoiseRemoved","at_ms":5,"channel":"agent","noise":"hum","dbfs":NaN}'


class Brings(Client):
    """A desk that says what it likes; an agent sits there."""

    def __init__(self, centre: ServedCentre, stack: ExitStack, name: str, agent_id: str) -> None:
        token, installation, shift = centre.enrol(name, agent_id)
        self.agent_id, self.shift = agent_id, shift.id
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{centre.address.replace('http', 'ws')}/ws/desk"
        subprotocols: Any = ["callcoach.desk.v1"]
        super().__init__(
            stack.enter_context(connect(address, subprotocols=subprotocols, additional_headers=headers, proxy=None))
        )
        clock_ms = round(time.time() * 1000)
        self.say(
            "hello", version="1.2", installation=installation, process=name, machine=name, program="", clock_ms=clock_ms
        )
        assert self.hear("welcome")["name"] == name
        self.hear("rulebook")
        self.hear("settings_of_team")

    def records(self, call_id: str, *events: dict[str, Any] | str) -> dict[str, Any]:
        """What the centre answers to these, brought as the first of the call."""
        lines = [one if isinstance(one, str) else json.dumps(one) for one in events]
        self.say("records", "\n".join(lines), call_id=call_id, shift=self.shift, first_seq=1)
        head: dict[str, Any] = self.hear("kept")
        return head

    def started(self, call_id: str, **fields: Any) -> dict[str, Any]:
        began = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        facts = {"agent_id": self.agent_id, "recording_consent": True}
        told = {
            "kind": "CallStarted", "at_ms": 0, "call_id": call_id, "started_at": began, "channels": ["agent"],
            "facts": facts, "rulebook_id": "x", "rulebook_version": "1", "settings_hash": "x", "engine": "none",
        }  # fmt: skip
        return told | fields


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    served = ServedCentre(tmp_path)
    yield served
    served.stop()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


ENDED = {"kind": "CallEnded", "at_ms": 900, "reason": "finished"}


def test_nobody_ends_the_call_of_another_desk_by_records_that_cannot_be_written(
    centre: ServedCentre, stack: ExitStack
) -> None:
    lin, wang = Brings(centre, stack, "lin", "1001"), Brings(centre, stack, "wang", "1002")
    call_id = new_call_id()
    assert lin.records(call_id, begun := lin.started(call_id))["seq"] == 1

    assert wang.records(call_id, wang.started(call_id), NO_NUMBER, ENDED)["because"] == "taken"
    assert centre.here.running.mailbox(call_id) is not None
    assert lin.records(call_id, begun, ENDED)["seq"] == 2
    kept = [event_to_dict(one.event) for one in centre.here.store.read(call_id)]
    assert [one["kind"] for one in kept] == ["CallStarted", "CallEnded"]


def test_a_call_of_which_nothing_can_be_kept_is_not_ended_here(centre: ServedCentre, stack: ExitStack) -> None:
    lin, call_id = Brings(centre, stack, "lin", "1001"), new_call_id()
    assert lin.records(call_id, lin.started(call_id), NO_NUMBER, ENDED)["because"] == "conflict"
    assert centre.here.store.read(call_id) == []


def test_records_that_are_no_call_are_refused_and_hold_up_no_other(centre: ServedCentre, stack: ExitStack) -> None:
    lin, call_id = Brings(centre, stack, "lin", "1001"), new_call_id()
    begun = lin.started(call_id)
    for events in (
        [ENDED],
        [lin.started(new_call_id())],
        [begun, begun],
        [lin.started(call_id, started_at="yesterday")],
        [lin.started(call_id, started_at="9999-12-31T23:59:59-12:00")],
        [lin.started(call_id, started_at="2026-11-28T14:00:00")],
        [begun, {**ENDED, "at_ms": 2**62}],
        [begun, {**ENDED, "at_ms": -1}],
    ):
        assert lin.records(call_id, *events)["because"] == "conflict"
    assert lin.records(call_id, begun, ENDED)["seq"] == 2


@pytest.mark.parametrize("a_second", [1, 10_000])
def test_more_than_a_desk_may_bring_is_kept_later_and_holds_up_no_other(
    centre: ServedCentre, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, a_second: int
) -> None:
    assert RECORDS_BYTES <= RECORDS_BYTES_AT_ONCE  # else a message would wait for ever
    lin, wang = Brings(centre, stack, "lin", "1001"), Brings(centre, stack, "wang", "1002")
    first, second, other = (new_call_id() for _ in range(3))
    monkeypatch.setattr(records_in, "RECORDS_BYTES_AT_ONCE", len(json.dumps(lin.started(first))))
    monkeypatch.setattr(records_in, "RECORDS_BYTES_A_SECOND", a_second)
    assert lin.records(first, lin.started(first))["seq"] == 1
    lin.say("records", json.dumps(lin.started(second)), call_id=second, shift=lin.shift, first_seq=1)
    assert wang.records(other, wang.started(other))["seq"] == 1
    if a_second == 1:
        assert centre.here.store.read(second) == []
    else:
        assert lin.hear("kept")["call_id"] == second
