"""`callcoach load`: a few made-up desks against a real centre, and what their token opens and does not."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.desk.load import LoadDesk, SaidDigests, Target
from pipeline.desk.load_figures import Figures, ProcessFigures, spread
from pipeline.desk.load_run import Load, run
from pipeline.desk.load_script import Voices, script
from pipeline.errors import CallcoachError
from pipeline.ingest.load_desks import TEAM, load_id
from pipeline.people.permissions import MachineRole
from tests.desk.places import ServedCentre
from tests.waiting import wait_until


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    served = ServedCentre(tmp_path / "centre")
    yield served
    served.stop()


def target(centre: ServedCentre, role: MachineRole = MachineRole.LOAD) -> Target:
    tokens = centre.here.registry.tokens
    token, _ = tokens.add("load", role)
    watch, _ = tokens.add("watch", MachineRole.RECORDS)
    return Target(centre.address, token, None, watch)


def test_three_desks_for_five_seconds(centre: ServedCentre, tmp_path: Path) -> None:
    sound = (np.sin(np.arange(16_000 * 15) / 9) * 8_000).astype(np.int16)
    soundfile.write(tmp_path / "said.wav", sound, 16_000)
    said: list[str] = []
    load = Load(target(centre), 3, 5.0, load_id, TEAM, Voices(tmp_path), os.getpid(), has_captions=True)
    told = asyncio.run(run(load, said.append))
    assert told["record_kept_ms"]["count"] > 20
    assert told["record_shown_ms"]["count"] > 20
    assert told["floor_ms"]["count"] > 5
    assert told["words_ms"]["count"] > 0
    assert told["centre"]["memory_mb"] > 10
    assert told["at_the_end"] == {}
    wait_until(lambda: not centre.running.digests.calls)
    assert centre.here.store.unfinished() == []


def test_another_token_is_no_load(centre: ServedCentre) -> None:
    with pytest.raises(CallcoachError, match="is not let in"):
        asyncio.run(run(Load(target(centre, MachineRole.METRICS), 1, 1.0, load_id, TEAM), lambda line: None))


def test_nothing_is_written_under_a_real_agent(centre: ServedCentre) -> None:
    figures, shown = Figures(), target(centre)

    async def as_another() -> None:
        desk = LoadDesk(0, "load-0", shown, script(10, 1, "sales"), None, figures)
        await desk.open()
        stopped = asyncio.Event()
        asyncio.get_running_loop().call_later(1.0, stopped.set)
        await asyncio.wait_for(desk.run(stopped), 20)

    asyncio.run(as_another())
    assert figures.counted["refused_identity"] > 0
    assert figures.counted["records_not_kept"] > 0
    assert centre.here.store.unfinished() == []


def test_figures() -> None:
    assert spread([]) is None
    assert spread([float(n) for n in range(100)]) == {"p50": 50.0, "p99": 99.0, "max": 99.0, "count": 100}
    assert ProcessFigures(os.getpid()).as_json(2)["memory_mb"] > 10


def test_what_was_over_within_a_tick_of_the_wall_is_not_late_there() -> None:
    def digest(at_ms: int, **what: object) -> str:
        return json.dumps({"at_ms": at_ms, **what}, separators=(",", ":"))

    said = SaidDigests()
    said.say(digest(0, speaking=[]), 1.0)
    said.say(digest(250, speaking=["agent"]), 1.25)
    assert said.show(250) == [1.0, 1.25]  # the first was replaced by a newer one
    said.say(digest(500, speaking=["customer"]), 1.5)
    said.say(digest(750, speaking=["agent"]), 1.75)  # as it is there already
    said.say(digest(9_000, speaking=[]), 10.0)
    assert said.show(9_000) == [10.0]
    assert said.show(9_250) == []
