"""The other desks of the demo: seven calls at once through the live pipeline, and every one has an end."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli.demo_floor import DemoFloor
from pipeline.cli.first_people import DEMO_TEAM, ON_THE_FLOOR
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.call import CallEnded, CallStarted
from pipeline.folders import bundled
from pipeline.session.buses import NoBus
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.sql import SqlStore
from tests.waiting import wait_until


def test_each_desk_has_its_own_call_and_each_call_its_end(tmp_path: Path) -> None:
    store, sessions = SqlStore(tmp_path / "demo.db"), Sessions()
    floor = DemoFloor(CallSettings(), store, sessions, NoBus(), stagger_s=0.0)
    floor.start(load_rulebook(bundled("rules", "handbook.yaml")))
    wait_until(lambda: len(store.unfinished()) == len(ON_THE_FLOOR))
    floor.stop()
    wait_until(lambda: not sessions.ids())
    calls = [store.read(call_id) for call_id in store.calls()]
    begun = [call[0].event for call in calls]
    assert {one.facts.agent_id for one in begun if isinstance(one, CallStarted)} == {
        one.agent_id for one in ON_THE_FLOOR
    }
    assert {one.facts.team for one in begun if isinstance(one, CallStarted)} == {DEMO_TEAM}
    assert all("录音做好时" in one.engine_notice for one in begun if isinstance(one, CallStarted))
    assert all(isinstance(call[-1].event, CallEnded) and call[-1].event.reason == "interrupted" for call in calls)
    store.close()
