"""Whose usual voice a live call is coached against."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import StoreError
from pipeline.events.call import CallFacts
from pipeline.events.measures import AgentBaseline
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.holding import CallHolder, Outlets
from pipeline.session.recordings import FolderRecordings
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.memory import MemoryStore

KNOWN = AgentBaseline("7", 31, 3.2, 2_540_000, 214.4, 4_800_000)


@pytest.fixture
def outlets(tmp_path: Path) -> Outlets:
    store, bus, sessions, recordings = MemoryStore(), NoBus(), Sessions(), FolderRecordings(tmp_path)
    consents = Consents(store, sessions, bus, recordings)
    return Outlets(store, bus, sessions, recordings, consents, say=lambda line: None)


def usual(outlets: Outlets, rulebook: Rulebook, agent_id: str | None) -> AgentBaseline | None:
    return CallHolder(NoTranscriber(), rulebook, CallSettings(), outlets)._usual(CallFacts(agent_id=agent_id))


def test_it_is_that_of_the_agent_named_at_the_start(outlets: Outlets, rulebook: Rulebook) -> None:
    known = replace(outlets, baseline={"7": KNOWN}.get)
    assert usual(known, rulebook, "7") == KNOWN
    assert usual(known, rulebook, "8") is None
    assert usual(known, rulebook, None) is None


def test_a_store_that_cannot_be_read_is_said_and_the_call_goes_on(outlets: Outlets, rulebook: Rulebook) -> None:
    def fail(agent_id: str) -> AgentBaseline | None:
        raise StoreError("calls.db cannot be read: disk I/O error")

    said: list[str] = []
    assert usual(replace(outlets, baseline=fail, say=said.append), rulebook, "7") is None
    assert said == ["what is usual for agent 7 is not known in this call: calls.db cannot be read: disk I/O error"]
